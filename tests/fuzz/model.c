// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the device has to do.
 */
#include "model.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include <gntshare/gntalloc.h>

struct hold model_holds[HOLDS];
long model_limit, model_quota, model_pages, model_grants, model_draining;
long model_loose, model_signals, model_signals_perhaps;
bool model_concurrent;

/* --- how much there may be ------------------------------------------------ */

/* There may already be more than the bound, if that was higher before. */
static bool fits(long used, long bound, long more)
{
	return !more || (used <= bound && more <= bound - used);
}

/* Returns the result of a call that makes these, if all else is right. */
static int charge(const struct file *f, long pages, long grants, int error,
		  int ret)
{
	long quota = model_quota ? model_quota : INT_MAX;
	long all = model_limit < quota ? model_limit : quota;
	bool can, must;

	can = fits(f->pages, f->bound_pages, pages) &&
	      fits(f->grants, f->bound_grants, grants);
	must = can && fits(f->grants + model_loose, f->bound_grants, grants);
	if (model_concurrent) {
		must = must && !pages && !grants;
	} else {
		can = can && fits(model_pages, all, pages) &&
		      fits(model_grants, all, grants);
		must = must && can &&
		       fits(model_grants + model_loose, all, grants);
	}
	return must || (can && ret != error) ? 0 : error;
}

static int may_grant(const struct file *f, unsigned int domid)
{
	if (domid >= RESERVED)
		return -EINVAL;
	return f->no_create || !(f->domids & 1U << domid) ? -EPERM : 0;
}

/* --- the end of entries, pages and regions -------------------------------- */

/* The peer holds some of these entries, or did so a moment ago. */
static void end_entries(struct file *f, struct page *p, unsigned int domid)
{
	long count = p->grants[domid], held = 0;
	struct hold *h;

	p->grants[domid] = 0;
	if (domid == PEER && (p->holds || p->let_go)) {
		held = p->holds;
		model_loose += p->let_go;
		p->region->drained = true;
		p->holds = 0;
		p->let_go = 0;
		for (h = model_holds; h < model_holds + HOLDS; h++)
			if (h->used && h->page == p)
				h->ends = true;
	}
	model_draining += held;
	p->region->held += held;
	model_grants -= count - held;
	f->grants -= count - held;
}

/* Is it certain that nothing of the region is left? */
static bool is_gone(const struct region *r)
{
	return !r->live && !r->held && !r->drained;
}

static void may_be_gone(struct region *r)
{
	if (!r->signals || r->live || r->held)
		return;
	r->signals = false;
	if (r->drained)
		model_signals_perhaps++;
	else
		model_signals++;
}

/* A page dies when neither the program nor a mapping has it. */
static void settle(struct file *f, struct page *p)
{
	struct hold *h;
	unsigned int d;

	if (!p->live || p->allocated || p->maps)
		return;
	if (p->clears)
		p->bytes->tail = 0;
	for (d = 0; d < DOMIDS; d++)
		end_entries(f, p, d);
	for (h = model_holds; h < model_holds + HOLDS; h++)
		if (h->used && h->page == p) {
			h->page = NULL;
			h->own = p->own;
			if (h->bytes == &p->own)
				h->bytes = &h->own;
		}
	model_pages--;
	f->pages--;
	p->live = false;
	p->clears = false;
	p->region->live--;
	may_be_gone(p->region);
}

/* When no descriptor and no mapping uses a file, all its pages die. */
static void release(struct file *f)
{
	struct hold *h;
	unsigned int i;

	if (f->opens || f->maps)
		return;
	for (i = 0; i < f->top; i++) {
		f->page[i].allocated = false;
		settle(f, &f->page[i]);
	}
	for (i = 0; i < f->regions; i++)
		if (f->region[i].signals)
			model_signals_perhaps++;
	for (h = model_holds; h < model_holds + HOLDS; h++)
		if (h->file == f)
			h->region = NULL;
}

/* --- files ---------------------------------------------------------------- */

void model_open(struct file *f)
{
	memset(f->page, 0, f->top * sizeof(f->page[0]));
	memset(f, 0, offsetof(struct file, region));
	f->opens = 1;
	f->bound_pages = INT_MAX;
	f->bound_grants = INT_MAX;
	f->domids = ~0U;
}

void model_close(struct file *f)
{
	f->opens--;
	release(f);
}

bool model_gone(const struct file *f)
{
	return !f->opens && !f->maps;
}

bool model_full(const struct file *f)
{
	return f->next + 200 > PAGES || f->regions + 2 > REGIONS;
}

void model_restrict(struct file *f, bool no_create, bool no_send_event,
		    long pages, unsigned int domids)
{
	f->restricted = true;
	f->no_create |= no_create;
	f->no_send_event |= no_send_event;
	f->domids &= domids;
	if (pages < 0)
		return;
	if (f->bound_pages > f->pages + pages)
		f->bound_pages = f->pages + pages;
	if (f->bound_grants > f->grants + pages)
		f->bound_grants = f->grants + pages;
}

/* --- regions -------------------------------------------------------------- */

/*
 * The region in the way of a run. A page of it that is dead is in the way, too. A run
 * of no pages has a place as well, and a region in whose middle that is, is in its way.
 */
static struct region *in_the_way(struct file *f, unsigned int first,
				 unsigned int count)
{
	struct region *r;

	for (r = f->region; r < f->region + f->regions; r++)
		if (r->live && first + count > r->first &&
		    first < r->first + r->count)
			return r;
	return NULL;
}

/* The place for a run for which the caller does not demand one. */
static unsigned int next_place(struct file *f, unsigned int count)
{
	struct region *other;

	while ((other = in_the_way(f, f->next, count)))
		f->next = other->first + other->count;
	return f->next;
}

static struct region *place(struct file *f, unsigned int first,
			    unsigned int count, const struct memory *memory)
{
	struct region *r = &f->region[f->regions++];
	unsigned int i;

	*r = (struct region) {
		.first = first, .count = count, .live = count,
		.published = true, .memory = memory,
		.readonly = memory && !memory->writable,
	};
	for (i = 0; i < count; i++)
		f->page[first + i] = (struct page) {
			.region = r, .live = true, .allocated = true,
			.bytes = memory ? memory->bytes[i] :
					  &f->page[first + i].own,
		};
	if (f->top < first + count)
		f->top = first + count;
	model_pages += count;
	f->pages += count;
	return r;
}

/* An entry counts until it is ended, and only if it was made. */
static void add_entries(struct file *f, unsigned int first,
			unsigned int count, unsigned int domid)
{
	unsigned int i;

	for (i = first; i < first + count; i++)
		f->page[i].grants[domid]++;
	model_grants += count;
	f->grants += count;
}

/* Places a region at @offset if @fixed, else where the next one is placed. */
static int place_new(struct file *f, unsigned int count, bool fixed,
		     unsigned int offset, const struct memory *memory,
		     bool undo, struct region **made)
{
	if (fixed && in_the_way(f, offset, count))
		return -EEXIST;
	if (!fixed)
		offset = next_place(f, count);
	if (undo)
		return -EFAULT;
	if (!fixed)
		f->next = offset + count;
	*made = place(f, offset, count, memory);
	return 0;
}

int model_alloc(struct file *f, unsigned int count, unsigned int domid,
		bool undo, int ret, struct region **made)
{
	int err = may_grant(f, domid);

	if (!err)
		err = charge(f, count, count, -ENOSPC, ret);
	if (!err)
		err = place_new(f, count, false, 0, NULL, undo, made);
	if (!err)
		add_entries(f, (*made)->first, count, domid);
	return err;
}

int model_create(struct file *f, unsigned int count, bool fixed,
		 unsigned int offset, const struct memory *memory, bool undo,
		 int ret, struct region **made)
{
	int err;

	if (!count)
		return -EINVAL;
	if (f->no_create)
		return -EPERM;
	err = charge(f, count, 0, -EDQUOT, ret);
	if (!err && memory)
		err = memory->error;
	if (err)
		return err;
	return place_new(f, count, fixed, offset, memory, undo, made);
}

/* May the driver find no row for it? A single entry is always a row. */
static bool no_row(bool row, unsigned int count, int ret)
{
	return row && count > 1 && ret == -ENOSPC;
}

int model_share(struct file *f, unsigned int count, unsigned int domid,
		bool fixed, unsigned int offset, bool row, bool undo, int ret,
		struct region **made)
{
	int err = count ? may_grant(f, domid) : -EINVAL;

	if (!err)
		err = charge(f, count, count, -EDQUOT, ret);
	if (!err && no_row(row, count, ret))
		err = -ENOSPC;
	if (err)
		return err;
	err = place_new(f, count, fixed, offset, NULL, undo, made);
	if (!err)
		add_entries(f, (*made)->first, count, domid);
	return err;
}

bool model_allocated(const struct file *f, unsigned int first,
		     unsigned int count)
{
	unsigned int i;

	for (i = first; i < first + count; i++)
		if (i >= f->top || !f->page[i].allocated)
			return false;
	return count > 0;
}

/* Of what is mapped by the offsets of a file, all is the driver's. */
int model_map(const struct file *f, unsigned int first, unsigned int count)
{
	unsigned int i;

	if (!model_allocated(f, first, count))
		return -ENOENT;
	for (i = first; i < first + count; i++)
		if (f->page[i].region->memory)
			return -ENODEV;
	return 0;
}

static void deallocate(struct file *f, unsigned int first, unsigned int count)
{
	unsigned int i;

	for (i = first; i < first + count; i++) {
		f->page[i].allocated = false;
		settle(f, &f->page[i]);
	}
}

int model_dealloc(struct file *f, unsigned int first, unsigned int count)
{
	if (!model_allocated(f, first, count))
		return -EINVAL;
	deallocate(f, first, count);
	return 0;
}

int model_dealloc_gref(struct file *f, uint32_t gref)
{
	const struct region *r = f->region + f->regions;

	/*
	 * The newest region has the gref. An older one's entry was revoked
	 * before.
	 */
	while (gref && r-- > f->region)
		if (r->gref == gref)
			return r->live && model_allocated(f, r->first, 1) ?
				model_dealloc(f, r->first, 1) : -ENOENT;
	return -ENOENT;
}

int model_notify(struct file *f, unsigned int offset, unsigned int action)
{
	if (!model_allocated(f, offset, 1))
		return -ENOENT;
	if (action & ~3U)
		return -EINVAL;
	if ((action & GNTALLOC_2011_SEND_EVENT) && f->no_send_event)
		return -EPERM;
	if ((action & GNTALLOC_2011_CLEAR_BYTE) &&
	    f->page[offset].region->readonly)
		return -EACCES;
	if ((action & GNTALLOC_2011_CLEAR_BYTE) &&
	    f->page[offset].region->memory && f->restricted)
		return -EPERM;
	/* The fuzzer names a port that does not exist. */
	if (action & GNTALLOC_2011_SEND_EVENT)
		return -EINVAL;
	f->page[offset].clears = action & GNTALLOC_2011_CLEAR_BYTE;
	return 0;
}

/* The region that contains a whole run, some pages of which may be dead. */
static struct region *region_of(struct file *f, unsigned int first,
				unsigned int count)
{
	struct region *r = in_the_way(f, first, 1);

	return r && r->published && first + count <= r->first + r->count ?
		r : NULL;
}

int model_grant(struct file *f, unsigned int first, unsigned int count,
		unsigned int domid, bool writable, bool row, bool undo, int ret)
{
	const struct region *r;
	int err;

	if (!count)
		return -EINVAL;
	err = may_grant(f, domid);
	if (err)
		return err;
	r = region_of(f, first, count);
	if (!r || !model_allocated(f, first, count))
		return -ENOENT;
	if (writable && r->readonly)
		return -EACCES;
	err = charge(f, 0, count, -EDQUOT, ret);
	if (!err && no_row(row, count, ret))
		err = -ENOSPC;
	if (err)
		return err;
	if (undo)
		return -EFAULT;
	add_entries(f, first, count, domid);
	return 0;
}

int model_revoke(struct file *f, unsigned int first, unsigned int count,
		 unsigned int domid, struct region **of)
{
	bool found = false;
	unsigned int i;

	if (!count)
		return -EINVAL;
	*of = region_of(f, first, count);
	if (!*of || domid >= DOMIDS)
		return -ENOENT;
	for (i = first; i < first + count; i++) {
		if (!f->page[i].live)
			continue;
		found |= f->page[i].grants[domid] > 0;
		end_entries(f, &f->page[i], domid);
	}
	return found ? 0 : -ENOENT;
}

int model_destroy(struct file *f, struct region *r, bool told, bool signals,
		  int ret)
{
	unsigned int i;

	/*
	 * A region that a peer holds can be destroyed once, although it has no
	 * pages.
	 */
	if (!r->published || is_gone(r))
		return -ENOENT;
	if (!r->live && !r->held && ret == -ENOENT)
		return ret;
	r->published = false;
	r->told = told;
	r->signals = signals;
	if (r->live)
		for (i = r->first; i < r->first + r->count; i++)
			deallocate(f, i, 1);
	may_be_gone(r);
	return 0;
}

unsigned int model_state(const struct region *r)
{
	return r->live ? GNTALLOC_STATE_LIVE :
	       r->held ? GNTALLOC_STATE_DRAINING : GNTALLOC_STATE_GONE;
}

bool model_event(const struct file *f, bool perhaps)
{
	unsigned int i;

	for (i = 0; i < f->regions; i++) {
		const struct region *r = &f->region[i];

		if (r->told && !r->live && !r->held && (perhaps || !r->drained))
			return true;
	}
	return false;
}

/* --- users of a page ------------------------------------------------------ */

void model_use(struct file *f, unsigned int offset)
{
	f->page[offset].maps++;
	f->maps++;
}

void model_unuse(struct file *f, unsigned int offset)
{
	f->page[offset].maps--;
	f->maps--;
	settle(f, &f->page[offset]);
	release(f);
}

void model_hold(struct hold *h, struct file *f, unsigned int offset)
{
	struct page *p = &f->page[offset];

	*h = (struct hold) {
		.used = true, .page = p, .region = p->region, .file = f,
		.bytes = p->bytes,
	};
	p->holds++;
}

void model_let_go(struct hold *h)
{
	h->used = false;
	if (!h->ends) {
		h->page->holds--;
		h->page->let_go++;
		return;
	}
	model_draining--;
	model_grants--;
	model_loose++;
	if (h->region) {
		h->file->grants--;
		h->region->held--;
		may_be_gone(h->region);
	}
}
