// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each call of the devices, of xenstore and of the system fails once. Where a test
 * runs twice, time flies in the second run: then xenstore is asked for more.
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "chan_test.h"

#define RING	4096u

static const uint32_t both[] = { HERE, THERE };

static const struct gntchan_listen_options options = {
	.name = "test", .domids = both, .count = 2,
	.read_size = RING, .write_size = RING,
};

/* What was there before a call that fails is there after it. */
struct state {
	unsigned int files, grefs, ports;
};

static struct state state_now(void)
{
	return (struct state) { fake_files(), fake_grefs(), fake_ports() };
}

static void is_unchanged(struct state before)
{
	struct state now = state_now();

	ck_assert_uint_eq(now.files, before.files);
	ck_assert_uint_eq(now.grefs, before.grefs);
	ck_assert_uint_eq(now.ports, before.ports);
}

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

/* A client is accepted, and there is no memory for the next one's channel. */
static void empty_place(struct gntchan_listener *l)
{
	struct gntchan *client, *server;

	ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0), 0);
	fake_refuse_memory(true);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
	fake_refuse_memory(false);
	gntchan_close(client);
	gntchan_close(server);
}

START_TEST(a_place_that_fails_again_can_be_filled_later)
{
	struct gntchan_listener *l;
	unsigned int nth, told = 0;
	struct gntchan *server;
	bool failed;

	fake_let_time_fly(_i);
	l = listen_to(HERE, RING, RING);
	for (nth = 1, failed = true; failed; nth++) {
		struct state before;
		int err;

		empty_place(l);
		before = state_now();
		usleep(_i ? 2000 : 0);		/* the timer ticks */
		fake_fail(nth, EIO);
		err = gntchan_accept(l, &server, 0);
		failed = fake_failed();
		fake_fail(0, 0);
		ck_assert(err == -EAGAIN || (failed && is_failure(err)));
		if (err == -EAGAIN)
			continue;
		told++;
		is_unchanged(before);
		ck_assert_int_eq(gntchan_accept(l, &server, 0), -EAGAIN);
	}
	ck_assert_uint_gt(told, 8);
	gntchan_listener_close(l);
}
END_TEST

/* The keys of a channel that has been accepted stay away if they have gone. */
START_TEST(a_place_without_a_channel_is_not_announced)
{
	struct gntchan_listener *l;
	struct gntchan *server;
	unsigned int i;

	fake_let_time_fly(true);
	l = listen_to(HERE, RING, RING);
	empty_place(l);
	fake_remove_nodes(OWN_PATH "/");
	fake_refuse_memory(true);
	for (i = 0; i < 30; i++) {
		usleep(2000);		/* the timer ticks */
		ck_assert_int_eq(gntchan_accept(l, &server, 0), -ENOMEM);
		ck_assert_ptr_null(fake_node(OWN_PATH "/ring-ref"));
	}
	fake_refuse_memory(false);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), -EAGAIN);
	ck_assert_ptr_nonnull(fake_node(OWN_PATH "/ring-ref"));
	gntchan_listener_close(l);
}
END_TEST

/* As long as xenstore cannot tell, those of another listener are there. */
START_TEST(a_tick_that_fails_changes_no_keys)
{
	struct gntchan_listener *l;
	unsigned int nth = 0, i;
	struct gntchan *server;
	bool failed;

	fake_let_time_fly(true);
	l = listen_to(HERE, RING, RING);
	fake_put_node(OWN_PATH "/ring-ref", "5");
	do {
		failed = false;
		nth++;
		for (i = 0; i < 25; i++) {
			usleep(2000);
			fake_fail(nth, EIO);
			ck_assert_int_eq(gntchan_accept(l, &server, 0),
					 -EAGAIN);
			failed |= fake_failed();
			ck_assert_str_eq(fake_node(OWN_PATH "/ring-ref"), "5");
		}
		fake_fail(0, 0);
	} while (failed);
	ck_assert_uint_gt(nth, 4);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(a_close_that_fails_closes_all)
{
	struct gntchan_listener *l;
	bool failed;
	unsigned int nth;

	fake_let_time_fly(_i);
	for (nth = 1, failed = true; failed; nth++) {
		l = listen_to(HERE, RING, RING);
		fake_fail(nth, EIO);
		gntchan_listener_close(l);
		failed = fake_failed();
		fake_fail(0, 0);
		fake_assert_clean();
		ck_assert_uint_eq(fake_grefs(), 0);
		ck_assert_uint_eq(fake_ports(), 0);
		/* All keys are there, or none. */
		ck_assert_int_eq(!fake_node(OWN_PATH "/ring-ref"),
				 !fake_node(OWN_PATH "/fresh"));
		ck_assert_int_eq(!fake_node(OWN_PATH "/event-channel"),
				 !fake_node(OWN_PATH "/fresh"));
	}
	ck_assert_ptr_null(fake_node(OWN_PATH "/fresh"));
	ck_assert_uint_gt(nth, 8);
}
END_TEST

START_TEST(a_descriptor_that_fails_leaves_the_channel_as_it_is)
{
	struct state before;
	unsigned int nth;
	struct ends e;
	char byte;
	int fd;

	open_ends(&e, RING, RING);
	before = state_now();
	for (nth = 1;; nth++) {
		fake_fail(nth, EMFILE);
		fd = gntchan_fd(e.client);
		if (!fake_failed())
			break;
		ck_assert_int_eq(fd, -EMFILE);
		is_unchanged(before);
		ck_assert_int_eq(gntchan_write(e.server, "x", 1), 1);
		ck_assert_int_eq(gntchan_read(e.client, &byte, 1), 1);
	}
	ck_assert_uint_gt(nth, 4);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(gntchan_fd(e.client), fd);
	close_ends(&e);
}
END_TEST

/* Every look of 20 in a row fails at the same point. */
static void looks_fail(struct gntchan *c, unsigned int least)
{
	unsigned int nth = 0, i;
	bool failed;
	char byte;

	do {
		failed = false;
		nth++;
		for (i = 0; i < 20; i++) {
			fake_fail(nth, EIO);
			ck_assert_int_eq(gntchan_read(c, &byte, 1), -EAGAIN);
			failed |= fake_failed();
		}
		fake_fail(0, 0);
	} while (failed);
	ck_assert_uint_gt(nth, least);
}

START_TEST(a_look_that_fails_resets_no_channel)
{
	struct ends e;

	open_ends(&e, RING, RING);
	fake_let_time_fly(true);
	looks_fail(e.client, 3);
	looks_fail(e.server, 3);
	close_ends(&e);
}
END_TEST

START_TEST(a_look_that_fails_resets_no_channel_of_domain_0)
{
	struct gntchan_listener *l;
	struct gntchan *c;

	fake_set_domain(0);
	l = listen_to(THERE, RING, RING);
	page_of("/local/domain/0/data/gntchan/test/7")->cli_live = 1;
	ck_assert_int_eq(gntchan_accept(l, &c, 0), 0);
	gntchan_set_timeout(c, 0);
	fake_let_time_fly(true);
	looks_fail(c, 1);
	gntchan_close(c);
	gntchan_listener_close(l);
}
END_TEST

static pthread_t second;
static int second_tid;

static void *connect_too(void *arg)
{
	struct gntchan *c;

	__atomic_store_n(&second_tid, (int)syscall(SYS_gettid),
			 __ATOMIC_RELAXED);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -ECONNREFUSED);
	return arg;
}

static bool sleeps(int tid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
	fclose(file);
	return state == 'S';
}

/* The second thread comes while the first one has not yet found out who it is. */
static void start_second(void)
{
	int tid;

	ck_assert_int_eq(pthread_create(&second, NULL, connect_too, NULL), 0);
	do {
		usleep(1000);
		tid = __atomic_load_n(&second_tid, __ATOMIC_RELAXED);
	} while (!tid || !sleeps(tid));
}

START_TEST(two_threads_can_begin_at_the_same_time)
{
	struct gntchan_listener *l;
	struct gntchan *c;

	fake_while_wiping(start_second);
	l = listen_to(THERE, RING, RING);
	pthread_join(second, NULL);
	ck_assert_int_eq(gntchan_accept(l, &c, 0), -EAGAIN);
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
	tcase_add_loop_test(tests, a_place_that_fails_again_can_be_filled_later,
			    0, 2);
	tcase_add_test(tests, a_place_without_a_channel_is_not_announced);
	tcase_add_test(tests, a_tick_that_fails_changes_no_keys);
	tcase_add_loop_test(tests, a_close_that_fails_closes_all, 0, 2);
	tcase_add_test(tests,
		       a_descriptor_that_fails_leaves_the_channel_as_it_is);
	tcase_add_test(tests, a_look_that_fails_resets_no_channel);
	tcase_add_test(tests, a_look_that_fails_resets_no_channel_of_domain_0);
	tcase_add_test(tests, two_threads_can_begin_at_the_same_time);
	return suite;
}
