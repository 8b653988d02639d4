// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: what an open file may do
 *
 * Whoever opens the device can give rights up before passing the descriptor
 * to a program that it trusts less. They do not come back.
 */
#include <linux/kernel.h>

#include <gntshare/gntalloc.h>

#include "gntalloc.h"

static bool domid_listed(const domid_t *domids, unsigned int count,
			 unsigned int domid)
{
	while (count--)
		if (domids[count] == domid)
			return true;
	return false;
}

/**
 * gntalloc_may_create - may pages be allocated?
 * @file: the open file
 *
 * Return: 0 or -EPERM.
 */
int gntalloc_may_create(struct gntalloc_file *file)
{
	return READ_ONCE(file->limits.no_create) ? -EPERM : 0;
}

/**
 * gntalloc_may_grant - may pages be granted to a domain?
 * @file: the open file
 * @domid: any number
 *
 * Return: 0, -EINVAL if no domain can have that id, or -EPERM.
 */
int gntalloc_may_grant(struct gntalloc_file *file, unsigned int domid)
{
	const struct gntalloc_limits *limits = &file->limits;
	int err;

	if (domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (!READ_ONCE(limits->any))
		return 0;

	mutex_lock(&file->lock);
	err = gntalloc_may_create(file);
	if (limits->domids_only &&
	    !domid_listed(limits->domids, limits->count, domid))
		err = -EPERM;
	mutex_unlock(&file->lock);
	return err;
}

/**
 * gntalloc_restrict - give up rights
 * @file: the open file
 * @op: which; checked for what is not known
 * @domids: @op->count of them
 *
 * Return: 0, or -EINVAL with nothing changed if no domain can have one of the
 * ids.
 */
int gntalloc_restrict(struct gntalloc_file *file,
		      const struct gntalloc_native_restrict *op,
		      const u16 *domids)
{
	struct gntalloc_limits *limits = &file->limits;
	unsigned int i, kept = 0;

	for (i = 0; i < op->count; i++)
		if (domids[i] >= DOMID_FIRST_RESERVED)
			return -EINVAL;

	mutex_lock(&file->lock);
	WRITE_ONCE(limits->any, true);
	if (op->flags & GNTALLOC_RESTRICT_NO_CREATE)
		WRITE_ONCE(limits->no_create, true);

	if (op->flags & GNTALLOC_RESTRICT_PAGES) {
		u64 used = atomic64_read(&file->used);
		u64 pages = min_t(u64, lower_32_bits(file->bound),
				  (u64)lower_32_bits(used) + op->pages);
		u64 grants = min_t(u64, upper_32_bits(file->bound),
				   (u64)upper_32_bits(used) + op->pages);

		WRITE_ONCE(file->bound,
			   GNTALLOC_PAGES(pages) | GNTALLOC_GRANTS(grants));
	}

	if (op->flags & GNTALLOC_RESTRICT_DOMIDS) {
		if (!limits->domids_only) {
			memcpy(limits->domids, domids,
			       op->count * sizeof(domids[0]));
			limits->count = op->count;
		} else {
			/* Of those allowed so far, the ones listed. */
			for (i = 0; i < limits->count; i++)
				if (domid_listed(domids, op->count,
						 limits->domids[i]))
					limits->domids[kept++] =
						limits->domids[i];
			limits->count = kept;
		}
		limits->domids_only = true;
	}
	mutex_unlock(&file->lock);
	return 0;
}
