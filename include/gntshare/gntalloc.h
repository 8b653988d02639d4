/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR LGPL-2.1-or-later */
/*
 * /dev/xen/gntalloc: what a program says to the driver
 *
 * A program asks for pages that another domain, the peer, may map. The
 * driver allocates each page, writes a grant-table entry for it, and returns
 * the entry's number, the gref, with an offset. The program mmaps the
 * descriptor at that offset; the peer maps the gref through its gntdev, or in
 * its kernel.
 *
 * Each open file of the device is a flat address space of page offsets. Unless
 * a program chooses them itself, which the native level lets it, they grow
 * from 0, in the order of the allocations, and are never used twice in one
 * open file, so pages that were allocated in a row can be mapped by one
 * mmap() whoever their peers are. A mapping is MAP_SHARED. An offset means
 * nothing outside its open file.
 *
 * A page lives while it is allocated or mapped. When it is neither, its
 * notification is sent, then its grant is ended. No guest can take a page
 * away from a peer that maps it: such a page drains, that is, it waits for
 * the peer, counts toward the module's limit, and is freed later.
 *
 * Three levels of calls work on one open file, and their pages in one address
 * space:
 *
 *  2010  the calls of the first proposal of this driver: one page a call,
 *        known by its gref.
 *  2011  the calls that Linux has had since 2.6.39, as in its
 *        <xen/gntalloc.h>: ranges of pages, known by their offset. Names
 *        differ here, so that a program can include both headers.
 *  native  all that the first two cannot say; below.
 *
 * Errors are listed in gntalloc(4) and gntalloc_native(4).
 *
 * The numbers of the first two are encoded with _IOC_NONE, though the structs
 * are read and written. A 32-bit caller on x86 aligns __u64 to four bytes: there struct
 * gntalloc_2011_alloc has 20 bytes and not 24, struct gntalloc_2011_dealloc
 * 12 and not 16, and the numbers differ with them. The driver takes both.
 */
#ifndef _GNTSHARE_GNTALLOC_H
#define _GNTSHARE_GNTALLOC_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Domain ids from here on are Xen's own (DOMID_FIRST_RESERVED): no peers. */
#define GNTALLOC_DOMID_FIRST_RESERVED	0x7FF0U

/**
 * struct gntalloc_2010_alloc - allocate one page, and grant it to a domain
 * @owner_domid: ignored: a guest cannot know its own id for sure, and can
 *	only grant its own pages
 * @foreign_domid: in: the peer
 * @readonly: in: not zero: the peer may not write to the page
 * @gref_id: out: the gref for the peer
 * @page_idx: out: the offset for mmap(), in pages
 */
struct gntalloc_2010_alloc {
	__u16 owner_domid;
	__u16 foreign_domid;
	__u32 readonly;
	__u32 gref_id;
	__u32 page_idx;
};

#define GNTALLOC_2010_ALLOC \
	_IOC(_IOC_NONE, 'G', 1, sizeof(struct gntalloc_2010_alloc))

/**
 * struct gntalloc_2010_dealloc - deallocate a page of GNTALLOC_2010_ALLOC
 * @gref_id: in: its gref
 */
struct gntalloc_2010_dealloc {
	__u32 gref_id;
};

#define GNTALLOC_2010_DEALLOC \
	_IOC(_IOC_NONE, 'G', 2, sizeof(struct gntalloc_2010_dealloc))

/* The peer may write to the pages. */
#define GNTALLOC_2011_WRITABLE		0x1U

/*
 * An array without a length in a union needs another member beside it in C, and
 * is an array of length 0 in C++: extensions, which all compilers have.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#ifndef __cplusplus
#pragma GCC diagnostic ignored "-Wc++-compat"
#endif

/**
 * struct gntalloc_2011_alloc - allocate pages, and grant them to a domain
 * @domid: in: the peer
 * @flags: in: 0 or GNTALLOC_2011_WRITABLE
 * @count: in: how many pages
 * @index: out: the offset of the first page for mmap(), in bytes; the others
 *	follow
 * @gref_ids: out: @count grefs for the peer, in the order of the pages. The
 *	caller makes room for all of them.
 * @all_gref_ids_follow: empty; C wants a member beside such an array
 * @all_gref_ids: the same by another name, for compilers that check an index
 *	against the length that an array was declared with
 */
struct gntalloc_2011_alloc {
	__u16 domid;
	__u16 flags;
	__u32 count;
	__u64 index;
	union {
		__u32 gref_ids[1];
#ifdef __cplusplus
		__u32 all_gref_ids[0];
#else
		struct {
			struct { } all_gref_ids_follow;

			__u32 all_gref_ids[];
		};
#endif
	};
};

#pragma GCC diagnostic pop

#define GNTALLOC_2011_ALLOC \
	_IOC(_IOC_NONE, 'G', 5, sizeof(struct gntalloc_2011_alloc))

/**
 * struct gntalloc_2011_dealloc - deallocate pages
 * @index: in: the offset of the first one, in bytes
 * @count: in: how many. They need not be all of one allocation, nor of one
 *	allocation only.
 */
struct gntalloc_2011_dealloc {
	__u64 index;
	__u32 count;
};

#define GNTALLOC_2011_DEALLOC \
	_IOC(_IOC_NONE, 'G', 6, sizeof(struct gntalloc_2011_dealloc))

/* Set the byte at the given offset to zero. */
#define GNTALLOC_2011_CLEAR_BYTE	0x1U
/* Send an event on the given port. */
#define GNTALLOC_2011_SEND_EVENT	0x2U

/**
 * struct gntalloc_2011_notify - what to do when a page is used no more
 * @index: in: an offset in the page, in bytes: with GNTALLOC_2011_CLEAR_BYTE
 *	that of the byte
 * @action: in: GNTALLOC_2011_CLEAR_BYTE, GNTALLOC_2011_SEND_EVENT, both, or 0
 *	for nothing
 * @event_channel_port: in: with GNTALLOC_2011_SEND_EVENT a port that a
 *	process of this domain has bound. It stays bound for as long as the
 *	notification does, whoever has bound it.
 *
 * A page has one notification: a later call replaces it. It is carried out
 * once, when the page is neither allocated nor mapped, so also when its
 * owner is killed.
 */
struct gntalloc_2011_notify {
	__u64 index;
	__u32 action;
	__u32 event_channel_port;
};

#define GNTALLOC_2011_NOTIFY \
	_IOC(_IOC_NONE, 'G', 7, sizeof(struct gntalloc_2011_notify))

/*
 * The native level.
 *
 * A region is a range of pages that is created as one, at offsets that the
 * caller or the driver chooses. It is granted to as many peers as there are
 * to be, whole or in part, and each can be revoked alone. It has an id, which
 * is not used twice in an open file, so that it can be asked for even when it
 * is destroyed and waits for a peer.
 *
 * The structs have the same layout for all callers, and no padding. They may
 * grow at their end in a later version, but for that of an event. The size is
 * in a call's number: the driver takes a shorter one, down to that of the first
 * version, with zeros for what is missing, and a longer one, if all that it
 * does not know is zero; if it is not, the call fails with E2BIG. What is
 * answered beyond the caller's struct is left out. Reserved fields and unknown
 * flags have to be zero, or the call fails with EINVAL. Offsets are in bytes,
 * and multiples of the page size.
 *
 * read() on the descriptor gives the events below; poll() says when there are
 * some.
 */

/**
 * struct gntalloc_native_info - what the driver can do, and how full it is
 * @features: out: GNTALLOC_FEATURE_*
 * @generation: out: grows each time that the guest was restored or migrated:
 *	all grants that were made before are gone then
 * @limit: out: the most pages, and the most entries, that there may be
 * @quota: out: the same for one user; 0: no bound
 * @pages: out: live pages of all programs
 * @grants: out: their grant entries, those counted that a peer still holds
 * @draining: out: those that a peer still holds
 * @user_pages: out: live pages of the user who opened the device
 * @user_grants: out: that user's grant entries
 * @headroom: out: how many free entries the driver leaves to the kernel
 */
struct gntalloc_native_info {
	__u64 features;
	__u64 generation;
	__u32 limit;
	__u32 quota;
	__u32 pages;
	__u32 grants;
	__u32 draining;
	__u32 user_pages;
	__u32 user_grants;
	__u32 headroom;
};

/* GNTALLOC_GRANT_CONSECUTIVE can succeed. */
#define GNTALLOC_FEATURE_CONSECUTIVE	0x1U
/* The guest's restore is noticed. */
#define GNTALLOC_FEATURE_GENERATION	0x2U

#define GNTALLOC_NATIVE_INFO \
	_IOWR('G', 0x40, struct gntalloc_native_info)

/* The region is to be at @offset. */
#define GNTALLOC_CREATE_FIXED		0x1U

/**
 * struct gntalloc_native_create - create a region, granted to nobody
 * @offset: out, and with GNTALLOC_CREATE_FIXED in: where it is
 * @id: out: its id, never 0
 * @pages: in: how many, not 0
 * @flags: in: 0 or GNTALLOC_CREATE_FIXED
 */
struct gntalloc_native_create {
	__u64 offset;
	__u64 id;
	__u32 pages;
	__u32 flags;
};

#define GNTALLOC_NATIVE_CREATE \
	_IOWR('G', 0x41, struct gntalloc_native_create)

/* The peer may write to the pages. */
#define GNTALLOC_GRANT_WRITABLE		0x1U
/* Only with consecutive grefs. */
#define GNTALLOC_GRANT_CONSECUTIVE	0x2U

/* In an answer: the grefs are consecutive, whether asked for or not. */
#define GNTALLOC_GRANTED_CONSECUTIVE	0x1U

/**
 * struct gntalloc_native_grant - grant pages of a region to a domain
 * @offset: in: the first page
 * @grefs: in: address of an array of @pages __u32 for the grefs, in the order
 *	of the pages; or 0, if the caller wants none but @first_gref
 * @pages: in: how many; all of one region, and not deallocated
 * @domid: in: the peer
 * @answer: out: GNTALLOC_GRANTED_*
 * @flags: in: GNTALLOC_GRANT_*
 * @first_gref: out: the first gref
 *
 * A page may be granted to a domain more than once; each grant has its own
 * grefs.
 */
struct gntalloc_native_grant {
	__u64 offset;
	__u64 grefs;
	__u32 pages;
	__u16 domid;
	__u16 answer;
	__u32 flags;
	__u32 first_gref;
};

#define GNTALLOC_NATIVE_GRANT \
	_IOWR('G', 0x42, struct gntalloc_native_grant)

/**
 * struct gntalloc_native_revoke - end the grants of pages to a domain
 * @offset: in: the first page
 * @pages: in: how many; all of one region
 * @domid: in: the peer
 * @reserved: in: 0
 * @flags: in: 0
 * @held: out: how many entries of the region that peer holds nevertheless.
 *	They end when it lets go of them. Until then it can use each of them
 *	as before: it can map the page again, and write to it if the grant was
 *	writable. Only when @held is 0, here or after a wait, the pages are out
 *	of its reach. If the call fails, @held is as it was.
 */
struct gntalloc_native_revoke {
	__u64 offset;
	__u32 pages;
	__u16 domid;
	__u16 reserved;
	__u32 flags;
	__u32 held;
};

#define GNTALLOC_NATIVE_REVOKE \
	_IOWR('G', 0x43, struct gntalloc_native_revoke)

/* An event is to tell when the region is gone. */
#define GNTALLOC_DESTROY_EVENT		0x1U
/* The eventfd is to be signalled when the region is gone. */
#define GNTALLOC_DESTROY_EVENTFD	0x2U

/**
 * struct gntalloc_native_destroy - deallocate all pages of a region
 * @id: in: the region
 * @flags: in: GNTALLOC_DESTROY_*
 * @eventfd: in: the descriptor, with GNTALLOC_DESTROY_EVENTFD; else 0
 *
 * The region is gone when it is not mapped and no peer holds an entry of it.
 */
struct gntalloc_native_destroy {
	__u64 id;
	__u32 flags;
	__s32 eventfd;
};

#define GNTALLOC_NATIVE_DESTROY \
	_IOWR('G', 0x44, struct gntalloc_native_destroy)

/*
 * Until no peer, or @domid, holds an entry that was to end. Entries of grants
 * that were not revoked do not count, whether the peer uses them or not: the
 * kernel has no way to ask that.
 */
#define GNTALLOC_WAIT_RELEASED		0x1U
/* Until the region is gone. */
#define GNTALLOC_WAIT_GONE		0x2U
/* Only @domid counts. */
#define GNTALLOC_WAIT_DOMID		0x4U

/* Some of the region's pages are allocated or mapped. */
#define GNTALLOC_STATE_LIVE		1U
/* None is, but a peer holds entries. */
#define GNTALLOC_STATE_DRAINING		2U
/* Nothing is left of it. */
#define GNTALLOC_STATE_GONE		3U

/**
 * struct gntalloc_native_wait - ask for the state of a region, and wait
 * @id: in: the region
 * @timeout: in: how long to wait at the most, in ns; negative: for ever. out:
 *	what is left of it, if a signal came
 * @flags: in: GNTALLOC_WAIT_*; without RELEASED and GONE there is no wait
 * @domid: in: with GNTALLOC_WAIT_DOMID, the peer; else 0
 * @reserved: in: 0
 * @state: out: GNTALLOC_STATE_*
 * @held: out: how many entries peers, or @domid, hold that were to end
 */
struct gntalloc_native_wait {
	__u64 id;
	__s64 timeout;
	__u32 flags;
	__u16 domid;
	__u16 reserved;
	__u32 state;
	__u32 held;
};

#define GNTALLOC_NATIVE_WAIT \
	_IOWR('G', 0x45, struct gntalloc_native_wait)

/* No more regions, no more grants. */
#define GNTALLOC_RESTRICT_NO_CREATE	0x1U
/* Not more than @pages pages, and as many entries, beyond those there are. */
#define GNTALLOC_RESTRICT_PAGES		0x2U
/*
 * Grants to the domains of @domids only, and to none after the guest was
 * restored or migrated: an id may be another domain's then.
 */
#define GNTALLOC_RESTRICT_DOMIDS	0x4U
/*
 * Notifications may still send events. Without this each restriction ends
 * that, since they can be sent on any port that a process of the domain has
 * bound.
 */
#define GNTALLOC_RESTRICT_KEEP_SEND_EVENT	0x8U

/* The most domains that a descriptor can be restricted to. */
#define GNTALLOC_RESTRICT_DOMIDS_MAX	16U

/**
 * struct gntalloc_native_restrict - give up what a descriptor may do
 * @domids: in: address of an array of @count __u16; or 0
 * @flags: in: GNTALLOC_RESTRICT_*, and not KEEP_SEND_EVENT alone
 * @pages: in: how many, with GNTALLOC_RESTRICT_PAGES; else 0
 * @count: in: how many domains, with GNTALLOC_RESTRICT_DOMIDS; else 0
 * @reserved: in: 0
 *
 * It is for the open file, with all descriptors of it, and for good: a later
 * call can only take away more. Calls that are not allowed fail with EPERM,
 * those for too much with EDQUOT (in the old levels ENOSPC).
 */
struct gntalloc_native_restrict {
	__u64 domids;
	__u32 flags;
	__u32 pages;
	__u32 count;
	__u32 reserved;
};

#define GNTALLOC_NATIVE_RESTRICT \
	_IOWR('G', 0x46, struct gntalloc_native_restrict)

/* The peer may write to the pages. */
#define GNTALLOC_SHARE_WRITABLE		0x1U
/* Only with consecutive grefs. */
#define GNTALLOC_SHARE_CONSECUTIVE	0x2U
/* The region is to be at @offset. */
#define GNTALLOC_SHARE_FIXED		0x4U

/**
 * struct gntalloc_native_share - create a region, and grant it to a domain
 * @offset: out, and with GNTALLOC_SHARE_FIXED in: where it is
 * @id: out: its id, never 0
 * @grefs: in: address of an array of @pages __u32 for the grefs, in the order
 *	of the pages; or 0, if the caller wants none but @first_gref
 * @pages: in: how many, not 0
 * @domid: in: the peer
 * @answer: out: GNTALLOC_GRANTED_*
 * @flags: in: GNTALLOC_SHARE_*
 * @first_gref: out: the first gref
 *
 * As GNTALLOC_NATIVE_CREATE and GNTALLOC_NATIVE_GRANT in one: all of it is
 * done or nothing.
 */
struct gntalloc_native_share {
	__u64 offset;
	__u64 id;
	__u64 grefs;
	__u32 pages;
	__u16 domid;
	__u16 answer;
	__u32 flags;
	__u32 first_gref;
};

#define GNTALLOC_NATIVE_SHARE \
	_IOWR('G', 0x47, struct gntalloc_native_share)

/* Region @id, destroyed with GNTALLOC_DESTROY_EVENT, is gone. */
#define GNTALLOC_EVENT_GONE		1U
/* The guest was restored or migrated: @id is the new generation. */
#define GNTALLOC_EVENT_RESTORED		2U

/**
 * struct gntalloc_native_event - what read() gives, one or several
 * @type: GNTALLOC_EVENT_*
 * @reserved: 0
 * @id: see @type
 */
struct gntalloc_native_event {
	__u32 type;
	__u32 reserved;
	__u64 id;
};

#endif /* _GNTSHARE_GNTALLOC_H */
