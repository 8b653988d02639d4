// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: which arguments a call gets, and the calls of the levels 2010 and 2011,
 * which are right in most cases
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

const struct step old_steps[] = {
	{ 50, do_alloc_2010, NULL },
	{ 60, do_dealloc_2010, NULL },
	{ 80, do_alloc_2011, NULL },
	{ 80, do_dealloc_2011, NULL },
	{ 30, do_notify, NULL },
	{}
};
