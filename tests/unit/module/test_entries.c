// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * module/entries.c in a program, with a grant table whose list of free entries is
 * in the order in which Linux has it: up to 5.18, new entries are at its beginning,
 * and later at its end. The tests show that consecutive entries are found where
 * there are some, and that the table grows for them, but not further.
 */
#include <check.h>

#include "gntalloc.h"
#include "kernel.h"
#include "tests.h"

#define FRAME		512u	/* entries */
#define FIRST		8u	/* Xen has those before it. */
#define FRAMES_MAX	64u
#define END		UINT32_MAX

uint64_t module_test_now;

static u32 next[FRAMES_MAX * FRAME];
static u32 head;
static bool appends;
static unsigned int frames, frames_max, free_count;
static bool used[FRAMES_MAX * FRAME];

u64 gntalloc_generation(void)
{
	return 1;
}

unsigned int gnttab_max_grant_frames(void)
{
	return frames_max;
}

unsigned int table_frames(void)
{
	return frames;
}

/* The end of the list, where the next entry would be linked. */
static u32 *tail(void)
{
	u32 *link = &head;

	while (*link != END)
		link = &next[*link];
	return link;
}

/* A frame is in order, from its first entry on. */
static void add_frame(void)
{
	u32 first = frames++ * FRAME, ref;

	if (!first)
		first = FIRST;
	for (ref = first; ref < frames * FRAME - 1; ref++)
		next[ref] = ref + 1;
	if (appends) {
		next[ref] = END;
		*tail() = first;
	} else {
		next[ref] = head;
		head = first;
	}
	free_count += frames * FRAME - first;
}

void gnttab_request_free_callback(struct gnttab_free_callback *callback,
				  void (*function)(void *arg), void *arg,
				  u16 count)
{
	(void)callback;
	if (free_count >= count)
		function(arg);
}

int gnttab_alloc_grant_references(u16 count, grant_ref_t *list)
{
	unsigned int more = count > free_count ?
			    (count - free_count + FRAME - 1) / FRAME : 0;
	u32 *link = &head;
	unsigned int i;

	if (frames + more > frames_max)
		return -ENOSPC;
	while (more--)
		add_frame();
	*list = head;
	for (i = 0; i < count; i++)
		link = &next[*link];
	head = *link;
	*link = END;
	free_count -= count;
	return 0;
}

int gnttab_claim_grant_reference(grant_ref_t *list)
{
	u32 ref = *list;

	*list = next[ref];
	ck_assert(!used[ref]);
	used[ref] = true;
	return (int)ref;
}

void gnttab_free_grant_reference(grant_ref_t ref)
{
	ck_assert(used[ref]);
	used[ref] = false;
	next[ref] = head;
	head = ref;
	free_count++;
}

void gnttab_free_grant_references(grant_ref_t list)
{
	u32 last = list;
	unsigned int count = 1;

	for (; next[last] != END; last = next[last])
		count++;
	next[last] = head;
	head = list;
	free_count += count;
}

/* What was used for a while is free in any order. */
static void shuffle(void)
{
	static u32 refs[FRAMES_MAX * FRAME];
	unsigned int count, i;

	for (count = 0; head != END; head = next[head])
		refs[count++] = head;
	for (i = count; i > 1; i--) {
		unsigned int other = (unsigned int)rand() % i;
		u32 ref = refs[other];

		refs[other] = refs[i - 1];
		refs[i - 1] = ref;
	}
	for (i = 0; i < count; i++) {
		next[refs[i]] = head;
		head = refs[i];
	}
}

/* A table of @frames_now frames, of which the kernel's drivers have @kernels. */
static void begin(unsigned int frames_now, unsigned int kernels)
{
	grant_ref_t list;

	memset(used, 0, sizeof(used));
	head = END;
	frames = 0;
	free_count = 0;
	frames_max = FRAMES_MAX;
	while (frames < frames_now)
		add_frame();
	shuffle();
	ck_assert_int_eq(gnttab_alloc_grant_references((u16)kernels, &list), 0);
	while (kernels--)
		gnttab_claim_grant_reference(&list);
}

/* How many frames there were when the search began. */
static unsigned int frames_before;

/* As a grant does it: takes entries, and exchanges them for consecutive ones. */
static int take_row(u32 *grefs, unsigned int count)
{
	unsigned int done, piece;
	int err = 0;

	for (done = 0; done < count && !err; done += piece) {
		piece = min(count - done, GNTALLOC_BATCH);
		err = gntalloc_entries_take(grefs + done, piece);
	}
	if (err) {
		gntalloc_entries_put(grefs, done - piece);
		return err;
	}
	if (gntalloc_entries_in_a_row(grefs, count))
		return 0;
	frames_before = frames;
	err = gntalloc_entries_find_row(grefs, count);
	if (err)
		gntalloc_entries_put(grefs, count);
	return err;
}

static u32 grefs[8 * FRAME];

static void is_row(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		ck_assert_uint_eq(grefs[i], grefs[0] + i);
		ck_assert(used[grefs[i]]);
	}
	/* What the search has taken is free again, beside the headroom. */
	ck_assert_uint_ge(free_count, gntalloc_headroom - 16);
}

/*
 * Whatever the kernel's drivers have, and wherever the last frame that the row
 * needs ends. All that was there before is in use meanwhile, and new entries are the
 * row, the headroom with its credit where that comes before the row, and both once
 * more, since they stay free.
 */
static void grow_for_rows(void)
{
	unsigned int kernels, count, most;

	for (kernels = 38; kernels < 900; kernels += 300) {
		for (count = 250; count < 2600; count += 107) {
			begin(2, kernels);
			ck_assert_int_eq(take_row(grefs, count), 0);
			is_row(count);
			most = count + 2 * (gntalloc_headroom + 16);
			ck_assert_uint_le(frames, frames_before +
					  (most + FRAME - 1) / FRAME);
		}
	}
}

START_TEST(a_row_is_found_by_which_the_table_grows)
{
	appends = false;
	grow_for_rows();
	appends = true;
	grow_for_rows();
}
END_TEST

START_TEST(a_row_is_found_among_free_entries)
{
	begin(FRAMES_MAX, 5);
	frames_max = frames;
	ck_assert_int_eq(take_row(grefs, FRAME), 0);
	is_row(FRAME);
	ck_assert_uint_eq(frames, FRAMES_MAX);
}
END_TEST

START_TEST(without_a_row_nothing_is_taken)
{
	unsigned int before;
	u32 ref;

	begin(4, 1);
	frames_max = frames;
	/* Every second entry is the kernel's. */
	before = free_count;
	for (ref = FIRST + 2; ref < 4 * FRAME; ref += 2)
		used[ref] = true;
	head = END;
	free_count = 0;
	for (ref = FIRST + 1; ref < 4 * FRAME; ref += 2) {
		used[ref] = true;
		gnttab_free_grant_reference(ref);
	}
	ck_assert_uint_lt(free_count, before);
	before = free_count;
	ck_assert_int_eq(take_row(grefs, 2), -ENOSPC);
	ck_assert_uint_eq(free_count, before);
}
END_TEST

void add_tests(TCase *tc)
{
	tcase_add_test(tc, a_row_is_found_by_which_the_table_grows);
	tcase_add_test(tc, a_row_is_found_among_free_entries);
	tcase_add_test(tc, without_a_row_nothing_is_taken);
}
