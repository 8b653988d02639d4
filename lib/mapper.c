// SPDX-License-Identifier: LGPL-2.1-or-later
/* The mapper: an open file of /dev/xen/gntdev, with its mappings. */
#include <errno.h>

#include "internal.h"

int gntshare_mapper_open(struct gntshare_mapper **out, const char *path)
{
	struct gntshare_mapper *mapper;
	int err;

	if (!out)
		return -EINVAL;
	mapper = gntshare__os.alloc(sizeof(*mapper));
	if (!mapper)
		return -ENOMEM;
	err = gntshare__device_open(&mapper->device,
				    path ? path : "/dev/xen/gntdev",
				    "xen/gntdev");
	if (err) {
		gntshare__os.free(mapper);
		return err;
	}
	*out = mapper;
	return 0;
}

int gntshare_mapper_close(struct gntshare_mapper *mapper)
{
	int err;

	if (!mapper)
		return 0;
	err = gntshare__device_close(&mapper->device);
	gntshare__os.free(mapper);
	return err;
}

int gntshare_mapper_fd(const struct gntshare_mapper *mapper)
{
	return mapper->device.fd;
}
