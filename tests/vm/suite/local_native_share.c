// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level: GNTALLOC_NATIVE_SHARE makes a region and its grant by one
 * call. The result is the same as that of two calls, or nothing.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "fixture.h"
#include "native.h"
#include "suite.h"

#define MUCH	0x7fffffff

static void counts_are(long pages, long grants)
{
	ck_assert_int_eq(device_counter("pages"), pages);
	ck_assert_int_eq(device_counter("entries"), grants);
}

START_TEST(a_share_is_a_region_and_its_grant)
{
	struct gntalloc_native_share op = {
		.offset = 77,	/* without FIXED it is only an answer */
		.pages = 16, .domid = NOBODY, .answer = 0xffff,
		.flags = GNTALLOC_SHARE_WRITABLE,
	};
	uint32_t grefs[17] = { [16] = 0xabcdef };
	int file = (int)must(device_open());
	struct gntalloc_native_info info;
	char *address;
	unsigned int i;

	must(native_share_call(file, &op, grefs));
	ck_assert_uint_eq(op.offset, 0);
	ck_assert_uint_eq(op.id, 1);
	ck_assert_uint_eq(op.pages, 16);
	ck_assert_uint_eq(op.domid, NOBODY);
	ck_assert_uint_eq(op.flags, GNTALLOC_SHARE_WRITABLE);
	ck_assert_uint_eq(op.answer & ~GNTALLOC_GRANTED_CONSECUTIVE, 0);
	ck_assert_uint_eq(op.first_gref, grefs[0]);
	for (i = 0; i < 16; i++)
		ck_assert_uint_ge(grefs[i], 8);
	ck_assert_uint_eq(grefs[16], 0xabcdef);
	counts_are(16, 16);
	must(native_info(file, &info));
	ck_assert_uint_eq(info.user_pages, 16);
	ck_assert_uint_eq(info.user_entries, 16);

	must(device_map(file, 0, 16, (void **)&address));
	ck_assert(memory_is(address, 0, 16 * PAGE));
	memset(address, 1, 16 * PAGE);
	must(device_notify(file, 5, GNTALLOC_2011_CLEAR_BYTE, 0));
	munmap(address, 16 * PAGE);
}
END_TEST

START_TEST(what_was_shared_in_one_call_is_known_by_its_id)
{
	struct gntalloc_native_share op = { .pages = 4, .domid = NOBODY };
	int file = (int)must(device_open());
	struct gntalloc_native_event event;
	uint32_t state, held;

	must(native_share_call(file, &op, NULL));
	ck_assert_int_eq(native_state(file, op.id), GNTALLOC_STATE_LIVE);
	/* One peer is added, then the first one is removed. */
	must(native_grant(file, op.offset, 4, 7, 0, NULL));
	counts_are(4, 8);
	ck_assert_int_eq(must(native_revoke(file, op.offset, 4, NOBODY)), 0);
	counts_are(4, 4);
	must(native_wait(file, op.id, GNTALLOC_WAIT_RELEASED, NOBODY, -1,
			 &state, &held));
	ck_assert_uint_eq(state, GNTALLOC_STATE_LIVE);
	ck_assert_uint_eq(held, 0);
	must(native_destroy_event(file, op.id));
	must(native_wait(file, op.id, GNTALLOC_WAIT_GONE, -1, -1, &state,
			 NULL));
	ck_assert_uint_eq(state, GNTALLOC_STATE_GONE);
	ck_assert_int_eq(native_event(file, &event), sizeof(event));
	ck_assert_uint_eq(event.id, op.id);
	counts_are(0, 0);
}
END_TEST

START_TEST(ids_and_offsets_go_on_whichever_call_makes_a_region)
{
	struct gntalloc_native_share op = { .pages = 3, .domid = NOBODY };
	int file = (int)must(device_open());
	uint64_t offset, id;

	must(native_create(file, 2, &offset, &id));
	ck_assert_uint_eq(id, 1);
	must(native_share_call(file, &op, NULL));
	ck_assert_uint_eq(op.offset, 2 * PAGE);
	ck_assert_uint_eq(op.id, 2);
	must(device_alloc(file, NOBODY, 0, 1, &offset, NULL));
	ck_assert_uint_eq(offset, 5 * PAGE);
	must(native_destroy(file, op.id));
	must(native_share_call(file, &op, NULL));
	ck_assert_uint_eq(op.offset, 6 * PAGE);
	ck_assert_uint_eq(op.id, 3);
}
END_TEST

START_TEST(a_share_is_at_the_offset_that_the_caller_wants)
{
	struct gntalloc_native_share op = {
		.offset = 1ULL << 40, .pages = 3, .domid = NOBODY,
		.flags = GNTALLOC_SHARE_FIXED,
	};
	int file = (int)must(device_open());
	void *address;

	must(native_share_call(file, &op, NULL));
	ck_assert_uint_eq(op.offset, 1ULL << 40);
	must(device_map(file, 1ULL << 40, 3, &address));
	/* The driver continues at the offset where it was before. */
	op.flags = 0;
	must(native_share_call(file, &op, NULL));
	ck_assert_uint_eq(op.offset, 0);
	munmap(address, 3 * PAGE);
}
END_TEST

START_TEST(a_share_has_consecutive_grefs_if_it_has_to)
{
	struct gntalloc_native_share op = { .pages = 64, .domid = NOBODY };
	int file = (int)must(device_open());
	uint32_t grefs[64], first;
	unsigned int i;

	/* A search ends at the limit. */
	must(device_set_limit(MUCH));
	/* The next free entries are every second one of a row. */
	must(native_create_at(file, PAGE << 10, 128, NULL));
	must(native_grant_run(file, PAGE << 10, 128, NOBODY, 0, &first));
	for (i = 0; i < 128; i += 2)
		must(native_revoke(file, (1024ULL + i) * PAGE, 1, NOBODY));
	op.answer = GNTALLOC_GRANTED_CONSECUTIVE;
	must(native_share_call(file, &op, grefs));
	ck_assert_uint_eq(op.answer, 0);
	must(native_destroy(file, op.id));

	op.flags = GNTALLOC_SHARE_CONSECUTIVE;
	must(native_share_call(file, &op, grefs));
	ck_assert_uint_eq(op.answer, GNTALLOC_GRANTED_CONSECUTIVE);
	for (i = 0; i < 64; i++)
		ck_assert_uint_eq(grefs[i], op.first_gref + i);
	counts_are(128 + 64, 64 + 64);
}
END_TEST

/* --- what is refused ------------------------------------------------------ */

START_TEST(a_share_that_is_wrong_is_einval)
{
	struct gntalloc_native_share op = { .pages = 1, .domid = NOBODY };
	int file = (int)must(device_open());

	op.flags = 8;
	fails(native_share_call(file, &op, NULL), EINVAL);
	op.flags = 0x80000000;
	fails(native_share_call(file, &op, NULL), EINVAL);
	op.flags = GNTALLOC_SHARE_FIXED;
	op.offset = 12;
	fails(native_share_call(file, &op, NULL), EINVAL);
	op.offset = PAGE + 1;
	fails(native_share_call(file, &op, NULL), EINVAL);
	op.offset = 0;
	op.pages = 0;
	fails(native_share_call(file, &op, NULL), EINVAL);
	op.pages = 1;
	op.domid = 0x7ff0;
	fails(native_share_call(file, &op, NULL), EINVAL);
	op.domid = 0xffff;
	fails(native_share_call(file, &op, NULL), EINVAL);
	counts_are(0, 0);
	op.domid = NOBODY;
	must(native_share_call(file, &op, NULL));
	ck_assert_uint_eq(op.id, 1);
}
END_TEST

static int share_at(int file, uint64_t offset, uint32_t pages)
{
	struct gntalloc_native_share op = {
		.offset = offset, .pages = pages, .domid = NOBODY,
		.flags = GNTALLOC_SHARE_FIXED,
	};

	return native_share_call(file, &op, NULL);
}

START_TEST(a_share_over_another_region_is_eexist)
{
	int file = (int)must(device_open());

	must(share_at(file, 10 * PAGE, 4));
	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));	/* at 0 and 1 */
	fails(share_at(file, 10 * PAGE, 4), EEXIST);
	fails(share_at(file, 13 * PAGE, 1), EEXIST);
	fails(share_at(file, 7 * PAGE, 4), EEXIST);
	fails(share_at(file, 9 * PAGE, 9), EEXIST);
	fails(share_at(file, PAGE, 1), EEXIST);
	fails(native_create_at(file, 11 * PAGE, 1, NULL), EEXIST);
	counts_are(6, 6);
	must(share_at(file, 6 * PAGE, 4));
	must(share_at(file, 14 * PAGE, 4));
}
END_TEST

START_TEST(a_share_beyond_all_offsets_is_eoverflow)
{
	int file = (int)must(device_open());
	const uint64_t last = -PAGE;

	fails(share_at(file, last, 2), EOVERFLOW);
	fails(share_at(file, last - PAGE, 3), EOVERFLOW);
	counts_are(0, 0);
	must(share_at(file, last, 1));
	must(share_at(file, last - 2 * PAGE, 2));
}
END_TEST

START_TEST(a_share_of_more_memory_than_there_is_is_enomem)
{
	struct gntalloc_native_share op = { .pages = MUCH, .domid = NOBODY };
	int file = (int)must(device_open());

	must(device_set_limit(MUCH));
	fails(native_share_call(file, &op, NULL), ENOMEM);
	counts_are(0, 0);
}
END_TEST

START_TEST(a_share_over_the_limit_is_edquot)
{
	struct gntalloc_native_share op = { .pages = 3, .domid = NOBODY };
	int file = (int)must(device_open());

	must(device_set_limit(10));
	/* the bound for pages */
	must(native_create_at(file, PAGE << 10, 8, NULL));
	fails(native_share_call(file, &op, NULL), EDQUOT);
	op.pages = 0xffffffff;
	fails(native_share_call(file, &op, NULL), EDQUOT);
	op.pages = 2;
	must(native_share_call(file, &op, NULL));
	must(native_destroy(file, op.id));
	/* the bound for entries */
	must(device_dealloc(file, (PAGE << 10) + PAGE, 7));
	while (device_counter("entries") < 8)
		must(native_grant(file, PAGE << 10, 1, 7, 0, NULL));
	op.pages = 3;
	fails(native_share_call(file, &op, NULL), EDQUOT);
	counts_are(1, 8);
	op.pages = 2;
	must(native_share_call(file, &op, NULL));
	counts_are(3, 10);
}
END_TEST

START_TEST(a_share_whose_answer_cannot_be_written_is_undone)
{
	uint32_t *grefs = (uint32_t *)(cliff() - 3 * sizeof(uint32_t));
	struct gntalloc_native_share op = { .pages = 4, .domid = NOBODY };
	struct gntalloc_native_share *fixed;
	int file = (int)must(device_open());

	fails(native_share_call(file, &op, grefs), EFAULT);
	fails(native_share_call(file, &op, (void *)-64L), EFAULT);
	fixed = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*fixed = op;
	mprotect(fixed, PAGE, PROT_READ);
	fails(native_call(file, GNTALLOC_NATIVE_SHARE, fixed), EFAULT);
	counts_are(0, 0);
	op.pages = 3;
	must(native_share_call(file, &op, grefs));
	ck_assert_uint_eq(op.offset, 0);
	ck_assert_uint_eq(op.first_gref, grefs[0]);
	counts_are(3, 3);
}
END_TEST

START_TEST(a_share_that_is_undone_frees_no_other_offset)
{
	struct gntalloc_native_share *op;
	int file = (int)must(device_open());
	uint64_t offset, id;

	must(native_create(file, 10, &offset, &id));
	must(native_destroy(file, id));
	op = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*op = (struct gntalloc_native_share) {
		.offset = 5 * PAGE, .pages = 5, .domid = NOBODY,
		.flags = GNTALLOC_SHARE_FIXED,
	};
	mprotect(op, PAGE, PROT_READ);
	fails(native_call(file, GNTALLOC_NATIVE_SHARE, op), EFAULT);
	must(native_create(file, 1, &offset, NULL));
	ck_assert_uint_eq(offset, 10 * PAGE);
	must(share_at(file, 5 * PAGE, 5));
}
END_TEST

/* --- the id of a share, before the call returns it ------------------------ */

static int guessed;
static volatile bool guessing;

/* Asks for each id as soon as it exists, and for what its peer holds. */
static void *guess_ids(void *found)
{
	uint64_t id = 1;

	while (guessing) {
		uint32_t state, held;
		int ret = native_wait(guessed, id, GNTALLOC_WAIT_RELEASED, 7,
				      0, &state, &held);

		if (ret == -ENOENT)
			continue;
		if (!ret && state != GNTALLOC_STATE_GONE)
			++*(long *)found;
		id++;
	}
	return NULL;
}

START_TEST(a_guessed_id_of_a_share_that_is_undone_does_no_harm)
{
	struct gntalloc_native_share op = { .pages = 900, .domid = 7 };
	long found = 0, end = now_ms() + 1000;
	pthread_t thread;

	guessed = (int)must(device_open());
	guessing = true;
	ck_assert(!pthread_create(&thread, NULL, guess_ids, &found));
	op.grefs = (uintptr_t)cliff() - 899 * sizeof(uint32_t);
	while (now_ms() < end)
		fails(native_call(guessed, GNTALLOC_NATIVE_SHARE, &op), EFAULT);
	guessing = false;
	pthread_join(thread, NULL);
	fprintf(stderr, "figure: %ld regions found by a guess\n", found);
	close(guessed);
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST
