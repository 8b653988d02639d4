// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: draining, the wait for peers to let go
 *
 * Xen tells nobody when a peer unmaps a page: the driver has to try to end
 * the entry again. A worker does that. Where a program waits for it, often;
 * else the more seldom the longer nothing comes of it, and never for more
 * than a small share of a CPU. Calls that allocate try some entries, too,
 * since they may need them.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "gntalloc.h"

/*
 * The worker's pause, in ns: @min while entries end, then twice as long each
 * time up to @max; and @each for each entry that was tried in vain, where that
 * is more. Not the time it took: that is also what other domains have used.
 */
static const struct {
	u64 min;
	u64 max;
	u64 each;
} paces[] = {
	/* Nobody waits. An entry takes some 140 ns: 0.35 percent of a CPU. */
	{ 10 * NSEC_PER_MSEC, 500 * NSEC_PER_MSEC, 40 * NSEC_PER_USEC },
	/* Somebody does: 14 percent. */
	{ NSEC_PER_MSEC, 2 * NSEC_PER_MSEC, NSEC_PER_USEC },
};

#define LAZY	0
#define URGENT	1

/* Entries to try with the lock held. */
#define GNTALLOC_DRAIN_LOCKED	64U

/* Entries to try for a call in need, though it needs fewer. */
#define GNTALLOC_DRAIN_AT_BOUND	1024U

/*
 * All that drains. A grant is in a list while it has entries that drain; its
 * region is held then. The lists go round, and so do the entries of a grant,
 * so that a peer that never lets go delays no other.
 */
static struct {
	spinlock_t lock;		/* for all here, and in the grants */
	struct list_head grants[2];	/* LAZY and URGENT */
	unsigned int entries[2];	/* of the grants; read unlocked, too */
	u64 pause[2];			/* in ns, without @each */
	u64 due[2];			/* when to try again, ktime in ns; ditto */
	bool ends;			/* the timer is not armed any more */
	struct hrtimer timer;
	struct work_struct work;
	struct workqueue_struct *queue;
} drain = {
	.lock = __SPIN_LOCK_UNLOCKED(drain.lock),
	.grants = {
		LIST_HEAD_INIT(drain.grants[LAZY]),
		LIST_HEAD_INIT(drain.grants[URGENT]),
	},
};

static void drain_count(int list, int entries)
{
	WRITE_ONCE(drain.entries[list], drain.entries[list] + entries);
}

/* Sees to it that the worker runs when the first of the lists is due. */
static void drain_arm(void)
{
	u64 due = U64_MAX;
	int list;

	lockdep_assert_held(&drain.lock);

	for (list = LAZY; list <= URGENT; list++)
		if (drain.entries[list])
			due = min(due, drain.due[list]);
	if (due != U64_MAX && !drain.ends)
		hrtimer_start(&drain.timer, ns_to_ktime(due),
			      HRTIMER_MODE_ABS);
}

/* The worker is to look at a list that had nothing for it. */
static void drain_start(int list)
{
	drain.pause[list] = paces[list].min;
	WRITE_ONCE(drain.due[list], ktime_get_ns() + drain.pause[list]);
	drain_arm();
}

static void drain_leave(struct gntalloc_grant *grant)
{
	drain_count(grant->list, -(int)grant->draining);
	list_del_init(&grant->drain_node);
}

static void drain_join(struct gntalloc_grant *grant, int list)
{
	bool first = !drain.entries[list];

	grant->list = list;
	drain_count(list, grant->draining);
	list_add_tail(&grant->drain_node, &drain.grants[list]);
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
static bool drain_sort(struct gntalloc_grant *grant)
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
	spin_lock(&drain.lock);
	if (!grant->region->held++)
		kref_get(&grant->region->kref);
	if (grant->draining++) {
		grant->next[i] = grant->next[grant->tail];
		grant->next[grant->tail] = i;
		drain_count(grant->list, 1);
	} else {
		grant->next[i] = i;
		/* It may still be in the region's list of drained ones. */
		list_del_init(&grant->drain_node);
		drain_join(grant, drain_which(grant));
	}
	grant->tail = i;
	spin_unlock(&drain.lock);
}

/*
 * Tries the entry of a grant that was tried longest ago. To uncharge it is the
 * caller's.
 */
static bool drain_one(struct gntalloc_grant *grant)
{
	struct gntalloc_region *region = grant->region;
	u32 i = grant->next[grant->tail];

	if (!gnttab_try_end_foreign_access(grant->refs[i] & ~GNTALLOC_DRAINS)) {
		grant->tail = i;
		return false;
	}

	grant->next[grant->tail] = grant->next[i];
	grant->draining--;
	region->held--;
	drain_count(grant->list, -1);
	__free_page(region->pages[grant->first + i]);
	return true;
}

/*
 * Tries @tries entries of a list, and turns it as far as it has come. Stops
 * at a region that has no entry left: that is the caller's to put. Returns how
 * many have ended.
 */
static unsigned int drain_some(int list, unsigned int *tries,
			       struct gntalloc_region **done)
{
	struct list_head *grants = &drain.grants[list];
	struct gntalloc_grant *grant, *next;
	unsigned int ended = 0;

	lockdep_assert_held(&drain.lock);

	list_for_each_entry_safe(grant, next, grants, drain_node) {
		struct gntalloc_region *region = grant->region;
		unsigned int count, gone = 0;

		if (!*tries || *done) {
			list_rotate_to_front(&grant->drain_node, grants);
			break;
		}

		/* Each of its entries once, before the next grant's turn. */
		if (!grant->turn)
			grant->turn = grant->draining;
		count = min(*tries, grant->turn);
		*tries -= count;
		grant->turn -= count;
		while (count--)
			gone += drain_one(grant);
		gntalloc_uncharge(region->file, GNTALLOC_GRANTS(gone));
		ended += gone;

		if (!grant->draining) {
			list_move_tail(&grant->drain_node, &region->drained);
			gntalloc_wake(region->file);
		} else if (!drain_sort(grant) && grant->turn) {
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
	return READ_ONCE(drain.entries[list]) &&
	       ktime_get_ns() >= READ_ONCE(drain.due[list]);
}

/*
 * Tries up to @most entries of a list; @most becomes the number of those that
 * have not ended. Returns how many have.
 */
static unsigned int drain_list(int list, unsigned int *most, bool yield)
{
	unsigned int left = min(*most, READ_ONCE(drain.entries[list]));
	unsigned int ended = 0;
	unsigned int tried = 0;

	while (left) {
		const unsigned int batch = min(left, GNTALLOC_DRAIN_LOCKED);
		struct gntalloc_region *done = NULL;
		unsigned int unused = batch;

		spin_lock(&drain.lock);
		ended += drain_some(list, &unused, &done);
		spin_unlock(&drain.lock);
		/* Nothing in the list any more. */
		if (unused == batch)
			break;
		tried += batch - unused;
		left -= batch - unused;

		/* May free memory, which is not for under a spinlock. */
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
 * @most: how many to try of those that somebody waits for, and of the others
 *
 * Context: process.
 * Return: how many have ended.
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
 * @count: number of pages, or entries, that the call could not have
 *
 * Context: process.
 * Return: how many have ended.
 */
unsigned int gntalloc_drain_for(unsigned int count)
{
	return gntalloc_drain(max(count, GNTALLOC_DRAIN_AT_BOUND));
}

/**
 * gntalloc_drain_charge - charge, if need be after a look at what drains
 * @file: for which open file
 * @what: as for gntalloc_charge()
 * @count: the greater half of @what
 *
 * Context: process.
 * Return: as gntalloc_charge().
 */
int gntalloc_drain_charge(struct gntalloc_file *file, u64 what,
			  unsigned int count)
{
	int err;

	err = gntalloc_charge(file, what);
	if (err && gntalloc_charge_may_fit(file, what)) {
		/* It may have drained, here or in the worker. */
		gntalloc_drain_for(count);
		err = gntalloc_charge(file, what);
	}
	return err;
}

/**
 * gntalloc_draining - number of entries that drain
 */
unsigned int gntalloc_draining(void)
{
	return READ_ONCE(drain.entries[LAZY]) +
	       READ_ONCE(drain.entries[URGENT]);
}

/**
 * gntalloc_drain_forget - does nothing of a grant drain any more?
 * @grant: without live entries, of a region of a locked file
 *
 * Return: true if not; then the grant is in no list, and can be freed.
 */
bool gntalloc_drain_forget(struct gntalloc_grant *grant)
{
	bool drained;

	spin_lock(&drain.lock);
	drained = !grant->draining;
	if (drained)
		list_del_init(&grant->drain_node);
	spin_unlock(&drain.lock);
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

	spin_lock(&drain.lock);
	grant = list_first_entry_or_null(&region->drained,
					 struct gntalloc_grant, drain_node);
	if (grant)
		list_del_init(&grant->drain_node);
	spin_unlock(&drain.lock);
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
		spin_lock(&drain.lock);
		held = region->held;
		spin_unlock(&drain.lock);
		return held;
	}
	/* A program can have many grants; others want the lock, too. */
	list_for_each_entry(grant, &region->grants, region_node) {
		if (grant->domid == domid) {
			spin_lock(&drain.lock);
			held += grant->draining;
			spin_unlock(&drain.lock);
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

	spin_lock(&drain.lock);
	watched = region->watchers++;
	spin_unlock(&drain.lock);
	if (watched)
		return;
	/* As above. One that is tried meanwhile is sorted already. */
	list_for_each_entry(grant, &region->grants, region_node) {
		spin_lock(&drain.lock);
		if (grant->draining)
			drain_sort(grant);
		spin_unlock(&drain.lock);
		cond_resched();
	}
}

/**
 * gntalloc_drain_unwatch - take back gntalloc_drain_watch()
 * @region: its grants go where they belong when they are tried next
 */
void gntalloc_drain_unwatch(struct gntalloc_region *region)
{
	spin_lock(&drain.lock);
	region->watchers--;
	spin_unlock(&drain.lock);
}

/**
 * gntalloc_drain_close - nobody waits for a file's regions any more
 * @file: closed; what drains of it goes where it belongs when it is tried next
 */
void gntalloc_drain_close(struct gntalloc_file *file)
{
	spin_lock(&drain.lock);
	file->closed = true;
	spin_unlock(&drain.lock);
}

static void drain_round(int list)
{
	unsigned int vain = UINT_MAX;
	unsigned int ended;
	u64 pause;

	if (!drain_due(list))
		return;

	/* Who waits does not wait for those who do not. */
	ended = drain_list(list, &vain, list == LAZY);
	if (ended)
		gntalloc_dbg("%u entries have drained\n", ended);

	spin_lock(&drain.lock);
	pause = ended ? paces[list].min :
		min(drain.pause[list] * 2, paces[list].max);
	drain.pause[list] = pause;
	pause = max(pause, vain * paces[list].each);
	WRITE_ONCE(drain.due[list], ktime_get_ns() + pause);
	spin_unlock(&drain.lock);
}

static void drain_work(struct work_struct *work)
{
	drain_round(URGENT);
	drain_round(LAZY);

	spin_lock(&drain.lock);
	drain_arm();
	spin_unlock(&drain.lock);
}

static enum hrtimer_restart drain_timer(struct hrtimer *timer)
{
	queue_work(drain.queue, &drain.work);
	return HRTIMER_NORESTART;
}

/**
 * gntalloc_drain_init - get ready to wait for peers
 *
 * Return: 0, or -ENOMEM.
 */
int gntalloc_drain_init(void)
{
	gntalloc_hrtimer_setup(&drain.timer, drain_timer);
	INIT_WORK(&drain.work, drain_work);
	drain.queue = alloc_workqueue("xen-gntalloc",
				      WQ_UNBOUND | WQ_FREEZABLE, 1);
	return drain.queue ? 0 : -ENOMEM;
}

/* To the kernel's own list of entries that drain, with its pages. */
static void drain_hand_over(struct gntalloc_grant *grant)
{
	struct gntalloc_region *region = grant->region;
	u32 i = grant->tail;

	list_del_init(&grant->drain_node);
	region->held -= grant->draining;
	while (grant->draining) {
		gntalloc_end_foreign_access(grant->refs[i] & ~GNTALLOC_DRAINS,
					    region->pages[grant->first + i]);
		gntalloc_uncharge(region->file, GNTALLOC_GRANTS(1));
		grant->draining--;
		i = grant->next[i];
		cond_resched();
	}
	if (!region->held)
		gntalloc_region_put(region);
}

/**
 * gntalloc_drain_exit - stop to wait
 *
 * No file is open. The kernel frees each page that still drains when its peer
 * lets go, without this module.
 */
void gntalloc_drain_exit(void)
{
	struct gntalloc_grant *grant, *next;
	int list;

	/*
	 * The work arms the timer, and the timer queues the work. Once the
	 * former is over, nothing begins it again.
	 */
	spin_lock(&drain.lock);
	drain.ends = true;
	spin_unlock(&drain.lock);
	hrtimer_cancel(&drain.timer);
	destroy_workqueue(drain.queue);

	for (list = LAZY; list <= URGENT; list++)
		list_for_each_entry_safe(grant, next, &drain.grants[list],
					 drain_node)
			drain_hand_over(grant);
}
