// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening a device, and the checks that it is the right one: lib/device.c */
#include <errno.h>
#include <sys/stat.h>

#include "unit.h"

/* The allocator is opened in the same way as the mapper. */
static int open_it(const char *path)
{
	struct gntshare *a;
	int err = gntshare_open(&a, path);

	return err ? err : gntshare_close(a);
}

static struct fake_node *the_device(void)
{
	return fake_node("/dev/xen/gntalloc");
}

START_TEST(open_checks_the_device_before_anything_else)
{
	struct gntshare *a;

	fake_log_start();
	ck_assert_int_eq(gntshare_open(&a, NULL), 0);
	assert_log("alloc()", "open(/dev/xen/gntalloc rw cloexec)", "fstat()",
		   "open(/sys/dev/char/10:120/uevent cloexec)", "read()",
		   "close()", "mmap(1 rw anonymous)", "madvise(1 wipeonfork)");
	ck_assert_int_eq(gntshare_close(a), 0);
}
END_TEST

START_TEST(the_device_is_known_at_any_path)
{
	the_device()->path = "/run/somewhere/else";
	ck_assert_int_eq(open_it("/run/somewhere/else"), 0);
}
END_TEST

START_TEST(a_missing_node_is_enoent)
{
	ck_assert_int_eq(open_it("/dev/none"), -ENOENT);
}
END_TEST

START_TEST(a_regular_file_is_refused_unread)
{
	the_device()->mode = S_IFREG | 0600;
	fake_log_start();
	ck_assert_int_eq(open_it(NULL), -ENODEV);
	assert_log("alloc()", "open(/dev/xen/gntalloc rw cloexec)", "fstat()",
		   "close()");
}
END_TEST

START_TEST(a_block_device_of_the_same_number_is_refused)
{
	the_device()->mode = S_IFBLK | 0600;
	ck_assert_int_eq(open_it(NULL), -ENODEV);
}
END_TEST

START_TEST(the_mappers_device_is_no_allocator)
{
	ck_assert_int_eq(open_it("/dev/xen/gntdev"), -ENODEV);
}
END_TEST

static const char *const wrong_uevents[] = {
	"MAJOR=10\nMINOR=120\nDEVNAME=xen/gntallocator\n",
	"MAJOR=10\nMINOR=120\nDEVNAME=xen/gntall\n",
	"MAJOR=10\nMINOR=120\nDEVNAME=gntalloc\n",
	"MAJOR=10\nMINOR=120\nXDEVNAME=xen/gntalloc\n",
	"MAJOR=10\nMINOR=120\nOTHER=DEVNAME=xen/gntalloc\n",
	"MODALIAS=misc:gntall\nOTHER=DEVNAME=xen/gntalloc\n",
	"MAJOR=10\nMINOR=120\n",
	"\n",
	"",
};

START_TEST(a_device_of_another_name_is_refused)
{
	the_device()->uevent = wrong_uevents[_i];
	ck_assert_int_eq(open_it(NULL), -ENODEV);
}
END_TEST

static const char *const right_uevents[] = {
	"DEVNAME=xen/gntalloc",
	"DEVNAME=xen/gntalloc\nDEVMODE=0600\n",
	"MAJOR=10\n\nMINOR=120\nDEVNAME=xen/gntalloc",
};

START_TEST(the_name_may_be_any_line)
{
	the_device()->uevent = right_uevents[_i];
	ck_assert_int_eq(open_it(NULL), 0);
}
END_TEST

static const int unseen[] = { ENOENT, EACCES };

START_TEST(without_sysfs_a_misc_device_is_accepted)
{
	the_device()->uevent = NULL;
	the_device()->uevent_errno = unseen[_i];
	ck_assert_int_eq(open_it(NULL), 0);
}
END_TEST

START_TEST(without_sysfs_any_other_device_is_refused)
{
	the_device()->uevent = NULL;
	the_device()->uevent_errno = unseen[_i];
	the_device()->major = FAKE_MISC_MAJOR + 1;
	ck_assert_int_eq(open_it(NULL), -ENODEV);
}
END_TEST

START_TEST(any_other_error_of_sysfs_is_the_result)
{
	the_device()->uevent = NULL;
	the_device()->uevent_errno = EMFILE;
	ck_assert_int_eq(open_it(NULL), -EMFILE);
}
END_TEST

struct Suite *device_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("device", &tests);

	tcase_add_test(tests, open_checks_the_device_before_anything_else);
	tcase_add_test(tests, the_device_is_known_at_any_path);
	tcase_add_test(tests, a_missing_node_is_enoent);
	tcase_add_test(tests, a_regular_file_is_refused_unread);
	tcase_add_test(tests, a_block_device_of_the_same_number_is_refused);
	tcase_add_test(tests, the_mappers_device_is_no_allocator);
	tcase_add_loop_test(tests, a_device_of_another_name_is_refused, 0,
			    ARRAY_SIZE(wrong_uevents));
	tcase_add_loop_test(tests, the_name_may_be_any_line, 0,
			    ARRAY_SIZE(right_uevents));
	tcase_add_loop_test(tests, without_sysfs_a_misc_device_is_accepted, 0,
			    2);
	tcase_add_loop_test(tests, without_sysfs_any_other_device_is_refused,
			    0, 2);
	tcase_add_test(tests, any_other_error_of_sysfs_is_the_result);
	return suite;
}
