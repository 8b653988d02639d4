// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level: what is refused, and with which error. A call that fails
 * leaves everything as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "fixture.h"
#include "native.h"
#include "suite.h"

#define NS_MS	1000000LL

/* An open file with a region of 4 pages at offset 0. */
static int with_region(uint64_t *id)
{
	int file = (int)must(device_open());

	must(native_create_at(file, 0, 4, id));
	return file;
}

START_TEST(a_call_of_an_unknown_number_is_enotty)
{
	int file = (int)must(device_open());
	char arg[64] = { 0 };
	unsigned int last = _IOC_NR(native_number[native_numbers - 1].request);

	fails(native_call(file, _IOC(_IOC_READ | _IOC_WRITE, 'G', last + 1,
				     16), arg), ENOTTY);
	fails(native_call(file, _IOC(_IOC_READ | _IOC_WRITE, 'G', 0x3f, 16),
			  arg), ENOTTY);
	fails(native_call(file, _IOC(_IOC_READ | _IOC_WRITE, 'H', 0x40, 16),
			  arg), ENOTTY);
	fails(native_call(file, _IOC(_IOC_WRITE, 'G', 0x41, 24), arg),
	      ENOTTY);
	fails(native_call(file, _IOC(_IOC_NONE, 'G', 0x41, 24), arg), ENOTTY);
}
END_TEST

START_TEST(a_struct_that_is_too_short_is_einval)
{
	int file = (int)must(device_open());
	char arg[64] = { 0 };
	unsigned int i;

	for (i = 1; i < native_numbers; i++) {
		unsigned long request = native_number[i].request;

		fails(native_call(file, RESIZED(request,
						native_number[i].size - 4),
				  arg), EINVAL);
		fails(native_call(file, RESIZED(request, 0), arg), EINVAL);
	}
}
END_TEST

/* Makes the call with a struct that is longer than the driver's, with zeros. */
#define call_longer(file, request, call)				\
({									\
	struct {							\
		typeof(call) op;					\
		char more[40];						\
	} longer = { .op = (call) };					\
									\
	must(native_call(file, RESIZED(request, sizeof(longer)),	\
			 &longer));					\
	ck_assert(memory_is(longer.more, 0, sizeof(longer.more)));	\
	longer.op;							\
})

START_TEST(a_longer_struct_with_zeros_behind_is_taken)
{
	struct gntalloc_native_create create = { .pages = 3 };
	struct gntalloc_native_grant grant = { .pages = 3, .domid = NOBODY };
	struct gntalloc_native_revoke revoke = { .pages = 3, .domid = NOBODY };
	struct gntalloc_native_wait wait = { .id = 1 };
	struct gntalloc_native_destroy destroy = { .id = 1 };
	struct gntalloc_native_share share = { .pages = 2, .domid = NOBODY };
	struct gntalloc_native_export export = { .pages = 2 };
	struct gntalloc_native_restrict restrict_to = {
		.flags = GNTALLOC_RESTRICT_NO_CREATE,
	};
	int file = (int)must(device_open());

	create = call_longer(file, GNTALLOC_NATIVE_CREATE, create);
	ck_assert_uint_eq(create.id, 1);
	ck_assert_int_eq(device_counter("pages"), 3);
	grant = call_longer(file, GNTALLOC_NATIVE_GRANT, grant);
	ck_assert_uint_gt(grant.first_gref, 0);
	ck_assert_int_eq(device_counter("entries"), 3);
	revoke = call_longer(file, GNTALLOC_NATIVE_REVOKE, revoke);
	ck_assert_uint_eq(revoke.held, 0);
	ck_assert_int_eq(device_counter("entries"), 0);
	wait = call_longer(file, GNTALLOC_NATIVE_WAIT, wait);
	ck_assert_uint_eq(wait.state, GNTALLOC_STATE_LIVE);
	call_longer(file, GNTALLOC_NATIVE_DESTROY, destroy);
	ck_assert_int_eq(device_counter("pages"), 0);
	share = call_longer(file, GNTALLOC_NATIVE_SHARE, share);
	ck_assert_uint_eq(share.id, 2);
	ck_assert_int_eq(device_counter("entries"), 2);
	export.offset = share.offset;
	export = call_longer(file, GNTALLOC_NATIVE_EXPORT, export);
	must(close(export.fd));
	call_longer(file, GNTALLOC_NATIVE_RESTRICT, restrict_to);
	fails(native_create(file, 1, NULL, NULL), EPERM);
}
END_TEST

START_TEST(a_longer_struct_with_anything_behind_is_e2big)
{
	int file = (int)must(device_open());
	char arg[128] = { 0 };
	unsigned int i;

	for (i = 1; i < native_numbers; i++) {
		unsigned long request = native_number[i].request;
		size_t size = _IOC_SIZE(request) + 24;

		arg[size - 1] = 1;
		fails(native_call(file, RESIZED(request, size), arg), E2BIG);
		arg[size - 1] = 0;
	}
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

START_TEST(an_info_call_of_any_size_is_answered_as_far_as_it_goes)
{
	struct {
		struct gntalloc_native_info op;
		unsigned char more[16];
	} arg;
	int file = (int)must(device_open());
	struct gntalloc_native_info all;

	must(native_info(file, &all));
	memset(&arg, 0xff, sizeof(arg));
	must(native_call(file, RESIZED(GNTALLOC_NATIVE_INFO, 20), &arg));
	ck_assert_uint_ge(all.generation, 1);
	ck_assert_uint_eq(arg.op.generation, all.generation);
	ck_assert_uint_eq(arg.op.limit, device_limit());
	ck_assert_uint_eq(arg.op.quota, 0xffffffff);
	must(native_call(file, RESIZED(GNTALLOC_NATIVE_INFO, sizeof(arg)),
			 &arg));
	ck_assert_uint_eq(arg.op.quota, 0);
	ck_assert_uint_eq(arg.op.headroom, 128);
	ck_assert(memory_is(arg.more, 0, sizeof(arg.more)));
}
END_TEST

START_TEST(structs_that_cannot_be_read_or_written_are_efault)
{
	int file = (int)must(device_open());
	unsigned int i;

	for (i = 0; i < native_numbers; i++) {
		unsigned long request = native_number[i].request;

		fails(native_call(file, request, NULL), EFAULT);
		fails(native_call(file, request, cliff() - 8), EFAULT);
		fails(native_call(file, request, (void *)-4096L), EFAULT);
	}
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

START_TEST(a_create_whose_answer_cannot_be_written_is_undone)
{
	struct gntalloc_native_create *op;
	int file = (int)must(device_open());
	uint64_t offset;

	op = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	op->pages = 5;
	mprotect(op, PAGE, PROT_READ);
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, op), EFAULT);
	ck_assert_int_eq(device_counter("pages"), 0);
	must(native_create(file, 1, &offset, NULL));
	ck_assert_uint_eq(offset, 0);
}
END_TEST

START_TEST(a_create_that_is_undone_frees_no_other_offset)
{
	struct gntalloc_native_create *op;
	int file = (int)must(device_open());
	uint64_t offset, id;

	must(native_create(file, 10, &offset, &id));
	must(native_destroy(file, id));
	op = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	op->flags = GNTALLOC_CREATE_FIXED;
	op->offset = 5 * PAGE;
	op->pages = 5;
	mprotect(op, PAGE, PROT_READ);
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, op), EFAULT);
	must(native_create(file, 1, &offset, NULL));
	ck_assert_uint_eq(offset, 10 * PAGE);
}
END_TEST

START_TEST(a_create_that_is_wrong_is_einval)
{
	struct gntalloc_native_create op = { .pages = 1 };
	int file = (int)must(device_open());

	op.flags = 16;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	op.flags = 0x80000000;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	fails(native_create(file, 0, NULL, NULL), EINVAL);
	fails(native_create_at(file, PAGE, 0, NULL), EINVAL);
	fails(native_create_at(file, 1, 1, NULL), EINVAL);
	fails(native_create_at(file, PAGE + 8, 1, NULL), EINVAL);
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

START_TEST(an_export_that_is_wrong_is_einval)
{
	struct gntalloc_native_export op = { .pages = 2, .flags = 2 };
	int file = with_region(NULL);

	fails(native_call(file, GNTALLOC_NATIVE_EXPORT, &op), EINVAL);
	op.flags = 0x80000000 | GNTALLOC_EXPORT_WRITABLE;
	fails(native_call(file, GNTALLOC_NATIVE_EXPORT, &op), EINVAL);
	op.flags = 0;
	op.reserved = 1;
	fails(native_call(file, GNTALLOC_NATIVE_EXPORT, &op), EINVAL);
	op.reserved = 0;
	op.pages = 0;
	fails(native_call(file, GNTALLOC_NATIVE_EXPORT, &op), EINVAL);
	op.pages = 1;
	op.offset = 8;
	fails(native_call(file, GNTALLOC_NATIVE_EXPORT, &op), EINVAL);
	op.offset = 0;
	must(native_call(file, GNTALLOC_NATIVE_EXPORT, &op));
	must(close(op.fd));
}
END_TEST

static void *some_memory(size_t pages)
{
	void *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	return memory;
}

START_TEST(a_create_of_memory_that_is_wrong_is_einval)
{
	char *memory = some_memory(2);
	struct gntalloc_native_create op = {
		.pages = 1,
		.flags = GNTALLOC_CREATE_MEMORY | 16,
		.address = (uintptr_t)memory,
	};
	int file = (int)must(device_open());

	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	/* Without the flag there is neither an address nor another flag. */
	op.flags = 0;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	op.flags = GNTALLOC_CREATE_FIXED;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	op.flags = GNTALLOC_CREATE_WRITABLE;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	op.address = 0;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	op.flags = GNTALLOC_CREATE_WRITABLE | GNTALLOC_CREATE_FIXED;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);

	/* A dma-buf has a descriptor, and memory has none. */
	op.flags = GNTALLOC_CREATE_MEMORY | GNTALLOC_CREATE_DMABUF;
	op.address = (uintptr_t)memory;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	op.flags = GNTALLOC_CREATE_MEMORY;
	op.fd = file;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	op.fd = -1;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	op.flags = 0;
	op.address = 0;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	op.fd = 0;
	op.reserved = 1;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	op.reserved = 0;
	fails(native_create_dmabuf(file, file, 1, 1, 0, NULL, NULL), EINVAL);
	fails(native_create_dmabuf(file, file, 0, 0, 0, NULL, NULL), EINVAL);

	fails(native_create_memory(file, memory, 0, 0, NULL, NULL), EINVAL);
	fails(native_create_memory(file, memory + 1, 1, 0, NULL, NULL),
	      EINVAL);
	fails(native_create_memory(file, memory + PAGE - 8, 1,
				   GNTALLOC_CREATE_WRITABLE, NULL, NULL),
	      EINVAL);
	op.flags = GNTALLOC_CREATE_MEMORY | GNTALLOC_CREATE_FIXED;
	op.address = (uintptr_t)memory;
	op.offset = PAGE + 8;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EINVAL);
	ck_assert_int_eq(device_counter("pages"), 0);
	op.offset = PAGE;
	must(native_call(file, GNTALLOC_NATIVE_CREATE, &op));
	ck_assert_uint_eq(op.offset, PAGE);
}
END_TEST

/* In its first version, the struct has ended before the member address. */
START_TEST(a_create_with_the_struct_of_its_first_version_is_taken)
{
	struct gntalloc_native_create op = { .pages = 3, .address = ~0ULL };
	int file = (int)must(device_open());

	fails(native_call(file, RESIZED(GNTALLOC_NATIVE_CREATE, 23), &op),
	      EINVAL);
	must(native_call(file, RESIZED(GNTALLOC_NATIVE_CREATE, 24), &op));
	ck_assert_uint_eq(op.id, 1);
	ck_assert_uint_eq(op.address, ~0ULL);
	ck_assert_int_eq(device_counter("pages"), 3);

	/* The flag is known, but what it needs is not there: nothing is at 0. */
	op.flags = GNTALLOC_CREATE_MEMORY;
	fails(native_call(file, RESIZED(GNTALLOC_NATIVE_CREATE, 24), &op),
	      EFAULT);
	/* A part of the address is not 0, and is not ignored. */
	op.flags = 0;
	fails(native_call(file, RESIZED(GNTALLOC_NATIVE_CREATE, 25), &op),
	      EINVAL);
	ck_assert_int_eq(device_counter("pages"), 3);
}
END_TEST

/* The same bounds and errors hold as for pages that the driver allocates. */
START_TEST(a_create_of_memory_fails_like_any_other)
{
	char *memory = some_memory(4);
	struct gntalloc_native_create op = {
		.offset = 2 * PAGE,
		.pages = 4,
		.flags = GNTALLOC_CREATE_MEMORY | GNTALLOC_CREATE_FIXED,
		.address = (uintptr_t)memory,
	}, *answer = some_memory(1);
	int file = with_region(NULL);
	uint64_t offset;

	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EEXIST);
	op.offset = -PAGE;
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EOVERFLOW);
	op.flags = GNTALLOC_CREATE_MEMORY;
	*answer = op;
	mprotect(answer, PAGE, PROT_READ);
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, answer), EFAULT);
	must(device_set_limit(7));
	fails(native_create_memory(file, memory, 4, 0, NULL, NULL), EDQUOT);
	ck_assert_int_eq(device_counter("pages"), 4);
	must(native_create_memory(file, memory, 3, 0, &offset, NULL));
	ck_assert_uint_eq(offset, 4 * PAGE);
	must(native_restrict(file, GNTALLOC_RESTRICT_NO_CREATE, 0, NULL, 0));
	fails(native_create_memory(file, memory, 1, 0, NULL, NULL), EPERM);
}
END_TEST

START_TEST(a_create_over_another_region_is_eexist)
{
	int file = (int)must(device_open());

	must(native_create_at(file, 10 * PAGE, 4, NULL));
	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));	/* at 0 and 1 */
	fails(native_create_at(file, 10 * PAGE, 4, NULL), EEXIST);
	fails(native_create_at(file, 13 * PAGE, 1, NULL), EEXIST);
	fails(native_create_at(file, 7 * PAGE, 4, NULL), EEXIST);
	fails(native_create_at(file, 9 * PAGE, 9, NULL), EEXIST);
	fails(native_create_at(file, PAGE, 1, NULL), EEXIST);
	ck_assert_int_eq(device_counter("pages"), 6);
	must(native_create_at(file, 6 * PAGE, 4, NULL));
	must(native_create_at(file, 14 * PAGE, 4, NULL));
}
END_TEST

START_TEST(a_create_beyond_all_offsets_is_eoverflow)
{
	int file = (int)must(device_open());
	const uint64_t last = -PAGE;

	fails(native_create_at(file, last, 2, NULL), EOVERFLOW);
	fails(native_create_at(file, last - PAGE, 3, NULL), EOVERFLOW);
	must(native_create_at(file, last, 1, NULL));
	must(native_create_at(file, last - 2 * PAGE, 2, NULL));
}
END_TEST

START_TEST(a_create_of_more_memory_than_there_is_is_enomem)
{
	int file = (int)must(device_open());

	must(device_set_limit(0x7fffffff));
	fails(native_create(file, 0x7fffffff, NULL, NULL), ENOMEM);
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

START_TEST(a_create_over_the_limit_is_edquot)
{
	int file = (int)must(device_open());
	uint64_t offset;

	must(device_set_limit(10));
	must(native_create(file, 7, NULL, NULL));
	fails(native_create(file, 4, NULL, NULL), EDQUOT);
	fails(native_create(file, 0xffffffff, NULL, NULL), EDQUOT);
	must(native_create(file, 3, &offset, NULL));
	ck_assert_uint_eq(offset, 7 * PAGE);
	fails(native_create(file, 1, NULL, NULL), EDQUOT);
	/* Levels 2010 and 2011 do not have this error. */
	fails(device_alloc(file, NOBODY, 0, 1, NULL, NULL), ENOSPC);
	fails(device_alloc_2010(file, NOBODY, 0, NULL, NULL), ENOSPC);
}
END_TEST

START_TEST(a_grant_that_is_wrong_is_einval)
{
	struct gntalloc_native_grant op = { .pages = 1, .domid = NOBODY };
	int file = with_region(NULL);

	op.flags = 4;
	fails(native_call(file, GNTALLOC_NATIVE_GRANT, &op), EINVAL);
	op.flags = 0x80000000;
	fails(native_call(file, GNTALLOC_NATIVE_GRANT, &op), EINVAL);
	fails(native_grant(file, 0, 0, NOBODY, 0, NULL), EINVAL);
	fails(native_grant(file, 12, 1, NOBODY, 0, NULL), EINVAL);
	fails(native_grant(file, 0, 1, 0x7ff0, 0, NULL), EINVAL);
	fails(native_grant(file, 0, 1, 0xffff, 0, NULL), EINVAL);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(a_grant_of_pages_that_are_not_there_is_enoent)
{
	int file = with_region(NULL);

	must(native_create_at(file, 4 * PAGE, 4, NULL));
	fails(native_grant(file, 100 * PAGE, 1, NOBODY, 0, NULL), ENOENT);
	fails(native_grant(file, -PAGE, 2, NOBODY, 0, NULL), ENOENT);
	/* Two regions side by side are not one region. */
	fails(native_grant(file, 2 * PAGE, 4, NOBODY, 0, NULL), ENOENT);
	fails(native_grant(file, 0, 0xffffffff, NOBODY, 0, NULL), ENOENT);
	must(device_dealloc(file, PAGE, 1));
	fails(native_grant(file, 0, 2, NOBODY, 0, NULL), ENOENT);
	must(native_grant(file, 2 * PAGE, 2, NOBODY, 0, NULL));
	ck_assert_int_eq(device_counter("entries"), 2);
}
END_TEST

START_TEST(a_grant_over_the_limit_is_edquot)
{
	int file = with_region(NULL);

	must(device_set_limit(10));
	must(native_grant(file, 0, 4, NOBODY, 0, NULL));
	must(native_grant(file, 0, 4, NOBODY, 0, NULL));
	fails(native_grant(file, 0, 3, NOBODY, 0, NULL), EDQUOT);
	must(native_grant(file, 0, 2, NOBODY, 0, NULL));
	ck_assert_int_eq(device_counter("entries"), 10);
	ck_assert_int_eq(device_counter("pages"), 4);
}
END_TEST

START_TEST(a_grant_whose_grefs_cannot_be_written_is_undone)
{
	uint32_t *grefs = (uint32_t *)(cliff() - 3 * sizeof(uint32_t));
	struct gntalloc_native_grant *op;
	int file = with_region(NULL);

	fails(native_grant(file, 0, 4, NOBODY, 0, grefs), EFAULT);
	fails(native_grant(file, 0, 4, NOBODY, 0, (void *)-64L), EFAULT);
	ck_assert_int_eq(device_counter("entries"), 0);
	op = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	op->pages = 4;
	mprotect(op, PAGE, PROT_READ);
	fails(native_call(file, GNTALLOC_NATIVE_GRANT, op), EFAULT);
	ck_assert_int_eq(device_counter("entries"), 0);
	fails(native_revoke(file, 0, 4, NOBODY), ENOENT);
	must(native_grant(file, 0, 3, NOBODY, 0, grefs));
}
END_TEST

START_TEST(a_revoke_that_is_wrong_is_einval)
{
	struct gntalloc_native_revoke op = { .pages = 4, .domid = NOBODY };
	int file = with_region(NULL);

	must(native_grant(file, 0, 4, NOBODY, 0, NULL));
	op.flags = 1;
	fails(native_call(file, GNTALLOC_NATIVE_REVOKE, &op), EINVAL);
	op.flags = 0;
	op.reserved = 1;
	fails(native_call(file, GNTALLOC_NATIVE_REVOKE, &op), EINVAL);
	fails(native_revoke(file, 0, 0, NOBODY), EINVAL);
	fails(native_revoke(file, 4, 1, NOBODY), EINVAL);
	ck_assert_int_eq(device_counter("entries"), 4);
}
END_TEST

START_TEST(a_revoke_of_what_is_not_granted_is_enoent)
{
	int file = with_region(NULL);

	must(native_grant(file, 0, 2, NOBODY, 0, NULL));
	fails(native_revoke(file, 0, 4, 0x7000), ENOENT);
	fails(native_revoke(file, 2 * PAGE, 2, NOBODY), ENOENT);
	fails(native_revoke(file, 0, 5, NOBODY), ENOENT);
	fails(native_revoke(file, 100 * PAGE, 1, NOBODY), ENOENT);
	ck_assert_int_eq(device_counter("entries"), 2);
	ck_assert_int_eq(must(native_revoke(file, 0, 4, NOBODY)), 0);
	fails(native_revoke(file, 0, 4, NOBODY), ENOENT);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(a_revoke_that_fails_leaves_held_as_it_was)
{
	struct gntalloc_native_revoke op = {
		.pages = 4, .domid = NOBODY, .held = 4711,
	};
	int file = with_region(NULL);

	/*
	 * Revokes what is not granted, what does not exist, and what is wrong.
	 */
	fails(native_call(file, GNTALLOC_NATIVE_REVOKE, &op), ENOENT);
	ck_assert_uint_eq(op.held, 4711);
	op.offset = 100 * PAGE;
	fails(native_call(file, GNTALLOC_NATIVE_REVOKE, &op), ENOENT);
	ck_assert_uint_eq(op.held, 4711);
	op.offset = 12;
	fails(native_call(file, GNTALLOC_NATIVE_REVOKE, &op), EINVAL);
	ck_assert_uint_eq(op.held, 4711);
	op.offset = 0;
	must(native_grant(file, 0, 4, NOBODY, 0, NULL));
	must(native_call(file, GNTALLOC_NATIVE_REVOKE, &op));
	ck_assert_uint_eq(op.held, 0);
}
END_TEST

START_TEST(a_revoke_whose_answer_cannot_be_written_revokes_nothing)
{
	struct gntalloc_native_revoke *op;
	int file = with_region(NULL);

	must(native_grant(file, 0, 4, NOBODY, 0, NULL));
	op = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	op->pages = 4;
	op->domid = NOBODY;
	mprotect(op, PAGE, PROT_READ);
	fails(native_call(file, GNTALLOC_NATIVE_REVOKE, op), EFAULT);
	ck_assert_int_eq(device_counter("entries"), 4);
}
END_TEST

START_TEST(a_destroy_that_is_wrong_is_einval)
{
	struct gntalloc_native_destroy op = { 0 };
	uint64_t id;
	int file = with_region(&id);

	op.id = id;
	op.flags = 4;
	fails(native_call(file, GNTALLOC_NATIVE_DESTROY, &op), EINVAL);
	op.flags = GNTALLOC_DESTROY_EVENT;
	op.eventfd = 3;
	fails(native_call(file, GNTALLOC_NATIVE_DESTROY, &op), EINVAL);
	/* This is a descriptor, but not one of an eventfd. */
	fails(native_destroy_eventfd(file, id, file), EINVAL);
	ck_assert_int_eq(native_state(file, id), GNTALLOC_STATE_LIVE);
	ck_assert_int_eq(device_counter("pages"), 4);
}
END_TEST

START_TEST(a_destroy_with_a_descriptor_that_is_not_open_is_ebadf)
{
	uint64_t id;
	int file = with_region(&id);

	fails(native_destroy_eventfd(file, id, 999), EBADF);
	fails(native_destroy_eventfd(file, id, -1), EBADF);
	ck_assert_int_eq(device_counter("pages"), 4);
}
END_TEST

START_TEST(a_destroy_of_what_is_not_there_is_enoent)
{
	uint64_t id;
	int file = with_region(&id);
	int other = (int)must(device_open());
	int tells = eventfd(0, EFD_NONBLOCK);
	uint64_t count;

	fails(native_destroy(file, id + 1), ENOENT);
	fails(native_destroy(file, 0), ENOENT);
	fails(native_destroy_event(file, id + 1), ENOENT);
	fails(native_destroy_eventfd(file, id + 1, tells), ENOENT);
	fails(native_destroy(other, id), ENOENT);
	must(native_destroy(file, id));
	fails(native_destroy(file, id), ENOENT);
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(native_polls(file, 0), 0);
	ck_assert_int_eq(read(tells, &count, sizeof(count)), -1);
}
END_TEST

START_TEST(a_wait_that_is_wrong_is_einval)
{
	struct gntalloc_native_wait op = { 0 };
	uint64_t id;
	int file = with_region(&id);

	op.id = id;
	op.flags = 8;
	fails(native_call(file, GNTALLOC_NATIVE_WAIT, &op), EINVAL);
	op.flags = GNTALLOC_WAIT_RELEASED;
	op.domid = 1;
	fails(native_call(file, GNTALLOC_NATIVE_WAIT, &op), EINVAL);
	op.domid = 0;
	op.reserved = 1;
	fails(native_call(file, GNTALLOC_NATIVE_WAIT, &op), EINVAL);
}
END_TEST

START_TEST(a_wait_for_an_id_that_was_never_given_is_enoent)
{
	uint64_t id;
	int file = with_region(&id);
	int other = (int)must(device_open());

	fails(native_state(file, 0), ENOENT);
	fails(native_state(file, id + 1), ENOENT);
	fails(native_state(other, id), ENOENT);
	fails(native_wait(file, id + 1, GNTALLOC_WAIT_GONE, -1, -1, NULL,
			  NULL), ENOENT);
}
END_TEST

START_TEST(a_wait_in_vain_is_etimedout_and_still_answers)
{
	uint64_t id;
	int file = with_region(&id);
	uint32_t state = 0, held = 99;
	int64_t start = now_us();

	fails(native_wait(file, id, GNTALLOC_WAIT_GONE, -1, 30 * NS_MS, &state,
			  &held), ETIMEDOUT);
	ck_assert_int_ge(now_us() - start, 30000);
	ck_assert_uint_eq(state, GNTALLOC_STATE_LIVE);
	ck_assert_uint_eq(held, 0);
	fails(native_wait(file, id, GNTALLOC_WAIT_GONE, -1, 0, NULL, NULL),
	      ETIMEDOUT);
}
END_TEST

static void nothing(int signal)
{
	(void)signal;
}

/*
 * Signals come again and again, as the first may come before the call has
 * begun.
 */
static void alarms(int flags)
{
	struct sigaction action = { .sa_handler = nothing, .sa_flags = flags };

	sigaction(SIGALRM, &action, NULL);
	ualarm(20000, 20000);
}

static void a_signal_ends_a_wait(int flags)
{
	struct gntalloc_native_wait op = {
		.timeout = 10000 * NS_MS,
		.flags = GNTALLOC_WAIT_GONE,
	};
	uint64_t id;
	int file = with_region(&id);

	alarms(flags);
	fails(native_wait(file, id, GNTALLOC_WAIT_GONE, -1, -1, NULL, NULL),
	      EINTR);
	/* A wait with a time-out tells how much of it is left. */
	op.id = id;
	fails(native_call(file, GNTALLOC_NATIVE_WAIT, &op), EINTR);
	ualarm(0, 0);
	ck_assert_int_gt(op.timeout, 0);
	ck_assert_int_lt(op.timeout, 10000 * NS_MS);
	ck_assert_int_eq(native_state(file, id), GNTALLOC_STATE_LIVE);
}

START_TEST(a_wait_ends_by_a_signal_with_eintr)
{
	a_signal_ends_a_wait(0);
}
END_TEST

START_TEST(a_wait_ends_by_a_signal_with_sa_restart_too)
{
	a_signal_ends_a_wait(SA_RESTART);
}
END_TEST

START_TEST(a_read_ends_by_a_signal_with_eintr)
{
	struct gntalloc_native_event event;
	int file = with_region(NULL);

	alarms(0);
	ck_assert_int_eq(read(file, &event, sizeof(event)), -1);
	ck_assert_int_eq(errno, EINTR);
	ualarm(0, 0);
}
END_TEST

START_TEST(a_read_goes_on_after_a_signal_with_sa_restart)
{
	struct gntalloc_native_event event;
	uint64_t id;
	int status, file = with_region(&id);
	pid_t pid = fork();

	if (!pid) {
		sleep_ms(300);
		_exit(native_destroy_event(file, id) ? 1 : 0);
	}
	alarms(SA_RESTART);
	ck_assert_int_eq(read(file, &event, sizeof(event)), sizeof(event));
	ualarm(0, 0);
	ck_assert_uint_eq(event.id, id);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_restriction_that_is_wrong_is_einval)
{
	struct gntalloc_native_restrict op = { .flags = 16 };
	static const uint16_t reserved[] = { 1, 0x7ff0 };
	int file = (int)must(device_open());

	fails(native_call(file, GNTALLOC_NATIVE_RESTRICT, &op), EINVAL);
	op.flags |= GNTALLOC_RESTRICT_NO_CREATE;
	fails(native_call(file, GNTALLOC_NATIVE_RESTRICT, &op), EINVAL);
	/* To keep a right without giving up any is not a restriction. */
	op.flags = GNTALLOC_RESTRICT_KEEP_SEND_EVENT;
	fails(native_call(file, GNTALLOC_NATIVE_RESTRICT, &op), EINVAL);
	op.flags = GNTALLOC_RESTRICT_NO_CREATE;
	op.reserved = 1;
	fails(native_call(file, GNTALLOC_NATIVE_RESTRICT, &op), EINVAL);
	fails(native_restrict(file, 0, 0, NULL, 0), EINVAL);
	fails(native_restrict(file, GNTALLOC_RESTRICT_NO_CREATE, 1, NULL, 0),
	      EINVAL);
	fails(native_restrict(file, GNTALLOC_RESTRICT_NO_CREATE, 0, reserved,
			      1), EINVAL);
	fails(native_restrict(file, GNTALLOC_RESTRICT_NO_CREATE |
			      GNTALLOC_RESTRICT_DOMIDS, 0, reserved, 2),
	      EINVAL);
	/* The file can do the same as before. */
	must(native_create(file, 1, NULL, NULL));
	must(native_grant(file, 0, 1, 77, 0, NULL));
}
END_TEST

START_TEST(a_restriction_to_too_many_domains_is_e2big)
{
	uint16_t domids[17] = { 0 };
	int file = (int)must(device_open());

	fails(native_restrict(file, GNTALLOC_RESTRICT_DOMIDS, 0, domids, 17),
	      E2BIG);
	must(native_restrict(file, GNTALLOC_RESTRICT_DOMIDS, 0, domids, 16));
}
END_TEST

START_TEST(a_restriction_to_domains_that_cannot_be_read_is_efault)
{
	uint16_t *domids = (uint16_t *)(cliff() - 2);
	int file = (int)must(device_open());

	fails(native_restrict(file, GNTALLOC_RESTRICT_DOMIDS, 0, domids, 2),
	      EFAULT);
	fails(native_restrict(file, GNTALLOC_RESTRICT_DOMIDS, 0, NULL, 1),
	      EFAULT);
	must(native_create(file, 1, NULL, NULL));
	must(native_grant(file, 0, 1, 77, 0, NULL));
}
END_TEST

START_TEST(a_read_without_room_for_an_event_is_einval)
{
	int file = (int)must(device_open());
	char space[15];

	ck_assert_int_eq(read(file, space, sizeof(space)), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(a_read_with_no_event_there_is_eagain)
{
	struct gntalloc_native_event event;
	int file = with_region(NULL);

	fails(native_event(file, &event), EAGAIN);
	ck_assert_int_eq(native_polls(file, 0), 0);
}
END_TEST

START_TEST(a_destroy_with_too_many_events_unread_is_edquot)
{
	struct gntalloc_native_event event;
	int i, file = (int)must(device_open());
	uint64_t id;

	for (i = 0; i < 16384; i++) {
		must(native_create(file, 1, NULL, &id));
		must(native_destroy_event(file, id));
	}
	must(native_create(file, 1, NULL, &id));
	fails(native_destroy_event(file, id), EDQUOT);
	ck_assert_int_eq(device_counter("pages"), 1);
	ck_assert_int_eq(native_event(file, &event), sizeof(event));
	must(native_destroy_event(file, id));
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

/* The events come when the mapping of the regions ends. */
START_TEST(a_destroy_with_too_many_events_to_come_is_edquot)
{
	const uint32_t events = 16384;
	int file = (int)must(device_open());
	struct gntalloc_native_event event;
	void *address;
	uint64_t id;
	uint32_t i;

	must(device_set_limit(events + 1));
	for (i = 0; i <= events; i++)
		must(native_create_at(file, i * PAGE, 1, &id));
	ck_assert_uint_eq(id, events + 1);
	must(device_map(file, 0, events + 1, &address));
	for (i = 0; i < events; i++)
		must(native_destroy_event(file, i + 1));
	fails(native_destroy_event(file, id), EDQUOT);
	fails(native_event(file, &event), EAGAIN);
	munmap(address, (events + 1) * PAGE);
	ck_assert_int_eq(device_counter("pages"), 1);
	for (i = 0; i < events; i++)
		ck_assert_int_eq(native_event(file, &event), sizeof(event));
	must(native_destroy_event(file, id));
}
END_TEST

START_TEST(an_event_that_cannot_be_read_stays)
{
	struct gntalloc_native_event event;
	uint64_t id;
	int file = with_region(&id);

	must(native_destroy_event(file, id));
	fails(native_event(file, (void *)(cliff() - 8)), EFAULT);
	ck_assert_int_eq(native_polls(file, 0), 1);
	ck_assert_int_eq(native_event(file, &event), sizeof(event));
	ck_assert_uint_eq(event.type, GNTALLOC_EVENT_GONE);
	ck_assert_uint_eq(event.id, id);
	ck_assert_uint_eq(event.reserved, 0);
}
END_TEST
