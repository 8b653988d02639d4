// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: what a program can ask about its regions, and be told
 *
 * A region of the native level has an id, and can be found by it until it is
 * gone, also when it has no offsets any more. When it is gone, who wanted to
 * know is told, by an event that read() gives, or by an eventfd.
 */
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <gntshare/gntalloc.h>

#include "compat.h"
#include "gntalloc.h"

/**
 * gntalloc_wake - have all who wait on a file look again
 * @file: the open file
 */
void gntalloc_wake(struct gntalloc_file *file)
{
	atomic_inc(&file->changes);
	if (wq_has_sleeper(&file->wait))
		wake_up_all(&file->wait);
}

static bool changed(struct gntalloc_file *file, int before)
{
	return atomic_read(&file->changes) != before;
}

/**
 * gntalloc_track_add - give a region an id
 * @region: unpublished, of a file that has it in no list yet
 */
void gntalloc_track_add(struct gntalloc_region *region)
{
	struct gntalloc_file *file = region->file;
	struct rb_node **link, *parent = NULL;

	spin_lock(&file->track_lock);
	region->id = file->next_id;
	WRITE_ONCE(file->next_id, region->id + 1);
	/* The greatest of all ids: the last of the tree. */
	link = &file->by_id.rb_node;
	while (*link) {
		parent = *link;
		link = &parent->rb_right;
	}
	rb_link_node(&region->id_node, parent, link);
	rb_insert_color(&region->id_node, &file->by_id);
	spin_unlock(&file->track_lock);
}

/**
 * gntalloc_track_get - find a region by its id
 * @file: the open file
 * @id: any number
 *
 * Return: the region, with a reference for the caller, or NULL.
 */
struct gntalloc_region *gntalloc_track_get(struct gntalloc_file *file, u64 id)
{
	struct gntalloc_region *region = NULL;
	struct rb_node *node;

	spin_lock(&file->track_lock);
	node = file->by_id.rb_node;
	while (node) {
		region = rb_entry(node, struct gntalloc_region, id_node);
		if (id == region->id)
			break;
		node = id < region->id ? node->rb_left : node->rb_right;
	}
	if (!node || !kref_get_unless_zero(&region->kref))
		region = NULL;
	spin_unlock(&file->track_lock);
	return region;
}

/**
 * gntalloc_track_tell - say who is to be told when a region is gone
 * @region: of a locked file; it is about to be destroyed
 * @event: to be queued, or NULL; the region's from now on
 * @eventfd: to be signalled, or NULL; the region's from now on
 */
void gntalloc_track_tell(struct gntalloc_region *region,
			 struct gntalloc_event *event,
			 struct eventfd_ctx *eventfd)
{
	region->event = event;
	region->eventfd = eventfd;
	/* For as long as it is there. */
	if (event || eventfd)
		gntalloc_drain_watch(region);
}

/**
 * gntalloc_track_gone - tell who wanted to know that a region is gone
 * @region: without references
 */
void gntalloc_track_gone(struct gntalloc_region *region)
{
	struct gntalloc_file *file = region->file;

	if (!region->id)
		return;

	spin_lock(&file->track_lock);
	rb_erase(&region->id_node, &file->by_id);
	if (region->event)
		list_add_tail(&region->event->node, &file->events);
	spin_unlock(&file->track_lock);

	if (region->eventfd) {
		gntalloc_eventfd_signal(region->eventfd);
		eventfd_ctx_put(region->eventfd);
	}
	gntalloc_wake(file);
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
	struct gntalloc_region *region = gntalloc_track_get(file, op->id);
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

/**
 * gntalloc_track_wait - wait for a region's state
 * @file: the open file
 * @op: what for; gets the answer
 *
 * Return: 0, -ENOENT if the id was never given, -ETIMEDOUT, -EINTR if the task
 * is being killed, or -ERESTARTNOHAND with the time that is left in @op: a
 * handler ends the wait, as it does poll()'s.
 */
int gntalloc_track_wait(struct gntalloc_file *file,
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
		err = wait_event_interruptible_hrtimeout(file->wait,
							 changed(file, changes),
							 left);
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
		region = gntalloc_track_get(file, op->id);
		if (region) {
			gntalloc_drain_unwatch(region);
			gntalloc_region_put(region);
		}
	}
	return err;
}

static bool events_there(struct gntalloc_file *file)
{
	return !list_empty(&file->events) ||
	       READ_ONCE(file->generation) != gntalloc_generation();
}

/**
 * gntalloc_poll - is there an event to read?
 * @filp: the open file
 * @table: where to wait
 */
__poll_t gntalloc_poll(struct file *filp, poll_table *table)
{
	struct gntalloc_file *file = filp->private_data;
	__poll_t ready = 0;

	poll_wait(filp, &file->wait, table);
	spin_lock(&file->track_lock);
	if (events_there(file))
		ready = EPOLLIN | EPOLLRDNORM;
	spin_unlock(&file->track_lock);
	return ready;
}

/**
 * gntalloc_event_new - an event that is to come
 * @file: where it will be read
 * @id: the region that will be gone
 *
 * Who never reads any does not get more and more of them: they are bounded by
 * nothing else, since the region does not count any more.
 *
 * Return: the event, or -EDQUOT or -ENOMEM.
 */
struct gntalloc_event *gntalloc_event_new(struct gntalloc_file *file, u64 id)
{
	struct gntalloc_event *event = ERR_PTR(-EDQUOT);

	if (atomic_inc_return(&file->unread) <= GNTALLOC_EVENTS_MAX) {
		event = kzalloc(sizeof(*event), GNTALLOC_GFP_META);
		if (event) {
			event->id = id;
			return event;
		}
		event = ERR_PTR(-ENOMEM);
	}
	atomic_dec(&file->unread);
	return event;
}

/**
 * gntalloc_event_drop - an event that was read, or will not come
 * @file: where it was to be read
 * @event: may be NULL
 */
void gntalloc_event_drop(struct gntalloc_file *file,
			 struct gntalloc_event *event)
{
	if (!event)
		return;
	atomic_dec(&file->unread);
	kfree(event);
}

/* Takes the next event. Returns whether there was one. */
static bool event_pop(struct gntalloc_file *file,
		      struct gntalloc_native_event *out,
		      struct gntalloc_event **event)
{
	u64 generation = gntalloc_generation();
	bool there = true;

	*out = (struct gntalloc_native_event) {};
	*event = NULL;

	spin_lock(&file->track_lock);
	if (file->generation != generation) {
		WRITE_ONCE(file->generation, generation);
		out->type = GNTALLOC_EVENT_RESTORED;
		out->id = generation;
	} else if (!list_empty(&file->events)) {
		*event = list_first_entry(&file->events, struct gntalloc_event,
					  node);
		list_del(&(*event)->node);
		out->type = GNTALLOC_EVENT_GONE;
		out->id = (*event)->id;
	} else {
		there = false;
	}
	spin_unlock(&file->track_lock);
	return there;
}

/* Puts back an event that could not be brought to the reader. */
static void event_push(struct gntalloc_file *file, struct gntalloc_event *event)
{
	spin_lock(&file->track_lock);
	if (event)
		list_add(&event->node, &file->events);
	else
		WRITE_ONCE(file->generation, 0);
	spin_unlock(&file->track_lock);
	gntalloc_wake(file);
}

/**
 * gntalloc_read - read events
 * @filp: the open file
 * @buf: for one struct gntalloc_native_event or several
 * @size: of @buf, in bytes
 * @pos: not used
 *
 * Return: the bytes read, whole events; -EINVAL if not one has room, -EAGAIN
 * if there is none and the descriptor does not block, -EINTR or -ERESTARTSYS,
 * -EFAULT with all events still there.
 */
ssize_t gntalloc_read(struct file *filp, char __user *buf, size_t size,
		      loff_t *pos)
{
	struct gntalloc_file *file = filp->private_data;
	struct gntalloc_native_event out;
	struct gntalloc_event *event;
	size_t done = 0;
	int err;

	if (size < sizeof(out))
		return -EINVAL;

	while (size - done >= sizeof(out)) {
		int changes = atomic_read(&file->changes);

		if (event_pop(file, &out, &event)) {
			if (copy_to_user(buf + done, &out, sizeof(out))) {
				event_push(file, event);
				return done ? done : -EFAULT;
			}
			gntalloc_event_drop(file, event);
			done += sizeof(out);
			continue;
		}
		if (done)
			break;
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(file->wait,
					       changed(file, changes));
		if (err)
			return err;
	}
	return done;
}

/**
 * gntalloc_track_init - nothing is tracked in a new file
 * @file: the open file
 */
void gntalloc_track_init(struct gntalloc_file *file)
{
	spin_lock_init(&file->track_lock);
	init_waitqueue_head(&file->wait);
	file->by_id = RB_ROOT;
	file->next_id = 1;
	INIT_LIST_HEAD(&file->events);
	file->generation = gntalloc_generation();
}

/**
 * gntalloc_track_exit - forget what nobody can read any more
 * @file: without references
 */
void gntalloc_track_exit(struct gntalloc_file *file)
{
	struct gntalloc_event *event, *next;

	list_for_each_entry_safe(event, next, &file->events, node)
		kfree(event);
}
