// SPDX-License-Identifier: GPL-2.0-or-later
/* Listening and connecting: names, domains, one client after the other. */
#include <poll.h>

#include "chan_test.h"

#define RING	4096u

static char got[64];

/* What is right, for a test to spoil. */
static const uint32_t both[] = { HERE, THERE };

static struct gntchan_listen_options right(void)
{
	return (struct gntchan_listen_options) {
		.name = "test", .domids = both, .count = 2,
	};
}

static int try_listen(struct gntchan_listen_options options)
{
	struct gntchan_listener *l = NULL;
	int err = gntchan_listen(&l, &options, sizeof(options));

	if (!err)
		gntchan_listener_close(l);
	return err;
}

START_TEST(a_listener_announces_itself_to_its_clients_only)
{
	struct gntchan_listener *l = listen_to(THERE, 0, 0);
	const struct vchan_interface *page;

	page = page_of("/local/domain/4/data/gntchan/test/7");
	ck_assert_int_eq(fake_node_reader("data/gntchan/test/7/ring-ref"),
			 THERE);
	ck_assert_int_eq(fake_node_reader("data/gntchan/test/7/event-channel"),
			 THERE);
	ck_assert_uint_eq(page->left_order, 16);
	ck_assert_uint_eq(page->right_order, 16);
	ck_assert_uint_eq(page->cli_live, 2);
	ck_assert_uint_eq(page->srv_live, 1);
	ck_assert_uint_eq(page->cli_notify, VCHAN_NOTIFY_WRITE);
	ck_assert_uint_eq(page->srv_notify, VCHAN_NOTIFY_WRITE);
	ck_assert_uint_eq(fake_grefs(), 33);
	gntchan_listener_close(l);
	ck_assert_ptr_null(fake_node("data/gntchan/test/7/ring-ref"));
}
END_TEST

START_TEST(sizes_are_rounded_up_to_a_power_of_two)
{
	static const struct {
		size_t size;
		unsigned int order;
	} sizes[] = {
		{ 1, 12 }, { 4096, 12 }, { 4097, 13 }, { 65535, 16 },
		{ 65537, 17 }, { 1 << 20, 20 },
	};
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct gntchan_listener *l = listen_to(HERE, sizes[i].size, 1);

		ck_assert_uint_eq(page_of(OWN_PATH)->left_order,
				  sizes[i].order);
		ck_assert_uint_eq(page_of(OWN_PATH)->right_order, 12);
		gntchan_listener_close(l);
	}
}
END_TEST

START_TEST(wrong_options_are_einval)
{
	static const uint32_t reserved = 0x7FF0, twice[] = { HERE, HERE };
	struct gntchan_listen_options options = right();
	struct gntchan_listener *l;
	struct {
		struct gntchan_listen_options known;
		char more[8];
	} longer = { .known = right(), .more = { 0, 1 } };
	char name[66] = { 0 };

	ck_assert_int_eq(try_listen(options), 0);
	ck_assert_int_eq(gntchan_listen(NULL, &options, sizeof(options)),
			 -EINVAL);
	ck_assert_int_eq(gntchan_listen(&l, NULL, sizeof(options)), -EINVAL);
	ck_assert_int_eq(gntchan_listen(&l, &options, sizeof(options) - 1),
			 -EINVAL);
	ck_assert_int_eq(gntchan_listen(&l, &longer.known, sizeof(longer)),
			 -E2BIG);
	longer.more[1] = 0;
	ck_assert_int_eq(gntchan_listen(&l, &longer.known, sizeof(longer)), 0);
	gntchan_listener_close(l);
	options.name = NULL;
	ck_assert_int_eq(try_listen(options), -EINVAL);
	options = right();
	options.domids = NULL;
	ck_assert_int_eq(try_listen(options), -EINVAL);
	options = right();
	options.count = 0;
	ck_assert_int_eq(try_listen(options), -EINVAL);
	options.count = GNTCHAN_DOMIDS_MAX + 1;
	ck_assert_int_eq(try_listen(options), -EINVAL);
	options = right();
	options.name = "data/path";	/* for two domains */
	ck_assert_int_eq(try_listen(options), -EINVAL);
	options.count = 1;
	ck_assert_int_eq(try_listen(options), 0);
	options.domids = &reserved;
	ck_assert_int_eq(try_listen(options), -EINVAL);
	options = right();
	options.domids = twice;
	ck_assert_int_eq(try_listen(options), -EINVAL);
	options = right();
	options.read_size = (1 << 20) + 1;
	ck_assert_int_eq(try_listen(options), -EINVAL);
	options = right();
	options.write_size = SIZE_MAX;
	ck_assert_int_eq(try_listen(options), -EINVAL);
	options = right();
	options.name = "";
	ck_assert_int_eq(try_listen(options), -EINVAL);
	options.name = "a name";
	ck_assert_int_eq(try_listen(options), -EINVAL);
	memset(name, 'n', 65);
	options.name = name;
	ck_assert_int_eq(try_listen(options), -EINVAL);
	name[64] = '\0';
	ck_assert_int_eq(try_listen(options), 0);
}
END_TEST

START_TEST(a_path_is_longer_than_a_name)
{
	struct gntchan *c;
	char path[163] = "/";

	memset(path + 1, 'p', 160);
	ck_assert_int_eq(gntchan_connect(&c, HERE, path, 0), -EINVAL);
	path[160] = '\0';
	ck_assert_int_eq(gntchan_connect(&c, HERE, path, 0), -ECONNREFUSED);
}
END_TEST

START_TEST(who_connects_wrongly_gets_einval)
{
	struct gntchan *c;

	ck_assert_int_eq(gntchan_connect(NULL, HERE, "test", 0), -EINVAL);
	ck_assert_int_eq(gntchan_connect(&c, HERE, NULL, 0), -EINVAL);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "a name", 0), -EINVAL);
	ck_assert_int_eq(gntchan_connect(&c, 0x7FF0, "test", 0), -EINVAL);
}
END_TEST

START_TEST(who_accepts_wrongly_gets_einval)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *c;

	ck_assert_int_eq(gntchan_accept(NULL, &c, 0), -EINVAL);
	ck_assert_int_eq(gntchan_accept(l, NULL, 0), -EINVAL);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(without_a_listener_nobody_connects)
{
	struct gntchan *c;

	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -ECONNREFUSED);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 60), -ETIMEDOUT);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 30), -ETIMEDOUT);
}
END_TEST

START_TEST(without_a_client_nothing_is_accepted)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *c;

	ck_assert_int_eq(gntchan_accept(l, &c, 0), -EAGAIN);
	ck_assert_int_eq(gntchan_accept(l, &c, 120), -EAGAIN);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(a_path_is_used_as_it_is)
{
	static const char path[] = "/local/domain/4/data/some/path";
	static const uint32_t domid = HERE;
	const struct gntchan_listen_options options = {
		.name = "data/some/path", .domids = &domid, .count = 1,
	};
	struct gntchan_listener *l;
	struct gntchan *client, *server;

	ck_assert_int_eq(gntchan_listen(&l, &options, sizeof(options)), 0);
	ck_assert_ptr_nonnull(fake_node("data/some/path/ring-ref"));
	ck_assert_int_eq(gntchan_connect(&client, HERE, path, 0), 0);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
	gntchan_close(client);
	gntchan_close(server);
	ck_assert_int_eq(gntchan_connect(&client, HERE, "data/some/path", 0),
			 0);
	gntchan_close(client);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(each_client_has_a_ring_of_its_own)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *client[3], *server[3];
	char text[2] = "0";
	int i;

	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(gntchan_connect(&client[i], HERE, "test", 0),
				 0);
		/* The next one can come when this one was accepted. */
		ck_assert_int_eq(gntchan_connect(&client[2], HERE, "test", 0),
				 -ECONNREFUSED);
		ck_assert_int_eq(gntchan_accept(l, &server[i], 0), 0);
		*text = (char)('0' + i);
		ck_assert_int_eq(gntchan_write(client[i], text, 1), 1);
	}
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(gntchan_read(server[i], got, 9), 1);
		ck_assert_int_eq(*got, '0' + i);
		gntchan_close(client[i]);
		gntchan_close(server[i]);
	}
	gntchan_listener_close(l);
}
END_TEST

START_TEST(a_client_that_came_and_went_is_accepted)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *client, *server;

	ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0), 0);
	ck_assert_int_eq(gntchan_write(client, "hello", 5), 5);
	gntchan_close(client);
	/* No other one gets into what that one has left. */
	ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0),
			 -ECONNREFUSED);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
	ck_assert_int_eq(gntchan_read(server, got, 9), 5);
	ck_assert_int_eq(gntchan_read(server, got, 9), 0);
	gntchan_close(server);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(a_channel_outlives_its_listener)
{
	struct ends e;

	open_ends(&e, RING, RING);
	gntchan_listener_close(e.listener);
	e.listener = NULL;
	ck_assert_int_eq(gntchan_write(e.client, "hello", 5), 5);
	ck_assert_int_eq(gntchan_read(e.server, got, 9), 5);
	close_ends(&e);
}
END_TEST

START_TEST(the_descriptor_of_a_listener_tells_of_a_client)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct pollfd fd = { .fd = gntchan_listener_fd(l), .events = POLLIN };
	struct gntchan *client, *server;

	ck_assert_int_eq(gntchan_accept(l, &server, 0), -EAGAIN);
	ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0), 0);
	ck_assert_int_eq(poll(&fd, 1, 0), 1);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
	gntchan_close(client);
	gntchan_close(server);
	gntchan_listener_close(l);
}
END_TEST

/* A client of libxenvchan binds the channel, and sends no event. */
START_TEST(a_client_that_says_nothing_is_accepted)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *server;

	ck_assert_int_eq(gntchan_accept(l, &server, 0), -EAGAIN);
	page_of(OWN_PATH)->cli_live = 1;
	ck_assert_int_eq(gntchan_accept(l, &server, 5000), 0);
	gntchan_close(server);
	gntchan_listener_close(l);
}
END_TEST

static const char *const keys[] = {
	"data/gntchan/test/4/ring-ref", "data/gntchan/test/4/event-channel",
};

START_TEST(a_listener_takes_away_its_own_keys_only)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);

	fake_put_node(keys[_i], "5");
	gntchan_listener_close(l);
	ck_assert_str_eq(fake_node(keys[_i]), "5");
	ck_assert_ptr_nonnull(fake_node(keys[!_i]));
}
END_TEST

START_TEST(a_listener_whose_keys_have_gone_is_closed)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);

	fake_remove_nodes(keys[_i]);
	gntchan_listener_close(l);
	ck_assert_ptr_nonnull(fake_node(keys[!_i]));
}
END_TEST

START_TEST(keys_that_are_there_stay)
{
	struct gntchan_listener *l;
	struct gntchan *c;
	unsigned int i;

	fake_let_time_fly(true);
	l = listen_to(HERE, RING, RING);
	for (i = 0; i < 30; i++) {
		fake_put_node("data/gntchan/test/4/fresh", "7");
		ck_assert_int_eq(gntchan_accept(l, &c, 0), -EAGAIN);
		ck_assert_str_eq(fake_node("data/gntchan/test/4/fresh"), "7");
		usleep(2000);
	}
	gntchan_listener_close(l);
}
END_TEST

static void connect_to_nobody(void)
{
	struct gntchan *c;

	ck_assert_int_eq(gntchan_connect(&c, HERE, "/a/path", 0),
			 -ECONNREFUSED);
}

/* Its keys can be in a folder that stays. */
START_TEST(a_server_whose_domain_has_gone_is_not_connected_to)
{
	static const uint32_t domid = THERE;
	const struct gntchan_listen_options options = {
		.name = "/a/path", .domids = &domid, .count = 1,
	};
	struct gntchan_listener *l;

	ck_assert_int_eq(gntchan_listen(&l, &options, sizeof(options)), 0);
	fake_destroy_domain(HERE);
	await_child(start_child(connect_to_nobody, THERE));
	gntchan_listener_close(l);
}
END_TEST

static void connect_once(void)
{
	struct gntchan *c;

	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 5000), 0);
	ck_assert_int_eq(gntchan_write(c, "hello", 5), 5);
	gntchan_close(c);
}

START_TEST(clients_of_two_domains_are_accepted_in_turn)
{
	const struct gntchan_listen_options options = {
		.name = "test", .domids = both, .count = 2,
	};
	unsigned int came[2] = { 0, 0 }, i;
	struct gntchan_listener *l;
	struct gntchan *c;
	int child;

	ck_assert_int_eq(gntchan_listen(&l, &options, sizeof(options)), 0);
	for (i = 0; i < 3; i++) {
		child = start_child(connect_once, THERE);
		await_child(child);
		fake_reap(child);
		connect_once();
		ck_assert_int_eq(gntchan_accept(l, &c, 0), 0);
		came[gntchan_domid(c) == THERE]++;
		gntchan_close(c);
		ck_assert_int_eq(gntchan_accept(l, &c, 0), 0);
		came[gntchan_domid(c) == THERE]++;
		gntchan_close(c);
	}
	ck_assert_uint_eq(came[0], 3);
	ck_assert_uint_eq(came[1], 3);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(another_domain_is_refused)
{
	struct gntchan_listener *l = listen_to(THERE, RING, RING);
	struct gntchan *c;

	/* Even if it has the keys. */
	ck_assert_int_eq(gntchan_connect(&c, HERE, "data/gntchan/test/7", 0),
			 -ECONNREFUSED);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(an_allocator_of_the_program_stays_open)
{
	struct gntchan_listen_options options = right();
	struct gntchan_listener *l;
	struct gntshare *share;

	ck_assert_int_eq(gntshare_open(&share, NULL), 0);
	options.share = share;
	ck_assert_int_eq(gntchan_listen(&l, &options, sizeof(options)), 0);
	gntchan_listener_close(l);
	gntshare_close(share);
}
END_TEST

/* Of two listeners at one path, the other one goes on when one is closed. */
START_TEST(keys_that_are_missing_are_announced_again)
{
	struct gntchan_listener *first = listen_to(HERE, RING, RING);
	struct gntchan_listener *second = listen_to(HERE, RING, RING);
	struct gntchan *client, *server;

	gntchan_listener_close(second);
	ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0),
			 -ECONNREFUSED);
	ck_assert_int_eq(gntchan_accept(first, &server, 1500), -EAGAIN);
	ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0), 0);
	ck_assert_int_eq(gntchan_accept(first, &server, 0), 0);
	gntchan_close(client);
	gntchan_close(server);
	gntchan_listener_close(first);
}
END_TEST

START_TEST(a_missing_device_is_not_a_missing_listener)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *c;
	int nth, told = 0;

	for (nth = 1; nth < 14; nth++) {
		int err;

		fake_fail((unsigned int)nth, ENOENT);
		err = gntchan_connect(&c, HERE, "test", 60);
		fake_fail(0, 0);
		told += err == -ENOENT;
		if (err)
			continue;
		gntchan_close(c);
		ck_assert_int_eq(gntchan_accept(l, &c, 0), 0);
		gntchan_close(c);
	}
	ck_assert_int_gt(told, 3);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(a_restricted_allocator_may_send_no_events)
{
	struct ends e;

	fake_refuse_send_event(true);
	open_ends(&e, RING, RING);
	ck_assert_int_eq(gntchan_write(e.client, "hello", 5), 5);
	close_ends(&e);
}
END_TEST

/* One domain cannot keep the clients of others from being accepted. */
START_TEST(a_place_that_fails_does_not_block_others)
{
	struct gntchan_listen_options options = right();
	struct gntchan *client, *server, *other;
	struct gntchan_listener *l;
	int child;

	ck_assert_int_eq(gntchan_listen(&l, &options, sizeof(options)), 0);
	ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0), 0);
	fake_refuse_memory(true);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
	ck_assert_int_eq(gntchan_accept(l, &other, 0), -EAGAIN);
	fake_refuse_memory(false);
	child = start_child(connect_once, THERE);
	await_child(child);
	fake_reap(child);
	fake_refuse_memory(true);
	ck_assert_int_eq(gntchan_accept(l, &other, 0), 0);
	ck_assert_uint_eq(gntchan_domid(other), THERE);
	gntchan_close(other);
	/* Now there is nobody who could come. */
	ck_assert_int_eq(gntchan_accept(l, &other, 0), -ENOMEM);
	fake_refuse_memory(false);
	ck_assert_int_eq(gntchan_accept(l, &other, 0), -EAGAIN);
	gntchan_close(client);
	gntchan_close(server);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(a_disturbed_transaction_is_tried_again)
{
	struct gntchan_listener *l;
	struct gntchan *c;

	fake_set_busy(19);
	l = listen_to(HERE, RING, RING);
	fake_set_busy(20);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -ECONNREFUSED);
	ck_assert_int_eq(try_listen(right()), 0);
	fake_set_busy(20);
	ck_assert_int_eq(try_listen(right()), -EBUSY);
	gntchan_listener_close(l);
}
END_TEST

struct Suite *listen_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = chan_suite("listen", &tests);

	tcase_add_test(tests, a_listener_announces_itself_to_its_clients_only);
	tcase_add_test(tests, sizes_are_rounded_up_to_a_power_of_two);
	tcase_add_test(tests, wrong_options_are_einval);
	tcase_add_test(tests, a_path_is_longer_than_a_name);
	tcase_add_test(tests, who_connects_wrongly_gets_einval);
	tcase_add_test(tests, who_accepts_wrongly_gets_einval);
	tcase_add_test(tests, without_a_listener_nobody_connects);
	tcase_add_test(tests, without_a_client_nothing_is_accepted);
	tcase_add_test(tests, a_path_is_used_as_it_is);
	tcase_add_test(tests, each_client_has_a_ring_of_its_own);
	tcase_add_test(tests, a_client_that_came_and_went_is_accepted);
	tcase_add_test(tests, a_channel_outlives_its_listener);
	tcase_add_test(tests, the_descriptor_of_a_listener_tells_of_a_client);
	tcase_add_test(tests, a_client_that_says_nothing_is_accepted);
	tcase_add_loop_test(tests, a_listener_takes_away_its_own_keys_only, 0, 2);
	tcase_add_loop_test(tests, a_listener_whose_keys_have_gone_is_closed, 0,
			    2);
	tcase_add_test(tests, keys_that_are_there_stay);
	tcase_add_test(tests,
		       a_server_whose_domain_has_gone_is_not_connected_to);
	tcase_add_test(tests, clients_of_two_domains_are_accepted_in_turn);
	tcase_add_test(tests, another_domain_is_refused);
	tcase_add_test(tests, an_allocator_of_the_program_stays_open);
	tcase_add_test(tests, keys_that_are_missing_are_announced_again);
	tcase_add_test(tests, a_missing_device_is_not_a_missing_listener);
	tcase_add_test(tests, a_restricted_allocator_may_send_no_events);
	tcase_add_test(tests, a_place_that_fails_does_not_block_others);
	tcase_add_test(tests, a_disturbed_transaction_is_tried_again);
	return suite;
}
