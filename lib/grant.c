// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Granting a region to any number of peers, revoking it from each of them, and
 * exporting it as a dma-buf, by the native level of /dev/xen/gntalloc.
 */
#include <errno.h>

#include "internal.h"

/*
 * Compute the offset in the device of a range of a region's pages. Returns
 * -EINVAL if the region does not have all of these pages, or -EPERM if its
 * device is that of a parent process. All other arguments are checked before,
 * since they are -EINVAL in a child, too.
 */
static int range_of(const struct gntshare_region *region, size_t first,
		    size_t pages, __u64 *offset)
{
	if (!region || !pages || first >= region->pages ||
	    pages > region->pages - first)
		return -EINVAL;
	if (!gntshare__device_is_ours(region->device))
		return -EPERM;
	*offset = region->offset + (uint64_t)first * gntshare__os.page_size();
	return 0;
}

int gntshare_region_grant(struct gntshare_region *region, size_t first,
			  size_t pages, uint32_t domid, unsigned int flags,
			  uint32_t *grefs)
{
	struct gntalloc_native_grant op = { 0 };
	int err;

	if (!grefs || domid >= GNTALLOC_DOMID_FIRST_RESERVED ||
	    (flags & ~(GNTSHARE_WRITABLE | GNTSHARE_CONSECUTIVE)))
		return -EINVAL;
	err = range_of(region, first, pages, &op.offset);
	if (err)
		return err;

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
	int err;

	if (domid >= GNTALLOC_DOMID_FIRST_RESERVED)
		return -EINVAL;
	err = range_of(region, first, pages, &op.offset);
	if (err)
		return err;

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
	int err;

	if (!fd || (flags & ~GNTSHARE_WRITABLE))
		return -EINVAL;
	err = range_of(region, first, pages, &op.offset);
	if (err)
		return err;

	op.pages = (uint32_t)pages;
	if (flags & GNTSHARE_WRITABLE)
		op.flags |= GNTALLOC_EXPORT_WRITABLE;
	err = gntshare__native(region->device, GNTALLOC_NATIVE_EXPORT, &op);
	if (!err)
		*fd = op.fd;
	return err;
}
