// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Regions: pages that this domain shares with a peer. Those that are made
 * here are granted to a peer from the start: by one call of the native level of
 * /dev/xen/gntalloc, or through the 2011 level, which every driver has; the
 * others in grant.c.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"

static int deallocate(const struct gntshare_region *r)
{
	struct gntalloc_2011_dealloc op = {
		.index = r->offset,
		.count = r->pages,
	};

	if (r->id)
		return gntshare__native_destroy(r->device, r->id, 0, 0);
	return gntshare__os.ioctl(r->device->fd, GNTALLOC_2011_DEALLOC, &op);
}

/* -EOPNOTSUPP if the driver does not know the call. */
static int share_native(struct gntshare_region *r, uint32_t domid,
			unsigned int flags)
{
	struct gntalloc_native_share op = {
		.refs = (uintptr_t)r->refs,
		.pages = r->pages,
		.domid = (uint16_t)domid,
		.flags = flags & GNTSHARE_WRITABLE ?
			 GNTALLOC_SHARE_WRITABLE : 0,
	};
	int err;

	err = gntshare__native(r->device, GNTALLOC_NATIVE_SHARE, &op);
	if (err)
		return err;
	r->id = op.id;
	r->offset = op.offset;
	return 0;
}

static int share_2011(struct gntshare_region *r, uint32_t domid,
		      unsigned int flags)
{
	const size_t head = offsetof(struct gntalloc_2011_alloc, all_gref_ids);
	const size_t refs = r->pages * sizeof(r->refs[0]);
	struct gntalloc_2011_alloc *op;
	int err;

	/* With one page the struct's padding reaches beyond its array. */
	op = gntshare__os.alloc(head + refs < sizeof(*op) ? sizeof(*op) :
							    head + refs);
	if (!op)
		return -ENOMEM;
	op->domid = (uint16_t)domid;
	op->flags = flags & GNTSHARE_WRITABLE ? GNTALLOC_2011_WRITABLE : 0;
	op->count = r->pages;
	err = gntshare__os.ioctl(r->device->fd, GNTALLOC_2011_ALLOC, op);
	if (!err) {
		r->offset = op->index;
		memcpy(r->refs, op->all_gref_ids, refs);
	}
	gntshare__os.free(op);
	return err;
}

static bool lacks_share(struct gntshare *a)
{
	bool lacks;

	pthread_mutex_lock(&a->device.lock);
	lacks = a->lacks_share;
	pthread_mutex_unlock(&a->device.lock);
	return lacks;
}

static void set_lacks_share(struct gntshare *a)
{
	pthread_mutex_lock(&a->device.lock);
	a->lacks_share = true;
	pthread_mutex_unlock(&a->device.lock);
}

static int share(struct gntshare *a, struct gntshare_region *r, uint32_t domid,
		 unsigned int flags)
{
	int err;

	if (!lacks_share(a)) {
		err = share_native(r, domid, flags);
		if (err != -EOPNOTSUPP)
			return err;
		set_lacks_share(a);
	}
	return share_2011(r, domid, flags);
}

/* Get the pages and map them; on failure they are deallocated again. */
static int share_and_map(struct gntshare *a, struct gntshare_region *r,
			 uint32_t domid, unsigned int flags)
{
	int err;

	err = share(a, r, domid, flags);
	if (err)
		return err;
	err = gntshare__device_map(r->device, &r->address, r->size,
				   PROT_READ | PROT_WRITE, r->offset);
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
	    !gntshare__sizes(pages, sizeof(*r), sizeof(r->refs[0]), &bytes,
			     &memory))
		return -EINVAL;
	if (!gntshare__device_is_ours(&a->device))
		return -EPERM;

	r = gntshare__os.alloc(memory);
	if (!r)
		return -ENOMEM;
	r->device = &a->device;
	r->size = bytes;
	r->pages = (uint32_t)pages;
	r->shared = true;

	err = share_and_map(a, r, domid, flags);
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
	return r->pages;
}

const uint32_t *gntshare_region_refs(const struct gntshare_region *r)
{
	return r->shared ? r->refs : NULL;
}

uint64_t gntshare_region_offset(const struct gntshare_region *r)
{
	return r->offset;
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

	op.index = r->offset + offset;
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
