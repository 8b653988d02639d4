// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Share a page with two domains, which are the arguments: the first may write
 * until that right is revoked, the second may read.
 */
#include <errno.h>
#include <gntshare.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	unsigned int writer = argc > 2 ? atoi(argv[1]) : 0;
	unsigned int reader = argc > 2 ? atoi(argv[2]) : 0;
	struct gntshare_region *region;
	struct gntshare *share;
	struct gntshare_state state;
	uint32_t gref[2];
	size_t held;
	int err = gntshare_open(&share, NULL);

	if (!err)
		err = gntshare_region_create(share, &region, 1,
					     GNTSHARE_ANY_OFFSET);
	if (!err)
		err = gntshare_region_grant(region, 0, 1, writer,
					    GNTSHARE_WRITABLE, &gref[0]);
	if (!err)
		err = gntshare_region_grant(region, 0, 1, reader, 0, &gref[1]);
	if (err) {
		fprintf(stderr, "%s\n", strerror(-err));
		return 1;
	}
	strcpy((char *)gntshare_region_address(region), "hello");
	printf("gref %u for %u, gref %u for %u\n", gref[0], writer, gref[1],
	       reader);
	fflush(stdout);
	getchar();

	err = gntshare_region_revoke(region, 0, 1, writer, &held);
	if (!err && held) {
		printf("domain %u has it mapped: waiting 10 s\n", writer);
		err = gntshare_region_wait(region, GNTSHARE_WAIT_RELEASED,
					   writer, 10000000000, &state,
					   sizeof(state));
	}
	if (err == -ETIMEDOUT)
		printf("still %u entries\n", state.held);
	else if (err)
		fprintf(stderr, "%s\n", strerror(-err));
	else
		printf("only %u has it now\n", reader);
	getchar();
	return gntshare_close(share) ? 1 : 0;
}
