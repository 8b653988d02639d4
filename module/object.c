// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the memory of regions and grants, and the references on regions
 * and open files
 *
 * A region has a reference while any entry of it drains, and an open file has
 * one of each region that was created in it. The last reference frees them.
 */
#include <linux/kref.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "gntalloc.h"
#include "gntalloc_trace.h"

static void file_free(struct kref *kref)
{
	struct gntalloc_file *file =
		container_of(kref, struct gntalloc_file, kref);

	gntalloc_files_del(file);
	gntalloc_events_exit(file);
	xa_destroy(&file->by_gref);
	mutex_destroy(&file->lock);
	gntalloc_user_put(file->user);
	kfree(file);
}

/**
 * gntalloc_file_put - give back a reference on an open file
 * @file: may be freed when this returns
 */
void gntalloc_file_put(struct gntalloc_file *file)
{
	kref_put(&file->kref, file_free);
}

/*
 * A region and its first grant are one object if that has at most this size in
 * bytes. A program that shares single pages needs one allocation less then. The
 * memory of the grant stays in use until the region is gone.
 */
#define GNTALLOC_ONE_OBJECT	1024

/* The size of a grant with @count entries, in bytes. */
static size_t grant_size(unsigned int count)
{
	struct gntalloc_grant *grant;

	/* For each entry, one number in @grefs and one in @next. */
	return struct_size(grant, grefs, array_size(count, 2));
}

/**
 * gntalloc_grant_alloc - allocate a grant, without entries
 * @region: a new region, which the grant is for, and is the first of; or NULL
 * @count: number of entries that it has room for
 *
 * Return: the grant, of no region yet, or NULL.
 */
struct gntalloc_grant *gntalloc_grant_alloc(struct gntalloc_region *region,
					    unsigned int count)
{
	struct gntalloc_grant *grant = region ? region->first_grant : NULL;
	const bool in_region = grant;

	if (!grant)
		grant = gntalloc_kvmalloc(grant_size(count), 0);
	if (!grant)
		return NULL;

	*grant = (struct gntalloc_grant) {
		.in_region = in_region,
		.count = count,
		.next = &grant->grefs[count],
		.drain_node = LIST_HEAD_INIT(grant->drain_node),
	};
	return grant;
}

/**
 * gntalloc_grant_free - free a grant, which is in no list
 * @grant: without entries
 */
void gntalloc_grant_free(struct gntalloc_grant *grant)
{
	if (!grant->in_region)
		kvfree(grant);
}

/**
 * gntalloc_region_alloc - allocate a region, without pages and entries
 * @count: number of pages that it has room for
 * @shared: all pages are about to be granted to one peer
 *
 * Return: the region, or NULL. The caller has to set its file, and to take a
 * reference on that.
 */
struct gntalloc_region *gntalloc_region_alloc(unsigned int count, bool shared)
{
	struct gntalloc_region *region;
	size_t size, first_grant;

	size = struct_size(region, pages, count);
	if (check_add_overflow(size, array_size(count, sizeof(u32)), &size))
		return NULL;
	first_grant = size;
	if (shared && count < GNTALLOC_ONE_OBJECT) {
		first_grant = ALIGN(size, __alignof__(struct gntalloc_grant));
		if (first_grant + grant_size(count) <= GNTALLOC_ONE_OBJECT)
			size = first_grant + grant_size(count);
	}

	region = gntalloc_kvmalloc(size, __GFP_ZERO);
	if (!region)
		return NULL;
	if (size > first_grant)
		region->first_grant = (void *)region + first_grant;

	kref_init(&region->kref);
	INIT_LIST_HEAD(&region->grants);
	INIT_LIST_HEAD(&region->drained);
	xa_init_flags(&region->notify, XA_FLAGS_ACCOUNT);
	region->first = GNTALLOC_NO_PLACE;
	region->count = count;
	region->use = (u32 *)&region->pages[count];
	return region;
}

static void region_free(struct kref *kref)
{
	struct gntalloc_region *region =
		container_of(kref, struct gntalloc_region, kref);
	struct gntalloc_grant *grant, *next;

	list_for_each_entry_safe(grant, next, &region->grants, region_node)
		gntalloc_grant_free(grant);
	/* A page's notification does not outlive the page, and all are dead. */
	WARN_ON_ONCE(!xa_empty(&region->notify));
	trace_gntalloc_free(region);
	gntalloc_memory_free(region);
	gntalloc_uncharge(region->file, GNTALLOC_PAGES(region->until_gone));
	gntalloc_id_gone(region);
	gntalloc_file_put(region->file);
	kvfree(region);
}

/**
 * gntalloc_region_put - give back a reference on a region
 * @region: may be freed when this returns
 */
void gntalloc_region_put(struct gntalloc_region *region)
{
	kref_put(&region->kref, region_free);
}
