/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR LGPL-2.1-or-later */
/*
 * /dev/xen/gntalloc: what a program says to the driver
 *
 * A program asks for pages that another domain, the peer, may map. The
 * driver allocates each page, writes a grant-table entry for it, and returns
 * the entry's number, the ref, with an offset. The program mmaps the
 * descriptor at that offset; the peer maps the ref through its gntdev, or in
 * its kernel.
 *
 * Each open file of the device is a flat address space of page offsets. They
 * grow from 0, in the order of the allocations, and are never used twice in
 * one open file, so pages that were allocated in a row can be mapped by one
 * mmap() whoever their peers are. A mapping is MAP_SHARED. An offset means
 * nothing outside its open file.
 *
 * A page lives while it is allocated or mapped. When it is neither, its
 * notification is sent, then its grant is ended. No guest can take a page
 * away from a peer that maps it: such a page drains, that is, it waits for
 * the peer, counts toward the module's limit, and is freed later.
 *
 * Two levels of calls work on one open file, and their pages in one address
 * space:
 *
 *  2010  the calls of the first proposal of this driver: one page a call,
 *        known by its ref.
 *  2011  the calls that Linux has had since 2.6.39, as in its
 *        <xen/gntalloc.h>: runs of pages, known by their offset. Names
 *        differ here, so that a program can include both headers.
 *
 * All numbers are encoded with _IOC_NONE, though the structs are read and
 * written. Errors are listed in gntalloc(4).
 *
 * A 32-bit caller on x86 aligns __u64 to four bytes: there struct
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
 * @gref_id: out: the ref for the peer
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
 * @gref_id: in: its ref
 */
struct gntalloc_2010_dealloc {
	__u32 gref_id;
};

#define GNTALLOC_2010_DEALLOC \
	_IOC(_IOC_NONE, 'G', 2, sizeof(struct gntalloc_2010_dealloc))

/* The peer may write to the pages. */
#define GNTALLOC_2011_WRITABLE		0x1U

/**
 * struct gntalloc_2011_alloc - allocate pages, and grant them to a domain
 * @domid: in: the peer
 * @flags: in: 0 or GNTALLOC_2011_WRITABLE
 * @count: in: how many pages
 * @index: out: the offset of the first page for mmap(), in bytes; the others
 *	follow
 * @gref_ids: out: @count refs for the peer, in the order of the pages. The
 *	caller makes room for all of them.
 */
struct gntalloc_2011_alloc {
	__u16 domid;
	__u16 flags;
	__u32 count;
	__u64 index;
	__u32 gref_ids[1];
};

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
 *	process of this domain has bound
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

#endif /* _GNTSHARE_GNTALLOC_H */
