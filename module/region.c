// SPDX-License-Identifier: GPL-2.0
/*
 * xen-gntalloc: regions, from their creation to their end
 *
 * A region is created and granted as its creator's own, then given a place
 * among the offsets of a file, then, when the caller knows that place,
 * published in the file. Until then no other call finds it, so that a call
 * that fails late can still undo everything.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "compat.h"
#include "gntalloc.h"

/* No file has this offset: the region has no place yet. */
#define GNTALLOC_NO_PLACE	U64_MAX

/*
 * How many draining entries to try, beside one for each page of the call:
 * always a few, and many when the limit stands in the way.
 */
#define GNTALLOC_DRAIN_ALWAYS	8U
#define GNTALLOC_DRAIN_AT_LIMIT	1024U

static struct gntalloc_region *region_alloc(unsigned int count)
{
	struct gntalloc_region *region;
	size_t size;

	size = struct_size(region, pages, count);
	if (check_add_overflow(size, array_size(count, sizeof(u32)), &size))
		return NULL;

	region = kvzalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!region)
		return NULL;

	kref_init(&region->kref);
	INIT_LIST_HEAD(&region->grants);
	xa_init_flags(&region->notify, XA_FLAGS_ACCOUNT);
	region->first = GNTALLOC_NO_PLACE;
	region->count = count;
	region->users = (u32 *)&region->pages[count];
	return region;
}

static void region_release(struct kref *kref)
{
	struct gntalloc_region *region =
		container_of(kref, struct gntalloc_region, kref);
	struct gntalloc_grant *grant, *next;

	list_for_each_entry_safe(grant, next, &region->grants, region_node)
		kvfree(grant);
	xa_destroy(&region->notify);
	kvfree(region);
}

/**
 * gntalloc_region_put - give back a reference of gntalloc_region.kref
 * @region: may be gone when this returns
 */
void gntalloc_region_put(struct gntalloc_region *region)
{
	kref_put(&region->kref, region_release);
}

/* Zeroed, since what is in them is about to be seen by two programs. */
static int region_fill(struct gntalloc_region *region)
{
	const gfp_t gfp = GFP_HIGHUSER | __GFP_ZERO | __GFP_ACCOUNT |
			  __GFP_NOWARN;
	unsigned int i;

	while (region->live < region->count) {
		unsigned int want = min(region->count - region->live,
					GNTALLOC_BATCH);
		unsigned int got;

		got = gntalloc_alloc_pages_bulk(gfp, want,
						region->pages + region->live);
		for (i = 0; i < got; i++)
			region->users[region->live++] = GNTALLOC_ALLOCATED;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!got)
			return -ENOMEM;
		cond_resched();
	}
	return 0;
}

/*
 * Ends what an unpublished region has, all of it or what a failed creation
 * has come to. What a peer has mapped already, by guessing refs, drains.
 */
static void region_undo(struct gntalloc_region *region)
{
	struct gntalloc_grant *grant =
		list_first_entry(&region->grants, struct gntalloc_grant,
				 region_node);
	unsigned int ended = region->count - region->live;
	unsigned int i;

	for (i = 0; i < region->live; i++) {
		ended += gntalloc_grant_end(grant, i);
		put_page(region->pages[i]);
		if (i % GNTALLOC_BATCH == GNTALLOC_BATCH - 1)
			cond_resched();
	}
	gntalloc_uncharge(ended);
	gntalloc_region_put(region);
}

/**
 * gntalloc_region_create - allocate pages, and grant them to a peer
 * @domid: the peer
 * @readonly: the peer may not write
 * @count: number of pages; none is fine
 *
 * Context: process, no lock held.
 * Return: the region, unpublished; or -EINVAL if @domid can be nobody's,
 * -EDQUOT if the limit does not allow it, -ENOSPC if the grant table is full,
 * -ENOMEM, or -EINTR if the task is being killed.
 */
struct gntalloc_region *gntalloc_region_create(unsigned int domid,
					       bool readonly,
					       unsigned int count)
{
	struct gntalloc_region *region;
	struct gntalloc_grant *grant;
	int err;

	if (domid >= DOMID_FIRST_RESERVED)
		return ERR_PTR(-EINVAL);

	/* Before anything that the caller's number could make large. */
	err = gntalloc_charge(count);
	if (err && gntalloc_drain(GNTALLOC_DRAIN_AT_LIMIT))
		err = gntalloc_charge(count);
	if (err)
		return ERR_PTR(err);
	gntalloc_drain(count + GNTALLOC_DRAIN_ALWAYS);

	region = region_alloc(count);
	if (!region)
		goto no_memory;
	grant = gntalloc_grant_alloc(region, domid);
	if (!grant) {
		gntalloc_region_put(region);
		goto no_memory;
	}

	err = region_fill(region);
	if (!err)
		err = gntalloc_grant_make(grant, readonly);
	if (err) {
		region_undo(region);
		return ERR_PTR(err);
	}
	return region;

no_memory:
	gntalloc_uncharge(count);
	return ERR_PTR(-ENOMEM);
}

/**
 * gntalloc_region_place - take the next offsets of a file for a region
 * @file: the open file
 * @region: unpublished
 * @last: the greatest offset, in pages, that the caller can use
 *
 * Return: 0 with @region->first set, or -EOVERFLOW.
 */
int gntalloc_region_place(struct gntalloc_file *file,
			  struct gntalloc_region *region, u64 last)
{
	int err = -EOVERFLOW;

	mutex_lock(&file->lock);
	if (file->next <= last && region->count <= last - file->next) {
		region->first = file->next;
		file->next += region->count;
		err = 0;
	}
	mutex_unlock(&file->lock);
	return err;
}

/**
 * gntalloc_region_publish - let the calls on a file find a region
 * @file: the open file, locked
 * @region: has a place in it; belongs to the file from now on
 */
void gntalloc_region_publish(struct gntalloc_file *file,
			     struct gntalloc_region *region)
{
	struct rb_node **link = &file->regions.rb_node, *parent = NULL;

	lockdep_assert_held(&file->lock);

	/* Without pages there is nothing to find, now or later. */
	if (!region->count) {
		gntalloc_region_put(region);
		return;
	}

	while (*link) {
		struct gntalloc_region *other =
			rb_entry(*link, struct gntalloc_region, file_node);

		parent = *link;
		if (region->first < other->first)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&region->file_node, parent, link);
	rb_insert_color(&region->file_node, &file->regions);
}

/**
 * gntalloc_region_abandon - undo the creation of an unpublished region
 * @file: where it may have got a place
 * @region: gone when this returns, but for what drains
 */
void gntalloc_region_abandon(struct gntalloc_file *file,
			     struct gntalloc_region *region)
{
	mutex_lock(&file->lock);
	/* The offsets, too, unless somebody has taken the next ones. */
	if (region->first != GNTALLOC_NO_PLACE &&
	    file->next == region->first + region->count)
		file->next = region->first;
	mutex_unlock(&file->lock);

	region_undo(region);
}

/**
 * gntalloc_region_forget - take a region without live pages out of its file
 * @file: the open file, locked
 * @region: gone when this returns, but for what drains
 */
void gntalloc_region_forget(struct gntalloc_file *file,
			    struct gntalloc_region *region)
{
	lockdep_assert_held(&file->lock);

	if (region->by_ref) {
		struct gntalloc_grant *grant =
			list_first_entry(&region->grants,
					 struct gntalloc_grant, region_node);

		xa_erase(&file->by_ref, grant->refs[0]);
	}
	rb_erase(&region->file_node, &file->regions);
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

/**
 * gntalloc_regions_release - deallocate all that a file still has
 * @file: the open file; nobody else can reach it, and no VMA does
 */
void gntalloc_regions_release(struct gntalloc_file *file)
{
	struct rb_node *node;

	mutex_lock(&file->lock);
	while ((node = rb_first(&file->regions))) {
		struct gntalloc_region *region =
			rb_entry(node, struct gntalloc_region, file_node);

		gntalloc_run_dealloc(file, region->first, region->count);
	}
	mutex_unlock(&file->lock);
}
