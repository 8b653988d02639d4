// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the restrictions of an open file
 *
 * A program that has opened the device can give up rights before it passes the
 * descriptor to a program that it trusts less. It cannot get them back.
 */
#include <linux/kernel.h>

#include <gntshare/gntalloc.h>

#include "gntalloc.h"

static int refused(const struct gntalloc_file *file)
{
	gntalloc_hit(file, GNTALLOC_BOUND_RESTRICTION, 0);
	return -EPERM;
}

static bool domid_listed(const domid_t *domids, unsigned int count,
			 unsigned int domid)
{
	while (count--)
		if (domids[count] == domid)
			return true;
	return false;
}

/**
 * gntalloc_check_create - check whether a file may create regions
 * @file: the open file
 *
 * Another call may restrict the file afterwards. So the caller has to check
 * again, by gntalloc_check_still(), before others can find what it has made.
 *
 * Return: 0 or -EPERM.
 */
int gntalloc_check_create(struct gntalloc_file *file)
{
	return READ_ONCE(file->limits.no_create) ? refused(file) : 0;
}

/**
 * gntalloc_check_grant - check whether a file may grant pages to a domain
 * @file: the open file
 * @domid: the domain; any number
 *
 * The caller has to check again, as after gntalloc_check_create().
 *
 * Return: 0, -EINVAL if no domain can have that id, -EPERM, or -EINTR if the
 * task is being killed.
 */
int gntalloc_check_grant(struct gntalloc_file *file, unsigned int domid)
{
	int err;

	if (domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (!READ_ONCE(file->limits.any))
		return 0;

	if (gntalloc_lock(file))
		return -EINTR;
	err = gntalloc_check_still(file, domid);
	mutex_unlock(&file->lock);
	return err;
}

/**
 * gntalloc_check_still - check whether a file may have what a call has made
 * @file: the open file, locked
 * @domid: the peer that the pages are granted to; negative: none
 *
 * Return: 0 or -EPERM.
 */
int gntalloc_check_still(const struct gntalloc_file *file, int domid)
{
	const struct gntalloc_limits *limits = &file->limits;

	lockdep_assert_held(&file->lock);

	if (!limits->any)
		return 0;
	if (limits->no_create)
		return refused(file);
	if (domid < 0 || !limits->domids_only)
		return 0;
	return limits->generation == gntalloc_generation() &&
	       domid_listed(limits->domids, limits->count, domid) ?
	       0 : refused(file);
}

static void restrict_domids(struct gntalloc_limits *limits,
			    const u16 *domids, unsigned int count)
{
	unsigned int i, kept = 0;

	if (!limits->domids_only) {
		limits->domids_only = true;
		limits->generation = gntalloc_generation();
		limits->count = count;
		memcpy(limits->domids, domids, count * sizeof(domids[0]));
		return;
	}
	/* Of the peers that were allowed so far, only those listed now stay. */
	for (i = 0; i < limits->count; i++)
		if (domid_listed(domids, count, limits->domids[i]))
			limits->domids[kept++] = limits->domids[i];
	limits->count = kept;
}

/**
 * gntalloc_restrict - give up rights of a file
 * @file: the open file
 * @op: the rights to give up; the caller has checked it for unknown flags
 * @domids: array of @op->count peers
 *
 * Calls that run at the same time check again, with the file locked, before
 * they write an entry or publish a region. So after this has returned, nothing
 * appears that it forbids.
 *
 * Return: 0; or, with nothing changed, -EINVAL if no domain can have one of the
 * ids, -EINTR if the task is being killed.
 */
int gntalloc_restrict(struct gntalloc_file *file,
		      const struct gntalloc_native_restrict *op,
		      const u16 *domids)
{
	struct gntalloc_limits *limits = &file->limits;
	unsigned int i;

	for (i = 0; i < op->count; i++)
		if (domids[i] >= DOMID_FIRST_RESERVED)
			return -EINVAL;

	if (gntalloc_lock(file))
		return -EINTR;
	WRITE_ONCE(limits->any, true);
	if (!(op->flags & GNTALLOC_RESTRICT_KEEP_SEND_EVENT))
		limits->no_send_event = true;
	if (op->flags & GNTALLOC_RESTRICT_NO_CREATE)
		WRITE_ONCE(limits->no_create, true);
	if (op->flags & GNTALLOC_RESTRICT_PAGES)
		gntalloc_bound(file, op->pages);
	if (op->flags & GNTALLOC_RESTRICT_DOMIDS)
		restrict_domids(limits, domids, op->count);
	mutex_unlock(&file->lock);
	return 0;
}
