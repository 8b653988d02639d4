/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * @file gntshare.h
 * Share memory with another Xen domain, from a program.
 *
 * Both ends are here. A program that shares opens the allocator
 * (gntshare_open()), shares a region with one peer domain, and tells the
 * peer the region's grefs by a way of its own, usually xenstore. The peer
 * opens a mapper (gntshare_mapper_open()), and maps the grefs. From then on
 * both see the same pages. The overview with programs is in gntshare(7).
 *
 * @par Drivers
 * The allocator runs on the module xen-gntalloc of this project and on the
 * driver of the same name in the kernel tree. Functions that are said to need
 * the native level, which only the module has, return -EOPNOTSUPP on another
 * driver; gntshare_info() tells beforehand. If a driver is older than the
 * library, what it does not know is refused by -EINVAL or -E2BIG, and what it
 * can not say is 0.
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
 * Handles of different allocators and mappers have nothing in common. Any
 * number of threads may call functions on one handle at the same time, also
 * such as create and destroy what belongs to it. But a handle must not be
 * destroyed or closed while another thread uses it: closing an
 * allocator is a use of all its regions and views.
 *
 * @par fork()
 * Handles stay with the process that opened the allocator or mapper. In a
 * child the memory of regions, views and mappings is not there
 * (MADV_DONTFORK), and calls which would make, change or ask for something
 * return -EPERM. To destroy a region, view or mapping in a child does nothing
 * and returns 0. To close an allocator or mapper in a child closes the child's
 * descriptor, frees the child's copy of the handle and of all that belong to
 * it, and touches nothing of the parent's. A child that lives on without
 * calling exec should do that: the device does not see the allocator as closed
 * while a descriptor is left. Descriptors are opened with O_CLOEXEC, so exec
 * needs nothing. In a child of vfork(), which runs in its parent's memory, no
 * function may be called.
 *
 * A fork() by one thread while another is inside a function that creates can
 * give the child a mapping that was too new to be kept from it. It goes when
 * the child exits or calls exec.
 *
 * @par Signals
 * No function may be called from a signal handler. None returns early because
 * of a signal, but for one that kills the process, and those that wait:
 * gntshare_wait() and gntshare_region_wait(), whenever it has a handler, and
 * gntshare_read_event(), unless that was set with SA_RESTART.
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

/** A mapping of any range of an allocator's pages, of several regions too. */
struct gntshare_view;

/** The mapper: one open file of /dev/xen/gntdev, and its mappings. */
struct gntshare_mapper;

/** Pages of a peer, mapped here. */
struct gntshare_mapping;

/**
 * Flag of gntshare_region_share() and gntshare_region_grant(): the peer may
 * write to the pages. Flag of gntshare_mapping_create(): this side may write
 * to them; that needs a region which its owner made writable.
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
 * @param[out] out	the new allocator; close it with gntshare_close()
 * @param path		the device node, or NULL for /dev/xen/gntalloc
 * @retval 0		done
 * @retval -EINVAL	out is NULL
 * @retval -ENOENT	no such path: the module is not loaded, or this is not
 *			a Xen domain
 * @retval -EACCES	no permission for the path; by default the node
 *			belongs to root, and to the group gntalloc where the
 *			module's package is installed (gntalloc(4),
 *			PERMISSIONS)
 * @retval -ENODEV	the path is something else than the device, or is its
 *			node while the driver is not loaded
 * @retval -EMFILE	the process has too many open files
 * @retval -ENFILE	the system has
 * @retval -ENOMEM	out of memory
 */
int gntshare_open(struct gntshare **out, const char *path);

/**
 * Make an allocator of a descriptor that came from somewhere else, such as
 * from another process by SCM_RIGHTS.
 *
 * That it is the device's is checked as in gntshare_open(). The open file may
 * be used by others too: then all of them share its offsets, its events and
 * its bounds, and none of them sees the others' regions as handles.
 *
 * @param[out] out	the new allocator; close it with gntshare_close()
 * @param fd		the descriptor. It belongs to the allocator when the
 *			call succeeds, and is closed on exec then; when it
 *			fails it is the caller's, as it was.
 * @retval 0		done
 * @retval -EINVAL	out is NULL
 * @retval -EBADF	fd is not open
 * @retval -ENODEV	fd is something else than the device
 * @retval -EMFILE	the process has too many open files
 * @retval -ENFILE	the system has
 * @retval -ENOMEM	out of memory
 */
int gntshare_adopt(struct gntshare **out, int fd);

/**
 * Destroy the regions and views that are left, then close the allocator.
 *
 * The handle and theirs are gone afterwards, whatever is returned. In a child
 * only the child's copies are freed, see above.
 *
 * @param share	the allocator, or NULL: then nothing is done
 * @retval 0	done
 * @return otherwise the first error that gntshare_region_destroy(),
 *	gntshare_view_destroy() or close(2) met; the rest was released all the
 *	same
 */
int gntshare_close(struct gntshare *share);

/**
 * The allocator's descriptor: for poll(2), see gntshare_read_event(), or to
 * pass it to another process, see gntshare_restrict() and gntshare_adopt().
 *
 * It belongs to the allocator: do not close it, nor deallocate through it
 * what a region holds. Thread-safe; works in a child too.
 *
 * @param share	the allocator, not NULL
 * @return the descriptor
 */
int gntshare_fd(const struct gntshare *share);

/**
 * Share new pages, all zero, with a peer, and map them here, readable and
 * writable.
 *
 * Where the driver has a native level the region has an id, see
 * gntshare_region_id(), and can be waited for and destroyed with
 * gntshare_region_wait() and gntshare_region_destroy_event().
 *
 * The mapping is one range of addresses. The grefs are in the order of the
 * pages, but are not consecutive numbers in general. The peer need not exist
 * yet.
 *
 * A futex that processes share is EFAULT in a region, on every driver: a mutex
 * or semaphore there can only be one of a single process's threads.
 *
 * @param share		the allocator
 * @param[out] out	the new region; destroy it with
 *			gntshare_region_destroy(),
 *			gntshare_region_destroy_event() or gntshare_close()
 * @param domid		the peer, less than 0x7FF0 (DOMID_FIRST_RESERVED in
 *			Xen's public header xen.h)
 * @param pages		how many pages, 1 or more
 * @param flags		0: the peer may only read; or GNTSHARE_WRITABLE
 * @retval 0		done
 * @retval -EINVAL	share or out is NULL; domid is reserved; pages is 0, or
 *			more than UINT32_MAX, or that many bytes do not fit
 *			in a size_t; unknown flags
 * @retval -EPERM	share was inherited by fork(); or its descriptor was
 *			restricted to other domains, or to no more regions,
 *			see gntshare_restrict()
 * @retval -EDQUOT	a bound is reached, draining pages included: the
 *			module's parameter "limit" or "quota", or that of a
 *			restricted descriptor
 * @retval -ENOSPC	the domain's grant table is full, but for the module's
 *			"headroom"; or, on the driver in the kernel tree, its
 *			limit is reached
 * @retval -ENOMEM	out of memory, or of address space
 * @retval -EINTR	a signal is killing the process
 */
int gntshare_region_share(struct gntshare *share, struct gntshare_region **out,
			  uint32_t domid, size_t pages, unsigned int flags);

/**
 * Where a region is mapped.
 *
 * In a child of fork() nothing is mapped there.
 *
 * @param region	the region, not NULL
 * @return the address of the first byte, aligned to a page
 */
void *gntshare_region_address(const struct gntshare_region *region);

/**
 * The size of a region.
 *
 * @param region	the region, not NULL
 * @return the size in bytes
 */
size_t gntshare_region_size(const struct gntshare_region *region);

/**
 * The number of pages of a region.
 *
 * @param region	the region, not NULL
 * @return the number that it was created with
 */
size_t gntshare_region_pages(const struct gntshare_region *region);

/**
 * What the peer needs to map a region.
 *
 * @param region	the region, not NULL
 * @return as many grefs (grant_ref_t in Xen's public header grant_table.h) as
 *	the region has pages, in their order; they belong to the region and
 *	go with it. After a restore or migration of the guest they mean
 *	nothing. NULL for a region of gntshare_region_create(), which has such
 *	as gntshare_region_grant() gave.
 */
const uint32_t *gntshare_region_grefs(const struct gntshare_region *region);

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
 * @param region	the region
 * @param offset	a byte of the region: it chooses the page, and with
 *			GNTSHARE_NOTIFY_CLEAR_BYTE it is the byte that becomes
 *			0
 * @param actions	GNTSHARE_NOTIFY_CLEAR_BYTE, GNTSHARE_NOTIFY_SEND_EVENT,
 *			both, or 0 to clear the page's notification
 * @param port		with GNTSHARE_NOTIFY_SEND_EVENT a local port that a
 *			process of this domain has bound through
 *			/dev/xen/evtchn (evtchn_port_t in Xen's public header
 *			event_channel.h); otherwise ignored. It stays bound
 *			for as long as the notification is there.
 * @retval 0		done
 * @retval -EINVAL	region is NULL; offset is outside the region; unknown
 *			actions; the port is not bound
 * @retval -ENOENT	the page was deallocated through the descriptor
 * @retval -ENOMEM	out of memory
 * @retval -EPERM	the allocator was inherited by fork(); or actions has
 *			GNTSHARE_NOTIFY_SEND_EVENT, and the descriptor was
 *			restricted without GNTSHARE_RESTRICT_KEEP_SEND_EVENT
 */
int gntshare_region_notify(struct gntshare_region *region, size_t offset,
			   unsigned int actions, uint32_t port);

/**
 * Stop sharing: unmap the region here, and end its grants.
 *
 * A page that a view or another process maps stays, with its grants, until that
 * mapping goes; they cannot be revoked meanwhile. If the peer must lose its
 * access as soon as possible, call gntshare_region_revoke() first.
 *
 * Does not wait for the peer. Pages that the peer still has mapped stay
 * intact for it, count toward the module's limit, and are freed once it has
 * unmapped them. Until then it can map them again, with all rights of the
 * grant; what it has not mapped it can not map any more.
 *
 * The handle is gone afterwards, whatever is returned. An error can only mean
 * that the program unmapped, or deallocated through the descriptor, something
 * that the library holds, or that the process has reached the number of
 * mappings that the kernel allows (-ENOMEM). Then as much as possible was
 * undone, and what was not goes with the allocator's close or, if the
 * memory could not be unmapped, with the process.
 *
 * In a child of fork() nothing is done, and 0 returned.
 *
 * @param region	the region, or NULL: then nothing is done
 * @retval 0	done
 * @return otherwise the first error of munmap(2) or of the device
 */
int gntshare_region_destroy(struct gntshare_region *region);

/* The sharing side, with the native level of the driver */

/** Feature: there is a native level; without it all else is not known. */
#define GNTSHARE_FEATURE_NATIVE		1u

/** Feature: GNTSHARE_CONSECUTIVE can succeed with this driver. */
#define GNTSHARE_FEATURE_CONSECUTIVE	2u

/** Feature: it is noticed when the guest is restored or migrated. */
#define GNTSHARE_FEATURE_GENERATION	4u

/**
 * What a driver can do, and how full it is. A later version of the library
 * may add members at the end.
 */
struct gntshare_info {
	/** GNTSHARE_FEATURE_*; what follows is 0 without the native one */
	uint64_t features;
	/** grows each time that the guest is restored or migrated */
	uint64_t generation;
	/** the most pages, and the most grant entries, of all programs */
	uint32_t limit;
	/** the same for each user; 0: no bound */
	uint32_t quota;
	/** pages of all programs that are allocated or mapped */
	uint32_t pages;
	/**
	 * grant entries of all programs, draining ones included, and after a
	 * restore or migration those of before, until their region is granted
	 * again, revoked or destroyed
	 */
	uint32_t grants;
	/** those of them that are to end, and that a peer still holds */
	uint32_t draining;
	/** pages of the user who opened the device */
	uint32_t user_pages;
	/** grant entries of that user */
	uint32_t user_grants;
	/** how many free entries are left to the kernel's own frontends */
	uint32_t headroom;
};

/**
 * Ask the driver what it can do, and how full it is.
 *
 * Works on every driver.
 *
 * @param share		the allocator
 * @param[out] info	the answer
 * @param size		sizeof(*info)
 * @retval 0		done; with features 0 the driver has no native level
 * @retval -EINVAL	share or info is NULL; size is less than that of the
 *			first version of the struct
 * @retval -EPERM	share was inherited by fork()
 */
int gntshare_info(struct gntshare *share, struct gntshare_info *info,
		  size_t size);

/** For gntshare_region_create(): the driver chooses the offset. */
#define GNTSHARE_ANY_OFFSET		UINT64_MAX

/**
 * Allocate pages, all zero, that are granted to nobody yet, and map them
 * here, readable and writable.
 *
 * gntshare_region_grant() lets peers have them. The open file of the device is
 * one space of offsets, and the region can be put at a certain place in it:
 * regions without a gap between them can be mapped as one by
 * gntshare_view_create(). Needs the native level.
 *
 * @param share		the allocator
 * @param[out] out	the new region; destroy it with
 *			gntshare_region_destroy(),
 *			gntshare_region_destroy_event() or gntshare_close()
 * @param pages		how many pages, 1 or more
 * @param offset	where, in bytes, a multiple of the page size; or
 *			GNTSHARE_ANY_OFFSET
 * @retval 0		done
 * @retval -EINVAL	share or out is NULL; pages is 0, or more than
 *			UINT32_MAX, or that many bytes do not fit in a size_t;
 *			offset is not a multiple of the page size
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	share was inherited by fork(); or its descriptor was
 *			restricted to no more regions
 * @retval -EEXIST	a region is there already, or a view still maps one
 *			that was
 * @retval -EOVERFLOW	the region does not fit behind offset
 * @retval -EDQUOT	a bound on pages is reached: the module's parameter
 *			"limit" or "quota", or that of a restricted descriptor
 * @retval -ENOMEM	out of memory, or of address space
 * @retval -EINTR	a signal is killing the process
 */
int gntshare_region_create(struct gntshare *share, struct gntshare_region **out,
			   size_t pages, uint64_t offset);

/**
 * Where a region is in the allocator's space of offsets.
 *
 * @param region	the region, not NULL
 * @return the offset of its first page, in bytes
 */
uint64_t gntshare_region_offset(const struct gntshare_region *region);

/**
 * By what name the driver knows a region, also when its handle is gone.
 *
 * @param region	the region, not NULL
 * @return its id, which no other region of the same open file ever has; 0 if
 *	the driver has no native level, and so no ids
 */
uint64_t gntshare_region_id(const struct gntshare_region *region);

/** Flag of gntshare_region_grant(): only with consecutive grefs. */
#define GNTSHARE_CONSECUTIVE		2u

/**
 * Let a peer have pages of a region.
 *
 * Other peers keep what they have. A page may be granted to one peer more than
 * once, and has other grefs each time. The peer learns the grefs by a way of
 * the program's own, see gntshare_region_share(); gntshare_grefs_format()
 * makes a short text of them. The driver takes consecutive ones if they are the
 * next to be had; with GNTSHARE_CONSECUTIVE it searches for them, and takes no
 * others: then the first and the number of pages say it all. The first grant of
 * pages of a region after a restore or migration ends the old ones of that
 * region, which are of no use.
 *
 * Needs the native level; the region may be one of gntshare_region_share().
 *
 * @param region	the region
 * @param first		the number of the first page; 0 is the region's first
 * @param pages		how many pages, 1 or more
 * @param domid		the peer, less than 0x7FF0
 * @param flags		0 or GNTSHARE_WRITABLE, with GNTSHARE_CONSECUTIVE or not
 * @param[out] grefs	room for as many grefs as pages; they come in the order
 *			of the pages. If the call fails they mean nothing.
 * @retval 0		done
 * @retval -EINVAL	region or grefs is NULL; the region has not all of the
 *			pages, or there are none; domid is reserved; unknown
 *			flags
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	the allocator was inherited by fork(); or its
 *			descriptor was restricted to other domains, or to no
 *			more grants, see gntshare_restrict()
 * @retval -ENOENT	some of the pages were deallocated, through the
 *			descriptor
 * @retval -EDQUOT	a bound on grant entries is reached, see
 *			gntshare_region_create(); draining entries count
 * @retval -ENOSPC	the grant table is full, but for the module's
 *			"headroom"; with GNTSHARE_CONSECUTIVE perhaps only in
 *			pieces
 * @retval -ENOMEM	out of memory
 * @retval -EINTR	a signal is killing the process
 */
int gntshare_region_grant(struct gntshare_region *region, size_t first,
			  size_t pages, uint32_t domid, unsigned int flags,
			  uint32_t *grefs);

/**
 * End what a peer was granted of some pages, and leave the others theirs.
 *
 * What the peer has not mapped at this moment it can not map any more. What it
 * has mapped stays as it is for it, and its entries drain: they end when it
 * lets go, for which gntshare_region_wait() can wait. Until then it can map
 * those pages again, with all rights of the grant: to write, if that was
 * granted, even if its mapping so far is read-only. That is Xen's rule for an
 * entry in use. So the memory is out of the peer's reach when held is 0, now or
 * after a wait, and not before.
 *
 * Needs the native level; the region may be one of gntshare_region_share().
 *
 * @param region	the region
 * @param first		the number of the first page
 * @param pages		how many pages, 1 or more
 * @param domid		the peer, less than 0x7FF0
 * @param[out] held	how many entries of the region, of these and other
 *			pages, that peer holds although they were to end; NULL
 *			if that does not matter
 * @retval 0		done
 * @retval -EINVAL	region is NULL; the region has not all of the pages, or
 *			there are none; domid is reserved
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	the allocator was inherited by fork()
 * @retval -ENOENT	none of the pages is granted to that peer
 */
int gntshare_region_revoke(struct gntshare_region *region, size_t first,
			   size_t pages, uint32_t domid, size_t *held);

/** State of a region: some of its pages are allocated or mapped here. */
#define GNTSHARE_STATE_LIVE		1u

/** State of a region: none is, but a peer holds entries. */
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
	 * how many entries peers hold that were to end; until it is 0 they can
	 * map those pages again, with all rights of the grant
	 */
	uint32_t held;
};

/**
 * Wait until no entry is held any more that was to end. Without a revoke there
 * is none, so that this is over at once, though the peer may have the memory
 * mapped and write to it: the kernel has no way to ask that of a grant that is
 * live.
 */
#define GNTSHARE_WAIT_RELEASED		1u

/** Wait until the region is gone. */
#define GNTSHARE_WAIT_GONE		2u

/** For gntshare_wait() and gntshare_region_wait(): all peers. */
#define GNTSHARE_ANY_DOMID		UINT32_MAX

/**
 * Ask for the state of a region that may be destroyed already, and wait for
 * another one.
 *
 * Several threads may wait, for the same region too. Needs the native level.
 *
 * @param share		the allocator
 * @param id		the region's, see gntshare_region_id()
 * @param flags		GNTSHARE_WAIT_RELEASED, GNTSHARE_WAIT_GONE, both, or
 *			0 not to wait
 * @param domid		only entries of this peer count as held, less than
 *			0x7FF0; or GNTSHARE_ANY_DOMID
 * @param timeout_ns	how long to wait at the most, in nanoseconds; negative:
 *			for ever
 * @param[out] state	the state at the end, with -ETIMEDOUT too; NULL if it
 *			does not matter
 * @param size		sizeof(*state)
 * @retval 0		done
 * @retval -EINVAL	share is NULL; unknown flags; domid is reserved;
 *			size is less than that of the first version of the
 *			struct
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	share was inherited by fork()
 * @retval -ENOENT	no region of this open file ever had that id
 * @retval -ETIMEDOUT	it is not so yet
 * @retval -EINTR	a signal came that has a handler, whether that was set
 *			with SA_RESTART or not
 */
int gntshare_wait(struct gntshare *share, uint64_t id, unsigned int flags,
		  uint32_t domid, int64_t timeout_ns,
		  struct gntshare_state *state, size_t size);

/**
 * The same for a region that is not destroyed.
 *
 * No other thread may destroy the region meanwhile: who wants to wait for that
 * takes its id, and gntshare_wait().
 *
 * @param region	the region
 * @param flags		as for gntshare_wait(), like those that follow
 * @param domid		the peer whose entries count
 * @param timeout_ns	how long to wait
 * @param[out] state	the state at the end
 * @param size		sizeof(*state)
 * @retval -EINVAL	region is NULL; and as for gntshare_wait()
 * @retval -EOPNOTSUPP	the driver has no native level
 * @return otherwise as gntshare_wait()
 */
int gntshare_region_wait(struct gntshare_region *region, unsigned int flags,
			 uint32_t domid, int64_t timeout_ns,
			 struct gntshare_state *state, size_t size);

/** Flag of gntshare_region_destroy_event(): an event tells when it is gone. */
#define GNTSHARE_DESTROY_EVENT		1u

/** Flag of gntshare_region_destroy_event(): an eventfd does. */
#define GNTSHARE_DESTROY_EVENTFD	2u

/**
 * Destroy a region as gntshare_region_destroy() does, and be told when it is
 * gone: when it is mapped by nobody here, and no peer holds an entry of it.
 *
 * Unlike gntshare_region_destroy(), this leaves the region and its handle as
 * they were if it fails; with one exception. If it is munmap(2) that fails,
 * which happens where gntshare_region_destroy() says, only the mapping and
 * the handle are left: call either function again.
 *
 * Needs the native level.
 *
 * @param region	the region
 * @param flags		GNTSHARE_DESTROY_EVENT: gntshare_read_event() will
 *			say so; GNTSHARE_DESTROY_EVENTFD: 1 is added to
 *			eventfd then; both; or 0, for gntshare_wait() alone
 * @param eventfd	with GNTSHARE_DESTROY_EVENTFD, a descriptor of
 *			eventfd(2), which may be closed afterwards; otherwise
 *			ignored
 * @param[out] id	the region's id; NULL if it does not matter
 * @retval 0		done; the handle is gone
 * @retval -EINVAL	region is NULL; unknown flags; eventfd is something else
 * @retval -EBADF	eventfd is not open
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	the allocator was inherited by fork()
 * @retval -ENOENT	the region was destroyed through the descriptor
 * @retval -EDQUOT	16384 events are to come, or were not read
 * @retval -ENOMEM	out of memory; or see above
 */
int gntshare_region_destroy_event(struct gntshare_region *region,
				  unsigned int flags, int eventfd,
				  uint64_t *id);

/** Event: the region with this id, destroyed with an event, is gone. */
#define GNTSHARE_EVENT_GONE		1u

/**
 * Event: the guest was restored or migrated, and the id is the new generation.
 * All grants that were made before are gone, all grefs mean nothing any more,
 * those of gntshare_region_grefs() included. Regions and their memory are there
 * as before, and can be granted again; until they are, or are revoked or
 * destroyed, gntshare_info.grants counts the old grants. Domain ids, too, may
 * be other domains' now: a descriptor that was restricted to some grants to
 * none.
 *
 * A mapping of a mapper that lived through a restore of its own domain is of no
 * use, and Linux warns in its log when it is destroyed: unmap before a save.
 */
#define GNTSHARE_EVENT_RESTORED		2u

/**
 * Something that has happened. A later version of the library may add members
 * at the end.
 */
struct gntshare_event {
	/** GNTSHARE_EVENT_*; what is not known is to be ignored */
	uint32_t type;
	/** 0 */
	uint32_t reserved;
	/** see type */
	uint64_t id;
};

/**
 * Read the next event.
 *
 * poll(2) says POLLIN of gntshare_fd() when there is one. If there is none,
 * this waits, unless the program has set O_NONBLOCK on the descriptor. Each
 * event is read once, by whoever of those that use the same open file comes
 * first. Needs the native level.
 *
 * To close the descriptor does not end a call that waits, and gntshare_close()
 * must not be called while there is one. A thread that is to be ended waits in
 * poll(2) instead, for the descriptor, which has O_NONBLOCK, and for a pipe or
 * an eventfd of the program's own, to which another thread writes. Or it is
 * sent a signal, whose handler was set without SA_RESTART; but one that comes
 * just before the call does not end it.
 *
 * @param share		the allocator
 * @param[out] event	what has happened
 * @param size		sizeof(*event)
 * @retval 0		done
 * @retval -EINVAL	share or event is NULL; size is less than that of the
 *			first version of the struct
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	share was inherited by fork()
 * @retval -EAGAIN	there is none, and the descriptor does not wait
 * @retval -EINTR	a signal came, whose handler was not set with
 *			SA_RESTART
 */
int gntshare_read_event(struct gntshare *share, struct gntshare_event *event,
			size_t size);

/** Restriction: no more regions, and no more grants. */
#define GNTSHARE_RESTRICT_NO_CREATE	1u

/** Restriction: so many pages and grant entries more than there are. */
#define GNTSHARE_RESTRICT_PAGES		2u

/** Restriction: grants to certain domains only. */
#define GNTSHARE_RESTRICT_DOMIDS	4u

/**
 * With a restriction: notifications may still send events. Without it each
 * restriction ends that, since an event can be sent on any port that a process
 * of this domain has bound, whoever that is.
 */
#define GNTSHARE_RESTRICT_KEEP_SEND_EVENT	8u

/** The most domains that can be listed. */
#define GNTSHARE_RESTRICT_DOMIDS_MAX	16u

/**
 * Give up, for good, some of what the allocator's descriptor allows, before it
 * is handed to a program that is trusted less.
 *
 * It is for the open file: for this allocator, and for all descriptors that
 * are or will be duplicates of its own, in other processes too. Each call can
 * only take away more. What is there already stays. Needs the native level.
 *
 * What is not allowed fails with -EPERM then, and what is too much with
 * -EDQUOT. Calls of other threads and processes that are under way have been
 * made before the restriction, or fail likewise.
 *
 * Each restriction also takes away that gntshare_region_notify() sets
 * GNTSHARE_NOTIFY_SEND_EVENT, unless GNTSHARE_RESTRICT_KEEP_SEND_EVENT is in
 * flags, too. What was set before stays; what was taken away by an earlier call
 * does not come back.
 *
 * @param share		the allocator
 * @param flags		GNTSHARE_RESTRICT_*, one or more
 * @param pages		with GNTSHARE_RESTRICT_PAGES, how many more pages, and
 *			how many more entries; otherwise 0
 * @param domids	with GNTSHARE_RESTRICT_DOMIDS, the peers that are left,
 *			each less than 0x7FF0; if a call before has listed
 *			some, those that are in both lists are. After a
 *			restore or migration of the guest no domain is: an id
 *			may be another one's then.
 * @param count		how many domids: none is fine; without that flag 0
 * @retval 0		done
 * @retval -EINVAL	share is NULL; unknown flags, or none, or only
 *			GNTSHARE_RESTRICT_KEEP_SEND_EVENT; pages is more than
 *			UINT32_MAX; pages or count without its flag; domids is
 *			NULL though count is not 0; a domid is reserved
 * @retval -E2BIG	count is more than GNTSHARE_RESTRICT_DOMIDS_MAX
 * @retval -EOPNOTSUPP	the driver has no native level
 * @retval -EPERM	share was inherited by fork()
 */
int gntshare_restrict(struct gntshare *share, unsigned int flags, size_t pages,
		      const uint32_t *domids, size_t count);

/**
 * Map a range of the allocator's pages as one, readable and writable, whatever
 * regions they are of.
 *
 * They are mapped here in addition to where their regions are. A region that
 * is destroyed keeps those of its pages that a view maps, and their grants,
 * until the view is destroyed. To a peer a view makes no difference.
 *
 * @param share		the allocator
 * @param[out] out	the new view; destroy it with gntshare_view_destroy()
 *			or gntshare_close()
 * @param offset	where the range begins, in bytes:
 *			gntshare_region_offset() of the first region, or in the
 *			midst of it
 * @param pages		how many pages, 1 or more
 * @retval 0		done
 * @retval -EINVAL	share or out is NULL; offset is not a multiple of the
 *			page size; pages is 0, or more than UINT32_MAX, or that
 *			many bytes do not fit in a size_t
 * @retval -EPERM	share was inherited by fork()
 * @retval -ENOENT	one of the pages is not of a region
 * @retval -ENOMEM	out of memory, or of address space
 * @retval -EINTR	a signal is killing the process
 */
int gntshare_view_create(struct gntshare *share, struct gntshare_view **out,
			 uint64_t offset, size_t pages);

/**
 * Where a view is mapped. In a child of fork() nothing is mapped there.
 *
 * @param view	the view, not NULL
 * @return the address of the first byte, aligned to a page
 */
void *gntshare_view_address(const struct gntshare_view *view);

/**
 * The size of a view.
 *
 * @param view	the view, not NULL
 * @return the size in bytes
 */
size_t gntshare_view_size(const struct gntshare_view *view);

/**
 * Unmap a view.
 *
 * The handle is gone afterwards, whatever is returned. In a child of fork()
 * nothing is done, and 0 returned.
 *
 * @param view	the view, or NULL: then nothing is done
 * @retval 0	done
 * @return otherwise the error of munmap(2), see gntshare_region_destroy()
 */
int gntshare_view_destroy(struct gntshare_view *view);

/* Grefs as text */

/** As many bytes are enough for the text of count grefs, whatever they are. */
#define GNTSHARE_GREFS_TEXT_SIZE(count)	((size_t)(count) * 11)

/**
 * Write grefs as text, ranges of consecutive ones as their first and last: the
 * grefs 8, 9, 10 and 80 give "8-10,80".
 *
 * Thread-safe; works in a child too.
 *
 * @param grefs		the grefs, in the order that matters to the peer
 * @param count		how many, 1 or more
 * @param[out] text	the text, with a 0 at its end
 * @param size		the room there, in bytes
 * @retval 0		done
 * @retval -EINVAL	grefs or text is NULL; count is 0
 * @retval -ENOSPC	there is not enough room; text is as it was
 */
int gntshare_grefs_format(const uint32_t *grefs, size_t count, char *text,
			  size_t size);

/**
 * Read grefs from a text such as gntshare_grefs_format() writes, and no other:
 * decimal numbers without leading zeros or signs, and ranges of them that
 * rise, with one comma between and nothing else.
 *
 * The text may come from a peer that is not trusted. A short text can stand
 * for very many grefs, so bound room by what the peer may ask for. Thread-safe;
 * works in a child too.
 *
 * @param text		the text
 * @param[out] grefs	the grefs, in the order of the text; or NULL, to have
 *			them counted only
 * @param room		how many there is room for; ignored if grefs is NULL
 * @param[out] count	how many there are
 * @retval 0		done
 * @retval -EINVAL	text or count is NULL; the text is not right, or empty
 * @retval -ENOSPC	there are more than room, or than a size_t can count
 */
int gntshare_grefs_parse(const char *text, uint32_t *grefs, size_t room,
			 size_t *count);

/* The mapping side */

/**
 * Open a mapper.
 *
 * Checked to be the device as in gntshare_open(). The driver is the kernel's
 * xen-gntdev.
 *
 * @param[out] out	the new mapper; close it with
 *			gntshare_mapper_close()
 * @param path		the device node, or NULL for /dev/xen/gntdev
 * @return 0, or an error as of gntshare_open(). As for -EACCES: this node is
 *	root's, also where the other one has a group (gntshare(7),
 *	PERMISSIONS).
 */
int gntshare_mapper_open(struct gntshare_mapper **out, const char *path);

/**
 * Destroy the mappings that are left, then close the mapper.
 *
 * The handle and its mappings' handles are gone afterwards, whatever is
 * returned. In a child only the child's copies are freed, see above.
 *
 * @param mapper	the mapper, or NULL: then nothing is done
 * @retval 0	done
 * @return otherwise the first error that gntshare_mapping_destroy() or
 *	close(2) met; the rest was done all the same
 */
int gntshare_mapper_close(struct gntshare_mapper *mapper);

/**
 * The mapper's descriptor. It belongs to the mapper, as that of gntshare_fd()
 * to the allocator.
 *
 * @param mapper	the mapper, not NULL
 * @return the descriptor
 */
int gntshare_mapper_fd(const struct gntshare_mapper *mapper);

/**
 * Map pages that a peer shares with this domain.
 *
 * They come as one range of addresses, in the order of grefs. The grefs need
 * not be of one region of the peer. Either all are mapped or none.
 *
 * With xen-gntdev, whatever library is used, a futex that processes share is
 * EFAULT in a mapping, and in a PV domain an access is SIGBUS after mprotect(2)
 * or mremap(2) of it. A mapping does not live through a save and restore, or a
 * migration, of this domain: destroy it before.
 *
 * @param mapper	the mapper
 * @param[out] out	the new mapping; destroy it with
 *			gntshare_mapping_destroy() or gntshare_mapper_close()
 * @param domid		the peer that shares them, less than 0x7FF0
 * @param grefs		count grefs from the peer; not kept
 * @param count		how many, 1 or more
 * @param flags		0: map read-only; or GNTSHARE_WRITABLE
 * @retval 0		done
 * @retval -EINVAL	mapper, out or grefs is NULL; domid is reserved; count
 *			is 0, or more than UINT32_MAX, or that many bytes do not
 *			fit in a size_t; unknown flags. From the kernel: count
 *			is more than xen-gntdev's parameter "limit" (65536
 *			unless changed), or Xen refused at least one gref: it is
 *			not shared with this domain, or writable was asked and
 *			it is read-only, or there is no such domain, or this
 *			domain can have no more mappings (max_maptrack_frames,
 *			gntalloc(4)). Which gref, and why, the kernel does not
 *			say; none of the others stays mapped
 * @retval -ENOTTY	this is a 32-bit program on a 64-bit kernel, which
 *			xen-gntdev does not serve
 * @retval -EPERM	mapper was inherited by fork()
 * @retval -ENOMEM	out of memory, or of address space
 */
int gntshare_mapping_create(struct gntshare_mapper *mapper,
			    struct gntshare_mapping **out, uint32_t domid,
			    const uint32_t *grefs, size_t count,
			    unsigned int flags);

/**
 * Where the peer's pages are mapped.
 *
 * In a child of fork() nothing is mapped there.
 *
 * @param mapping	the mapping, not NULL
 * @return the address of the first byte, aligned to a page
 */
void *gntshare_mapping_address(const struct gntshare_mapping *mapping);

/**
 * The size of a mapping.
 *
 * @param mapping	the mapping, not NULL
 * @return the size in bytes
 */
size_t gntshare_mapping_size(const struct gntshare_mapping *mapping);

/**
 * The number of pages of a mapping.
 *
 * @param mapping	the mapping, not NULL
 * @return the number of grefs that it was created with
 */
size_t gntshare_mapping_pages(const struct gntshare_mapping *mapping);

/**
 * Say what is to happen when a mapping goes: when it was destroyed, and also
 * when this process was killed. The peer learns by it that its pages are not
 * mapped any more.
 *
 * A mapping has one notification, not one a page: a later call replaces it
 * wherever its offset is (drivers/xen/gntdev.c keeps one for what was mapped
 * by one call). It happens once.
 *
 * @param mapping	the mapping
 * @param offset	a byte of the mapping: with GNTSHARE_NOTIFY_CLEAR_BYTE
 *			the byte that becomes 0
 * @param actions	GNTSHARE_NOTIFY_CLEAR_BYTE, GNTSHARE_NOTIFY_SEND_EVENT,
 *			both, or 0 to clear the notification
 * @param port		as in gntshare_region_notify()
 * @retval 0		done
 * @retval -EINVAL	mapping is NULL; offset is outside the mapping; unknown
 *			actions; the port is not bound; a byte to clear in a
 *			read-only mapping
 * @retval -EPERM	the mapper was inherited by fork()
 */
int gntshare_mapping_notify(struct gntshare_mapping *mapping, size_t offset,
			    unsigned int actions, uint32_t port);

/**
 * Unmap the peer's pages.
 *
 * The handle is gone afterwards, whatever is returned. Errors mean the same
 * as those of gntshare_region_destroy(). In a child of fork() nothing is done,
 * and 0 returned.
 *
 * @param mapping	the mapping, or NULL: then nothing is done
 * @retval 0	done
 * @return otherwise the first error of munmap(2) or of the device
 */
int gntshare_mapping_destroy(struct gntshare_mapping *mapping);

#ifdef __cplusplus
}
#endif

#endif /* GNTSHARE_H */
