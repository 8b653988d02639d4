// SPDX-License-Identifier: GPL-2.0-or-later
/* What two ends that keep the rules do. */
#include <poll.h>
#include <signal.h>
#include <time.h>

#include "chan_test.h"

#define RING	4096u

static char pattern[4 * RING], got[4 * RING];

static void fill_pattern(void)
{
	size_t i;

	for (i = 0; i < sizeof(pattern); i++)
		pattern[i] = (char)(i * 7 + i / 251);
}

static bool is_readable(struct gntchan *c)
{
	struct pollfd fd = { .fd = gntchan_fd(c), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

START_TEST(bytes_go_both_ways)
{
	struct ends e;

	open_ends(&e, 0, 0);
	ck_assert_int_eq(gntchan_write(e.client, "hello", 5), 5);
	ck_assert_int_eq(gntchan_read(e.server, got, sizeof(got)), 5);
	ck_assert_mem_eq(got, "hello", 5);
	ck_assert_int_eq(gntchan_write(e.server, "world!", 6), 6);
	ck_assert_int_eq(gntchan_read(e.client, got, 4), 4);
	ck_assert_int_eq(gntchan_read(e.client, got + 4, 4), 2);
	ck_assert_mem_eq(got, "world!", 6);
	close_ends(&e);
}
END_TEST

START_TEST(with_nothing_to_do_it_is_eagain)
{
	struct ends e;

	open_ends(&e, RING, RING);
	ck_assert_int_eq(gntchan_read(e.server, got, 1), -EAGAIN);
	ck_assert_int_eq(gntchan_read(e.client, got, 1), -EAGAIN);
	ck_assert_int_eq(gntchan_write(e.client, pattern, 2 * RING), RING);
	ck_assert_int_eq(gntchan_write(e.client, pattern, 1), -EAGAIN);
	ck_assert_int_eq(gntchan_write(e.client, pattern, 0), 0);
	ck_assert_int_eq(gntchan_read(e.server, got, 0), 0);
	close_ends(&e);
}
END_TEST

START_TEST(a_time_out_is_kept)
{
	struct timespec before, after;
	struct ends e;

	open_ends(&e, RING, RING);
	ck_assert_int_eq(gntchan_set_timeout(e.server, 250), 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	ck_assert_int_eq(gntchan_read(e.server, got, 1), -EAGAIN);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_ge((after.tv_sec - before.tv_sec) * 1000 +
			 (after.tv_nsec - before.tv_nsec) / 1000000, 249);
	close_ends(&e);
}
END_TEST

/* Each end in turn does what it can, in pieces of other sizes. */
START_TEST(a_stream_is_the_same_on_the_other_side)
{
	size_t sent = 0, come = 0, size = 1;
	struct ends e;

	fill_pattern();
	open_ends(&e, RING, RING);
	while (come < sizeof(pattern)) {
		ssize_t n;

		size = size * 5 % 3001;
		if (size > sizeof(pattern) - sent)
			size = sizeof(pattern) - sent;
		n = gntchan_write(e.server, pattern + sent, size);
		ck_assert(n >= 0 || n == -EAGAIN);
		sent += n > 0 ? (size_t)n : 0;
		n = gntchan_read(e.client, got + come, size % 977 + 1);
		ck_assert(n > 0 || n == -EAGAIN);
		come += n > 0 ? (size_t)n : 0;
		if (!size)
			size = 1;
	}
	ck_assert_mem_eq(got, pattern, sizeof(pattern));
	close_ends(&e);
}
END_TEST

START_TEST(vectors_are_read_and_written_in_order)
{
	struct iovec out[3] = { { (void *)"ab", 2 }, { NULL, 0 },
				{ (void *)"cde", 3 } };
	struct iovec in[2] = { { got, 1 }, { got + 10, 8 } };
	struct ends e;

	open_ends(&e, RING, RING);
	ck_assert_int_eq(gntchan_writev(e.client, out, 3), 5);
	ck_assert_int_eq(gntchan_readv(e.server, in, 2), 5);
	ck_assert_mem_eq(got, "a", 1);
	ck_assert_mem_eq(got + 10, "bcde", 4);
	ck_assert_int_eq(gntchan_readv(e.server, in, 2), -EAGAIN);
	ck_assert_int_eq(gntchan_readv(e.server, in, 0), 0);
	ck_assert_int_eq(gntchan_writev(e.server, out, 0), 0);
	close_ends(&e);
}
END_TEST

static struct gntchan *reader;
static size_t have;

static void read_some(int signal)
{
	ssize_t n;

	(void)signal;
	n = gntchan_read(reader, got + have, RING);
	have += n > 0 ? (size_t)n : 0;
}

/* What follows a part that is missing must not be written, although there is room. */
START_TEST(an_interrupted_vector_leaves_no_gap)
{
	struct sigaction action = { .sa_handler = read_some };
	struct iovec out[2] = { { pattern, 3 * RING },
				{ pattern + 3 * RING, RING } };
	struct ends e;
	ssize_t n;

	fill_pattern();
	open_ends(&e, RING, RING);
	reader = e.server;
	have = 0;
	sigaction(SIGALRM, &action, NULL);
	gntchan_set_timeout(e.client, -1);
	ualarm(20000, 0);
	n = gntchan_writev(e.client, out, 2);
	read_some(0);
	ck_assert_int_eq((ssize_t)have, n);
	ck_assert_mem_eq(got, pattern, have);
	close_ends(&e);
}
END_TEST

START_TEST(without_a_copy_it_is_the_same_stream)
{
	const void *bytes;
	void *room;
	struct ends e;

	open_ends(&e, RING, RING);
	ck_assert_int_eq(gntchan_peek(e.server, &bytes), -EAGAIN);
	ck_assert_int_eq(gntchan_reserve(e.client, &room), RING);
	memcpy(room, "012345", 6);
	ck_assert_int_eq(gntchan_peek(e.server, &bytes), -EAGAIN);
	ck_assert_int_eq(gntchan_commit(e.client, RING + 1), -EINVAL);
	ck_assert_int_eq(gntchan_commit(e.client, 6), 0);
	ck_assert_int_eq(gntchan_peek(e.server, &bytes), 6);
	ck_assert_mem_eq(bytes, "012345", 6);
	ck_assert_int_eq(gntchan_consume(e.server, 7), -EINVAL);
	ck_assert_int_eq(gntchan_consume(e.server, 4), 0);
	ck_assert_int_eq(gntchan_read(e.server, got, sizeof(got)), 2);
	ck_assert_mem_eq(got, "45", 2);
	/* Behind these six there is one piece up to the ring's end. */
	ck_assert_int_eq(gntchan_reserve(e.client, &room), RING - 6);
	close_ends(&e);
}
END_TEST

START_TEST(the_descriptor_is_readable_if_something_is_new)
{
	struct ends e;

	open_ends(&e, RING, RING);
	ck_assert_int_eq(gntchan_read(e.server, got, 1), -EAGAIN);
	ck_assert(!is_readable(e.server));
	gntchan_write(e.client, pattern, RING);
	ck_assert(is_readable(e.server));
	ck_assert_int_eq(gntchan_read(e.server, got, RING), RING);
	ck_assert_int_eq(gntchan_read(e.server, got, 1), -EAGAIN);
	ck_assert(!is_readable(e.server));
	/* And when there is room again. */
	gntchan_write(e.client, pattern, RING);
	ck_assert_int_eq(gntchan_write(e.client, pattern, 1), -EAGAIN);
	ck_assert(!is_readable(e.client));
	gntchan_read(e.server, got, 1);
	ck_assert(is_readable(e.client));
	ck_assert_int_eq(gntchan_write(e.client, pattern, 1), 1);
	/* And at the end. */
	ck_assert_int_eq(gntchan_read(e.client, got, 1), -EAGAIN);
	ck_assert(!is_readable(e.client));
	gntchan_close(e.server);
	e.server = NULL;
	ck_assert(is_readable(e.client));
	ck_assert_int_eq(gntchan_read(e.client, got, 1), 0);
	close_ends(&e);
}
END_TEST

/* The event for room comes to a call that reads, and the program is told again. */
START_TEST(an_event_for_the_other_direction_is_not_lost)
{
	struct ends e;
	void *room;
	const void *bytes;

	open_ends(&e, RING, RING);
	ck_assert_int_ge(gntchan_fd(e.client), 0);
	gntchan_write(e.client, pattern, RING);
	ck_assert_int_eq(gntchan_reserve(e.client, &room), -EAGAIN);
	ck_assert_int_eq(gntchan_read(e.server, got, RING), RING);
	ck_assert_int_eq(gntchan_peek(e.client, &bytes), -EAGAIN);
	usleep(1000);
	ck_assert(is_readable(e.client));
	ck_assert_int_eq(gntchan_reserve(e.client, &room), RING);
	close_ends(&e);
}
END_TEST

/* Nor is it if the program does not use the descriptor. */
START_TEST(without_the_descriptor_both_directions_go_on)
{
	const void *bytes;
	struct ends e;
	void *room;

	open_ends(&e, RING, RING);
	gntchan_write(e.client, pattern, RING);
	ck_assert_int_eq(gntchan_reserve(e.client, &room), -EAGAIN);
	ck_assert_int_eq(gntchan_read(e.server, got, RING), RING);
	ck_assert_int_eq(gntchan_peek(e.client, &bytes), -EAGAIN);
	ck_assert_int_eq(gntchan_reserve(e.client, &room), RING);
	close_ends(&e);
}
END_TEST

START_TEST(nobody_is_told_who_has_not_asked)
{
	struct gntchan_stats stats;
	struct ends e;
	int i;

	open_ends(&e, RING, RING);
	/* The first bytes are asked for from the start. A client tells of itself. */
	for (i = 0; i < 10; i++) {
		ck_assert_int_eq(gntchan_write(e.client, "x", 1), 1);
		ck_assert_int_eq(gntchan_read(e.server, got, 1), 1);
	}
	ck_assert_int_eq(gntchan_stats(e.client, &stats, sizeof(stats)), 0);
	ck_assert_uint_eq(stats.events_sent, 1 + 1);
	ck_assert_uint_eq(stats.written, 10);
	ck_assert_uint_eq(stats.read, 0);
	ck_assert_int_eq(gntchan_stats(e.server, &stats, sizeof(stats)), 0);
	ck_assert_uint_eq(stats.events_sent, 0);
	ck_assert_uint_eq(stats.read, 10);
	close_ends(&e);
}
END_TEST

START_TEST(after_a_shutdown_the_other_direction_goes_on)
{
	struct iovec iov = { got, 9 };
	const void *bytes;
	struct ends e;
	void *room;

	open_ends(&e, RING, RING);
	ck_assert_int_eq(gntchan_write(e.client, "last", 4), 4);
	ck_assert_int_gt(gntchan_reserve(e.client, &room), 0);
	ck_assert_int_eq(gntchan_shutdown(e.client), 0);
	ck_assert_int_eq(gntchan_write(e.client, "x", 1), -EPIPE);
	ck_assert_int_eq(gntchan_reserve(e.client, &room), -EPIPE);
	ck_assert_int_eq(gntchan_commit(e.client, 1), -EPIPE);
	ck_assert_int_eq(gntchan_read(e.server, got, 9), 4);
	ck_assert_int_eq(gntchan_read(e.server, got, 9), 0);
	ck_assert_int_eq(gntchan_read(e.server, got, 9), 0);
	ck_assert_int_eq(gntchan_readv(e.server, &iov, 1), 0);
	ck_assert_int_eq(gntchan_peek(e.server, &bytes), 0);
	ck_assert_int_eq(gntchan_write(e.server, "answer", 6), 6);
	ck_assert_int_eq(gntchan_read(e.client, got, 9), 6);
	close_ends(&e);
}
END_TEST

static void close_one(struct ends *e, struct gntchan **closed,
		      struct gntchan *other)
{
	ck_assert_int_eq(gntchan_write(*closed, "last", 4), 4);
	ck_assert_int_eq(gntchan_write(other, "lost", 4), 4);
	gntchan_close(*closed);
	*closed = NULL;
	ck_assert_int_eq(gntchan_write(other, "x", 1), -EPIPE);
	ck_assert_int_eq(gntchan_read(other, got, 9), 4);
	ck_assert_mem_eq(got, "last", 4);
	ck_assert_int_eq(gntchan_read(other, got, 9), 0);
	close_ends(e);
}

START_TEST(after_a_close_what_was_written_can_be_read)
{
	struct ends e;

	open_ends(&e, RING, RING);
	close_one(&e, &e.client, e.server);
	open_ends(&e, RING, RING);
	close_one(&e, &e.server, e.client);
}
END_TEST

START_TEST(wrong_arguments_are_einval)
{
	struct gntchan_stats stats;
	struct iovec iov = { got, 1 };
	const void *bytes;
	void *room;
	struct ends e;

	open_ends(&e, RING, RING);
	ck_assert_int_eq(gntchan_read(NULL, got, 1), -EINVAL);
	ck_assert_int_eq(gntchan_read(e.client, NULL, 1), -EINVAL);
	ck_assert_int_eq(gntchan_write(NULL, got, 1), -EINVAL);
	ck_assert_int_eq(gntchan_write(e.client, NULL, 1), -EINVAL);
	ck_assert_int_eq(gntchan_readv(NULL, &iov, 1), -EINVAL);
	ck_assert_int_eq(gntchan_readv(e.client, NULL, 1), -EINVAL);
	ck_assert_int_eq(gntchan_readv(e.client, &iov, -1), -EINVAL);
	ck_assert_int_eq(gntchan_writev(NULL, &iov, 1), -EINVAL);
	ck_assert_int_eq(gntchan_writev(e.client, NULL, 1), -EINVAL);
	ck_assert_int_eq(gntchan_writev(e.client, &iov, -1), -EINVAL);
	ck_assert_int_eq(gntchan_peek(NULL, &bytes), -EINVAL);
	ck_assert_int_eq(gntchan_peek(e.client, NULL), -EINVAL);
	ck_assert_int_eq(gntchan_consume(NULL, 0), -EINVAL);
	ck_assert_int_eq(gntchan_reserve(NULL, &room), -EINVAL);
	ck_assert_int_eq(gntchan_reserve(e.client, NULL), -EINVAL);
	ck_assert_int_eq(gntchan_commit(NULL, 0), -EINVAL);
	ck_assert_int_eq(gntchan_shutdown(NULL), -EINVAL);
	ck_assert_int_eq(gntchan_set_timeout(NULL, 0), -EINVAL);
	ck_assert_int_eq(gntchan_stats(NULL, &stats, sizeof(stats)), -EINVAL);
	ck_assert_int_eq(gntchan_stats(e.client, NULL, sizeof(stats)),
			 -EINVAL);
	ck_assert_int_eq(gntchan_stats(e.client, &stats, sizeof(stats) - 1),
			 -EINVAL);
	gntchan_close(NULL);
	gntchan_listener_close(NULL);
	ck_assert_uint_eq(gntchan_domid(e.client), HERE);
	close_ends(&e);
}
END_TEST

START_TEST(the_figures_of_a_later_version_are_zero)
{
	struct {
		struct gntchan_stats known;
		char more[8];
	} stats;
	static const char none[8];
	struct ends e;

	open_ends(&e, RING, RING);
	memset(&stats, 1, sizeof(stats));
	ck_assert_int_eq(gntchan_stats(e.client, &stats.known, sizeof(stats)),
			 0);
	ck_assert_mem_eq(stats.more, none, sizeof(none));
	close_ends(&e);
}
END_TEST

#define MEGABYTES	3u

/* Send back all that comes, until the end. */
static void echo(void)
{
	struct gntchan *c;
	char *buffer = malloc(100000);
	ssize_t n;

	ck_assert_int_eq(gntchan_connect(&c, HERE, "test", 5000), 0);
	while ((n = gntchan_read(c, buffer, 100000)) > 0)
		ck_assert_int_eq(gntchan_write(c, buffer, (size_t)n), n);
	ck_assert_int_eq(n, 0);
	gntchan_close(c);
	free(buffer);
}

/* The two sides are processes in different domains, and wait for each other. */
START_TEST(another_domain_sends_back_what_comes)
{
	struct gntchan_listener *l = listen_to(THERE, RING, 2 * RING);
	int child = start_child(echo, THERE);
	struct gntchan *c;
	size_t i, part;

	fill_pattern();
	ck_assert_int_eq(gntchan_accept(l, &c, 5000), 0);
	for (i = 0; i < MEGABYTES << 20; i += part) {
		size_t come = 0;

		part = i % 5000 + 1;
		ck_assert_int_eq(gntchan_write(c, pattern, part),
				 (ssize_t)part);
		while (come < part) {
			ssize_t n = gntchan_read(c, got + come, part - come);

			ck_assert_int_gt(n, 0);
			come += (size_t)n;
		}
		ck_assert_mem_eq(got, pattern, part);
	}
	gntchan_shutdown(c);
	ck_assert_int_eq(gntchan_read(c, got, 1), 0);
	await_child(child);
	gntchan_close(c);
	gntchan_listener_close(l);
}
END_TEST

struct Suite *channel_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = chan_suite("channel", &tests);

	tcase_add_test(tests, bytes_go_both_ways);
	tcase_add_test(tests, with_nothing_to_do_it_is_eagain);
	tcase_add_test(tests, a_time_out_is_kept);
	tcase_add_test(tests, a_stream_is_the_same_on_the_other_side);
	tcase_add_test(tests, vectors_are_read_and_written_in_order);
	tcase_add_test(tests, an_interrupted_vector_leaves_no_gap);
	tcase_add_test(tests, without_a_copy_it_is_the_same_stream);
	tcase_add_test(tests, the_descriptor_is_readable_if_something_is_new);
	tcase_add_test(tests, an_event_for_the_other_direction_is_not_lost);
	tcase_add_test(tests, without_the_descriptor_both_directions_go_on);
	tcase_add_test(tests, nobody_is_told_who_has_not_asked);
	tcase_add_test(tests, after_a_shutdown_the_other_direction_goes_on);
	tcase_add_test(tests, after_a_close_what_was_written_can_be_read);
	tcase_add_test(tests, wrong_arguments_are_einval);
	tcase_add_test(tests, the_figures_of_a_later_version_are_zero);
	tcase_add_test(tests, another_domain_sends_back_what_comes);
	return suite;
}
