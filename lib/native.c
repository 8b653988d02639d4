// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The native level of /dev/xen/gntalloc: how its calls are made, what the
 * driver reports about itself, and how a descriptor is restricted.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

int gntshare__native(const struct gntshare__device *d, unsigned long request,
		     void *op)
{
	int err = gntshare__os.ioctl(d->fd, request, op);

	/*
	 * A driver has either no call of this level or at least those of its
	 * first version. If it does not know the number of one of these, the
	 * level is missing; if of another one, it is older than the library.
	 */
	return err == -ENOTTY ? -EOPNOTSUPP : err;
}

int gntshare__native_destroy(const struct gntshare__device *d, uint64_t id,
			     uint32_t flags, int eventfd)
{
	struct gntalloc_native_destroy op = {
		.id = id,
		.flags = flags,
		.eventfd = eventfd,
	};

	return gntshare__native(d, GNTALLOC_NATIVE_DESTROY, &op);
}

void gntshare__answer(void *out, size_t size, const void *answer, size_t have)
{
	size_t common = size < have ? size : have;

	memcpy(out, answer, common);
	memset((char *)out + common, 0, size - common);
}

static uint64_t features(uint64_t driver)
{
	uint64_t library = GNTSHARE_FEATURE_NATIVE;

	if (driver & GNTALLOC_FEATURE_CONSECUTIVE)
		library |= GNTSHARE_FEATURE_CONSECUTIVE;
	if (driver & GNTALLOC_FEATURE_GENERATION)
		library |= GNTSHARE_FEATURE_GENERATION;
	if (driver & GNTALLOC_FEATURE_MEMORY)
		library |= GNTSHARE_FEATURE_MEMORY;
	if (driver & GNTALLOC_FEATURE_DMABUF)
		library |= GNTSHARE_FEATURE_DMABUF;
	return library;
}

int gntshare_info(struct gntshare *share, struct gntshare_info *info,
		  size_t size)
{
	struct gntalloc_native_info op = { 0 };
	struct gntshare_info answer = { 0 };
	int err;

	if (!share || !info || size < sizeof(answer))
		return -EINVAL;
	if (!gntshare__device_is_ours(&share->device))
		return -EPERM;

	err = gntshare__native(&share->device, GNTALLOC_NATIVE_INFO, &op);
	if (err && err != -EOPNOTSUPP)
		return err;
	if (!err) {
		answer.features = features(op.features);
		answer.generation = op.generation;
		answer.limit = op.limit;
		answer.quota = op.quota;
		answer.pages = op.pages;
		answer.entries = op.entries;
		answer.draining = op.draining;
		answer.user_pages = op.user_pages;
		answer.user_entries = op.user_entries;
		answer.headroom = op.headroom;
	}
	gntshare__answer(info, size, &answer, sizeof(answer));
	return 0;
}

/* Do the arguments fit the flags? */
static bool restrict_makes_sense(unsigned int flags, size_t pages,
				 const uint32_t *domids, size_t count)
{
	const unsigned int some = GNTSHARE_RESTRICT_NO_CREATE |
				  GNTSHARE_RESTRICT_PAGES |
				  GNTSHARE_RESTRICT_DOMIDS;

	return (flags & some) &&
	       !(flags & ~(some | GNTSHARE_RESTRICT_KEEP_SEND_EVENT)) &&
	       pages == (uint32_t)pages &&
	       (!pages || (flags & GNTSHARE_RESTRICT_PAGES)) &&
	       (!count || (domids && (flags & GNTSHARE_RESTRICT_DOMIDS)));
}

int gntshare_restrict(struct gntshare *share, unsigned int flags, size_t pages,
		      const uint32_t *domids, size_t count)
{
	uint16_t list[GNTALLOC_RESTRICT_DOMIDS_MAX];
	struct gntalloc_native_restrict op = { 0 };
	size_t i;

	if (!share || !restrict_makes_sense(flags, pages, domids, count))
		return -EINVAL;
	if (count > GNTALLOC_RESTRICT_DOMIDS_MAX)
		return -E2BIG;
	for (i = 0; i < count; i++) {
		if (domids[i] >= GNTALLOC_DOMID_FIRST_RESERVED)
			return -EINVAL;
		list[i] = (uint16_t)domids[i];
	}
	if (!gntshare__device_is_ours(&share->device))
		return -EPERM;

	op.flags = flags;
	op.pages = (uint32_t)pages;
	op.count = (uint32_t)count;
	op.domids = count ? (uintptr_t)list : 0;
	return gntshare__native(&share->device, GNTALLOC_NATIVE_RESTRICT, &op);
}
