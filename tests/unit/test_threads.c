// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several threads use one allocator, one region and one mapper. check-unit also
 * runs this under helgrind and ThreadSanitizer: there, an access to shared
 * memory without the lock is an error even if it does no harm.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "unit.h"

#define THREADS	4
#define ROUNDS	150

static struct gntshare *allocator;
static struct gntshare_mapper *mapper;

struct worker {
	pthread_t thread;
	unsigned char number;
	int err;
};

/* Share, use and destroy regions, but leave the last one to the close. */
static int share(unsigned char number)
{
	struct gntshare_region *old = NULL, *r;
	unsigned char *bytes;
	int i, err;

	for (i = 0; i < ROUNDS; i++) {
		err = gntshare_region_share(allocator, &r, PEER,
					    1 + (size_t)i % 3, 0);
		if (err)
			return err;
		bytes = gntshare_region_address(r);
		memset(bytes, number, gntshare_region_size(r));
		err = gntshare_region_notify(r, (size_t)i,
					     GNTSHARE_NOTIFY_CLEAR_BYTE, 0);
		if (err)
			return err;
		err = gntshare_region_destroy(old);
		if (err)
			return err;
		if (bytes[i] != number)
			return 1;
		old = r;
	}
	return 0;
}

static int map(unsigned char number)
{
	uint32_t grefs[] = { number, number + 100u, number + 200u };
	struct gntshare_mapping *old = NULL, *m;
	int i, err;

	for (i = 0; i < ROUNDS; i++) {
		err = gntshare_mapping_create(mapper, &m, PEER, grefs,
					      1 + (size_t)i % 3,
					      GNTSHARE_WRITABLE);
		if (err)
			return err;
		memset(gntshare_mapping_address(m), number,
		       gntshare_mapping_size(m));
		err = gntshare_mapping_destroy(old);
		if (err)
			return err;
		old = m;
	}
	return 0;
}

static void *work(void *argument)
{
	struct worker *worker = argument;

	worker->err = share(worker->number);
	if (!worker->err)
		worker->err = map(worker->number);
	return NULL;
}

START_TEST(threads_create_and_destroy_on_one_allocator_and_mapper)
{
	struct worker workers[THREADS];
	struct fake_account left;
	unsigned char i;

	/* If there is no native level, all threads find that out. */
	fake_set_old_driver(_i);
	allocator = open_allocator();
	mapper = open_mapper();
	for (i = 0; i < THREADS; i++) {
		workers[i].number = i + 1;
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work,
						&workers[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
		ck_assert_int_eq(workers[i].err, 0);
	}

	/* There are two handles, and a region and a mapping of each thread. */
	left = fake_account();
	ck_assert_uint_eq(left.blocks, 2 + 2 * THREADS);
	ck_assert_uint_eq(left.mappings, 2 + 2 * THREADS);
	ck_assert_int_eq(gntshare_close(allocator), 0);
	ck_assert_int_eq(gntshare_mapper_close(mapper), 0);
}
END_TEST

/* Make all calls for a region for which other threads make them, too. */
static int use(struct gntshare_region *r, uint32_t domid)
{
	struct gntshare_state state;
	struct gntshare_info info;
	struct gntshare_view *v;
	uint32_t grefs[2];
	int i, err;

	for (i = 0; i < ROUNDS; i++) {
		err = gntshare_region_grant(r, (size_t)i % 3, 2, domid, 0,
					    grefs);
		if (err)
			return err;
		err = gntshare_view_create(allocator, &v,
					   gntshare_region_offset(r), 3);
		if (err)
			return err;
		err = gntshare_region_wait(r, GNTSHARE_WAIT_RELEASED, domid,
					   -1, &state, sizeof(state));
		if (err)
			return err;
		err = gntshare_info(allocator, &info, sizeof(info));
		if (err)
			return err;
		err = gntshare_region_revoke(r, 0, 4, domid, NULL);
		if (err)
			return err;
		err = gntshare_view_destroy(v);
		if (err)
			return err;
	}
	return 0;
}

static struct gntshare_region *common;

static void *use_common(void *argument)
{
	struct worker *worker = argument;

	worker->err = use(common, worker->number);
	return NULL;
}

START_TEST(threads_share_one_region_with_a_peer_each)
{
	struct worker workers[THREADS];
	unsigned char i;

	allocator = open_allocator();
	common = create_region(allocator, 4);
	for (i = 0; i < THREADS; i++) {
		workers[i].number = i + 1;
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL,
						use_common, &workers[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
		ck_assert_int_eq(workers[i].err, 0);
	}
	ck_assert_uint_eq(fake_account().entries, 0);
	ck_assert_int_eq(gntshare_close(allocator), 0);
}
END_TEST

static void *release_one(void *argument)
{
	struct worker *worker = argument;
	struct gntshare_region *r;
	uint32_t grefs[1];
	uint64_t id = 0;
	int err;

	err = gntshare_region_create(allocator, &r, 1, GNTSHARE_ANY_OFFSET);
	if (!err)
		err = gntshare_region_grant(r, 0, 1, PEER, 0, grefs);
	if (!err) {
		fake_hold(grefs[0], true);
		err = gntshare_region_destroy_event(r, GNTSHARE_DESTROY_EVENT,
						    -1, &id);
	}
	if (!err) {
		err = gntshare_wait(allocator, id, GNTSHARE_WAIT_GONE, PEER,
				    0, NULL, 0) == -ETIMEDOUT ? 0 : 1;
		fake_hold(grefs[0], false);
	}
	if (!err)
		err = gntshare_wait(allocator, id, GNTSHARE_WAIT_GONE, PEER,
				    -1, NULL, 0);
	worker->err = err;
	return NULL;
}

START_TEST(one_thread_reads_the_events_of_what_others_release)
{
	struct worker workers[THREADS];
	struct gntshare_event event;
	uint64_t seen = 0;
	unsigned char i;

	allocator = open_allocator();
	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL,
						release_one, &workers[i]), 0);
	for (i = 0; i < THREADS; i++) {
		/* This waits for the event. */
		ck_assert_int_eq(gntshare_read_event(allocator, &event,
						     sizeof(event)), 0);
		ck_assert_uint_eq(event.type, GNTSHARE_EVENT_GONE);
		seen |= 1u << event.id;
	}
	for (i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
		ck_assert_int_eq(workers[i].err, 0);
	}
	/* There was an event for each of the regions 1 to THREADS. */
	ck_assert_uint_eq(seen, (2u << THREADS) - 2);
	ck_assert_int_eq(gntshare_close(allocator), 0);
}
END_TEST

struct Suite *thread_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("threads", &tests);

	tcase_set_timeout(tests, 300);
	tcase_add_loop_test(tests,
			    threads_create_and_destroy_on_one_allocator_and_mapper,
			    0, 2);
	tcase_add_test(tests, threads_share_one_region_with_a_peer_each);
	tcase_add_test(tests,
		       one_thread_reads_the_events_of_what_others_release);
	return suite;
}
