// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the entries that drain, and the programs that wait for them
 *
 * An entry drains if a peer holds it when it should have ended, until the peer
 * lets go. Its grant is in the urgent list if a program waits for the region,
 * and otherwise in the lazy list. retry.c tries to end the entries.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "drain.h"
#include "gntalloc.h"

const struct gntalloc_pace gntalloc_paces[2] = {
	/* Lazy. To try an entry takes some 140 ns: 0.35 percent of a CPU. */
	{ 10 * NSEC_PER_MSEC, 500 * NSEC_PER_MSEC, 40 * NSEC_PER_USEC },
	/* Urgent: 14 percent of a CPU. */
	{ NSEC_PER_MSEC, 2 * NSEC_PER_MSEC, NSEC_PER_USEC },
};

struct gntalloc_drains gntalloc_drains = {
	.lock = __SPIN_LOCK_UNLOCKED(gntalloc_drains.lock),
	.grants = {
		LIST_HEAD_INIT(gntalloc_drains.grants[LAZY]),
		LIST_HEAD_INIT(gntalloc_drains.grants[URGENT]),
	},
};

/* Sets the timer to when the first of the lists is due. */
void gntalloc_drain_arm(void)
{
	u64 due = U64_MAX;
	int list;

	lockdep_assert_held(&gntalloc_drains.lock);

	for (list = LAZY; list <= URGENT; list++)
		if (gntalloc_drains.entries[list])
			due = min(due, gntalloc_drains.due[list]);
	if (due != U64_MAX && !gntalloc_drains.stopping)
		hrtimer_start(&gntalloc_drains.timer, ns_to_ktime(due),
			      HRTIMER_MODE_ABS);
}

/* Has the worker look at a list that was empty until now. */
static void drain_start(int list)
{
	gntalloc_drains.pause[list] = gntalloc_paces[list].min;
	WRITE_ONCE(gntalloc_drains.due[list],
		   ktime_get_ns() + gntalloc_drains.pause[list]);
	gntalloc_drain_arm();
}

static void drain_unlink(struct gntalloc_grant *grant)
{
	gntalloc_drain_count(grant->list, -(int)grant->draining);
	list_del_init(&grant->drain_node);
}

static void drain_link(struct gntalloc_grant *grant, int list)
{
	bool first = !gntalloc_drains.entries[list];

	grant->list = list;
	gntalloc_drain_count(list, grant->draining);
	list_add_tail(&grant->drain_node, &gntalloc_drains.grants[list]);
	if (first)
		drain_start(list);
}

/*
 * The list that a grant belongs to. After the last close of the device nobody
 * can read an event any more, and an eventfd can wait. If the region stayed
 * urgent, a peer that never lets go would use the CPU for ever.
 */
static int drain_list_of(const struct gntalloc_grant *grant)
{
	const struct gntalloc_region *region = grant->region;

	return region->watchers && !region->file->closed ? URGENT : LAZY;
}

/* Moves a grant to the list that it belongs to. Returns whether it moved. */
bool gntalloc_drain_sort(struct gntalloc_grant *grant)
{
	int list = drain_list_of(grant);

	if (grant->list == list)
		return false;
	drain_unlink(grant);
	drain_link(grant, list);
	return true;
}

/**
 * gntalloc_drain_add - wait for the peer to let go of an entry
 * @grant: of a region of a locked file
 * @i: number of the entry, which gets the caller's reference on its page
 */
void gntalloc_drain_add(struct gntalloc_grant *grant, unsigned int i)
{
	spin_lock(&gntalloc_drains.lock);
	if (!grant->region->held++)
		kref_get(&grant->region->kref);
	if (grant->draining++) {
		grant->next[i] = grant->next[grant->tail];
		grant->next[grant->tail] = i;
		gntalloc_drain_count(grant->list, 1);
	} else {
		grant->next[i] = i;
		grant->since = ktime_get_seconds();
		/* It may still be among its region's drained grants. */
		list_del_init(&grant->drain_node);
		drain_link(grant, drain_list_of(grant));
	}
	grant->tail = i;
	spin_unlock(&gntalloc_drains.lock);
}

/**
 * gntalloc_draining - number of entries that drain
 */
unsigned int gntalloc_draining(void)
{
	return READ_ONCE(gntalloc_drains.entries[LAZY]) +
	       READ_ONCE(gntalloc_drains.entries[URGENT]);
}

/**
 * gntalloc_drain_try_remove - take a grant out of its list if nothing drains
 * @grant: without live entries, of a region of a locked file
 *
 * Return: true if no entry of it drains any longer. Then the grant is in no
 * list of drain.c, and can be freed.
 */
bool gntalloc_drain_try_remove(struct gntalloc_grant *grant)
{
	bool drained;

	spin_lock(&gntalloc_drains.lock);
	drained = !grant->draining;
	if (drained)
		list_del_init(&grant->drain_node);
	spin_unlock(&gntalloc_drains.lock);
	return drained;
}

/**
 * gntalloc_drain_pop - take a grant that has finished draining
 * @region: of a locked file
 *
 * Return: a grant that was taken from @region->drained, or NULL if that is
 * empty.
 */
struct gntalloc_grant *gntalloc_drain_pop(struct gntalloc_region *region)
{
	struct gntalloc_grant *grant;

	spin_lock(&gntalloc_drains.lock);
	grant = list_first_entry_or_null(&region->drained,
					 struct gntalloc_grant, drain_node);
	if (grant)
		list_del_init(&grant->drain_node);
	spin_unlock(&gntalloc_drains.lock);
	return grant;
}

/**
 * gntalloc_drain_held - number of a region's entries that drain
 * @region: the region; if @domid is not negative, its file must be locked
 * @domid: count only the entries of this peer; negative: of all peers
 */
unsigned int gntalloc_drain_held(struct gntalloc_region *region, int domid)
{
	struct gntalloc_grant *grant;
	unsigned int held = 0;

	if (domid < 0) {
		spin_lock(&gntalloc_drains.lock);
		held = region->held;
		spin_unlock(&gntalloc_drains.lock);
		return held;
	}
	/* There can be many grants, and others need the lock meanwhile. */
	list_for_each_entry(grant, &region->grants, region_node) {
		if (grant->domid == domid) {
			spin_lock(&gntalloc_drains.lock);
			held += grant->draining;
			spin_unlock(&gntalloc_drains.lock);
		}
		cond_resched();
	}
	return held;
}

/**
 * gntalloc_drain_of - number of a grant's entries that drain
 * @grant: of a region of a locked file
 * @since: is set to when the first of them began to, in seconds since boot; or
 *	to any number
 */
unsigned int gntalloc_drain_of(const struct gntalloc_grant *grant, u32 *since)
{
	unsigned int draining;

	spin_lock(&gntalloc_drains.lock);
	draining = grant->draining;
	*since = grant->since;
	spin_unlock(&gntalloc_drains.lock);
	return draining;
}

/**
 * gntalloc_drain_watch - make a region urgent, since a program waits for it
 * @region: of a locked file
 */
void gntalloc_drain_watch(struct gntalloc_region *region)
{
	struct gntalloc_grant *grant;
	bool watched;

	spin_lock(&gntalloc_drains.lock);
	watched = region->watchers++;
	spin_unlock(&gntalloc_drains.lock);
	if (watched)
		return;
	/* As above. Whoever tries a grant meanwhile has sorted it already. */
	list_for_each_entry(grant, &region->grants, region_node) {
		spin_lock(&gntalloc_drains.lock);
		if (grant->draining)
			gntalloc_drain_sort(grant);
		spin_unlock(&gntalloc_drains.lock);
		cond_resched();
	}
}

/**
 * gntalloc_drain_unwatch - undo gntalloc_drain_watch()
 * @region: its grants are moved to the right list when they are tried next
 */
void gntalloc_drain_unwatch(struct gntalloc_region *region)
{
	spin_lock(&gntalloc_drains.lock);
	region->watchers--;
	spin_unlock(&gntalloc_drains.lock);
}

/**
 * gntalloc_drain_close - no region of a file is urgent any more
 * @file: the open file, whose last close has begun. Its grants are moved to the
 *	lazy list when they are tried next.
 */
void gntalloc_drain_close(struct gntalloc_file *file)
{
	spin_lock(&gntalloc_drains.lock);
	file->closed = true;
	spin_unlock(&gntalloc_drains.lock);
}
