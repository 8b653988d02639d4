// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The backends by which a worker can share pages, or map those of a peer: by
 * bare system calls (our device at levels 2010 and 2011, and gntdev), by our
 * library, and by Xen's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/ioctl.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/gntdev.h>

#include <gntshare.h>
#include <xengnttab.h>

#include "device.h"
#include "dmabuf.h"
#include "worker.h"

static long result(int ret)
{
	return ret < 0 ? -errno : ret;
}

/* --- the bare device ----------------------------------------------------- */

static long raw_close(struct thing *t)
{
	int fd = t->fd;

	t->fd = -1;
	return result(close(fd));
}

static long raw_share(struct thing *t)
{
	void *address;
	long ret = device_map(t->fd, t->index, t->pages, &address);

	if (ret)
		raw_close(t);
	else
		t->address = address;
	return ret;
}

static long share_2011_pages(struct thing *t, uint16_t peer, bool writable)
{
	long ret;

	t->fd = device_open();
	if (t->fd < 0)
		return t->fd;
	ret = device_alloc(t->fd, peer, writable, (uint32_t)t->pages,
			   &t->index, t->grefs);
	if (ret) {
		raw_close(t);
		return ret;
	}
	return raw_share(t);
}

static long share_2010_pages(struct thing *t, uint16_t peer, bool writable)
{
	uint32_t page_idx;
	size_t i;
	long ret;

	t->fd = device_open();
	if (t->fd < 0)
		return t->fd;
	for (i = 0; i < t->pages; i++) {
		ret = device_alloc_2010(t->fd, peer, !writable, &t->grefs[i],
					&page_idx);
		if (ret) {
			raw_close(t);
			return ret;
		}
		if (!i)
			t->index = page_idx * PAGE;
	}
	return raw_share(t);
}

static long raw_notify(struct thing *t, uint64_t offset, uint32_t actions,
		       uint32_t port)
{
	return device_notify(t->fd, t->index + offset, actions, port);
}

static long dealloc_2011(struct thing *t, size_t first, size_t count)
{
	return device_dealloc(t->fd, t->index + first * PAGE,
			      (uint32_t)count);
}

static long dealloc_2010(struct thing *t, size_t first, size_t count)
{
	size_t i;
	long ret;

	for (i = first; i < first + count; i++) {
		ret = device_dealloc_2010(t->fd, t->grefs[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static long raw_give_up(struct thing *t)
{
	if (munmap(t->address, t->pages * PAGE) < 0)
		return -errno;
	return t->fd < 0 ? 0 : raw_close(t);
}

const struct backend share_2010 = {
	.name = "2010",
	.share = share_2010_pages,
	.notify = raw_notify,
	.dealloc = dealloc_2010,
	.close = raw_close,
	.give_up = raw_give_up,
};

const struct backend share_2011 = {
	.name = "2011",
	.share = share_2011_pages,
	.notify = raw_notify,
	.dealloc = dealloc_2011,
	.close = raw_close,
	.give_up = raw_give_up,
};

/* The device of a peer is gntdev, the kernel's own. */
static long withdraw(const struct thing *t)
{
	struct ioctl_gntdev_unmap_grant_ref op = {
		.index = t->index,
		.count = (uint32_t)t->pages,
	};

	return result(ioctl(t->fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op));
}

static long insert(struct thing *t, uint16_t owner)
{
	struct ioctl_gntdev_map_grant_ref *op;
	size_t i;
	long ret;

	op = malloc(offsetof(struct ioctl_gntdev_map_grant_ref, refs) +
		    t->pages * sizeof(op->refs[0]));
	if (!op)
		return -ENOMEM;
	op->count = (uint32_t)t->pages;
	for (i = 0; i < t->pages; i++) {
		op->refs[i].domid = owner;
		op->refs[i].ref = t->grefs[i];
	}
	ret = result(ioctl(t->fd, IOCTL_GNTDEV_MAP_GRANT_REF, op));
	t->index = op->index;
	free(op);
	return ret;
}

static long gntdev_map(struct thing *t, uint16_t owner, bool writable)
{
	int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	long ret;

	t->fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	if (t->fd < 0)
		return -errno;
	ret = insert(t, owner);
	if (ret) {
		raw_close(t);
		return ret;
	}
	t->address = mmap(NULL, t->pages * PAGE, prot, MAP_SHARED, t->fd,
			  (off_t)t->index);
	if (t->address == MAP_FAILED) {
		ret = -errno;
		withdraw(t);
		raw_close(t);
	}
	return ret;
}

static long gntdev_give_up(struct thing *t)
{
	long ret, withdrawn;

	ret = result(munmap(t->address, t->pages * PAGE));
	withdrawn = withdraw(t);
	raw_close(t);
	return ret ? ret : withdrawn;
}

const struct backend map_gntdev = {
	.name = "gntdev",
	.map = gntdev_map,
	.give_up = gntdev_give_up,
};

/* --- libgntshare --------------------------------------------------------- */

static long gntshare_share(struct thing *t, uint16_t peer, bool writable)
{
	struct gntshare *allocator = NULL;
	struct gntshare_region *region = NULL;
	long ret;

	ret = gntshare_open(&allocator, NULL);
	if (ret)
		return ret;
	ret = gntshare_region_share(allocator, &region, peer, t->pages,
				    writable ? GNTSHARE_WRITABLE : 0);
	if (ret) {
		gntshare_close(allocator);
		return ret;
	}
	t->handle = allocator;
	t->object = region;
	t->address = gntshare_region_address(region);
	memcpy(t->grefs, gntshare_region_grefs(region),
	       t->pages * sizeof(*t->grefs));
	return 0;
}

static long gntshare_share_notify(struct thing *t, uint64_t offset,
				  uint32_t actions, uint32_t port)
{
	return gntshare_region_notify(t->object, offset, actions, port);
}

static long gntshare_share_close(struct thing *t)
{
	return gntshare_close(t->handle);
}

static long gntshare_share_give_up(struct thing *t)
{
	long ret = gntshare_region_destroy(t->object);
	long closed = gntshare_close(t->handle);

	return ret ? ret : closed;
}

const struct backend share_gntshare = {
	.name = "gntshare",
	.share = gntshare_share,
	.notify = gntshare_share_notify,
	.close = gntshare_share_close,
	.give_up = gntshare_share_give_up,
};

static long gntshare_map(struct thing *t, uint16_t owner, bool writable)
{
	struct gntshare_mapper *mapper = NULL;
	struct gntshare_mapping *mapping = NULL;
	long ret;

	ret = gntshare_mapper_open(&mapper, NULL);
	if (ret)
		return ret;
	ret = gntshare_mapping_create(mapper, &mapping, owner, t->grefs,
				      t->pages,
				      writable ? GNTSHARE_WRITABLE : 0);
	if (ret) {
		gntshare_mapper_close(mapper);
		return ret;
	}
	t->handle = mapper;
	t->object = mapping;
	t->address = gntshare_mapping_address(mapping);
	return 0;
}

static long gntshare_map_notify(struct thing *t, uint64_t offset,
				uint32_t actions, uint32_t port)
{
	return gntshare_mapping_notify(t->object, offset, actions, port);
}

static long gntshare_map_close(struct thing *t)
{
	return gntshare_mapper_close(t->handle);
}

static long gntshare_map_give_up(struct thing *t)
{
	long ret = gntshare_mapping_destroy(t->object);
	long closed = gntshare_mapper_close(t->handle);

	return ret ? ret : closed;
}

const struct backend map_gntshare = {
	.name = "gntshare",
	.map = gntshare_map,
	.notify = gntshare_map_notify,
	.close = gntshare_map_close,
	.give_up = gntshare_map_give_up,
};

/* No program can map this dma-buf. A card keeps it, and nothing else does. */
static long dmabuf_map(struct thing *t, uint16_t owner, bool writable)
{
	struct gntshare_mapper *mapper = NULL;
	long ret;
	int dmabuf;

	ret = gntshare_mapper_open(&mapper, NULL);
	if (ret)
		return ret;
	ret = gntshare_mapper_export(mapper, owner, t->grefs, t->pages,
				     writable ? GNTSHARE_WRITABLE : 0, &dmabuf);
	gntshare_mapper_close(mapper);
	if (ret)
		return ret;
	t->memfd = dmabuf;
	t->fd = card_import(dmabuf);
	return t->fd < 0 ? t->fd : 0;
}

static long dmabuf_map_close(struct thing *t)
{
	return close(t->memfd) ? -errno : 0;
}

static long dmabuf_map_give_up(struct thing *t)
{
	return close(t->fd) ? -errno : 0;
}

const struct backend map_dmabuf = {
	.name = "dmabuf",
	.map = dmabuf_map,
	.close = dmabuf_map_close,
	.give_up = dmabuf_map_give_up,
};

/* --- Xen's libxengnttab --------------------------------------------------- */

static long xengntshr_share(struct thing *t, uint16_t peer, bool writable)
{
	xengntshr_handle *handle = xengntshr_open(NULL, 0);

	if (!handle)
		return -errno;
	if (t->notifies)
		t->address = xengntshr_share_page_notify(handle, peer, t->grefs,
							 writable, t->offset,
							 t->port);
	else
		t->address = xengntshr_share_pages(handle, peer, (int)t->pages,
						   t->grefs, writable);
	if (!t->address) {
		long ret = -errno;

		xengntshr_close(handle);
		return ret;
	}
	t->handle = handle;
	return 0;
}

static long xengntshr_share_give_up(struct thing *t)
{
	long ret = result(xengntshr_unshare(t->handle, t->address,
					    (uint32_t)t->pages));
	long closed = result(xengntshr_close(t->handle));

	return ret ? ret : closed;
}

const struct backend share_xengntshr = {
	.name = "xengntshr",
	.share = xengntshr_share,
	.give_up = xengntshr_share_give_up,
};

static long xengnttab_map(struct thing *t, uint16_t owner, bool writable)
{
	int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	xengnttab_handle *handle = xengnttab_open(NULL, 0);

	if (!handle)
		return -errno;
	if (t->notifies)
		t->address = xengnttab_map_grant_ref_notify(handle, owner,
							    t->grefs[0], prot,
							    t->offset,
							    t->port);
	else
		t->address = xengnttab_map_domain_grant_refs(handle,
							     (uint32_t)t->pages,
							     owner, t->grefs,
							     prot);
	if (!t->address) {
		long ret = -errno;

		xengnttab_close(handle);
		return ret;
	}
	t->handle = handle;
	return 0;
}

static long xengnttab_map_give_up(struct thing *t)
{
	long ret = result(xengnttab_unmap(t->handle, t->address,
					  (uint32_t)t->pages));
	long closed = result(xengnttab_close(t->handle));

	return ret ? ret : closed;
}

const struct backend map_xengnttab = {
	.name = "xengnttab",
	.map = xengnttab_map,
	.give_up = xengnttab_map_give_up,
};
