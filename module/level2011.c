// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: level 2011, the calls that Linux has had since 2.6.39
 *
 * A call is for a range of pages, which the program names by its offset in
 * bytes.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include <gntshare/gntalloc.h>

#include "gntalloc.h"

/* Size of the part before the grefs. With a count of 0 it is all there is. */
#define GNTALLOC_2011_ALLOC_HEAD \
	offsetof(struct gntalloc_2011_alloc, gref_ids)

int gntalloc_2011_ioctl_alloc(struct gntalloc_file *file, void __user *arg)
{
	struct gntalloc_2011_alloc __user *uop = arg;
	struct gntalloc_2011_alloc op;
	struct gntalloc_region *region;
	const u32 *grefs;
	int err;

	if (copy_from_user(&op, uop, GNTALLOC_2011_ALLOC_HEAD))
		return -EFAULT;
	if (op.flags & ~GNTALLOC_2011_WRITABLE)
		return -EINVAL;

	region = gntalloc_region_share(file, op.domid,
				       !(op.flags & GNTALLOC_2011_WRITABLE),
				       op.count, GNTALLOC_GREFS_ANY, &grefs);
	if (IS_ERR(region))
		return gntalloc_old_error(PTR_ERR(region));

	err = gntalloc_region_place(region, U64_MAX);
	if (err)
		goto abandon;
	op.index = region->first << PAGE_SHIFT;

	if (copy_to_user(uop, &op, GNTALLOC_2011_ALLOC_HEAD) ||
	    copy_to_user(uop->all_gref_ids, grefs,
			 array_size(op.count, sizeof(grefs[0])))) {
		err = -EFAULT;
		goto abandon;
	}

	err = gntalloc_lock(file);
	if (err)
		goto abandon;
	err = gntalloc_region_publish(region);
	mutex_unlock(&file->lock);
	if (err)
		goto abandon;

	gntalloc_dbg("offset %#llx: %u pages for domain %u\n", op.index,
		     op.count, op.domid);
	return 0;

abandon:
	gntalloc_region_abandon(region);
	return gntalloc_old_error(err);
}

int gntalloc_2011_ioctl_dealloc(struct gntalloc_file *file, void __user *arg)
{
	struct gntalloc_2011_dealloc op;
	u64 first;
	int err = -EINVAL;

	/* Not sizeof: a 32-bit caller may have no padding after the count. */
	if (copy_from_user(&op, arg, offsetofend(typeof(op), count)))
		return -EFAULT;

	first = op.index >> PAGE_SHIFT;
	if (gntalloc_lock(file))
		return -EINTR;
	if (!offset_in_page(op.index) &&
	    gntalloc_range_allocated(file, first, op.count)) {
		gntalloc_range_dealloc(file, first, op.count);
		err = 0;
	}
	mutex_unlock(&file->lock);

	gntalloc_dbg("dealloc of %u pages at offset %#llx: %d\n", op.count,
		     op.index, err);
	return err;
}

int gntalloc_2011_ioctl_notify(struct gntalloc_file *file, void __user *arg)
{
	struct gntalloc_2011_notify op;
	struct gntalloc_region *region;
	u64 offset;
	int err = -ENOENT;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;

	offset = op.index >> PAGE_SHIFT;
	if (gntalloc_lock(file))
		return -EINTR;
	if (gntalloc_range_allocated(file, offset, 1)) {
		region = gntalloc_region_find(file, offset);
		err = gntalloc_notify_set(region, offset - region->first, &op);
	}
	mutex_unlock(&file->lock);

	gntalloc_dbg("notify %#x at offset %#llx: %d\n", op.action, op.index,
		     err);
	return err;
}
