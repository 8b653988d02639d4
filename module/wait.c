// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the wait for a region to be released, or gone
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/wait.h>

#include <gntshare/gntalloc.h>

#include "gntalloc.h"

/**
 * gntalloc_wait_tell - say who is to be told when a region is gone
 * @region: of a locked file; it is about to be destroyed
 * @event: to be queued, or NULL; the region's from now on
 * @eventfd: to be signalled, or NULL; the region's from now on
 */
void gntalloc_wait_tell(struct gntalloc_region *region,
			struct gntalloc_event *event,
			struct eventfd_ctx *eventfd)
{
	region->event = event;
	region->eventfd = eventfd;
	/* For as long as it is there. */
	if (event || eventfd)
		gntalloc_drain_watch(region);
}

/*
 * Fills in the answer of @op. Returns the region for as long as the wait that
 * it asks for is not over, with a reference, else NULL; @err says how it went.
 */
static struct gntalloc_region *wait_look(struct gntalloc_file *file,
					 struct gntalloc_native_wait *op,
					 int *err)
{
	int domid = op->flags & GNTALLOC_WAIT_DOMID ? op->domid : -1;
	struct gntalloc_region *region = gntalloc_id_get(file, op->id);
	bool over;

	*err = 0;
	if (!region) {
		if (!op->id || op->id >= READ_ONCE(file->next_id))
			*err = -ENOENT;
		op->state = GNTALLOC_STATE_GONE;
		op->held = 0;
		return NULL;
	}

	*err = gntalloc_lock(file);
	if (*err) {
		gntalloc_region_put(region);
		return NULL;
	}
	op->state = region->live ? GNTALLOC_STATE_LIVE :
				   GNTALLOC_STATE_DRAINING;
	op->held = gntalloc_drain_held(region, domid);
	mutex_unlock(&file->lock);

	over = !(op->flags & GNTALLOC_WAIT_GONE) &&
	       (!(op->flags & GNTALLOC_WAIT_RELEASED) || !op->held);
	if (!over)
		return region;
	gntalloc_region_put(region);
	return NULL;
}

/* Waits for gntalloc_wake(), unless it has come since @was was read. */
static int wait_change(struct gntalloc_file *file, int was, ktime_t left)
{
	return wait_event_interruptible_hrtimeout(file->wait,
						  gntalloc_changed(file, was),
						  left);
}

/**
 * gntalloc_wait - wait for a region's state
 * @file: the open file
 * @op: what for; gets the answer
 *
 * Return: 0, -ENOENT if the id was never given, -ETIMEDOUT, -EINTR if the task
 * is being killed, or -ERESTARTNOHAND with the time that is left in @op: a
 * handler ends the wait, as it does poll()'s.
 */
int gntalloc_wait(struct gntalloc_file *file,
		  struct gntalloc_native_wait *op)
{
	ktime_t end = KTIME_MAX;
	struct gntalloc_region *region;
	bool watching = false;
	int err, changes;

	if (op->timeout >= 0)
		end = ktime_add_safe(ktime_get(), ns_to_ktime(op->timeout));

	for (;;) {
		ktime_t left = KTIME_MAX;

		changes = atomic_read(&file->changes);
		region = wait_look(file, op, &err);
		if (!region)
			break;
		if (!watching) {
			err = gntalloc_lock(file);
			if (!err) {
				gntalloc_drain_watch(region);
				mutex_unlock(&file->lock);
				watching = true;
			}
		}
		/* It could not go while it is held here. */
		gntalloc_region_put(region);
		if (err)
			break;

		if (end != KTIME_MAX) {
			left = ktime_sub(end, ktime_get());
			if (left <= 0) {
				err = -ETIMEDOUT;
				break;
			}
		}
		err = wait_change(file, changes, left);
		/*
		 * To be frozen, which a save of the guest begins with, is a
		 * signal without a handler: the call is made again then, and
		 * goes on for the time that is left.
		 */
		if (err && err != -ETIME) {
			if (end != KTIME_MAX) {
				left = ktime_sub(end, ktime_get());
				op->timeout = max_t(s64, left, 0);
			}
			err = -ERESTARTNOHAND;
			break;
		}
	}

	if (watching) {
		region = gntalloc_id_get(file, op->id);
		if (region) {
			gntalloc_drain_unwatch(region);
			gntalloc_region_put(region);
		}
	}
	return err;
}
