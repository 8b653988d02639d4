// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Regions of dma-bufs, and dma-bufs of regions: lib/create.c and lib/grant.c. A
 * memfd takes the place of a dma-buf.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

#define PAGES	4

static struct gntshare *a;
static int fd;

/* The first byte of each page is that page's own: a, b, ... */
static void open_it(void)
{
	int i;

	a = open_allocator();
	fd = memfd_create("dma-buf", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	for (i = 0; i < PAGES; i++) {
		char page[FAKE_PAGE_SIZE] = { (char)('a' + i) };

		ck_assert_int_eq(write(fd, page, sizeof(page)), sizeof(page));
	}
}

static void close_it(void)
{
	ck_assert_int_eq(gntshare_close(a), 0);
	close(fd);
}

static int from_dmabuf(struct gntshare_region **out, uint64_t start,
		       size_t pages, uint64_t offset, unsigned int flags)
{
	return gntshare_region_from_dmabuf(a, out, fd, start, pages, offset,
					   flags);
}

START_TEST(to_create_of_a_dmabuf_is_one_ioctl)
{
	struct gntshare_region *r;
	uint32_t grefs[2];

	fake_log_start();
	ck_assert_int_eq(from_dmabuf(&r, FAKE_PAGE_SIZE, 2, GNTSHARE_ANY_OFFSET,
				     0), 0);
	assert_log("alloc()", "CREATE(0 pages=2 flags=8)");
	ck_assert_ptr_null(gntshare_region_address(r));
	ck_assert_ptr_null(gntshare_region_grefs(r));
	ck_assert_uint_eq(gntshare_region_pages(r), 2);
	ck_assert_uint_eq(gntshare_region_offset(r), 0);

	/* It is not needed afterwards. */
	close(fd);
	grant_region(r, PEER, grefs);
	ck_assert_int_eq(fake_page(grefs[0])->first, 'b');
	ck_assert_int_eq(fake_page(grefs[1])->first, 'c');
	fake_log_start();
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	assert_log("DESTROY(id=1 flags=0)");
}
END_TEST

START_TEST(the_caller_chooses_offset_and_right)
{
	struct gntshare_region *r;
	uint32_t gref;

	fake_log_start();
	ck_assert_int_eq(from_dmabuf(&r, 0, 1, 7 * FAKE_PAGE_SIZE,
				     GNTSHARE_WRITABLE), 0);
	assert_log("alloc()", "CREATE(28672 pages=1 flags=13)");
	ck_assert_uint_eq(gntshare_region_offset(r), 7 * FAKE_PAGE_SIZE);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 1, PEER,
					       GNTSHARE_WRITABLE, &gref), 0);
	ck_assert_int_eq(from_dmabuf(&r, 0, 1, GNTSHARE_ANY_OFFSET, 0), 0);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 1, PEER,
					       GNTSHARE_WRITABLE, &gref),
			 -EACCES);
}
END_TEST

static const struct {
	uint64_t start;
	size_t pages;
	uint64_t offset;
	unsigned int flags;
} wrong[] = {
	{ 0, 0, GNTSHARE_ANY_OFFSET, 0 },
	{ 0, SIZE_MAX, GNTSHARE_ANY_OFFSET, 0 },
	{ 1, 1, GNTSHARE_ANY_OFFSET, 0 },
	{ FAKE_PAGE_SIZE - 1, 1, GNTSHARE_ANY_OFFSET, 0 },
	{ 0, 1, 1, 0 },
	{ 0, 1, GNTSHARE_ANY_OFFSET, 2 },
	{ 0, 1, GNTSHARE_ANY_OFFSET, ~0u },
};

START_TEST(what_makes_no_sense_is_refused)
{
	void *const before = (void *)&before;
	struct gntshare_region *none = before;

	fake_log_start();
	ck_assert_int_eq(from_dmabuf(&none, wrong[_i].start, wrong[_i].pages,
				     wrong[_i].offset, wrong[_i].flags),
			 -EINVAL);
	ck_assert_int_eq(gntshare_region_from_dmabuf(NULL, &none, fd, 0, 1, 0,
						     0), -EINVAL);
	ck_assert_int_eq(from_dmabuf(NULL, 0, 1, 0, 0), -EINVAL);
	assert_log(NULL);
	ck_assert_ptr_eq(none, before);
}
END_TEST

/* The errors by which the driver refuses a dma-buf, and others of this call. */
static const int refusals[] = {
	EFAULT, EACCES, EMEDIUMTYPE, ENXIO, EREMOTE, EEXIST, EOVERFLOW, EDQUOT,
	ENOMEM, EINTR, EPERM, EINVAL, E2BIG, EOPNOTSUPP, EBADF,
};

START_TEST(the_errors_of_the_driver_are_passed_on)
{
	void *const before = (void *)&before;
	struct gntshare_region *none = before;
	struct fake_account account = fake_account();

	fake_fail(2, refusals[_i], 0);
	ck_assert_int_eq(from_dmabuf(&none, 0, 1, 0, 0), -refusals[_i]);
	ck_assert_str_eq(fake_failed(), "CREATE");
	fake_fail_stop();
	fake_assert_account(account);
	ck_assert_ptr_eq(none, before);
}
END_TEST

START_TEST(the_driver_gets_the_descriptor_and_the_start)
{
	struct gntshare_region *none;
	char path[64];
	int reading, pipes[2];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reading = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(reading, 0);
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);

	ck_assert_int_eq(gntshare_region_from_dmabuf(a, &none, -1, 0, 1, 0, 0),
			 -EBADF);
	ck_assert_int_eq(gntshare_region_from_dmabuf(a, &none, pipes[0], 0, 1,
						     0, 0), -EMEDIUMTYPE);
	ck_assert_int_eq(gntshare_region_from_dmabuf(a, &none, reading, 0, 1, 0,
						     GNTSHARE_WRITABLE),
			 -EACCES);
	ck_assert_int_eq(from_dmabuf(&none, PAGES * FAKE_PAGE_SIZE, 1, 0, 0),
			 -EFAULT);
	ck_assert_int_eq(from_dmabuf(&none, UINT64_MAX - FAKE_PAGE_SIZE + 1, 1,
				     0, 0), -EFAULT);
	ck_assert_int_eq(from_dmabuf(&none, 0, PAGES + 1, 0, 0), -EFAULT);
	ck_assert_int_eq(gntshare_region_from_dmabuf(a, &none, reading, 0,
						     PAGES, 0, 0), 0);
	close(reading);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

START_TEST(dmabufs_need_a_driver_that_knows_them)
{
	void *const before = (void *)&before;
	struct gntshare_region *none = before;

	fake_set_lesser_driver();
	ck_assert_int_eq(from_dmabuf(&none, 0, 1, 0, 0), -E2BIG);
	fake_set_old_driver(true);
	ck_assert_int_eq(from_dmabuf(&none, 0, 1, 0, 0), -EOPNOTSUPP);
	ck_assert_ptr_eq(none, before);
}
END_TEST

static off_t size_of(int file)
{
	return lseek(file, 0, SEEK_END);
}

START_TEST(to_export_is_one_ioctl)
{
	struct gntshare_region *first = create_region(a, 3);
	struct gntshare_region *r = create_region(a, 4);
	int all = -1, part = -1;

	fake_log_start();
	ck_assert_int_eq(gntshare_region_export(r, 0, 4, 0, &all), 0);
	assert_log("EXPORT(12288 pages=4 flags=0)");
	ck_assert_int_eq(size_of(all), 4 * FAKE_PAGE_SIZE);
	fake_log_start();
	ck_assert_int_eq(gntshare_region_export(r, 1, 2, GNTSHARE_WRITABLE,
						&part), 0);
	assert_log("EXPORT(16384 pages=2 flags=1)");
	ck_assert_int_eq(size_of(part), 2 * FAKE_PAGE_SIZE);
	close(all);
	close(part);
	ck_assert_int_eq(gntshare_region_destroy(first), 0);
}
END_TEST

START_TEST(an_export_of_what_makes_no_sense_is_refused)
{
	struct gntshare_region *r = create_region(a, 3);
	int none = 4711;

	fake_log_start();
	ck_assert_int_eq(gntshare_region_export(NULL, 0, 1, 0, &none), -EINVAL);
	ck_assert_int_eq(gntshare_region_export(r, 0, 1, 0, NULL), -EINVAL);
	ck_assert_int_eq(gntshare_region_export(r, 0, 0, 0, &none), -EINVAL);
	ck_assert_int_eq(gntshare_region_export(r, 0, 4, 0, &none), -EINVAL);
	ck_assert_int_eq(gntshare_region_export(r, 3, 1, 0, &none), -EINVAL);
	ck_assert_int_eq(gntshare_region_export(r, 1, SIZE_MAX, 0, &none),
			 -EINVAL);
	ck_assert_int_eq(gntshare_region_export(r, 0, 1, 2, &none), -EINVAL);
	assert_log(NULL);
	ck_assert_int_eq(none, 4711);
}
END_TEST

START_TEST(an_export_can_fail)
{
	struct gntshare_region *memory, *r = create_region(a, 1);
	struct fake_account account;
	int none = 4711;

	ck_assert_int_eq(from_dmabuf(&memory, 0, 1, GNTSHARE_ANY_OFFSET, 0), 0);
	account = fake_account();
	ck_assert_int_eq(gntshare_region_export(memory, 0, 1, 0, &none),
			 -ENODEV);
	fake_fail(1, EMFILE, 0);
	ck_assert_int_eq(gntshare_region_export(r, 0, 1, 0, &none), -EMFILE);
	ck_assert_str_eq(fake_failed(), "EXPORT");
	fake_fail_stop();
	/* A driver that is older than the call. */
	fake_fail(1, ENOTTY, 0);
	ck_assert_int_eq(gntshare_region_export(r, 0, 1, 0, &none),
			 -EOPNOTSUPP);
	fake_fail_stop();
	fake_assert_account(account);
	ck_assert_int_eq(none, 4711);
}
END_TEST

struct Suite *dmabuf_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("dmabuf", &tests);

	tcase_add_checked_fixture(tests, open_it, close_it);
	tcase_add_test(tests, to_create_of_a_dmabuf_is_one_ioctl);
	tcase_add_test(tests, the_caller_chooses_offset_and_right);
	tcase_add_loop_test(tests, what_makes_no_sense_is_refused, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_loop_test(tests, the_errors_of_the_driver_are_passed_on, 0,
			    ARRAY_SIZE(refusals));
	tcase_add_test(tests, the_driver_gets_the_descriptor_and_the_start);
	tcase_add_test(tests, dmabufs_need_a_driver_that_knows_them);
	tcase_add_test(tests, to_export_is_one_ioctl);
	tcase_add_test(tests, an_export_of_what_makes_no_sense_is_refused);
	tcase_add_test(tests, an_export_can_fail);
	return suite;
}
