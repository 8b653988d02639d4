// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print every size, offset and number of the device's interface for this
 * compiler, those of Linux's own <xen/gntalloc.h>, and those of the library's
 * interface. The output is compared to layout.list, which was written by hand.
 */
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include <gntshare.h>
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
	MEMBER(struct gntalloc_2011_alloc, all_gref_ids[0]);
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

	SIZE(struct gntalloc_native_info);
	MEMBER(struct gntalloc_native_info, features);
	MEMBER(struct gntalloc_native_info, generation);
	MEMBER(struct gntalloc_native_info, limit);
	MEMBER(struct gntalloc_native_info, quota);
	MEMBER(struct gntalloc_native_info, pages);
	MEMBER(struct gntalloc_native_info, grants);
	MEMBER(struct gntalloc_native_info, draining);
	MEMBER(struct gntalloc_native_info, user_pages);
	MEMBER(struct gntalloc_native_info, user_grants);
	MEMBER(struct gntalloc_native_info, headroom);

	SIZE(struct gntalloc_native_create);
	MEMBER(struct gntalloc_native_create, offset);
	MEMBER(struct gntalloc_native_create, id);
	MEMBER(struct gntalloc_native_create, pages);
	MEMBER(struct gntalloc_native_create, flags);

	SIZE(struct gntalloc_native_grant);
	MEMBER(struct gntalloc_native_grant, offset);
	MEMBER(struct gntalloc_native_grant, grefs);
	MEMBER(struct gntalloc_native_grant, pages);
	MEMBER(struct gntalloc_native_grant, domid);
	MEMBER(struct gntalloc_native_grant, answer);
	MEMBER(struct gntalloc_native_grant, flags);
	MEMBER(struct gntalloc_native_grant, first_gref);

	SIZE(struct gntalloc_native_revoke);
	MEMBER(struct gntalloc_native_revoke, offset);
	MEMBER(struct gntalloc_native_revoke, pages);
	MEMBER(struct gntalloc_native_revoke, domid);
	MEMBER(struct gntalloc_native_revoke, reserved);
	MEMBER(struct gntalloc_native_revoke, flags);
	MEMBER(struct gntalloc_native_revoke, held);

	SIZE(struct gntalloc_native_destroy);
	MEMBER(struct gntalloc_native_destroy, id);
	MEMBER(struct gntalloc_native_destroy, flags);
	MEMBER(struct gntalloc_native_destroy, eventfd);

	SIZE(struct gntalloc_native_wait);
	MEMBER(struct gntalloc_native_wait, id);
	MEMBER(struct gntalloc_native_wait, timeout);
	MEMBER(struct gntalloc_native_wait, flags);
	MEMBER(struct gntalloc_native_wait, domid);
	MEMBER(struct gntalloc_native_wait, reserved);
	MEMBER(struct gntalloc_native_wait, state);
	MEMBER(struct gntalloc_native_wait, held);

	SIZE(struct gntalloc_native_restrict);
	MEMBER(struct gntalloc_native_restrict, domids);
	MEMBER(struct gntalloc_native_restrict, flags);
	MEMBER(struct gntalloc_native_restrict, pages);
	MEMBER(struct gntalloc_native_restrict, count);
	MEMBER(struct gntalloc_native_restrict, reserved);
	SIZE(struct gntalloc_native_share);
	MEMBER(struct gntalloc_native_share, offset);
	MEMBER(struct gntalloc_native_share, id);
	MEMBER(struct gntalloc_native_share, grefs);
	MEMBER(struct gntalloc_native_share, pages);
	MEMBER(struct gntalloc_native_share, domid);
	MEMBER(struct gntalloc_native_share, answer);
	MEMBER(struct gntalloc_native_share, flags);
	MEMBER(struct gntalloc_native_share, first_gref);

	SIZE(struct gntalloc_native_event);
	MEMBER(struct gntalloc_native_event, type);
	MEMBER(struct gntalloc_native_event, reserved);
	MEMBER(struct gntalloc_native_event, id);

	NUMBER(GNTALLOC_NATIVE_INFO);
	NUMBER(GNTALLOC_NATIVE_CREATE);
	NUMBER(GNTALLOC_NATIVE_GRANT);
	NUMBER(GNTALLOC_NATIVE_REVOKE);
	NUMBER(GNTALLOC_NATIVE_DESTROY);
	NUMBER(GNTALLOC_NATIVE_WAIT);
	NUMBER(GNTALLOC_NATIVE_RESTRICT);
	NUMBER(GNTALLOC_NATIVE_SHARE);
	NUMBER(GNTALLOC_FEATURE_CONSECUTIVE);
	NUMBER(GNTALLOC_FEATURE_GENERATION);
	NUMBER(GNTALLOC_CREATE_FIXED);
	NUMBER(GNTALLOC_GRANT_WRITABLE);
	NUMBER(GNTALLOC_GRANT_CONSECUTIVE);
	NUMBER(GNTALLOC_GRANTED_CONSECUTIVE);
	NUMBER(GNTALLOC_SHARE_WRITABLE);
	NUMBER(GNTALLOC_SHARE_CONSECUTIVE);
	NUMBER(GNTALLOC_SHARE_FIXED);
	NUMBER(GNTALLOC_DESTROY_EVENT);
	NUMBER(GNTALLOC_DESTROY_EVENTFD);
	NUMBER(GNTALLOC_WAIT_RELEASED);
	NUMBER(GNTALLOC_WAIT_GONE);
	NUMBER(GNTALLOC_WAIT_DOMID);
	NUMBER(GNTALLOC_STATE_LIVE);
	NUMBER(GNTALLOC_STATE_DRAINING);
	NUMBER(GNTALLOC_STATE_GONE);
	NUMBER(GNTALLOC_RESTRICT_NO_CREATE);
	NUMBER(GNTALLOC_RESTRICT_PAGES);
	NUMBER(GNTALLOC_RESTRICT_DOMIDS);
	NUMBER(GNTALLOC_RESTRICT_KEEP_SEND_EVENT);
	NUMBER(GNTALLOC_RESTRICT_DOMIDS_MAX);
	NUMBER(GNTALLOC_EVENT_GONE);
	NUMBER(GNTALLOC_EVENT_RESTORED);

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

	SIZE(struct gntshare_info);
	MEMBER(struct gntshare_info, features);
	MEMBER(struct gntshare_info, generation);
	MEMBER(struct gntshare_info, limit);
	MEMBER(struct gntshare_info, quota);
	MEMBER(struct gntshare_info, pages);
	MEMBER(struct gntshare_info, grants);
	MEMBER(struct gntshare_info, draining);
	MEMBER(struct gntshare_info, user_pages);
	MEMBER(struct gntshare_info, user_grants);
	MEMBER(struct gntshare_info, headroom);

	SIZE(struct gntshare_state);
	MEMBER(struct gntshare_state, state);
	MEMBER(struct gntshare_state, held);

	SIZE(struct gntshare_event);
	MEMBER(struct gntshare_event, type);
	MEMBER(struct gntshare_event, reserved);
	MEMBER(struct gntshare_event, id);

	NUMBER(GNTSHARE_WRITABLE);
	NUMBER(GNTSHARE_NOTIFY_CLEAR_BYTE);
	NUMBER(GNTSHARE_NOTIFY_SEND_EVENT);
	NUMBER(GNTSHARE_FEATURE_NATIVE);
	NUMBER(GNTSHARE_FEATURE_CONSECUTIVE);
	NUMBER(GNTSHARE_FEATURE_GENERATION);
	NUMBER(GNTSHARE_CONSECUTIVE);
	NUMBER(GNTSHARE_STATE_LIVE);
	NUMBER(GNTSHARE_STATE_DRAINING);
	NUMBER(GNTSHARE_STATE_GONE);
	NUMBER(GNTSHARE_WAIT_RELEASED);
	NUMBER(GNTSHARE_WAIT_GONE);
	NUMBER(GNTSHARE_DESTROY_EVENT);
	NUMBER(GNTSHARE_DESTROY_EVENTFD);
	NUMBER(GNTSHARE_EVENT_GONE);
	NUMBER(GNTSHARE_EVENT_RESTORED);
	NUMBER(GNTSHARE_RESTRICT_NO_CREATE);
	NUMBER(GNTSHARE_RESTRICT_PAGES);
	NUMBER(GNTSHARE_RESTRICT_DOMIDS);
	NUMBER(GNTSHARE_RESTRICT_KEEP_SEND_EVENT);
	NUMBER(GNTSHARE_RESTRICT_DOMIDS_MAX);
	NUMBER(GNTSHARE_ANY_DOMID);
	return 0;
}
