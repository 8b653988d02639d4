// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: calls that are always wrong, in their addresses, sizes, flags or
 * numbers. None of them may change anything.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "../vm/lib/device.h"
#include "../vm/lib/native.h"

/*
 * The calls of the old levels, and how much of their structs is read. Those of
 * the native level have numbers behind them.
 */
static const struct {
	unsigned long request;
	unsigned int size;
} old_calls[] = {
	{ GNTALLOC_2010_ALLOC, 16 },
	{ GNTALLOC_2010_DEALLOC, 4 },
	{ GNTALLOC_2011_ALLOC, 16 },
	{ GNTALLOC_2011_DEALLOC, 12 },
	{ GNTALLOC_2011_NOTIFY, 16 },
};

#define OLD_CALLS	((unsigned int)(sizeof(old_calls) / sizeof(*old_calls)))

/* Some call. Stores how much of its struct is read, or is written. */
static unsigned long some_call(unsigned int *size)
{
	unsigned int i = any(OLD_CALLS + native_numbers);

	if (i < OLD_CALLS) {
		*size = old_calls[i].size;
		return old_calls[i].request;
	}
	*size = _IOC_SIZE(native_number[i - OLD_CALLS].request);
	return native_number[i - OLD_CALLS].request;
}

/* Four pages: one is writable, one is a gap, one is read-only, one is a gap. */
static char *pages;

/* Three pages: one is writable, one is read-only, one is neither. */
static char *own;

/* This is called first, so that no hole of another mapping is reused here. */
void place_invalid(void)
{
	pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED ||
	    mprotect(pages + PAGE, PAGE, PROT_NONE) ||
	    mprotect(pages + 3 * PAGE, PAGE, PROT_NONE))
		wrong("no pages: %s", strerror(errno));
	own = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (own == MAP_FAILED || mprotect(own + PAGE, PAGE, PROT_READ) ||
	    mprotect(own + 2 * PAGE, PAGE, PROT_NONE))
		wrong("no pages: %s", strerror(errno));
}

static char *edge(void)
{
	return pages + PAGE;
}

/* Puts an argument where it can be read, but where a call cannot write it. */
static void *read_only(const void *arg, size_t size)
{
	char *at = edge() + PAGE;

	mprotect(at, PAGE, PROT_READ | PROT_WRITE);
	memcpy(at, arg, size);
	mprotect(at, PAGE, PROT_READ);
	return at;
}

static void *bad_address(unsigned int size)
{
	switch (any(4)) {
	case 0: return NULL;
	case 1: return edge();
	/* The kernel's addresses; a 32-bit program has its stack there. */
	case 2: return sizeof(void *) > 4 ?
			(void *)(UINTPTR_MAX - any(1 << 20)) : NULL;
	default: return edge() - any(size);	/* only its start is mapped */
	}
}

static void address(int fd)
{
	unsigned int size;
	unsigned long request = some_call(&size);
	void *arg = bad_address(size);

	note("call at no address: number, page + ", (long)request,
	     (long)((char *)arg - pages), 0);
	result(native_call(fd, request, arg), -EFAULT);
}

/* All arguments are right, but the answer cannot be written. */
static void answer(struct file *f, int fd)
{
	unsigned int count, offset = some_run(f, &count);
	unsigned int domid = some_domid(), room = any(count);
	struct gntalloc_2010_alloc alloc = {
		.foreign_domid = (uint16_t)domid,
	};
	struct gntalloc_2011_alloc head = {
		.domid = (uint16_t)domid, .count = count,
	};
	struct gntalloc_native_create create = { .pages = count };
	struct memory memory;
	struct gntalloc_native_grant grant = {
		.offset = offset * PAGE, .pages = count,
		.domid = (uint16_t)domid,
	};
	struct gntalloc_native_share share = {
		.pages = count, .domid = (uint16_t)domid,
	};
	struct region *r;
	char *at;
	int ret;

	switch (any(8)) {
	case 0:
		note("2010 alloc, read-only, for", domid, 0, 0);
		ret = native_call(fd, GNTALLOC_2010_ALLOC,
				  read_only(&alloc, sizeof(alloc)));
		result(ret, model_alloc(f, 1, domid, true, ret, &r));
		break;
	case 1:
		if (!count)
			break;
		note("2011 alloc of, for, room for", count, domid, room);
		at = edge() - 16 - room * sizeof(uint32_t);
		memcpy(at, &head, 16);
		ret = native_call(fd, GNTALLOC_2011_ALLOC, at);
		result(ret, model_alloc(f, count, domid, true, ret, &r));
		break;
	case 2:
		note("create, read-only, of", count, 0, 0);
		ret = native_call(fd, GNTALLOC_NATIVE_CREATE,
				  read_only(&create, sizeof(create)));
		result(ret, model_create(f, count, false, 0, NULL, true, ret,
					 &r));
		break;
	case 7:
		some_memory(&create, &memory);
		note("create of memory, read-only, of", create.pages, 0, 0);
		ret = native_call(fd, GNTALLOC_NATIVE_CREATE,
				  read_only(&create, sizeof(create)));
		result(ret, model_create(f, create.pages, false, 0, &memory,
					 true, ret, &r));
		break;
	case 3:
		note("grant, read-only, of, at, to", count, offset, domid);
		ret = native_call(fd, GNTALLOC_NATIVE_GRANT,
				  read_only(&grant, sizeof(grant)));
		result(ret, model_grant(f, offset, count, domid, false, false,
					true, ret));
		break;
	case 4:
		note("share, read-only, of, with", count, domid, 0);
		ret = native_call(fd, GNTALLOC_NATIVE_SHARE,
				  read_only(&share, sizeof(share)));
		result(ret, model_share(f, count, domid, false, 0, false, true,
					ret, &r));
		break;
	case 5:
		note("share, no room, of, with, room for", count, domid, room);
		ret = native_share_call(fd, &share, (uint32_t *)edge() - room);
		result(ret, model_share(f, count, domid, false, 0, false, true,
					ret, &r));
		break;
	default:
		note("grant, no room, of, at, to", count, offset, domid);
		grant.grefs = (uintptr_t)edge() - room * sizeof(uint32_t);
		ret = native_call(fd, GNTALLOC_NATIVE_GRANT, &grant);
		result(ret, model_grant(f, offset, count, domid, false, false,
					true, ret));
	}
}

/*
 * A struct that is too short for any version, or is longer with an unknown
 * field that is not zero.
 */
static void size(int fd)
{
	/* All but the first: any size of INFO is right. */
	unsigned int i = 1 + any(native_numbers - 1), is;
	unsigned long request = native_number[i].request;
	unsigned int should = _IOC_SIZE(request);
	unsigned char arg[512] = {};

	is = any(2) ? any(native_number[i].size) :
		      should + 1 + any(sizeof(arg) - should);
	if (is > should)
		arg[should + any(is - should)] = (unsigned char)(1 + any(255));
	note("call with another size: number, size", (long)request, is, 0);
	result(native_call(fd, RESIZED(request, is), arg),
	       is > should ? -E2BIG : -EINVAL);
}

uint32_t unknown(unsigned int known)
{
	return 1U << (known + any(32 - known));
}

uint16_t some_word(void)
{
	return (uint16_t)(1 + any(65535));
}

void wrong_field(int fd, unsigned long request, void *op, unsigned int what,
		 int expected)
{
	note("a wrong field: number, which", (long)request, what, 0);
	result(native_call(fd, request, op), expected);
}

/* Passes a struct in which one field is wrong. */
static void field(int fd)
{
	const struct step *const *steps, *step, *chosen = NULL;
	unsigned int count = 0;

	/* The n-th is chosen in one of n cases, so all are as likely. */
	for (steps = all_steps; *steps; steps++)
		for (step = *steps; step->make; step++)
			if (step->wrong && !any(++count))
				chosen = step;
	chosen->wrong(fd);
}

static void no_number(int fd)
{
	unsigned int dir = any(4), type = any(3) ? 'G' : any(256);
	unsigned int nr = any(256), is = 100 + any(400), i;
	char arg[512] = {};

	for (i = 0; i < native_numbers; i++)
		if (type == 'G' && dir == (_IOC_READ | _IOC_WRITE) &&
		    nr == _IOC_NR(native_number[i].request))
			nr = 0x3f;
	note("no call: direction, type, number", dir, type, nr);
	result(native_call(fd, _IOC(dir, type, nr, is), arg), -ENOTTY);
}

void do_invalid(struct file *f, int fd)
{
	static void (*const kinds[])(int fd) = {
		address, size, field, no_number,
	};
	uint32_t kind = any(5);

	if (kind < 4)
		kinds[kind](fd);
	else
		answer(f, fd);
}

/* --- nonsense: calls with any arguments, and what they may return --------- */

static uint32_t word(void)
{
	static const uint32_t often[] = { 0, 1, 2, 3, 5, 40, 0x1000, 0x3000 };

	return any(16) ? often[any(8)] : any(1U << 31) * 2 + any(2);
}

static void may_be(long ret)
{
	static const int errors[] = {
		EPERM, ENOENT, E2BIG, EBADF, EEXIST, EINVAL, ENOSPC, EACCES,
		EOVERFLOW, EDQUOT, ETIMEDOUT, EFAULT, EAGAIN, 0
	};
	unsigned int i;

	if (ret >= 0)
		return;
	for (i = 0; errors[i]; i++)
		if (ret == -errors[i])
			return;
	wrong("%ld (%s)", ret, strerror((int)-ret));
}

/* Maps some pages for a moment at @place, if they exist. */
static void glance(int fd, char *place)
{
	size_t size = (1 + any(4)) * PAGE;

	note("nonsense mmap", (long)size, 0, 0);
	if (mmap(place, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 fd, (off_t)(any(64) * PAGE)) == MAP_FAILED) {
		result(-errno, errno == ENODEV ? -ENODEV : -ENOENT);
		return;
	}
	place[any((uint32_t)size)]++;
	if (any(2))
		madvise(place, size, MADV_DONTNEED);
	munmap(place, size / 2);
	munmap(place, size);
}

/* Any memory that there is, in most cases; never the program itself. */
static void of_memory(struct gntalloc_native_create *op)
{
	op->flags &= any(2) ? 7U : ~0U;
	op->address = any(16) ? 0 : some_word();
	if (op->flags & GNTALLOC_CREATE_MEMORY)
		op->address += (uintptr_t)own + any(3) * PAGE;
}

/*
 * Of a descriptor that is no dma-buf, or, while another thread has one, of the
 * driver's own.
 */
static bool of_no_dmabuf(unsigned long request, const void *arg, int ret)
{
	const struct gntalloc_native_create *op = arg;

	return request == GNTALLOC_NATIVE_CREATE &&
	       (op->flags & GNTALLOC_CREATE_DMABUF) &&
	       (ret == -EMEDIUMTYPE || ret == -ENXIO);
}

/* What such calls have made last, so that others can find some of it. */
static _Thread_local struct {
	uint32_t gref, count;
	uint64_t index, id;
} made;

static void of_the_last(unsigned long request, void *arg)
{
	struct gntalloc_2010_dealloc *one = arg;
	struct gntalloc_2011_dealloc *run = arg;
	struct gntalloc_native_destroy *region = arg;

	if (request == GNTALLOC_2010_DEALLOC)
		one->gref_id = made.gref;
	if (request == GNTALLOC_2011_DEALLOC)
		*run = (struct gntalloc_2011_dealloc) {
			.index = made.index, .count = made.count,
		};
	if (request == GNTALLOC_NATIVE_DESTROY)
		*region = (struct gntalloc_native_destroy) {
			.id = made.id - any(8),
		};
}

static void remember(unsigned long request, const void *arg)
{
	const struct gntalloc_2010_alloc *one = arg;
	const struct gntalloc_2011_alloc *run = arg;
	const struct gntalloc_native_create *region = arg;
	const struct gntalloc_native_share *share = arg;

	if (request == GNTALLOC_2010_ALLOC)
		made.gref = one->gref_id;
	if (request == GNTALLOC_2011_ALLOC) {
		made.index = run->index;
		made.count = run->count;
	}
	if (request == GNTALLOC_NATIVE_CREATE)
		made.id = region->id;
	if (request == GNTALLOC_NATIVE_SHARE)
		made.id = share->id;
}

/* Calls on a descriptor without a model. @place has room for 4 pages. */
void do_nonsense(int fd, char *place, bool limits)
{
	/* They have room for the grefs of as many pages as there may be. */
	uint32_t words[1200], grefs[1200];
	unsigned int i = any(15), size;
	unsigned long request;
	int other, ret;

	if (i == 0) {
		glance(fd, place);
		return;
	}
	if (i == 1) {
		note("nonsense read", 0, 0, 0);
		other = dup(fd);
		may_be(read(other, words, sizeof(words)) < 0 ? -errno : 0);
		close(other);
		return;
	}
	for (other = 0; other < 12; other++)
		words[other] = word();
	request = some_call(&size);
	if (request == GNTALLOC_NATIVE_GRANT)
		((struct gntalloc_native_grant *)words)->grefs =
			any(4) ? (uintptr_t)grefs : 0;
	else if (request == GNTALLOC_NATIVE_SHARE)
		((struct gntalloc_native_share *)words)->grefs =
			any(4) ? (uintptr_t)grefs : 0;
	else if (request == GNTALLOC_NATIVE_CREATE)
		of_memory((struct gntalloc_native_create *)words);
	else if (request == GNTALLOC_NATIVE_WAIT)
		((struct gntalloc_native_wait *)words)->timeout = any(100000);
	else if (request == GNTALLOC_NATIVE_RESTRICT && !limits)
		return;
	if (any(4))
		of_the_last(request, words);
	note("nonsense call", (long)request, words[0], words[1]);
	ret = native_call(fd, request, words);
	if (!of_no_dmabuf(request, words, ret))
		may_be(ret);
	if (!ret && request == GNTALLOC_NATIVE_EXPORT)
		close(((struct gntalloc_native_export *)words)->fd);
	if (!ret)
		remember(request, words);
}
