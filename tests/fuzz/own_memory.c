// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: regions of memory that this program has already, and what the program
 * does with the memory meanwhile: it writes to it, drops it, truncates the file
 * that it belongs to, and changes what it may do there
 *
 * A region has the pages that were there when it was made. So each page has its
 * own struct bytes. Where the program has dropped a page, it has another one.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../vm/lib/device.h"
#include "../vm/lib/native.h"

#define AREAS		4U
#define AREA_PAGES	24U
#define GAP_PAGES	160U	/* more than a region has */

static struct area {
	char *address;
	int file;		/* a memfd, or -1 for private memory */
	int prot;		/* no page has other rights */
	bool fixed;		/* for ever */
	unsigned int size;	/* in pages: so long is the file */
	struct bytes *bytes[AREA_PAGES];
} areas[AREAS];

static struct bytes *new_bytes(void)
{
	struct bytes *bytes = calloc(1, sizeof(*bytes));

	if (!bytes)
		wrong("out of memory");
	return bytes;
}

/* Other pages are there, all zero. Regions keep what was there before. */
static void renew(struct area *a, unsigned int from, unsigned int to)
{
	for (; from < to; from++)
		a->bytes[from] = new_bytes();
}

/*
 * Two areas are private memory, one of which cannot be written, and two are
 * memfds. Behind each is memory that cannot be read.
 *
 * Before Linux 5.19, a write to private memory goes to a copy of a pinned page
 * if the program could not write there for a while.
 */
void own_start(void)
{
	const size_t step = (AREA_PAGES + GAP_PAGES) * PAGE;
	char *at = mmap(NULL, AREAS * step, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	unsigned int i;

	if (at == MAP_FAILED)
		wrong("no place for memory");
	for (i = 0; i < AREAS; i++) {
		struct area *a = &areas[i];
		bool file = i >= 2;

		*a = (struct area) {
			.address = at + i * step,
			.file = file ? memfd_create("fuzz", MFD_CLOEXEC) : -1,
			.prot = i == 1 ? PROT_READ : PROT_READ | PROT_WRITE,
			.fixed = !file && !kernel_since(5, 19),
			.size = AREA_PAGES,
		};
		renew(a, 0, AREA_PAGES);
		if ((file && ftruncate(a->file, AREA_PAGES * PAGE)) ||
		    mmap(a->address, AREA_PAGES * PAGE, a->prot, MAP_FIXED |
			 (file ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS),
			 a->file, 0) == MAP_FAILED)
			wrong("no memory: %s", strerror(errno));
	}
}

/* When nothing is left, nothing is pinned. */
void own_end(void)
{
	long pinned = pinned_pages();

	if (pinned)
		wrong("%ld pages are pinned", pinned);
}

/* Why can these pages not be pinned, or 0? */
static int pin_error(const struct area *a, unsigned int from,
		     unsigned int count, bool writable)
{
	if (!(a->prot & PROT_READ) || (writable && !(a->prot & PROT_WRITE)))
		return -EACCES;
	if (from + count > a->size && a->size < AREA_PAGES)
		return -EFAULT;
	return from + count > AREA_PAGES ? -EACCES : 0;
}

/* What is no dma-buf: a file, or no descriptor at all. */
static void no_dmabuf(struct gntalloc_native_create *op, struct memory *memory)
{
	op->pages = some_count();
	op->flags |= GNTALLOC_CREATE_DMABUF;
	op->fd = any(2) ? areas[AREAS - 1].file : -1;
	op->address = any(AREA_PAGES) * PAGE;
	memory->error = op->fd < 0 ? -EBADF : -EMEDIUMTYPE;
}

void some_memory(struct gntalloc_native_create *op, struct memory *memory)
{
	const struct area *a = &areas[any(AREAS)];
	unsigned int from = any(AREA_PAGES);

	if (!any(16)) {
		no_dmabuf(op, memory);
		return;
	}
	op->pages = some_count();
	op->flags |= GNTALLOC_CREATE_MEMORY;
	if (any(2))
		op->flags |= GNTALLOC_CREATE_WRITABLE;
	op->address = (uintptr_t)a->address + from * PAGE;
	memory->writable = op->flags & GNTALLOC_CREATE_WRITABLE;
	memory->error = pin_error(a, from, op->pages, memory->writable);
	memory->bytes = a->bytes + from;
}

static void do_create(struct file *f, int fd)
{
	struct gntalloc_native_create op = {};
	bool fixed = any(3) == 0;
	unsigned int offset = fixed ? any(PAGES - 200) : 0;
	struct memory memory;
	struct region *r;
	int ret;

	some_memory(&op, &memory);
	if (fixed) {
		op.flags |= GNTALLOC_CREATE_FIXED;
		op.offset = offset * PAGE;
	}
	note("create of memory of, flags, at", op.pages, op.flags, offset);
	ret = native_call(fd, GNTALLOC_NATIVE_CREATE, &op);
	result(ret, model_create(f, op.pages, fixed, offset, &memory, false,
				 ret, &r));
	if (ret)
		return;
	if (op.offset != r->first * PAGE || !op.id)
		wrong("at %#llx, not at page %u, with the id %llu",
		      (unsigned long long)op.offset, r->first,
		      (unsigned long long)op.id);
	r->id = op.id;
}

/* The program sees what it wrote, and the bytes that were cleared. */
static void touch(struct area *a, unsigned int from, unsigned int to)
{
	unsigned int i;

	if (to > a->size)
		to = a->size;
	for (i = from; i < to && a->prot & PROT_READ; i++)
		touch_page(a->address + i * PAGE, a->bytes[i],
			   a->prot & PROT_WRITE, "memory, page", (int)i);
}

/* Drops pages, in the middle or behind the new end of the file. */
static void drop(struct area *a, unsigned int from, unsigned int to)
{
	int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, ret;

	if (a->file < 0) {
		ret = madvise(a->address + from * PAGE, (to - from) * PAGE,
			      MADV_DONTNEED);
		renew(a, from, to);
	} else if (any(2)) {
		ret = fallocate(a->file, mode, (off_t)(from * PAGE),
				(off_t)((to - from) * PAGE));
		renew(a, from, to);
	} else {
		to = any(4) ? AREA_PAGES : to;
		ret = ftruncate(a->file, (off_t)(from * PAGE)) ||
		      ftruncate(a->file, (off_t)(to * PAGE));
		renew(a, from, AREA_PAGES);
		a->size = to;
	}
	if (ret)
		wrong("memory cannot be dropped: %s", strerror(errno));
}

static void do_memory(struct file *f, int fd)
{
	static const int prots[] = {
		PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
	};
	struct area *a = &areas[any(AREAS)];
	unsigned int from = any(AREA_PAGES);
	unsigned int to = from + 1 + any(AREA_PAGES - from);
	uint32_t what = any(8);

	(void)f;
	(void)fd;
	if (what == 0) {
		note("memory is dropped: area, from, to", a - areas, from, to);
		drop(a, from, to);
	} else if (what == 1 && !a->fixed) {
		a->prot = prots[any(4)];
		note("memory gets rights: area, which", a - areas, a->prot, 0);
		result(mprotect(a->address, AREA_PAGES * PAGE, a->prot), 0);
	} else {
		note("memory is touched: area, from, to", a - areas, from, to);
		touch(a, from, to);
	}
}

const struct step own_steps[] = {
	{ 30, do_create, NULL },
	{ 30, do_memory, NULL },
	{}
};
