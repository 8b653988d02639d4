/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * @file gntshare.h
 * Share memory with another Xen domain, from a program.
 *
 * Both ends are here. A program that shares opens the allocator
 * (gntshare_open()), creates a region for one peer domain, and tells the
 * peer the region's refs by a way of its own, usually xenstore. The peer
 * opens a mapper (gntshare_mapper_open()), and maps the refs. From then on
 * both see the same pages. The overview with programs is in gntshare(7).
 *
 * @par Errors
 * A function of type int returns 0, or minus an errno value. errno itself is
 * left as it was. A function that fails, other than those that destroy and
 * close, leaves everything as it was, and the variable that *out stands for
 * too. What the kernel answers is passed on as it is; where its numbers have
 * another meaning than the usual, the function's text says so.
 *
 * @par Pages
 * A page is a page of the kernel, sysconf(_SC_PAGESIZE) bytes. On x86 that is
 * also the page of Xen, 4096 bytes, for which a grant stands.
 *
 * @par Threads
 * Handles of different allocators and mappers have nothing in common. On one
 * allocator (mapper) any number of threads may create and destroy regions
 * (mappings) at the same time. A handle must not be destroyed or closed while
 * another thread uses it: closing an allocator is a use of all its regions.
 *
 * @par fork()
 * Handles stay with the process that opened the allocator or mapper. In a
 * child the memory of regions and mappings is not there (MADV_DONTFORK), and
 * calls which would make, change or notify return -EPERM. To destroy a region
 * or mapping in a child does nothing and returns 0. To close an allocator or
 * mapper in a child closes the child's descriptor, frees the child's copy of
 * the handle and of all that belong to it, and touches nothing of the
 * parent's. A child that lives on without calling exec should do that: the
 * device does not see the allocator as closed while a descriptor is left.
 * Descriptors are opened with O_CLOEXEC, so exec needs nothing. In a child of
 * vfork(), which runs in its parent's memory, no function may be called.
 *
 * A fork() by one thread while another is inside a function that creates can
 * give the child a mapping that was too new to be kept from it. It goes when
 * the child exits or calls exec.
 *
 * @par Signals
 * No function may be called from a signal handler. None returns early because
 * of a signal, but for one that kills the process.
 */
#ifndef GNTSHARE_H
#define GNTSHARE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The allocator: one open file of /dev/xen/gntalloc, and its regions. */
struct gntshare;

/** A run of pages that this domain shares with one peer. */
struct gntshare_region;

/** The mapper: one open file of /dev/xen/gntdev, and its mappings. */
struct gntshare_mapper;

/** Pages of a peer, mapped here. */
struct gntshare_mapping;

/**
 * Flag of gntshare_region_create(): the peer may write to the pages. Flag of
 * gntshare_mapping_create(): this side may write to them; that needs a region
 * which its owner made writable.
 */
#define GNTSHARE_WRITABLE		1u

/**
 * Notification: set one byte to zero. Same value as UNMAP_NOTIFY_CLEAR_BYTE
 * in the kernel's <xen/gntalloc.h> and <xen/gntdev.h>.
 */
#define GNTSHARE_NOTIFY_CLEAR_BYTE	1u

/**
 * Notification: send an event on a port. Same value as
 * UNMAP_NOTIFY_SEND_EVENT in those headers.
 */
#define GNTSHARE_NOTIFY_SEND_EVENT	2u

/**
 * The version of the library that runs, which may be newer than the one that
 * the program was built with.
 *
 * Thread-safe; works in a child too.
 *
 * @return a constant string such as "1.0.0". Never NULL; not to be freed.
 */
const char *gntshare_version(void);

/* The sharing side */

/**
 * Open the allocator.
 *
 * That path is the device is checked before the first ioctl, by the name that
 * sysfs has for its number (/sys/dev/char/MAJOR:MINOR/uevent, DEVNAME).
 * Where sysfs can not be read, as in some containers, it is only checked to
 * be a misc device (major 10). The path itself may be any.
 *
 * Runs on the module xen-gntalloc of this project and on the driver of the
 * same name in the kernel tree.
 *
 * @param[out] out	the new allocator; release it with gntshare_close()
 * @param path		the device node, or NULL for /dev/xen/gntalloc
 * @retval 0		done
 * @retval -EINVAL	out is NULL
 * @retval -ENOENT	no such path: the module is not loaded, or this is not
 *			a Xen domain
 * @retval -EACCES	no permission for the path; by default the node
 *			belongs to root
 * @retval -ENODEV	the path is something else than the device, or is its
 *			node while the driver is not loaded
 * @retval -EMFILE	the process has too many open files
 * @retval -ENFILE	the system has
 * @retval -ENOMEM	out of memory
 */
int gntshare_open(struct gntshare **out, const char *path);

/**
 * Destroy the regions that are left, then close the allocator.
 *
 * The handle and its regions' handles are gone afterwards, whatever is
 * returned. In a child only the child's copies are released, see above.
 *
 * @param a	the allocator, or NULL: then nothing is done
 * @retval 0	done
 * @return otherwise the first error that gntshare_region_destroy() or
 *	close(2) met; the rest was released all the same
 */
int gntshare_close(struct gntshare *a);

/**
 * The allocator's descriptor, for instance to look at in a debugger, or to
 * know which one to keep open.
 *
 * It belongs to the allocator: do not close it, nor deallocate through it
 * what a region holds. Thread-safe; works in a child too.
 *
 * @param a	the allocator, not NULL
 * @return the descriptor
 */
int gntshare_fd(const struct gntshare *a);

/**
 * Share new pages, all zero, with a peer, and map them here, readable and
 * writable.
 *
 * The mapping is one run of addresses. The refs are in the order of the
 * pages, but are not consecutive numbers in general. The peer need not exist
 * yet.
 *
 * @param a		the allocator
 * @param[out] out	the new region; release it with
 *			gntshare_region_destroy() or gntshare_close()
 * @param domid		the peer, less than 0x7FF0 (DOMID_FIRST_RESERVED in
 *			Xen's public header xen.h)
 * @param pages		how many pages, 1 or more
 * @param flags		0: the peer may only read; or GNTSHARE_WRITABLE
 * @retval 0		done
 * @retval -EINVAL	a or out is NULL; domid is reserved; pages is 0, or
 *			more than UINT32_MAX, or that many bytes do not fit
 *			in a size_t; unknown flags
 * @retval -EPERM	a was inherited by fork()
 * @retval -ENOSPC	the module's parameter "limit" is reached, draining
 *			pages included, or the domain's grant table is full
 * @retval -ENOMEM	out of memory, or of address space
 * @retval -EINTR	a signal is killing the process
 */
int gntshare_region_create(struct gntshare *a, struct gntshare_region **out,
			   uint32_t domid, size_t pages, unsigned int flags);

/**
 * Where a region is mapped.
 *
 * In a child of fork() nothing is mapped there.
 *
 * @param r	the region, not NULL
 * @return the address of the first byte, aligned to a page
 */
void *gntshare_region_address(const struct gntshare_region *r);

/**
 * The size of a region.
 *
 * @param r	the region, not NULL
 * @return the size in bytes
 */
size_t gntshare_region_size(const struct gntshare_region *r);

/**
 * The number of pages of a region.
 *
 * @param r	the region, not NULL
 * @return the number that it was created with
 */
size_t gntshare_region_pages(const struct gntshare_region *r);

/**
 * What the peer needs to map a region.
 *
 * @param r	the region, not NULL
 * @return as many refs (grant_ref_t in Xen's public header grant_table.h) as
 *	the region has pages, in their order; they belong to the region and
 *	go with it
 */
const uint32_t *gntshare_region_refs(const struct gntshare_region *r);

/**
 * Say what is to happen when a page of a region is used here no more: when it
 * was destroyed, and also when this process was killed.
 *
 * Each page has one notification of its own; a later call for the same page
 * replaces it. It happens once, just before the grant ends, so the peer
 * learns that this side has gone. It also happens when the region is
 * destroyed in good order: clear it first if the peer is not to see it.
 *
 * If the descriptor, or a mapping of the page, was handed to another process,
 * the page is in use until that process has let go, too.
 *
 * @param r		the region
 * @param offset	a byte of the region: it chooses the page, and with
 *			GNTSHARE_NOTIFY_CLEAR_BYTE it is the byte that becomes
 *			0
 * @param actions	GNTSHARE_NOTIFY_CLEAR_BYTE, GNTSHARE_NOTIFY_SEND_EVENT,
 *			both, or 0 to clear the page's notification
 * @param port		with GNTSHARE_NOTIFY_SEND_EVENT a local port that a
 *			process of this domain has bound through
 *			/dev/xen/evtchn (evtchn_port_t in Xen's public header
 *			event_channel.h); otherwise ignored
 * @retval 0		done
 * @retval -EINVAL	r is NULL; offset is outside the region; unknown
 *			actions; the port is not bound
 * @retval -ENOMEM	out of memory
 * @retval -EPERM	the allocator was inherited by fork()
 */
int gntshare_region_notify(struct gntshare_region *r, size_t offset,
			   unsigned int actions, uint32_t port);

/**
 * Stop sharing: unmap the region here, and end its grants.
 *
 * Does not wait for the peer. Pages that the peer still has mapped stay
 * intact for it, count toward the module's limit, and are freed once it has
 * unmapped them.
 *
 * The handle is gone afterwards, whatever is returned. An error can only mean
 * that the program unmapped, or deallocated through the descriptor, something
 * that the library holds, or that the process has reached the number of
 * mappings that the kernel allows (-ENOMEM). Then as much as possible was
 * released, and what was not goes with the allocator's close or, if the
 * memory could not be unmapped, with the process.
 *
 * In a child of fork() nothing is done, and 0 returned.
 *
 * @param r	the region, or NULL: then nothing is done
 * @retval 0	done
 * @return otherwise the first error of munmap(2) or of the device
 */
int gntshare_region_destroy(struct gntshare_region *r);

/* The mapping side */

/**
 * Open a mapper.
 *
 * Checked to be the device as in gntshare_open(). The driver is the kernel's
 * xen-gntdev.
 *
 * @param[out] out	the new mapper; release it with
 *			gntshare_mapper_close()
 * @param path		the device node, or NULL for /dev/xen/gntdev
 * @return 0, or an error as of gntshare_open()
 */
int gntshare_mapper_open(struct gntshare_mapper **out, const char *path);

/**
 * Destroy the mappings that are left, then close the mapper.
 *
 * The handle and its mappings' handles are gone afterwards, whatever is
 * returned. In a child only the child's copies are released, see above.
 *
 * @param m	the mapper, or NULL: then nothing is done
 * @retval 0	done
 * @return otherwise the first error that gntshare_mapping_destroy() or
 *	close(2) met; the rest was released all the same
 */
int gntshare_mapper_close(struct gntshare_mapper *m);

/**
 * The mapper's descriptor. It belongs to the mapper, as that of gntshare_fd()
 * to the allocator.
 *
 * @param m	the mapper, not NULL
 * @return the descriptor
 */
int gntshare_mapper_fd(const struct gntshare_mapper *m);

/**
 * Map pages that a peer shares with this domain.
 *
 * They come as one run of addresses, in the order of refs. The refs need not
 * be of one region of the peer. Either all are mapped or none.
 *
 * @param m		the mapper
 * @param[out] out	the new mapping; release it with
 *			gntshare_mapping_destroy() or gntshare_mapper_close()
 * @param domid		the peer that shares them, less than 0x7FF0
 * @param refs		count refs from the peer; not kept
 * @param count		how many, 1 or more
 * @param flags		0: map read-only; or GNTSHARE_WRITABLE
 * @retval 0		done
 * @retval -EINVAL	m, out or refs is NULL; domid is reserved; count is 0,
 *			or more than UINT32_MAX, or that many bytes do not fit
 *			in a size_t; unknown flags. From the kernel: count is
 *			more than xen-gntdev's parameter "limit" (65536 unless
 *			changed), or Xen refused at least one ref: it is not
 *			shared with this domain, or writable was asked and
 *			it is read-only, or there is no such domain
 * @retval -EPERM	m was inherited by fork()
 * @retval -ENOMEM	out of memory, or of address space
 */
int gntshare_mapping_create(struct gntshare_mapper *m,
			    struct gntshare_mapping **out, uint32_t domid,
			    const uint32_t *refs, size_t count,
			    unsigned int flags);

/**
 * Where the peer's pages are mapped.
 *
 * In a child of fork() nothing is mapped there.
 *
 * @param m	the mapping, not NULL
 * @return the address of the first byte, aligned to a page
 */
void *gntshare_mapping_address(const struct gntshare_mapping *m);

/**
 * The size of a mapping.
 *
 * @param m	the mapping, not NULL
 * @return the size in bytes
 */
size_t gntshare_mapping_size(const struct gntshare_mapping *m);

/**
 * The number of pages of a mapping.
 *
 * @param m	the mapping, not NULL
 * @return the number of refs that it was created with
 */
size_t gntshare_mapping_pages(const struct gntshare_mapping *m);

/**
 * Say what is to happen when a mapping goes: when it was destroyed, and also
 * when this process was killed. The peer learns by it that its pages are not
 * mapped any more.
 *
 * A mapping has one notification, not one a page: a later call replaces it
 * wherever its offset is (drivers/xen/gntdev.c keeps one for what was mapped
 * by one call). It happens once.
 *
 * @param m		the mapping
 * @param offset	a byte of the mapping: with GNTSHARE_NOTIFY_CLEAR_BYTE
 *			the byte that becomes 0
 * @param actions	GNTSHARE_NOTIFY_CLEAR_BYTE, GNTSHARE_NOTIFY_SEND_EVENT,
 *			both, or 0 to clear the notification
 * @param port		as in gntshare_region_notify()
 * @retval 0		done
 * @retval -EINVAL	m is NULL; offset is outside the mapping; unknown
 *			actions; the port is not bound; a byte to clear in a
 *			read-only mapping
 * @retval -EPERM	the mapper was inherited by fork()
 */
int gntshare_mapping_notify(struct gntshare_mapping *m, size_t offset,
			    unsigned int actions, uint32_t port);

/**
 * Unmap the peer's pages.
 *
 * The handle is gone afterwards, whatever is returned. Errors mean the same
 * as those of gntshare_region_destroy(). In a child of fork() nothing is done,
 * and 0 returned.
 *
 * @param m	the mapping, or NULL: then nothing is done
 * @retval 0	done
 * @return otherwise the first error of munmap(2) or of the device
 */
int gntshare_mapping_destroy(struct gntshare_mapping *m);

#ifdef __cplusplus
}
#endif

#endif /* GNTSHARE_H */
