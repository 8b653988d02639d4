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

START_TEST(adopt_takes_a_descriptor_and_has_exec_close_it)
{
	int fd = fake_open("/dev/xen/gntalloc");
	struct gntshare *a;

	ck_assert(!fake_is_cloexec(fd));
	fake_log_start();
	ck_assert_int_eq(gntshare_adopt(&a, fd), 0);
	assert_log("alloc()", "fstat()",
		   "open(/sys/dev/char/10:120/uevent cloexec)", "read()",
		   "close()", "mmap(1 rw anonymous)",
		   "madvise(1 wipeonfork)", "set_cloexec()");
	ck_assert_int_eq(gntshare_fd(a), fd);
	ck_assert(fake_is_cloexec(fd));
	share_region(a, 1, 0);
	ck_assert_int_eq(gntshare_close(a), 0);
	ck_assert_uint_eq(fake_account().files, 0);
}
END_TEST

START_TEST(an_adopted_descriptor_creates_as_its_driver_can)
{
	struct gntshare *a;

	fake_set_old_driver(_i);
	ck_assert_int_eq(gntshare_adopt(&a, fake_open("/dev/xen/gntalloc")),
			 0);
	ck_assert_uint_eq(gntshare_region_id(share_region(a, 1, 0)), !_i);
	fake_log_start();
	ck_assert_uint_eq(gntshare_region_id(share_region(a, 1, 0)),
			  _i ? 0 : 2);
	if (_i)
		assert_log("alloc()", "alloc()",
			   "ALLOC(domid=7 flags=0 count=1)",
			   "mmap(1 rw shared)", "madvise(1 dontfork)");
	else
		assert_log("alloc()", "SHARE(pages=1 domid=7 flags=0)",
			   "mmap(1 rw shared)", "madvise(1 dontfork)");
	ck_assert_int_eq(gntshare_close(a), 0);
}
END_TEST

START_TEST(adopt_refuses_another_device_and_leaves_it_open)
{
	void *const before = (void *)&before;
	int fd = fake_open("/dev/xen/gntdev");
	struct gntshare *a = before;

	ck_assert_int_eq(gntshare_adopt(&a, fd), -ENODEV);
	ck_assert_ptr_eq(a, before);
	ck_assert(!fake_is_cloexec(fd));
	fake_close(fd);
}
END_TEST

START_TEST(adopt_refuses_what_is_not_open)
{
	void *const before = (void *)&before;
	struct gntshare *a = before;

	ck_assert_int_eq(gntshare_adopt(&a, -1), -EBADF);
	ck_assert_int_eq(gntshare_adopt(&a, 12345), -EBADF);
	ck_assert_ptr_eq(a, before);
}
END_TEST

START_TEST(adopt_needs_a_place_for_the_handle)
{
	int fd = fake_open("/dev/xen/gntalloc");

	fake_log_start();
	ck_assert_int_eq(gntshare_adopt(NULL, fd), -EINVAL);
	assert_log(NULL);
	fake_close(fd);
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
	struct gntshare *a;

	fake_set_old_driver(true);
	a = open_allocator();
	share_region(a, 2, GNTSHARE_WRITABLE);
	share_region(a, 3, 0);
	fake_log_start();
	ck_assert_int_eq(gntshare_close(a), 0);
	assert_log("munmap(2)", "DEALLOC(0 count=2)", "munmap(3)",
		   "DEALLOC(8192 count=3)", "munmap(1)", "close()");
}
END_TEST

START_TEST(close_destroys_what_is_of_the_native_level_too)
{
	struct gntshare *a = open_allocator();
	struct gntshare_region *r = create_region(a, 2);

	create_view(a, gntshare_region_offset(r), 2);
	share_region(a, 3, 0);
	fake_log_start();
	ck_assert_int_eq(gntshare_close(a), 0);
	assert_log("munmap(2)", "DESTROY(id=1 flags=0)", "munmap(2)",
		   "munmap(3)", "DESTROY(id=2 flags=0)", "munmap(1)",
		   "close()");
}
END_TEST

START_TEST(close_leaves_the_regions_of_another_allocator)
{
	struct gntshare *a = open_allocator(), *b = open_allocator();
	struct gntshare_region *of_a = share_region(a, 1, 0);
	const struct fake_page *page;

	share_region(b, 1, 0);
	ck_assert_int_eq(gntshare_close(b), 0);

	page = fake_page(*gntshare_region_grefs(of_a));
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
	tcase_add_test(tests, adopt_takes_a_descriptor_and_has_exec_close_it);
	tcase_add_loop_test(tests, an_adopted_descriptor_creates_as_its_driver_can,
			    0, 2);
	tcase_add_test(tests, adopt_refuses_another_device_and_leaves_it_open);
	tcase_add_test(tests, adopt_refuses_what_is_not_open);
	tcase_add_test(tests, adopt_needs_a_place_for_the_handle);
	tcase_add_test(tests, fd_is_the_open_descriptor);
	tcase_add_test(tests, closing_null_does_nothing);
	tcase_add_test(tests, close_unmaps_and_deallocates_before_it_closes);
	tcase_add_test(tests, close_destroys_what_is_of_the_native_level_too);
	tcase_add_test(tests, close_leaves_the_regions_of_another_allocator);
	return suite;
}
