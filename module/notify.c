// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the notification of a page, which tells the peer of its death
 *
 * A byte of the page is set to zero, an event channel is signalled, or both, in
 * that order. So the peer learns that the program has ended, however that came.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include <xen/events.h>

#include <gntshare/gntalloc.h>

#include "compat.h"
#include "gntalloc.h"

/**
 * struct gntalloc_notify - the notification of one page
 * @actions: GNTALLOC_2011_CLEAR_BYTE, GNTALLOC_2011_SEND_EVENT or both
 * @byte: offset in the page of the byte that is set to zero
 * @port: the port for GNTALLOC_2011_SEND_EVENT; this holds a reference on it
 * @generation: the generation in which that reference was taken. A restored
 *	guest has none of its earlier ports.
 *
 * It is in gntalloc_region.notify, and the file lock guards it.
 */
struct gntalloc_notify {
	u32 actions;
	u32 byte;
	evtchn_port_t port;
	u64 generation;
};

static bool notify_has_port(const struct gntalloc_notify *notify)
{
	return (notify->actions & GNTALLOC_2011_SEND_EVENT) &&
	       notify->generation == gntalloc_generation();
}

static void notify_free(struct gntalloc_notify *notify)
{
	if (!notify)
		return;
	if (notify_has_port(notify))
		evtchn_put(notify->port);
	kfree(notify);
}

/**
 * gntalloc_notify_set - replace the notification of a page
 * @region: of a locked file
 * @i: number of the page, which is allocated
 * @op: the struct of the program, not checked yet
 *
 * Return: 0; or, with nothing changed, -EINVAL if an action is unknown or the
 * port is not bound, -EPERM if the file was restricted from sending events, or
 * in any way and a byte would be set to zero in a program's own memory, -EACCES
 * if that memory may not be changed, or -ENOMEM.
 */
int gntalloc_notify_set(struct gntalloc_region *region, unsigned int i,
			const struct gntalloc_2011_notify *op)
{
	struct gntalloc_notify *notify, *old;

	if (op->action & ~(GNTALLOC_2011_CLEAR_BYTE | GNTALLOC_2011_SEND_EVENT))
		return -EINVAL;
	/* Any process of this domain may have bound the port. */
	if ((op->action & GNTALLOC_2011_SEND_EVENT) &&
	    region->file->limits.no_send_event)
		return -EPERM;
	/* The byte may belong to others, who did not agree to a change. */
	if ((op->action & GNTALLOC_2011_CLEAR_BYTE) && region->memory) {
		if (gntalloc_memory_readonly(region))
			return -EACCES;
		if (region->file->limits.any)
			return -EPERM;
	}
	if (!op->action) {
		notify_free(xa_erase(&region->notify, i));
		return 0;
	}

	notify = kmalloc(sizeof(*notify), GNTALLOC_GFP_META);
	if (!notify)
		return -ENOMEM;
	notify->actions = op->action;
	notify->byte = offset_in_page(op->index);
	notify->port = op->event_channel_port;
	notify->generation = gntalloc_generation();

	/* Before the old one is freed, which may have the last reference. */
	if ((op->action & GNTALLOC_2011_SEND_EVENT) &&
	    evtchn_get(notify->port)) {
		kfree(notify);
		return -EINVAL;
	}

	old = xa_store(&region->notify, i, notify, GNTALLOC_GFP_META);
	if (xa_is_err(old)) {
		notify_free(notify);
		return -ENOMEM;
	}
	notify_free(old);
	return 0;
}

/**
 * gntalloc_notify_fire - carry out the notification of a page, if it has one
 * @region: of a locked file
 * @i: number of the page, which dies; its entries have not ended yet
 */
void gntalloc_notify_fire(struct gntalloc_region *region, unsigned int i)
{
	struct gntalloc_notify *notify;

	notify = xa_erase(&region->notify, i);
	if (!notify)
		return;

	if (notify->actions & GNTALLOC_2011_CLEAR_BYTE) {
		u8 *bytes = kmap_local_page(region->pages[i]);

		WRITE_ONCE(bytes[notify->byte], 0);
		kunmap_local(bytes);
	}
	if (notify_has_port(notify))
		notify_remote_via_evtchn(notify->port);
	notify_free(notify);
}
