// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the ids of regions, and the events that programs read
 *
 * A region of the native level has an id. It can be found by the id until it is
 * gone, even after it has lost its offsets. When it is gone, a program that
 * asked for it is told, by an event that read() returns or by an eventfd. When
 * the guest was restored, read() on each open file returns an event, too.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <gntshare/gntalloc.h>

#include "compat.h"
#include "gntalloc.h"

/* Never 0, which event_push() needs: no generation is equal to it. */
static u64 generation = 1;

/**
 * gntalloc_generation - get the generation
 *
 * Return: 1, and 1 more for each time that the guest was restored.
 */
u64 gntalloc_generation(void)
{
	return READ_ONCE(generation);
}

/**
 * gntalloc_generation_next - begin a new generation: the guest was restored
 *
 * Context: two calls must not run at the same time.
 */
void gntalloc_generation_next(void)
{
	WRITE_ONCE(generation, generation + 1);
}

/**
 * gntalloc_wake - have all tasks that wait on a file check again
 * @file: the open file
 */
void gntalloc_wake(struct gntalloc_file *file)
{
	atomic_inc(&file->changes);
	if (wq_has_sleeper(&file->wait))
		wake_up_all(&file->wait);
}

/**
 * gntalloc_changed - was gntalloc_wake() called since @file->changes was read?
 * @file: the open file
 * @before: the value that was read
 */
bool gntalloc_changed(struct gntalloc_file *file, int before)
{
	return atomic_read(&file->changes) != before;
}

/**
 * gntalloc_events_init - prepare a new file, without ids and events
 * @file: the open file
 */
void gntalloc_events_init(struct gntalloc_file *file)
{
	spin_lock_init(&file->event_lock);
	init_waitqueue_head(&file->wait);
	file->by_id = RB_ROOT;
	file->next_id = 1;
	INIT_LIST_HEAD(&file->events);
	file->generation = gntalloc_generation();
}

/**
 * gntalloc_events_exit - free the events that nobody has read
 * @file: has no references any more, so that nobody can read them
 */
void gntalloc_events_exit(struct gntalloc_file *file)
{
	struct gntalloc_event *event, *next;

	list_for_each_entry_safe(event, next, &file->events, node)
		kfree(event);
}

/**
 * gntalloc_id_add - give a region an id
 * @region: unpublished, and without an id
 */
void gntalloc_id_add(struct gntalloc_region *region)
{
	struct gntalloc_file *file = region->file;
	struct rb_node **link, *parent = NULL;

	spin_lock(&file->event_lock);
	region->id = file->next_id;
	WRITE_ONCE(file->next_id, region->id + 1);
	/* The new id is the greatest, so its node is the last of the tree. */
	link = &file->by_id.rb_node;
	while (*link) {
		parent = *link;
		link = &parent->rb_right;
	}
	rb_link_node(&region->id_node, parent, link);
	rb_insert_color(&region->id_node, &file->by_id);
	spin_unlock(&file->event_lock);
}

/**
 * gntalloc_id_get - find a region by its id
 * @file: the open file
 * @id: any number
 *
 * Return: the region, with a reference for the caller, or NULL.
 */
struct gntalloc_region *gntalloc_id_get(struct gntalloc_file *file, u64 id)
{
	struct gntalloc_region *region = NULL;
	struct rb_node *node;

	spin_lock(&file->event_lock);
	node = file->by_id.rb_node;
	while (node) {
		region = rb_entry(node, struct gntalloc_region, id_node);
		if (id == region->id)
			break;
		node = id < region->id ? node->rb_left : node->rb_right;
	}
	if (!node || !kref_get_unless_zero(&region->kref))
		region = NULL;
	spin_unlock(&file->event_lock);
	return region;
}

/**
 * gntalloc_id_from - find the first region from an id on
 * @file: a file, which need not be open
 * @id: any number
 *
 * Return: the region with the least id that is not less than @id, with a
 * reference for the caller; or NULL.
 */
struct gntalloc_region *gntalloc_id_from(struct gntalloc_file *file, u64 id)
{
	struct gntalloc_region *region = NULL;
	struct rb_node *node;

	spin_lock(&file->event_lock);
	node = file->by_id.rb_node;
	while (node) {
		struct gntalloc_region *other =
			rb_entry(node, struct gntalloc_region, id_node);

		if (id > other->id) {
			node = node->rb_right;
		} else {
			region = other;
			node = node->rb_left;
		}
	}
	/* One without references is about to be taken out of the tree. */
	while (region && !kref_get_unless_zero(&region->kref))
		region = rb_entry_safe(rb_next(&region->id_node),
				       struct gntalloc_region, id_node);
	spin_unlock(&file->event_lock);
	return region;
}

/**
 * gntalloc_id_gone - tell the program that a region is gone, if it has asked
 * @region: has no references any more
 */
void gntalloc_id_gone(struct gntalloc_region *region)
{
	struct gntalloc_file *file = region->file;

	if (!region->id)
		return;

	spin_lock(&file->event_lock);
	rb_erase(&region->id_node, &file->by_id);
	if (region->event)
		list_add_tail(&region->event->node, &file->events);
	spin_unlock(&file->event_lock);

	if (region->eventfd) {
		gntalloc_eventfd_signal(region->eventfd);
		eventfd_ctx_put(region->eventfd);
	}
	gntalloc_wake(file);
}

static bool event_unread(struct gntalloc_file *file)
{
	return !list_empty(&file->events) ||
	       READ_ONCE(file->generation) != gntalloc_generation();
}

/**
 * gntalloc_poll - say whether there is an event to read
 * @filp: the open file
 * @table: the poll table of the caller
 */
__poll_t gntalloc_poll(struct file *filp, poll_table *table)
{
	struct gntalloc_file *file = filp->private_data;
	__poll_t ready = 0;

	poll_wait(filp, &file->wait, table);
	spin_lock(&file->event_lock);
	if (event_unread(file))
		ready = EPOLLIN | EPOLLRDNORM;
	spin_unlock(&file->event_lock);
	return ready;
}

/**
 * gntalloc_event_new - allocate an event that is to be queued later
 * @file: the open file that it will be read from
 * @id: the region that will be gone
 *
 * The events of a file that are pending or unread have a bound of their own.
 * Otherwise a program that never reads any could pile them up: no other bound
 * counts an event, since its region is not charged any more.
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
 * gntalloc_event_drop - free an event that was read, or will not be queued
 * @file: the open file that it was made for
 * @event: the event, or NULL
 */
void gntalloc_event_drop(struct gntalloc_file *file,
			 struct gntalloc_event *event)
{
	if (!event)
		return;
	atomic_dec(&file->unread);
	kfree(event);
}

/*
 * Takes the next event, for @out. If it is about a region, @event is set to it.
 * Returns whether there was one.
 */
static bool event_pop(struct gntalloc_file *file,
		      struct gntalloc_native_event *out,
		      struct gntalloc_event **event)
{
	u64 generation = gntalloc_generation();
	bool found = true;

	*out = (struct gntalloc_native_event) {};
	*event = NULL;

	spin_lock(&file->event_lock);
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
		found = false;
	}
	spin_unlock(&file->event_lock);
	return found;
}

/*
 * Puts back an event that could not be copied to the reader. Without @event it
 * was about the generation, and 0 has event_pop() return it again.
 */
static void event_push(struct gntalloc_file *file, struct gntalloc_event *event)
{
	spin_lock(&file->event_lock);
	if (event)
		list_add(&event->node, &file->events);
	else
		WRITE_ONCE(file->generation, 0);
	spin_unlock(&file->event_lock);
	gntalloc_wake(file);
}

/**
 * gntalloc_read - read events
 * @filp: the open file
 * @buf: room for one struct gntalloc_native_event or several
 * @size: size of @buf, in bytes
 * @pos: not used
 *
 * If there is no event, it waits for one.
 *
 * Return: the number of bytes read, always whole events; -EINVAL if @buf has no
 * room for one event, -EAGAIN if there is none and the descriptor does not
 * block, -ERESTARTSYS if a signal came, or -EFAULT with no event lost.
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
					       gntalloc_changed(file, changes));
		if (err)
			return err;
	}
	return done;
}
