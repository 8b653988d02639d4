// SPDX-License-Identifier: GPL-2.0
/*
 * xen-gntalloc: draining, the wait for peers to let go
 *
 * Xen tells nobody when a peer unmaps a page: the driver has to try to end
 * the entry again. A worker does that, more seldom the longer nothing comes
 * of it, and never for more than a small share of a CPU. Calls that allocate
 * try some entries, too, since they may need them.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "gntalloc.h"

/* The worker's pause after an entry has ended, and the most it grows to. */
#define GNTALLOC_PAUSE_MIN	msecs_to_jiffies(10)
#define GNTALLOC_PAUSE_MAX	msecs_to_jiffies(500)

/*
 * ... but in any case so many ns for each entry that was tried in vain, some
 * 600 times what that takes. It is not timed: what other domains have used of
 * the CPU would count, too.
 */
#define GNTALLOC_PAUSE_EACH	25000ULL

/* Entries to try with the lock held. */
#define GNTALLOC_DRAIN_LOCKED	32U

static void drain_work(struct work_struct *work);

/*
 * All that drains. A grant is on the list while it has entries that drain,
 * and holds its region then. The lists are queues, so that a peer that never
 * lets go delays no other.
 */
static struct {
	spinlock_t lock;		/* for all here, and in the grants */
	struct list_head grants;	/* lock */
	unsigned int entries;		/* lock; read without it, too */
	unsigned long pause;		/* the worker's, in jiffies; lock */
	struct workqueue_struct *queue;
	struct delayed_work work;
} drain = {
	.lock = __SPIN_LOCK_UNLOCKED(drain.lock),
	.grants = LIST_HEAD_INIT(drain.grants),
};

/**
 * gntalloc_drain_add - wait for the peer to let go of an entry
 * @grant: locked like its region, or unpublished
 * @i: number of the entry; the caller's reference on its page goes with it
 */
void gntalloc_drain_add(struct gntalloc_grant *grant, unsigned int i)
{
	spin_lock(&drain.lock);
	if (!grant->draining++) {
		kref_get(&grant->region->kref);
		list_add_tail(&grant->drain_node, &drain.grants);
		grant->head = i;
	} else {
		grant->next[grant->tail] = i;
	}
	grant->tail = i;

	WRITE_ONCE(drain.entries, drain.entries + 1);
	if (drain.entries == 1) {
		drain.pause = GNTALLOC_PAUSE_MIN;
		queue_delayed_work(drain.queue, &drain.work, drain.pause);
	}
	spin_unlock(&drain.lock);
}

/* Tries the entry that was tried longest ago, and says whether it ended. */
static bool drain_one(struct gntalloc_grant *grant)
{
	u32 i = grant->head;

	lockdep_assert_held(&drain.lock);

	grant->head = grant->next[i];
	if (!gnttab_try_end_foreign_access(grant->refs[i])) {
		if (grant->draining == 1)
			grant->head = i;
		else
			grant->next[grant->tail] = i;
		grant->tail = i;
		list_move_tail(&grant->drain_node, &drain.grants);
		return false;
	}

	put_page(grant->region->pages[i]);
	WRITE_ONCE(drain.entries, drain.entries - 1);
	if (!--grant->draining)
		list_del(&grant->drain_node);
	return true;
}

/**
 * gntalloc_drain - try to end entries that drain
 * @most: how many to try, none of them twice
 *
 * Context: process, no lock held.
 * Return: how many have ended.
 */
unsigned int gntalloc_drain(unsigned int most)
{
	unsigned int ended = 0;

	most = min(most, READ_ONCE(drain.entries));
	while (most) {
		unsigned int tries = min(most, GNTALLOC_DRAIN_LOCKED);
		struct gntalloc_region *done = NULL;

		most -= tries;
		spin_lock(&drain.lock);
		while (tries && !done && !list_empty(&drain.grants)) {
			struct gntalloc_grant *grant =
				list_first_entry(&drain.grants,
						 struct gntalloc_grant,
						 drain_node);

			tries--;
			ended += drain_one(grant);
			if (!grant->draining)
				done = grant->region;
		}
		spin_unlock(&drain.lock);

		/* May free memory, which is not for under a spinlock. */
		if (done) {
			most += tries;
			gntalloc_region_put(done);
		}
		cond_resched();
	}
	gntalloc_uncharge(ended);
	return ended;
}

/**
 * gntalloc_draining - number of entries that drain
 */
unsigned int gntalloc_draining(void)
{
	return READ_ONCE(drain.entries);
}

static void drain_work(struct work_struct *work)
{
	unsigned int entries = gntalloc_draining();
	unsigned int ended = gntalloc_drain(entries);
	u64 vain = (entries - min(ended, entries)) * GNTALLOC_PAUSE_EACH;

	if (ended)
		gntalloc_dbg("%u entries have drained\n", ended);

	spin_lock(&drain.lock);
	if (drain.entries) {
		drain.pause = ended ? GNTALLOC_PAUSE_MIN :
			min(drain.pause * 2, GNTALLOC_PAUSE_MAX);
		queue_delayed_work(drain.queue, &drain.work,
				   max(drain.pause,
				       nsecs_to_jiffies(vain)));
	}
	spin_unlock(&drain.lock);
}

/**
 * gntalloc_drain_init - get ready to wait for peers
 *
 * Return: 0, or -ENOMEM.
 */
int gntalloc_drain_init(void)
{
	INIT_DELAYED_WORK(&drain.work, drain_work);
	drain.queue = alloc_workqueue("xen-gntalloc",
				      WQ_UNBOUND | WQ_FREEZABLE, 1);
	return drain.queue ? 0 : -ENOMEM;
}

/**
 * gntalloc_drain_exit - stop to wait
 *
 * What still drains goes to the kernel's own list of such entries, which
 * frees each page when its peer lets go, without this module.
 */
void gntalloc_drain_exit(void)
{
	struct gntalloc_grant *grant, *next;

	cancel_delayed_work_sync(&drain.work);
	destroy_workqueue(drain.queue);

	list_for_each_entry_safe(grant, next, &drain.grants, drain_node) {
		u32 i = grant->head;

		while (grant->draining--) {
			gntalloc_end_foreign_access(grant->refs[i],
						    grant->region->pages[i]);
			i = grant->next[i];
			cond_resched();
		}
		gntalloc_region_put(grant->region);
	}
}
