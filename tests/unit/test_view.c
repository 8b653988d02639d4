// SPDX-License-Identifier: GPL-2.0-or-later
/* Views: lib/view.c */
#include <errno.h>
#include <string.h>

#include "unit.h"

static struct gntshare *a;

static void open_it(void)
{
	a = open_allocator();
}

static void close_it(void)
{
	ck_assert_int_eq(gntshare_close(a), 0);
}

START_TEST(a_view_is_one_mmap)
{
	struct gntshare_view *v;

	create_region(a, 3);
	fake_log_start();
	v = create_view(a, FAKE_PAGE_SIZE, 2);
	assert_log("alloc()", "mmap(2 rw shared)", "madvise(2 dontfork)");
	ck_assert_uint_eq(gntshare_view_size(v), 2 * FAKE_PAGE_SIZE);
	fake_log_start();
	ck_assert_int_eq(gntshare_view_destroy(v), 0);
	assert_log("munmap(2)");
}
END_TEST

START_TEST(a_view_shows_several_regions_without_a_gap)
{
	struct gntshare_region *second, *first, *third;
	struct gntshare_view *v;
	char *bytes;

	/* The regions are created in another order, by both kinds of calls. */
	ck_assert_int_eq(gntshare_region_create(a, &second, 2,
						3 * FAKE_PAGE_SIZE), 0);
	first = share_region(a, 3, 0);
	ck_assert_int_eq(gntshare_region_create(a, &third, 1,
						5 * FAKE_PAGE_SIZE), 0);
	v = create_view(a, gntshare_region_offset(first), 6);
	bytes = gntshare_view_address(v);
	ck_assert_uint_eq(gntshare_view_size(v), 6 * FAKE_PAGE_SIZE);

	strcpy((char *)gntshare_region_address(first) + 2 * FAKE_PAGE_SIZE,
	       "one");
	strcpy((char *)gntshare_region_address(second) + FAKE_PAGE_SIZE,
	       "two");
	strcpy(bytes + 5 * FAKE_PAGE_SIZE, "three");
	ck_assert_str_eq(bytes + 2 * FAKE_PAGE_SIZE, "one");
	ck_assert_str_eq(bytes + 4 * FAKE_PAGE_SIZE, "two");
	ck_assert_str_eq((char *)gntshare_region_address(third), "three");
}
END_TEST

START_TEST(a_gap_is_enoent)
{
	void *const before = (void *)&before;
	struct gntshare_view *v = before;
	struct gntshare_region *r;

	create_region(a, 2);
	ck_assert_int_eq(gntshare_region_create(a, &r, 1, 3 * FAKE_PAGE_SIZE),
			 0);
	ck_assert_int_eq(gntshare_view_create(a, &v, 0, 4), -ENOENT);
	ck_assert_int_eq(gntshare_view_create(a, &v, 0, 3), -ENOENT);
	ck_assert_int_eq(gntshare_view_create(a, &v, UINT64_C(1) << 44, 1),
			 -ENOENT);
	ck_assert_ptr_eq(v, before);
	ck_assert_uint_eq(fake_account().mappings, 3);
}
END_TEST

START_TEST(a_view_keeps_the_pages_of_a_region_that_is_destroyed)
{
	struct gntshare_region *r = create_region(a, 3), *none;
	struct gntshare_view *v = create_view(a, FAKE_PAGE_SIZE, 1);
	char *bytes = gntshare_view_address(v);
	uint32_t grefs[3];

	grant_region(r, PEER, grefs);
	strcpy((char *)gntshare_region_address(r) + FAKE_PAGE_SIZE, "kept");
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	ck_assert_str_eq(bytes, "kept");
	ck_assert_uint_eq(fake_account().pages, 1);
	ck_assert_ptr_null(fake_grant(grefs[0]));
	ck_assert_ptr_nonnull(fake_grant(grefs[1]));
	ck_assert_int_eq(gntshare_region_create(a, &none, 1, 0), -EEXIST);

	ck_assert_int_eq(gntshare_view_destroy(v), 0);
	ck_assert_uint_eq(fake_account().pages, 0);
	ck_assert_int_eq(gntshare_region_create(a, &none, 1, FAKE_PAGE_SIZE),
			 0);
	/* This is a new page. */
	ck_assert_str_eq((char *)gntshare_region_address(none), "");
}
END_TEST

static const struct {
	uint64_t offset;
	size_t pages;
} wrong[] = {
	{ 0, 0 },
	{ 1, 1 },
	{ UINT64_MAX, 1 },
	{ 0, SIZE_MAX },
#if SIZE_MAX > UINT32_MAX
	{ 0, (size_t)UINT32_MAX + 2 },
#endif
};

START_TEST(create_refuses_what_makes_no_sense)
{
	void *const before = (void *)&before;
	struct gntshare_view *v = before;

	create_region(a, 2);
	fake_log_start();
	ck_assert_int_eq(gntshare_view_create(a, &v, wrong[_i].offset,
					      wrong[_i].pages), -EINVAL);
	ck_assert_int_eq(gntshare_view_create(NULL, &v, 0, 1), -EINVAL);
	ck_assert_int_eq(gntshare_view_create(a, NULL, 0, 1), -EINVAL);
	assert_log(NULL);
	ck_assert_ptr_eq(v, before);
}
END_TEST

START_TEST(destroying_null_does_nothing)
{
	fake_log_start();
	ck_assert_int_eq(gntshare_view_destroy(NULL), 0);
	assert_log(NULL);
}
END_TEST

START_TEST(a_view_needs_no_native_level)
{
	struct gntshare_region *first, *second;
	struct gntshare_view *v;

	fake_set_old_driver(true);
	first = share_region(a, 1, 0);
	second = share_region(a, 1, 0);
	v = create_view(a, gntshare_region_offset(first), 2);
	strcpy(gntshare_region_address(second), "there");
	ck_assert_str_eq((char *)gntshare_view_address(v) + FAKE_PAGE_SIZE,
			 "there");
}
END_TEST

struct Suite *view_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("view", &tests);

	tcase_add_checked_fixture(tests, open_it, close_it);
	tcase_add_test(tests, a_view_is_one_mmap);
	tcase_add_test(tests, a_view_shows_several_regions_without_a_gap);
	tcase_add_test(tests, a_gap_is_enoent);
	tcase_add_test(tests,
		       a_view_keeps_the_pages_of_a_region_that_is_destroyed);
	tcase_add_loop_test(tests, create_refuses_what_makes_no_sense, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_test(tests, destroying_null_does_nothing);
	tcase_add_test(tests, a_view_needs_no_native_level);
	return suite;
}
