// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The whole library on the real system. A file that is not the device is
 * refused, and that changes neither errno nor the descriptors of the process.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gntshare.h>
#include <stdlib.h>
#include <unistd.h>

#include "system.h"

static int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void assert_refused(const char *path, int expected)
{
	void *const no_allocator = (void *)&no_allocator;
	void *const no_mapper = (void *)&no_mapper;
	struct gntshare_mapper *m = no_mapper;
	struct gntshare *a = no_allocator;
	int descriptors = count_descriptors();

	errno = EXDEV;
	ck_assert_int_eq(gntshare_open(&a, path), expected);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(gntshare_mapper_open(&m, path), expected);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_ptr_eq(a, no_allocator);
	ck_assert_ptr_eq(m, no_mapper);
	ck_assert_int_eq(count_descriptors(), descriptors);
}

START_TEST(another_character_device_is_refused)
{
	assert_refused("/dev/null", -ENODEV);
	assert_refused("/dev/zero", -ENODEV);
}
END_TEST

START_TEST(a_descriptor_of_something_else_is_refused_and_stays)
{
	void *const no_allocator = (void *)&no_allocator;
	struct gntshare *a = no_allocator;
	int fd = open("/dev/null", O_RDWR);

	ck_assert_int_ge(fd, 0);
	errno = EXDEV;
	ck_assert_int_eq(gntshare_adopt(&a, fd), -ENODEV);
	ck_assert_int_eq(gntshare_adopt(&a, -1), -EBADF);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_ptr_eq(a, no_allocator);
	ck_assert_int_eq(fcntl(fd, F_GETFD), 0);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(gntshare_adopt(&a, fd), -EBADF);
}
END_TEST

START_TEST(a_regular_file_is_refused)
{
	char path[] = "/tmp/gntshare-unit-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	assert_refused(path, -ENODEV);
	unlink(path);
}
END_TEST

START_TEST(a_directory_is_refused)
{
	assert_refused("/", -EISDIR);
}
END_TEST

START_TEST(a_path_that_is_not_there_is_enoent)
{
	assert_refused("/nonexistent/gntalloc", -ENOENT);
}
END_TEST

START_TEST(the_version_is_the_projects)
{
	ck_assert_str_eq(gntshare_version(), PROJECT_VERSION);
}
END_TEST

struct Suite *refusal_suite(void)
{
	struct Suite *suite = suite_create("refusals");
	struct TCase *tests = tcase_create("refusals");

	tcase_add_test(tests, another_character_device_is_refused);
	tcase_add_test(tests,
		       a_descriptor_of_something_else_is_refused_and_stays);
	tcase_add_test(tests, a_regular_file_is_refused);
	tcase_add_test(tests, a_directory_is_refused);
	tcase_add_test(tests, a_path_that_is_not_there_is_enoent);
	tcase_add_test(tests, the_version_is_the_projects);
	suite_add_tcase(suite, tests);
	return suite;
}
