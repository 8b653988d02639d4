// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Regions: pages of this domain. This file shares them, which means that it
 * creates them and grants them to one peer, by one call of /dev/xen/gntalloc.
 * That is a call of the native level if the driver has one, otherwise of level
 * 2011, which every driver has. create.c creates regions without a grant.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"

static int deallocate(const struct gntshare_region *region)
{
	struct gntalloc_2011_dealloc op = {
		.index = region->offset,
		.count = region->pages,
	};

	if (region->id)
		return gntshare__native_destroy(region->device, region->id, 0,
						0);
	return gntshare__os.ioctl(region->device->fd, GNTALLOC_2011_DEALLOC,
				  &op);
}

/* Returns -EOPNOTSUPP if the driver does not know the call. */
static int share_native(struct gntshare_region *region, uint32_t domid,
			unsigned int flags)
{
	struct gntalloc_native_share op = {
		.grefs = (uintptr_t)region->grefs,
		.pages = region->pages,
		.domid = (uint16_t)domid,
		.flags = flags,
	};
	int err;

	err = gntshare__native(region->device, GNTALLOC_NATIVE_SHARE, &op);
	if (err)
		return err;
	region->id = op.id;
	region->offset = op.offset;
	return 0;
}

static int share_2011(struct gntshare_region *region, uint32_t domid,
		      unsigned int flags)
{
	const size_t head = offsetof(struct gntalloc_2011_alloc, all_gref_ids);
	const size_t grefs = region->pages * sizeof(region->grefs[0]);
	struct gntalloc_2011_alloc *op;
	int err;

	/* For one page, the struct is longer than its array, due to padding. */
	op = gntshare__os.alloc(head + grefs < sizeof(*op) ? sizeof(*op) :
							    head + grefs);
	if (!op)
		return -ENOMEM;
	op->domid = (uint16_t)domid;
	op->flags = flags & GNTSHARE_WRITABLE ? GNTALLOC_2011_WRITABLE : 0;
	op->count = region->pages;
	err = gntshare__os.ioctl(region->device->fd, GNTALLOC_2011_ALLOC, op);
	if (!err) {
		region->offset = op->index;
		memcpy(region->grefs, op->all_gref_ids, grefs);
	}
	gntshare__os.free(op);
	return err;
}

static bool lacks_share(struct gntshare *share)
{
	bool lacks;

	pthread_mutex_lock(&share->device.lock);
	lacks = share->lacks_share;
	pthread_mutex_unlock(&share->device.lock);
	return lacks;
}

static void set_lacks_share(struct gntshare *share)
{
	pthread_mutex_lock(&share->device.lock);
	share->lacks_share = true;
	pthread_mutex_unlock(&share->device.lock);
}

static int share_pages(struct gntshare *share, struct gntshare_region *region,
		       uint32_t domid, unsigned int flags)
{
	int err;

	if (!lacks_share(share)) {
		err = share_native(region, domid, flags);
		if (err != -EOPNOTSUPP)
			return err;
		set_lacks_share(share);
	}
	return share_2011(region, domid, flags);
}

/* Share the pages and map them; on failure they are deallocated again. */
static int share_and_map(struct gntshare *share, struct gntshare_region *region,
			 uint32_t domid, unsigned int flags)
{
	int err;

	err = share_pages(share, region, domid, flags);
	if (err)
		return err;
	err = gntshare__device_map(region->device, &region->address,
				   region->size, PROT_READ | PROT_WRITE,
				   region->offset);
	if (err)
		deallocate(region);
	return err;
}

int gntshare__region_unmap(const struct gntshare_region *region)
{
	return region->address ? gntshare__os.munmap(region->address,
						     region->size)
			       : 0;
}

/* The function free() of a region's object */
static int region_free(struct gntshare__object *object)
{
	struct gntshare_region *region = (struct gntshare_region *)object;
	int err = 0;

	/*
	 * The region is unmapped first, so that the grants end when the pages
	 * are deallocated. If one step fails, the other one is still useful.
	 */
	if (gntshare__device_is_ours(region->device)) {
		err = gntshare__region_unmap(region);
		if (!region->destroyed)
			err = gntshare__first_error(err, deallocate(region));
	}
	gntshare__os.free(region);
	return err;
}

struct gntshare_region *gntshare__region_alloc(struct gntshare *share,
					       size_t memory, size_t pages,
					       size_t bytes)
{
	struct gntshare_region *region = gntshare__os.alloc(memory);

	if (region) {
		region->device = &share->device;
		region->pages = (uint32_t)pages;
		region->size = bytes;
	}
	return region;
}

int gntshare__region_done(struct gntshare_region *region, int err,
			  struct gntshare_region **out)
{
	if (err) {
		gntshare__os.free(region);
		return err;
	}
	region->object.free = region_free;
	gntshare__device_add(region->device, &region->object);
	*out = region;
	return 0;
}

int gntshare_region_share(struct gntshare *share, struct gntshare_region **out,
			  uint32_t domid, size_t pages, unsigned int flags)
{
	struct gntshare_region *region;
	size_t bytes, memory;

	if (!share || !out || domid >= GNTALLOC_DOMID_FIRST_RESERVED ||
	    (flags & ~GNTSHARE_WRITABLE) ||
	    !gntshare__sizes(pages, sizeof(*region), sizeof(region->grefs[0]),
			     &bytes, &memory))
		return -EINVAL;
	if (!gntshare__device_is_ours(&share->device))
		return -EPERM;

	region = gntshare__region_alloc(share, memory, pages, bytes);
	if (!region)
		return -ENOMEM;
	region->shared = true;
	return gntshare__region_done(region,
				     share_and_map(share, region, domid, flags),
				     out);
}

void *gntshare_region_address(const struct gntshare_region *region)
{
	return region->address;
}

size_t gntshare_region_size(const struct gntshare_region *region)
{
	return region->size;
}

size_t gntshare_region_pages(const struct gntshare_region *region)
{
	return region->pages;
}

const uint32_t *gntshare_region_grefs(const struct gntshare_region *region)
{
	return region->shared ? region->grefs : NULL;
}

uint64_t gntshare_region_offset(const struct gntshare_region *region)
{
	return region->offset;
}

uint64_t gntshare_region_id(const struct gntshare_region *region)
{
	return region->id;
}

int gntshare_region_notify(struct gntshare_region *region, size_t offset,
			   unsigned int actions, uint32_t port)
{
	struct gntalloc_2011_notify op;

	if (!region || offset >= region->size ||
	    (actions & ~(GNTSHARE_NOTIFY_CLEAR_BYTE |
			 GNTSHARE_NOTIFY_SEND_EVENT)))
		return -EINVAL;
	if (!gntshare__device_is_ours(region->device))
		return -EPERM;

	op.index = region->offset + offset;
	op.action = actions;
	op.event_channel_port = port;
	return gntshare__os.ioctl(region->device->fd, GNTALLOC_2011_NOTIFY,
				  &op);
}

int gntshare_region_destroy(struct gntshare_region *region)
{
	return region ? gntshare__device_destroy(region->device,
						 &region->object)
		      : 0;
}
