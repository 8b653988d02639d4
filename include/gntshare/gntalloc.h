/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR LGPL-2.1-or-later */
/*
 * The interface of /dev/xen/gntalloc for programs
 *
 * A program asks for pages that another domain, the peer, may map. The driver
 * allocates each page, writes a grant-table entry for it, and returns an offset
 * and the number of the entry, the gref. (A native call can also take memory
 * that the program has already: GNTALLOC_CREATE_MEMORY.) The program maps the
 * page by mmap() of the descriptor at that offset. The peer maps it by the gref,
 * in its kernel or through its gntdev.
 *
 * Each open file of the device has its own address space of offsets, in which
 * pages are found. An offset means nothing in another open file. A program can
 * choose offsets in the native level. Otherwise the driver chooses them, from 0
 * up in the order of the allocations, and never uses one twice in an open file.
 * So pages that were allocated one after the other can be mapped by one mmap(),
 * even if their peers differ. A mapping has to be MAP_SHARED.
 *
 * A page is live while it is allocated or mapped. When it is neither, the
 * driver carries out its notification, and then ends its grants. No guest can
 * take a page away from a peer that has it mapped. Such a page drains: it
 * counts toward the module's limit until the peer has unmapped it, and only
 * then the driver frees it.
 *
 * There are three levels of calls. All of them work on the same open file, and
 * their pages have offsets in the same address space.
 *
 *  2010    The calls of the first proposal of this driver. A call is for one
 *          page, which is named by its gref.
 *  2011    The calls that Linux has had since 2.6.39, as in its
 *          <xen/gntalloc.h>. A call is for a range of pages, which is named by
 *          its offset. Names differ here, so that a program can include both
 *          headers.
 *  native  Calls for all that the other two levels cannot do; see below.
 *
 * gntalloc(4) and gntalloc_native(4) list the errors of each call.
 *
 * The call numbers of levels 2010 and 2011 are encoded with _IOC_NONE, although
 * the driver reads and writes the structs. A 32-bit program on x86 aligns __u64
 * to four bytes. There struct gntalloc_2011_alloc has 20 bytes instead of 24,
 * struct gntalloc_2011_dealloc has 12 instead of 16, and so these two calls
 * have other numbers. The driver accepts both.
 */
#ifndef _GNTSHARE_GNTALLOC_H
#define _GNTSHARE_GNTALLOC_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Xen reserves this domain id and greater ones: no peer has one of them. */
#define GNTALLOC_DOMID_FIRST_RESERVED	0x7FF0U

/**
 * struct gntalloc_2010_alloc - allocate one page, and grant it to a domain
 * @owner_domid: ignored, since a guest cannot know its own id for sure, and can
 *	only grant its own pages
 * @foreign_domid: in: the peer
 * @readonly: in: if not 0, the peer may not write to the page
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
 * struct gntalloc_2010_dealloc - deallocate a page from GNTALLOC_2010_ALLOC
 * @gref_id: in: the gref of the page
 */
struct gntalloc_2010_dealloc {
	__u32 gref_id;
};

#define GNTALLOC_2010_DEALLOC \
	_IOC(_IOC_NONE, 'G', 2, sizeof(struct gntalloc_2010_dealloc))

/* The peer may write to the pages. */
#define GNTALLOC_2011_WRITABLE		0x1U

/*
 * In C, an array without a length that is in a union needs another member
 * beside it. In C++ it is an array of length 0. Both are extensions that all
 * compilers have.
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
 * @count: in: number of pages
 * @index: out: the offset of the first page for mmap(), in bytes; those of the
 *	other pages follow it
 * @gref_ids: out: @count grefs for the peer, in the order of the pages. The
 *	caller has to make room for all of them.
 * @all_gref_ids_follow: empty; the member that C needs beside @all_gref_ids
 * @all_gref_ids: another name of @gref_ids, for compilers that check an index
 *	against the declared length of an array
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
 * @index: in: the offset of the first page, in bytes
 * @count: in: number of pages. They can be a part of what one call allocated,
 *	or be from several calls.
 */
struct gntalloc_2011_dealloc {
	__u64 index;
	__u32 count;
};

#define GNTALLOC_2011_DEALLOC \
	_IOC(_IOC_NONE, 'G', 6, sizeof(struct gntalloc_2011_dealloc))

/* Set the byte at @index to 0. */
#define GNTALLOC_2011_CLEAR_BYTE	0x1U
/* Send an event on @event_channel_port. */
#define GNTALLOC_2011_SEND_EVENT	0x2U

/**
 * struct gntalloc_2011_notify - set what to do when a page dies
 * @index: in: the offset of any byte of the page, in bytes; with
 *	GNTALLOC_2011_CLEAR_BYTE the offset of that byte
 * @action: in: GNTALLOC_2011_CLEAR_BYTE, GNTALLOC_2011_SEND_EVENT, both, or 0
 *	for no notification
 * @event_channel_port: in: with GNTALLOC_2011_SEND_EVENT, a port that any
 *	process of this domain has bound. It stays bound as long as the page has
 *	the notification, even if that process closes it.
 *
 * A page has one notification, which a later call replaces. It is carried out
 * once: when the page is neither allocated nor mapped any more. That includes
 * the case that the program is killed.
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
 * A region is a range of pages that one call creates, at offsets that the
 * caller or the driver chooses. It can be granted to any number of peers, as a
 * whole or in part, and can be revoked from each peer alone. A region has an
 * id, which is not used twice in an open file. By the id a program can ask for
 * the state of the region even after it was destroyed, while it drains.
 *
 * The structs have no padding, and the same layout for all callers. All but the
 * struct of an event may grow at their end in a later version. The number of a
 * call has the size of its struct in it. If the caller's struct is shorter than
 * the driver's, the driver takes the missing members as zeros, and leaves out
 * what it would answer in them. A struct that is shorter than in the first
 * version fails with EINVAL. If the caller's struct is longer, all members that
 * the driver does not know have to be zero, or the call fails with E2BIG.
 * GNTALLOC_NATIVE_INFO takes a struct of any size and content. Reserved members
 * and unknown flags have to be zero, or the call fails with EINVAL. Offsets are
 * in bytes, and are multiples of the page size.
 *
 * read() on the descriptor returns the events below, and poll() tells whether
 * there are any.
 */

/**
 * struct gntalloc_native_info - get what the driver can do, and its counts
 * @features: out: GNTALLOC_FEATURE_*
 * @generation: out: a number that grows each time that the guest was restored
 *	or migrated. Then all grants that were made before are void.
 * @limit: out: maximum pages, and maximum grant entries, of all programs
 * @quota: out: maximum pages, and maximum grant entries, per user; 0 if there
 *	is no such bound
 * @pages: out: live pages of all programs
 * @entries: out: grant entries of all programs, including those that drain
 * @draining: out: grant entries that drain: they should have ended, but a peer
 *	still holds them
 * @user_pages: out: live pages of the user who opened the device
 * @user_entries: out: grant entries of that user, including those that drain
 * @headroom: out: number of free entries that the driver leaves to the kernel
 */
struct gntalloc_native_info {
	__u64 features;
	__u64 generation;
	__u32 limit;
	__u32 quota;
	__u32 pages;
	__u32 entries;
	__u32 draining;
	__u32 user_pages;
	__u32 user_entries;
	__u32 headroom;
};

/* The driver can search for consecutive grefs (GNTALLOC_GRANT_CONSECUTIVE). */
#define GNTALLOC_FEATURE_CONSECUTIVE	0x1U
/* The driver notices that the guest was restored or migrated. */
#define GNTALLOC_FEATURE_GENERATION	0x2U
/* The driver can make regions of memory (GNTALLOC_CREATE_MEMORY). */
#define GNTALLOC_FEATURE_MEMORY		0x4U
/* The driver can make regions of dma-bufs (GNTALLOC_CREATE_DMABUF). */
#define GNTALLOC_FEATURE_DMABUF		0x8U

#define GNTALLOC_NATIVE_INFO \
	_IOWR('G', 0x40, struct gntalloc_native_info)

/* Create the region at @offset. */
#define GNTALLOC_CREATE_FIXED		0x1U
/* The region is the caller's memory at @address, and not new pages. */
#define GNTALLOC_CREATE_MEMORY		0x2U
/*
 * With one of GNTALLOC_CREATE_MEMORY and GNTALLOC_CREATE_DMABUF: the region may
 * be granted for writing, too. The caller has to have the right to write to the
 * memory.
 */
#define GNTALLOC_CREATE_WRITABLE	0x4U
/* The region is a part of the dma-buf @fd, or all of it. */
#define GNTALLOC_CREATE_DMABUF		0x8U

/**
 * struct gntalloc_native_create - create a region that is granted to nobody
 * @offset: out, and with GNTALLOC_CREATE_FIXED in: offset of the region
 * @id: out: id of the region, never 0
 * @pages: in: number of pages, not 0
 * @flags: in: GNTALLOC_CREATE_*
 * @address: in: with GNTALLOC_CREATE_MEMORY, the address of the first page; with
 *	GNTALLOC_CREATE_DMABUF, where the first page is in the dma-buf, in bytes;
 *	else 0. The struct ended before this member in its first version.
 * @fd: in: with GNTALLOC_CREATE_DMABUF, a descriptor of the dma-buf; else 0
 * @reserved: in: 0
 *
 * With GNTALLOC_CREATE_MEMORY the driver pins the pages that the caller has
 * mapped at @address, and all grants of the region are of these pages: a peer
 * sees what the caller and others write there, and they see what the peer
 * writes. The pages stay pinned until they are deallocated and no peer holds
 * them, even if the caller unmaps them, takes them out of their file, or ends.
 * They count as locked memory (RLIMIT_MEMLOCK), unless the caller has
 * CAP_IPC_LOCK. A huge page of which the region has a part counts as a whole
 * until the region is gone, as it also does in the bounds on pages. The region
 * has an offset, by which its pages are granted, revoked and deallocated, but
 * mmap() at that offset fails with ENODEV.
 *
 * With GNTALLOC_CREATE_DMABUF it is the same with pages that another driver has
 * allocated and has exported as a dma-buf. The caller may close it, but all of
 * the dma-buf stays until the region is gone, and counts in the bounds on pages.
 * It does not count as locked memory.
 */
struct gntalloc_native_create {
	__u64 offset;
	__u64 id;
	__u32 pages;
	__u32 flags;
	__u64 address;
	__s32 fd;
	__u32 reserved;
};

#define GNTALLOC_NATIVE_CREATE \
	_IOWR('G', 0x41, struct gntalloc_native_create)

/* The peer may write to the pages. */
#define GNTALLOC_GRANT_WRITABLE		0x1U
/* Fail if the grefs cannot be consecutive. */
#define GNTALLOC_GRANT_CONSECUTIVE	0x2U

/* In an answer: the grefs are consecutive, even if that was not asked for. */
#define GNTALLOC_GRANTED_CONSECUTIVE	0x1U

/**
 * struct gntalloc_native_grant - grant pages of a region to a domain
 * @offset: in: offset of the first page
 * @grefs: in: address of an array of @pages __u32, which gets the grefs in the
 *	order of the pages; or 0, if @first_gref is all that the caller needs
 * @pages: in: number of pages, all of one region and not deallocated
 * @domid: in: the peer
 * @answer: out: GNTALLOC_GRANTED_*
 * @flags: in: GNTALLOC_GRANT_*
 * @first_gref: out: gref of the first page
 *
 * A page may be granted to a domain more than once. Each grant has its own
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
 * @offset: in: offset of the first page
 * @pages: in: number of pages, all of one region
 * @domid: in: the peer
 * @reserved: in: 0
 * @flags: in: 0
 * @held: out: number of entries of the region that should have ended, but that
 *	the peer still holds. They end when it lets go of them. Until then it
 *	can use each of them as before: it can map the page again, and write to
 *	it if the grant was writable. The pages are out of its reach only when
 *	@held is 0, here or after a wait. If the call fails, @held is unchanged.
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

/* Have read() return an event when the region is gone. */
#define GNTALLOC_DESTROY_EVENT		0x1U
/* Have the eventfd signalled when the region is gone. */
#define GNTALLOC_DESTROY_EVENTFD	0x2U

/**
 * struct gntalloc_native_destroy - deallocate all pages of a region
 * @id: in: id of the region
 * @flags: in: GNTALLOC_DESTROY_*
 * @eventfd: in: with GNTALLOC_DESTROY_EVENTFD, the descriptor; else 0
 *
 * The region is gone when no page of it is mapped here any more, and no peer
 * holds an entry of it.
 */
struct gntalloc_native_destroy {
	__u64 id;
	__u32 flags;
	__s32 eventfd;
};

#define GNTALLOC_NATIVE_DESTROY \
	_IOWR('G', 0x44, struct gntalloc_native_destroy)

/*
 * Wait until peers hold no entry of the region that should have ended. Entries
 * of grants that were not revoked do not count, whether a peer uses them or
 * not, since the kernel has no way to ask that.
 */
#define GNTALLOC_WAIT_RELEASED		0x1U
/* Wait until the region is gone. */
#define GNTALLOC_WAIT_GONE		0x2U
/* Count only the entries of the peer @domid, in @held and for RELEASED. */
#define GNTALLOC_WAIT_DOMID		0x4U

/* Some pages of the region are allocated or mapped. */
#define GNTALLOC_STATE_LIVE		1U
/* No page is allocated or mapped, but a peer still holds entries. */
#define GNTALLOC_STATE_DRAINING		2U
/* The region is gone: no page is live, and no peer holds an entry. */
#define GNTALLOC_STATE_GONE		3U

/**
 * struct gntalloc_native_wait - get the state of a region, and wait for it
 * @id: in: id of the region
 * @timeout: in: the longest time to wait, in ns; negative: without an end. out:
 *	the time that is left, if a signal came
 * @flags: in: GNTALLOC_WAIT_*; without RELEASED and GONE the call does not wait
 * @domid: in: with GNTALLOC_WAIT_DOMID, the peer; else 0
 * @reserved: in: 0
 * @state: out: GNTALLOC_STATE_*
 * @held: out: number of entries that should have ended, but that peers, or
 *	@domid, still hold
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

/* Allow no more regions and no more grants. */
#define GNTALLOC_RESTRICT_NO_CREATE	0x1U
/* Allow @pages pages, and as many entries, beyond those there are now. */
#define GNTALLOC_RESTRICT_PAGES		0x2U
/*
 * Allow grants only to the domains in @domids. After the guest was restored or
 * migrated allow none, since another domain may have such an id then.
 */
#define GNTALLOC_RESTRICT_DOMIDS	0x4U
/*
 * Still allow notifications that send events. Each restriction without this
 * flag forbids them, since they can be sent on any port that a process of the
 * domain has bound.
 */
#define GNTALLOC_RESTRICT_KEEP_SEND_EVENT	0x8U

/* The greatest number of domains that a descriptor can be restricted to. */
#define GNTALLOC_RESTRICT_DOMIDS_MAX	16U

/**
 * struct gntalloc_native_restrict - give up rights of an open file
 * @domids: in: with GNTALLOC_RESTRICT_DOMIDS, address of an array of @count
 *	__u16; else 0
 * @flags: in: GNTALLOC_RESTRICT_*, but not KEEP_SEND_EVENT alone
 * @pages: in: with GNTALLOC_RESTRICT_PAGES, number of pages; else 0
 * @count: in: with GNTALLOC_RESTRICT_DOMIDS, number of domains; else 0
 * @reserved: in: 0
 *
 * The restriction is for the open file, so for all descriptors of it, and for
 * good: a later call can only take away more. Then calls that are not allowed
 * fail with EPERM, and calls that ask for too much fail with EDQUOT (ENOSPC in
 * levels 2010 and 2011).
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
/* Fail if the grefs cannot be consecutive. */
#define GNTALLOC_SHARE_CONSECUTIVE	0x2U
/* Create the region at @offset. */
#define GNTALLOC_SHARE_FIXED		0x4U

/**
 * struct gntalloc_native_share - create a region, and grant it to a domain
 * @offset: out, and with GNTALLOC_SHARE_FIXED in: offset of the region
 * @id: out: id of the region, never 0
 * @grefs: in: address of an array of @pages __u32, which gets the grefs in the
 *	order of the pages; or 0, if @first_gref is all that the caller needs
 * @pages: in: number of pages, not 0
 * @domid: in: the peer
 * @answer: out: GNTALLOC_GRANTED_*
 * @flags: in: GNTALLOC_SHARE_*
 * @first_gref: out: gref of the first page
 *
 * This does what GNTALLOC_NATIVE_CREATE and GNTALLOC_NATIVE_GRANT do. If it
 * fails, it has done neither.
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

/* The dma-buf is open for writing, too. */
#define GNTALLOC_EXPORT_WRITABLE	0x1U

/**
 * struct gntalloc_native_export - export pages as a dma-buf
 * @offset: in: offset of the first page
 * @pages: in: number of pages, not 0; none deallocated
 * @flags: in: GNTALLOC_EXPORT_*
 * @fd: out: a new descriptor of the dma-buf, which is closed by execve()
 * @reserved: in: 0
 *
 * Other drivers use the pages by the dma-buf, and other programs map them by
 * it, without a descriptor of the device. Like a mapping, the dma-buf keeps its
 * pages, and the open file: they stay until it is closed and unmapped, too.
 */
struct gntalloc_native_export {
	__u64 offset;
	__u32 pages;
	__u32 flags;
	__s32 fd;
	__u32 reserved;
};

#define GNTALLOC_NATIVE_EXPORT \
	_IOWR('G', 0x48, struct gntalloc_native_export)

/* Region @id, destroyed with GNTALLOC_DESTROY_EVENT, is gone. */
#define GNTALLOC_EVENT_GONE		1U
/* The guest was restored or migrated: @id is the new generation. */
#define GNTALLOC_EVENT_RESTORED		2U

/**
 * struct gntalloc_native_event - an event; read() returns one or several
 * @type: GNTALLOC_EVENT_*
 * @reserved: 0
 * @id: the region or the generation, as @type says
 */
struct gntalloc_native_event {
	__u32 type;
	__u32 reserved;
	__u64 id;
};

#endif /* _GNTSHARE_GNTALLOC_H */
