// SPDX-License-Identifier: GPL-2.0-or-later
/* The mapper: lib/mapper.c */
#include <errno.h>

#include "unit.h"

START_TEST(open_takes_gntdev_unless_told_otherwise)
{
	struct gntshare_mapper *m;

	fake_log_start();
	ck_assert_int_eq(gntshare_mapper_open(&m, NULL), 0);
	assert_log("alloc()", "open(/dev/xen/gntdev rw cloexec)", "fstat()",
		   "open(/sys/dev/char/10:121/uevent cloexec)", "read()",
		   "close()", "mmap(1 rw anonymous)", "madvise(1 wipeonfork)");
	ck_assert_int_eq(gntshare_mapper_close(m), 0);
}
END_TEST

START_TEST(the_allocators_device_is_no_mapper)
{
	void *const before = (void *)&before;
	struct gntshare_mapper *m = before;

	ck_assert_int_eq(gntshare_mapper_open(&m, "/dev/xen/gntalloc"),
			 -ENODEV);
	ck_assert_int_eq(gntshare_mapper_open(&m, "/dev/none"), -ENOENT);
	ck_assert_ptr_eq(m, before);
	ck_assert_int_eq(gntshare_mapper_open(NULL, NULL), -EINVAL);
}
END_TEST

START_TEST(fd_is_the_open_descriptor)
{
	struct gntshare_mapper *m = open_mapper(), *n = open_mapper();

	ck_assert_int_ge(gntshare_mapper_fd(m), 0);
	ck_assert_int_ne(gntshare_mapper_fd(m), gntshare_mapper_fd(n));
	ck_assert_int_eq(gntshare_mapper_close(m), 0);
	ck_assert_int_eq(gntshare_mapper_close(n), 0);
}
END_TEST

START_TEST(closing_null_does_nothing)
{
	fake_log_start();
	ck_assert_int_eq(gntshare_mapper_close(NULL), 0);
	assert_log(NULL);
}
END_TEST

START_TEST(close_unmaps_and_withdraws_before_it_closes)
{
	static const uint32_t grefs[] = { 11, 22, 33 };
	struct gntshare_mapper *m = open_mapper();

	create_mapping(m, grefs, 2, 0);
	create_mapping(m, grefs, 3, GNTSHARE_WRITABLE);
	fake_log_start();
	ck_assert_int_eq(gntshare_mapper_close(m), 0);
	assert_log("munmap(2)", "UNMAP(0 count=2)", "munmap(3)",
		   "UNMAP(8192 count=3)", "munmap(1)", "close()");
}
END_TEST

struct Suite *mapper_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("mapper", &tests);

	tcase_add_test(tests, open_takes_gntdev_unless_told_otherwise);
	tcase_add_test(tests, the_allocators_device_is_no_mapper);
	tcase_add_test(tests, fd_is_the_open_descriptor);
	tcase_add_test(tests, closing_null_does_nothing);
	tcase_add_test(tests, close_unmaps_and_withdraws_before_it_closes);
	return suite;
}
