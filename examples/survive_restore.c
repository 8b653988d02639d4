// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Share a page with a domain, the argument, until Enter. When this domain was
 * restored or migrated meanwhile, the grant is void, and the page is granted
 * anew. The other domain has to be told the new gref, and its id may be another
 * one by then, which a real program would look up again.
 */
#include <errno.h>
#include <gntshare.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int grant(struct gntshare_region *region, unsigned int domid)
{
	uint32_t gref;
	int err = gntshare_region_grant(region, 0, 1, domid, GNTSHARE_WRITABLE,
					&gref);

	if (!err)
		printf("gref %u\n", gref);
	fflush(stdout);
	return err;
}

/* Returns 0 at Enter, or an error. */
static int serve(struct gntshare *share, struct gntshare_region *region,
		 unsigned int domid)
{
	struct gntshare_event event;
	struct pollfd fds[2];
	int err = grant(region, domid);

	fds[0].fd = STDIN_FILENO;
	fds[1].fd = gntshare_fd(share);
	fds[0].events = POLLIN;
	fds[1].events = POLLIN;
	while (!err) {
		if (poll(fds, 2, -1) < 0)
			return -errno;
		if (fds[0].revents)
			return 0;
		err = gntshare_read_event(share, &event, sizeof(event));
		/* A program ignores events that it does not know. */
		if (!err && event.type == GNTSHARE_EVENT_RESTORED)
			err = grant(region, domid);
	}
	return err;
}

int main(int argc, char **argv)
{
	unsigned int domid = argc > 1 ? atoi(argv[1]) : 0;
	struct gntshare_region *region;
	struct gntshare *share;
	int err = gntshare_open(&share, NULL);

	if (!err)
		err = gntshare_region_create(share, &region, 1,
					     GNTSHARE_ANY_OFFSET);
	if (!err) {
		strcpy((char *)gntshare_region_address(region),
		       "the memory is the same as before");
		err = serve(share, region, domid);
	}
	if (err) {
		fprintf(stderr, "%s\n", strerror(-err));
		return 1;
	}
	return gntshare_close(share) ? 1 : 0;
}
