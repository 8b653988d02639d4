// SPDX-License-Identifier: LGPL-2.1-or-later
/* The allocator: an open file of /dev/xen/gntalloc, with all its objects. */
#include <errno.h>

#include "internal.h"

int gntshare_open(struct gntshare **out, const char *path)
{
	struct gntshare *share;
	int err;

	if (!out)
		return -EINVAL;
	share = gntshare__os.alloc(sizeof(*share));
	if (!share)
		return -ENOMEM;
	err = gntshare__device_open(&share->device,
				    path ? path : "/dev/xen/gntalloc",
				    "xen/gntalloc");
	if (err) {
		gntshare__os.free(share);
		return err;
	}
	*out = share;
	return 0;
}

int gntshare_adopt(struct gntshare **out, int fd)
{
	struct gntshare *share;
	int err;

	if (!out)
		return -EINVAL;
	share = gntshare__os.alloc(sizeof(*share));
	if (!share)
		return -ENOMEM;
	err = gntshare__device_adopt(&share->device, fd, "xen/gntalloc");
	if (err) {
		gntshare__os.free(share);
		return err;
	}
	*out = share;
	return 0;
}

int gntshare_close(struct gntshare *share)
{
	int err;

	if (!share)
		return 0;
	err = gntshare__device_close(&share->device);
	gntshare__os.free(share);
	return err;
}

int gntshare_fd(const struct gntshare *share)
{
	return share->device.fd;
}
