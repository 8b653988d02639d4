// SPDX-License-Identifier: GPL-2.0-or-later
/* How a channel ends when nobody closes it; and fork(). */
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "chan_test.h"

#define RING	4096u

static char bytes[64];

static uint32_t self_of_server = HERE;

static void connect_to_server(void)
{
	struct gntchan *c;

	ck_assert_int_eq(gntchan_connect(&c, self_of_server, "test", 5000), 0);
	ck_assert_int_eq(gntchan_write(c, "last", 4), 4);
	pause();
}

static void listen_and_stay(void)
{
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *c;

	ck_assert_int_eq(gntchan_accept(l, &c, 5000), 0);
	ck_assert_int_eq(gntchan_write(c, "last", 4), 4);
	pause();
}

static void kill_child(int pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	fake_reap(pid);
}

static void reaches_the_end(struct gntchan *c)
{
	ck_assert_int_eq(gntchan_read(c, bytes, 9), 0);
	ck_assert_int_eq(gntchan_write(c, "x", 1), -EPIPE);
	gntchan_close(c);
}

START_TEST(a_server_sees_the_end_of_a_killed_client)
{
	struct gntchan_listener *l = listen_to(THERE, RING, RING);
	int child = start_child(connect_to_server, THERE);
	const void *peeked;
	struct gntchan *c;

	ck_assert_int_eq(gntchan_accept(l, &c, 5000), 0);
	ck_assert_int_eq(gntchan_read(c, bytes, 9), 4);
	kill_child(child);
	reaches_the_end(c);
	/* And the next client can come. */
	child = start_child(connect_to_server, THERE);
	ck_assert_int_eq(gntchan_accept(l, &c, 5000), 0);
	ck_assert_int_eq(gntchan_peek(c, &peeked), 4);
	kill_child(child);
	ck_assert_int_eq(gntchan_read(c, bytes, 9), 4);
	reaches_the_end(c);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(a_client_sees_the_end_of_a_killed_server)
{
	int child = start_child(listen_and_stay, THERE), i;
	struct gntchan *c;

	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(gntchan_connect(&c, THERE, "test", 5000), 0);
		ck_assert_int_eq(gntchan_read(c, bytes, 9), 4);
		kill_child(child);
		reaches_the_end(c);
		/* Its keys are there, but nobody takes them for a server. */
		ck_assert_int_eq(gntchan_connect(&c, THERE, "test", 0),
				 -ECONNREFUSED);
		if (!i)
			child = start_child(listen_and_stay, THERE);
	}
}
END_TEST

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The channel reads what came before, and then learns that the domain has gone. */
static void is_reset_by_the_end_of(uint32_t domid, struct gntchan *c)
{
	const void *peeked;
	int64_t before;

	gntchan_set_timeout(c, 5000);
	ck_assert_int_eq(gntchan_peek(c, &peeked), 4);
	fake_destroy_domain(domid);
	before = now_ms();
	ck_assert_int_eq(gntchan_read(c, bytes, 9), 4);
	ck_assert_int_eq(gntchan_read(c, bytes, 9), -ECONNRESET);
	ck_assert_int_lt(now_ms() - before, 400);
	ck_assert_int_eq(gntchan_write(c, bytes, 9), -ECONNRESET);
	gntchan_close(c);
}

static void end_of_client(uint32_t self)
{
	struct gntchan_listener *l;
	struct gntchan *c;
	int child;

	fake_keep_zombies();
	fake_set_domain(self);
	l = listen_to(THERE, RING, RING);
	self_of_server = self;
	child = start_child(connect_to_server, THERE);
	ck_assert_int_eq(gntchan_accept(l, &c, 5000), 0);
	is_reset_by_the_end_of(THERE, c);
	kill_child(child);
	gntchan_listener_close(l);
}

START_TEST(a_server_sees_the_end_of_the_clients_domain)
{
	end_of_client(HERE);
}
END_TEST

START_TEST(a_server_in_domain_0_learns_it_too)
{
	end_of_client(0);
}
END_TEST

/* A client can come, and its domain be destroyed, before it is accepted. */
START_TEST(a_domain_that_went_before_the_accept_is_gone)
{
	struct gntchan_listener *l = listen_to(THERE, RING, RING);
	struct gntchan *c;

	page_of("/local/domain/4/data/gntchan/test/7")->cli_live = 1;
	fake_destroy_domain(THERE);
	ck_assert_int_eq(gntchan_accept(l, &c, 0), 0);
	gntchan_set_timeout(c, 5000);
	ck_assert_int_eq(gntchan_read(c, bytes, 9), -ECONNRESET);
	gntchan_close(c);
	gntchan_listener_close(l);
}
END_TEST

/* It leaves no mark, and is seen when Xen knows its domain no more. */
START_TEST(the_end_of_a_domain_with_libxenvchan_is_seen)
{
	struct gntchan_listener *l = listen_to(THERE, RING, RING);
	struct vchan_interface *page;
	struct gntchan *c;

	page = page_of("/local/domain/4/data/gntchan/test/7");
	page->cli_live = 1;
	page->left.prod = 4;
	ck_assert_int_eq(gntchan_accept(l, &c, 0), 0);
	is_reset_by_the_end_of(THERE, c);
	gntchan_listener_close(l);
}
END_TEST

/* It waits for the descriptor, and so never sleeps in a call. */
START_TEST(a_program_that_polls_sees_the_end_of_the_domain)
{
	struct gntchan_listener *l = listen_to(THERE, RING, RING);
	struct pollfd fd = { .events = POLLIN };
	struct gntchan *c;
	ssize_t n;

	page_of("/local/domain/4/data/gntchan/test/7")->cli_live = 1;
	ck_assert_int_eq(gntchan_accept(l, &c, 0), 0);
	gntchan_set_timeout(c, 0);
	fd.fd = gntchan_fd(c);
	ck_assert_int_eq(gntchan_read(c, bytes, 9), -EAGAIN);
	fake_destroy_domain(THERE);
	do {
		ck_assert_int_eq(poll(&fd, 1, 5000), 1);
		n = gntchan_read(c, bytes, 9);
	} while (n == -EAGAIN);
	ck_assert_int_eq(n, -ECONNRESET);
	gntchan_close(c);
	gntchan_listener_close(l);
}
END_TEST

static void end_of_server(uint32_t self)
{
	int child = start_child(listen_and_stay, THERE);
	struct gntchan *c;

	fake_set_domain(self);
	ck_assert_int_eq(gntchan_connect(&c, THERE, "test", 5000), 0);
	is_reset_by_the_end_of(THERE, c);
	kill_child(child);
}

START_TEST(a_client_sees_the_end_of_the_servers_domain)
{
	end_of_server(HERE);
}
END_TEST

/* libxenvchan lets its client read the keys, and not the folder. */
START_TEST(a_server_is_there_as_long_as_its_keys_are)
{
	static const char path[] = "/local/domain/4/keys";
	struct gntchan_listener *l = listen_to(HERE, RING, RING);
	struct gntchan *c;
	unsigned int i;

	fake_put_node("/local/domain/4/keys/ring-ref",
		      fake_node(OWN_PATH "/ring-ref"));
	fake_put_node("/local/domain/4/keys/event-channel",
		      fake_node(OWN_PATH "/event-channel"));
	page_of(path)->cli_live = 0;
	ck_assert_int_eq(gntchan_connect(&c, HERE, path, 0), 0);
	gntchan_set_timeout(c, 0);
	fake_let_time_fly(true);
	for (i = 0; i < 20; i++)
		ck_assert_int_eq(gntchan_read(c, bytes, 9), -EAGAIN);
	fake_remove_nodes(path);
	ck_assert_int_eq(gntchan_read(c, bytes, 9), -EAGAIN);
	ck_assert_int_eq(gntchan_read(c, bytes, 9), -ECONNRESET);
	gntchan_close(c);
	gntchan_listener_close(l);
}
END_TEST

START_TEST(a_client_goes_on_without_the_listener)
{
	struct ends e;

	open_ends(&e, RING, RING);
	gntchan_listener_close(e.listener);
	e.listener = NULL;
	gntchan_set_timeout(e.client, 300);
	ck_assert_int_eq(gntchan_read(e.client, bytes, 9), -EAGAIN);
	gntchan_set_timeout(e.server, 300);
	ck_assert_int_eq(gntchan_read(e.server, bytes, 9), -EAGAIN);
	close_ends(&e);
}
END_TEST

/* The connection to xenstore is opened by the first call that needs it. */
START_TEST(without_xenstore_nothing_can_be_made)
{
	struct gntchan *c;

	/* The first two calls are those for memory. */
	fake_fail(1, ENOMEM);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -ENOMEM);
	fake_fail(2, ENOMEM);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -ENOMEM);
	fake_fail(3, EACCES);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), -EACCES);
	fake_fail(1, EACCES);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "/a/path", 0), -EACCES);
}
END_TEST

START_TEST(a_restore_resets_the_channel)
{
	struct ends e;

	open_ends(&e, RING, RING);
	fake_set_domain(HERE + 1);
	gntchan_set_timeout(e.server, 5000);
	ck_assert_int_eq(gntchan_read(e.server, bytes, 9), -ECONNRESET);
	ck_assert_int_eq(gntchan_write(e.server, bytes, 9), -ECONNRESET);
	fake_set_domain(HERE);
	/* For a moment, the library believes what it was told last. */
	usleep(60000);
	close_ends(&e);
}
END_TEST

/* What the library was told is not believed for longer because of that. */
START_TEST(a_restore_is_seen_however_often_somebody_asks_for_the_domain)
{
	struct gntchan *c;
	struct ends e;
	unsigned int i;

	open_ends(&e, RING, RING);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "nobody", 0), -ECONNREFUSED);
	fake_set_domain(HERE + 1);
	for (i = 0; i < 25 && gntchan_read(e.server, bytes, 9) == -EAGAIN; i++) {
		ck_assert_int_eq(gntchan_connect(&c, HERE, "nobody", 0),
				 -ECONNREFUSED);
		usleep(20000);
	}
	ck_assert_int_eq(gntchan_read(e.server, bytes, 9), -ECONNRESET);
	fake_set_domain(HERE);
	usleep(60000);
	close_ends(&e);
}
END_TEST

/* It reads until the channel is reset, which takes a few looks. */
static void is_reset(struct gntchan *c)
{
	unsigned int i;

	gntchan_set_timeout(c, 0);
	fake_let_time_fly(true);
	for (i = 0; i < 20 && gntchan_read(c, bytes, 9) == -EAGAIN; i++)
		;
	ck_assert_int_eq(gntchan_read(c, bytes, 9), -ECONNRESET);
	ck_assert_int_eq(gntchan_write(c, bytes, 9), -ECONNRESET);
	gntchan_close(c);
}

/* The domain has its id, but not what it had in xenstore. The other one is there. */
START_TEST(a_restore_with_the_same_id_resets_a_server)
{
	struct gntchan_listener *l = listen_to(THERE, RING, RING);
	struct gntchan *c;

	page_of("/local/domain/4/data/gntchan/test/7")->cli_live = 1;
	fake_put_node("/local/domain/7/data/gntchan/peer/4", "1");
	ck_assert_int_eq(gntchan_accept(l, &c, 0), 0);
	fake_remove_nodes("/local/domain/4/");
	is_reset(c);
	gntchan_listener_close(l);
	/* That of the channel, and the next one's. */
	fake_expect_open_ports(2);
}
END_TEST

START_TEST(a_restore_with_the_same_id_resets_a_client)
{
	int child = start_child(listen_and_stay, THERE);
	struct gntchan *c;

	ck_assert_int_eq(gntchan_connect(&c, THERE, "test", 5000), 0);
	ck_assert_int_eq(gntchan_read(c, bytes, 9), 4);
	fake_remove_nodes("/local/domain/4/");
	is_reset(c);
	kill_child(child);
	fake_expect_open_ports(1);
}
END_TEST

START_TEST(a_listener_goes_on_after_a_restore)
{
	struct gntchan_listener *l = listen_to(HERE + 1, RING, RING);
	struct gntchan *client, *server;

	fake_set_domain(HERE + 1);
	ck_assert_int_eq(gntchan_accept(l, &server, 200), -EAGAIN);
	ck_assert_int_eq(gntchan_connect(&client, HERE + 1, "test", 0), 0);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
	ck_assert_int_eq(gntchan_write(client, "hello", 5), 5);
	ck_assert_int_eq(gntchan_read(server, bytes, 9), 5);
	gntchan_close(client);
	gntchan_close(server);
	gntchan_listener_close(l);
	/* That of the first announcement: see gntchan__bell_close(). */
	fake_expect_open_ports(1);
}
END_TEST

/* What was announced has gone, and nobody could come. */
START_TEST(a_listener_goes_on_after_a_restore_with_the_same_id)
{
	struct gntchan_listener *l;
	struct gntchan *client, *server;
	unsigned int i;

	fake_let_time_fly(true);
	l = listen_to(HERE, RING, RING);
	fake_remove_nodes("/local/domain/4/");
	for (i = 0; i < 100 && !fake_node(OWN_PATH); i++) {
		ck_assert_int_eq(gntchan_accept(l, &server, 0), -EAGAIN);
		usleep(2000);
	}
	ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0), 0);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
	gntchan_close(client);
	gntchan_close(server);
	gntchan_listener_close(l);
	fake_expect_open_ports(1);
}
END_TEST

START_TEST(a_listener_that_had_no_memory_goes_on_after_a_restore)
{
	struct gntchan_listener *l;
	struct gntchan *client, *server;
	unsigned int i;

	fake_let_time_fly(true);
	l = listen_to(HERE, RING, RING);
	ck_assert_int_eq(gntchan_connect(&client, HERE, "test", 0), 0);
	fake_refuse_memory(true);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), 0);
	gntchan_close(client);
	gntchan_close(server);
	fake_set_domain(HERE + 1);
	for (i = 0; i < 30; i++) {
		usleep(2000);
		ck_assert_int_eq(gntchan_accept(l, &server, 0), -ENOMEM);
	}
	fake_refuse_memory(false);
	ck_assert_int_eq(gntchan_accept(l, &server, 0), -EAGAIN);
	ck_assert_ptr_nonnull(fake_node("/local/domain/5/data/gntchan/test/4"));
	gntchan_listener_close(l);
}
END_TEST

static struct ends inherited;

static void use_inherited(void)
{
	struct gntchan *c;
	const void *peeked;
	void *room;

	ck_assert_int_eq(gntchan_read(inherited.client, bytes, 1), -EPERM);
	ck_assert_int_eq(gntchan_write(inherited.client, bytes, 1), -EPERM);
	ck_assert_int_eq(gntchan_peek(inherited.client, &peeked), -EPERM);
	ck_assert_int_eq(gntchan_reserve(inherited.client, &room), -EPERM);
	ck_assert_int_eq(gntchan_consume(inherited.client, 0), -EPERM);
	ck_assert_int_eq(gntchan_commit(inherited.client, 0), -EPERM);
	ck_assert_int_eq(gntchan_shutdown(inherited.client), -EPERM);
	ck_assert_int_eq(gntchan_accept(inherited.listener, &c, 0), -EPERM);
	close_ends(&inherited);
	/* It can make channels of its own. */
	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 0), 0);
	gntchan_close(c);
}

START_TEST(a_child_has_no_channel_of_its_parent)
{
	struct gntchan *c;

	open_ends(&inherited, RING, RING);
	await_child(start_child(use_inherited, HERE));
	ck_assert_int_eq(gntchan_write(inherited.client, "hello", 5), 5);
	ck_assert_int_eq(gntchan_read(inherited.server, bytes, 9), 5);
	ck_assert_int_eq(gntchan_accept(inherited.listener, &c, 0), 0);
	ck_assert_int_eq(gntchan_read(c, bytes, 9), 0);
	gntchan_close(c);
	close_ends(&inherited);
}
END_TEST

static void nothing(int signal)
{
	(void)signal;
}

START_TEST(a_signal_ends_a_wait)
{
	struct sigaction action = { .sa_handler = nothing };
	struct gntchan *c;
	struct ends e;

	sigaction(SIGALRM, &action, NULL);
	open_ends(&e, RING, RING);
	gntchan_set_timeout(e.server, -1);
	ualarm(20000, 20000);
	ck_assert_int_eq(gntchan_read(e.server, bytes, 9), -EINTR);
	ck_assert_int_eq(gntchan_accept(e.listener, &c, -1), -EINTR);
	ck_assert_int_eq(gntchan_connect(&c, HERE, "other", -1), -EINTR);
	ualarm(0, 0);
	close_ends(&e);
}
END_TEST

struct Suite *end_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = chan_suite("end", &tests);

	tcase_add_test(tests, a_server_sees_the_end_of_a_killed_client);
	tcase_add_test(tests, a_client_sees_the_end_of_a_killed_server);
	tcase_add_test(tests, a_server_sees_the_end_of_the_clients_domain);
	tcase_add_test(tests, a_server_in_domain_0_learns_it_too);
	tcase_add_test(tests, the_end_of_a_domain_with_libxenvchan_is_seen);
	tcase_add_test(tests, a_domain_that_went_before_the_accept_is_gone);
	tcase_add_test(tests, a_program_that_polls_sees_the_end_of_the_domain);
	tcase_add_test(tests, a_client_sees_the_end_of_the_servers_domain);
	tcase_add_test(tests, a_server_is_there_as_long_as_its_keys_are);
	tcase_add_test(tests, a_client_goes_on_without_the_listener);
	tcase_add_test(tests, without_xenstore_nothing_can_be_made);
	tcase_add_test(tests, a_restore_resets_the_channel);
	tcase_add_test(tests,
		       a_restore_is_seen_however_often_somebody_asks_for_the_domain);
	tcase_add_test(tests, a_restore_with_the_same_id_resets_a_server);
	tcase_add_test(tests, a_restore_with_the_same_id_resets_a_client);
	tcase_add_test(tests, a_listener_goes_on_after_a_restore);
	tcase_add_test(tests,
		       a_listener_goes_on_after_a_restore_with_the_same_id);
	tcase_add_test(tests,
		       a_listener_that_had_no_memory_goes_on_after_a_restore);
	tcase_add_test(tests, a_child_has_no_channel_of_its_parent);
	tcase_add_test(tests, a_signal_ends_a_wait);
	return suite;
}
