// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make any sequence of the library's calls on the fake system, in which any
 * call to the system may fail. Whatever happens, the library accesses no wrong
 * memory, makes no call that makes no sense, and keeps no resource after
 * everything is closed.
 */
#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gntshare.h>

#include "../fake_os.h"

#define REGIONS		6
#define VIEWS		4
#define MAPPINGS	4
#define PAGES		8	/* the most pages of a region */

/* The fake asserts by libcheck, which is not linked here: abort instead. */
void _ck_assert_failed(const char *file, int line, const char *expr,
		       const char *msg, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: %s: ", file, line, expr);
	if (msg) {
		va_start(args, msg);
		vfprintf(stderr, msg, args);
		va_end(args);
	}
	fputc('\n', stderr);
	abort();
}

void _mark_point(const char *file, int line)
{
	(void)file;
	(void)line;
}

#define must(condition)							\
do {									\
	if (!(condition))						\
		_ck_assert_failed(__FILE__, __LINE__, #condition, NULL);	\
} while (0)

/* The rest of the input. After its end, all bytes are zero. */
static const uint8_t *input;
static size_t left;

static unsigned int byte(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

/* Mostly a sensible number below @end, and sometimes any number. */
static size_t number(size_t end)
{
	static const size_t odd[] = {
		0, 1, 4095, 4096, 4097, 0x7ff0, 0x7fffffff, 0xffffffff,
		0x100000000, SIZE_MAX / 4096, SIZE_MAX,
	};
	unsigned int b = byte();

	if (b < 240)
		return end ? b % end : 0;
	return odd[(b - 240) % (sizeof(odd) / sizeof(*odd))];
}

static struct gntshare *allocator;
static struct gntshare_mapper *mapper;
static struct gntshare_region *regions[REGIONS];
static struct gntshare_view *views[VIEWS];
static struct gntshare_mapping *mappings[MAPPINGS];

#define pick(array) (&(array)[byte() % (sizeof(array) / sizeof((array)[0]))])

/* No region can have more pages than this. */
static _Alignas(FAKE_PAGE_SIZE) char memory[FAKE_LIMIT * FAKE_PAGE_SIZE];
static int memfd;

static void forget_allocated(void)
{
	allocator = NULL;
	memset(regions, 0, sizeof(regions));
	memset(views, 0, sizeof(views));
}

static void forget_mapped(void)
{
	mapper = NULL;
	memset(mappings, 0, sizeof(mappings));
}

/* Check that a call has returned 0 or a negative errno. */
static int checked(int err)
{
	must(err <= 0 && err > -4096);
	return err;
}

/* Check the new handle, or forget it if the call failed. */
static void made_region(int err, struct gntshare_region **r)
{
	if (checked(err)) {
		*r = NULL;
		return;
	}
	must(gntshare_region_size(*r) ==
	     gntshare_region_pages(*r) * FAKE_PAGE_SIZE);
	if (gntshare_region_address(*r))
		memset(gntshare_region_address(*r), 0xa5,
		       gntshare_region_size(*r));
}

/* Any offset in the device: a chosen one, or one for the driver to choose. */
static uint64_t place(void)
{
	return byte() % 2 ? GNTSHARE_ANY_OFFSET : number(32) * 4096;
}

static void from_memory(struct gntshare_region **r)
{
	size_t page = number(PAGES);
	char *address = memory;

	if (page < PAGES)
		address += byte() % 8 ? page * FAKE_PAGE_SIZE : page;
	else
		address = (char *)page;
	made_region(gntshare_region_from_memory(allocator, r, address,
						number(PAGES), place(),
						(unsigned int)number(2)), r);
}

/* Where in the memfd, or in what has none. */
static int file_and_start(uint64_t *start)
{
	*start = number(PAGES) * FAKE_PAGE_SIZE;
	switch (byte() % 8) {
	case 0:
		return -1;
	case 1:
		return allocator ? gntshare_fd(allocator) : memfd;
	case 2:
		return mapper ? gntshare_mapper_fd(mapper) : memfd;
	case 3:
		*start += 7;
		return memfd;
	default:
		return memfd;
	}
}

static void from_dmabuf(struct gntshare_region **r)
{
	uint64_t start;
	int fd = file_and_start(&start);

	made_region(gntshare_region_from_dmabuf(allocator, r, fd, start,
						number(PAGES), place(),
						(unsigned int)number(2)), r);
}

static void from_memfd(struct gntshare_region **r)
{
	static const size_t blocks[] = { 0, 0, 0, 1, 4096, 8192, 12288, 65536 };
	uint64_t start;
	int fd = file_and_start(&start);

	fake_set_block(blocks[byte() % (sizeof(blocks) / sizeof(*blocks))]);
	made_region(gntshare_region_from_memfd(allocator, r, fd, start,
					       number(PAGES), place(),
					       (unsigned int)number(2)), r);
}

static void share(struct gntshare_region **r)
{
	if (*r) {
		checked(gntshare_region_destroy(*r));
		*r = NULL;
		return;
	}
	switch (byte() % 5) {
	case 0:
		made_region(gntshare_region_create(allocator, r, number(PAGES),
						   place()), r);
		break;
	case 1:
		made_region(gntshare_region_share(allocator, r,
						  (uint32_t)number(9),
						   number(PAGES),
						   (unsigned int)number(2)), r);
		break;
	case 2:
		from_memory(r);
		break;
	case 3:
		from_memfd(r);
		break;
	case 4:
		from_dmabuf(r);
		break;
	}
}

static void use_region(struct gntshare_region **r)
{
	unsigned int flags;
	uint32_t grefs[PAGES];
	uint64_t id;

	switch (byte() % 6) {
	case 0:
		/* No region has more pages than grefs[] has room for. */
		checked(gntshare_region_grant(*r, number(PAGES), number(PAGES),
					      (uint32_t)number(9),
					      (unsigned int)number(4), grefs));
		break;
	case 1:
		checked(gntshare_region_revoke(*r, number(PAGES), number(PAGES),
					       (uint32_t)number(9), NULL));
		break;
	case 2:
		checked(gntshare_region_notify(*r, number(PAGES) * 4096 + 7,
					       (unsigned int)number(4),
					       (uint32_t)number(12)));
		break;
	case 3:
		checked(gntshare_region_wait(*r, (unsigned int)number(4),
					     (uint32_t)number(9), 0, NULL, 0));
		break;
	case 4:
		flags = (unsigned int)number(2);
		if (!checked(gntshare_region_destroy_event(*r, flags, -1,
							   &id))) {
			*r = NULL;
			checked(gntshare_wait(allocator, id, 1, 7, 0, NULL, 0));
		}
		break;
	case 5:
		if (*r) {
			gntshare_region_grefs(*r);
			gntshare_region_offset(*r);
			gntshare_region_id(*r);
		}
		break;
	}
}

static void view(struct gntshare_view **v)
{
	if (*v) {
		checked(gntshare_view_destroy(*v));
		*v = NULL;
	} else if (checked(gntshare_view_create(allocator, v,
						number(32) * 4096,
						number(PAGES)))) {
		*v = NULL;
	} else {
		memset(gntshare_view_address(*v), 1, gntshare_view_size(*v));
	}
}

static void map(struct gntshare_mapping **m)
{
	static const uint32_t grefs[PAGES] = { 1, 9, 2, 400, 3, 4, 600, 1001 };
	int fd;

	if (*m) {
		if (byte() % 2) {
			checked(gntshare_mapping_notify(*m, number(PAGES) * 4096,
							(unsigned int)number(4),
							(uint32_t)number(12)));
			return;
		}
		checked(gntshare_mapping_destroy(*m));
		*m = NULL;
	} else if (byte() % 4 == 0) {
		if (!checked(gntshare_mapper_export(mapper, (uint32_t)number(9),
						    grefs,
						    byte() % (PAGES + 1),
						    (unsigned int)number(2),
						    &fd)))
			close(fd);
	} else if (checked(gntshare_mapping_create(mapper, m,
						   (uint32_t)number(9), grefs,
						   byte() % (PAGES + 1),
						   (unsigned int)number(2)))) {
		*m = NULL;
	}
}

static void other(void)
{
	const uint32_t domids[3] = { 1, 7, 9 };
	struct gntshare_event event;
	struct gntshare_info info;

	switch (byte() % 6) {
	case 0:
		checked(gntshare_info(allocator, &info, sizeof(info)));
		break;
	case 1:
		checked(gntshare_read_event(allocator, &event, sizeof(event)));
		break;
	case 2:
		checked(gntshare_restrict(allocator, (unsigned int)number(16),
					  number(16), domids, byte() % 4));
		break;
	case 3:
		fake_restore();
		break;
	case 4:
		checked(gntshare_close(allocator));
		forget_allocated();
		break;
	case 5:
		checked(gntshare_mapper_close(mapper));
		forget_mapped();
		break;
	}
}

static void step(void)
{
	if (!allocator && checked(gntshare_open(&allocator, NULL)))
		allocator = NULL;
	if (!mapper && checked(gntshare_mapper_open(&mapper, NULL)))
		mapper = NULL;

	switch (byte() % 8) {
	case 0:
	case 1:
		share(pick(regions));
		break;
	case 2:
	case 3:
		use_region(pick(regions));
		break;
	case 4:
		view(pick(views));
		break;
	case 5:
		map(pick(mappings));
		break;
	case 6:
		other();
		break;
	case 7:
		/* One of the next calls fails, and perhaps all after it. */
		fake_fail(1 + byte() % 8, ENOSPC, byte() % 3 ? 0 : EDOM);
		return;
	}
	if (byte() % 2)
		fake_fail_stop();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!memfd) {
		memfd = memfd_create("memory", MFD_CLOEXEC);
		must(memfd > 0 && !ftruncate(memfd, PAGES * FAKE_PAGE_SIZE));
	}
	fake_reset();
	fake_set_nonblock(true);
	input = data;
	left = size;
	if (byte() % 8 == 0)
		fake_set_old_driver(true);

	while (left)
		step();

	fake_fail_stop();
	checked(gntshare_close(allocator));
	checked(gntshare_mapper_close(mapper));
	forget_allocated();
	forget_mapped();
	/* Only the memory whose munmap() was made to fail is still mapped. */
	fake_drop_mappings();
	fake_finish();
	return 0;
}
