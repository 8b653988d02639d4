/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-gntalloc: the lists of what drains, for the files that work on them:
 * drain.c has them, and retry.c tries their entries again.
 */
#ifndef _XEN_GNTALLOC_DRAIN_H
#define _XEN_GNTALLOC_DRAIN_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct gntalloc_grant;

#define LAZY	0
#define URGENT	1

/*
 * The worker's pause, in ns: @min while entries end, then twice as long each
 * time up to @max; and @each for each entry that was tried in vain, where that
 * is more. Not the time it took: that is also what other domains have used.
 */
struct gntalloc_pace {
	u64 min;
	u64 max;
	u64 each;
};

extern const struct gntalloc_pace gntalloc_paces[2];

/*
 * All that drains. A grant is in a list while it has entries that drain; its
 * region is held then. The lists go round, and so do the entries of a grant,
 * so that a peer that never lets go delays no other.
 */
struct gntalloc_drains {
	spinlock_t lock;		/* for all here, and in the grants */
	struct list_head grants[2];	/* LAZY and URGENT */
	unsigned int entries[2];	/* of the grants; read unlocked, too */
	u64 pause[2];			/* in ns, without @each */
	u64 due[2];			/* when to try again, ktime in ns; ditto */
	bool stopping;			/* the timer is not armed any more */
	struct hrtimer timer;
	struct work_struct work;
	struct workqueue_struct *queue;
};

extern struct gntalloc_drains gntalloc_drains;

static inline void gntalloc_drain_count(int list, int entries)
{
	WRITE_ONCE(gntalloc_drains.entries[list],
		   gntalloc_drains.entries[list] + entries);
}

/* Both with the lock held. */
void gntalloc_drain_arm(void);
bool gntalloc_drain_sort(struct gntalloc_grant *grant);

#endif /* _XEN_GNTALLOC_DRAIN_H */
