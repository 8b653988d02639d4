// SPDX-License-Identifier: LGPL-2.1-or-later
/* Time, and waiting for a descriptor. */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "internal.h"

int64_t gntchan__now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t gntchan__deadline(int timeout)
{
	return timeout < 0 ? GNTCHAN__NEVER : gntchan__now() + timeout;
}

int64_t gntchan__left(int64_t deadline)
{
	int64_t left;

	if (deadline == GNTCHAN__NEVER)
		return GNTCHAN__NEVER;
	left = deadline - gntchan__now();
	return left > 0 ? left : 0;
}

int gntchan__poll(int fd, int64_t ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	/* Each time-out is an int, so no wait is longer. */
	int count = poll(&pollfd, 1, ms == GNTCHAN__NEVER ? -1 : (int)ms);

	return count < 0 ? -errno : count;
}
