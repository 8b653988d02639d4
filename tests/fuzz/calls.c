// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: calls that make and end pages, grants and regions, with arguments that
 * are right in most cases
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "../vm/lib/device.h"
#include "../vm/lib/native.h"

uint32_t some_count(void)
{
	switch (any(16)) {
	case 0: return 0;
	case 1: return any(150);
	default: return 1 + any(8);
	}
}

/* The offset of a page that exists, in most cases; otherwise any offset. */
unsigned int some_offset(struct file *f)
{
	const struct region *r = NULL;
	unsigned int i;

	if (!f->regions || !any(8))
		return any(PAGES);
	for (i = 0; i < 4 && (!r || !r->live); i++)
		r = &f->region[any(f->regions)];
	return r->first + any(r->count ? r->count : 1);
}

/* A run inside one region, in most cases. Returns its offset. */
unsigned int some_run(struct file *f, unsigned int *count)
{
	unsigned int offset = some_offset(f);
	const struct region *r = f->page[offset].region;

	*count = some_count();
	if (r && *count && any(8))
		*count = 1 + any(r->first + r->count - offset);
	return offset;
}

unsigned int some_domid(void)
{
	return any(40) ? any(DOMIDS) : RESERVED + any(16);
}

struct region *some_native(struct file *f)
{
	unsigned int i;

	for (i = 0; i < 8 && f->regions; i++) {
		struct region *r = &f->region[any(f->regions)];

		if (r->id)
			return r;
	}
	return NULL;
}

/* Keeps those grefs that the peer may map. */
void new_grefs(struct file *f, unsigned int first, unsigned int count,
	       unsigned int domid, const uint32_t *grefs)
{
	unsigned int i;

	for (i = 0; domid == PEER && i < count; i++)
		f->page[first + i].gref = grefs[i];
}

void do_open_close(int i)
{
	struct file *f = &files[i];
	int other;

	if (fds[i] < 0) {
		note("open", i, 0, 0);
		fds[i] = device_open();
		if (fds[i] < 0)
			result(fds[i], 0);
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
		model_open(f);
	} else if (model_full(f) || f->no_create || !f->domids || !any(12)) {
		note("close", i, 0, 0);
		result(close(fds[i]), 0);
		fds[i] = -1;
		model_close(f);
	} else {
		note("dup", i, 0, 0);
		other = dup(fds[i]);
		close(fds[i]);
		fds[i] = other;
	}
}

static void do_alloc_2010(struct file *f, int fd)
{
	uint32_t domid = some_domid(), gref = 0, index = 0;
	struct region *r;
	int ret;

	note("2010 alloc for", domid, 0, 0);
	ret = device_alloc_2010(fd, (uint16_t)domid, any(2), &gref, &index);
	result(ret, model_alloc(f, 1, domid, false, ret, &r));
	if (ret)
		return;
	if (index != r->first)
		wrong("at %u, not at the next offset %u", index, r->first);
	r->gref = gref;
	new_grefs(f, r->first, 1, domid, &gref);
}

static void do_dealloc_2010(struct file *f, int fd)
{
	uint32_t gref = any(60000);
	unsigned int i;

	for (i = any(16); i && f->regions; i--) {
		const struct region *r = &f->region[any(f->regions)];

		if (r->gref)
			gref = r->gref;
		if (r->gref && r->live)
			break;
	}
	note("2010 dealloc of gref", gref, 0, 0);
	result(device_dealloc_2010(fd, gref), model_dealloc_gref(f, gref));
}

static void do_alloc_2011(struct file *f, int fd)
{
	uint32_t count = some_count(), domid = some_domid(), grefs[150];
	uint64_t index = 0;
	struct region *r;
	int ret;

	note("2011 alloc of, for", count, domid, 0);
	ret = device_alloc(fd, (uint16_t)domid, (uint16_t)any(2), count,
			   &index, grefs);
	result(ret, model_alloc(f, count, domid, false, ret, &r));
	if (ret)
		return;
	if (index != r->first * PAGE)
		wrong("at %#llx, not at the next offset, page %u",
		      (unsigned long long)index, r->first);
	new_grefs(f, r->first, count, domid, grefs);
}

static void do_dealloc_2011(struct file *f, int fd)
{
	unsigned int count, offset = some_run(f, &count);
	unsigned int odd = any(20) ? 0 : 1 + any(4095);

	note("2011 dealloc of, at, +", count, offset, odd);
	result(device_dealloc(fd, offset * PAGE + odd, count),
	       odd ? -EINVAL : model_dealloc(f, offset, count));
}

static void do_notify(struct file *f, int fd)
{
	unsigned int offset = some_offset(f), action = any(10) ? any(2) : any(8);

	note("notify at, action", offset, action, 0);
	result(device_notify(fd, offset * PAGE + PAGE - 1, action, 0x7fffffff),
	       model_notify(f, offset, action));
}

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
	result(ret, model_create(f, count, fixed, offset, false, ret, &r));
	if (ret)
		return;
	if (!fixed && at != r->first * PAGE)
		wrong("at %#llx, not at the next offset, page %u",
		      (unsigned long long)at, r->first);
	if (r > f->region && !id)
		wrong("a region has no id");
	r->id = id;
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
	result(ret, model_grant(f, offset, count, domid, run, false, ret));
	if (ret)
		return;
	compare_grefs(grefs, count, op.grefs, run, op.first_gref, op.answer);
	new_grefs(f, offset, count, domid, grefs);
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

const struct step page_steps[] = {
	{ 50, do_alloc_2010 },
	{ 60, do_dealloc_2010 },
	{ 80, do_alloc_2011 },
	{ 80, do_dealloc_2011 },
	{ 30, do_notify },
	{ 40, do_create },
	{ 30, do_share },
	{ 80, do_grant },
	{ 60, do_revoke },
	{ 50, do_destroy },
	{}
};
