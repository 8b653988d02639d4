// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The backends by which a worker can share pages by the native level: bare
 * system calls ("native"), and our library ("regions").
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gntshare.h>

#include "device.h"
#include "native.h"
#include "worker.h"

/* --- the bare device ----------------------------------------------------- */

/* Grants all pages by consecutive grefs. */
static long grant_all(struct thing *t, uint16_t peer, uint32_t flags)
{
	uint32_t i, pages = (uint32_t)t->pages;
	long ret;

	ret = native_grant_run(t->fd, t->index, pages, peer, flags, t->grefs);
	for (i = 1; !ret && i < pages; i++)
		t->grefs[i] = t->grefs[0] + i;
	return ret;
}

static long share_native_pages(struct thing *t, uint16_t peer, bool writable)
{
	uint32_t pages = (uint32_t)t->pages;
	void *address;
	long ret;

	t->fd = device_open();
	if (t->fd < 0)
		return t->fd;
	ret = native_create(t->fd, pages, &t->index, &t->id);
	if (!ret)
		ret = grant_all(t, peer,
				writable ? GNTALLOC_GRANT_WRITABLE : 0);
	if (!ret)
		ret = device_map(t->fd, t->index, pages, &address);
	if (ret) {
		close(t->fd);
		return ret;
	}
	t->address = address;
	return 0;
}

static long native_dealloc(struct thing *t, size_t first, size_t count)
{
	return device_dealloc(t->fd, t->index + first * PAGE, (uint32_t)count);
}

static long native_notify(struct thing *t, uint64_t offset, uint32_t actions,
			  uint32_t port)
{
	return device_notify(t->fd, t->index + offset, actions, port);
}

static long native_close(struct thing *t)
{
	int fd = t->fd;

	t->fd = -1;
	return close(fd) < 0 ? -errno : 0;
}

static long native_give_up(struct thing *t)
{
	if (t->tells >= 0)
		close(t->tells);
	if (munmap(t->address, t->pages * PAGE) < 0)
		return -errno;
	return t->fd < 0 ? 0 : native_close(t);
}

static long native_way_grant(struct thing *t, uint32_t first, uint32_t pages,
			     uint16_t domid, uint32_t flags, uint32_t *grefs)
{
	return native_grant(t->fd, t->index + first * PAGE, pages, domid,
			    flags, grefs);
}

static long native_way_revoke(struct thing *t, uint32_t first, uint32_t pages,
			      uint16_t domid)
{
	return native_revoke(t->fd, t->index + first * PAGE, pages, domid);
}

static long native_way_destroy(struct thing *t, bool event, int tells)
{
	if (tells >= 0)
		return native_destroy_eventfd(t->fd, t->id, tells);
	return event ? native_destroy_event(t->fd, t->id) :
		       native_destroy(t->fd, t->id);
}

static long native_way_wait(struct thing *t, uint32_t flags, int domid,
			    int64_t ns, uint32_t *state, uint32_t *held)
{
	return native_wait(t->fd, t->id, flags, domid, ns, state, held);
}

static long native_way_event(struct thing *t,
			     struct gntalloc_native_event *event)
{
	return native_event(t->fd, event);
}

const struct native_backend native_calls = {
	.grant = native_way_grant,
	.revoke = native_way_revoke,
	.destroy = native_way_destroy,
	.wait = native_way_wait,
	.event = native_way_event,
};

const struct backend share_native = {
	.name = "native",
	.share = share_native_pages,
	.notify = native_notify,
	.dealloc = native_dealloc,
	.close = native_close,
	.give_up = native_give_up,
	.native = &native_calls,
};

/* --- libgntshare --------------------------------------------------------- */

static long regions_grant(struct thing *t, uint32_t first, uint32_t pages,
			  uint16_t domid, uint32_t flags, uint32_t *grefs)
{
	return gntshare_region_grant(t->object, first, pages, domid, flags,
				     grefs);
}

/*
 * Adds a region in the allocator of @t, at @offset, and grants it to the peer.
 */
static long add_region(struct thing *t, uint16_t peer, bool writable,
		       uint64_t offset)
{
	unsigned int flags = GNTSHARE_CONSECUTIVE |
			     (writable ? GNTSHARE_WRITABLE : 0);
	struct gntshare_region *region = NULL;
	long ret;

	ret = gntshare_region_create(t->handle, &region, t->pages, offset);
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
	t->object = NULL;
	t->address = NULL;
	t->fd = -1;
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
	t->object = NULL;
	/* A memfd is mapped by the worker itself. */
	if (t->memfd < 0)
		t->address = NULL;
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

const struct native_backend regions_calls = {
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
