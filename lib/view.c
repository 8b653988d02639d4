// SPDX-License-Identifier: LGPL-2.1-or-later
/* Views: one mapping of any run of an allocator's pages. */
#include <errno.h>
#include <sys/mman.h>

#include "internal.h"

/*
 * struct gntshare_view
 *
 * @link: in the allocator's list
 * @device: the allocator's
 * @address, @size: the mapping
 */
struct gntshare_view {
	struct gntshare__link link;
	struct gntshare__device *device;
	void *address;
	size_t size;
};

static int view_release(struct gntshare__link *link)
{
	struct gntshare_view *v = (struct gntshare_view *)link;
	int err = 0;

	if (gntshare__device_is_ours(v->device))
		err = gntshare__os.munmap(v->address, v->size);
	gntshare__os.free(v);
	return err;
}

int gntshare_view_create(struct gntshare *a, struct gntshare_view **out,
			 uint64_t offset, size_t pages)
{
	struct gntshare_view *v;
	size_t bytes, memory;
	int err;

	if (!a || !out || offset % gntshare__os.page_size() ||
	    !gntshare__sizes(pages, sizeof(*v), 0, &bytes, &memory))
		return -EINVAL;
	if (!gntshare__device_is_ours(&a->device))
		return -EPERM;

	v = gntshare__os.alloc(memory);
	if (!v)
		return -ENOMEM;
	v->device = &a->device;
	v->size = bytes;
	err = gntshare__device_map(v->device, &v->address, v->size,
				   PROT_READ | PROT_WRITE, offset);
	if (err) {
		gntshare__os.free(v);
		return err;
	}
	v->link.release = view_release;
	gntshare__device_add(&a->device, &v->link);
	*out = v;
	return 0;
}

void *gntshare_view_address(const struct gntshare_view *v)
{
	return v->address;
}

size_t gntshare_view_size(const struct gntshare_view *v)
{
	return v->size;
}

int gntshare_view_destroy(struct gntshare_view *v)
{
	return v ? gntshare__device_destroy(v->device, &v->link) : 0;
}
