// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Both sides at the same time, in threads of one process, so that ThreadSanitizer
 * sees whether bytes are only read after they were written, and the other way
 * round; and a thread that writes what it likes.
 */
#include <pthread.h>

#include "chan_test.h"

#define RING	4096u
#define BYTES	1048576u
#define WRITES	1000000u

static unsigned char byte_at(size_t i)
{
	return (unsigned char)(i * 7 + i / 4099);
}

static void *write_bytes(void *arg)
{
	struct gntchan *c = arg;
	unsigned char buffer[1500];
	size_t done = 0, i, size;

	while (done < BYTES) {
		size = done % 1499 + 1;
		if (size > BYTES - done)
			size = BYTES - done;
		for (i = 0; i < size; i++)
			buffer[i] = byte_at(done + i);
		if (gntchan_write(c, buffer, size) != (ssize_t)size)
			return NULL;
		done += size;
	}
	gntchan_shutdown(c);
	return c;
}

/* Read all, and compare. Returns how many bytes were right. */
static size_t read_bytes(struct gntchan *c)
{
	unsigned char buffer[3000];
	size_t done = 0, i;
	ssize_t got;

	while ((got = gntchan_read(c, buffer, done % 2999 + 1)) > 0) {
		for (i = 0; i < (size_t)got; i++)
			if (buffer[i] != byte_at(done + i))
				return done + i;
		done += (size_t)got;
	}
	return done;
}

static void stream(bool from_server)
{
	struct ends e;
	pthread_t thread;
	void *result;

	open_ends(&e, RING, RING);
	gntchan_set_timeout(e.client, 20000);
	gntchan_set_timeout(e.server, 20000);
	ck_assert_int_eq(pthread_create(&thread, NULL, write_bytes,
					from_server ? e.server : e.client), 0);
	ck_assert_uint_eq(read_bytes(from_server ? e.client : e.server), BYTES);
	pthread_join(thread, &result);
	ck_assert_ptr_nonnull(result);
	close_ends(&e);
}

START_TEST(a_stream_of_two_threads_has_no_race)
{
	stream(false);
	stream(true);
}
END_TEST

static struct ring_shared shared;
static unsigned int writes, stop;

static uint32_t next_number(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void *scribble(void *arg)
{
	uint32_t state = 1;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		uint32_t number = next_number(&state);
		uint32_t *word = number & 1 ? &shared.cons : &shared.prod;

		/* Near to what is there, or anything. */
		number = number & 2 ? number << 8 :
			 __atomic_load_n(word, __ATOMIC_RELAXED) +
			 (number >> 2) % 100;
		__atomic_store_n(word, number, __ATOMIC_RELEASE);
		__atomic_add_fetch(&writes, 1, __ATOMIC_RELAXED);
	}
	return arg;
}

/* The memory is as large as the ring, so that AddressSanitizer sees more. */
START_TEST(a_thread_that_scribbles_moves_no_byte)
{
	unsigned char *bytes = malloc(64), *buffer = malloc(100);
	struct gntchan__ring in, out;
	uint32_t broken = 0, turn = 0;
	pthread_t thread;

	memset(&shared, 0, sizeof(shared));
	memset(buffer, 0, 100);
	writes = 0;
	stop = 0;
	gntchan__ring_begin(&in, &shared, bytes, 64, false);
	gntchan__ring_begin(&out, &shared, bytes, 64, true);
	ck_assert_int_eq(pthread_create(&thread, NULL, scribble, NULL), 0);
	while (!broken || __atomic_load_n(&writes, __ATOMIC_RELAXED) < WRITES) {
		turn++;
		/* A ring whose rules are broken begins anew. */
		if (!gntchan__ring_look(&in)) {
			broken++;
			in.at = turn;
			in.seen = turn;
		}
		if (!gntchan__ring_look(&out)) {
			broken++;
			out.at = turn;
			out.seen = turn;
		}
		ck_assert_uint_le(gntchan__ring_ready(&in), 64);
		ck_assert_uint_le(gntchan__ring_ready(&out), 64);
		ck_assert_uint_le(gntchan__ring_read(&in, buffer, turn % 100),
				  64);
		ck_assert_uint_le(gntchan__ring_write(&out, buffer, turn % 100),
				  64);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	free(bytes);
	free(buffer);
}
END_TEST

struct Suite *thread_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = chan_suite("threads", &tests);

	tcase_add_test(tests, a_stream_of_two_threads_has_no_race);
	tcase_add_test(tests, a_thread_that_scribbles_moves_no_byte);
	return suite;
}
