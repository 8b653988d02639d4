// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: try again to end the entries that drain
 *
 * Xen tells nobody when a peer unmaps a page, so the driver has to try again to
 * end the entry. A worker does that. It tries often if a program waits for the
 * region. Otherwise it tries less and less often while no entry ends. It never
 * takes more than a small share of a CPU. Each call that creates a region tries
 * some entries, too, and a call that lacks pages or entries tries more.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "drain.h"
#include "gntalloc.h"
#include "gntalloc_trace.h"

/* Number of entries that are tried before the lock is dropped. */
#define GNTALLOC_DRAIN_LOCKED	64U

/* Least number of entries to try for a call that lacks entries or memory. */
#define GNTALLOC_DRAIN_AT_BOUND	1024U

/*
 * Tries to end that draining entry of a grant whose last try is the longest
 * ago. Returns whether it has ended; then the caller uncharges it.
 */
static bool drain_one(struct gntalloc_grant *grant)
{
	struct gntalloc_region *region = grant->region;
	u32 i = grant->next[grant->tail];

	if (!gnttab_try_end_foreign_access(grant->grefs[i] &
					   ~GNTALLOC_DRAINS)) {
		grant->tail = i;
		return false;
	}

	grant->next[grant->tail] = grant->next[i];
	grant->draining--;
	region->held--;
	gntalloc_drain_count(grant->list, -1);
	gntalloc_page_put(region, grant->first + i);
	return true;
}

/*
 * Tries at most @tries entries of a list, and sets @tries to how many it has
 * left. It rotates the list, so that the next call goes on where this one
 * stops. It stops early when no entry of a region drains any longer: then it
 * sets @done to the region, and the caller drops the reference of these
 * entries. Returns the number of entries that have ended.
 */
static unsigned int drain_some(int list, unsigned int *tries,
			       struct gntalloc_region **done)
{
	struct list_head *grants = &gntalloc_drains.grants[list];
	struct gntalloc_grant *grant, *next;
	unsigned int ended = 0;

	lockdep_assert_held(&gntalloc_drains.lock);

	list_for_each_entry_safe(grant, next, grants, drain_node) {
		struct gntalloc_region *region = grant->region;
		unsigned int count, grant_ended = 0;

		if (!*tries || *done) {
			list_rotate_to_front(&grant->drain_node, grants);
			break;
		}

		/* Try each of its entries once before the next grant. */
		if (!grant->turn)
			grant->turn = grant->draining;
		count = min(*tries, grant->turn);
		*tries -= count;
		grant->turn -= count;
		while (count--)
			grant_ended += drain_one(grant);
		gntalloc_uncharge(region->file, GNTALLOC_ENTRIES(grant_ended));
		ended += grant_ended;
		if (grant_ended)
			trace_gntalloc_drained(grant, grant_ended);

		if (!grant->draining) {
			list_move_tail(&grant->drain_node, &region->drained);
			gntalloc_wake(region->file);
		} else if (!gntalloc_drain_sort(grant) && grant->turn) {
			list_rotate_to_front(&grant->drain_node, grants);
			break;
		}
		if (!region->held)
			*done = region;
	}
	return ended;
}

static bool drain_due(int list)
{
	return READ_ONCE(gntalloc_drains.entries[list]) &&
	       ktime_get_ns() >= READ_ONCE(gntalloc_drains.due[list]);
}

/*
 * Tries at most @most entries of a list, and sets @most to the number of those
 * that were tried and are still held. With @yield it stops when the urgent list
 * is due. Returns the number of entries that have ended.
 */
static unsigned int drain_list(int list, unsigned int *most, bool yield)
{
	unsigned int left = min(*most,
				READ_ONCE(gntalloc_drains.entries[list]));
	unsigned int ended = 0;
	unsigned int tried = 0;

	while (left) {
		const unsigned int batch = min(left, GNTALLOC_DRAIN_LOCKED);
		struct gntalloc_region *done = NULL;
		unsigned int unused = batch;

		spin_lock(&gntalloc_drains.lock);
		ended += drain_some(list, &unused, &done);
		spin_unlock(&gntalloc_drains.lock);
		/* Nothing was tried: the list is empty. */
		if (unused == batch)
			break;
		tried += batch - unused;
		left -= batch - unused;

		/* Not under the spinlock, since this may free memory. */
		if (done)
			gntalloc_region_put(done);
		cond_resched();
		if (yield && drain_due(URGENT))
			break;
		if (fatal_signal_pending(current))
			break;
	}
	*most = tried - ended;
	return ended;
}

/**
 * gntalloc_drain - try to end entries that drain
 * @most: number of entries to try of the urgent list, and of the lazy one
 *
 * Context: process.
 * Return: the number of entries that have ended.
 */
unsigned int gntalloc_drain(unsigned int most)
{
	unsigned int lazy = most;

	if (!gntalloc_draining())
		return 0;
	return drain_list(URGENT, &most, false) +
	       drain_list(LAZY, &lazy, false);
}

/**
 * gntalloc_drain_for - try to end entries that drain, for a call in need
 * @count: number of pages, or entries, that the call could not get
 *
 * Context: process.
 * Return: the number of entries that have ended.
 */
unsigned int gntalloc_drain_for(unsigned int count)
{
	return gntalloc_drain(max(count, GNTALLOC_DRAIN_AT_BOUND));
}

/**
 * gntalloc_drain_charge - charge; if a bound refuses that, drain and try again
 * @file: as for gntalloc_charge()
 * @what: as for gntalloc_charge()
 * @count: the greater half of @what
 *
 * Context: process.
 * Return: as gntalloc_charge().
 */
int gntalloc_drain_charge(struct gntalloc_file *file, u64 what,
			  unsigned int count)
{
	enum gntalloc_bound_kind bound;
	int err;

	err = gntalloc_charge(file, what, &bound);
	if (err && gntalloc_charge_may_fit(file, what)) {
		/* Entries may end here, or have ended in the worker. */
		gntalloc_drain_for(count);
		err = gntalloc_charge(file, what, &bound);
	}
	if (err)
		gntalloc_hit(file, bound, what);
	return err;
}

static void drain_round(int list)
{
	unsigned int held = UINT_MAX;
	unsigned int ended;
	u64 pause;

	if (!drain_due(list))
		return;

	/* A pass over the lazy list must not delay the urgent one. */
	ended = drain_list(list, &held, list == LAZY);
	if (ended)
		gntalloc_dbg("%u entries have drained\n", ended);

	spin_lock(&gntalloc_drains.lock);
	pause = ended ? gntalloc_paces[list].min :
		min(gntalloc_drains.pause[list] * 2, gntalloc_paces[list].max);
	gntalloc_drains.pause[list] = pause;
	pause = max(pause, held * gntalloc_paces[list].each);
	WRITE_ONCE(gntalloc_drains.due[list], ktime_get_ns() + pause);
	spin_unlock(&gntalloc_drains.lock);
}

static void drain_work(struct work_struct *work)
{
	drain_round(URGENT);
	drain_round(LAZY);

	spin_lock(&gntalloc_drains.lock);
	gntalloc_drain_arm();
	spin_unlock(&gntalloc_drains.lock);
}

static enum hrtimer_restart drain_timer(struct hrtimer *timer)
{
	queue_work(gntalloc_drains.queue, &gntalloc_drains.work);
	return HRTIMER_NORESTART;
}

/**
 * gntalloc_drain_init - get ready to try entries that drain
 *
 * Return: 0, or -ENOMEM.
 */
int gntalloc_drain_init(void)
{
	gntalloc_hrtimer_setup(&gntalloc_drains.timer, drain_timer);
	INIT_WORK(&gntalloc_drains.work, drain_work);
	gntalloc_drains.queue = alloc_workqueue("xen-gntalloc",
						WQ_UNBOUND | WQ_FREEZABLE, 1);
	return gntalloc_drains.queue ? 0 : -ENOMEM;
}

/* Hands a grant's draining entries, with their pages, to the kernel's list. */
static void drain_hand_over(struct gntalloc_grant *grant)
{
	struct gntalloc_region *region = grant->region;
	u32 i = grant->tail;

	list_del_init(&grant->drain_node);
	region->held -= grant->draining;
	while (grant->draining) {
		gntalloc_page_hand_over(region, grant->first + i,
					grant->grefs[i] & ~GNTALLOC_DRAINS);
		gntalloc_uncharge(region->file, GNTALLOC_ENTRIES(1));
		grant->draining--;
		i = grant->next[i];
		cond_resched();
	}
	if (!region->held)
		gntalloc_region_put(region);
}

/**
 * gntalloc_drain_exit - stop waiting for peers
 *
 * No file is open. Each entry that still drains is handed to the kernel, which
 * frees the page when the peer lets go, without this module.
 */
void gntalloc_drain_exit(void)
{
	struct gntalloc_grant *grant, *next;
	int list;

	/*
	 * The work arms the timer, and the timer queues the work. From here on
	 * the work does not arm it. So after the timer is cancelled, nothing
	 * queues the work.
	 */
	spin_lock(&gntalloc_drains.lock);
	gntalloc_drains.stopping = true;
	spin_unlock(&gntalloc_drains.lock);
	hrtimer_cancel(&gntalloc_drains.timer);
	destroy_workqueue(gntalloc_drains.queue);

	for (list = LAZY; list <= URGENT; list++)
		list_for_each_entry_safe(grant, next,
					 &gntalloc_drains.grants[list],
					 drain_node)
			drain_hand_over(grant);
}
