/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * @file gntshare.h
 * Share memory with another Xen domain, from a program.
 *
 * The library serves both sides. A program that shares memory opens the
 * allocator (gntshare_open()), shares a region with one peer domain, and tells
 * the peer the region's grefs in its own way, usually through xenstore. The
 * peer opens a mapper (gntshare_mapper_open()), and maps the grefs. From then
 * on both sides see the same pages. gntshare(7) gives an overview, with example
 * programs.
 *
 * @par Drivers
 * The allocator runs on the module xen-gntalloc of this project and on the
 * driver of the same name in the kernel tree. Only the module has the native
 * level. A function whose text says that it needs this level returns
 * -EOPNOTSUPP on another driver; gntshare_info() tells beforehand whether the
 * level is there. A driver that is older than the library refuses a flag or an
 * argument that it does not know with -EINVAL or -E2BIG, and a call with
 * -EOPNOTSUPP. A value that it does not report is 0.
 *
 * @par Errors
 * A function of type int returns 0 on success, otherwise minus an errno value.
 * No function changes errno itself. A function that fails leaves everything as
 * it was, including the variable that its parameter out points to; only the
 * functions that destroy or close are different. The errors of the kernel are
 * passed on unchanged. Where such an error has an unusual meaning, the text of
 * the function says so.
 *
 * @par Pages
 * A page is a page of the kernel, of sysconf(_SC_PAGESIZE) bytes. On x86 that
 * is also the page of Xen, the unit of a grant, which has 4096 bytes.
 *
 * @par Threads
 * Handles of different allocators and mappers are independent of each other.
 * Any number of threads may call functions on one handle at the same time,
 * including those that create and destroy objects of an allocator or mapper.
 * But no thread may destroy or close a handle while another thread uses it, and
 * closing an allocator or mapper uses the handles of all its objects.
 *
 * @par fork()
 * Handles belong to the process that opened the allocator or mapper. In a
 * child, the memory of regions, views and mappings is not there
 * (MADV_DONTFORK), except for memory that the program had before it made a
 * region of it. Functions that create, change or ask for something return
 * -EPERM. Functions that destroy a region, view or mapping do nothing in
 * a child, and return 0; but gntshare_region_destroy_event() returns -EPERM, as
 * there will be no event. Closing an allocator or mapper in a child closes the
 * child's descriptor, frees the child's copies of its handle and of the handles
 * that belong to it, and has no effect on the parent. A child that keeps
 * running and does not call exec should close them, since for the device the
 * allocator is open as long as any descriptor of it is. A child that calls exec
 * need not do anything, because descriptors are opened with O_CLOEXEC. A child
 * of vfork() runs in the memory of its parent, and must not call any function.
 *
 * If one thread calls fork() while another is inside a function that creates
 * something, the child can inherit a mapping that the library had no time to
 * mark with MADV_DONTFORK. That mapping ends when the child exits or calls
 * exec.
 *
 * @par Signals
 * No function may be called from a signal handler. A signal that kills the
 * process can end any function early. Other signals interrupt only the
 * functions that wait, and only if the signal has a handler: gntshare_wait()
 * and gntshare_region_wait() always, gntshare_read_event() unless the handler
 * was set with SA_RESTART.
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

/** A range of pages that this domain shares with peers. */
struct gntshare_region;

/** A mapping of any range of an allocator's pages, in one or more regions. */
struct gntshare_view;

/** The mapper: one open file of /dev/xen/gntdev, and its mappings. */
struct gntshare_mapper;

/** Pages of a peer, mapped here. */
struct gntshare_mapping;

/**
 * Flag of gntshare_region_share() and gntshare_region_grant(): the peer may
 * write to the pages. Flag of gntshare_region_from_memory() and
 * gntshare_region_from_memfd(): a grant of the region may have this flag. Flag
 * of gntshare_mapping_create(): this side may write to the pages, which the
 * owner must have granted writable.
 */
#define GNTSHARE_WRITABLE		1u

/**
 * Notification: set one byte to zero. The value is that of
 * UNMAP_NOTIFY_CLEAR_BYTE in the kernel's <xen/gntalloc.h> and <xen/gntdev.h>.
 */
#define GNTSHARE_NOTIFY_CLEAR_BYTE	1u

/**
 * Notification: send an event on a port. The value is that of
 * UNMAP_NOTIFY_SEND_EVENT in the same headers.
 */
#define GNTSHARE_NOTIFY_SEND_EVENT	2u

/**
 * Tell the version of the library that is in use, which may be newer than the
 * one that the program was built with.
 *
 * The function is thread-safe, and works in a child of fork() too.
 *
 * @return a constant string such as "1.0.0". It is never NULL, and must not be
 *	freed.
 */
const char *gntshare_version(void);

/* The sharing side */

/**
 * Open the allocator.
 *
 * Before the first ioctl, the library checks that path is the device: sysfs
 * must have the right name for its device number (DEVNAME in
 * /sys/dev/char/MAJOR:MINOR/uevent). Where sysfs cannot be read, as in some
 * containers, the library checks only that path is a misc device (major 10).
 * The name of the path does not matter.
 *
 * This works with the module xen-gntalloc of this project and with the driver
 * of the same name in the kernel tree.
 *
 * @param[out] out	the new allocator; close it with gntshare_close()
 * @param path		the device node, or NULL for /dev/xen/gntalloc
 * @retval 0		done
 * @retval -EINVAL	out is NULL
 * @retval -ENOENT	the path does not exist: the module is not loaded, or
 *			this is not a Xen domain
 * @retval -EACCES	the caller has no permission for the path; by default
 *			the node belongs to root, and also to the group gntalloc
 *			where the module's package is installed (gntalloc(4),
 *			PERMISSIONS)
 * @retval -ENODEV	the path is not the device, or it is the device's node
 *			but the driver is not loaded
 * @retval -EMFILE	the process has too many open files
 * @retval -ENFILE	the system has too many open files
 * @retval -ENOMEM	out of memory
 */
int gntshare_open(struct gntshare **out, const char *path);

/**
 * Make an allocator from a descriptor that the program did not open itself,
 * such as one that another process sent by SCM_RIGHTS.
 *
 * The library checks that the descriptor is the device's, as in
 * gntshare_open(). Other processes may use the same open file. Then all of them
 * share its offsets, its events and its bounds, but each has handles only for
 * the regions that it created itself.
 *
 * @param[out] out	the new allocator; close it with gntshare_close()
 * @param fd		the descriptor. If the call succeeds, the descriptor
 *			belongs to the allocator, and is closed on exec. If the
 *			call fails, it still belongs to the caller, unchanged.
 * @retval 0		done
 * @retval -EINVAL	out is NULL
 * @retval -EBADF	fd is not open
 * @retval -ENODEV	fd is not a descriptor of the device
 * @retval -EMFILE	the process has too many open files
 * @retval -ENFILE	the system has too many open files
 * @retval -ENOMEM	out of memory
 */
int gntshare_adopt(struct gntshare **out, int fd);

/**
 * Destroy the regions and views that are left, then close the allocator.
 *
 * Afterwards the allocator's handle and the handles of its regions and views
 * are invalid, whatever is returned. In a child of fork() only the child's
 * copies are freed, see "fork()" above.
 *
 * @param share	the allocator; if it is NULL, nothing is done
 * @retval 0	done
 * @return otherwise the first error of gntshare_region_destroy(),
 *	gntshare_view_destroy() or close(2); everything else was destroyed and
 *	closed all the same
 */
int gntshare_close(struct gntshare *share);

/**
 * Get the allocator's descriptor, to use it with poll(2), see
 * gntshare_read_event(), or to pass it to another process, see
 * gntshare_restrict() and gntshare_adopt().
 *
 * The descriptor belongs to the allocator. Do not close it, and do not
 * deallocate pages of a region through it. The function is thread-safe, and
 * works in a child of fork() too.
 *
 * @param share	the allocator, not NULL
 * @return the descriptor
 */
int gntshare_fd(const struct gntshare *share);

/**
 * Create a region of new pages, all zero, grant them to a peer, and map them
 * here, readable and writable.
 *
 * If the driver has a native level, the region has an id, see
 * gntshare_region_id(), and gntshare_region_wait() and
 * gntshare_region_destroy_event() work with it.
 *
 * The mapping is one range of addresses. The grefs are in the order of the
 * pages, but in general they are not consecutive numbers. The peer need not
 * exist yet.
 *
 * On every driver, futex(2) fails with EFAULT for a process-shared futex in a
 * region. So a mutex or semaphore there works only between the threads of one
 * process.
 *
 * @param share		the allocator
 * @param[out] out	the new region; destroy it with
 *			gntshare_region_destroy(),
 *			gntshare_region_destroy_event() or gntshare_close()
 * @param domid		the peer, less than 0x7FF0 (DOMID_FIRST_RESERVED in
 *			Xen's public header xen.h)
 * @param pages		the number of pages, 1 or more
 * @param flags		0 if the peer may only read, or GNTSHARE_WRITABLE
 * @retval 0		done
 * @retval -EINVAL	share or out is NULL; domid is reserved; pages is 0, or
 *			more than UINT32_MAX, or their size in bytes does not
 *			fit in a size_t; or flags has an unknown flag
 * @retval -EPERM	share was inherited by fork(); or its descriptor is
 *			restricted to other domains, or may not create regions
 *			any more, see gntshare_restrict()
 * @retval -EDQUOT	a bound is reached, draining pages included: the
 *			module's parameter "limit" or "quota", or the bound of a
 *			restricted descriptor
 * @retval -ENOSPC	this domain's grant table is full, except for the
 *			module's "headroom"; or, with the driver in the kernel
 *			tree, the limit of that driver is reached
 * @retval -ENOMEM	out of memory, or of address space
 * @retval -EINTR	a signal is killing the process
 */
int gntshare_region_share(struct gntshare *share, struct gntshare_region **out,
			  uint32_t domid, size_t pages, unsigned int flags);

/**
 * Tell where a region is mapped.
 *
 * In a child of fork() nothing is mapped at that address.
 *
 * @param region	the region, not NULL
 * @return the address of the first byte, aligned to a page; NULL for a region
 *	of gntshare_region_from_memory() or gntshare_region_from_memfd(), which
 *	has no mapping of its own
 */
void *gntshare_region_address(const struct gntshare_region *region);

/**
 * Tell the size of a region.
 *
 * @param region	the region, not NULL
 * @return the size in bytes
 */
size_t gntshare_region_size(const struct gntshare_region *region);

/**
 * Tell the number of pages of a region.
 *
 * @param region	the region, not NULL
 * @return the number of pages that it was created with
 */
size_t gntshare_region_pages(const struct gntshare_region *region);

/**
 * Get the grefs, by which the peer maps a region.
 *
 * @param region	the region, not NULL
 * @return an array of grefs (grant_ref_t in Xen's public header
 *	grant_table.h), one for each page, in the order of the pages. The array
 *	belongs to the region, and is freed with it. After a restore or
 *	migration of the guest the grefs mean nothing. For a region that was
 *	not created by gntshare_region_share() the result is NULL: its grefs are
 *	those that gntshare_region_grant() returns.
 */
const uint32_t *gntshare_region_grefs(const struct gntshare_region *region);

/**
 * Set the notification of a page of a region: what the driver does when this
 * side no longer uses the page. That is when its region was destroyed, and also
 * when this process was killed.
 *
 * Each page has a notification of its own; a later call for the same page
 * replaces it. The driver carries it out once, just before the grant ends, so
 * that the peer learns that this side has gone. It does so also when the
 * program destroys the region in the normal way. If the peer should not see
 * that, clear the notification first.
 *
 * If another process has got the descriptor or a mapping of the page, the page
 * is in use until that process has closed and unmapped it, too.
 *
 * @param region	the region
 * @param offset	the offset of a byte in the region. It chooses the page;
 *			with GNTSHARE_NOTIFY_CLEAR_BYTE, it also says which byte
 *			becomes 0
 * @param actions	GNTSHARE_NOTIFY_CLEAR_BYTE, GNTSHARE_NOTIFY_SEND_EVENT,
 *			both, or 0 to clear the page's notification
 * @param port		with GNTSHARE_NOTIFY_SEND_EVENT, a local port that a
 *			process of this domain has bound through
 *			/dev/xen/evtchn (evtchn_port_t in Xen's public header
 *			event_channel.h); it stays bound for as long as the
 *			notification exists. Otherwise port is ignored.
 * @retval 0		done
 * @retval -EINVAL	region is NULL; offset is outside the region; actions
 *			has an unknown flag; or the port is not bound
 * @retval -ENOENT	the page was deallocated through the descriptor
 * @retval -ENOMEM	out of memory
 * @retval -EPERM	the allocator was inherited by fork(); or actions has
 *			GNTSHARE_NOTIFY_SEND_EVENT, and the descriptor was
 *			restricted without GNTSHARE_RESTRICT_KEEP_SEND_EVENT; or
 *			actions has GNTSHARE_NOTIFY_CLEAR_BYTE, the region is of
 *			memory that existed already, and the descriptor was
 *			restricted in any way
 * @retval -EACCES	actions has GNTSHARE_NOTIFY_CLEAR_BYTE, and the region
 *			is of memory that existed already, and was created
 *			without GNTSHARE_WRITABLE
 */
int gntshare_region_notify(struct gntshare_region *region, size_t offset,
			   unsigned int actions, uint32_t port);

/**
 * Stop sharing: unmap the region here, if it has a mapping of its own, and end
 * its grants.
 *
 * A page that a view or another process still maps stays, with its grants,
 * until that mapping ends; meanwhile its grants cannot be revoked any more. If
 * the peer must lose its access as soon as possible, call
 * gntshare_region_revoke() first.
 *
 * The function does not wait for the peer. Pages that the peer still has mapped
 * stay unchanged for it, count toward the module's limit, and are freed (or no
 * longer pinned, if the memory existed already) once the peer has unmapped
 * them. Until then the peer can map them again, with all
 * rights of the grant. The peer cannot map the other pages any more.
 *
 * Afterwards the handle is invalid, whatever is returned. There are only two
 * reasons for an error: the program itself has unmapped something that the
 * library holds, or deallocated it through the descriptor; or the process has
 * reached the number of mappings that the kernel allows (-ENOMEM). Then the
 * function has done as much as possible. What is left ends when the allocator
 * is closed or, if the memory could not be unmapped, when the process ends.
 *
 * In a child of fork() the function does nothing, and returns 0.
 *
 * @param region	the region; if it is NULL, nothing is done
 * @retval 0	done
 * @return otherwise the first error of munmap(2) or of the device
 */
int gntshare_region_destroy(struct gntshare_region *region);

/* The sharing side, with the native level of the driver */

/** Feature: the native level. Without it, nothing else is known. */
#define GNTSHARE_FEATURE_NATIVE		1u

/** Feature: a grant with GNTSHARE_CONSECUTIVE can succeed on this driver. */
#define GNTSHARE_FEATURE_CONSECUTIVE	2u

/** Feature: the driver notices when the guest is restored or migrated. */
#define GNTSHARE_FEATURE_GENERATION	4u

/**
 * Feature: memory that exists already can be shared, by
 * gntshare_region_from_memory() and gntshare_region_from_memfd().
 */
#define GNTSHARE_FEATURE_MEMORY		8u

/**
 * Feature: dma-bufs can be shared, by gntshare_region_from_dmabuf(), and regions
 * can be exported as dma-bufs, by gntshare_region_export().
 */
#define GNTSHARE_FEATURE_DMABUF		16u

/**
 * What a driver can do, and how full it is. A later version of the library
 * may add members at the end.
 */
struct gntshare_info {
	/**
	 * GNTSHARE_FEATURE_*; without GNTSHARE_FEATURE_NATIVE all members that
	 * follow are 0
	 */
	uint64_t features;
	/** a number that grows when the guest is restored or migrated */
	uint64_t generation;
	/** the maximum of pages, and of grant entries, of all programs */
	uint32_t limit;
	/** the maximum of pages, and of grant entries, per user; 0: no bound */
	uint32_t quota;
	/** the number of pages of all programs that are allocated or mapped */
	uint32_t pages;
	/**
	 * the number of grant entries of all programs, including the draining
	 * ones. After a restore or migration it also includes the older
	 * entries, until their region is granted again, revoked or destroyed.
	 */
	uint32_t entries;
	/** the number of these entries that drain: a peer still holds them */
	uint32_t draining;
	/** the number of pages of the user who opened the device */
	uint32_t user_pages;
	/** the number of grant entries of that user */
	uint32_t user_entries;
	/** how many free entries the driver leaves to the kernel's frontends */
	uint32_t headroom;
};

/**
 * Ask the driver what it can do, and how full it is.
 *
 * The function works on every driver.
 *
 * @param share		the allocator
 * @param[out] info	the answer
 * @param size		sizeof(*info)
 * @retval 0		done; if features is 0, the driver has no native level
 * @retval -EINVAL	share or info is NULL; or size is less than the size of
 *			the first version of the struct
 * @retval -EPERM	share was inherited by fork()
 */
int gntshare_info(struct gntshare *share, struct gntshare_info *info,
		  size_t size);

/** For gntshare_region_create(): the driver chooses the offset. */
#define GNTSHARE_ANY_OFFSET		UINT64_MAX

/**
 * Create a region of new pages, all zero, that are granted to nobody yet, and
 * map them here, readable and writable.
 *
 * gntshare_region_grant() then grants them to peers. The open file of the
 * device is one space of offsets, and the caller can choose the place of the
 * region in it: gntshare_view_create() can map several regions as one range if
 * there is no gap between them. The function needs the native level.
 *
 * @param share		the allocator
 * @param[out] out	the new region; destroy it with
 *			gntshare_region_destroy(),
 *			gntshare_region_destroy_event() or gntshare_close()
 * @param pages		the number of pages, 1 or more
 * @param offset	the offset of the first page in bytes, a multiple of the
 *			page size; or GNTSHARE_ANY_OFFSET
 * @retval 0		done
 * @retval -EINVAL	share or out is NULL; pages is 0, or more than
 *			UINT32_MAX, or their size in bytes does not fit in a
 *			size_t; or offset is not a multiple of the page size
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	share was inherited by fork(); or its descriptor may not
 *			create regions any more, see gntshare_restrict()
 * @retval -EEXIST	another region is at these offsets, or a view still maps
 *			a destroyed region there
 * @retval -EOVERFLOW	there are not enough offsets from offset on
 * @retval -EDQUOT	a bound on pages is reached: the module's parameter
 *			"limit" or "quota", or the bound of a restricted
 *			descriptor
 * @retval -ENOMEM	out of memory, or of address space
 * @retval -EINTR	a signal is killing the process
 */
int gntshare_region_create(struct gntshare *share, struct gntshare_region **out,
			   size_t pages, uint64_t offset);

/**
 * Create a region of memory that this process has already, granted to nobody
 * yet. Peers to which gntshare_region_grant() grants it see what is written to
 * the memory, and the program sees what they write. Nothing is copied.
 *
 * The region consists of the pages that are mapped at address at the time of
 * the call, and not of the addresses. The driver pins them: they stay, and
 * peers use them, until the region is gone, even if the program ends. If the
 * program unmaps them, maps something else there, or takes them out of their
 * file, it no longer sees what a peer writes. After fork() the parent keeps the
 * pages, and the child has a copy of those that are not shared memory. (Before
 * Linux 5.12 this does not hold for huge pages of hugetlbfs: use MADV_DONTFORK
 * for these. Before Linux 5.19, private memory whose right to write was taken
 * away may be replaced by a copy at the next write; see gntalloc_native(4),
 * NOTES.) gntshare_region_destroy() does not wait for the peer. Only when the
 * region is gone, see gntshare_region_wait(), is the memory the program's
 * alone.
 *
 * The region has no mapping of its own, and gntshare_region_address() returns
 * NULL. gntshare_view_create() at its offset fails with -ENODEV.
 *
 * Memory can be shared if it is not of a file, or of a file in memory: what
 * malloc() returns, stacks, memory of memfd_create(2), of tmpfs, of hugetlbfs,
 * and System V shared memory. A huge page consists of small pages, and can be
 * shared in part. A file on a disk can be shared only
 * if it is mapped privately: then its pages are copied first, as by the
 * program's own write. Devices, and what a driver or another domain has mapped,
 * are refused.
 *
 * The pages count as locked memory of the user (RLIMIT_MEMLOCK), unless the
 * process has CAP_IPC_LOCK, and toward the bounds of the module like any other
 * pages of regions. A huge page that is shared in part counts as a whole until
 * the region is gone, since the kernel keeps all of it. The kernel may have
 * given the program huge pages without its knowledge (madvise(2),
 * MADV_NOHUGEPAGE). The function needs the native level.
 *
 * @param share		the allocator
 * @param[out] out	the new region; destroy it with
 *			gntshare_region_destroy(),
 *			gntshare_region_destroy_event() or gntshare_close()
 * @param address	where the memory begins, aligned to a page
 * @param pages		the number of pages, 1 or more
 * @param offset	as for gntshare_region_create()
 * @param flags		0 if peers may only read, or GNTSHARE_WRITABLE
 * @retval 0		done
 * @retval -EINVAL	share or out is NULL; address is NULL, or not aligned to
 *			a page; pages is 0, or more than UINT32_MAX, or their
 *			size in bytes does not fit in a size_t; offset is not a
 *			multiple of the page size; or flags has an unknown flag
 * @retval -E2BIG	the driver is older than this function
 * @retval -EOPNOTSUPP	the driver has no native level; or, before Linux 5.13,
 *			part of the memory is of a page of 1 GB
 * @retval -EPERM	share was inherited by fork(); or its descriptor may not
 *			create regions any more, see gntshare_restrict()
 * @retval -EFAULT	part of the memory is not mapped, or is beyond the end
 *			of its file; or the kernel has no page for it that can
 *			stay at its place
 * @retval -EACCES	part of the memory is mapped without the right to read,
 *			or, with GNTSHARE_WRITABLE, to write
 * @retval -EMEDIUMTYPE	part of the memory is of a file that is not kept in
 *			memory
 * @retval -ENXIO	part of the memory is of a device or a driver, such as a
 *			region of gntshare_region_create()
 * @retval -EREMOTE	part of the memory is of another domain
 * @retval -EEXIST	as for gntshare_region_create()
 * @retval -EOVERFLOW	as for gntshare_region_create()
 * @retval -EDQUOT	as for gntshare_region_create()
 * @retval -ENOMEM	out of memory; or the user may not lock so much memory
 * @retval -EINTR	a signal is killing the process
 */
int gntshare_region_from_memory(struct gntshare *share,
				struct gntshare_region **out, void *address,
				size_t pages, uint64_t offset,
				unsigned int flags);

/**
 * Create a region of pages of a memfd or of another file in memory, granted to
 * nobody yet.
 *
 * This is gntshare_region_from_memory() for a file that need not be mapped,
 * such as one that another process sent by SCM_RIGHTS. The library maps it for
 * the time of the call. The file can be closed afterwards. While the region is
 * not gone, fcntl(2) with F_ADD_SEALS fails with EBUSY for F_SEAL_WRITE, as for
 * any memory that a device uses. If the file is truncated, or a hole is punched
 * into it, the region keeps its pages, and the file gets others there.
 *
 * @param share		the allocator
 * @param[out] out	as for gntshare_region_from_memory()
 * @param fd		the file, open for reading, and with GNTSHARE_WRITABLE
 *			also for writing
 * @param start		where the region begins in the file, in bytes, a
 *			multiple of the page size (for hugetlbfs, of its page
 *			size)
 * @param pages		the number of pages, 1 or more
 * @param offset	as for gntshare_region_create()
 * @param flags		0 if peers may only read, or GNTSHARE_WRITABLE
 * @retval 0		done
 * @retval -EINVAL	as for gntshare_region_from_memory(), for start instead
 *			of address
 * @retval -EPERM	as for gntshare_region_from_memory(); or the file was
 *			sealed against writing, and flags has GNTSHARE_WRITABLE
 *			(before Linux 6.7 also without it)
 * @retval -EBADF	fd is not open
 * @retval -EACCES	fd is not open for reading, or for writing with
 *			GNTSHARE_WRITABLE
 * @retval -ENODEV	fd is not a file that can be mapped
 * @retval -EOVERFLOW	as for gntshare_region_from_memory(); or the pages are
 *			beyond the greatest size of such a file
 * @return otherwise an error of gntshare_region_from_memory()
 */
int gntshare_region_from_memfd(struct gntshare *share,
			       struct gntshare_region **out, int fd,
			       uint64_t start, size_t pages, uint64_t offset,
			       unsigned int flags);

/**
 * Create a region of pages of a dma-buf, granted to nobody yet.
 *
 * A dma-buf is memory of another driver, such as that of a camera or of a
 * graphics card. Peers to which gntshare_region_grant() grants the region see
 * what the devices and the programs that use the dma-buf write, and these see
 * what peers write. Nothing is copied. The dma-buf can be closed afterwards: it
 * stays until the region is gone. See gntshare_region_from_memory() for that
 * and for what the region lacks, which is a mapping of its own.
 *
 * The driver keeps all of the dma-buf, even if the region is only a part of it.
 * So the pages of all of it count toward the bounds of the module until the
 * region is gone. They do not count as locked memory.
 *
 * A device or a program may have written what is still in a cache that peers do
 * not see. Where it is necessary to end such a write, the ioctl
 * DMA_BUF_IOCTL_SYNC of the dma-buf does it, as for a mapping of the program's
 * own.
 *
 * @param share		the allocator
 * @param[out] out	as for gntshare_region_from_memory()
 * @param fd		the dma-buf, with GNTSHARE_WRITABLE open for writing
 * @param start		where the region begins in it, in bytes, a multiple of
 *			the page size
 * @param pages		the number of pages, 1 or more
 * @param offset	as for gntshare_region_create()
 * @param flags		0 if peers may only read, or GNTSHARE_WRITABLE
 * @retval 0		done
 * @retval -EINVAL	as for gntshare_region_from_memory(), for start instead
 *			of address
 * @retval -E2BIG	the driver is older than this function (-EINVAL, if also
 *			fd is 0)
 * @retval -EOPNOTSUPP	the driver has no native level; or dma-bufs cannot be
 *			shared with this kernel; or not this one, since its
 *			driver can move it, or cannot map it for the kernel
 * @retval -EPERM	as for gntshare_region_from_memory()
 * @retval -EBADF	fd is not open
 * @retval -EMEDIUMTYPE	fd is not a dma-buf
 * @retval -EACCES	flags has GNTSHARE_WRITABLE, and fd is open only for
 *			reading
 * @retval -EFAULT	part of the pages is beyond the end of the dma-buf
 * @retval -ENXIO	part of it is not ordinary memory, or it is of pages of a
 *			region
 * @retval -EREMOTE	part of it is memory of another domain
 * @retval -EEXIST	as for gntshare_region_create()
 * @retval -EOVERFLOW	as for gntshare_region_create()
 * @retval -EDQUOT	as for gntshare_region_create(), for all of the dma-buf
 * @retval -ENOMEM	out of memory
 * @retval -EINTR	a signal is killing the process
 * @return otherwise an error of the driver whose dma-buf it is
 */
int gntshare_region_from_dmabuf(struct gntshare *share,
				struct gntshare_region **out, int fd,
				uint64_t start, size_t pages, uint64_t offset,
				unsigned int flags);

/**
 * Tell where a region is in the allocator's space of offsets.
 *
 * @param region	the region, not NULL
 * @return the offset of its first page, in bytes
 */
uint64_t gntshare_region_offset(const struct gntshare_region *region);

/**
 * Get the id of a region. The driver knows the region by it even after its
 * handle was destroyed.
 *
 * @param region	the region, not NULL
 * @return the id, which no other region of the same open file ever has; 0 if
 *	the driver has no native level, and therefore no ids
 */
uint64_t gntshare_region_id(const struct gntshare_region *region);

/** Flag of gntshare_region_grant(): the grefs must be consecutive. */
#define GNTSHARE_CONSECUTIVE		2u

/**
 * Grant pages of a region to a peer.
 *
 * The grants of other peers do not change. A page may be granted to one peer
 * more than once; each grant has grefs of its own. The program tells the peer
 * the grefs in its own way, as for gntshare_region_share();
 * gntshare_grefs_format() writes them as a short text. The driver takes
 * consecutive grefs if those are the next free ones. With GNTSHARE_CONSECUTIVE
 * it searches for consecutive grefs, and takes no others: then the peer needs
 * to know only the first gref and the number of pages. After a restore or
 * migration, the first grant of pages of a region ends the region's older
 * grants, which are of no use any more.
 *
 * The function needs the native level. The region may also be one of
 * gntshare_region_share().
 *
 * @param region	the region
 * @param first		the number of the first page; 0 is the region's first
 * @param pages		the number of pages, 1 or more
 * @param domid		the peer, less than 0x7FF0
 * @param flags		GNTSHARE_WRITABLE, GNTSHARE_CONSECUTIVE, both, or 0
 * @param[out] grefs	room for one gref per page; the grefs are in the order
 *			of the pages. If the call fails, they mean nothing.
 * @retval 0		done
 * @retval -EINVAL	region or grefs is NULL; pages is 0, or not all of the
 *			pages are in the region; domid is reserved; or flags has
 *			an unknown flag
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	the allocator was inherited by fork(); or its
 *			descriptor is restricted to other domains, or may not
 *			grant any more, see gntshare_restrict()
 * @retval -ENOENT	some of the pages were deallocated, through the
 *			descriptor
 * @retval -EACCES	flags has GNTSHARE_WRITABLE, but the region is of memory
 *			that existed already, and was created without it
 * @retval -EDQUOT	a bound on grant entries is reached, see
 *			gntshare_region_create(); draining entries count
 * @retval -ENOSPC	the grant table is full, except for the module's
 *			"headroom"; with GNTSHARE_CONSECUTIVE it may also be
 *			that there are enough free entries, but not in a row
 * @retval -ENOMEM	out of memory
 * @retval -EINTR	a signal is killing the process
 */
int gntshare_region_grant(struct gntshare_region *region, size_t first,
			  size_t pages, uint32_t domid, unsigned int flags,
			  uint32_t *grefs);

/**
 * End the grants of some pages to one peer, and leave the grants of other peers
 * unchanged.
 *
 * The peer cannot map any more the pages that it has not mapped at this moment.
 * The pages that it has mapped do not change for it, and their entries drain:
 * they end when the peer lets go, and gntshare_region_wait() can wait for that.
 * Until then the peer can map these pages again, with all rights of the grant:
 * it can write if the grant was writable, even if its present mapping is
 * read-only. That is Xen's rule for an entry that is in use. So the memory is
 * out of the peer's reach only when held is 0, at once or after a wait.
 *
 * The function needs the native level. The region may also be one of
 * gntshare_region_share().
 *
 * @param region	the region
 * @param first		the number of the first page; 0 is the region's first
 * @param pages		the number of pages, 1 or more
 * @param domid		the peer, less than 0x7FF0
 * @param[out] held	how many draining entries of the region the peer still
 *			holds, for these and other pages; NULL if the caller
 *			does not need the number
 * @retval 0		done
 * @retval -EINVAL	region is NULL; pages is 0, or not all of the pages are
 *			in the region; or domid is reserved
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	the allocator was inherited by fork()
 * @retval -ENOENT	none of the pages is granted to that peer
 */
int gntshare_region_revoke(struct gntshare_region *region, size_t first,
			   size_t pages, uint32_t domid, size_t *held);

/**
 * Export pages of a region as a dma-buf, which other drivers can use, and which
 * other programs can map.
 *
 * If it may only be read, only devices that do not write can use it. Peers to
 * which the pages are granted see what is written by the dma-buf. Like
 * a mapping, the dma-buf keeps its pages and their grants: after the region was
 * destroyed, and even after the allocator was closed, they stay until the
 * dma-buf is closed and unmapped, too. gntshare_region_revoke() takes them away
 * from a peer before that.
 *
 * @param region	the region, not of memory that existed already
 * @param first		the number of the first page in the region
 * @param pages		the number of pages, 1 or more
 * @param flags		0 if the dma-buf may only be read, or GNTSHARE_WRITABLE
 * @param[out] fd	a new descriptor of the dma-buf, which execve() closes
 * @retval 0		done
 * @retval -EINVAL	region or fd is NULL; pages is 0; the region does not
 *			have all of these pages; or flags has an unknown flag
 * @retval -EOPNOTSUPP	the driver has no such call, or the kernel has no
 *			dma-bufs
 * @retval -EPERM	the allocator was inherited by fork()
 * @retval -EACCES	the allocator's descriptor is not open for reading, or
 *			with GNTSHARE_WRITABLE not for writing
 * @retval -ENODEV	the region is of memory that existed already
 * @retval -ENOENT	some of the pages were deallocated through the
 *			descriptor
 * @retval -EMFILE	the process has too many open files
 * @retval -ENFILE	the system has too many open files
 * @retval -ENOMEM	out of memory
 * @retval -EINTR	a signal is killing the process
 */
int gntshare_region_export(struct gntshare_region *region, size_t first,
			   size_t pages, unsigned int flags, int *fd);

/** State of a region: some of its pages are allocated or mapped here. */
#define GNTSHARE_STATE_LIVE		1u

/**
 * State of a region: no page is allocated or mapped here, but a peer still
 * holds entries.
 */
#define GNTSHARE_STATE_DRAINING		2u

/** State of a region: nothing is left of it. */
#define GNTSHARE_STATE_GONE		3u

/**
 * The state of a region. A later version of the library may add members at
 * the end.
 */
struct gntshare_state {
	/** GNTSHARE_STATE_* */
	uint32_t state;
	/**
	 * how many draining entries peers still hold; until it is 0, they can
	 * map those pages again, with all rights of the grant
	 */
	uint32_t held;
};

/**
 * Wait until peers hold none of the draining entries, which are those that
 * should have ended already. Without a revoke there are none, and the wait is
 * over at once, even if the peer has the memory mapped and writes to it: the
 * kernel has no way to ask whether a live grant is in use.
 */
#define GNTSHARE_WAIT_RELEASED		1u

/** Wait until the region is gone. */
#define GNTSHARE_WAIT_GONE		2u

/** For gntshare_wait() and gntshare_region_wait(): all peers. */
#define GNTSHARE_ANY_DOMID		UINT32_MAX

/**
 * Ask for the state of a region, which may already be destroyed. With flags,
 * first wait until peers hold none of its draining entries, or until the region
 * is gone.
 *
 * Several threads may wait at the same time, also for the same region. The
 * function needs the native level.
 *
 * @param share		the allocator
 * @param id		the region's id, see gntshare_region_id()
 * @param flags		GNTSHARE_WAIT_RELEASED, GNTSHARE_WAIT_GONE or both;
 *			or 0 to ask without waiting
 * @param domid		the peer whose entries count as held, less than 0x7FF0;
 *			or GNTSHARE_ANY_DOMID
 * @param timeout_ns	the maximum time to wait, in nanoseconds; a negative
 *			value means no maximum
 * @param[out] state	the state at the end, also after -ETIMEDOUT; NULL if the
 *			caller does not need it
 * @param size		sizeof(*state)
 * @retval 0		done
 * @retval -EINVAL	share is NULL; flags has an unknown flag; domid is
 *			reserved; or size is less than the size of the first
 *			version of the struct
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	share was inherited by fork()
 * @retval -ENOENT	no region of this open file ever had that id
 * @retval -ETIMEDOUT	timeout_ns has passed, and what flags wait for has not
 *			happened
 * @retval -EINTR	a signal came that has a handler, whether or not the
 *			handler was set with SA_RESTART
 */
int gntshare_wait(struct gntshare *share, uint64_t id, unsigned int flags,
		  uint32_t domid, int64_t timeout_ns,
		  struct gntshare_state *state, size_t size);

/**
 * Wait as gntshare_wait() does, for a region whose handle still exists.
 *
 * No other thread may destroy the region meanwhile. If another thread may do
 * so, get the id of the region beforehand, and call gntshare_wait() with it.
 *
 * @param region	the region
 * @param flags		as for gntshare_wait(), like the other parameters
 * @param domid		the peer whose entries count as held
 * @param timeout_ns	the maximum time to wait
 * @param[out] state	the state at the end
 * @param size		sizeof(*state)
 * @retval -EINVAL	region is NULL; or a reason of gntshare_wait()
 * @retval -EOPNOTSUPP	the driver has no native level
 * @return otherwise the same as gntshare_wait()
 */
int gntshare_region_wait(struct gntshare_region *region, unsigned int flags,
			 uint32_t domid, int64_t timeout_ns,
			 struct gntshare_state *state, size_t size);

/**
 * Flag of gntshare_region_destroy_event(): an event for gntshare_read_event()
 * says when the region is gone.
 */
#define GNTSHARE_DESTROY_EVENT		1u

/**
 * Flag of gntshare_region_destroy_event(): an eventfd is signalled when the
 * region is gone.
 */
#define GNTSHARE_DESTROY_EVENTFD	2u

/**
 * Destroy a region as gntshare_region_destroy() does, and be told when it is
 * gone: when nobody has it mapped here, and no peer holds an entry of it.
 *
 * Unlike gntshare_region_destroy(), a call that fails leaves the region and its
 * handle as they were, with one exception. If munmap(2) fails, for the reasons
 * that gntshare_region_destroy() gives, the region is destroyed, but the
 * mapping and the handle are left. Then call either function again.
 *
 * The function needs the native level.
 *
 * @param region	the region
 * @param flags		GNTSHARE_DESTROY_EVENT if gntshare_read_event() should
 *			return an event when the region is gone;
 *			GNTSHARE_DESTROY_EVENTFD if 1 should be added to eventfd
 *			then; both; or 0 if the program only uses
 *			gntshare_wait()
 * @param eventfd	with GNTSHARE_DESTROY_EVENTFD, a descriptor of
 *			eventfd(2), which may be closed after the call;
 *			otherwise ignored
 * @param[out] id	the region's id; NULL if the caller does not need it
 * @retval 0		done; the handle is invalid
 * @retval -EINVAL	region is NULL; flags has an unknown flag; or eventfd is
 *			not a descriptor of eventfd(2)
 * @retval -EBADF	eventfd is not open
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	the allocator was inherited by fork()
 * @retval -ENOENT	the region was destroyed through the descriptor
 * @retval -EDQUOT	the open file has 16384 events that are pending or
 *			unread, the maximum
 * @retval -ENOMEM	out of memory; or munmap(2) failed, see above
 */
int gntshare_region_destroy_event(struct gntshare_region *region,
				  unsigned int flags, int eventfd,
				  uint64_t *id);

/**
 * Event: the region with this id, which was destroyed with
 * GNTSHARE_DESTROY_EVENT, is gone.
 */
#define GNTSHARE_EVENT_GONE		1u

/**
 * Event: the guest was restored or migrated, and the id is the new generation.
 * All grants that were made before are void, and their grefs mean nothing any
 * more, including those of gntshare_region_grefs(). Regions and their memory
 * are still there, and can be granted again. gntshare_info.entries counts the
 * old entries of a region until the region is granted again, revoked or
 * destroyed. A domain id may now be the id of another domain. Therefore a
 * descriptor that was restricted to some domains cannot grant to any domain any
 * more.
 *
 * A mapping of a mapper that existed during a restore of its own domain is of
 * no use afterwards, and Linux warns in its log when it is destroyed. So unmap
 * it before the domain is saved.
 */
#define GNTSHARE_EVENT_RESTORED		2u

/**
 * An event of the driver. A later version of the library may add members at
 * the end.
 */
struct gntshare_event {
	/** GNTSHARE_EVENT_*; a program must ignore a type it does not know */
	uint32_t type;
	/** 0 */
	uint32_t reserved;
	/** the id or the generation, depending on type */
	uint64_t id;
};

/**
 * Read the next event.
 *
 * When there is an event, poll(2) reports POLLIN for gntshare_fd(). If there is
 * none, this function waits for one, unless the program has set O_NONBLOCK on
 * the descriptor. Each event is read only once, by the first reader among all
 * that use the same open file. The function needs the native level.
 *
 * Closing the descriptor does not end a call that waits, and no thread may call
 * gntshare_close() during such a call. If a program wants to be able to end the
 * thread that waits, that thread should wait in poll(2) instead. There it waits
 * for the descriptor, on which O_NONBLOCK is set, and for a pipe or an eventfd
 * of the program, to which another thread writes. Another way is to send the
 * thread a signal whose handler was set without SA_RESTART. But a signal that
 * arrives just before the call does not end the call.
 *
 * @param share		the allocator
 * @param[out] event	the event
 * @param size		sizeof(*event)
 * @retval 0		done
 * @retval -EINVAL	share or event is NULL; or size is less than the size of
 *			the first version of the struct
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	share was inherited by fork()
 * @retval -EAGAIN	there is no event, and O_NONBLOCK is set on the
 *			descriptor
 * @retval -EINTR	a signal came whose handler was set without SA_RESTART
 */
int gntshare_read_event(struct gntshare *share, struct gntshare_event *event,
			size_t size);

/** Restriction: create no more regions, and make no more grants. */
#define GNTSHARE_RESTRICT_NO_CREATE	1u

/** Restriction: at most a given number of additional pages and entries. */
#define GNTSHARE_RESTRICT_PAGES		2u

/** Restriction: grant to certain domains only. */
#define GNTSHARE_RESTRICT_DOMIDS	4u

/**
 * Addition to a restriction: notifications may still send events. Without this
 * flag every restriction takes away that right, since an event can be sent on
 * any port that any process of this domain has bound.
 */
#define GNTSHARE_RESTRICT_KEEP_SEND_EVENT	8u

/** The maximum number of domains in the list of a restriction. */
#define GNTSHARE_RESTRICT_DOMIDS_MAX	16u

/**
 * Give up for good some of the rights of the allocator's descriptor, before the
 * descriptor is passed to a less trusted program.
 *
 * A restriction holds for the open file: for this allocator, and for all
 * present and future duplicates of its descriptor, in other processes too. Each
 * call can only take away more. Regions and grants that exist already stay. The
 * function needs the native level.
 *
 * After the call, requests that are not allowed fail with -EPERM, and requests
 * for too much fail with -EDQUOT. A call of another thread or process that is
 * in progress meanwhile either takes effect before the restriction, or fails
 * with the same errors.
 *
 * Unless flags has GNTSHARE_RESTRICT_KEEP_SEND_EVENT, each restriction also
 * takes away the right to set GNTSHARE_NOTIFY_SEND_EVENT by
 * gntshare_region_notify(). Each also takes away the right to set
 * GNTSHARE_NOTIFY_CLEAR_BYTE in regions of memory that existed already, which
 * may be another process's. Notifications that were set before stay. A later
 * call cannot give back a right that an earlier call has taken away.
 *
 * @param share		the allocator
 * @param flags		GNTSHARE_RESTRICT_*, one or more
 * @param pages		with GNTSHARE_RESTRICT_PAGES, the number of additional
 *			pages, and of additional entries, that are allowed;
 *			otherwise 0
 * @param domids	with GNTSHARE_RESTRICT_DOMIDS, the peers that are still
 *			allowed, each less than 0x7FF0. If an earlier call had a
 *			list, only domains that are in both lists are allowed.
 *			After a restore or migration of the guest no domain is
 *			allowed, since an id may be another domain's then.
 * @param count		the number of domids, which may be 0; without
 *			GNTSHARE_RESTRICT_DOMIDS it must be 0
 * @retval 0		done
 * @retval -EINVAL	share is NULL; flags is 0, has an unknown flag, or has
 *			only GNTSHARE_RESTRICT_KEEP_SEND_EVENT; pages is more
 *			than UINT32_MAX; pages or count is not 0, but its flag
 *			is missing; domids is NULL, but count is not 0; or a
 *			domid is reserved
 * @retval -E2BIG	count is more than GNTSHARE_RESTRICT_DOMIDS_MAX
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	share was inherited by fork()
 */
int gntshare_restrict(struct gntshare *share, unsigned int flags, size_t pages,
		      const uint32_t *domids, size_t count);

/**
 * Map a range of the allocator's pages as one, readable and writable, whatever
 * regions they belong to.
 *
 * The view is an additional mapping: the mappings of the regions stay. If a
 * region is destroyed, those of its pages that a view maps stay, with their
 * grants, until the view is destroyed. For a peer a view makes no difference.
 *
 * @param share		the allocator
 * @param[out] out	the new view; destroy it with gntshare_view_destroy()
 *			or gntshare_close()
 * @param offset	where the range begins, in bytes:
 *			gntshare_region_offset() of the first region, or the
 *			offset of a later page of it
 * @param pages		the number of pages, 1 or more
 * @retval 0		done
 * @retval -EINVAL	share or out is NULL; offset is not a multiple of the
 *			page size; pages is 0, or more than UINT32_MAX, or their
 *			size in bytes does not fit in a size_t
 * @retval -EPERM	share was inherited by fork()
 * @retval -ENOENT	one of the pages does not belong to any region
 * @retval -ENODEV	one of the pages belongs to a region of memory that
 *			existed already, which cannot be mapped here
 * @retval -ENOMEM	out of memory, or of address space
 * @retval -EINTR	a signal is killing the process
 */
int gntshare_view_create(struct gntshare *share, struct gntshare_view **out,
			 uint64_t offset, size_t pages);

/**
 * Tell where a view is mapped. In a child of fork() nothing is mapped at that
 * address.
 *
 * @param view	the view, not NULL
 * @return the address of the first byte, aligned to a page
 */
void *gntshare_view_address(const struct gntshare_view *view);

/**
 * Tell the size of a view.
 *
 * @param view	the view, not NULL
 * @return the size in bytes
 */
size_t gntshare_view_size(const struct gntshare_view *view);

/**
 * Unmap a view.
 *
 * Afterwards the handle is invalid, whatever is returned. In a child of fork()
 * the function does nothing, and returns 0.
 *
 * @param view	the view; if it is NULL, nothing is done
 * @retval 0	done
 * @return otherwise the error of munmap(2), see gntshare_region_destroy()
 */
int gntshare_view_destroy(struct gntshare_view *view);

/* Grefs as text */

/** A number of bytes that is enough for the text of any count grefs. */
#define GNTSHARE_GREFS_TEXT_SIZE(count)	((size_t)(count) * 11)

/**
 * Write grefs as text. Consecutive grefs are written as a range, by their first
 * and last: the text for the grefs 8, 9, 10 and 80 is "8-10,80".
 *
 * The function is thread-safe, and works in a child of fork() too.
 *
 * @param grefs		the grefs, in the order in which the peer needs them
 * @param count		the number of grefs, 1 or more
 * @param[out] text	the text, with a null byte at its end
 * @param size		the room for the text, in bytes
 * @retval 0		done
 * @retval -EINVAL	grefs or text is NULL; or count is 0
 * @retval -ENOSPC	there is not enough room; text is unchanged
 */
int gntshare_grefs_format(const uint32_t *grefs, size_t count, char *text,
			  size_t size);

/**
 * Read grefs from a text in the format of gntshare_grefs_format(), and in no
 * other format. The text consists of decimal numbers without leading zeros or
 * signs, and of ranges of such numbers whose last is greater than their first.
 * There is one comma between two of them, and nothing else.
 *
 * The text may come from a peer that is not trusted. A short text can stand
 * for very many grefs, so set room to no more than the peer may ask for. The
 * function is thread-safe, and works in a child of fork() too.
 *
 * @param text		the text
 * @param[out] grefs	the grefs, in the order of the text; or NULL if they
 *			should only be counted
 * @param room		how many grefs there is room for; ignored if grefs is
 *			NULL
 * @param[out] count	the number of grefs
 * @retval 0		done
 * @retval -EINVAL	text or count is NULL; or the text is empty, or does not
 *			have that format
 * @retval -ENOSPC	there are more grefs than room, or more than a size_t
 *			can count
 */
int gntshare_grefs_parse(const char *text, uint32_t *grefs, size_t room,
			 size_t *count);

/* The mapping side */

/**
 * Open a mapper.
 *
 * The library checks that path is the device, as in gntshare_open(). Its driver
 * is the kernel's xen-gntdev.
 *
 * @param[out] out	the new mapper; close it with
 *			gntshare_mapper_close()
 * @param path		the device node, or NULL for /dev/xen/gntdev
 * @return 0, or an error of gntshare_open(). As for -EACCES: by default this
 *	node belongs to root alone, even where the node of gntalloc has a group
 *	(gntshare(7), PERMISSIONS).
 */
int gntshare_mapper_open(struct gntshare_mapper **out, const char *path);

/**
 * Destroy the mappings that are left, then close the mapper.
 *
 * Afterwards the mapper's handle and the handles of its mappings are invalid,
 * whatever is returned. In a child of fork() only the child's copies are freed,
 * see "fork()" above.
 *
 * @param mapper	the mapper; if it is NULL, nothing is done
 * @retval 0	done
 * @return otherwise the first error of gntshare_mapping_destroy() or close(2);
 *	everything else was destroyed and closed all the same
 */
int gntshare_mapper_close(struct gntshare_mapper *mapper);

/**
 * Get the mapper's descriptor. It belongs to the mapper, in the same way as the
 * descriptor of gntshare_fd() belongs to the allocator.
 *
 * @param mapper	the mapper, not NULL
 * @return the descriptor
 */
int gntshare_mapper_fd(const struct gntshare_mapper *mapper);

/**
 * Map pages that a peer shares with this domain.
 *
 * The mapping is one range of addresses, with the pages in the order of grefs.
 * The grefs may belong to several regions of the peer. Either all pages are
 * mapped or none.
 *
 * Two limitations come from xen-gntdev, whatever library is used: futex(2)
 * fails with EFAULT for a process-shared futex in a mapping; and in a PV domain
 * an access to a mapping raises SIGBUS after mprotect(2) or mremap(2) of it. A
 * mapping does not survive a save and restore, or a migration, of this domain:
 * destroy it before.
 *
 * @param mapper	the mapper
 * @param[out] out	the new mapping; destroy it with
 *			gntshare_mapping_destroy() or gntshare_mapper_close()
 * @param domid		the peer that shares them, less than 0x7FF0
 * @param grefs		count grefs of the peer; the array is not used after the
 *			call
 * @param count		the number of grefs, 1 or more
 * @param flags		0 to map read-only, or GNTSHARE_WRITABLE
 * @retval 0		done
 * @retval -EINVAL	from the library: mapper, out or grefs is NULL; domid is
 *			reserved; count is 0, or more than UINT32_MAX, or the
 *			size of the pages in bytes does not fit in a size_t; or
 *			flags has an unknown flag. From the kernel: count is
 *			more than xen-gntdev's parameter "limit" (65536 unless
 *			changed), or Xen refused at least one gref. Xen does so
 *			if the page is not granted to this domain, or is granted
 *			read-only while flags has GNTSHARE_WRITABLE, or if the
 *			other domain does not exist, or if this domain can have
 *			no more mappings (max_maptrack_frames, gntalloc(4)). The
 *			kernel does not say which gref was refused, and why;
 *			none of the others stays mapped
 * @retval -ENOTTY	this is a 32-bit program on a 64-bit kernel, which
 *			xen-gntdev does not support
 * @retval -EPERM	mapper was inherited by fork()
 * @retval -ENOMEM	out of memory, or of address space
 */
int gntshare_mapping_create(struct gntshare_mapper *mapper,
			    struct gntshare_mapping **out, uint32_t domid,
			    const uint32_t *grefs, size_t count,
			    unsigned int flags);

/**
 * Tell where the peer's pages are mapped.
 *
 * In a child of fork() nothing is mapped at that address.
 *
 * @param mapping	the mapping, not NULL
 * @return the address of the first byte, aligned to a page
 */
void *gntshare_mapping_address(const struct gntshare_mapping *mapping);

/**
 * Tell the size of a mapping.
 *
 * @param mapping	the mapping, not NULL
 * @return the size in bytes
 */
size_t gntshare_mapping_size(const struct gntshare_mapping *mapping);

/**
 * Tell the number of pages of a mapping.
 *
 * @param mapping	the mapping, not NULL
 * @return the number of grefs that it was created with
 */
size_t gntshare_mapping_pages(const struct gntshare_mapping *mapping);

/**
 * Set the notification of a mapping: what the driver does when the mapping
 * ends. That is when it was destroyed, and also when this process was killed.
 * By the notification, the peer learns that its pages are not mapped any more.
 *
 * A mapping has one notification, not one for each page: a later call replaces
 * it, whatever its offset is (drivers/xen/gntdev.c keeps one notification for
 * all pages of one call). The driver carries it out once.
 *
 * @param mapping	the mapping
 * @param offset	the offset of a byte in the mapping; with
 *			GNTSHARE_NOTIFY_CLEAR_BYTE, this byte becomes 0
 * @param actions	GNTSHARE_NOTIFY_CLEAR_BYTE, GNTSHARE_NOTIFY_SEND_EVENT,
 *			both, or 0 to clear the notification
 * @param port		as in gntshare_region_notify()
 * @retval 0		done
 * @retval -EINVAL	mapping is NULL; offset is outside the mapping; actions
 *			has an unknown flag; the port is not bound; or the byte
 *			to clear is in a read-only mapping
 * @retval -EPERM	the mapper was inherited by fork()
 */
int gntshare_mapping_notify(struct gntshare_mapping *mapping, size_t offset,
			    unsigned int actions, uint32_t port);

/**
 * Unmap the peer's pages.
 *
 * Afterwards the handle is invalid, whatever is returned. The errors have the
 * same meaning as those of gntshare_region_destroy(). In a child of fork() the
 * function does nothing, and returns 0.
 *
 * @param mapping	the mapping; if it is NULL, nothing is done
 * @retval 0	done
 * @return otherwise the first error of munmap(2) or of the device
 */
int gntshare_mapping_destroy(struct gntshare_mapping *mapping);

/**
 * Export pages that a peer shares with this domain as a dma-buf, which other
 * drivers can use.
 *
 * The kernel's xen-gntdev maps the pages, and makes the dma-buf. Few kernels
 * have this: it is built with CONFIG_XEN_GNTDEV_DMABUF. A program cannot map
 * the dma-buf by mmap(2), so the pages need a gntshare_mapping_create(), too, if
 * this program is to access them.
 *
 * The dma-buf keeps the peer's pages mapped until it is closed and no driver
 * uses it any more, also after gntshare_mapper_close(). While it is used, the
 * mapper's open file stays, too.
 *
 * @param mapper	the mapper
 * @param domid		the peer that shares the pages, less than 0x7FF0
 * @param grefs		count grefs of the peer, which has granted them for
 *			writing; the array is not used after the call
 * @param count		the number of grefs, 1 or more
 * @param flags		GNTSHARE_WRITABLE
 * @param[out] fd	a new descriptor of the dma-buf, which execve() closes
 * @retval 0		done
 * @retval -EINVAL	from the library: mapper, grefs or fd is NULL; domid is
 *			reserved; count is 0, or more than UINT32_MAX, or the
 *			size of the pages in bytes does not fit in a size_t; or
 *			flags has an unknown flag. From the kernel: this is a PV
 *			domain; or any domain of x86, since xen-gntdev asks
 *			there, up to Linux 6.1 at least, for a mapping for
 *			devices, which Xen refuses (GNTMAP_device_map in
 *			xen/common/grant_table.c); count is more than
 *			xen-gntdev's parameter "limit"; or Xen refused at least
 *			one gref, for one of the reasons of
 *			gntshare_mapping_create()
 * @retval -EOPNOTSUPP	flags does not have GNTSHARE_WRITABLE: xen-gntdev has no
 *			dma-buf that may only be read; or the kernel was built
 *			without such dma-bufs; or this is a 32-bit program on a
 *			64-bit kernel
 * @retval -EPERM	mapper was inherited by fork()
 * @retval -EMFILE	the process has too many open files
 * @retval -ENOMEM	out of memory
 */
int gntshare_mapper_export(struct gntshare_mapper *mapper, uint32_t domid,
			   const uint32_t *grefs, size_t count,
			   unsigned int flags, int *fd);

#ifdef __cplusplus
}
#endif

#endif /* GNTSHARE_H */
