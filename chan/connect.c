// SPDX-License-Identifier: LGPL-2.1-or-later
/* Connecting. */
#include <errno.h>

#include "internal.h"

/* How long to wait before it is tried again, in milliseconds. */
#define PAUSE	50

static int try(struct gntchan **out, uint32_t domid, const char *path)
{
	struct gntchan__keys keys;
	int err;

	err = gntchan__store_read(path, &keys);
	if (err == -ENOENT)
		return -ECONNREFUSED;
	return err ? err : gntchan__join(out, domid, path, &keys);
}

/*
 * Is it too early? Then there are no keys, they are of a listener that has
 * ended, or of another client; or the listener has not yet said that they are
 * for this domain.
 */
static bool may_come(int err)
{
	return err == -ECONNREFUSED || err == -EBUSY;
}

/* The path, which has the client's domain if it is that of a name. */
static int find_path(char path[GNTCHAN__PATH_SIZE], uint32_t domid,
		     const char *name)
{
	uint32_t self;
	int err;

	err = gntchan__store_domid(&self);
	if (err)
		return err;
	return gntchan__path(path, &domid, name, self) ? 0 : -EINVAL;
}

int gntchan_connect(struct gntchan **out, uint32_t domid, const char *name,
		    int timeout)
{
	int64_t deadline = gntchan__deadline(timeout), left;
	char path[GNTCHAN__PATH_SIZE];
	int err;

	if (!out || !name || domid >= GNTCHAN__FIRST_RESERVED)
		return -EINVAL;
	err = find_path(path, domid, name);
	if (err)
		return err;
	while ((err = try(out, domid, path)) && may_come(err)) {
		if (!timeout)
			return -ECONNREFUSED;
		left = gntchan__left(deadline);
		if (!left)
			return -ETIMEDOUT;
		/* No descriptor: this only sleeps. */
		err = gntchan__poll(-1, left < PAUSE ? left : PAUSE);
		if (err < 0)
			return err;
	}
	return err;
}
