/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The native level of the device, by bare system calls. Every function
 * returns 0 (or what it says) or -errno; answers go where a pointer is given.
 */
#ifndef VM_NATIVE_H
#define VM_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gntshare/gntalloc.h>

/* A call as it is. */
int native_call(int fd, unsigned long request, void *arg);

/* The same call for a struct of another size. */
#define RESIZED(request, size)						\
	_IOC(_IOC_DIR(request), _IOC_TYPE(request), _IOC_NR(request), size)

int native_info(int fd, struct gntalloc_native_info *info);

/* Where the driver likes; at @offset. */
int native_create(int fd, uint32_t pages, uint64_t *offset, uint64_t *id);
int native_create_at(int fd, uint64_t offset, uint32_t pages, uint64_t *id);

/* @grefs has room for @pages, or is NULL. */
int native_grant(int fd, uint64_t offset, uint32_t pages, uint16_t domid,
		 uint32_t flags, uint32_t *grefs);

/* Of consecutive grefs only the first. */
int native_grant_run(int fd, uint64_t offset, uint32_t pages, uint16_t domid,
		     uint32_t flags, uint32_t *first);

/* A region, and its grant: the answers are in @op. @grefs as above. */
int native_share_call(int fd, struct gntalloc_native_share *op,
		      uint32_t *grefs);

/* How many entries of the region the peer still holds. */
long native_revoke(int fd, uint64_t offset, uint32_t pages, uint16_t domid);

int native_destroy(int fd, uint64_t id);
int native_destroy_event(int fd, uint64_t id);
int native_destroy_eventfd(int fd, uint64_t id, int eventfd);

/* @domid: that peer only; -1: any. A negative time-out is none. */
int native_wait(int fd, uint64_t id, uint32_t flags, int domid,
		int64_t timeout_ns, uint32_t *state, uint32_t *held);

/* GNTALLOC_STATE_*, without a wait. */
int native_state(int fd, uint64_t id);

int native_restrict(int fd, uint32_t flags, uint32_t pages,
		    const uint16_t *domids, uint32_t count);

/* Bytes read: 0 or one event. Does not block. */
int native_event(int fd, struct gntalloc_native_event *event);

/* Can the descriptor be read within @ms? 1 or 0. */
int native_polls(int fd, int ms);

/* Microseconds of this domain's clock. */
int64_t now_us(void);

#endif
