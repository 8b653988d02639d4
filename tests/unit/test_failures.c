// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every operation, with each of its calls to the system failing in turn: the
 * error is that call's, and nothing that was begun is left.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* Errors that no call of the library or the fake comes up with by itself. */
#define FIRST_ERROR	EDOM
#define LATER_ERROR	ERANGE

static const uint32_t refs[] = { 31, 5, 77 };
static struct gntshare *allocator;
static struct gntshare_region *region;
static struct gntshare_mapper *mapper;
static struct gntshare_mapping *mapping;

static void with_nothing(void)
{
	allocator = NULL;
	region = NULL;
	mapper = NULL;
	mapping = NULL;
}

static void with_allocator(void)
{
	with_nothing();
	allocator = open_allocator();
}

static void with_region(void)
{
	with_allocator();
	region = create_region(allocator, 3, 0);
}

static void with_regions(void)
{
	with_region();
	create_region(allocator, 2, 0);
}

static void with_mapper(void)
{
	with_nothing();
	mapper = open_mapper();
}

static void with_mapping(void)
{
	with_mapper();
	mapping = create_mapping(mapper, refs, 3, 0);
}

static void with_mappings(void)
{
	with_mapping();
	create_mapping(mapper, refs, 2, 0);
}

static int do_open(void)
{
	return gntshare_open(&allocator, NULL);
}

static int do_create_region(void)
{
	return gntshare_region_create(allocator, &region, PEER, 3, 0);
}

static int do_notify_region(void)
{
	return gntshare_region_notify(region, 0, GNTSHARE_NOTIFY_CLEAR_BYTE,
				      0);
}

static int do_open_mapper(void)
{
	return gntshare_mapper_open(&mapper, NULL);
}

static int do_create_mapping(void)
{
	return gntshare_mapping_create(mapper, &mapping, PEER, refs, 3, 0);
}

static int do_notify_mapping(void)
{
	return gntshare_mapping_notify(mapping, 0, GNTSHARE_NOTIFY_CLEAR_BYTE,
				       0);
}

/*
 * Operations that make something, with the calls that each consists of, which
 * says that the sweep has met them all.
 */
static const struct {
	void (*before)(void);
	int (*run)(void);
	const char *calls[10];
} making[] = {
	{ with_nothing, do_open,
	  { "alloc", "open", "fstat", "open", "read", "close", "mmap",
	    "madvise" } },
	{ with_allocator, do_create_region,
	  { "alloc", "ALLOC", "mmap", "madvise" } },
	{ with_region, do_notify_region, { "NOTIFY" } },
	{ with_nothing, do_open_mapper,
	  { "alloc", "open", "fstat", "open", "read", "close", "mmap",
	    "madvise" } },
	{ with_mapper, do_create_mapping,
	  { "alloc", "alloc", "MAP", "mmap", "madvise" } },
	{ with_mapping, do_notify_mapping, { "NOTIFY" } },
};

static void close_all(void)
{
	ck_assert_int_eq(gntshare_close(allocator), 0);
	ck_assert_int_eq(gntshare_mapper_close(mapper), 0);
}

static void assert_untouched(struct fake_account before,
			     struct gntshare *a, struct gntshare_region *r,
			     struct gntshare_mapper *m,
			     struct gntshare_mapping *mp)
{
	fake_assert_account(before);
	ck_assert_ptr_eq(allocator, a);
	ck_assert_ptr_eq(region, r);
	ck_assert_ptr_eq(mapper, m);
	ck_assert_ptr_eq(mapping, mp);
}

START_TEST(a_call_that_fails_leaves_everything_as_it_was)
{
	unsigned int nth;

	for (nth = 0; making[_i].calls[nth]; nth++) {
		const char *call = making[_i].calls[nth];
		struct fake_account before;
		struct gntshare_mapping *mp;
		struct gntshare_mapper *m;
		struct gntshare_region *r;
		struct gntshare *a;
		int err;

		making[_i].before();
		before = fake_account();
		a = allocator;
		r = region;
		m = mapper;
		mp = mapping;

		fake_fail(nth + 1, FIRST_ERROR, 0);
		err = making[_i].run();
		ck_assert_pstr_eq(fake_failed(), call);
		fake_fail_stop();

		ck_assert_int_eq(err, strcmp(call, "alloc") ? -FIRST_ERROR :
							      -ENOMEM);
		assert_untouched(before, a, r, m, mp);

		/* And it can be done now. */
		ck_assert_int_eq(making[_i].run(), 0);
		close_all();
		fake_finish();
	}

	/* There is no further call that could fail. */
	making[_i].before();
	fake_fail(nth + 1, FIRST_ERROR, 0);
	ck_assert_int_eq(making[_i].run(), 0);
	ck_assert_ptr_null(fake_failed());
	fake_fail_stop();
	close_all();
}
END_TEST

START_TEST(when_the_undoing_fails_too_the_first_error_is_told)
{
	unsigned int nth;

	for (nth = 0; making[_i].calls[nth]; nth++) {
		struct fake_account before, after;
		int err;

		making[_i].before();
		before = fake_account();
		fake_fail(nth + 1, FIRST_ERROR, LATER_ERROR);
		err = making[_i].run();
		fake_fail_stop();
		ck_assert_int_eq(err, strcmp(making[_i].calls[nth], "alloc") ?
				 -FIRST_ERROR : -ENOMEM);

		/* All that needs no help of the system is released. */
		after = fake_account();
		ck_assert_uint_eq(after.blocks, before.blocks);
		ck_assert_uint_eq(after.files, before.files);

		close_all();
		fake_drop_mappings();
		fake_finish();
	}
}
END_TEST

static int do_destroy_region(void)
{
	return gntshare_region_destroy(region);
}

static int do_close(void)
{
	int err = gntshare_close(allocator);

	allocator = NULL;
	return err;
}

static int do_destroy_mapping(void)
{
	return gntshare_mapping_destroy(mapping);
}

static int do_close_mapper(void)
{
	int err = gntshare_mapper_close(mapper);

	mapper = NULL;
	return err;
}

/* Operations that release, and what each call releases if nothing fails. */
static const struct {
	void (*before)(void);
	int (*run)(void);
	struct release {
		const char *call;
		unsigned int pages, refs;	/* of a munmap or an ioctl */
	} calls[8];
} releasing[] = {
	{ with_region, do_destroy_region,
	  { { "munmap", 3, 0 }, { "DEALLOC", 3, 0 } } },
	{ with_regions, do_close,
	  { { "munmap", 3, 0 }, { "DEALLOC", 3, 0 },
	    { "munmap", 2, 0 }, { "DEALLOC", 2, 0 },
	    { "munmap", 0, 0 }, { "close", 0, 0 } } },
	{ with_mapping, do_destroy_mapping,
	  { { "munmap", 0, 3 }, { "UNMAP", 0, 3 } } },
	{ with_mappings, do_close_mapper,
	  { { "munmap", 0, 3 }, { "UNMAP", 0, 3 },
	    { "munmap", 0, 2 }, { "UNMAP", 0, 2 },
	    { "munmap", 0, 0 }, { "close", 0, 0 } } },
};

START_TEST(what_can_be_released_is_whatever_fails)
{
	const struct release *call;
	unsigned int nth;

	for (nth = 0; releasing[_i].calls[nth].call; nth++) {
		struct fake_account expected;
		char *calls;
		bool stuck;

		call = &releasing[_i].calls[nth];
		stuck = !strcmp(call->call, "munmap");

		/* What is done, and what is left, when nothing fails */
		releasing[_i].before();
		fake_log_start();
		ck_assert_int_eq(releasing[_i].run(), 0);
		calls = strdup(fake_log());
		ck_assert_ptr_nonnull(calls);
		expected = fake_account();
		close_all();
		fake_finish();

		/* The same is done when something does ... */
		releasing[_i].before();
		fake_log_start();
		fake_fail(nth + 1, FIRST_ERROR, 0);
		ck_assert_int_eq(releasing[_i].run(), -FIRST_ERROR);
		ck_assert_pstr_eq(fake_failed(), call->call);
		fake_fail_stop();
		ck_assert_str_eq(fake_log(), calls);
		free(calls);

		/*
		 * ... and what is left in addition is what only this call
		 * could release, if the descriptor is still open or the
		 * memory still mapped.
		 */
		if (stuck)
			expected.mappings++;
		if (stuck || expected.files) {
			expected.pages += call->pages;
			expected.refs += call->refs;
		}
		fake_assert_account(expected);

		/* The close takes all but what is mapped. */
		close_all();
		expected = (struct fake_account){ 0 };
		if (stuck) {
			expected.mappings = 1;
			expected.pages = call->pages;
			expected.refs = call->refs;
		}
		fake_assert_account(expected);
		fake_drop_mappings();
		fake_finish();
	}

	releasing[_i].before();
	fake_fail(nth + 1, FIRST_ERROR, 0);
	ck_assert_int_eq(releasing[_i].run(), 0);
	ck_assert_ptr_null(fake_failed());
	fake_fail_stop();
	close_all();
}
END_TEST

START_TEST(of_many_failures_in_a_release_the_first_is_told)
{
	unsigned int nth;

	for (nth = 0; releasing[_i].calls[nth].call; nth++) {
		releasing[_i].before();
		fake_fail(nth + 1, FIRST_ERROR, LATER_ERROR);
		ck_assert_int_eq(releasing[_i].run(), -FIRST_ERROR);
		fake_fail_stop();
		close_all();
		ck_assert_uint_eq(fake_account().blocks, 0);
		ck_assert_uint_eq(fake_account().files, 0);
		fake_drop_mappings();
		fake_finish();
	}
}
END_TEST

struct Suite *failure_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("failures", &tests);

	tcase_add_loop_test(tests,
			    a_call_that_fails_leaves_everything_as_it_was, 0,
			    ARRAY_SIZE(making));
	tcase_add_loop_test(tests,
			    when_the_undoing_fails_too_the_first_error_is_told,
			    0, ARRAY_SIZE(making));
	tcase_add_loop_test(tests, what_can_be_released_is_whatever_fails, 0,
			    ARRAY_SIZE(releasing));
	tcase_add_loop_test(tests,
			    of_many_failures_in_a_release_the_first_is_told, 0,
			    ARRAY_SIZE(releasing));
	return suite;
}
