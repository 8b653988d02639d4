// SPDX-License-Identifier: GPL-2.0-or-later
/* The allocator: lib/allocator.c */
#include <errno.h>
#include <string.h>

#include "unit.h"

START_TEST(open_needs_a_place_for_the_handle)
{
	ck_assert_int_eq(gntshare_open(NULL, NULL), -EINVAL);
}
END_TEST

START_TEST(a_failed_open_leaves_out_alone)
{
	void *const before = (void *)&before;
	struct gntshare *a = before;

	ck_assert_int_eq(gntshare_open(&a, "/dev/none"), -ENOENT);
	ck_assert_ptr_eq(a, before);
}
END_TEST

START_TEST(fd_is_the_open_descriptor)
{
	struct gntshare *a = open_allocator(), *b = open_allocator();

	ck_assert_int_ge(gntshare_fd(a), 0);
	ck_assert_int_ne(gntshare_fd(a), gntshare_fd(b));
	ck_assert_int_eq(gntshare_close(a), 0);
	ck_assert_int_eq(gntshare_close(b), 0);
}
END_TEST

START_TEST(closing_null_does_nothing)
{
	fake_log_start();
	ck_assert_int_eq(gntshare_close(NULL), 0);
	assert_log(NULL);
}
END_TEST

START_TEST(close_unmaps_and_deallocates_before_it_closes)
{
	struct gntshare *a = open_allocator();

	create_region(a, 2, GNTSHARE_WRITABLE);
	create_region(a, 3, 0);
	fake_log_start();
	ck_assert_int_eq(gntshare_close(a), 0);
	assert_log("munmap(2)", "DEALLOC(0 count=2)", "munmap(3)",
		   "DEALLOC(8192 count=3)", "munmap(1)", "close()");
}
END_TEST

START_TEST(close_leaves_the_regions_of_another_allocator)
{
	struct gntshare *a = open_allocator(), *b = open_allocator();
	struct gntshare_region *of_a = create_region(a, 1, 0);
	const struct fake_page *page;

	create_region(b, 1, 0);
	ck_assert_int_eq(gntshare_close(b), 0);

	page = fake_page(*gntshare_region_refs(of_a));
	ck_assert(page && page->allocated && page->mapped == 1);
	memset(gntshare_region_address(of_a), 1, FAKE_PAGE_SIZE);
	ck_assert_int_eq(gntshare_close(a), 0);
}
END_TEST

struct Suite *allocator_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("allocator", &tests);

	tcase_add_test(tests, open_needs_a_place_for_the_handle);
	tcase_add_test(tests, a_failed_open_leaves_out_alone);
	tcase_add_test(tests, fd_is_the_open_descriptor);
	tcase_add_test(tests, closing_null_does_nothing);
	tcase_add_test(tests, close_unmaps_and_deallocates_before_it_closes);
	tcase_add_test(tests, close_leaves_the_regions_of_another_allocator);
	return suite;
}
