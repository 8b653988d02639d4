// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Regions that are granted to nobody when they are made, and to any number of
 * peers then: through the native level of /dev/xen/gntalloc.
 */
#include <errno.h>
#include <sys/mman.h>

#include "internal.h"

/* Get the pages and map them; on failure they are destroyed again. */
static int allocate(struct gntshare_region *r,
		    struct gntalloc_native_create *op)
{
	int err;

	err = gntshare__native(r->device, GNTALLOC_NATIVE_CREATE, op);
	if (err)
		return err;
	err = gntshare__device_map(r->device, &r->address, r->size,
				   PROT_READ | PROT_WRITE, op->offset);
	if (err)
		gntshare__native_destroy(r->device, op->id, 0, 0);
	return err;
}

int gntshare_region_alloc(struct gntshare *a, struct gntshare_region **out,
			  size_t pages, uint64_t offset)
{
	struct gntalloc_native_create op = { 0 };
	struct gntshare_region *r;
	size_t bytes, memory;
	int err;

	if (!a || !out ||
	    !gntshare__sizes(pages, sizeof(*r), 0, &bytes, &memory))
		return -EINVAL;
	if (offset != GNTSHARE_ANYWHERE) {
		if (offset % gntshare__os.page_size())
			return -EINVAL;
		op.offset = offset;
		op.flags = GNTALLOC_CREATE_FIXED;
	}
	if (!gntshare__device_is_ours(&a->device))
		return -EPERM;

	r = gntshare__os.alloc(memory);
	if (!r)
		return -ENOMEM;
	r->device = &a->device;
	r->size = bytes;
	op.pages = (uint32_t)pages;

	err = allocate(r, &op);
	if (err) {
		gntshare__os.free(r);
		return err;
	}
	r->id = op.id;
	r->offset = op.offset;
	r->pages = op.pages;
	r->link.release = gntshare__region_release;
	gntshare__device_add(&a->device, &r->link);
	*out = r;
	return 0;
}

/* Where in the device the run of a region's pages is, if it has that run. */
static bool run_of(const struct gntshare_region *r, size_t first, size_t pages,
		   uint64_t *offset)
{
	*offset = r->offset + (uint64_t)first * gntshare__os.page_size();
	return pages && first < r->pages && pages <= r->pages - first;
}

int gntshare_region_grant(struct gntshare_region *r, size_t first, size_t pages,
			  uint32_t domid, unsigned int flags, uint32_t *refs)
{
	struct gntalloc_native_grant op = { 0 };
	uint64_t offset;

	if (!r || !refs || domid >= GNTALLOC_DOMID_FIRST_RESERVED ||
	    (flags & ~(GNTSHARE_WRITABLE | GNTSHARE_CONSECUTIVE)) ||
	    !run_of(r, first, pages, &offset))
		return -EINVAL;
	if (!gntshare__device_is_ours(r->device))
		return -EPERM;

	op.offset = offset;
	op.refs = (uintptr_t)refs;
	op.pages = (uint32_t)pages;
	op.domid = (uint16_t)domid;
	op.flags = flags;
	return gntshare__native(r->device, GNTALLOC_NATIVE_GRANT, &op);
}

int gntshare_region_revoke(struct gntshare_region *r, size_t first,
			   size_t pages, uint32_t domid, size_t *held)
{
	struct gntalloc_native_revoke op = { 0 };
	uint64_t offset;
	int err;

	if (!r || domid >= GNTALLOC_DOMID_FIRST_RESERVED ||
	    !run_of(r, first, pages, &offset))
		return -EINVAL;
	if (!gntshare__device_is_ours(r->device))
		return -EPERM;

	op.offset = offset;
	op.pages = (uint32_t)pages;
	op.domid = (uint16_t)domid;
	err = gntshare__native(r->device, GNTALLOC_NATIVE_REVOKE, &op);
	if (!err && held)
		*held = op.held;
	return err;
}
