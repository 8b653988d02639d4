// SPDX-License-Identifier: LGPL-2.1-or-later
/* Time, and waiting for a descriptor. */
#include <errno.h>
#include <limits.h>
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

int gntchan__poll(int fd, int64_t deadline)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int64_t left = -1;
	int count;

	if (deadline != GNTCHAN__NEVER) {
		left = deadline - gntchan__now();
		if (left <= 0)
			return -EAGAIN;
	}
	count = poll(&pollfd, 1, left > INT_MAX ? INT_MAX : (int)left);
	return count < 0 ? -errno : 0;
}
