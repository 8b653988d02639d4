// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The backends by which a worker shares memory that exists already: memory of
 * its own by bare system calls ("memory"), and by our library a memfd that it
 * got from another process ("memfd").
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gntshare.h>

#include "device.h"
#include "fd_pass.h"
#include "native.h"
#include "worker.h"

/* --- memory of the worker, by the bare device ---------------------------- */

static long memory_share(struct thing *t, uint16_t peer, bool writable)
{
	uint32_t i, pages = (uint32_t)t->pages;
	long ret;

	t->address = mmap(NULL, t->pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (t->address == MAP_FAILED)
		return -errno;
	t->fd = device_open();
	if (t->fd < 0)
		return t->fd;
	ret = native_create_memory(t->fd, t->address, pages,
				   writable ? GNTALLOC_CREATE_WRITABLE : 0,
				   &t->index, &t->id);
	if (!ret)
		ret = native_grant_run(t->fd, t->index, pages, peer,
				       writable ? GNTALLOC_GRANT_WRITABLE : 0,
				       t->grefs);
	for (i = 1; !ret && i < pages; i++)
		t->grefs[i] = t->grefs[0] + i;
	if (ret)
		close(t->fd);
	return ret;
}

static long memory_dealloc(struct thing *t, size_t first, size_t count)
{
	return device_dealloc(t->fd, t->index + first * PAGE, (uint32_t)count);
}

static long memory_notify(struct thing *t, uint64_t offset, uint32_t actions,
			  uint32_t port)
{
	return device_notify(t->fd, t->index + offset, actions, port);
}

static long memory_close(struct thing *t)
{
	int fd = t->fd;

	t->fd = -1;
	return close(fd) < 0 ? -errno : 0;
}

static long memory_give_up(struct thing *t)
{
	if (munmap(t->address, t->pages * PAGE) < 0)
		return -errno;
	return t->fd < 0 ? 0 : memory_close(t);
}

const struct backend share_memory = {
	.name = "memory",
	.share = memory_share,
	.notify = memory_notify,
	.dealloc = memory_dealloc,
	.close = memory_close,
	.give_up = memory_give_up,
	.native = &native_calls,
};

/* --- a memfd of another process, by the library --------------------------- */

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

/* Makes the region, in the allocator that @t has already. */
static long memfd_region(struct thing *t, uint16_t peer, bool writable)
{
	const unsigned int flags = writable ? GNTSHARE_WRITABLE : 0;
	struct gntshare_region *region;
	long ret;

	ret = gntshare_region_from_memfd(t->handle, &region, t->memfd, 0,
					 t->pages, GNTSHARE_ANY_OFFSET, flags);
	if (ret)
		return ret;
	t->object = region;
	t->fd = gntshare_fd(t->handle);
	t->id = gntshare_region_id(region);
	t->index = gntshare_region_offset(region);
	return gntshare_region_grant(region, 0, t->pages, peer,
				     flags | GNTSHARE_CONSECUTIVE, t->grefs);
}

static long memfd_share(struct thing *t, uint16_t peer, bool writable)
{
	struct gntshare *allocator;
	long ret;

	t->memfd = memfd_of_client(t->pages);
	if (t->memfd < 0)
		return t->memfd;
	t->address = mmap(NULL, t->pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, t->memfd, 0);
	if (t->address == MAP_FAILED)
		return -errno;
	ret = gntshare_open(&allocator, NULL);
	if (ret)
		return ret;
	t->handle = allocator;
	ret = memfd_region(t, peer, writable);
	if (ret)
		gntshare_close(allocator);
	return ret;
}

static long memfd_notify(struct thing *t, uint64_t offset, uint32_t actions,
			 uint32_t port)
{
	return gntshare_region_notify(t->object, offset, actions, port);
}

static long memfd_close(struct thing *t)
{
	struct gntshare *allocator = t->handle;

	t->handle = NULL;
	t->object = NULL;
	t->fd = -1;
	return gntshare_close(allocator);
}

static long memfd_give_up(struct thing *t)
{
	if (t->memfd >= 0)
		close(t->memfd);
	if (munmap(t->address, t->pages * PAGE) < 0)
		return -errno;
	return t->handle ? memfd_close(t) : 0;
}

const struct backend share_memfd = {
	.name = "memfd",
	.share = memfd_share,
	.notify = memfd_notify,
	.close = memfd_close,
	.give_up = memfd_give_up,
	.native = &regions_calls,
};
