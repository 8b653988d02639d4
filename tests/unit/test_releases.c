// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every operation that destroys or closes, with each of its calls to the system
 * failing in turn. The other calls are made nevertheless, and the operation
 * returns the first error.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "preconditions.h"

static int do_destroy_region(void)
{
	return gntshare_region_destroy(now.region);
}

static int do_destroy_view(void)
{
	return gntshare_view_destroy(now.view);
}

static int do_close(void)
{
	int err = gntshare_close(now.allocator);

	now.allocator = NULL;
	return err;
}

static int do_destroy_mapping(void)
{
	return gntshare_mapping_destroy(now.mapping);
}

static int do_close_mapper(void)
{
	int err = gntshare_mapper_close(now.mapper);

	now.mapper = NULL;
	return err;
}

/* These operations, with the calls of each and what each call frees. */
static const struct {
	void (*before)(void);
	int (*run)(void);
	struct release {
		const char *call;
		unsigned int pages, grefs, entries; /* of a munmap or ioctl */
	} calls[8];
} releasing[] = {
	{ with_region, do_destroy_region,
	  { { "munmap", 3, 0, 3 }, { "DESTROY", 3, 0, 3 } } },
	{ with_regions, do_close,
	  { { "munmap", 3, 0, 3 }, { "DESTROY", 3, 0, 3 },
	    { "munmap", 2, 0, 2 }, { "DESTROY", 2, 0, 2 },
	    { "munmap", 0, 0, 0 }, { "close", 0, 0, 0 } } },
	{ with_old_region, do_destroy_region,
	  { { "munmap", 3, 0, 3 }, { "DEALLOC", 3, 0, 3 } } },
	{ with_old_regions, do_close,
	  { { "munmap", 3, 0, 3 }, { "DEALLOC", 3, 0, 3 },
	    { "munmap", 2, 0, 2 }, { "DEALLOC", 2, 0, 2 },
	    { "munmap", 0, 0, 0 }, { "close", 0, 0, 0 } } },
	{ with_granted_region, do_destroy_region,
	  { { "munmap", 3, 0, 3 }, { "DESTROY", 3, 0, 3 } } },
	{ with_native_regions, do_close,
	  { { "munmap", 3, 0, 3 }, { "DESTROY", 3, 0, 3 },
	    { "munmap", 2, 0, 0 }, { "DESTROY", 2, 0, 0 },
	    { "munmap", 0, 0, 0 }, { "close", 0, 0, 0 } } },
	{ with_memory_region, do_destroy_region, { { "DESTROY", 3, 0, 3 } } },
	{ with_memory_regions, do_close,
	  { { "DESTROY", 3, 0, 3 }, { "DESTROY", 2, 0, 0 },
	    { "munmap", 0, 0, 0 }, { "close", 0, 0, 0 } } },
	{ with_view_alone, do_destroy_view, { { "munmap", 2, 0, 0 } } },
	{ with_view, do_close,
	  { { "munmap", 3, 0, 0 }, { "DESTROY", 3, 0, 0 },
	    { "munmap", 2, 0, 0 },
	    { "munmap", 0, 0, 0 }, { "close", 0, 0, 0 } } },
	{ with_mapping, do_destroy_mapping,
	  { { "munmap", 0, 3, 0 }, { "UNMAP", 0, 3, 0 } } },
	{ with_mappings, do_close_mapper,
	  { { "munmap", 0, 3, 0 }, { "UNMAP", 0, 3, 0 },
	    { "munmap", 0, 2, 0 }, { "UNMAP", 0, 2, 0 },
	    { "munmap", 0, 0, 0 }, { "close", 0, 0, 0 } } },
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

		/* Note the calls, and what is left, if no call fails. */
		releasing[_i].before();
		fake_log_start();
		ck_assert_int_eq(releasing[_i].run(), 0);
		calls = strdup(fake_log());
		ck_assert_ptr_nonnull(calls);
		expected = fake_account();
		close_all();
		fake_finish();

		/* The same calls are made if one of them fails. */
		releasing[_i].before();
		fake_log_start();
		fake_fail(nth + 1, FIRST_ERROR, 0);
		ck_assert_int_eq(releasing[_i].run(), -FIRST_ERROR);
		ck_assert_pstr_eq(fake_failed(), call->call);
		fake_fail_stop();
		ck_assert_str_eq(fake_log(), calls);
		free(calls);

		/*
		 * If the descriptor is still open or the memory is still
		 * mapped, the resources that only the failed call could free
		 * are left, too.
		 */
		if (stuck)
			expected.mappings++;
		if (stuck || expected.files) {
			expected.pages += call->pages;
			expected.grefs += call->grefs;
			expected.entries += call->entries;
		}
		fake_assert_account(expected);

		/* The close frees everything but memory that is mapped. */
		close_all();
		expected = (struct fake_account){ 0 };
		if (stuck) {
			expected.mappings = 1;
			expected.pages = call->pages;
			expected.grefs = call->grefs;
			expected.entries = call->entries;
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

struct Suite *release_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("releases", &tests);

	tcase_add_loop_test(tests, what_can_be_released_is_whatever_fails, 0,
			    ARRAY_SIZE(releasing));
	tcase_add_loop_test(tests,
			    of_many_failures_in_a_release_the_first_is_told, 0,
			    ARRAY_SIZE(releasing));
	return suite;
}
