// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: regions, from their creation to their end
 *
 * A region is created as its creator's own, then given a place among the
 * offsets of its file, then, when the caller knows that place, published.
 * Until then its pages count as not allocated, so that no other call can do
 * anything with them, and a call that fails late can undo everything.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "compat.h"
#include "gntalloc.h"

/*
 * The greatest offset, in pages, that mmap() can be given: the one behind it
 * has to fit into an unsigned long, and it in bytes into 64 bits.
 */
#define GNTALLOC_LAST_PLACE	min_t(u64, ULONG_MAX - 1, U64_MAX >> PAGE_SHIFT)

/* How many draining entries to try in any case: more for who makes many. */
#define GNTALLOC_DRAIN_ALWAYS(count)	(2U + (count) / 32)

/*
 * Ends the grants of an unpublished region. Its file is locked, since the
 * region may have an id already, and somebody wait for it. Returns how many
 * entries drain.
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
 * Gives back what an unpublished region has, all of it or a part: its grants
 * have ended, but for @drains entries.
 */
static void region_undo(struct gntalloc_region *region, unsigned int drains)
{
	unsigned int i;

	for (i = 0; i < region->live; i += GNTALLOC_BATCH) {
		gntalloc_pages_free(&region->pages[i],
				    min(region->live - i, GNTALLOC_BATCH));
		cond_resched();
	}
	gntalloc_charge_drop(region->file, region->charged,
			     GNTALLOC_GRANTS(drains));
	gntalloc_region_put(region);
}

/*
 * The pages of a region. Where there is no memory, what peers have let go of is
 * looked for, so that there may be; for a great region twice, since the first
 * look may end where others have taken what it found.
 */
static int region_fill(struct gntalloc_region *region)
{
	unsigned int looks = 2;
	int err;

	do
		err = gntalloc_pages_alloc(region->pages, region->count,
					   &region->live);
	while (err == -ENOMEM && looks-- && gntalloc_drain_for(region->count));
	return err;
}

static struct gntalloc_region *region_create(struct gntalloc_file *file,
					     unsigned int count, u64 charge)
{
	struct gntalloc_region *region = NULL;
	int err;

	err = gntalloc_drain_charge(file, charge, count);
	if (err)
		return ERR_PTR(err);
	gntalloc_drain(GNTALLOC_DRAIN_ALWAYS(count));

	/* What is kept about pages is not to take memory for what cannot be. */
	if (count <= totalram_pages())
		region = gntalloc_region_alloc(count);
	if (!region) {
		gntalloc_charge_drop(file, charge, 0);
		return ERR_PTR(-ENOMEM);
	}
	kref_get(&file->kref);
	region->file = file;
	region->charged = charge;
	region->generation = gntalloc_generation();

	err = region_fill(region);
	if (err) {
		region_undo(region, 0);
		return ERR_PTR(err);
	}
	return region;
}

/**
 * gntalloc_region_create - allocate pages
 * @file: the open file that they are for
 * @count: number of pages; none is fine
 *
 * Context: process, no lock held.
 * Return: the region, unpublished and without a place; or -EPERM if the file
 * is restricted, -EDQUOT if a bound does not allow it, -ENOMEM, or -EINTR if
 * the task is being killed.
 */
struct gntalloc_region *gntalloc_region_create(struct gntalloc_file *file,
					       unsigned int count)
{
	struct gntalloc_region *region;
	int err;

	err = gntalloc_check_create(file);
	if (err)
		return ERR_PTR(err);
	region = region_create(file, count, GNTALLOC_PAGES(count));
	if (!IS_ERR(region))
		region->domid = -1;
	return region;
}

/**
 * gntalloc_region_share - allocate pages, and grant them to a peer
 * @file: the open file that they are for
 * @domid: the peer
 * @readonly: the peer may not write
 * @count: number of pages; none is fine
 * @how: to choose the grefs
 * @grefs: set to the grefs, one for each page; they stay there until the region
 *	is published
 *
 * Context: process, no lock held.
 * Return: as gntalloc_region_create(), and -EINVAL if @domid can be nobody's,
 * -ENOSPC if the grant table has not the entries.
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
	region = region_create(file, count, GNTALLOC_BOTH(count));
	if (IS_ERR(region))
		return region;
	grant = gntalloc_grant_new(count, how);
	if (IS_ERR(grant)) {
		region_undo(region, 0);
		return ERR_CAST(grant);
	}
	region->domid = domid;

	/* No entry comes to be that a restriction forbids. */
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
		region_undo(region, 0);
		return ERR_PTR(err);
	}
	*grefs = grant->grefs;
	return region;
}

/*
 * The place in the tree for a region at @first. Returns the region that is in
 * the way, or NULL with @link and @parent set.
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
 * Return: 0 with @region->first set; or -EOVERFLOW, or -EINTR.
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
	 * What a program has placed itself may lie ahead. It is passed once,
	 * and never looked at again.
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
		region->by_driver = true;
	}
	mutex_unlock(&file->lock);
	return err;
}

/**
 * gntalloc_region_place_at - take certain offsets of a file for a region
 * @region: unpublished, without a place; not empty
 * @first: the first offset, in pages; any number
 *
 * Return: 0; -EOVERFLOW if the region does not fit behind @first, -EEXIST if
 * another one is in the way, or -EINTR.
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
 * gntalloc_region_publish - let the calls on a file use a region
 * @region: has a place in its file, which is locked; belongs to the file if
 *	this succeeds
 *
 * Return: 0; or -EPERM or -EDQUOT if the file was restricted since the region
 * was created, so that it would not be created now.
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

	/* Without pages there is nothing to find, now or later. */
	if (!region->count) {
		gntalloc_region_put(region);
		return 0;
	}
	region->use_all = GNTALLOC_ALLOCATED;
	region->published = true;
	return 0;
}

static void region_displace(struct gntalloc_region *region)
{
	if (region->count)
		rb_erase(&region->file_node, &region->file->regions);
}

/**
 * gntalloc_region_abandon - undo the creation of an unpublished region
 * @region: gone when this returns, but for what drains
 */
void gntalloc_region_abandon(struct gntalloc_region *region)
{
	struct gntalloc_file *file = region->file;
	unsigned int drains;

	/* Nobody else can have found it: who was killed need not wait again. */
	if (region->first == GNTALLOC_NO_PLACE && list_empty(&region->grants)) {
		region_undo(region, 0);
		return;
	}

	mutex_lock(&file->lock);
	drains = region_end_grants(region);
	if (region->first != GNTALLOC_NO_PLACE) {
		region_displace(region);
		/* The offsets, too, unless somebody has taken the next. */
		if (region->by_driver &&
		    file->next == region->first + region->count)
			file->next = region->first;
	}
	mutex_unlock(&file->lock);

	region_undo(region, drains);
}

/**
 * gntalloc_region_forget - take a region without live pages out of its file
 * @region: of a locked file; gone when this returns, but for what drains
 */
void gntalloc_region_forget(struct gntalloc_region *region)
{
	lockdep_assert_held(&region->file->lock);

	/* A gref that was revoked may be another region's by now. */
	if (region->by_gref)
		xa_cmpxchg(&region->file->by_gref, region->by_gref, region,
			   NULL, GFP_NOWAIT);
	region_displace(region);
	/* Who waits for the region to be destroyed looks again. */
	gntalloc_wake(region->file);
	gntalloc_region_put(region);
}

/**
 * gntalloc_region_find - the region that has an offset
 * @file: the open file, locked
 * @offset: in pages
 *
 * Return: the region, one of whose pages is live, or NULL.
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
