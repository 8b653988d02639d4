// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What becomes of regions: their state, the wait for peers to let go, and the
 * events that tell of it.
 */
#include <errno.h>

#include "internal.h"

static int wait_for(const struct gntshare__device *d, uint64_t id,
		    unsigned int until, uint32_t domid, int64_t timeout,
		    struct gntshare_state *state, size_t size)
{
	struct gntalloc_native_wait op = { 0 };
	struct gntshare_state answer = { 0 };
	int err;

	if ((until & ~(GNTSHARE_UNTIL_RELEASED | GNTSHARE_UNTIL_GONE)) ||
	    (state && size < sizeof(answer)))
		return -EINVAL;
	op.flags = until;
	if (domid != GNTSHARE_ANY_DOMAIN) {
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
	/* Who has waited in vain gets the state, too. */
	if (state && (!err || err == -ETIMEDOUT)) {
		answer.state = op.state;
		answer.held = op.held;
		gntshare__answer(state, size, &answer, sizeof(answer));
	}
	return err;
}

int gntshare_wait(struct gntshare *a, uint64_t id, unsigned int until,
		  uint32_t domid, int64_t timeout_ns,
		  struct gntshare_state *state, size_t size)
{
	if (!a)
		return -EINVAL;
	return wait_for(&a->device, id, until, domid, timeout_ns, state, size);
}

int gntshare_region_wait(struct gntshare_region *r, unsigned int until,
			 uint32_t domid, int64_t timeout_ns,
			 struct gntshare_state *state, size_t size)
{
	if (!r)
		return -EINVAL;
	if (!r->id)
		return -EOPNOTSUPP;
	return wait_for(r->device, r->id, until, domid, timeout_ns, state,
			size);
}

int gntshare_region_release(struct gntshare_region *r, unsigned int flags,
			    int eventfd, uint64_t *id)
{
	int err;

	if (!r || (flags & ~(GNTSHARE_RELEASE_EVENT |
			     GNTSHARE_RELEASE_EVENTFD)))
		return -EINVAL;
	if (!r->id)
		return -EOPNOTSUPP;
	if (!gntshare__device_is_ours(r->device))
		return -EPERM;

	/*
	 * The other way round than gntshare__region_release(): this call may
	 * have no effect, so what can fail for a reason comes first.
	 */
	if (!r->released) {
		if (!(flags & GNTSHARE_RELEASE_EVENTFD))
			eventfd = 0;
		err = gntshare__native_destroy(r->device, r->id, flags,
					       eventfd);
		if (err)
			return err;
		r->released = true;
	}
	err = gntshare__os.munmap(r->address, r->size);
	if (err)
		return err;

	if (id)
		*id = r->id;
	gntshare__device_remove(r->device, &r->link);
	gntshare__os.free(r);
	return 0;
}

int gntshare_read_event(struct gntshare *a, struct gntshare_event *event,
			size_t size)
{
	struct gntalloc_native_event got = { 0 };
	struct gntshare_event answer = { 0 };
	ssize_t err;

	if (!a || !event || size < sizeof(answer))
		return -EINVAL;
	if (!gntshare__device_is_ours(&a->device))
		return -EPERM;

	/* One whole event, or none. */
	err = gntshare__os.read(a->device.fd, &got, sizeof(got));
	/* The kernel says that of a driver from which nothing can be read. */
	if (err == -EINVAL)
		return -EOPNOTSUPP;
	if (err < 0)
		return (int)err;

	answer.type = got.type;
	answer.id = got.id;
	gntshare__answer(event, size, &answer, sizeof(answer));
	return 0;
}
