// SPDX-License-Identifier: LGPL-2.1-or-later
/* Views: one mapping of any range of an allocator's pages. */
#include <errno.h>
#include <sys/mman.h>

#include "internal.h"

/*
 * struct gntshare_view
 *
 * @object: its place in the allocator's list
 * @device: the allocator's device
 * @address, @size: the mapping, in bytes
 */
struct gntshare_view {
	struct gntshare__object object;
	struct gntshare__device *device;
	void *address;
	size_t size;
};

static int view_free(struct gntshare__object *object)
{
	struct gntshare_view *view = (struct gntshare_view *)object;
	int err = 0;

	if (gntshare__device_is_ours(view->device))
		err = gntshare__os.munmap(view->address, view->size);
	gntshare__os.free(view);
	return err;
}

int gntshare_view_create(struct gntshare *share, struct gntshare_view **out,
			 uint64_t offset, size_t pages)
{
	struct gntshare_view *view;
	size_t bytes, memory;
	int err;

	if (!share || !out || offset % gntshare__os.page_size() ||
	    !gntshare__sizes(pages, sizeof(*view), 0, &bytes, &memory))
		return -EINVAL;
	if (!gntshare__device_is_ours(&share->device))
		return -EPERM;

	view = gntshare__os.alloc(memory);
	if (!view)
		return -ENOMEM;
	view->device = &share->device;
	view->size = bytes;
	err = gntshare__device_map(view->device, &view->address, view->size,
				   PROT_READ | PROT_WRITE, offset);
	if (err) {
		gntshare__os.free(view);
		return err;
	}
	view->object.free = view_free;
	gntshare__device_add(&share->device, &view->object);
	*out = view;
	return 0;
}

void *gntshare_view_address(const struct gntshare_view *view)
{
	return view->address;
}

size_t gntshare_view_size(const struct gntshare_view *view)
{
	return view->size;
}

int gntshare_view_destroy(struct gntshare_view *view)
{
	return view ? gntshare__device_destroy(view->device, &view->object) : 0;
}
