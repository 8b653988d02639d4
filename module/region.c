// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: regions, from their creation to their end
 *
 * A region belongs at first to the call that creates it. Then it is given a
 * place among the offsets of its file. When that place was copied to the
 * program, the region is published. Until then its pages count as not
 * allocated: no other call can use them, and a call that fails late can undo
 * everything.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include <gntshare/gntalloc.h>

#include "compat.h"
#include "gntalloc.h"
#include "gntalloc_trace.h"

/*
 * The greatest offset, in pages, that mmap() can be given. The offset after it
 * has to fit into an unsigned long, and the offset in bytes into 64 bits.
 */
#define GNTALLOC_LAST_PLACE	min_t(u64, ULONG_MAX - 1, U64_MAX >> PAGE_SHIFT)

/* Number of draining entries that creating @count pages tries in any case. */
#define GNTALLOC_DRAIN_ALWAYS(count)	(2U + (count) / 32)

/*
 * Ends the grants of an unpublished region. The file is locked, since the
 * region may have an id already, and another call may wait for it. Returns the
 * number of entries that drain.
 */
static unsigned int region_end_grants(struct gntalloc_region *region)
{
	struct gntalloc_grant *grant, *next;
	unsigned int drains = 0;

	lockdep_assert_held(&region->file->lock);

	list_for_each_entry_safe(grant, next, &region->grants, region_node) {
		unsigned int count = grant->count;

		drains += count - gntalloc_grant_end(grant, 0, region->count);
	}
	return drains;
}

/*
 * Frees the pages of an unpublished region, which may not have all of them yet,
 * and drops its charge and its creator's reference. Its grants have ended, but
 * @drains entries of them drain.
 */
static void region_undo(struct gntalloc_region *region, unsigned int drains)
{
	unsigned int i;

	for (i = 0; i < region->live; i += GNTALLOC_BATCH) {
		gntalloc_pages_put(region, i,
				   min(region->live - i, GNTALLOC_BATCH));
		cond_resched();
	}
	gntalloc_charge_drop(region->file, region->charged,
			     GNTALLOC_PAGES(region->until_gone) |
			     GNTALLOC_ENTRIES(drains));
	gntalloc_region_put(region);
}

/*
 * Allocates the pages of a region. If there is no memory, this tries to end
 * entries that drain, since that frees their pages. It does so up to two times:
 * others may take the memory that the first time has freed.
 */
static int region_fill(struct gntalloc_region *region)
{
	unsigned int retries = 2;
	int err;

	do
		err = gntalloc_pages_alloc(region->pages, region->count,
					   &region->live);
	while (err == -ENOMEM && retries-- &&
	       gntalloc_drain_for(region->count));
	return err;
}

/* Charges the pages that a region keeps in memory without having them. */
static int region_charge_whole(struct gntalloc_region *region)
{
	u64 extra, whole = gntalloc_memory_whole(region, &extra);
	int err;

	if (!whole)
		return 0;
	if (whole > INT_MAX) {
		gntalloc_hit(region->file, GNTALLOC_BOUND_LIMIT,
			     GNTALLOC_PAGES(INT_MAX));
		return -EDQUOT;
	}
	if (extra) {
		err = gntalloc_drain_charge(region->file, GNTALLOC_PAGES(extra),
					    extra);
		if (err)
			return err;
	}
	region->charged += GNTALLOC_PAGES(extra);
	region->until_gone = whole;
	return 0;
}

/* Makes and charges a region that has no page yet. */
static struct gntalloc_region *region_new(struct gntalloc_file *file,
					  unsigned int count, u64 charge,
					  bool shared)
{
	struct gntalloc_region *region = NULL;
	int err;

	err = gntalloc_drain_charge(file, charge, count);
	if (err)
		return ERR_PTR(err);
	gntalloc_drain(GNTALLOC_DRAIN_ALWAYS(count));

	/* No struct is allocated for more pages than the guest has. */
	if (count <= totalram_pages())
		region = gntalloc_region_alloc(count, shared);
	if (!region) {
		gntalloc_charge_drop(file, charge, 0);
		return ERR_PTR(-ENOMEM);
	}
	kref_get(&file->kref);
	region->file = file;
	region->charged = charge;
	region->pid = task_tgid_nr(current);
	region->created = ktime_get_seconds();
	region->generation = gntalloc_generation();
	return region;
}

/**
 * gntalloc_region_create - create a region, which is granted to nobody
 * @file: the open file that it is for
 * @op: what the program has asked for, checked already
 *
 * Context: process, no lock held.
 * Return: the region, unpublished and without a place; or -EPERM if the file
 * is restricted, -EDQUOT if a bound does not allow it, -ENOMEM, or -EINTR if
 * the task is being killed; or, with GNTALLOC_CREATE_MEMORY, as
 * gntalloc_memory_pin(); or, with GNTALLOC_CREATE_DMABUF, as
 * gntalloc_memory_dmabuf() and gntalloc_memory_dmabuf_fill().
 */
struct gntalloc_region *
gntalloc_region_create(struct gntalloc_file *file,
		       const struct gntalloc_native_create *op)
{
	struct gntalloc_region *region;
	int err;

	err = gntalloc_check_create(file);
	if (err)
		return ERR_PTR(err);
	region = region_new(file, op->pages, GNTALLOC_PAGES(op->pages), false);
	if (IS_ERR(region))
		return region;
	region->domid = -1;
	if (op->flags & GNTALLOC_CREATE_MEMORY)
		err = gntalloc_memory_pin(region, op->address, op->flags &
					  GNTALLOC_CREATE_WRITABLE);
	else if (op->flags & GNTALLOC_CREATE_DMABUF)
		err = gntalloc_memory_dmabuf(region, op->fd, op->address,
					     op->flags &
					     GNTALLOC_CREATE_WRITABLE);
	else
		err = region_fill(region);
	if (!err)
		err = region_charge_whole(region);
	if (!err && (op->flags & GNTALLOC_CREATE_DMABUF))
		err = gntalloc_memory_dmabuf_fill(region, op->address);
	if (err) {
		region_undo(region, 0);
		return ERR_PTR(err);
	}
	return region;
}

/**
 * gntalloc_region_share - create a region, and grant its pages to a peer
 * @file: the open file that it is for
 * @domid: the peer
 * @readonly: the peer may not write
 * @count: number of pages; may be 0
 * @how: how to choose the grefs
 * @grefs: is set to the grefs, one for each page; valid until the region is
 *	published
 *
 * Context: process, no lock held.
 * Return: as gntalloc_region_create(); also -EINVAL if no domain can have the
 * id @domid, and as gntalloc_grant_new().
 */
struct gntalloc_region *
gntalloc_region_share(struct gntalloc_file *file, unsigned int domid,
		      bool readonly, unsigned int count,
		      enum gntalloc_grefs how, const u32 **grefs)
{
	struct gntalloc_region *region;
	struct gntalloc_grant *grant;
	int err;

	err = gntalloc_check_grant(file, domid);
	if (err)
		return ERR_PTR(err);
	region = region_new(file, count, GNTALLOC_BOTH(count), true);
	if (IS_ERR(region))
		return region;
	err = region_fill(region);
	if (err)
		goto undo;
	grant = gntalloc_grant_new(file, region, count, how);
	err = PTR_ERR_OR_ZERO(grant);
	if (err)
		goto undo;
	region->domid = domid;

	/* No entry is written that a restriction has forbidden meanwhile. */
	err = gntalloc_lock(file);
	if (!err) {
		err = gntalloc_check_still(file, domid);
		if (!err)
			gntalloc_grant_write(grant, region, 0, domid,
					     readonly);
		mutex_unlock(&file->lock);
	}
	if (err) {
		gntalloc_grant_drop(grant);
		goto undo;
	}
	*grefs = grant->grefs;
	return region;

undo:
	region_undo(region, 0);
	return ERR_PTR(err);
}

/*
 * Looks for where a region at @first belongs in the tree. Returns the region
 * that overlaps with it, or NULL with @link and @parent set for it.
 */
static struct gntalloc_region *region_link(struct gntalloc_file *file,
					   u64 first, unsigned int count,
					   struct rb_node ***link,
					   struct rb_node **parent)
{
	*link = &file->regions.rb_node;
	*parent = NULL;
	while (**link) {
		struct gntalloc_region *other =
			rb_entry(**link, struct gntalloc_region, file_node);

		*parent = **link;
		if (first + count <= other->first)
			*link = &(*parent)->rb_left;
		else if (first >= other->first + other->count)
			*link = &(*parent)->rb_right;
		else
			return other;
	}
	return NULL;
}

static int region_place(struct gntalloc_region *region, u64 first)
{
	struct gntalloc_file *file = region->file;
	struct rb_node **link, *parent;

	if (region_link(file, first, region->count, &link, &parent))
		return -EEXIST;
	region->first = first;
	rb_link_node(&region->file_node, parent, link);
	rb_insert_color(&region->file_node, &file->regions);
	return 0;
}

/**
 * gntalloc_region_place - take the next free offsets of a file for a region
 * @region: unpublished, without a place
 * @last: the greatest offset, in pages, that the caller can use
 *
 * Return: 0 with @region->first set; or -EOVERFLOW if it does not fit below
 * @last, or -EINTR if the task is being killed.
 */
int gntalloc_region_place(struct gntalloc_region *region, u64 last)
{
	struct gntalloc_file *file = region->file;
	struct gntalloc_region *other;
	struct rb_node **link, *parent;
	int err = -EOVERFLOW;
	u64 first;

	last = min(last, GNTALLOC_LAST_PLACE);

	if (gntalloc_lock(file))
		return -EINTR;
	/*
	 * The program may have chosen these offsets for another region. Each
	 * such region is passed once, and is never looked at again.
	 */
	first = file->next;
	while ((other = region_link(file, first, region->count, &link,
				    &parent)))
		first = other->first + other->count;

	if (first <= last && region->count <= last - first + 1) {
		err = 0;
		if (region->count)
			err = region_place(region, first);
		else
			region->first = first;
		file->next = first + region->count;
		region->by_next = true;
	}
	mutex_unlock(&file->lock);
	return err;
}

/**
 * gntalloc_region_place_at - take certain offsets of a file for a region
 * @region: unpublished, without a place; not empty
 * @first: the first offset, in pages; any number
 *
 * Return: 0; or -EOVERFLOW if the region would end beyond the greatest offset,
 * -EEXIST if another region has one of the offsets, or -EINTR if the task is
 * being killed.
 */
int gntalloc_region_place_at(struct gntalloc_region *region, u64 first)
{
	int err;

	if (first > GNTALLOC_LAST_PLACE ||
	    region->count > GNTALLOC_LAST_PLACE - first + 1)
		return -EOVERFLOW;

	if (gntalloc_lock(region->file))
		return -EINTR;
	err = region_place(region, first);
	mutex_unlock(&region->file->lock);
	return err;
}

/**
 * gntalloc_region_publish - let other calls find a region
 * @region: has a place in its file, which is locked. If this succeeds, it
 *	belongs to the file; a region without pages is freed.
 *
 * Return: 0; or -EPERM or -EDQUOT if the file was restricted meanwhile, so that
 * the region could not be created any more.
 */
int gntalloc_region_publish(struct gntalloc_region *region)
{
	int err;

	lockdep_assert_held(&region->file->lock);

	err = gntalloc_check_still(region->file, region->domid);
	if (!err)
		err = gntalloc_charge_keep(region->file, region->charged);
	if (err)
		return err;

	/* Without pages there will never be anything to find. */
	if (!region->count) {
		gntalloc_region_put(region);
		return 0;
	}
	region->use_all = GNTALLOC_ALLOCATED;
	region->published = true;
	trace_gntalloc_create(region);
	return 0;
}

static void region_displace(struct gntalloc_region *region)
{
	if (region->count)
		rb_erase(&region->file_node, &region->file->regions);
}

/**
 * gntalloc_region_abandon - undo the creation of an unpublished region
 * @region: has no page and no place when this returns, and is gone unless
 *	entries of it drain
 */
void gntalloc_region_abandon(struct gntalloc_region *region)
{
	struct gntalloc_file *file = region->file;
	unsigned int drains;

	/* Nobody else can find it: a killed task need not wait for the lock. */
	if (region->first == GNTALLOC_NO_PLACE && list_empty(&region->grants)) {
		region_undo(region, 0);
		return;
	}

	mutex_lock(&file->lock);
	drains = region_end_grants(region);
	if (region->first != GNTALLOC_NO_PLACE) {
		region_displace(region);
		/* Give the offsets back if the next ones are not taken yet. */
		if (region->by_next &&
		    file->next == region->first + region->count)
			file->next = region->first;
	}
	mutex_unlock(&file->lock);

	region_undo(region, drains);
}

/**
 * gntalloc_region_forget - take a region without live pages out of its file
 * @region: of a locked file; has no place when this returns, and is gone unless
 *	entries of it drain
 */
void gntalloc_region_forget(struct gntalloc_region *region)
{
	lockdep_assert_held(&region->file->lock);

	/* If its entry was revoked, the gref may be another region's by now. */
	if (region->by_gref)
		xa_cmpxchg(&region->file->by_gref, region->by_gref, region,
			   NULL, GFP_NOWAIT);
	region_displace(region);
	/* If peers hold pages of it, it can still be found, by its id. */
	if (!region->id && !list_empty(&region->grants))
		gntalloc_id_add(region);
	/* Calls that wait for the region have to check its state again. */
	gntalloc_wake(region->file);
	gntalloc_region_put(region);
}

/**
 * gntalloc_region_find - find the region that has an offset
 * @file: the open file, locked
 * @offset: the offset, in pages
 *
 * Return: the region, which has a live page or is unpublished; or NULL.
 */
struct gntalloc_region *gntalloc_region_find(struct gntalloc_file *file,
					     u64 offset)
{
	struct rb_node *node = file->regions.rb_node;

	lockdep_assert_held(&file->lock);

	while (node) {
		struct gntalloc_region *region =
			rb_entry(node, struct gntalloc_region, file_node);

		if (offset < region->first)
			node = node->rb_left;
		else if (offset - region->first >= region->count)
			node = node->rb_right;
		else
			return region;
	}
	return NULL;
}
