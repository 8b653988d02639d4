// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Share a page with the domain whose number is the argument, print its gref,
 * and, at Enter, what is in the page by then.
 */
#include <gntshare.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	unsigned int peer = argc > 1 ? atoi(argv[1]) : 0;
	struct gntshare_region *region;
	struct gntshare *share;
	int err = gntshare_open(&share, NULL);

	if (!err)
		err = gntshare_region_share(share, &region, peer, 1,
					    GNTSHARE_WRITABLE);
	if (err) {
		fprintf(stderr, "share: %s\n", strerror(-err));
		return 1;
	}
	strcpy((char *)gntshare_region_address(region), "hello");
	printf("gref %u\n", gntshare_region_grefs(region)[0]);
	fflush(stdout); /* also if it is a pipe */
	getchar();
	/* the other domain may have left no end in it */
	printf("%.4096s\n", (char *)gntshare_region_address(region));
	return gntshare_close(share) ? 1 : 0;
}
