// SPDX-License-Identifier: GPL-2.0-or-later
/* Regions of new pages that are granted to nobody: lib/create.c */
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

START_TEST(create_is_one_ioctl_and_one_mmap)
{
	struct gntshare_region *r;

	fake_log_start();
	r = create_region(a, 5);
	assert_log("alloc()", "CREATE(0 pages=5 flags=0)",
		   "mmap(5 rw shared)", "madvise(5 dontfork)");
	fake_log_start();
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	assert_log("munmap(5)", "DESTROY(id=1 flags=0)");
}
END_TEST

START_TEST(a_region_is_mapped_and_granted_to_nobody)
{
	struct gntshare_region *r = create_region(a, 17);

	ck_assert_uint_eq(gntshare_region_pages(r), 17);
	ck_assert_uint_eq(gntshare_region_size(r), 17 * FAKE_PAGE_SIZE);
	ck_assert_ptr_null(gntshare_region_grefs(r));
	memset(gntshare_region_address(r), 0x5a, gntshare_region_size(r));
	ck_assert_uint_eq(fake_account().pages, 17);
	ck_assert_uint_eq(fake_account().entries, 0);
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	ck_assert_uint_eq(fake_account().pages, 0);
}
END_TEST

START_TEST(each_region_has_its_own_id_and_offset)
{
	struct gntshare_region *first = create_region(a, 2);
	struct gntshare_region *shared = share_region(a, 3, 0);
	struct gntshare_region *second = create_region(a, 1);

	ck_assert_uint_eq(gntshare_region_offset(first), 0);
	ck_assert_uint_eq(gntshare_region_offset(shared), 2 * FAKE_PAGE_SIZE);
	ck_assert_uint_eq(gntshare_region_offset(second), 5 * FAKE_PAGE_SIZE);
	ck_assert_uint_eq(gntshare_region_id(first), 1);
	ck_assert_uint_eq(gntshare_region_id(shared), 2);
	ck_assert_uint_eq(gntshare_region_id(second), 3);
}
END_TEST

START_TEST(the_caller_can_choose_the_offset)
{
	struct gntshare_region *r, *zero;

	fake_log_start();
	ck_assert_int_eq(gntshare_region_create(a, &r, 2, 7 * FAKE_PAGE_SIZE),
			 0);
	assert_log("alloc()", "CREATE(28672 pages=2 flags=1)",
		   "mmap(2 rw shared)", "madvise(2 dontfork)");
	ck_assert_uint_eq(gntshare_region_offset(r), 7 * FAKE_PAGE_SIZE);
	ck_assert_int_eq(gntshare_region_create(a, &zero, 1, 0), 0);
	ck_assert_uint_eq(gntshare_region_offset(zero), 0);
}
END_TEST

START_TEST(a_place_that_is_taken_is_eexist_until_it_is_free)
{
	void *const before = (void *)&before;
	struct gntshare_region *r = create_region(a, 3), *none = before;

	ck_assert_int_eq(gntshare_region_create(a, &none, 3,
						2 * FAKE_PAGE_SIZE), -EEXIST);
	ck_assert_ptr_eq(none, before);
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	ck_assert_int_eq(gntshare_region_create(a, &none, 3,
						2 * FAKE_PAGE_SIZE), 0);
}
END_TEST

START_TEST(a_great_offset_reaches_the_driver_as_it_is)
{
	struct gntshare_region *none;

	fake_log_start();
	ck_assert_int_eq(gntshare_region_create(a, &none, 2,
						UINT64_C(0xfedcba9876543000)),
			 -EOVERFLOW);
	assert_log("alloc()", "CREATE(18364758544493064192 pages=2 flags=1)");
}
END_TEST

START_TEST(a_bound_on_pages_is_edquot)
{
	struct gntshare_region *none;

	ck_assert_int_eq(gntshare_region_create(a, &none, FAKE_LIMIT + 1,
						GNTSHARE_ANY_OFFSET), -EDQUOT);
	create_region(a, FAKE_LIMIT);
	ck_assert_int_eq(gntshare_region_create(a, &none, 1,
						GNTSHARE_ANY_OFFSET),
			 -EDQUOT);
}
END_TEST

static const struct {
	size_t pages;
	uint64_t offset;
} wrong[] = {
	{ 0, GNTSHARE_ANY_OFFSET },
	{ SIZE_MAX, GNTSHARE_ANY_OFFSET },
#if SIZE_MAX > UINT32_MAX
	{ (size_t)UINT32_MAX + 2, GNTSHARE_ANY_OFFSET },	/* 1 if cut */
#endif
	{ 1, 1 },
	{ 1, FAKE_PAGE_SIZE - 1 },
	{ 1, GNTSHARE_ANY_OFFSET - 1 },
};

START_TEST(create_refuses_what_makes_no_sense)
{
	void *const before = (void *)&before;
	struct gntshare_region *none = before;

	fake_log_start();
	ck_assert_int_eq(gntshare_region_create(a, &none, wrong[_i].pages,
						wrong[_i].offset), -EINVAL);
	ck_assert_int_eq(gntshare_region_create(NULL, &none, 1, 0), -EINVAL);
	ck_assert_int_eq(gntshare_region_create(a, NULL, 1, 0), -EINVAL);
	assert_log(NULL);
	ck_assert_ptr_eq(none, before);
}
END_TEST

START_TEST(create_needs_the_native_level)
{
	void *const before = (void *)&before;
	struct gntshare_region *r = before;

	fake_set_old_driver(true);
	ck_assert_int_eq(gntshare_region_create(a, &r, 1, GNTSHARE_ANY_OFFSET),
			 -EOPNOTSUPP);
	ck_assert_ptr_eq(r, before);
}
END_TEST

struct Suite *create_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("create", &tests);

	tcase_add_checked_fixture(tests, open_it, close_it);
	tcase_add_test(tests, create_is_one_ioctl_and_one_mmap);
	tcase_add_test(tests, a_region_is_mapped_and_granted_to_nobody);
	tcase_add_test(tests, each_region_has_its_own_id_and_offset);
	tcase_add_test(tests, the_caller_can_choose_the_offset);
	tcase_add_test(tests, a_place_that_is_taken_is_eexist_until_it_is_free);
	tcase_add_test(tests, a_great_offset_reaches_the_driver_as_it_is);
	tcase_add_test(tests, a_bound_on_pages_is_edquot);
	tcase_add_loop_test(tests, create_refuses_what_makes_no_sense, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_test(tests, create_needs_the_native_level);
	return suite;
}
