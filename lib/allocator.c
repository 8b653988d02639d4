// SPDX-License-Identifier: LGPL-2.1-or-later
/* The allocator: an open file of /dev/xen/gntalloc, and all that is on it. */
#include <errno.h>

#include "internal.h"

int gntshare_open(struct gntshare **out, const char *path)
{
	struct gntshare *a;
	int err;

	if (!out)
		return -EINVAL;
	a = gntshare__os.alloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	err = gntshare__device_open(&a->device,
				    path ? path : "/dev/xen/gntalloc",
				    "xen/gntalloc");
	if (err) {
		gntshare__os.free(a);
		return err;
	}
	*out = a;
	return 0;
}

int gntshare_adopt(struct gntshare **out, int fd)
{
	struct gntshare *a;
	int err;

	if (!out)
		return -EINVAL;
	a = gntshare__os.alloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	err = gntshare__device_adopt(&a->device, fd, "xen/gntalloc");
	if (err) {
		gntshare__os.free(a);
		return err;
	}
	*out = a;
	return 0;
}

int gntshare_close(struct gntshare *a)
{
	int err;

	if (!a)
		return 0;
	err = gntshare__device_close(&a->device);
	gntshare__os.free(a);
	return err;
}

int gntshare_fd(const struct gntshare *a)
{
	return a->device.fd;
}
