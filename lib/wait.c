// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The state of regions, waiting until peers let go of them, and the events that
 * tell when they are gone.
 */
#include <errno.h>

#include "internal.h"

static int wait_for(const struct gntshare__device *d, uint64_t id,
		    unsigned int flags, uint32_t domid, int64_t timeout,
		    struct gntshare_state *state, size_t size)
{
	struct gntalloc_native_wait op = { 0 };
	struct gntshare_state answer = { 0 };
	int err;

	if ((flags & ~(GNTSHARE_WAIT_RELEASED | GNTSHARE_WAIT_GONE)) ||
	    (state && size < sizeof(answer)))
		return -EINVAL;
	op.flags = flags;
	if (domid != GNTSHARE_ANY_DOMID) {
		if (domid >= GNTALLOC_DOMID_FIRST_RESERVED)
			return -EINVAL;
		op.flags |= GNTALLOC_WAIT_DOMID;
		op.domid = (uint16_t)domid;
	}
	if (!gntshare__device_is_ours(d))
		return -EPERM;

	op.id = id;
	op.timeout = timeout;
	err = gntshare__native(d, GNTALLOC_NATIVE_WAIT, &op);
	/* The caller gets the state after a time-out, too. */
	if (state && (!err || err == -ETIMEDOUT)) {
		answer.state = op.state;
		answer.held = op.held;
		gntshare__answer(state, size, &answer, sizeof(answer));
	}
	return err;
}

int gntshare_wait(struct gntshare *share, uint64_t id, unsigned int flags,
		  uint32_t domid, int64_t timeout_ns,
		  struct gntshare_state *state, size_t size)
{
	if (!share)
		return -EINVAL;
	return wait_for(&share->device, id, flags, domid, timeout_ns, state,
			size);
}

int gntshare_region_wait(struct gntshare_region *region, unsigned int flags,
			 uint32_t domid, int64_t timeout_ns,
			 struct gntshare_state *state, size_t size)
{
	if (!region)
		return -EINVAL;
	if (!region->id)
		return -EOPNOTSUPP;
	return wait_for(region->device, region->id, flags, domid, timeout_ns,
			state, size);
}

int gntshare_region_destroy_event(struct gntshare_region *region,
				  unsigned int flags, int eventfd, uint64_t *id)
{
	int err;

	if (!region || (flags & ~(GNTSHARE_DESTROY_EVENT |
				  GNTSHARE_DESTROY_EVENTFD)))
		return -EINVAL;
	if (!region->id)
		return -EOPNOTSUPP;
	if (!gntshare__device_is_ours(region->device))
		return -EPERM;

	/*
	 * The order is the reverse of that in region_free() of region.c. If
	 * this function fails, it should change nothing. So the destroy comes
	 * first, which can fail for ordinary reasons.
	 */
	if (!region->destroyed) {
		if (!(flags & GNTSHARE_DESTROY_EVENTFD))
			eventfd = 0;
		err = gntshare__native_destroy(region->device, region->id,
					       flags, eventfd);
		if (err)
			return err;
		region->destroyed = true;
	}
	err = gntshare__region_unmap(region);
	if (err)
		return err;

	if (id)
		*id = region->id;
	gntshare__device_remove(region->device, &region->object);
	gntshare__os.free(region);
	return 0;
}

int gntshare_read_event(struct gntshare *share, struct gntshare_event *event,
			size_t size)
{
	struct gntalloc_native_event got = { 0 };
	struct gntshare_event answer = { 0 };
	ssize_t err;

	if (!share || !event || size < sizeof(answer))
		return -EINVAL;
	if (!gntshare__device_is_ours(&share->device))
		return -EPERM;

	/* The driver returns one whole event, or an error. */
	err = gntshare__os.read(share->device.fd, &got, sizeof(got));
	/* The kernel returns this if a driver does not implement read(). */
	if (err == -EINVAL)
		return -EOPNOTSUPP;
	if (err < 0)
		return (int)err;

	answer.type = got.type;
	answer.id = got.id;
	gntshare__answer(event, size, &answer, sizeof(answer));
	return 0;
}
