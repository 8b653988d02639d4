// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the references on regions and open files
 *
 * A region has a reference while any entry of it drains, and an open file has
 * one of each region that was created in it. The last reference frees them.
 */
#include <linux/kref.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "gntalloc.h"

static void file_free(struct kref *kref)
{
	struct gntalloc_file *file =
		container_of(kref, struct gntalloc_file, kref);

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

/**
 * gntalloc_region_alloc - allocate a region, without pages and entries
 * @count: number of pages that it has room for
 *
 * Return: the region, or NULL. The caller has to set its file, and to take a
 * reference on that.
 */
struct gntalloc_region *gntalloc_region_alloc(unsigned int count)
{
	struct gntalloc_region *region;
	size_t size;

	size = struct_size(region, pages, count);
	if (check_add_overflow(size, array_size(count, sizeof(u32)), &size))
		return NULL;

	region = gntalloc_kvmalloc(size, __GFP_ZERO);
	if (!region)
		return NULL;

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
		kvfree(grant);
	/* A page's notification does not outlive the page, and all are dead. */
	WARN_ON_ONCE(!xa_empty(&region->notify));
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
