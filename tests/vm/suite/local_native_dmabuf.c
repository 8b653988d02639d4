// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Regions of dma-bufs, in one domain: how long they keep a dma-buf, what counts,
 * and what is refused. Each test runs with each exporter that the kernel has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gntshare.h>

#include "device.h"
#include "dmabuf.h"
#include "fixture.h"
#include "native.h"
#include "suite.h"

SUITE(.timeout = 120);

/* A dma-buf, or -1 if the kernel lacks the exporter. No kernel lacks vgem. */
static int new_dmabuf(int i, size_t pages, bool readonly)
{
	int fd = dmabuf_new(dmabuf_exporters[i], pages, readonly);

	if (fd == -ENODEV && i)
		return -1;
	ck_assert_int_ge(fd, 0);
	ck_assert(dmabuf_becomes(fd, 1));
	return fd;
}

/* As above; -1 also if the driver cannot use what the exporter makes. */
static int usable_dmabuf(int i, size_t pages)
{
	if (dmabuf_is_refused(dmabuf_exporters[i]))
		return -1;
	return new_dmabuf(i, pages, false);
}

/* A call that fails leaves no page counted, and does not keep the dma-buf. */
#define refused(file, dmabuf, start, pages, flags, error)		\
do {									\
	fails(native_create_dmabuf(file, dmabuf, start, pages, flags,	\
				   NULL, NULL), error);			\
	ck_assert_int_eq(device_counter("pages"), 0);			\
} while (0)

START_LOOP_TEST(a_dmabuf_is_kept_until_no_region_has_pages_of_it, 0,
		DMABUF_EXPORTERS)
{
	int file = (int)must(device_open());
	int dmabuf = usable_dmabuf(_i, 8);
	uint64_t offset, id;

	if (dmabuf < 0)
		return;
	must(native_create_dmabuf(file, dmabuf, 0, 8, 0, &offset, &id));
	ck_assert(dmabuf_becomes(dmabuf, 2));
	must(native_create_dmabuf(file, dmabuf, 3 * PAGE, 5,
				  GNTALLOC_CREATE_WRITABLE, NULL, NULL));
	ck_assert(dmabuf_becomes(dmabuf, 3));
	must(native_grant(file, offset, 8, NOBODY, 0, NULL));
	ck_assert_int_eq(device_counter("entries"), 8);
	/* Page by page */
	must(device_dealloc(file, offset, 7));
	ck_assert(dmabuf_becomes(dmabuf, 3));
	must(device_dealloc(file, offset + 7 * PAGE, 1));
	ck_assert(dmabuf_becomes(dmabuf, 2));
	ck_assert_int_eq(native_state(file, id), GNTALLOC_STATE_GONE);
	close(file);
	ck_assert(dmabuf_becomes(dmabuf, 1));
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_LOOP_TEST(a_part_of_a_dmabuf_counts_as_all_of_it, 0,
		DMABUF_EXPORTERS)
{
	int file = (int)must(device_open());
	int dmabuf = usable_dmabuf(_i, 20);
	uint64_t offset;

	if (dmabuf < 0)
		return;
	must(device_set_limit(19));
	refused(file, dmabuf, 0, 1, 0, EDQUOT);
	ck_assert(dmabuf_becomes(dmabuf, 1));
	must(device_set_limit(25));
	must(native_create_dmabuf(file, dmabuf, 7 * PAGE, 3, 0, &offset, NULL));
	ck_assert_int_eq(device_counter("pages"), 20);
	fails(native_create(file, 6, NULL, NULL), EDQUOT);
	must(native_create(file, 5, NULL, NULL));
	must(device_dealloc(file, offset, 2));
	ck_assert_int_eq(device_counter("pages"), 25);
	must(device_dealloc(file, offset + 2 * PAGE, 1));
	ck_assert_int_eq(device_counter("pages"), 5);
	/* The driver of the dma-buf has the memory, not the program. */
	ck_assert_int_eq(pinned_pages(), 0);
}
END_TEST

START_LOOP_TEST(pages_beyond_the_end_of_a_dmabuf_are_efault, 0,
		DMABUF_EXPORTERS)
{
	int file = (int)must(device_open());
	int dmabuf = usable_dmabuf(_i, 4);

	if (dmabuf < 0)
		return;
	refused(file, dmabuf, 0, 5, 0, EFAULT);
	refused(file, dmabuf, 4 * PAGE, 1, 0, EFAULT);
	refused(file, dmabuf, 3 * PAGE, 2, 0, EFAULT);
	refused(file, dmabuf, -(uint64_t)PAGE, 1, 0, EFAULT);
	refused(file, dmabuf, -(uint64_t)PAGE, 2, 0, EFAULT);
	refused(file, dmabuf, 1ULL << 40, 1, 0, EFAULT);
	ck_assert(dmabuf_becomes(dmabuf, 1));
	must(native_create_dmabuf(file, dmabuf, 3 * PAGE, 1, 0, NULL, NULL));
}
END_TEST

START_LOOP_TEST(a_read_only_dmabuf_cannot_be_granted_for_writing, 0, 2)
{
	int file = (int)must(device_open());
	int dmabuf = new_dmabuf(_i, 2, true);
	uint64_t offset;

	if (dmabuf < 0)
		return;
	refused(file, dmabuf, 0, 2, GNTALLOC_CREATE_WRITABLE, EACCES);
	if (dmabuf_is_refused(dmabuf_exporters[_i]))
		return;
	must(native_create_dmabuf(file, dmabuf, 0, 2, 0, &offset, NULL));
	fails(native_grant(file, offset, 2, NOBODY, GNTALLOC_GRANT_WRITABLE,
			   NULL), EACCES);
	must(native_grant(file, offset, 2, NOBODY, 0, NULL));
}
END_TEST

START_TEST(what_is_no_dmabuf_is_emediumtype)
{
	int file = (int)must(device_open());
	int memfd = memfd_create("test", MFD_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(ftruncate(memfd, PAGE), 0);
	refused(file, memfd, 0, 1, 0, EMEDIUMTYPE);
	refused(file, null, 0, 1, 0, EMEDIUMTYPE);
	refused(file, file, 0, 1, 0, EMEDIUMTYPE);
	refused(file, -1, 0, 1, 0, EBADF);
	refused(file, 1000, 0, 1, 0, EBADF);
}
END_TEST

START_LOOP_TEST(a_dmabuf_that_the_kernel_cannot_map_is_eopnotsupp, 0,
		DMABUF_EXPORTERS)
{
	int file = (int)must(device_open());
	int dmabuf;

	if (!dmabuf_is_refused(dmabuf_exporters[_i]))
		return;
	dmabuf = new_dmabuf(_i, 3, false);
	if (dmabuf < 0)
		return;
	refused(file, dmabuf, 0, 3, 0, EOPNOTSUPP);
	ck_assert(dmabuf_becomes(dmabuf, 1));
}
END_TEST

START_TEST(an_mmap_of_a_region_of_a_dmabuf_is_enodev)
{
	int file = (int)must(device_open());
	int dmabuf = dmabuf_any(2);
	uint64_t offset;
	void *address;

	if (dmabuf == -ENODEV)
		return;
	must(native_create_dmabuf(file, dmabuf, 0, 2, 0, &offset, NULL));
	fails(device_map(file, offset, 2, &address), ENODEV);
	fails(device_map(file, offset + PAGE, 1, &address), ENODEV);
}
END_TEST

static int shared_dmabuf;

/* The descriptor may have three more pages, and clears no bytes. */
static int share_some(int file)
{
	uint64_t offset;

	if (native_create_dmabuf(file, shared_dmabuf, 0, 1, 0, NULL, NULL) !=
	    -EDQUOT)
		return 1;
	if (native_create(file, 3, &offset, NULL) ||
	    device_notify(file, 0, GNTALLOC_2011_CLEAR_BYTE, 0) != -EPERM)
		return 2;
	return 0;
}

START_TEST(a_restricted_descriptor_does_with_a_dmabuf_what_it_may)
{
	int status, file = (int)must(device_open());
	pid_t child;

	shared_dmabuf = dmabuf_any(4);
	if (shared_dmabuf == -ENODEV)
		return;
	must(native_create_dmabuf(file, shared_dmabuf, 0, 1,
				  GNTALLOC_CREATE_WRITABLE, NULL, NULL));
	must(native_restrict(file, GNTALLOC_RESTRICT_PAGES, 3, NULL, 0));
	child = fork();
	if (!child)
		_exit(setresuid(4321, 4321, 4321) ? 4 : share_some(file));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	must(native_restrict(file, GNTALLOC_RESTRICT_NO_CREATE, 0, NULL, 0));
	fails(native_create_dmabuf(file, shared_dmabuf, 0, 1, 0, NULL, NULL),
	      EPERM);
}
END_TEST

START_TEST(the_library_shares_a_dmabuf)
{
	const unsigned int feature = GNTSHARE_FEATURE_DMABUF;
	struct gntshare_region *region;
	int dmabuf = dmabuf_any(4);
	struct gntshare_info info;
	struct gntshare *share;
	uint32_t grefs[2];

	if (dmabuf == -ENODEV)
		return;
	must(gntshare_open(&share, NULL));
	must(gntshare_info(share, &info, sizeof(info)));
	ck_assert_uint_eq(info.features & feature, feature);
	must(gntshare_region_from_dmabuf(share, &region, dmabuf, PAGE, 2,
					 8 * PAGE, GNTSHARE_WRITABLE));
	ck_assert_uint_eq(gntshare_region_offset(region), 8 * PAGE);
	ck_assert_ptr_null(gntshare_region_address(region));
	ck_assert(dmabuf_becomes(dmabuf, 2));
	must(gntshare_region_grant(region, 0, 2, NOBODY, GNTSHARE_WRITABLE,
				   grefs));
	must(gntshare_region_destroy(region));
	ck_assert(dmabuf_becomes(dmabuf, 1));
	must(gntshare_close(share));
}
END_TEST
