// SPDX-License-Identifier: LGPL-2.1-or-later
/* The mapper: an open file of /dev/xen/gntdev and its mappings. */
#include <errno.h>

#include "internal.h"

int gntshare_mapper_open(struct gntshare_mapper **out, const char *path)
{
	struct gntshare_mapper *m;
	int err;

	if (!out)
		return -EINVAL;
	m = gntshare__os.alloc(sizeof(*m));
	if (!m)
		return -ENOMEM;
	err = gntshare__device_open(&m->device,
				    path ? path : "/dev/xen/gntdev",
				    "xen/gntdev");
	if (err) {
		gntshare__os.free(m);
		return err;
	}
	*out = m;
	return 0;
}

int gntshare_mapper_close(struct gntshare_mapper *m)
{
	int err;

	if (!m)
		return 0;
	err = gntshare__device_close(&m->device);
	gntshare__os.free(m);
	return err;
}

int gntshare_mapper_fd(const struct gntshare_mapper *m)
{
	return m->device.fd;
}
