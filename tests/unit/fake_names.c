// SPDX-License-Identifier: GPL-2.0-or-later
/* The names and arguments of the fake devices' calls, as the log shows them. */
#include <stdint.h>
#include <stdio.h>

#include <linux/ioctl.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/gntdev.h>

#include <gntshare/gntalloc.h>

#include "fake_internal.h"

const char *fake_name(unsigned long request)
{
	switch (request) {
	case GNTALLOC_2011_ALLOC:
		return "ALLOC";
	case GNTALLOC_2011_DEALLOC:
		return "DEALLOC";
	case GNTALLOC_2011_NOTIFY:
		return "NOTIFY";
	case IOCTL_GNTDEV_MAP_GRANT_REF:
		return "MAP";
	case IOCTL_GNTDEV_UNMAP_GRANT_REF:
		return "UNMAP";
	case GNTALLOC_NATIVE_INFO:
		return "INFO";
	case GNTALLOC_NATIVE_CREATE:
		return "CREATE";
	case GNTALLOC_NATIVE_GRANT:
		return "GRANT";
	case GNTALLOC_NATIVE_REVOKE:
		return "REVOKE";
	case GNTALLOC_NATIVE_DESTROY:
		return "DESTROY";
	case GNTALLOC_NATIVE_WAIT:
		return "WAIT";
	case GNTALLOC_NATIVE_RESTRICT:
		return "RESTRICT";
	case GNTALLOC_NATIVE_SHARE:
		return "SHARE";
	default:
		return "?";
	}
}

void fake_describe(unsigned long request, const void *arg, char *text,
		   size_t size)
{
	const struct gntalloc_2011_alloc *alloc = arg;
	const struct gntalloc_2011_dealloc *dealloc = arg;
	const struct gntalloc_2011_notify *notify = arg;
	const struct ioctl_gntdev_map_grant_ref *map = arg;
	const struct ioctl_gntdev_unmap_grant_ref *unmap = arg;
	const struct gntalloc_native_create *create = arg;
	const struct gntalloc_native_grant *grant = arg;
	const struct gntalloc_native_revoke *revoke = arg;
	const struct gntalloc_native_destroy *destroy = arg;
	const struct gntalloc_native_wait *wait = arg;
	const struct gntalloc_native_restrict *give_up = arg;
	const struct gntalloc_native_share *share = arg;
	const char *name = fake_name(request);

	switch (request) {
	case GNTALLOC_2011_ALLOC:
		snprintf(text, size, "%s(domid=%u flags=%u count=%u)", name,
			 alloc->domid, alloc->flags, alloc->count);
		break;
	case GNTALLOC_2011_DEALLOC:
		snprintf(text, size, "%s(%llu count=%u)", name,
			 dealloc->index, dealloc->count);
		break;
	case GNTALLOC_2011_NOTIFY: /* gntdev has the same number and layout */
		snprintf(text, size, "%s(%llu action=%u port=%u)", name,
			 notify->index, notify->action,
			 notify->event_channel_port);
		break;
	case IOCTL_GNTDEV_MAP_GRANT_REF:
		snprintf(text, size, "%s(count=%u)", name, map->count);
		break;
	case IOCTL_GNTDEV_UNMAP_GRANT_REF:
		snprintf(text, size, "%s(%llu count=%u)", name,
			 unmap->index, unmap->count);
		break;
	case GNTALLOC_NATIVE_INFO:
		snprintf(text, size, "%s()", name);
		break;
	case GNTALLOC_NATIVE_CREATE:
		snprintf(text, size, "%s(%llu pages=%u flags=%u)", name,
			 create->offset, create->pages, create->flags);
		break;
	case GNTALLOC_NATIVE_GRANT:
		snprintf(text, size, "%s(%llu pages=%u domid=%u flags=%u)",
			 name, grant->offset, grant->pages, grant->domid,
			 grant->flags);
		break;
	case GNTALLOC_NATIVE_REVOKE:
		snprintf(text, size, "%s(%llu pages=%u domid=%u)", name,
			 revoke->offset, revoke->pages, revoke->domid);
		break;
	case GNTALLOC_NATIVE_DESTROY:
		snprintf(text, size, "%s(id=%llu flags=%u)", name,
			 destroy->id, destroy->flags);
		break;
	case GNTALLOC_NATIVE_WAIT:
		snprintf(text, size, "%s(id=%llu flags=%u domid=%u %lld)",
			 name, wait->id, wait->flags, wait->domid,
			 wait->timeout);
		break;
	case GNTALLOC_NATIVE_RESTRICT:
		snprintf(text, size, "%s(flags=%u pages=%u count=%u)", name,
			 give_up->flags, give_up->pages, give_up->count);
		break;
	case GNTALLOC_NATIVE_SHARE:
		snprintf(text, size, "%s(pages=%u domid=%u flags=%u)", name,
			 share->pages, share->domid, share->flags);
		break;
	default:
		snprintf(text, size, "ioctl(%lx)", request);
	}
}
