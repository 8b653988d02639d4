// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level of the device, used by bare system calls.
 */
#include "native.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "device.h"

const struct native_number native_number[] = {
	{ GNTALLOC_NATIVE_INFO, 0 },
	{ GNTALLOC_NATIVE_CREATE, 24 },
	{ GNTALLOC_NATIVE_GRANT, 32 },
	{ GNTALLOC_NATIVE_REVOKE, 24 },
	{ GNTALLOC_NATIVE_DESTROY, 16 },
	{ GNTALLOC_NATIVE_WAIT, 32 },
	{ GNTALLOC_NATIVE_RESTRICT, 24 },
	{ GNTALLOC_NATIVE_SHARE, 40 },
	{ GNTALLOC_NATIVE_EXPORT, 24 },
};

const unsigned int native_numbers =
	sizeof(native_number) / sizeof(*native_number);

int native_call(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int native_info(int fd, struct gntalloc_native_info *info)
{
	return native_call(fd, GNTALLOC_NATIVE_INFO, info);
}

static int create(int fd, struct gntalloc_native_create *op, uint64_t *offset,
		  uint64_t *id)
{
	int ret = native_call(fd, GNTALLOC_NATIVE_CREATE, op);

	if (ret < 0)
		return ret;
	if (offset)
		*offset = op->offset;
	if (id)
		*id = op->id;
	return 0;
}

int native_create(int fd, uint32_t pages, uint64_t *offset, uint64_t *id)
{
	struct gntalloc_native_create op = { .pages = pages };

	return create(fd, &op, offset, id);
}

int native_create_at(int fd, uint64_t offset, uint32_t pages, uint64_t *id)
{
	struct gntalloc_native_create op = {
		.offset = offset,
		.pages = pages,
		.flags = GNTALLOC_CREATE_FIXED,
	};
	int ret = create(fd, &op, NULL, id);

	return !ret && op.offset != offset ? -EPROTO : ret;
}

int native_create_memory(int fd, void *address, uint32_t pages, uint32_t flags,
			 uint64_t *offset, uint64_t *id)
{
	struct gntalloc_native_create op = {
		.pages = pages,
		.flags = GNTALLOC_CREATE_MEMORY | flags,
		.address = (uintptr_t)address,
	};

	return create(fd, &op, offset, id);
}

int native_create_dmabuf(int fd, int dmabuf, uint64_t start, uint32_t pages,
			 uint32_t flags, uint64_t *offset, uint64_t *id)
{
	struct gntalloc_native_create op = {
		.pages = pages,
		.flags = GNTALLOC_CREATE_DMABUF | flags,
		.address = start,
		.fd = dmabuf,
	};

	return create(fd, &op, offset, id);
}

int native_grant(int fd, uint64_t offset, uint32_t pages, uint16_t domid,
		 uint32_t flags, uint32_t *grefs)
{
	struct gntalloc_native_grant op = {
		.offset = offset,
		.grefs = (uintptr_t)grefs,
		.pages = pages,
		.domid = domid,
		.flags = flags,
	};

	return native_call(fd, GNTALLOC_NATIVE_GRANT, &op);
}

int native_grant_run(int fd, uint64_t offset, uint32_t pages, uint16_t domid,
		     uint32_t flags, uint32_t *first)
{
	struct gntalloc_native_grant op = {
		.offset = offset,
		.pages = pages,
		.domid = domid,
		.flags = flags | GNTALLOC_GRANT_CONSECUTIVE,
	};
	int ret = native_call(fd, GNTALLOC_NATIVE_GRANT, &op);

	if (ret < 0)
		return ret;
	*first = op.first_gref;
	return op.answer & GNTALLOC_GRANTED_CONSECUTIVE ? 0 : -EPROTO;
}

int native_share_call(int fd, struct gntalloc_native_share *op, uint32_t *grefs)
{
	op->grefs = (uintptr_t)grefs;
	return native_call(fd, GNTALLOC_NATIVE_SHARE, op);
}

int native_export(int fd, uint64_t offset, uint32_t pages, uint32_t flags)
{
	struct gntalloc_native_export op = {
		.offset = offset,
		.pages = pages,
		.flags = flags,
	};
	int ret = native_call(fd, GNTALLOC_NATIVE_EXPORT, &op);

	return ret ? ret : op.fd;
}

long native_revoke(int fd, uint64_t offset, uint32_t pages, uint16_t domid)
{
	struct gntalloc_native_revoke op = {
		.offset = offset,
		.pages = pages,
		.domid = domid,
	};
	int ret = native_call(fd, GNTALLOC_NATIVE_REVOKE, &op);

	return ret < 0 ? ret : (long)op.held;
}

static int destroy(int fd, uint64_t id, uint32_t flags, int eventfd)
{
	struct gntalloc_native_destroy op = {
		.id = id,
		.flags = flags,
		.eventfd = eventfd,
	};

	return native_call(fd, GNTALLOC_NATIVE_DESTROY, &op);
}

int native_destroy(int fd, uint64_t id)
{
	return destroy(fd, id, 0, 0);
}

int native_destroy_event(int fd, uint64_t id)
{
	return destroy(fd, id, GNTALLOC_DESTROY_EVENT, 0);
}

int native_destroy_eventfd(int fd, uint64_t id, int eventfd)
{
	return destroy(fd, id, GNTALLOC_DESTROY_EVENTFD, eventfd);
}

int native_wait(int fd, uint64_t id, uint32_t flags, int domid,
		int64_t timeout_ns, uint32_t *state, uint32_t *held)
{
	struct gntalloc_native_wait op = {
		.id = id,
		.timeout = timeout_ns,
		.flags = flags,
	};
	int ret;

	if (domid >= 0) {
		op.flags |= GNTALLOC_WAIT_DOMID;
		op.domid = (uint16_t)domid;
	}
	ret = native_call(fd, GNTALLOC_NATIVE_WAIT, &op);
	if (ret < 0 && ret != -ETIMEDOUT)
		return ret;
	if (state)
		*state = op.state;
	if (held)
		*held = op.held;
	return ret;
}

int native_state(int fd, uint64_t id)
{
	uint32_t state;
	int ret = native_wait(fd, id, 0, -1, 0, &state, NULL);

	return ret < 0 ? ret : (int)state;
}

int native_restrict(int fd, uint32_t flags, uint32_t pages,
		    const uint16_t *domids, uint32_t count)
{
	struct gntalloc_native_restrict op = {
		.domids = (uintptr_t)domids,
		.flags = flags,
		.pages = pages,
		.count = count,
	};

	return native_call(fd, GNTALLOC_NATIVE_RESTRICT, &op);
}

int native_event(int fd, struct gntalloc_native_event *event)
{
	ssize_t got;
	int error;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	got = read(fd, event, sizeof(*event));
	error = errno;
	fcntl(fd, F_SETFL, 0);
	return got < 0 ? -error : (int)got;
}

int native_polls(int fd, int ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int ret = poll(&ready, 1, ms);

	return ret < 0 ? -errno : ret && (ready.revents & POLLIN);
}

int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
