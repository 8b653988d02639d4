// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print every size, offset and number of the device's interface, as this
 * compiler sees it, and those that Linux ships in <xen/gntalloc.h>. Compared
 * to layout.32 or layout.64, which were written by hand.
 */
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include <gntshare/gntalloc.h>
#include <xen/gntalloc.h>

#define SIZE(type) printf(#type " %zu\n", sizeof(type))
#define MEMBER(type, member) \
	printf(#type "." #member " %zu %zu\n", offsetof(type, member), \
	       sizeof(((type *)0)->member))
#define NUMBER(name) printf(#name " 0x%08lx\n", (unsigned long)(name))

int main(void)
{
	SIZE(struct gntalloc_2010_alloc);
	MEMBER(struct gntalloc_2010_alloc, owner_domid);
	MEMBER(struct gntalloc_2010_alloc, foreign_domid);
	MEMBER(struct gntalloc_2010_alloc, readonly);
	MEMBER(struct gntalloc_2010_alloc, gref_id);
	MEMBER(struct gntalloc_2010_alloc, page_idx);
	SIZE(struct gntalloc_2010_dealloc);
	MEMBER(struct gntalloc_2010_dealloc, gref_id);

	SIZE(struct gntalloc_2011_alloc);
	MEMBER(struct gntalloc_2011_alloc, domid);
	MEMBER(struct gntalloc_2011_alloc, flags);
	MEMBER(struct gntalloc_2011_alloc, count);
	MEMBER(struct gntalloc_2011_alloc, index);
	MEMBER(struct gntalloc_2011_alloc, gref_ids);
	SIZE(struct gntalloc_2011_dealloc);
	MEMBER(struct gntalloc_2011_dealloc, index);
	MEMBER(struct gntalloc_2011_dealloc, count);
	SIZE(struct gntalloc_2011_notify);
	MEMBER(struct gntalloc_2011_notify, index);
	MEMBER(struct gntalloc_2011_notify, action);
	MEMBER(struct gntalloc_2011_notify, event_channel_port);

	NUMBER(GNTALLOC_2010_ALLOC);
	NUMBER(GNTALLOC_2010_DEALLOC);
	NUMBER(GNTALLOC_2011_ALLOC);
	NUMBER(GNTALLOC_2011_DEALLOC);
	NUMBER(GNTALLOC_2011_NOTIFY);
	NUMBER(GNTALLOC_2011_WRITABLE);
	NUMBER(GNTALLOC_2011_CLEAR_BYTE);
	NUMBER(GNTALLOC_2011_SEND_EVENT);
	NUMBER(GNTALLOC_DOMID_FIRST_RESERVED);

	SIZE(struct ioctl_gntalloc_alloc_gref);
	MEMBER(struct ioctl_gntalloc_alloc_gref, domid);
	MEMBER(struct ioctl_gntalloc_alloc_gref, flags);
	MEMBER(struct ioctl_gntalloc_alloc_gref, count);
	MEMBER(struct ioctl_gntalloc_alloc_gref, index);
	MEMBER(struct ioctl_gntalloc_alloc_gref, gref_ids);
	SIZE(struct ioctl_gntalloc_dealloc_gref);
	MEMBER(struct ioctl_gntalloc_dealloc_gref, index);
	MEMBER(struct ioctl_gntalloc_dealloc_gref, count);
	SIZE(struct ioctl_gntalloc_unmap_notify);
	MEMBER(struct ioctl_gntalloc_unmap_notify, index);
	MEMBER(struct ioctl_gntalloc_unmap_notify, action);
	MEMBER(struct ioctl_gntalloc_unmap_notify, event_channel_port);
	NUMBER(IOCTL_GNTALLOC_ALLOC_GREF);
	NUMBER(IOCTL_GNTALLOC_DEALLOC_GREF);
	NUMBER(IOCTL_GNTALLOC_SET_UNMAP_NOTIFY);
	NUMBER(GNTALLOC_FLAG_WRITABLE);
	NUMBER(UNMAP_NOTIFY_CLEAR_BYTE);
	NUMBER(UNMAP_NOTIFY_SEND_EVENT);
	return 0;
}
