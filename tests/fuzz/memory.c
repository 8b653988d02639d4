// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: mappings, what is done with them, and what is read and written by them
 */
#include "fuzz.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../vm/lib/device.h"

#define SLOTS		16
#define SLOT_PAGES	64U

/* A place for a mapping, with the offset of the page at each address. */
static struct slot {
	char *address;
	struct file *file;	/* NULL: the slot is free */
	bool split;		/* it has several VMAs, or holes */
	unsigned int pages;	/* from there on nothing is mapped */
	int offset[SLOT_PAGES];	/* -1: nothing is mapped */
} slots[SLOTS];

static long number(const struct slot *s)
{
	return (long)(s - slots);
}

static void unmap_pages(struct slot *s, unsigned int from, unsigned int to)
{
	struct file *f = s->file;
	bool left = false;
	unsigned int i;

	if (to > s->pages)
		to = s->pages;
	if (!from || to < s->pages)
		s->split = true;
	/* When the last page is unmapped, the file may end, too. */
	for (i = 0; i < s->pages; i++)
		left |= s->offset[i] >= 0 && (i < from || i >= to);
	if (!left)
		s->file = NULL;
	for (i = from; i < to; i++) {
		if (s->offset[i] >= 0)
			model_unuse(f, (unsigned int)s->offset[i]);
		s->offset[i] = -1;
	}
	if (to == s->pages && from < to)
		s->pages = from;
}

/*
 * Also maps over pages that are mapped there, of any file, which are unmapped.
 */
static void do_mmap(struct file *f, int fd, struct slot *s)
{
	unsigned int count, offset = some_run(f, &count), i;
	int kind = any(30) ? MAP_SHARED : MAP_PRIVATE, expected;
	struct slot old = *s;
	void *address;

	count = 1 + any(count < 1 || !any(8) ? SLOT_PAGES :
			count < SLOT_PAGES ? count : SLOT_PAGES);
	expected = kind == MAP_PRIVATE ? -EINVAL :
		   model_map(f, offset, count);
	/* If it fails, the kernel may or may not keep the old mapping. */
	if (s->file && expected)
		return;
	note("mmap to slot, of, at", number(s), count, offset);
	address = mmap(s->address, count * PAGE, PROT_READ | PROT_WRITE,
		       kind | MAP_FIXED, fd, (off_t)(offset * PAGE));
	result(address == MAP_FAILED ? -errno : 0, expected);
	if (expected)
		return;
	for (i = 0; i < count; i++)
		model_use(f, offset + i);
	if (old.file && old.pages > count) {
		munmap(s->address + count * PAGE,
		       (old.pages - count) * PAGE);
	}
	if (old.file)
		unmap_pages(s, 0, s->pages);
	s->file = f;
	s->split = false;
	s->pages = count;
	for (i = 0; i < count; i++)
		s->offset[i] = (int)(offset + i);
}

static void do_munmap(struct slot *s)
{
	unsigned int from = any(3) ? 0 : any(s->pages);
	unsigned int to = any(3) ? s->pages : from + 1 + any(s->pages - from);

	note("munmap from slot, of, at", number(s), to - from, from);
	result(munmap(s->address + from * PAGE, (to - from) * PAGE), 0);
	unmap_pages(s, from, to);
}

/* Moves to another place, all or what a munmap would leave; or is refused. */
static void do_mremap(struct slot *s, struct slot *to)
{
	size_t size = s->pages * PAGE;
	unsigned int keep, i;
	void *moved;

	if (s->split)
		return;
	if (!any(4)) {
		/*
		 * Mapping the same pages again, or more of them, always fails.
		 */
		note("mremap that grows, slot", number(s), 0, 0);
		moved = mremap(s->address, any(2) ? size : 0, size + PAGE,
			       MREMAP_MAYMOVE);
		result(moved == MAP_FAILED ? -errno : 0, -EFAULT);
		return;
	}
	keep = any(3) ? s->pages : 1 + any(s->pages);
	if (to->file || to == s) {
		note("mremap of slot, to fewer", number(s), keep, 0);
		moved = mremap(s->address, size, keep * PAGE, 0);
		result(moved == MAP_FAILED ? -errno : 0, 0);
		unmap_pages(s, keep, s->pages);
		s->split = false;
		return;
	}
	note("mremap of slot, to, pages", number(s), number(to), keep);
	moved = mremap(s->address, size, keep * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, to->address);
	result(moved == MAP_FAILED ? -errno : 0, 0);
	unmap_pages(s, keep, s->pages);
	to->file = s->file;
	to->split = false;
	to->pages = keep;
	for (i = 0; i < keep; i++)
		to->offset[i] = s->offset[i];
	s->file = NULL;
}

void touch_page(char *at, struct bytes *is, bool writes, const char *what,
		int number)
{
	if ((unsigned char)at[0] != is->content ||
	    (unsigned char)at[PAGE - 1] != is->tail)
		wrong("%s %d has %#x and %#x, not %#x and %#x", what, number,
		      (unsigned char)at[0], (unsigned char)at[PAGE - 1],
		      is->content, is->tail);
	if (!writes)
		return;
	is->content = (unsigned char)any(256);
	is->tail = is->content;
	at[0] = (char)is->content;
	at[PAGE - 1] = (char)is->tail;
}

/* Each page has the bytes that were written to it last, by whatever mapping. */
static void touch(struct slot *s, unsigned int start, unsigned int end,
		  bool writes)
{
	unsigned int i;

	for (i = start; i < end; i++)
		if (s->offset[i] >= 0)
			touch_page(s->address + i * PAGE,
				   s->file->page[s->offset[i]].bytes, writes,
				   "page", s->offset[i]);
}

/* Changes runs without holes only, since mprotect() stops at the first hole. */
static void protect(struct slot *s, unsigned int i, unsigned int end, int prot)
{
	unsigned int from;

	while (i < end) {
		for (from = i; i < end && s->offset[i] >= 0; i++)
			;
		if (i > from)
			result(mprotect(s->address + from * PAGE,
					(i - from) * PAGE, prot), 0);
		else
			i++;
	}
}

static void do_touch(struct slot *s)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_DONTNEED, MADV_WILLNEED, MADV_RANDOM,
		MADV_SEQUENTIAL, MADV_NORMAL, MADV_DODUMP, MADV_DONTDUMP,
	};
	unsigned int start = any(s->pages);
	unsigned int end = start + 1 + any(s->pages - start);
	uint32_t what = any(6);

	if (what < 2) {
		note("madvise in slot, of, at", number(s), end - start, start);
		s->split = true;
		madvise(s->address + start * PAGE, (end - start) * PAGE,
			advice[any(8)]);
	} else if (what == 2) {
		note("mprotect in slot, of, at", number(s), end - start, start);
		s->split = true;
		protect(s, start, end, any(4) ? PROT_READ : PROT_NONE);
		protect(s, start, end, PROT_READ);
		touch(s, start, end, false);
		protect(s, start, end, PROT_READ | PROT_WRITE);
	} else {
		note("touch in slot, of, at", number(s), end - start, start);
	}
	touch(s, start, end, true);
}

/* If there is no descriptor, what is mapped can still be unmapped. */
void do_mapping(struct file *f, int fd)
{
	struct slot *s = &slots[any(SLOTS)];
	uint32_t what = any(100);

	if (fd >= 0 && (!s->file || what < 4))
		do_mmap(f, fd, s);
	else if (!s->file)
		return;
	else if (what < 45)
		do_munmap(s);
	else if (what < 60)
		do_mremap(s, &slots[any(SLOTS)]);
	else
		do_touch(s);
}

/* One range of addresses, with gaps, where nothing else is mapped. */
void place_slots(void)
{
	char *start = mmap(NULL, SLOTS * 2 * SLOT_PAGES * PAGE, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int i;

	if (start == MAP_FAILED)
		wrong("no place for mappings");
	for (i = 0; i < SLOTS; i++)
		slots[i].address = start + i * 2 * SLOT_PAGES * PAGE;
}

void slots_each(void (*one)(struct file *f, unsigned int offset))
{
	struct slot *s;
	unsigned int i;

	for (s = slots; s < slots + SLOTS; s++)
		for (i = 0; s->file && i < s->pages; i++)
			if (s->offset[i] >= 0)
				one(s->file, (unsigned int)s->offset[i]);
}

/* Called in a process that ends: unmaps a part of what it has. */
void slots_unmap(void)
{
	munmap(slots[any(SLOTS)].address + any(8) * PAGE, (1 + any(8)) * PAGE);
}

void slots_end(void)
{
	struct slot *s;

	for (s = slots; s < slots + SLOTS; s++)
		if (s->file) {
			munmap(s->address, s->pages * PAGE);
			unmap_pages(s, 0, s->pages);
		}
}
