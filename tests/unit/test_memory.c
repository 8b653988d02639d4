// SPDX-License-Identifier: GPL-2.0-or-later
/* Regions of memory that the program has already: lib/create.c */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "../../lib/internal.h"
#include "unit.h"

#define PAGES	6

static _Alignas(FAKE_PAGE_SIZE) char bytes[PAGES * FAKE_PAGE_SIZE];
static struct gntshare *a;
static int fd;

/* The first byte of each page is that page's own: a, b, ... */
static void open_it(void)
{
	int i;

	a = open_allocator();
	fd = memfd_create("memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ck_assert_int_ge(fd, 0);
	for (i = 0; i < PAGES; i++)
		bytes[i * (int)FAKE_PAGE_SIZE] = (char)('a' + i);
	ck_assert_int_eq(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
}

static void close_it(void)
{
	ck_assert_int_eq(gntshare_close(a), 0);
	ck_assert_int_eq(close(fd), 0);
}

static struct gntshare_region *
create_from_memfd(uint64_t start, size_t pages, unsigned int flags)
{
	struct gntshare_region *r = NULL;

	ck_assert_int_eq(gntshare_region_from_memfd(a, &r, fd, start, pages,
						    GNTSHARE_ANY_OFFSET,
						    flags), 0);
	ck_assert_ptr_nonnull(r);
	return r;
}

/* Check which pages the driver has found, by their first bytes. */
static void assert_pages(struct gntshare_region *r, const char *expected)
{
	size_t i, pages = gntshare_region_pages(r);
	uint32_t grefs[PAGES];
	char found[PAGES + 1];

	ck_assert_uint_le(pages, PAGES);
	grant_region(r, PEER, grefs);
	for (i = 0; i < pages; i++) {
		ck_assert(fake_page(grefs[i])->memory);
		found[i] = fake_page(grefs[i])->first;
	}
	found[pages] = '\0';
	ck_assert_str_eq(found, expected);
}

START_TEST(to_create_of_memory_is_one_ioctl)
{
	struct gntshare_region *r;

	fake_log_start();
	r = create_from_memory(a, bytes, 5, 0);
	assert_log("alloc()", "CREATE(0 pages=5 flags=2)");
	fake_log_start();
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	assert_log("DESTROY(id=1 flags=0)");

	fake_log_start();
	create_from_memory(a, bytes, 5, GNTSHARE_WRITABLE);
	assert_log("alloc()", "CREATE(0 pages=5 flags=6)");
}
END_TEST

START_TEST(a_region_of_memory_has_no_mapping_of_its_own)
{
	struct gntshare_region *first = create_region(a, 1), *r;

	r = create_from_memory(a, bytes + FAKE_PAGE_SIZE, 4, 0);
	ck_assert_ptr_null(gntshare_region_address(r));
	ck_assert_ptr_null(gntshare_region_grefs(r));
	ck_assert_uint_eq(gntshare_region_pages(r), 4);
	ck_assert_uint_eq(gntshare_region_size(r), 4 * FAKE_PAGE_SIZE);
	ck_assert_uint_eq(gntshare_region_id(r), gntshare_region_id(first) + 1);
	ck_assert_uint_eq(gntshare_region_offset(r), FAKE_PAGE_SIZE);
	/* One mapping is the allocator's own, and one the other region's. */
	ck_assert_uint_eq(fake_account().mappings, 2);
	ck_assert_uint_eq(fake_account().pages, 5);
	ck_assert_uint_eq(fake_account().entries, 0);
	assert_pages(r, "bcde");
}
END_TEST

START_TEST(to_create_of_a_memfd_maps_it_for_the_time_of_the_call)
{
	struct gntshare_region *r;

	fake_log_start();
	r = create_from_memfd(0, 3, 0);
	assert_log("fstat()", "mmap(3 r shared file=0)", "alloc()",
		   "CREATE(0 pages=3 flags=2)", "munmap(3)");
	ck_assert_uint_eq(fake_account().mappings, 1);
	assert_pages(r, "abc");

	fake_log_start();
	r = create_from_memfd(4 * FAKE_PAGE_SIZE, 2, GNTSHARE_WRITABLE);
	assert_log("fstat()", "mmap(2 rw shared file=4)", "alloc()",
		   "CREATE(0 pages=2 flags=6)", "munmap(2)");
	assert_pages(r, "ef");
}
END_TEST

START_TEST(a_region_of_a_memfd_has_no_mapping_of_its_own)
{
	struct gntshare_region *r;

	create_region(a, 2);
	r = create_from_memfd(FAKE_PAGE_SIZE, 3, 0);
	ck_assert_ptr_null(gntshare_region_address(r));
	ck_assert_ptr_null(gntshare_region_grefs(r));
	ck_assert_uint_eq(gntshare_region_pages(r), 3);
	ck_assert_uint_eq(gntshare_region_size(r), 3 * FAKE_PAGE_SIZE);
	ck_assert_uint_eq(gntshare_region_id(r), 2);
	ck_assert_uint_eq(gntshare_region_offset(r), 2 * FAKE_PAGE_SIZE);
	fake_log_start();
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	assert_log("DESTROY(id=2 flags=0)");
}
END_TEST

/* The blocks of the file, in pages, and how many of 5 pages are then mapped. */
static const struct {
	size_t block, mapped;
} blocks[] = {
	{ 1, 5 },
	{ 2, 6 },
	{ 4, 8 },
	{ 512, 512 },
	/* No page of hugetlbfs has a size that is no power of two. */
	{ 3, 5 },
};

START_TEST(a_file_of_huge_pages_is_mapped_and_unmapped_in_whole_pages)
{
	struct gntshare_region *r;
	char expected[128];

	fake_set_block(blocks[_i].block * FAKE_PAGE_SIZE);
	fake_log_start();
	r = create_from_memfd(0, 5, 0);
	snprintf(expected, sizeof(expected),
		 "fstat() mmap(%zu r shared file=0) alloc() "
		 "CREATE(0 pages=5 flags=2) munmap(%zu)",
		 blocks[_i].mapped, blocks[_i].mapped);
	ck_assert_str_eq(fake_log(), expected);
	ck_assert_uint_eq(fake_account().mappings, 1);
	ck_assert_uint_eq(gntshare_region_pages(r), 5);
	ck_assert_uint_eq(gntshare_region_size(r), 5 * FAKE_PAGE_SIZE);
}
END_TEST

START_TEST(the_caller_can_choose_the_offset)
{
	struct gntshare_region *r, *other;

	fake_log_start();
	ck_assert_int_eq(gntshare_region_from_memory(a, &r, bytes, 2,
						     7 * FAKE_PAGE_SIZE, 0), 0);
	assert_log("alloc()", "CREATE(28672 pages=2 flags=3)");
	ck_assert_uint_eq(gntshare_region_offset(r), 7 * FAKE_PAGE_SIZE);
	ck_assert_int_eq(gntshare_region_from_memfd(a, &other, fd, 0, 1,
						    8 * FAKE_PAGE_SIZE, 0),
			 -EEXIST);
	ck_assert_int_eq(gntshare_region_from_memfd(a, &other, fd, 0, 1, 0, 0),
			 0);
	ck_assert_uint_eq(gntshare_region_offset(other), 0);
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	ck_assert_int_eq(gntshare_region_from_memfd(a, &other, fd, 0, 1,
						    8 * FAKE_PAGE_SIZE, 0), 0);
}
END_TEST

START_TEST(memory_can_be_in_several_regions)
{
	struct gntshare_region *r = create_from_memory(a, bytes, 2, 0), *other;

	other = create_from_memory(a, bytes, 2, GNTSHARE_WRITABLE);
	ck_assert_uint_ne(gntshare_region_offset(r),
			  gntshare_region_offset(other));
	assert_pages(r, "ab");
	assert_pages(other, "ab");
}
END_TEST

static int from_memory(struct gntshare *share, struct gntshare_region **out,
		       void *address, size_t pages, uint64_t offset,
		       unsigned int flags)
{
	return gntshare_region_from_memory(share, out, address, pages, offset,
					   flags);
}

/* The same arguments, but for the place in the memfd, which is the address. */
static int from_memfd(struct gntshare *share, struct gntshare_region **out,
		      void *address, size_t pages, uint64_t offset,
		      unsigned int flags)
{
	return gntshare_region_from_memfd(share, out, fd,
					  (uintptr_t)address -
					  (uintptr_t)bytes, pages, offset,
					  flags);
}

typedef int make(struct gntshare *share, struct gntshare_region **out,
		 void *address, size_t pages, uint64_t offset,
		 unsigned int flags);

static make *const both[] = { from_memory, from_memfd };

static const struct {
	size_t byte, pages;
	uint64_t offset;
	unsigned int flags;
} wrong[] = {
	{ 0, 0, GNTSHARE_ANY_OFFSET, 0 },
	{ 0, SIZE_MAX, GNTSHARE_ANY_OFFSET, 0 },
#if SIZE_MAX > UINT32_MAX
	{ 0, (size_t)UINT32_MAX + 2, GNTSHARE_ANY_OFFSET, 0 }, /* 1 if cut */
#endif
	{ 1, 1, GNTSHARE_ANY_OFFSET, 0 },
	{ FAKE_PAGE_SIZE - 1, 1, GNTSHARE_ANY_OFFSET, 0 },
	{ 0, 1, GNTSHARE_ANY_OFFSET, 2 },
	{ 0, 1, GNTSHARE_ANY_OFFSET, GNTSHARE_WRITABLE | 2 },
	{ 0, 1, GNTSHARE_ANY_OFFSET, ~0u },
};

START_TEST(both_refuse_what_makes_no_sense)
{
	void *const before = (void *)&before;
	struct gntshare_region *none = before;
	int i;

	fake_log_start();
	for (i = 0; i < ARRAY_SIZE(both); i++) {
		ck_assert_int_eq(both[i](a, &none, bytes + wrong[_i].byte,
					 wrong[_i].pages, wrong[_i].offset,
					 wrong[_i].flags), -EINVAL);
		ck_assert_int_eq(both[i](NULL, &none, bytes, 1, 0, 0),
				 -EINVAL);
		ck_assert_int_eq(both[i](a, NULL, bytes, 1, 0, 0), -EINVAL);
	}
	ck_assert_int_eq(from_memory(a, &none, NULL, 1, 0, 0), -EINVAL);
	assert_log(NULL);
	ck_assert_ptr_eq(none, before);
}
END_TEST

START_TEST(an_offset_that_is_no_multiple_of_a_page_is_einval)
{
	void *const before = (void *)&before;
	struct gntshare_region *none = before;
	struct fake_account account = fake_account();
	int i;

	fake_log_start();
	for (i = 0; i < ARRAY_SIZE(both); i++) {
		ck_assert_int_eq(both[i](a, &none, bytes, 1, 1, 0), -EINVAL);
		ck_assert_int_eq(both[i](a, &none, bytes, 1,
					 GNTSHARE_ANY_OFFSET - 1, 0), -EINVAL);
	}
	/* No driver is asked, and what was mapped is unmapped. */
	ck_assert_ptr_null(strstr(fake_log(), "CREATE"));
	fake_assert_account(account);
	ck_assert_ptr_eq(none, before);
}
END_TEST

/* The errors by which the driver refuses memory, and others of this call. */
static const int refusals[] = {
	EFAULT, EACCES, EMEDIUMTYPE, ENXIO, EREMOTE, EEXIST, EOVERFLOW, EDQUOT,
	ENOMEM, EINTR, EPERM, EINVAL, E2BIG,
};

START_TEST(the_errors_of_the_driver_are_passed_on)
{
	void *const before = (void *)&before;
	struct gntshare_region *none = before;
	struct fake_account account = fake_account();

	fake_fail(2, refusals[_i], 0);
	ck_assert_int_eq(from_memory(a, &none, bytes, 1, 0, 0), -refusals[_i]);
	ck_assert_str_eq(fake_failed(), "CREATE");
	fake_fail(4, refusals[_i], 0);
	ck_assert_int_eq(from_memfd(a, &none, bytes, 1, 0, 0), -refusals[_i]);
	ck_assert_str_eq(fake_failed(), "CREATE");
	fake_fail_stop();
	fake_assert_account(account);
	ck_assert_ptr_eq(none, before);
}
END_TEST

START_TEST(memory_has_to_be_there)
{
	struct gntshare_region *r = create_region(a, 2), *none;
	char *place;

	place = mmap(NULL, 3 * FAKE_PAGE_SIZE, PROT_READ,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(place, MAP_FAILED);
	ck_assert_int_eq(munmap(place + 2 * FAKE_PAGE_SIZE, FAKE_PAGE_SIZE),
			 0);
	ck_assert_int_eq(from_memory(a, &none, place, 3, 0, 0), -EFAULT);
	ck_assert_int_eq(from_memory(a, &none, place, 2, GNTSHARE_ANY_OFFSET,
				     GNTSHARE_WRITABLE), -EACCES);
	create_from_memory(a, place, 2, 0);
	ck_assert_int_eq(munmap(place, 2 * FAKE_PAGE_SIZE), 0);
	/* A region of the library's own is the driver's. */
	ck_assert_int_eq(from_memory(a, &none, gntshare_region_address(r), 2,
				     0, 0), -ENXIO);
}
END_TEST

START_TEST(the_driver_gets_the_address_and_the_whole_number_of_pages)
{
	struct gntshare_region *none;

	/* The lowest address of all, and one that 32 bits would cut. */
	ck_assert_int_eq(from_memory(a, &none, (void *)(uintptr_t)FAKE_PAGE_SIZE,
				     1, 0, 0), -EFAULT);
	ck_assert_int_eq(from_memory(a, &none,
				     (void *)(UINTPTR_MAX - FAKE_PAGE_SIZE + 1),
				     1, 0, 0), -EFAULT);
	fake_log_start();
	ck_assert_int_eq(from_memory(a, &none, bytes, UINT32_MAX, 0, 0),
			 -EDQUOT);
	assert_log("alloc()", "CREATE(0 pages=4294967295 flags=3)");
}
END_TEST

/* These errors are those of the kernel: the descriptors are real. */
START_TEST(a_file_has_to_be_open_for_what_is_asked)
{
	void *const before = (void *)&before;
	struct gntshare_region *none = before;
	int reading, writing, pipes[2];
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reading = open(path, O_RDONLY | O_CLOEXEC);
	writing = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(reading, 0);
	ck_assert_int_ge(writing, 0);
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);

	ck_assert_int_eq(gntshare_region_from_memfd(a, &none, -1, 0, 1, 0, 0),
			 -EBADF);
	ck_assert_int_eq(gntshare_region_from_memfd(a, &none, reading, 0, 1, 0,
						    GNTSHARE_WRITABLE),
			 -EACCES);
	ck_assert_int_eq(gntshare_region_from_memfd(a, &none, writing, 0, 1, 0,
						    0), -EACCES);
	ck_assert_int_eq(gntshare_region_from_memfd(a, &none, pipes[0], 0, 1, 0,
						    0), -ENODEV);
	ck_assert_ptr_eq(none, before);
	ck_assert_int_eq(gntshare_region_from_memfd(a, &none, reading, 0, 1, 0,
						    0), 0);
	close(reading);
	close(writing);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

START_TEST(a_file_that_is_sealed_against_writing_is_eperm)
{
	struct gntshare_region *none;

	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	ck_assert_int_eq(gntshare_region_from_memfd(a, &none, fd, 0, 1, 0,
						    GNTSHARE_WRITABLE),
			 -EPERM);
}
END_TEST

START_TEST(what_is_beyond_the_end_of_the_file_is_efault)
{
	struct gntshare_region *none;
	uint64_t last = UINT64_MAX - FAKE_PAGE_SIZE + 1;

	ck_assert_int_eq(gntshare_region_from_memfd(a, &none, fd,
						    5 * FAKE_PAGE_SIZE, 2, 0,
						    0), -EFAULT);
	ck_assert_int_eq(gntshare_region_from_memfd(a, &none, fd,
						    UINT64_C(1) << 40, 1, 0,
						    0), -EFAULT);
	ck_assert_int_eq(gntshare_region_from_memfd(a, &none, fd, last, 1, 0,
						    0), -EOVERFLOW);
	ck_assert_uint_eq(fake_account().mappings, 1);
}
END_TEST

START_TEST(the_file_can_be_closed_afterwards)
{
	int copy = dup(fd);
	struct gntshare_region *r;

	ck_assert_int_ge(copy, 0);
	ck_assert_int_eq(gntshare_region_from_memfd(a, &r, copy, 0, 2, 0, 0),
			 0);
	ck_assert_int_eq(close(copy), 0);
	assert_pages(r, "ab");
}
END_TEST

/* The region is there, and the mapping stays behind. */
START_TEST(a_mapping_that_cannot_be_unmapped_does_not_cost_the_region)
{
	struct gntshare_region *r = NULL;

	fake_fail(5, ENOMEM, 0);
	ck_assert_int_eq(from_memfd(a, &r, bytes, 2, 0, 0), 0);
	ck_assert_str_eq(fake_failed(), "munmap");
	fake_fail_stop();
	assert_pages(r, "ab");
	ck_assert_uint_eq(fake_account().mappings, 2);
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	/* The next call drops all mappings, so close the allocator before. */
	ck_assert_int_eq(gntshare_close(a), 0);
	fake_drop_mappings();
	a = NULL;
}
END_TEST

START_TEST(only_a_writable_region_can_be_granted_for_writing)
{
	struct gntshare_region *ro = create_from_memory(a, bytes, 2, 0);
	struct gntshare_region *rw;
	uint32_t grefs[2];

	rw = create_from_memfd(0, 2, GNTSHARE_WRITABLE);
	fake_log_start();
	ck_assert_int_eq(gntshare_region_grant(ro, 0, 2, PEER,
					       GNTSHARE_WRITABLE, grefs),
			 -EACCES);
	assert_log("GRANT(0 pages=2 domid=7 flags=1)");
	ck_assert_uint_eq(fake_account().entries, 0);
	ck_assert_int_eq(gntshare_region_grant(ro, 0, 2, PEER, 0, grefs), 0);
	ck_assert(!fake_grant(grefs[1])->writable);
	ck_assert_int_eq(gntshare_region_grant(rw, 1, 1, PEER,
					       GNTSHARE_WRITABLE, grefs), 0);
	ck_assert(fake_grant(grefs[0])->writable);
	ck_assert_int_eq(gntshare_region_revoke(ro, 0, 2, PEER, NULL), 0);
	ck_assert_int_eq(gntshare_region_revoke(rw, 0, 2, PEER, NULL), 0);
	ck_assert_uint_eq(fake_account().entries, 0);
}
END_TEST

START_TEST(only_a_byte_of_a_writable_region_can_be_set_to_zero)
{
	const unsigned int actions = GNTSHARE_NOTIFY_CLEAR_BYTE |
				     GNTSHARE_NOTIFY_SEND_EVENT;
	struct gntshare_region *ro, *rw;
	const struct fake_page *page;
	uint32_t grefs[2];

	ro = create_from_memory(a, bytes, 2, 0);
	rw = create_from_memory(a, bytes, 2, GNTSHARE_WRITABLE);
	grant_region(ro, PEER, grefs);
	page = fake_page(grefs[1]);
	ck_assert_int_eq(gntshare_region_notify(ro, FAKE_PAGE_SIZE + 5, actions,
						FAKE_PORT), -EACCES);
	ck_assert_uint_eq(page->action, 0);
	ck_assert_int_eq(gntshare_region_notify(ro, FAKE_PAGE_SIZE + 5,
						GNTSHARE_NOTIFY_SEND_EVENT,
						FAKE_PORT), 0);
	ck_assert_uint_eq(page->action, GNTSHARE_NOTIFY_SEND_EVENT);
	ck_assert_uint_eq(page->notify_index, FAKE_PAGE_SIZE + 5);
	ck_assert_int_eq(gntshare_region_notify(ro, FAKE_PAGE_SIZE, 0, 0), 0);
	ck_assert_int_eq(gntshare_region_notify(rw, 5, actions, FAKE_PORT), 0);
	/* The region's size is known, though it is not mapped. */
	ck_assert_int_eq(gntshare_region_notify(rw, 2 * FAKE_PAGE_SIZE, actions,
						FAKE_PORT), -EINVAL);
}
END_TEST

START_TEST(no_byte_of_memory_can_be_set_to_zero_after_a_restriction)
{
	struct gntshare_region *memory, *pages;
	const struct fake_page *page;
	uint32_t grefs[2];

	memory = create_from_memory(a, bytes, 2, GNTSHARE_WRITABLE);
	grant_region(memory, PEER, grefs);
	page = fake_page(grefs[0]);
	ck_assert_int_eq(gntshare_region_notify(memory, 5,
						GNTSHARE_NOTIFY_CLEAR_BYTE, 0),
			 0);
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_PAGES |
					   GNTSHARE_RESTRICT_KEEP_SEND_EVENT,
					   100, NULL, 0), 0);
	ck_assert_int_eq(gntshare_region_notify(memory, 6,
						GNTSHARE_NOTIFY_CLEAR_BYTE, 0),
			 -EPERM);
	ck_assert_uint_eq(page->notify_index, 5);
	ck_assert_int_eq(gntshare_region_notify(memory, 6,
						GNTSHARE_NOTIFY_SEND_EVENT,
						FAKE_PORT), 0);
	ck_assert_int_eq(gntshare_region_create(a, &pages, 1,
						GNTSHARE_ANY_OFFSET), 0);
	ck_assert_int_eq(gntshare_region_notify(pages, 6,
						GNTSHARE_NOTIFY_CLEAR_BYTE, 0),
			 0);
}
END_TEST

START_TEST(no_view_has_such_a_region)
{
	void *const before = (void *)&before;
	struct gntshare_view *v = before;

	create_region(a, 2);
	create_from_memory(a, bytes, 2, GNTSHARE_WRITABLE);
	create_region(a, 1);
	ck_assert_int_eq(gntshare_view_create(a, &v, 2 * FAKE_PAGE_SIZE, 1),
			 -ENODEV);
	ck_assert_int_eq(gntshare_view_create(a, &v, 0, 5), -ENODEV);
	ck_assert_int_eq(gntshare_view_create(a, &v, 0, 6), -ENOENT);
	ck_assert_ptr_eq(v, before);
	ck_assert_int_eq(gntshare_view_create(a, &v, 0, 2), 0);
}
END_TEST

START_TEST(destroy_event_unmaps_nothing)
{
	struct gntshare_region *r = create_from_memory(a, bytes, 2, 0);
	struct gntshare_event event;
	uint32_t grefs[2];
	uint64_t id, count;
	int efd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	ck_assert_int_ge(efd, 0);
	fake_set_nonblock(true);
	grant_region(r, PEER, grefs);
	fake_hold(grefs[1], true);
	fake_log_start();
	ck_assert_int_eq(gntshare_region_destroy_event(r,
						       GNTSHARE_DESTROY_EVENT |
						       GNTSHARE_DESTROY_EVENTFD,
						       efd, &id), 0);
	assert_log("DESTROY(id=1 flags=3)");
	ck_assert_uint_eq(id, 1);
	ck_assert_int_eq(gntshare_wait(a, id, GNTSHARE_WAIT_GONE, PEER, 0,
				       NULL, 0), -ETIMEDOUT);
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)),
			 -EAGAIN);
	fake_hold(grefs[1], false);
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)), 0);
	ck_assert_uint_eq(event.id, id);
	ck_assert_int_eq(read(efd, &count, sizeof(count)), sizeof(count));
	ck_assert_int_eq(close(efd), 0);
	ck_assert_uint_eq(fake_account().pages, 0);
	ck_assert_uint_eq(fake_account().mappings, 1);
}
END_TEST

START_TEST(to_close_the_allocator_unmaps_only_what_it_has_mapped)
{
	create_from_memory(a, bytes, 2, 0);
	create_from_memfd(0, 3, GNTSHARE_WRITABLE);
	fake_log_start();
	ck_assert_int_eq(gntshare_close(a), 0);
	assert_log("DESTROY(id=1 flags=0)", "DESTROY(id=2 flags=0)",
		   "munmap(1)", "close()");
	a = NULL;
	/* The memory is as it was. */
	ck_assert_int_eq(bytes[FAKE_PAGE_SIZE], 'b');
}
END_TEST

START_TEST(a_restricted_descriptor_may_be_of_no_use)
{
	struct gntshare_region *none;

	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_PAGES, 2, NULL,
					   0), 0);
	ck_assert_int_eq(from_memory(a, &none, bytes, 3, 0, 0), -EDQUOT);
	ck_assert_int_eq(from_memfd(a, &none, bytes, 3, 0, 0), -EDQUOT);
	ck_assert_int_eq(from_memory(a, &none, bytes, 2, 0, 0), 0);
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_NO_CREATE, 0,
					   NULL, 0), 0);
	ck_assert_int_eq(from_memory(a, &none, bytes, 1, 0, 0), -EPERM);
	ck_assert_int_eq(from_memfd(a, &none, bytes, 1, 0, 0), -EPERM);
}
END_TEST

START_TEST(both_need_the_native_level)
{
	void *const before = (void *)&before;
	struct gntshare_region *none = before;

	fake_set_old_driver(true);
	ck_assert_int_eq(from_memory(a, &none, bytes, 1, 0, 0), -EOPNOTSUPP);
	ck_assert_int_eq(from_memfd(a, &none, bytes, 1, 0, 0), -EOPNOTSUPP);
	ck_assert_ptr_eq(none, before);
	ck_assert_uint_eq(fake_account().mappings, 1);
}
END_TEST

START_TEST(a_driver_of_the_first_version_knows_no_address)
{
	void *const before = (void *)&before;
	struct gntshare_region *none = before;

	fake_set_lesser_driver();
	ck_assert_int_eq(from_memory(a, &none, bytes, 1, 0, 0), -E2BIG);
	ck_assert_int_eq(from_memfd(a, &none, bytes, 1, 0, 0), -E2BIG);
	ck_assert_ptr_eq(none, before);
	ck_assert_uint_eq(fake_account().mappings, 1);
	/* The longer struct is no obstacle to the other function. */
	create_region(a, 2);
}
END_TEST

/* What a library of the first version does, on the fake of this one. */
START_TEST(the_struct_of_the_first_version_is_taken)
{
	const unsigned long request = _IOC(_IOC_READ | _IOC_WRITE, 'G', 0x41,
					   24);
	const unsigned long shorter = _IOC(_IOC_READ | _IOC_WRITE, 'G', 0x41,
					   23);
	struct gntalloc_native_create op = { .pages = 2, .address = 77 };

	ck_assert_int_eq(gntshare__os.ioctl(gntshare_fd(a), shorter, &op),
			 -EINVAL);
	ck_assert_int_eq(gntshare__os.ioctl(gntshare_fd(a), request, &op), 0);
	ck_assert_uint_eq(op.id, 1);
	ck_assert_uint_eq(op.address, 77);
	fake_destroy(gntshare_fd(a), op.id);
}
END_TEST

struct Suite *memory_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("memory", &tests);

	tcase_add_checked_fixture(tests, open_it, close_it);
	tcase_add_test(tests, to_create_of_memory_is_one_ioctl);
	tcase_add_test(tests, a_region_of_memory_has_no_mapping_of_its_own);
	tcase_add_test(tests,
		       to_create_of_a_memfd_maps_it_for_the_time_of_the_call);
	tcase_add_test(tests, a_region_of_a_memfd_has_no_mapping_of_its_own);
	tcase_add_loop_test(tests,
			    a_file_of_huge_pages_is_mapped_and_unmapped_in_whole_pages,
			    0, ARRAY_SIZE(blocks));
	tcase_add_test(tests, the_caller_can_choose_the_offset);
	tcase_add_test(tests, memory_can_be_in_several_regions);
	tcase_add_loop_test(tests, both_refuse_what_makes_no_sense, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_test(tests, an_offset_that_is_no_multiple_of_a_page_is_einval);
	tcase_add_loop_test(tests, the_errors_of_the_driver_are_passed_on, 0,
			    ARRAY_SIZE(refusals));
	tcase_add_test(tests, memory_has_to_be_there);
	tcase_add_test(tests,
		       the_driver_gets_the_address_and_the_whole_number_of_pages);
	tcase_add_test(tests, a_file_has_to_be_open_for_what_is_asked);
	tcase_add_test(tests, a_file_that_is_sealed_against_writing_is_eperm);
	tcase_add_test(tests, what_is_beyond_the_end_of_the_file_is_efault);
	tcase_add_test(tests, the_file_can_be_closed_afterwards);
	tcase_add_test(tests,
		       a_mapping_that_cannot_be_unmapped_does_not_cost_the_region);
	tcase_add_test(tests, only_a_writable_region_can_be_granted_for_writing);
	tcase_add_test(tests,
		       only_a_byte_of_a_writable_region_can_be_set_to_zero);
	tcase_add_test(tests,
		       no_byte_of_memory_can_be_set_to_zero_after_a_restriction);
	tcase_add_test(tests, no_view_has_such_a_region);
	tcase_add_test(tests, destroy_event_unmaps_nothing);
	tcase_add_test(tests,
		       to_close_the_allocator_unmaps_only_what_it_has_mapped);
	tcase_add_test(tests, a_restricted_descriptor_may_be_of_no_use);
	tcase_add_test(tests, both_need_the_native_level);
	tcase_add_test(tests, a_driver_of_the_first_version_knows_no_address);
	tcase_add_test(tests, the_struct_of_the_first_version_is_taken);
	return suite;
}
