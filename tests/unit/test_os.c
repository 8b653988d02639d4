// SPDX-License-Identifier: GPL-2.0-or-later
/* The real table of system calls: lib/os.c */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../lib/internal.h"
#include "system.h"

static const struct gntshare__os *const os = &gntshare__os;
static size_t page;

/* No call may change errno: it has to be the same at the end of each test. */
static void set_errno(void)
{
	page = os->page_size();
	errno = EXDEV;
}

static void check_errno(void)
{
	ck_assert_int_eq(errno, EXDEV);
}

START_TEST(each_call_returns_its_error)
{
	struct stat st;
	void *address = NULL;
	char byte;

	ck_assert_int_eq(os->open("/nonexistent", O_RDONLY), -ENOENT);
	ck_assert_int_eq(os->fstat(-1, &st), -EBADF);
	ck_assert_int_eq(os->read(-1, &byte, 1), -EBADF);
	ck_assert_int_eq(os->set_cloexec(-1), -EBADF);
	ck_assert_int_eq(os->close(-1), -EBADF);
	ck_assert_int_eq(os->ioctl(-1, FIONREAD, &byte), -EBADF);
	ck_assert_int_eq(os->mmap(&address, page, PROT_READ, MAP_SHARED, -1,
				  0), -EBADF);
	ck_assert_ptr_null(address);
	ck_assert_int_eq(os->munmap((void *)1, page), -EINVAL);
	ck_assert_int_eq(os->madvise((void *)1, page, MADV_DONTFORK), -EINVAL);
	ck_assert_ptr_null(os->alloc(PTRDIFF_MAX));
}
END_TEST

START_TEST(a_file_can_be_opened_and_read)
{
	char text[32] = "";
	struct stat st;
	int fd = os->open("/proc/self/comm", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(os->fstat(fd, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_int_gt(os->read(fd, text, sizeof(text) - 1), 1);
	ck_assert_ptr_nonnull(strchr(text, '\n'));
	ck_assert_int_eq(os->close(fd), 0);
	ck_assert_int_eq(os->close(fd), -EBADF);
}
END_TEST

START_TEST(a_file_is_mapped_where_the_offset_says)
{
	void *address;
	int fd = memfd_create("offset", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	/* This offset does not fit into 32 bits. */
	ck_assert_int_eq(pwrite(fd, "here", 4, (off_t)page << 24), 4);
	ck_assert_int_eq(os->mmap(&address, page, PROT_READ | PROT_WRITE,
				  MAP_SHARED, fd, (uint64_t)page << 24), 0);
	ck_assert_str_eq(address, "here");
	ck_assert_int_eq(os->madvise(address, page, MADV_DONTFORK), 0);
	ck_assert_int_eq(os->munmap(address, page), 0);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(ioctl_passes_its_argument)
{
	int ends[2], waiting = -1;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "abc", 3), 3);
	ck_assert_int_eq(os->ioctl(ends[0], FIONREAD, &waiting), 0);
	ck_assert_int_eq(waiting, 3);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(a_descriptor_can_be_closed_on_exec)
{
	int fd = os->open("/dev/null", O_RDONLY);

	ck_assert_int_eq(fcntl(fd, F_GETFD), 0);
	ck_assert_int_eq(os->set_cloexec(fd), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(os->close(fd), 0);
}
END_TEST

START_TEST(memory_is_zeroed)
{
	unsigned char *memory = os->alloc(100);
	int i;

	ck_assert_ptr_nonnull(memory);
	for (i = 0; i < 100; i++)
		ck_assert_uint_eq(memory[i], 0);
	os->free(memory);
	os->free(NULL);
}
END_TEST

START_TEST(a_page_is_the_kernels)
{
	ck_assert_uint_eq(page, (size_t)sysconf(_SC_PAGESIZE));
}
END_TEST

struct Suite *os_suite(void)
{
	struct Suite *suite = suite_create("os");
	struct TCase *tests = tcase_create("os");

	tcase_add_checked_fixture(tests, set_errno, check_errno);
	tcase_add_test(tests, each_call_returns_its_error);
	tcase_add_test(tests, a_file_can_be_opened_and_read);
	tcase_add_test(tests, a_file_is_mapped_where_the_offset_says);
	tcase_add_test(tests, ioctl_passes_its_argument);
	tcase_add_test(tests, a_descriptor_can_be_closed_on_exec);
	tcase_add_test(tests, memory_is_zeroed);
	tcase_add_test(tests, a_page_is_the_kernels);
	suite_add_tcase(suite, tests);
	return suite;
}
