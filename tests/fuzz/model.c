// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the device should be like.
 */
#include "model.h"

#include <errno.h>
#include <string.h>

long model_limit, model_pages, model_grants;

/* There may be more than the limit, which was higher once. */
static bool exceeds(long count, long used)
{
	return count && (used > model_limit || count > model_limit - used);
}

void model_open(struct file *f)
{
	memset(f, 0, sizeof(*f));
	f->open = true;
}

bool model_full(const struct file *f)
{
	return f->next + 200 > PAGES || f->regions + 2 > REGIONS;
}

/* Neither the program nor a mapping has it: it dies. */
static void settle(struct page *p)
{
	unsigned int d;

	if (!p->region || p->allocated || p->maps)
		return;
	for (d = 0; d < DOMIDS; d++)
		model_grants -= p->grants[d];
	model_pages--;
	p->region->live--;
	memset(p, 0, sizeof(*p));
}

/* When neither a descriptor nor a mapping has a file, all of it goes. */
static void release(struct file *f)
{
	unsigned int i;

	if (f->open || f->maps)
		return;
	for (i = 0; i < PAGES; i++) {
		f->page[i].allocated = false;
		settle(&f->page[i]);
	}
}

void model_close(struct file *f)
{
	f->open = false;
	release(f);
}

/* The region that is in the way of a run, even of one without pages. */
static struct region *in_the_way(struct file *f, unsigned int first,
				 unsigned int count)
{
	unsigned int i;

	for (i = 0; i < f->regions; i++) {
		struct region *r = &f->region[i];

		if (r->live && first + count > r->first &&
		    first < r->first + r->count)
			return r;
	}
	return NULL;
}

static struct region *place(struct file *f, unsigned int first,
			    unsigned int count)
{
	struct region *r = &f->region[f->regions++];
	unsigned int i;

	*r = (struct region) {
		.first = first, .count = count, .live = count,
		.published = true,
	};
	for (i = first; i < first + count; i++) {
		f->page[i].region = r;
		f->page[i].allocated = true;
	}
	model_pages += count;
	return r;
}

static struct region *place_next(struct file *f, unsigned int count)
{
	struct region *other;

	while ((other = in_the_way(f, f->next, count)))
		f->next = other->first + other->count;
	f->next += count;
	return place(f, f->next - count, count);
}

int model_alloc(struct file *f, unsigned int count, unsigned int domid,
		struct region **made)
{
	unsigned int i;

	if (exceeds(count, model_pages) || exceeds(count, model_grants))
		return -ENOSPC;
	*made = place_next(f, count);
	for (i = 0; i < count; i++)
		f->page[(*made)->first + i].grants[domid] = 1;
	model_grants += count;
	return 0;
}

int model_create(struct file *f, unsigned int count, bool fixed,
		 unsigned int offset, struct region **made)
{
	if (!count)
		return -EINVAL;
	if (exceeds(count, model_pages))
		return -EDQUOT;
	if (fixed && in_the_way(f, offset, count))
		return -EEXIST;
	*made = fixed ? place(f, offset, count) : place_next(f, count);
	return 0;
}

bool model_allocated(const struct file *f, unsigned int first,
		     unsigned int count)
{
	unsigned int i;

	for (i = first; i < first + count; i++)
		if (i >= PAGES || !f->page[i].allocated)
			return false;
	return count > 0;
}

static void deallocate(struct file *f, unsigned int first, unsigned int count)
{
	unsigned int i;

	for (i = first; i < first + count; i++) {
		f->page[i].allocated = false;
		settle(&f->page[i]);
	}
}

int model_dealloc(struct file *f, unsigned int first, unsigned int count)
{
	if (!model_allocated(f, first, count))
		return -EINVAL;
	deallocate(f, first, count);
	return 0;
}

int model_dealloc_ref(struct file *f, uint32_t ref)
{
	const struct region *r = f->region + f->regions;

	/* The newest: an older one's entry was revoked, and then used again. */
	while (r-- > f->region)
		if (r->ref == ref)
			return r->live && f->page[r->first].allocated ?
				model_dealloc(f, r->first, 1) : -ENOENT;
	return -ENOENT;
}

/* The region that has all of a run, of which some may be dead. */
static struct region *region_of(struct file *f, unsigned int first,
				unsigned int count)
{
	struct region *r = in_the_way(f, first, 1);

	return r && r->published && first + count <= r->first + r->count ?
		r : NULL;
}

int model_grant(struct file *f, unsigned int first, unsigned int count,
		unsigned int domid)
{
	unsigned int i;

	if (!count)
		return -EINVAL;
	if (!region_of(f, first, count) || !model_allocated(f, first, count))
		return -ENOENT;
	if (exceeds(count, model_grants))
		return -EDQUOT;
	for (i = first; i < first + count; i++)
		f->page[i].grants[domid]++;
	model_grants += count;
	return 0;
}

int model_revoke(struct file *f, unsigned int first, unsigned int count,
		 unsigned int domid)
{
	bool found = false;
	unsigned int i;

	if (!count)
		return -EINVAL;
	if (!region_of(f, first, count))
		return -ENOENT;
	for (i = first; i < first + count; i++) {
		found |= f->page[i].grants[domid] > 0;
		model_grants -= f->page[i].grants[domid];
		f->page[i].grants[domid] = 0;
	}
	return found ? 0 : -ENOENT;
}

int model_destroy(struct file *f, struct region *r)
{
	unsigned int i;

	/* Nothing is left of it when its pages were deallocated by offset. */
	if (!r->published || !r->live)
		return -ENOENT;
	r->published = false;
	for (i = r->first; i < r->first + r->count; i++)
		if (f->page[i].region == r)
			deallocate(f, i, 1);
	return 0;
}

void model_use(struct file *f, unsigned int offset)
{
	f->page[offset].maps++;
	f->maps++;
}

void model_unuse(struct file *f, unsigned int offset)
{
	f->page[offset].maps--;
	f->maps--;
	settle(&f->page[offset]);
	release(f);
}
