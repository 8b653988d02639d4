// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Granting a region to any number of peers, revoking it from each of them, and
 * exporting it as a dma-buf, by the native level of /dev/xen/gntalloc.
 */
#include <errno.h>

#include "internal.h"

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

int gntshare_region_export(struct gntshare_region *region, size_t first,
			   size_t pages, unsigned int flags, int *fd)
{
	struct gntalloc_native_export op = { 0 };
	uint64_t offset;
	int err;

	if (!region || !fd || (flags & ~GNTSHARE_WRITABLE) ||
	    !range_of(region, first, pages, &offset))
		return -EINVAL;
	if (!gntshare__device_is_ours(region->device))
		return -EPERM;

	op.offset = offset;
	op.pages = (uint32_t)pages;
	if (flags & GNTSHARE_WRITABLE)
		op.flags |= GNTALLOC_EXPORT_WRITABLE;
	err = gntshare__native(region->device, GNTALLOC_NATIVE_EXPORT, &op);
	if (!err)
		*fd = op.fd;
	return err;
}
