/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-gntalloc: the two lists of grants whose entries drain
 *
 * drain.c keeps the lists, and retry.c tries to end the entries. No other file
 * includes this one.
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
 * The worker's pause after a pass over a list, in ns. It is @min if entries
 * ended, and otherwise twice the last one, up to @max. It is never less than
 * @each for every entry that was tried and is still held. It does not depend on
 * how long the pass took, since that includes time that other domains used.
 */
struct gntalloc_pace {
	u64 min;
	u64 max;
	u64 each;
};

extern const struct gntalloc_pace gntalloc_paces[2];

/*
 * All that drains. A grant is in one of the lists while it has entries that
 * drain, and these keep a reference on its region. The lists are rotated, and
 * the entries of a grant are a ring, so that a peer that never lets go delays
 * no other. The lock guards all members, and those of the grants that say so.
 * entries and due are also read without it.
 */
struct gntalloc_drains {
	spinlock_t lock;		/* see above */
	struct list_head grants[2];	/* LAZY and URGENT */
	unsigned int entries[2];	/* how many of each list drain */
	u64 pause[2];			/* the last one in ns, without @each */
	u64 due[2];			/* time of the next pass, ktime in ns */
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

/* Both are called with gntalloc_drains.lock held. */
void gntalloc_drain_arm(void);
bool gntalloc_drain_sort(struct gntalloc_grant *grant);

#endif /* _XEN_GNTALLOC_DRAIN_H */
