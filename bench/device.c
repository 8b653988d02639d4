// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device's calls, without the library. Both drivers have those that Linux
 * has had since 2011; our driver also has the native ones.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <gntshare/gntalloc.h>

const struct level *level = &level_2011;
uint16_t peer;

static struct gntalloc_2011_alloc *request;
static size_t request_pages;

int device_open(void)
{
	int fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail_errno("open /dev/xen/gntalloc");
	return fd;
}

bool device_has_native(void)
{
	struct gntalloc_native_info info = { 0 };

	return ioctl(device_open(), GNTALLOC_NATIVE_INFO, &info) == 0;
}

void reserve_grefs(size_t pages)
{
	if (pages <= request_pages)
		return;
	request = reserve(sizeof(*request) + pages * sizeof(uint32_t));
	request_pages = pages;
}

const uint32_t *last_grefs(void)
{
	return request->gref_ids;
}

static void alloc_2011(int fd, struct run *run)
{
	request->domid = peer;
	request->flags = GNTALLOC_2011_WRITABLE;
	request->count = run->pages;
	if (ioctl(fd, GNTALLOC_2011_ALLOC, request) < 0)
		fail_errno("alloc");
	run->offset = request->index;
}

static void dealloc_2011(int fd, const struct run *run)
{
	struct gntalloc_2011_dealloc arg = {
		.index = run->offset,
		.count = run->pages,
	};

	if (ioctl(fd, GNTALLOC_2011_DEALLOC, &arg) < 0)
		fail_errno("dealloc");
}

const struct level level_2011 = {
	.name = "2011",
	.alloc = alloc_2011,
	.dealloc = dealloc_2011,
};

static void alloc_native(int fd, struct run *run)
{
	struct gntalloc_native_share arg = {
		.grefs = (uintptr_t)request->gref_ids,
		.pages = run->pages,
		.domid = peer,
		.flags = GNTALLOC_SHARE_WRITABLE,
	};

	if (ioctl(fd, GNTALLOC_NATIVE_SHARE, &arg) < 0)
		fail_errno("share");
	run->offset = arg.offset;
	run->id = arg.id;
}

static void dealloc_native(int fd, const struct run *run)
{
	struct gntalloc_native_destroy arg = { .id = run->id };

	if (ioctl(fd, GNTALLOC_NATIVE_DESTROY, &arg) < 0)
		fail_errno("destroy");
}

const struct level level_native = {
	.name = "native",
	.alloc = alloc_native,
	.dealloc = dealloc_native,
};

void run_alloc(int fd, struct run *run, size_t pages)
{
	if (pages > request_pages)
		fail("no room for %zu grefs", pages);
	run->pages = (uint32_t)pages;
	level->alloc(fd, run);
}

void run_of_memory(int fd, struct run *run, void *address, size_t pages)
{
	struct gntalloc_native_create create = {
		.pages = (uint32_t)pages,
		.flags = GNTALLOC_CREATE_MEMORY | GNTALLOC_CREATE_WRITABLE,
		.address = (uintptr_t)address,
	};
	struct gntalloc_native_grant grant = {
		.grefs = (uintptr_t)request->gref_ids,
		.pages = (uint32_t)pages,
		.domid = peer,
		.flags = GNTALLOC_GRANT_WRITABLE,
	};

	if (ioctl(fd, GNTALLOC_NATIVE_CREATE, &create) < 0)
		fail_errno("create");
	grant.offset = create.offset;
	if (ioctl(fd, GNTALLOC_NATIVE_GRANT, &grant) < 0)
		fail_errno("grant");
	run->pages = (uint32_t)pages;
	run->offset = create.offset;
	run->id = create.id;
}

void run_dealloc(int fd, const struct run *run)
{
	level->dealloc(fd, run);
}

void run_notify(int fd, const struct run *run)
{
	struct gntalloc_2011_notify arg = {
		.index = run->offset,
		.action = GNTALLOC_2011_CLEAR_BYTE,
	};

	if (ioctl(fd, GNTALLOC_2011_NOTIFY, &arg) < 0)
		fail_errno("notify");
}

void run_map(int fd, struct run *run, void *address)
{
	run->address = mmap(address, run->pages * PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_FIXED_NOREPLACE, fd,
			    (off_t)run->offset);
	if (run->address == MAP_FAILED)
		fail_errno("mmap");
}

void run_unmap(const struct run *run)
{
	if (munmap(run->address, run->pages * PAGE) < 0)
		fail_errno("munmap");
}
