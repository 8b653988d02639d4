/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The native level of the device, used by bare system calls. Every function
 * returns 0 (or what its comment says) or -errno. An answer is stored where a
 * pointer argument points.
 */
#ifndef VM_NATIVE_H
#define VM_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gntshare/gntalloc.h>

/* The bare ioctl. */
int native_call(int fd, unsigned long request, void *arg);

/* The same call for a struct of another size. */
#define RESIZED(request, size)						\
	_IOC(_IOC_DIR(request), _IOC_TYPE(request), _IOC_NR(request), size)

/*
 * All calls of this level in the order of their numbers, and the size of the
 * first version of their structs. The first is INFO, for which any size is
 * right.
 */
extern const struct native_number {
	unsigned long request;
	unsigned int size;
} native_number[];

extern const unsigned int native_numbers;

int native_info(int fd, struct gntalloc_native_info *info);

/* At an offset that the driver chooses; at @offset. */
int native_create(int fd, uint32_t pages, uint64_t *offset, uint64_t *id);
int native_create_at(int fd, uint64_t offset, uint32_t pages, uint64_t *id);

/*
 * Of memory that is there already, at an offset that the driver chooses. @flags
 * is 0 or GNTALLOC_CREATE_WRITABLE.
 */
int native_create_memory(int fd, void *address, uint32_t pages, uint32_t flags,
			 uint64_t *offset, uint64_t *id);

/* Of a dma-buf, from the byte @start on. The rest is as above. */
int native_create_dmabuf(int fd, int dmabuf, uint64_t start, uint32_t pages,
			 uint32_t flags, uint64_t *offset, uint64_t *id);

/* @grefs has room for @pages grefs, or is NULL. */
int native_grant(int fd, uint64_t offset, uint32_t pages, uint16_t domid,
		 uint32_t flags, uint32_t *grefs);

/* Demands consecutive grefs, and gets only the first. */
int native_grant_run(int fd, uint64_t offset, uint32_t pages, uint16_t domid,
		     uint32_t flags, uint32_t *first);

/* Creates a region and grants it. The answers are in @op. @grefs as above. */
int native_share_call(int fd, struct gntalloc_native_share *op,
		      uint32_t *grefs);

/* @flags is 0 or GNTALLOC_EXPORT_WRITABLE. Returns a dma-buf, or -errno. */
int native_export(int fd, uint64_t offset, uint32_t pages, uint32_t flags);

/* Returns how many entries of the region the peer still holds. */
long native_revoke(int fd, uint64_t offset, uint32_t pages, uint16_t domid);

int native_destroy(int fd, uint64_t id);
int native_destroy_event(int fd, uint64_t id);
int native_destroy_eventfd(int fd, uint64_t id, int eventfd);

/* @domid is that peer only, -1 any peer. A negative time-out is none. */
int native_wait(int fd, uint64_t id, uint32_t flags, int domid,
		int64_t timeout_ns, uint32_t *state, uint32_t *held);

/* Returns GNTALLOC_STATE_*, without waiting. */
int native_state(int fd, uint64_t id);

int native_restrict(int fd, uint32_t flags, uint32_t pages,
		    const uint16_t *domids, uint32_t count);

/*
 * Returns the bytes that were read: 0, or those of one event. Does not block.
 */
int native_event(int fd, struct gntalloc_native_event *event);

/* Does the descriptor become readable within @ms? Returns 1 or 0. */
int native_polls(int fd, int ms);

/* The microseconds of this domain's clock. */
int64_t now_us(void);

#endif
