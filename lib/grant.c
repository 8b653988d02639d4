// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Regions that are granted to nobody when they are created, and can then be
 * granted to any number of peers, by the native level of /dev/xen/gntalloc.
 */
#include <errno.h>
#include <sys/mman.h>

#include "internal.h"

/* Create the pages and map them; on failure they are destroyed again. */
static int allocate(struct gntshare_region *region,
		    struct gntalloc_native_create *op)
{
	int err;

	err = gntshare__native(region->device, GNTALLOC_NATIVE_CREATE, op);
	if (err)
		return err;
	err = gntshare__device_map(region->device, &region->address,
				   region->size, PROT_READ | PROT_WRITE,
				   op->offset);
	if (err)
		gntshare__native_destroy(region->device, op->id, 0, 0);
	return err;
}

int gntshare_region_create(struct gntshare *share, struct gntshare_region **out,
			   size_t pages, uint64_t offset)
{
	struct gntalloc_native_create op = { 0 };
	struct gntshare_region *region;
	size_t bytes, memory;
	int err;

	if (!share || !out ||
	    !gntshare__sizes(pages, sizeof(*region), 0, &bytes, &memory))
		return -EINVAL;
	if (offset != GNTSHARE_ANY_OFFSET) {
		if (offset % gntshare__os.page_size())
			return -EINVAL;
		op.offset = offset;
		op.flags = GNTALLOC_CREATE_FIXED;
	}
	if (!gntshare__device_is_ours(&share->device))
		return -EPERM;

	region = gntshare__os.alloc(memory);
	if (!region)
		return -ENOMEM;
	region->device = &share->device;
	region->size = bytes;
	op.pages = (uint32_t)pages;

	err = allocate(region, &op);
	if (err) {
		gntshare__os.free(region);
		return err;
	}
	region->id = op.id;
	region->offset = op.offset;
	region->pages = op.pages;
	region->object.free = gntshare__region_free;
	gntshare__device_add(&share->device, &region->object);
	*out = region;
	return 0;
}

/*
 * Compute the offset in the device of a range of a region's pages. Returns
 * false if the region does not have all of these pages.
 */
static bool range_of(const struct gntshare_region *region, size_t first,
		     size_t pages, uint64_t *offset)
{
	*offset = region->offset + (uint64_t)first * gntshare__os.page_size();
	return pages && first < region->pages && pages <= region->pages - first;
}

int gntshare_region_grant(struct gntshare_region *region, size_t first,
			  size_t pages, uint32_t domid, unsigned int flags,
			  uint32_t *grefs)
{
	struct gntalloc_native_grant op = { 0 };
	uint64_t offset;

	if (!region || !grefs || domid >= GNTALLOC_DOMID_FIRST_RESERVED ||
	    (flags & ~(GNTSHARE_WRITABLE | GNTSHARE_CONSECUTIVE)) ||
	    !range_of(region, first, pages, &offset))
		return -EINVAL;
	if (!gntshare__device_is_ours(region->device))
		return -EPERM;

	op.offset = offset;
	op.grefs = (uintptr_t)grefs;
	op.pages = (uint32_t)pages;
	op.domid = (uint16_t)domid;
	op.flags = flags;
	return gntshare__native(region->device, GNTALLOC_NATIVE_GRANT, &op);
}

int gntshare_region_revoke(struct gntshare_region *region, size_t first,
			   size_t pages, uint32_t domid, size_t *held)
{
	struct gntalloc_native_revoke op = { 0 };
	uint64_t offset;
	int err;

	if (!region || domid >= GNTALLOC_DOMID_FIRST_RESERVED ||
	    !range_of(region, first, pages, &offset))
		return -EINVAL;
	if (!gntshare__device_is_ours(region->device))
		return -EPERM;

	op.offset = offset;
	op.pages = (uint32_t)pages;
	op.domid = (uint16_t)domid;
	err = gntshare__native(region->device, GNTALLOC_NATIVE_REVOKE, &op);
	if (!err && held)
		*held = op.held;
	return err;
}
