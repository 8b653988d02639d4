// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: what drains, and who waits for that
 *
 * An entry drains from when it should have ended, and a peer held it, until the
 * peer lets go. Where a program waits for it, its grant is in the urgent list,
 * else in the lazy one. To try the entries again is for retry.c.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "drain.h"
#include "gntalloc.h"

const struct gntalloc_pace gntalloc_paces[2] = {
	/* Nobody waits. An entry takes some 140 ns: 0.35 percent of a CPU. */
	{ 10 * NSEC_PER_MSEC, 500 * NSEC_PER_MSEC, 40 * NSEC_PER_USEC },
	/* Somebody does: 14 percent. */
	{ NSEC_PER_MSEC, 2 * NSEC_PER_MSEC, NSEC_PER_USEC },
};

struct gntalloc_drains gntalloc_drains = {
	.lock = __SPIN_LOCK_UNLOCKED(gntalloc_drains.lock),
	.grants = {
		LIST_HEAD_INIT(gntalloc_drains.grants[LAZY]),
		LIST_HEAD_INIT(gntalloc_drains.grants[URGENT]),
	},
};

/* Sees to it that the worker runs when the first of the lists is due. */
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

/* The worker is to look at a list that had nothing for it. */
static void drain_start(int list)
{
	gntalloc_drains.pause[list] = gntalloc_paces[list].min;
	WRITE_ONCE(gntalloc_drains.due[list],
		   ktime_get_ns() + gntalloc_drains.pause[list]);
	gntalloc_drain_arm();
}

static void drain_leave(struct gntalloc_grant *grant)
{
	gntalloc_drain_count(grant->list, -(int)grant->draining);
	list_del_init(&grant->drain_node);
}

static void drain_join(struct gntalloc_grant *grant, int list)
{
	bool first = !gntalloc_drains.entries[list];

	grant->list = list;
	gntalloc_drain_count(list, grant->draining);
	list_add_tail(&grant->drain_node, &gntalloc_drains.grants[list]);
	if (first)
		drain_start(list);
}

/*
 * The list that a grant belongs to. Who asked for word of the end and closed
 * the device cannot have it any more, or has an eventfd, for which there is
 * time: a peer would make it urgent for ever.
 */
static int drain_which(const struct gntalloc_grant *grant)
{
	const struct gntalloc_region *region = grant->region;

	return region->watchers && !region->file->closed ? URGENT : LAZY;
}

/* To the list that a grant belongs to. Returns whether it was in another. */
bool gntalloc_drain_sort(struct gntalloc_grant *grant)
{
	int list = drain_which(grant);

	if (grant->list == list)
		return false;
	drain_leave(grant);
	drain_join(grant, list);
	return true;
}

/**
 * gntalloc_drain_add - wait for the peer to let go of an entry
 * @grant: of a region of a locked file
 * @i: number of the entry; the caller's reference on its page goes with it
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
		/* It may still be in the region's list of drained ones. */
		list_del_init(&grant->drain_node);
		drain_join(grant, drain_which(grant));
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
 * gntalloc_drain_try_remove - does nothing of a grant drain any more?
 * @grant: without live entries, of a region of a locked file
 *
 * Return: true if not; then the grant is in no list, and can be freed.
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
 * gntalloc_drain_pop - take a grant that has stopped to drain
 * @region: of a locked file
 *
 * Return: one of @region->drained, not in it any more, or NULL.
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
 * @region: if @domid is not negative, of a locked file
 * @domid: the peer that holds them; negative: any
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
	/* A program can have many grants; others want the lock, too. */
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
 * gntalloc_drain_watch - somebody waits for a region's entries to drain
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
	/* As above. One that is tried meanwhile is sorted already. */
	list_for_each_entry(grant, &region->grants, region_node) {
		spin_lock(&gntalloc_drains.lock);
		if (grant->draining)
			gntalloc_drain_sort(grant);
		spin_unlock(&gntalloc_drains.lock);
		cond_resched();
	}
}

/**
 * gntalloc_drain_unwatch - take back gntalloc_drain_watch()
 * @region: its grants go where they belong when they are tried next
 */
void gntalloc_drain_unwatch(struct gntalloc_region *region)
{
	spin_lock(&gntalloc_drains.lock);
	region->watchers--;
	spin_unlock(&gntalloc_drains.lock);
}

/**
 * gntalloc_drain_close - nobody waits for a file's regions any more
 * @file: closed; what drains of it goes where it belongs when it is tried next
 */
void gntalloc_drain_close(struct gntalloc_file *file)
{
	spin_lock(&gntalloc_drains.lock);
	file->closed = true;
	spin_unlock(&gntalloc_drains.lock);
}
