// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several threads on one allocator and one mapper. Under helgrind (check-unit
 * does that) an access to the lists without the lock is an error even when
 * it happens to go well.
 */
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

/* Create, use and destroy, with one left over to the close at the end. */
static int share(unsigned char number)
{
	struct gntshare_region *old = NULL, *r;
	unsigned char *bytes;
	int i, err;

	for (i = 0; i < ROUNDS; i++) {
		err = gntshare_region_create(allocator, &r, PEER,
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
	uint32_t refs[] = { number, number + 100u, number + 200u };
	struct gntshare_mapping *old = NULL, *m;
	int i, err;

	for (i = 0; i < ROUNDS; i++) {
		err = gntshare_mapping_create(mapper, &m, PEER, refs,
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

	/* Two handles, and one region and one mapping from each thread. */
	left = fake_account();
	ck_assert_uint_eq(left.blocks, 2 + 2 * THREADS);
	ck_assert_uint_eq(left.mappings, 2 + 2 * THREADS);
	ck_assert_int_eq(gntshare_close(allocator), 0);
	ck_assert_int_eq(gntshare_mapper_close(mapper), 0);
}
END_TEST

struct Suite *thread_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("threads", &tests);

	tcase_set_timeout(tests, 300);
	tcase_add_test(tests,
		       threads_create_and_destroy_on_one_allocator_and_mapper);
	return suite;
}
