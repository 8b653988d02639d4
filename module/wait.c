// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: wait until a region is released by its peers, or gone
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/wait.h>

#include <gntshare/gntalloc.h>

#include "gntalloc.h"

/**
 * gntalloc_wait_tell - set what tells the program that a region is gone
 * @region: of a locked file; it is about to be destroyed
 * @event: the event to queue then, or NULL; belongs to the region from now on
 * @eventfd: the eventfd to signal then, or NULL; belongs to the region, too
 */
void gntalloc_wait_tell(struct gntalloc_region *region,
			struct gntalloc_event *event,
			struct eventfd_ctx *eventfd)
{
	region->event = event;
	region->eventfd = eventfd;
	/* It is never unwatched: this is so until the region is gone. */
	if (event || eventfd)
		gntalloc_drain_watch(region);
}

/*
 * Fills in the answer of @op. If the wait that it asks for is not over, returns
 * the region, with a reference. Otherwise returns NULL, and sets @err to the
 * result of the wait.
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

/* Waits until gntalloc_wake() is called, or was called since @was was read. */
static int wait_change(struct gntalloc_file *file, int was, ktime_t left)
{
	return wait_event_interruptible_hrtimeout(file->wait,
						  gntalloc_changed(file, was),
						  left);
}

/**
 * gntalloc_wait - wait for a state of a region
 * @file: the open file
 * @op: the region and the state; is filled in with the answer
 *
 * Return: 0; -ENOENT if no region has had the id, -ETIMEDOUT, or -EINTR if the
 * task is being killed; or, if a signal came, -ERESTARTNOHAND, with the time
 * that is left in @op. A signal handler ends the wait, as it ends poll().
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
		/* With the reference of this call it would never be gone. */
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
		 * A save of the guest begins with freezing all tasks, which
		 * ends this wait like a signal without a handler. Then the call
		 * is restarted, and waits for the time that is left.
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
