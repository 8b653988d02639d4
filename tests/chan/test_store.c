// SPDX-License-Identifier: GPL-2.0-or-later
/* What xenstore itself can do: end and begin again, fail, and say nonsense. */
#include "chan_test.h"

#define RING	4096u

static char bytes[16];

START_TEST(a_failure_without_a_reason_is_eio)
{
	struct gntchan *c;

	/* The first two calls are for memory, and the third one connects. */
	fake_fail(4, 0);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -EIO);
	ck_assert(fake_failed());
}
END_TEST

/* The second failure is that of giving up what the first one has ended. */
START_TEST(an_end_that_fails_hides_no_failure)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	unsigned int nth, hidden = 0;
	struct gntchan *c;
	bool failed;

	fake_put_node("data/gntchan/test/4/ring-ref", "x");
	for (nth = 1, failed = true; failed; nth++) {
		int err;

		fake_fail(nth, EIO);
		err = gntchan_connect(&c, HERE, "test", 0);
		failed = fake_failed();
		ck_assert(err == -EPROTO || (failed && err == -EIO));
		hidden += failed && err == -EPROTO;
		if (hidden)
			break;
	}
	ck_assert_uint_eq(hidden, 1);
	fake_fail(0, 0);
	gntchan_listener_close(l);
}
END_TEST

/* It is asked at each look, and cannot tell. Both ends go on. */
static void goes_on(struct ends *e)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		ck_assert_int_eq(gntchan_read(e->client, bytes, 1), -EAGAIN);
		ck_assert_int_eq(gntchan_read(e->server, bytes, 1), -EAGAIN);
	}
	ck_assert_int_eq(gntchan_write(e->client, "hello", 5), 5);
	ck_assert_int_eq(gntchan_read(e->server, bytes, 9), 5);
}

START_TEST(a_channel_goes_on_without_xenstore)
{
	struct gntchan *c;
	struct ends e;

	open_ends(&e, RING, RING);
	fake_let_time_fly(true);
	fake_stop_xenstore();
	goes_on(&e);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -ECONNREFUSED);
	fake_start_xenstore();
	goes_on(&e);
	close_ends(&e);
}
END_TEST

START_TEST(without_xenstore_all_can_be_closed)
{
	struct ends e;

	open_ends(&e, RING, RING);
	fake_stop_xenstore();
	close_ends(&e);
	fake_assert_clean();
	ck_assert_uint_eq(fake_grefs(), 0);
	ck_assert_uint_eq(fake_ports(), 0);
	/* Nobody could take them away. */
	ck_assert_ptr_nonnull(fake_node(OWN_PATH "/ring-ref"));
}
END_TEST

/* The connection is found to be broken by a call, which fails, and then not used. */
START_TEST(another_xenstore_is_connected_to)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *client, *server;

	fake_stop_xenstore();
	fake_start_xenstore();
	fake_let_time_fly(_i);
	ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0), -EBADF);
	ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0), 0);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
	gntchan_close(client);
	gntchan_close(server);
	gntchan_listener_close(l);
}
END_TEST

/* A close asks whether the domain was restored, and so finds it out. */
START_TEST(after_a_close_another_xenstore_is_connected_to)
{
	struct ends e;

	open_ends(&e, RING, RING);
	fake_stop_xenstore();
	fake_start_xenstore();
	gntchan_close(e.client);
	ck_assert_int_eq(gntchan_connect(&e.client, HERE, "test", 0), 0);
	close_ends(&e);
}
END_TEST

/* A server in domain 0, whose clients are those of libxenvchan, in both domains. */
#define LIKE_THERE	(THERE + 64)

static struct gntchan_listener *listen_in_domain_0(struct gntchan *c[2])
{
	static const uint32_t domids[] = { THERE, LIKE_THERE };
	const struct gntchan_listen_options options = {
		.name = "test", .domids = domids, .count = 2,
		.read_size = RING, .write_size = RING,
	};
	struct gntchan_listener *l;
	unsigned int i;

	fake_set_domain(0);
	ck_assert_int_eq(gntchan_listen(&l, &options, sizeof(options)), 0);
	page_of("/local/domain/0/data/gntchan/test/7")->cli_live = 1;
	page_of("/local/domain/0/data/gntchan/test/71")->cli_live = 1;
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(gntchan_accept(l, &c[i], 0), 0);
		gntchan_set_timeout(c[i], 0);
	}
	ck_assert_uint_eq(gntchan_domid(c[0]), THERE);
	ck_assert_uint_eq(gntchan_domid(c[1]), LIKE_THERE);
	return l;
}

static ssize_t read_often(struct gntchan *c)
{
	unsigned int i;

	for (i = 0; i < 3 && gntchan_read(c, bytes, 1) == -EAGAIN; i++)
		;
	return gntchan_read(c, bytes, 1);
}

START_TEST(domain_0_sees_the_end_of_a_domain_with_another_xenstore)
{
	struct gntchan_listener *l;
	struct gntchan *c[2];

	l = listen_in_domain_0(c);
	fake_let_time_fly(true);
	fake_stop_xenstore();
	ck_assert_int_eq(read_often(c[0]), -EAGAIN);
	fake_start_xenstore();
	fake_destroy_domain(THERE);
	ck_assert_int_eq(read_often(c[0]), -ECONNRESET);
	ck_assert_int_eq(read_often(c[1]), -EAGAIN);
	gntchan_close(c[0]);
	gntchan_close(c[1]);
	gntchan_listener_close(l);
}
END_TEST

/* The answers for both are kept at the same place, one after the other. */
START_TEST(domain_0_does_not_take_one_domain_for_another)
{
	struct gntchan_listener *l;
	struct gntchan *c[2];
	int n;

	l = listen_in_domain_0(c);
	fake_destroy_domain(THERE);
	do {
		usleep(5000);
		n = (int)gntchan_read(c[0], bytes, 1);
		ck_assert_int_eq(gntchan_read(c[1], bytes, 1), -EAGAIN);
	} while (n == -EAGAIN);
	ck_assert_int_eq(n, -ECONNRESET);
	gntchan_close(c[0]);
	gntchan_close(c[1]);
	gntchan_listener_close(l);
}
END_TEST

static void let_it_tick(void)
{
	struct timespec now;

	fake_let_time_fly(true);
	clock_gettime(CLOCK_MONOTONIC, &now);
	fake_let_time_fly(false);
}

/* What it was told for one is believed for the other, if that asks at once. */
START_TEST(domain_0_does_not_ask_for_each_channel)
{
	struct gntchan_listener *l;
	unsigned int i, believed = 0;
	struct gntchan *c[2];

	fake_set_domain(0);
	l = listen_to(THERE, RING, RING);
	for (i = 0; i < 2; i++) {
		page_of("/local/domain/0/data/gntchan/test/7")->cli_live = 1;
		ck_assert_int_eq(gntchan_accept(l, &c[i], 0), 0);
		gntchan_set_timeout(c[i], 0);
	}
	/* This process may have to wait in between. */
	for (i = 0; i < 100 && !believed; i++) {
		let_it_tick();
		ck_assert_int_eq(gntchan_read(c[0], bytes, 1), -EAGAIN);
		fake_fail(1, EIO);
		ck_assert_int_eq(gntchan_read(c[1], bytes, 1), -EAGAIN);
		believed += !fake_failed();
		fake_fail(0, 0);
	}
	ck_assert_uint_eq(believed, 1);
	gntchan_close(c[0]);
	gntchan_close(c[1]);
	gntchan_listener_close(l);
}
END_TEST

struct Suite *store_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = chan_suite("store", &tests);

	tcase_add_test(tests, a_failure_without_a_reason_is_eio);
	tcase_add_test(tests, an_end_that_fails_hides_no_failure);
	tcase_add_test(tests, a_channel_goes_on_without_xenstore);
	tcase_add_test(tests, without_xenstore_all_can_be_closed);
	tcase_add_loop_test(tests, another_xenstore_is_connected_to, 0, 2);
	tcase_add_test(tests, after_a_close_another_xenstore_is_connected_to);
	tcase_add_test(tests,
		       domain_0_sees_the_end_of_a_domain_with_another_xenstore);
	tcase_add_test(tests, domain_0_does_not_take_one_domain_for_another);
	tcase_add_test(tests, domain_0_does_not_ask_for_each_channel);
	return suite;
}
