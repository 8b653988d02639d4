// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each call of the devices, of xenstore and of the system fails once. Where a test
 * runs twice, time flies in the second run: then xenstore is asked for more.
 */
#include "chan_test.h"

#define RING	4096u

static const uint32_t both[] = { HERE, THERE };

static const struct gntchan_listen_options options = {
	.name = "test", .domids = both, .count = 2,
	.read_size = RING, .write_size = RING,
};

/* Memory has no errno. */
static bool is_failure(int err)
{
	return err == -EIO || err == -ENOMEM;
}

/* What only the first call of a process does. */
static void know_process(void)
{
	struct gntchan *c;

	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -ECONNREFUSED);
}

START_TEST(a_failure_leaves_nothing)
{
	struct gntchan_listener *l = NULL;
	unsigned int nth;
	int err;

	know_process();
	fake_let_time_fly(_i);
	for (nth = 1;; nth++) {
		fake_fail(nth, EIO);
		err = gntchan_listen(&l, &options, sizeof(options));
		if (!fake_failed())
			break;
		ck_assert(is_failure(err));
		ck_assert_ptr_null(l);
		fake_assert_clean();
		ck_assert_uint_eq(fake_grefs(), 0);
		ck_assert_uint_eq(fake_ports(), 0);
		ck_assert_ptr_null(fake_node(OWN_PATH "/ring-ref"));
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_gt(nth, 20);
	gntchan_listener_close(l);
}
END_TEST

/* It could not tell later whether a child of fork() uses it. */
START_TEST(a_listener_that_cannot_know_its_process_is_enomem)
{
	struct gntchan_listener *l = NULL;

	/* The first call is for the listener. */
	fake_fail(2 + (unsigned int)_i, EIO);
	ck_assert_int_eq(gntchan_listen(&l, &options, sizeof(options)), -ENOMEM);
	ck_assert_ptr_null(l);
}
END_TEST

START_TEST(a_client_that_fails_does_not_take_the_place)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	unsigned int nth, grefs = fake_grefs(), ports = fake_ports();
	struct gntchan *client = NULL, *server;

	fake_let_time_fly(_i);
	for (nth = 1;; nth++) {
		int err;

		fake_fail(nth, EIO);
		err = gntchan_connect(&client, HERE, "test", 0);
		if (!fake_failed()) {
			ck_assert_int_eq(err, 0);
			break;
		}
		fake_fail(0, 0);
		if (!err) {
			/* What is not needed failed. */
			gntchan_close(client);
			ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
			gntchan_close(server);
			client = NULL;
			continue;
		}
		ck_assert(is_failure(err));
		ck_assert_ptr_null(client);
		ck_assert_uint_eq(fake_grefs(), grefs);
		ck_assert_uint_eq(fake_ports(), ports);
		ck_assert_int_eq(gntchan_accept(l, &server, 0), -EAGAIN);
	}
	ck_assert_uint_gt(nth, 8);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
	gntchan_close(client);
	gntchan_close(server);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(if_the_next_place_fails_the_client_is_accepted)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *client, *server;
	unsigned int nth;

	for (nth = 1;; nth++) {
		int err;

		ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0), 0);
		fake_fail(nth, ENOSPC);
		ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
		gntchan_close(client);
		gntchan_close(server);
		if (!fake_failed())
			break;
		/* It is tried again. */
		fake_fail(1, ENOSPC);
		err = gntchan_accept(l, &server, 0);
		ck_assert(err == -ENOSPC || err == -ENOMEM || err == -EAGAIN);
		fake_fail(0, 0);
		ck_assert_int_eq(gntchan_accept(l, &server, 0), -EAGAIN);
	}
	gntchan_listener_close(l);
}
END_TEST

struct Suite *failures_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = chan_suite("failures", &tests);

	tcase_add_loop_test(tests, a_failure_leaves_nothing, 0, 2);
	tcase_add_loop_test(tests,
			    a_listener_that_cannot_know_its_process_is_enomem,
			    0, 2);
	tcase_add_loop_test(tests, a_client_that_fails_does_not_take_the_place,
			    0, 2);
	tcase_add_test(tests, if_the_next_place_fails_the_client_is_accepted);
	return suite;
}
