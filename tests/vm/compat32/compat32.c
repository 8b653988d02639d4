// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * compat32: a 32-bit program that uses the device; local_compat32.c runs it.
 *
 * Its numbers and structs are those of <xen/gntalloc.h> as a 32-bit compiler
 * lays them out. 32-bit programs that are already in use were built with these.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/gntalloc.h>

#include <gntshare/gntalloc.h>

#include "device.h"

/* On arm, a 64-bit number is aligned as it is in a 64-bit program. */
#ifdef __arm__
#define ALLOC_SIZE	24
#define DEALLOC_SIZE	16
#else
#define ALLOC_SIZE	20
#define DEALLOC_SIZE	12
#endif

#define HAS_SIZE(type, size)	\
	_Static_assert(sizeof(struct type) == (size), #type)

_Static_assert(sizeof(void *) == 4, "this is not a 32-bit program");
HAS_SIZE(ioctl_gntalloc_alloc_gref, ALLOC_SIZE);
HAS_SIZE(ioctl_gntalloc_dealloc_gref, DEALLOC_SIZE);
HAS_SIZE(gntalloc_2011_alloc, ALLOC_SIZE);
HAS_SIZE(gntalloc_2011_dealloc, DEALLOC_SIZE);

static int file;

#define expect(condition)						\
do {									\
	if (!(condition)) {						\
		printf("compat32, line %d: %s: %s\n", __LINE__,		\
		       #condition, strerror(errno));			\
		exit(1);						\
	}								\
} while (0)

static void alloc2010(void)
{
	struct gntalloc_2010_alloc arg = { .owner_domid = 5 };
	int i;

	for (i = 0; i < 3; i++) {
		arg.gref_id = 0;
		expect(!ioctl(file, GNTALLOC_2010_ALLOC, &arg));
		expect(arg.gref_id >= 8);
		expect(arg.page_idx == (uint32_t)i);
	}
	expect(device_counter("entries") == 3);
	arg.foreign_domid = 0x7ff0;
	expect(ioctl(file, GNTALLOC_2010_ALLOC, &arg) && errno == EINVAL);
}

static void dealloc2010(void)
{
	struct gntalloc_2010_alloc arg = { 0 };
	struct gntalloc_2010_dealloc gone;

	expect(!ioctl(file, GNTALLOC_2010_ALLOC, &arg));
	gone.gref_id = arg.gref_id;
	expect(!ioctl(file, GNTALLOC_2010_DEALLOC, &gone));
	expect(device_counter("entries") == 0);
	expect(ioctl(file, GNTALLOC_2010_DEALLOC, &gone) && errno == ENOENT);
}

/*
 * Allocates @count pages. The caller's @space has the struct, and after it the
 * grefs.
 */
static struct ioctl_gntalloc_alloc_gref *alloc(void *space, uint32_t count)
{
	struct ioctl_gntalloc_alloc_gref *arg = space;

	memset(arg, 0, offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids));
	arg->flags = GNTALLOC_FLAG_WRITABLE;
	arg->count = count;
	expect(!ioctl(file, IOCTL_GNTALLOC_ALLOC_GREF, arg));
	return arg;
}

static void alloc2011(void)
{
	static uint32_t space[4 + 100 + 1];
	struct ioctl_gntalloc_alloc_gref *arg;
	const uint32_t *grefs;
	char *address;
	int i;

	space[4 + 100] = 0xabcdef;
	alloc(space, 3);
	arg = alloc(space, 100);
	expect(arg->index == 3 * PAGE);
	grefs = arg->gref_ids;
	expect(grefs == space + 4);
	for (i = 0; i < 100; i++)
		expect(grefs[i] >= 8 && (!i || grefs[i] != grefs[i - 1]));
	expect(space[4 + 100] == 0xabcdef);
	expect(device_counter("entries") == 103);

	address = mmap(NULL, 103 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       file, 0);
	expect(address != MAP_FAILED);
	expect(memory_is(address, 0, 103 * PAGE));
	memset(address, 0x11, 103 * PAGE);
	arg->flags = 2;
	expect(ioctl(file, IOCTL_GNTALLOC_ALLOC_GREF, arg) && errno == EINVAL);
}

static void dealloc2011(void)
{
	uint32_t space[4 + 8];
	struct ioctl_gntalloc_dealloc_gref gone = { .index = 2 * PAGE };

	alloc(space, 8);
	gone.count = 7;
	expect(ioctl(file, IOCTL_GNTALLOC_DEALLOC_GREF, &gone) &&
	       errno == EINVAL);
	gone.count = 6;
	expect(!ioctl(file, IOCTL_GNTALLOC_DEALLOC_GREF, &gone));
	expect(device_counter("entries") == 2);
}

static void notify2011(void)
{
	uint32_t space[4 + 1];
	struct ioctl_gntalloc_unmap_notify op = {
		.index = 100,
		.action = UNMAP_NOTIFY_CLEAR_BYTE,
	};

	alloc(space, 1);
	expect(!ioctl(file, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &op));
	op.action = 4;
	expect(ioctl(file, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &op) &&
	       errno == EINVAL);
	op.index = PAGE;
	expect(ioctl(file, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &op) &&
	       errno == ENOENT);
}

/* Passes structs that end where the mapped memory ends. */
static void at_a_cliff(void)
{
	struct ioctl_gntalloc_dealloc_gref *gone;
	char *end = cliff();

	alloc(end - ALLOC_SIZE, 1);
	gone = (void *)(end - DEALLOC_SIZE);
	gone->index = 0;
	gone->count = 1;
	expect(!ioctl(file, IOCTL_GNTALLOC_DEALLOC_GREF, gone));
	expect(device_counter("entries") == 0);
}

static void leave(void)
{
	static uint32_t space[4 + 100];

	alloc(space, 100);
	expect(device_counter("entries") == 100);
}

/* The native level has one layout, and one set of numbers, for all programs. */
static void native(void)
{
	struct gntalloc_native_create made = { .pages = 4 };
	struct gntalloc_native_info info;
	struct gntalloc_native_grant grant = { .pages = 4 };
	struct gntalloc_native_revoke revoked = { .pages = 4 };
	struct gntalloc_native_destroy gone = { 0 };
	struct gntalloc_native_wait look = { 0 };
	struct gntalloc_native_restrict less = {
		.flags = GNTALLOC_RESTRICT_DOMIDS,
	};
	struct gntalloc_native_share shared = { .pages = 3 };
	struct gntalloc_native_event event;
	uint16_t domids[2] = { 0, 5 };
	uint32_t grefs[5] = { [4] = 0xabcdef };
	char *address;
	int i;

	expect(!ioctl(file, GNTALLOC_NATIVE_CREATE, &made));
	expect(made.offset == 0 && made.id == 1);
	grant.grefs = (uintptr_t)grefs;
	expect(!ioctl(file, GNTALLOC_NATIVE_GRANT, &grant));
	expect(grant.first_gref == grefs[0] && grefs[4] == 0xabcdef);
	for (i = 0; i < 4; i++)
		expect(grefs[i] >= 8 && (!i || grefs[i] != grefs[i - 1]));
	address = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       file, 0);
	expect(address != MAP_FAILED && memory_is(address, 0, 4 * PAGE));
	expect(!ioctl(file, GNTALLOC_NATIVE_INFO, &info));
	expect(info.pages == 4 && info.entries == 4 && info.headroom == 128);

	less.domids = (uintptr_t)domids;
	less.count = 2;
	expect(!ioctl(file, GNTALLOC_NATIVE_RESTRICT, &less));
	grant.domid = 6;
	expect(ioctl(file, GNTALLOC_NATIVE_GRANT, &grant) && errno == EPERM);
	grant.domid = 5;
	expect(!ioctl(file, GNTALLOC_NATIVE_GRANT, &grant));
	expect(!ioctl(file, GNTALLOC_NATIVE_REVOKE, &revoked));
	expect(revoked.held == 0 && device_counter("entries") == 4);

	gone.id = made.id;
	gone.flags = GNTALLOC_DESTROY_EVENT;
	expect(!ioctl(file, GNTALLOC_NATIVE_DESTROY, &gone));
	look.id = made.id;
	look.flags = GNTALLOC_WAIT_GONE;
	look.timeout = 1000000;
	expect(ioctl(file, GNTALLOC_NATIVE_WAIT, &look) && errno == ETIMEDOUT);
	expect(look.state == GNTALLOC_STATE_LIVE);
	munmap(address, 4 * PAGE);
	look.timeout = -1;
	expect(!ioctl(file, GNTALLOC_NATIVE_WAIT, &look));
	expect(look.state == GNTALLOC_STATE_GONE);
	expect(read(file, &event, sizeof(event)) == sizeof(event));
	expect(event.type == GNTALLOC_EVENT_GONE && event.id == made.id);

	grefs[0] = 0;
	grefs[3] = 0xabcdef;
	shared.grefs = (uintptr_t)grefs;
	expect(!ioctl(file, GNTALLOC_NATIVE_SHARE, &shared));
	expect(shared.id == made.id + 1 && shared.first_gref >= 8);
	expect(grefs[0] == shared.first_gref && grefs[3] == 0xabcdef);
	expect(device_counter("entries") == 3);
}

static void native_export(void)
{
	struct gntalloc_native_create made = { .pages = 3 };
	struct gntalloc_native_export op = {
		.offset = PAGE, .pages = 2, .flags = GNTALLOC_EXPORT_WRITABLE,
	};
	char *whole, *part;

	_Static_assert(sizeof(op) == 24, "gntalloc_native_export");
	expect(!ioctl(file, GNTALLOC_NATIVE_CREATE, &made));
	expect(!ioctl(file, GNTALLOC_NATIVE_EXPORT, &op));
	whole = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file,
		     0);
	part = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, op.fd,
		    0);
	expect(whole != MAP_FAILED && part != MAP_FAILED);
	part[PAGE] = 3;
	expect(whole[2 * PAGE] == 3);
	/* And back: this dma-buf is the driver's own. */
	made = (struct gntalloc_native_create) {
		.pages = 1, .flags = GNTALLOC_CREATE_DMABUF, .fd = op.fd,
	};
	expect(ioctl(file, GNTALLOC_NATIVE_CREATE, &made) && errno == ENXIO);
	made.fd = file;
	expect(ioctl(file, GNTALLOC_NATIVE_CREATE, &made) &&
	       errno == EMEDIUMTYPE);
}

/* The member for the address has 64 bits in these programs, too. */
static void native_memory(void)
{
	static char memory[3 * PAGE] __attribute__((aligned(4096)));
	struct gntalloc_native_create made = {
		.pages = 3,
		.flags = GNTALLOC_CREATE_MEMORY,
		.address = (uintptr_t)memory,
	};
	struct gntalloc_native_grant grant = { .pages = 3 };

	_Static_assert(sizeof(made) == 40, "gntalloc_native_create");
	expect(!ioctl(file, GNTALLOC_NATIVE_CREATE, &made));
	expect(made.offset == 0 && made.id == 1);
	expect(device_counter("pages") == 3);
	expect(!ioctl(file, GNTALLOC_NATIVE_GRANT, &grant));
	expect(grant.first_gref >= 8 && device_counter("entries") == 3);
	grant.flags = GNTALLOC_GRANT_WRITABLE;
	expect(ioctl(file, GNTALLOC_NATIVE_GRANT, &grant) && errno == EACCES);
	expect(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0) == MAP_FAILED &&
	       errno == ENODEV);
	made.flags |= GNTALLOC_CREATE_WRITABLE;
	expect(!ioctl(file, GNTALLOC_NATIVE_CREATE, &made));
	expect(made.offset == 3 * PAGE && made.id == 2);

	/* There is nothing above the addresses of such a program. */
	made.address += 1ULL << 32;
	expect(ioctl(file, GNTALLOC_NATIVE_CREATE, &made) && errno == EFAULT);
	expect(device_counter("pages") == 6);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {
		{ "alloc2010", alloc2010 },
		{ "dealloc2010", dealloc2010 },
		{ "alloc2011", alloc2011 },
		{ "dealloc2011", dealloc2011 },
		{ "notify2011", notify2011 },
		{ "cliff", at_a_cliff },
		{ "leave", leave },
		{ "native", native },
		{ "native_memory", native_memory },
		{ "native_export", native_export },
	};
	size_t i;

	file = device_open();
	expect(file >= 0);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (argc == 2 && !strcmp(cases[i].name, argv[1])) {
			cases[i].run();
			return 0;
		}
	}
	printf("compat32: no such case\n");
	return 2;
}
