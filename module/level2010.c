// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: level 2010, the calls of the first proposal
 *
 * Each call is for one page. The program names the page by its gref, and maps
 * it by its page index.
 */
#include <linux/err.h>
#include <linux/uaccess.h>

#include <gntshare/gntalloc.h>

#include "gntalloc.h"

/* Publishes a region, so that it can be found by its gref. */
static int publish_by_gref(struct gntalloc_region *region, u32 gref)
{
	struct xarray *by_gref = &region->file->by_gref;
	void *old;
	int err;

	/*
	 * Its slot in the array is reserved, or still has an older region whose
	 * entry was revoked and has ended, so that the gref was free again.
	 */
	old = xa_store(by_gref, gref, region, GNTALLOC_GFP_META);
	if (xa_is_err(old))
		return xa_err(old);
	err = gntalloc_region_publish(region);
	if (err) {
		/* Put back the older region, or empty the slot. */
		xa_store(by_gref, gref, old, GFP_NOWAIT);
		return err;
	}
	region->by_gref = gref;
	return 0;
}

int gntalloc_2010_ioctl_alloc(struct gntalloc_file *file, void __user *arg)
{
	struct gntalloc_2010_alloc op;
	struct gntalloc_region *region;
	const u32 *grefs;
	int err;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;

	region = gntalloc_region_share(file, op.foreign_domid, op.readonly, 1,
				       GNTALLOC_GREFS_ANY, &grefs);
	if (IS_ERR(region))
		return gntalloc_old_error(PTR_ERR(region));
	op.gref_id = grefs[0];

	err = xa_reserve(&file->by_gref, op.gref_id, GNTALLOC_GFP_META);
	if (err)
		goto abandon;

	/* The page index has only 32 bits in this level. */
	err = gntalloc_region_place(region, U32_MAX);
	if (err)
		goto release;
	op.page_idx = region->first;

	if (copy_to_user(arg, &op, sizeof(op))) {
		err = -EFAULT;
		goto release;
	}

	err = gntalloc_lock(file);
	if (err)
		goto release;
	err = publish_by_gref(region, op.gref_id);
	mutex_unlock(&file->lock);
	if (err)
		goto release;

	gntalloc_dbg("page %u: gref %u for domain %u\n", op.page_idx,
		     op.gref_id, op.foreign_domid);
	return 0;

release:
	xa_release(&file->by_gref, op.gref_id);
abandon:
	gntalloc_region_abandon(region);
	return gntalloc_old_error(err);
}

int gntalloc_2010_ioctl_dealloc(struct gntalloc_file *file, void __user *arg)
{
	struct gntalloc_2010_dealloc op;
	struct gntalloc_region *region;
	int err = -ENOENT;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;

	if (gntalloc_lock(file))
		return -EINTR;
	region = xa_load(&file->by_gref, op.gref_id);
	if (region && gntalloc_range_allocated(file, region->first, 1)) {
		gntalloc_range_dealloc(file, region->first, 1);
		err = 0;
	}
	mutex_unlock(&file->lock);

	gntalloc_dbg("dealloc of gref %u: %d\n", op.gref_id, err);
	return err;
}
