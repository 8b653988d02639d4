// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Share a page with one domain, take it back at Enter, and give it to another
 * domain, but only if the first one cannot reach it any more. Both domains are
 * the arguments.
 */
#include <errno.h>
#include <gntshare.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEN_SECONDS	10000000000 /* in nanoseconds */

static int give(struct gntshare_region *region, unsigned int domid,
		const char *text)
{
	uint32_t gref;
	int err;

	/* What the last domain has read or written is not for the next one. */
	memset(gntshare_region_address(region), 0, 4096);
	strcpy((char *)gntshare_region_address(region), text);
	err = gntshare_region_grant(region, 0, 1, domid, GNTSHARE_WRITABLE,
				    &gref);
	if (!err)
		printf("gref %u for %u\n", gref, domid);
	fflush(stdout);
	return err;
}

/* Afterwards the page is this program's alone, unless an error is returned. */
static int take_back(struct gntshare_region *region, unsigned int domid)
{
	size_t held;
	int err = gntshare_region_revoke(region, 0, 1, domid, &held);

	if (err || !held)
		return err;
	/* It is mapped there. As long as it is, it can be mapped again. */
	printf("domain %u has it mapped: waiting 10 s\n", domid);
	fflush(stdout);
	return gntshare_region_wait(region, GNTSHARE_WAIT_RELEASED, domid,
				    TEN_SECONDS, NULL,
				    sizeof(struct gntshare_state));
}

int main(int argc, char **argv)
{
	unsigned int first = argc > 2 ? atoi(argv[1]) : 0;
	unsigned int second = argc > 2 ? atoi(argv[2]) : 0;
	struct gntshare_region *region;
	struct gntshare *share;
	int err = gntshare_open(&share, NULL);

	if (!err)
		err = gntshare_region_create(share, &region, 1,
					     GNTSHARE_ANY_OFFSET);
	if (!err)
		err = give(region, first, "for the first");
	if (!err) {
		getchar();
		err = take_back(region, first);
	}
	if (!err)
		err = give(region, second, "for the second");
	if (err) {
		fprintf(stderr, "%s\n", strerror(-err));
		return 1;
	}
	getchar();
	return gntshare_close(share) ? 1 : 0;
}
