// SPDX-License-Identifier: GPL-2.0-or-later
/* What the other side can do if it does not keep the rules. */
#include <signal.h>
#include <time.h>

#include "chan_test.h"

#define RING	4096u

static char bytes[RING];

/* A step by which one side spoils the page, and what the other one then gets. */
static void spoil_cons(struct vchan_interface *p)
{
	p->left.cons = 1;
}

static void spoil_prod(struct vchan_interface *p)
{
	p->right.prod = RING + 1;
}

static void spoil_far(struct vchan_interface *p)
{
	p->right.prod = 1u << 31;
}

static void spoil_back(struct vchan_interface *p)
{
	p->right.prod = UINT32_MAX;
}

static void spoil_live(struct vchan_interface *p)
{
	p->srv_live = 7;
}

static void spoil_await(struct vchan_interface *p)
{
	p->srv_live = 2;
}


static const struct {
	void (*spoil)(struct vchan_interface *page);
	bool writing, both;
} steps[] = {
	{ spoil_cons, true, false },
	{ spoil_prod, false, false },
	{ spoil_far, false, false },
	{ spoil_back, false, false },
	{ spoil_live, false, true },
	{ spoil_await, true, true },
};

START_TEST(a_client_ends_a_channel_with_broken_rules)
{
	struct ends e;

	open_ends(&e, RING, RING);
	steps[_i].spoil(e.page);
	if (steps[_i].writing)
		ck_assert_int_eq(gntchan_write(e.client, bytes, 1), -EPROTO);
	else
		ck_assert_int_eq(gntchan_read(e.client, bytes, 1), -EPROTO);
	/* From then on, it is so for both directions. */
	ck_assert_int_eq(gntchan_write(e.client, bytes, 1), -EPROTO);
	ck_assert_int_eq(gntchan_read(e.client, bytes, 1), -EPROTO);
	close_ends(&e);
}
END_TEST

START_TEST(a_server_ends_a_channel_with_broken_rules)
{
	struct ends e;

	open_ends(&e, RING, RING);
	e.page->left.prod = RING + 1;
	ck_assert_int_eq(gntchan_read(e.server, bytes, 1), -EPROTO);
	close_ends(&e);
	open_ends(&e, RING, RING);
	e.page->right.cons = 1;
	ck_assert_int_eq(gntchan_write(e.server, bytes, 1), -EPROTO);
	close_ends(&e);
	open_ends(&e, RING, RING);
	e.page->cli_live = 2;
	ck_assert_int_eq(gntchan_read(e.server, bytes, 1), -EPROTO);
	close_ends(&e);
}
END_TEST

/* A call for the other direction, which looks at both rings, does not fail. */
START_TEST(a_ring_that_is_broken_while_another_call_waits_is_eproto)
{
	const void *peeked;
	struct ends e;

	open_ends(&e, RING, RING);
	ck_assert_int_eq(gntchan_write(e.client, bytes, RING), RING);
	ck_assert_int_eq(gntchan_write(e.client, bytes, 1), -EAGAIN);
	e.page->left.cons = RING + 1;
	ck_assert_int_eq(gntchan_peek(e.client, &peeked), -EAGAIN);
	ck_assert_int_eq(gntchan_write(e.client, bytes, 1), -EPROTO);
	close_ends(&e);
}
END_TEST

/* Sizes and places are those of the beginning, whatever the page says later. */
START_TEST(what_the_page_says_later_is_not_used)
{
	struct ends e;

	open_ends(&e, RING, RING);
	e.page->left_order = 31;
	e.page->right_order = 31;
	memset(e.page->grants, 0xFF, 64);
	e.page->left.prod = 77;		/* which is the client's own */
	ck_assert_int_eq(gntchan_write(e.client, bytes, RING + 1), RING);
	ck_assert_uint_eq(e.page->left.prod, RING);
	ck_assert_int_eq(gntchan_read(e.server, bytes, RING), RING);
	close_ends(&e);
}
END_TEST

/* Pages that say what cannot be, before anybody connects. */
static void order_small(struct vchan_interface *p)
{
	p->left_order = 9;
}

static void order_zero(struct vchan_interface *p)
{
	p->right_order = 0;
}

static void order_large(struct vchan_interface *p)
{
	p->left_order = 22;
}

static void order_huge(struct vchan_interface *p)
{
	p->right_order = 65535;
}

static void same_place(struct vchan_interface *p)
{
	p->left_order = 10;
	p->right_order = 10;
}

static void both_large(struct vchan_interface *p)
{
	p->left_order = 21;
	p->right_order = 21;
}

static void grefs_in_ring(struct vchan_interface *p)
{
	p->left_order = 10;
	p->right_order = 20;
}

static void numbers(struct vchan_interface *p)
{
	p->left.prod = RING + 1;
}

static void numbers_back(struct vchan_interface *p)
{
	p->right.cons = 1;
}


static void (*const pages[])(struct vchan_interface *page) = {
	order_small, order_zero, order_large, order_huge, same_place,
	both_large, grefs_in_ring, numbers, numbers_back,
};

START_TEST(a_page_that_cannot_be_is_eproto)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *c = NULL;

	pages[_i](page_of(OWN_PATH));
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -EPROTO);
	ck_assert_ptr_null(c);
	/* It was not the client for a moment. */
	ck_assert_uint_eq(page_of(OWN_PATH)->cli_live, 2);
	gntchan_listener_close(l);
}
END_TEST

/* The rings that libxenvchan makes for small sizes are in the page. */
START_TEST(rings_inside_of_the_page_are_used)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct vchan_interface *page = page_of(OWN_PATH);
	struct gntchan *c;

	page->left_order = 10;
	page->right_order = 11;
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), 0);
	gntchan_set_timeout(c, 0);
	memset(bytes, 'a', sizeof(bytes));
	ck_assert_int_eq(gntchan_write(c, bytes, RING), 1024);
	ck_assert_int_eq(((char *)page)[1023], 0);
	ck_assert_int_eq(((char *)page)[1024], 'a');
	ck_assert_int_eq(((char *)page)[2047], 'a');
	ck_assert_int_eq(((char *)page)[2048], 0);
	((char *)page)[2048] = 'b';
	page->right.prod = 2048;
	ck_assert_int_eq(gntchan_read(c, bytes, RING), 2048);
	ck_assert_int_eq(*bytes, 'b');
	gntchan_close(c);
	gntchan_listener_close(l);
}
END_TEST

/* A server that lets a client come after the first one has ended. */
START_TEST(a_client_goes_on_where_another_one_has_ended)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct vchan_interface *page = page_of(OWN_PATH);
	struct gntchan *c;

	fake_put_node("data/gntchan/test/4/fresh", "0");
	page->cli_live = 0;
	page->left.cons = 100;
	page->left.prod = 100;
	page->right.cons = 200;
	page->right.prod = 205;
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), 0);
	ck_assert_int_eq(gntchan_read(c, bytes, RING), 5);
	ck_assert_uint_eq(page->right.cons, 205);
	ck_assert_int_eq(gntchan_write(c, "x", 1), 1);
	ck_assert_uint_eq(page->left.prod, 101);
	gntchan_close(c);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(a_server_that_has_ended_is_not_connected_to)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *c;

	page_of(OWN_PATH)->srv_live = 0;
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -ECONNREFUSED);
	gntchan_listener_close(l);
}
END_TEST

/* That of libxenvchan has one client at a time. */
START_TEST(a_server_that_has_a_client_is_not_connected_to)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *c;

	fake_put_node("data/gntchan/test/4/fresh", "0");
	page_of(OWN_PATH)->cli_live = 1;
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -ECONNREFUSED);
	ck_assert_uint_eq(page_of(OWN_PATH)->cli_live, 1);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(keys_that_are_no_numbers_are_eproto)
{
	static const char *const texts[] = {
		"", "-1", "1x", "4294967296", "99999999999999999999", " 1",
		"0x10",
	};
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *c;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		fake_put_node("data/gntchan/test/4/ring-ref", texts[i]);
		ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0),
				 -EPROTO);
	}
	fake_put_bytes("data/gntchan/test/4/ring-ref", "8\0", 2);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -EPROTO);
	fake_put_node("data/gntchan/test/4/ring-ref", "8000");
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -ECONNREFUSED);
	gntchan_listener_close(l);
}
END_TEST

static int64_t cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint32_t port;

static void send_many(void)
{
	for (;;)
		fake_send(port);
}

/* The other side sends nothing but events, as many as it can. */
START_TEST(events_without_a_reason_keep_nobody_busy)
{
	struct gntchan_stats stats;
	struct ends e;
	int64_t before;
	int child;

	open_ends(&e, RING, RING);
	/* The first one that was made, and is not announced any more. */
	port = 1;
	child = start_child(send_many, HERE);
	before = cpu_ms();
	/* After the first 64, some come with ticks. A busy machine may take a while. */
	gntchan_set_timeout(e.server, 10);
	do {
		ck_assert_int_eq(gntchan_read(e.server, bytes, 1), -EAGAIN);
		gntchan_stats(e.server, &stats, sizeof(stats));
	} while (stats.events_useless < 64 + 3);
	gntchan_set_timeout(e.server, 700);
	ck_assert_int_eq(gntchan_read(e.server, bytes, 1), -EAGAIN);
	ck_assert_int_lt(cpu_ms() - before, 100);
	kill(child, SIGKILL);
	gntchan_stats(e.server, &stats, sizeof(stats));
	ck_assert_uint_lt(stats.events_useless, 64 + 16);
	ck_assert_uint_eq(stats.events_got, stats.events_useless);
	/* And what comes is still seen. */
	ck_assert_int_eq(gntchan_write(e.client, "x", 1), 1);
	ck_assert_int_eq(gntchan_read(e.server, bytes, 1), 1);
	close_ends(&e);
}
END_TEST

struct Suite *peer_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = chan_suite("peer", &tests);

	tcase_add_loop_test(tests, a_client_ends_a_channel_with_broken_rules, 0,
			    sizeof(steps) / sizeof(*steps));
	tcase_add_test(tests, a_server_ends_a_channel_with_broken_rules);
	tcase_add_test(tests,
		       a_ring_that_is_broken_while_another_call_waits_is_eproto);
	tcase_add_test(tests, what_the_page_says_later_is_not_used);
	tcase_add_loop_test(tests, a_page_that_cannot_be_is_eproto, 0,
			    sizeof(pages) / sizeof(*pages));
	tcase_add_test(tests, rings_inside_of_the_page_are_used);
	tcase_add_test(tests, a_client_goes_on_where_another_one_has_ended);
	tcase_add_test(tests, a_server_that_has_ended_is_not_connected_to);
	tcase_add_test(tests, a_server_that_has_a_client_is_not_connected_to);
	tcase_add_test(tests, keys_that_are_no_numbers_are_eproto);
	tcase_add_test(tests, events_without_a_reason_keep_nobody_busy);
	return suite;
}
