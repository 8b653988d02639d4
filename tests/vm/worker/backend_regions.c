// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The backends by which a worker can share regions of our library: new ones
 * ("regions"), further ones of the same allocator ("beside"), such of a memfd
 * that it got from another process ("memfd"), and such of a dma-buf of one of
 * the kernel's exporters ("vgem", "heap", "udmabuf"), or of a camera ("camera").
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gntshare.h>

#include "device.h"
#include "dmabuf.h"
#include "fd_pass.h"
#include "native.h"
#include "worker.h"

static long regions_grant(struct thing *t, uint32_t first, uint32_t pages,
			  uint16_t domid, uint32_t flags, uint32_t *grefs)
{
	return gntshare_region_grant(t->object, first, pages, domid, flags,
				     grefs);
}

/* The library has unmapped the region. A memfd is mapped by the worker. */
static void no_region(struct thing *t)
{
	t->object = NULL;
	if (t->memfd < 0)
		t->address = NULL;
}

/*
 * Adds a region in the allocator of @t, at @offset, and grants it to the peer.
 * It is one of the thing's memfd or dma-buf, if there is one.
 */
static long add_region(struct thing *t, uint16_t peer, bool writable,
		       uint64_t offset)
{
	unsigned int flags = GNTSHARE_CONSECUTIVE |
			     (writable ? GNTSHARE_WRITABLE : 0);
	struct gntshare_region *region = NULL;
	long ret;

	if (t->memfd < 0)
		ret = gntshare_region_create(t->handle, &region, t->pages,
					     offset);
	else if (t->dmabuf)
		ret = gntshare_region_from_dmabuf(t->handle, &region, t->memfd,
						  0, t->pages, offset,
						  flags & GNTSHARE_WRITABLE);
	else
		ret = gntshare_region_from_memfd(t->handle, &region, t->memfd,
						 0, t->pages, offset,
						 flags & GNTSHARE_WRITABLE);
	if (ret)
		return ret;
	ret = gntshare_region_grant(region, 0, t->pages, peer, flags, t->grefs);
	if (ret) {
		gntshare_region_destroy(region);
		return ret;
	}
	t->object = region;
	t->fd = gntshare_fd(t->handle);
	t->id = gntshare_region_id(region);
	t->index = gntshare_region_offset(region);
	if (t->memfd < 0)
		t->address = gntshare_region_address(region);
	return 0;
}

static long regions_share(struct thing *t, uint16_t peer, bool writable)
{
	struct gntshare *allocator = NULL;
	long ret = gntshare_open(&allocator, NULL);

	if (ret)
		return ret;
	t->handle = allocator;
	ret = add_region(t, peer, writable, GNTSHARE_ANY_OFFSET);
	if (ret)
		gntshare_close(allocator);
	return ret;
}

static long regions_notify(struct thing *t, uint64_t offset, uint32_t actions,
			   uint32_t port)
{
	return gntshare_region_notify(t->object, offset, actions, port);
}

/* Closing the allocator gives up all its regions. */
static long regions_close(struct thing *t)
{
	struct gntshare *allocator = t->handle;

	t->handle = NULL;
	t->fd = -1;
	no_region(t);
	return gntshare_close(allocator);
}

static long regions_give_up(struct thing *t)
{
	long ret = gntshare_region_destroy(t->object);
	long closed = regions_close(t);

	if (t->tells >= 0)
		close(t->tells);
	return ret ? ret : closed;
}

static long regions_revoke(struct thing *t, uint32_t first, uint32_t pages,
			   uint16_t domid)
{
	size_t held;
	int ret = gntshare_region_revoke(t->object, first, pages, domid, &held);

	return ret ? ret : (long)held;
}

static long regions_destroy(struct thing *t, bool event, int tells)
{
	unsigned int flags = event ? GNTSHARE_DESTROY_EVENT : 0;
	uint64_t id;
	int ret;

	if (tells >= 0)
		flags |= GNTSHARE_DESTROY_EVENTFD;
	ret = gntshare_region_destroy_event(t->object, flags, tells, &id);
	if (ret)
		return ret;
	no_region(t);
	return id == t->id ? 0 : -EPROTO;
}

static long regions_wait(struct thing *t, uint32_t flags, int domid,
			 int64_t ns, uint32_t *state, uint32_t *held)
{
	uint32_t who = domid < 0 ? GNTSHARE_ANY_DOMID : (uint32_t)domid;
	struct gntshare_state is = { 0 };
	int ret;

	/* Waits by the region's handle while there is one. */
	ret = t->object ? gntshare_region_wait(t->object, flags, who, ns, &is,
					       sizeof(is)) :
			  gntshare_wait(t->handle, t->id, flags, who, ns, &is,
					sizeof(is));
	if (state)
		*state = is.state;
	if (held)
		*held = is.held;
	return ret;
}

static long regions_event(struct thing *t, struct gntalloc_native_event *event)
{
	struct gntshare_event is;
	int ret = gntshare_read_event(t->handle, &is, sizeof(is));

	if (ret)
		return ret;
	event->type = is.type;
	event->id = is.id;
	return sizeof(is);
}

static const struct native_backend regions_calls = {
	.grant = regions_grant,
	.revoke = regions_revoke,
	.destroy = regions_destroy,
	.wait = regions_wait,
	.event = regions_event,
};

const struct backend share_regions = {
	.name = "regions",
	.share = regions_share,
	.notify = regions_notify,
	.close = regions_close,
	.give_up = regions_give_up,
	.native = &regions_calls,
};

/* Shares a further region of an allocator. The thing already says where. */
static long beside_share(struct thing *t, uint16_t peer, bool writable)
{
	return add_region(t, peer, writable, t->index);
}

static long beside_give_up(struct thing *t)
{
	return gntshare_region_destroy(t->object);
}

const struct backend share_beside = {
	.name = "beside",
	.share = beside_share,
	.notify = regions_notify,
	.give_up = beside_give_up,
	.native = &regions_calls,
};

/*
 * Another process, which has nothing of Xen, makes a memfd and sends it. Returns
 * the descriptor, or -errno.
 */
static int memfd_of_client(size_t pages)
{
	int ends[2], fd, status;
	pid_t client;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	client = fork();
	if (!client) {
		fd = memfd_create("client", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		_exit(fd < 0 || ftruncate(fd, (off_t)(pages * PAGE)) < 0 ||
		      !send_file(ends[1], fd));
	}
	close(ends[1]);
	fd = client < 0 ? -1 : receive_file(ends[0]);
	close(ends[0]);
	if (client > 0)
		waitpid(client, &status, 0);
	return fd < 0 ? -ENOMEM : fd;
}

/* Maps the memfd or dma-buf @fd, and shares it. */
static long share_file(struct thing *t, int fd, uint16_t peer, bool writable)
{
	t->memfd = fd;
	if (fd < 0)
		return fd;
	t->address = mmap(NULL, t->pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, t->memfd, 0);
	return t->address == MAP_FAILED ? -errno :
					  regions_share(t, peer, writable);
}

static long memfd_share(struct thing *t, uint16_t peer, bool writable)
{
	return share_file(t, memfd_of_client(t->pages), peer, writable);
}

static long file_give_up(struct thing *t)
{
	close(t->memfd);
	if (t->camera)
		close(t->camera->fd);
	if (munmap(t->address, t->pages * PAGE) < 0)
		return -errno;
	return regions_give_up(t);
}

static long dmabuf_share(struct thing *t, const char *exporter, uint16_t peer,
			 bool writable)
{
	t->dmabuf = true;
	return share_file(t, dmabuf_new(exporter, t->pages, false), peer,
			  writable);
}

static struct camera camera;

static long camera_share(struct thing *t, uint16_t peer, bool writable)
{
	int ret = camera_open(&camera, -1);

	if (ret)
		return ret;
	t->camera = &camera;
	t->dmabuf = true;
	return share_file(t, camera.dmabuf, peer, writable);
}

#define SHARE_FILE(what)						\
const struct backend share_##what = {					\
	.name = #what,							\
	.share = what##_share,						\
	.notify = regions_notify,					\
	.close = regions_close,						\
	.give_up = file_give_up,					\
	.native = &regions_calls,					\
}

SHARE_FILE(memfd);
SHARE_FILE(camera);

#define SHARE_DMABUF(exporter)						\
static long exporter##_share(struct thing *t, uint16_t peer,		\
			     bool writable)				\
{									\
	return dmabuf_share(t, #exporter, peer, writable);		\
}									\
									\
SHARE_FILE(exporter)

SHARE_DMABUF(vgem);
SHARE_DMABUF(heap);
SHARE_DMABUF(udmabuf);
