// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The backends by which a worker can share pages by bare system calls of the
 * native level: new pages ("native"), and memory of its own ("memory").
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "native.h"
#include "worker.h"

/*
 * Grants all pages, by consecutive grefs if there are so many. Otherwise the free
 * entries that are left for the kernel may lie where they leave no row so long.
 */
static long grant_all(struct thing *t, uint16_t peer, uint32_t flags)
{
	uint32_t i, pages = (uint32_t)t->pages;
	long ret;

	ret = native_grant_run(t->fd, t->index, pages, peer, flags, t->grefs);
	if (ret == -ENOSPC)
		return native_grant(t->fd, t->index, pages, peer, flags,
				    t->grefs);
	for (i = 1; !ret && i < pages; i++)
		t->grefs[i] = t->grefs[0] + i;
	return ret;
}

/*
 * Creates a region and grants it. It is of the memory at @memory, or of new
 * pages if that is NULL.
 */
static long create_and_grant(struct thing *t, char *memory, uint16_t peer,
			     bool writable)
{
	uint32_t pages = (uint32_t)t->pages;
	long ret;

	ret = memory ? native_create_memory(t->fd, memory, pages, writable ?
					    GNTALLOC_CREATE_WRITABLE : 0,
					    &t->index, &t->id) :
		       native_create(t->fd, pages, &t->index, &t->id);
	if (ret)
		return ret;
	return grant_all(t, peer, writable ? GNTALLOC_GRANT_WRITABLE : 0);
}

static long share_native_pages(struct thing *t, uint16_t peer, bool writable)
{
	void *address;
	long ret;

	t->fd = device_open();
	if (t->fd < 0)
		return t->fd;
	ret = create_and_grant(t, NULL, peer, writable);
	if (!ret)
		ret = device_map(t->fd, t->index, t->pages, &address);
	if (ret) {
		close(t->fd);
		return ret;
	}
	t->address = address;
	return 0;
}

static long share_own_memory(struct thing *t, uint16_t peer, bool writable)
{
	long ret;

	t->address = mmap(NULL, t->pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (t->address == MAP_FAILED)
		return -errno;
	t->fd = device_open();
	if (t->fd < 0)
		return t->fd;
	ret = create_and_grant(t, t->address, peer, writable);
	if (ret)
		close(t->fd);
	return ret;
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

static const struct native_backend native_calls = {
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

const struct backend share_memory = {
	.name = "memory",
	.share = share_own_memory,
	.notify = native_notify,
	.dealloc = native_dealloc,
	.close = native_close,
	.give_up = native_give_up,
	.native = &native_calls,
};
