// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: calls of the native level that make and end regions and grants: with
 * arguments that are right in most cases, and with one field that is wrong
 */
#include "fuzz.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "../vm/lib/device.h"
#include "../vm/lib/native.h"

static void do_create(struct file *f, int fd)
{
	uint32_t count = some_count();
	bool fixed = any(3) == 0;
	unsigned int offset = fixed ? any(PAGES - 200) : 0;
	uint64_t at = 0, id = 0;
	struct region *r;
	int ret;

	note("create of, fixed, at", count, fixed, offset);
	ret = fixed ? native_create_at(fd, offset * PAGE, count, &id) :
		      native_create(fd, count, &at, &id);
	result(ret, model_create(f, count, fixed, offset, NULL, false, ret,
				 &r));
	if (ret)
		return;
	if (!fixed && at != r->first * PAGE)
		wrong("at %#llx, not at the next offset, page %u",
		      (unsigned long long)at, r->first);
	if (r > f->region && !id)
		wrong("a region has no id");
	r->id = id;
}

static void wrong_create(int fd)
{
	struct gntalloc_native_create op = {
		.pages = 1, .offset = 1 + any(4095),
	};
	unsigned int what = any(9);

	switch (what) {
	case 0:
		op.pages = 0;
		break;
	case 1:
		op.flags = unknown(4);
		break;
	case 2:
		op.flags = GNTALLOC_CREATE_FIXED;
		break;
	case 3:
		op.flags = GNTALLOC_CREATE_WRITABLE;
		break;
	case 4:
		/* Any address is wrong without the flag. */
		op.address = some_word();
		break;
	case 5:
		/* So is any descriptor. */
		op.fd = (int32_t)some_word();
		break;
	case 6:
		op.reserved = some_word();
		break;
	case 7:
		op.flags = GNTALLOC_CREATE_MEMORY | GNTALLOC_CREATE_DMABUF;
		break;
	default:
		op.flags = any(2) ? GNTALLOC_CREATE_MEMORY :
				    GNTALLOC_CREATE_DMABUF;
		op.address = (uint64_t)some_word() << 12 | (1 + any(4095));
	}
	wrong_field(fd, GNTALLOC_NATIVE_CREATE, &op, what, -EINVAL);
}

/*
 * Checks what the driver tells about grefs: the first one, all of them if there
 * was an array, and whether they are consecutive, which they have to be if a
 * @row was demanded. Grefs that the driver does not tell become 0 in @grefs.
 */
static void compare_grefs(uint32_t *grefs, unsigned int count, bool told,
			  bool row, uint32_t first, uint16_t answer)
{
	bool is_row = answer & GNTALLOC_GRANTED_CONSECUTIVE;
	unsigned int i;

	if (answer & ~GNTALLOC_GRANTED_CONSECUTIVE)
		wrong("the answer is %#x", answer);
	if (row && !is_row)
		wrong("the grefs are not consecutive");
	for (i = 0; i < count; i++) {
		if (!told)
			grefs[i] = !i || is_row ? first + i : 0;
		else if (grefs[i] != first + i && (!i || is_row))
			wrong("gref %u, not %u", grefs[i], first + i);
	}
	for (i = 1; i < count && grefs[i] == first + i; i++)
		;
	if (i >= count && !is_row)
		wrong("the grefs are consecutive, and nobody says so");
}

static void do_share(struct file *f, int fd)
{
	unsigned int domid = some_domid();
	uint32_t grefs[150];
	struct gntalloc_native_share op = {
		.pages = some_count(),
		.domid = (uint16_t)domid,
		.answer = (uint16_t)any(65536),
		.flags = any(2) ? any(8) : any(2),
	};
	bool fixed = op.flags & GNTALLOC_SHARE_FIXED, told = any(4);
	bool row = op.flags & GNTALLOC_SHARE_CONSECUTIVE;
	unsigned int offset = fixed ? any(PAGES - 200) : 0;
	uint32_t count = op.pages;
	struct region *r;
	int ret;

	op.offset = offset * PAGE;
	note("share of, at, with", count, offset, domid);
	ret = native_share_call(fd, &op, told ? grefs : NULL);
	result(ret, model_share(f, count, domid, fixed, offset, row, false, ret,
				&r));
	if (ret)
		return;
	if (op.offset != r->first * PAGE)
		wrong("at %#llx, not at page %u",
		      (unsigned long long)op.offset, r->first);
	if (!op.id || op.pages != count || op.domid != domid)
		wrong("id %llu, %u pages, domain %u",
		      (unsigned long long)op.id, op.pages, op.domid);
	r->id = op.id;
	compare_grefs(grefs, count, told, row, op.first_gref, op.answer);
	new_grefs(f, r->first, count, domid, grefs);
}

static void wrong_share(int fd)
{
	unsigned int what = any(4);
	struct gntalloc_native_share op = {
		.offset = 1 + any(4095),
		.pages = what != 3,
		.answer = (uint16_t)any(65536),
	};

	*(what < 2 ? &op.flags : &op.first_gref) = unknown(3);
	if (what == 2)
		op.flags = GNTALLOC_SHARE_FIXED;
	wrong_field(fd, GNTALLOC_NATIVE_SHARE, &op, what, -EINVAL);
}

static void do_grant(struct file *f, int fd)
{
	unsigned int count, offset = some_run(f, &count);
	unsigned int domid = some_domid();
	uint32_t grefs[150];
	struct gntalloc_native_grant op = {
		.offset = offset * PAGE,
		.grefs = any(4) ? (uintptr_t)grefs : 0,
		.pages = count,
		.domid = (uint16_t)domid,
		.answer = (uint16_t)any(65536),
		.flags = any(2) ? GNTALLOC_GRANT_WRITABLE : 0,
	};
	bool run = !any(4);
	int ret;

	if (run)
		op.flags |= GNTALLOC_GRANT_CONSECUTIVE;
	note("grant of, at, to", count, offset, domid);
	ret = native_call(fd, GNTALLOC_NATIVE_GRANT, &op);
	result(ret, model_grant(f, offset, count, domid,
				op.flags & GNTALLOC_GRANT_WRITABLE, run, false,
				ret));
	if (ret)
		return;
	compare_grefs(grefs, count, op.grefs, run, op.first_gref, op.answer);
	new_grefs(f, offset, count, domid, grefs);
}

static void wrong_grant(int fd)
{
	unsigned int what = any(4);
	struct gntalloc_native_grant op = {
		.offset = what == 2 ? 1 + any(4095) : 0,
		.pages = what != 3,
		/* A field that is only an answer may have any value. */
		.answer = (uint16_t)any(65536),
	};

	*(what < 2 ? &op.flags : &op.first_gref) = unknown(2);
	wrong_field(fd, GNTALLOC_NATIVE_GRANT, &op, what, -EINVAL);
}

static void do_revoke(struct file *f, int fd)
{
	unsigned int count, offset = some_run(f, &count);
	unsigned int domid = some_domid(), i;
	struct region *r = NULL;
	long ret;
	int expected;

	/* A domain that has a grant of this page, in most cases. */
	for (i = any(DOMIDS + 1); i; i--)
		if (!f->page[offset].grants[domid % DOMIDS])
			domid = i - 1;
	note("revoke of, at, from", count, offset, domid);
	ret = native_revoke(fd, offset * PAGE, count, (uint16_t)domid);
	expected = model_revoke(f, offset, count, domid, &r);
	if (expected || ret < 0)
		result(ret, expected);
	else if (ret < (domid == PEER ? (long)r->held : 0) ||
		 ret > (domid == PEER ? (long)r->held + model_loose : 0))
		wrong("%ld held, not %u", ret, r->held);
}

static void wrong_revoke(int fd)
{
	unsigned int what = any(4);
	struct gntalloc_native_revoke op = {
		.offset = what == 2 ? 1 + any(4095) : 0,
		.pages = what != 3,
		.reserved = what == 1 ? some_word() : 0,
	};

	*(what == 0 ? &op.flags : &op.held) = unknown(0);
	wrong_field(fd, GNTALLOC_NATIVE_REVOKE, &op, what, -EINVAL);
}

static void do_destroy(struct file *f, int fd)
{
	struct region *r = some_native(f);
	struct gntalloc_native_destroy op = {};
	int ret;

	if (!r)
		return;
	op.id = r->id;
	if (!any(4)) {
		op.flags |= GNTALLOC_DESTROY_EVENTFD;
		op.eventfd = signals_fd();
	}
	if (!any(4))
		op.flags |= GNTALLOC_DESTROY_EVENT;
	note("destroy of, flags", (long)r->id, op.flags, 0);
	ret = native_call(fd, GNTALLOC_NATIVE_DESTROY, &op);
	result(ret, model_destroy(f, r, op.flags & GNTALLOC_DESTROY_EVENT,
				  op.flags & GNTALLOC_DESTROY_EVENTFD, ret));
}

static void wrong_destroy(int fd)
{
	struct gntalloc_native_destroy op = { .id = 1 };
	unsigned int what = any(4);

	if (what == 0)
		op.flags = unknown(2);
	else if (what > 1)
		op.flags = GNTALLOC_DESTROY_EVENTFD;
	op.eventfd = what == 1 ? some_word() : what == 2 ? -1 : fd;
	wrong_field(fd, GNTALLOC_NATIVE_DESTROY, &op, what,
		    what == 2 ? -EBADF : -EINVAL);
}

#define EXPORT_PAGES	256U	/* more than a run has, in most cases */

static char *export_place;

/*
 * Takes a place for dma-bufs, or unmaps the one that is there, without a hole in
 * which another thread's mapping could come to be.
 */
void place_export(void)
{
	export_place = mmap(export_place, EXPORT_PAGES * PAGE, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			    (export_place ? MAP_FIXED : 0), -1, 0);
	if (export_place == MAP_FAILED)
		wrong("no place for dma-bufs: %s", strerror(errno));
}

/* A dma-buf is mapped, used and closed by one step. */
static void do_export(struct file *f, int fd)
{
	unsigned int count, offset = some_run(f, &count), i;
	bool writes = any(2);
	int dmabuf;

	note("export of, at, for writing", count, offset, writes);
	dmabuf = native_export(fd, offset * PAGE, count,
			       writes ? GNTALLOC_EXPORT_WRITABLE : 0);
	result(dmabuf < 0 ? dmabuf : 0,
	       count ? model_map(f, offset, count) : -EINVAL);
	if (dmabuf < 0)
		return;
	if (count > EXPORT_PAGES)
		count = EXPORT_PAGES;
	if (mmap(export_place, count * PAGE,
		 PROT_READ | (writes ? PROT_WRITE : 0), MAP_SHARED | MAP_FIXED,
		 dmabuf, 0) == MAP_FAILED)
		wrong("a dma-buf cannot be mapped: %s", strerror(errno));
	for (i = 0; i < count; i++)
		touch_page(export_place + i * PAGE, f->page[offset + i].bytes,
			   writes, "exported page", (int)(offset + i));
	place_export();
	close(dmabuf);
}

static void wrong_export(int fd)
{
	unsigned int what = any(4);
	struct gntalloc_native_export op = {
		.offset = what == 2 ? 1 + any(4095) : 0,
		.pages = what != 3,
		/* A field that is only an answer may have any value. */
		.fd = (int32_t)some_word(),
	};

	*(what < 1 ? &op.flags : &op.reserved) = what < 2 ? unknown(1) : 0;
	wrong_field(fd, GNTALLOC_NATIVE_EXPORT, &op, what, -EINVAL);
}

const struct step native_steps[] = {
	{ 20, do_export, wrong_export },
	{ 40, do_create, wrong_create },
	{ 30, do_share, wrong_share },
	{ 80, do_grant, wrong_grant },
	{ 60, do_revoke, wrong_revoke },
	{ 50, do_destroy, wrong_destroy },
	{}
};
