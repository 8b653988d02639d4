// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The names and arguments of the fake devices' calls, as the log shows them. Those
 * of the native level are in fake_native.c.
 */
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
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS:
		return "EXP_FROM_REFS";
	default:
		return fake_native_name(request);
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
	const struct ioctl_gntdev_dmabuf_exp_from_refs *export = arg;
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
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS:
		snprintf(text, size, "%s(count=%u domid=%u)", name,
			 export->count, export->domid);
		break;
	default:
		fake_native_describe(request, arg, text, size);
	}
}
