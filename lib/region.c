// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Regions: pages that this domain shares with a peer. Those that are made
 * here are made through the 2011 level of /dev/xen/gntalloc, which every
 * driver has; the others in grant.c.
 */
#include <errno.h>
#include <sys/mman.h>

#include "internal.h"

static int deallocate(const struct gntshare_region *r)
{
	struct gntalloc_2011_dealloc op = {
		.index = r->alloc.index,
		.count = r->alloc.count,
	};

	if (r->id)
		return gntshare__native_destroy(r->device, r->id, 0, 0);
	return gntshare__os.ioctl(r->device->fd, GNTALLOC_2011_DEALLOC, &op);
}

/* Get the pages and map them; on failure they are deallocated again. */
static int allocate(struct gntshare_region *r)
{
	int err;

	err = gntshare__os.ioctl(r->device->fd, GNTALLOC_2011_ALLOC,
				 &r->alloc);
	if (err)
		return err;
	err = gntshare__device_map(r->device, &r->address, r->size,
				   PROT_READ | PROT_WRITE, r->alloc.index);
	if (err)
		deallocate(r);
	return err;
}

int gntshare_region_create(struct gntshare *a, struct gntshare_region **out,
			   uint32_t domid, size_t pages, unsigned int flags)
{
	struct gntshare_region *r;
	size_t bytes, memory;
	int err;

	if (!a || !out || domid >= GNTALLOC_DOMID_FIRST_RESERVED ||
	    (flags & ~GNTSHARE_WRITABLE) ||
	    !gntshare__sizes(pages,
			     offsetof(struct gntshare_region, alloc.gref_ids),
			     sizeof(r->alloc.gref_ids[0]), &bytes, &memory))
		return -EINVAL;
	if (!gntshare__device_is_ours(&a->device))
		return -EPERM;

	/* With one page the struct's padding reaches beyond its array. */
	if (memory < sizeof(*r))
		memory = sizeof(*r);
	r = gntshare__os.alloc(memory);
	if (!r)
		return -ENOMEM;
	r->device = &a->device;
	r->size = bytes;
	r->alloc.domid = (uint16_t)domid;
	r->alloc.flags = flags & GNTSHARE_WRITABLE ?
			 GNTALLOC_2011_WRITABLE : 0;
	r->alloc.count = (uint32_t)pages;

	err = allocate(r);
	if (err) {
		gntshare__os.free(r);
		return err;
	}
	r->link.release = gntshare__region_release;
	gntshare__device_add(&a->device, &r->link);
	*out = r;
	return 0;
}

void *gntshare_region_address(const struct gntshare_region *r)
{
	return r->address;
}

size_t gntshare_region_size(const struct gntshare_region *r)
{
	return r->size;
}

size_t gntshare_region_pages(const struct gntshare_region *r)
{
	return r->alloc.count;
}

const uint32_t *gntshare_region_refs(const struct gntshare_region *r)
{
	return r->id ? NULL : r->alloc.gref_ids;
}

uint64_t gntshare_region_offset(const struct gntshare_region *r)
{
	return r->alloc.index;
}

uint64_t gntshare_region_id(const struct gntshare_region *r)
{
	return r->id;
}

int gntshare_region_notify(struct gntshare_region *r, size_t offset,
			   unsigned int actions, uint32_t port)
{
	struct gntalloc_2011_notify op;

	if (!r || offset >= r->size ||
	    (actions & ~(GNTSHARE_NOTIFY_CLEAR_BYTE |
			 GNTSHARE_NOTIFY_SEND_EVENT)))
		return -EINVAL;
	if (!gntshare__device_is_ours(r->device))
		return -EPERM;

	op.index = r->alloc.index + offset;
	op.action = actions;
	op.event_channel_port = port;
	return gntshare__os.ioctl(r->device->fd, GNTALLOC_2011_NOTIFY, &op);
}

int gntshare__region_release(struct gntshare__link *link)
{
	struct gntshare_region *r = (struct gntshare_region *)link;
	int err = 0;

	/*
	 * Unmapped first, so that the grants end with the deallocation. If one
	 * step fails the other one is still worth doing.
	 */
	if (gntshare__device_is_ours(r->device)) {
		err = gntshare__os.munmap(r->address, r->size);
		if (!r->released)
			err = gntshare__first(err, deallocate(r));
	}
	gntshare__os.free(r);
	return err;
}

int gntshare_region_destroy(struct gntshare_region *r)
{
	return r ? gntshare__device_destroy(r->device, &r->link) : 0;
}
