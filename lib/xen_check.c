// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * No Xen header is in the public one, so its types and numbers are plain: here
 * the compiler compares them to Xen's and the kernel's. No code.
 */
#include <stdint.h>
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#include <gntshare/gntalloc.h>

#include "internal.h"

#define ASSERT_SAME(a, b) _Static_assert((a) == (b), #a " is " #b)
#define ASSERT_TYPE(type, other) \
	_Static_assert(_Generic((type)0, other : 1, default : 0), \
		       #type " is " #other)

ASSERT_TYPE(domid_t, uint16_t);
ASSERT_TYPE(grant_ref_t, uint32_t);
ASSERT_TYPE(evtchn_port_t, uint32_t);

/* The same domids are refused as by Xen. */
ASSERT_SAME(GNTALLOC_DOMID_FIRST_RESERVED, DOMID_FIRST_RESERVED);

/* Flags and actions are passed on to both drivers as they are. */
ASSERT_SAME(GNTSHARE_WRITABLE, GNTALLOC_2011_WRITABLE);
ASSERT_SAME(GNTSHARE_NOTIFY_CLEAR_BYTE, GNTALLOC_2011_CLEAR_BYTE);
ASSERT_SAME(GNTSHARE_NOTIFY_CLEAR_BYTE, UNMAP_NOTIFY_CLEAR_BYTE);
ASSERT_SAME(GNTSHARE_NOTIFY_SEND_EVENT, GNTALLOC_2011_SEND_EVENT);
ASSERT_SAME(GNTSHARE_NOTIFY_SEND_EVENT, UNMAP_NOTIFY_SEND_EVENT);

/* The library runs on the driver in the kernel tree, too. */
ASSERT_SAME(GNTALLOC_2011_WRITABLE, GNTALLOC_FLAG_WRITABLE);
ASSERT_SAME(GNTALLOC_2011_ALLOC, IOCTL_GNTALLOC_ALLOC_GREF);
ASSERT_SAME(GNTALLOC_2011_DEALLOC, IOCTL_GNTALLOC_DEALLOC_GREF);
ASSERT_SAME(GNTALLOC_2011_NOTIFY, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY);
