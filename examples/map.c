// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Map the page of the domain and the gref that are the arguments, print what
 * is in it, and write an answer.
 */
#include <gntshare.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	unsigned int owner = argc > 2 ? atoi(argv[1]) : 0;
	uint32_t gref = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	struct gntshare_mapping *mapping;
	struct gntshare_mapper *mapper;
	int err = gntshare_mapper_open(&mapper, NULL);

	if (!err)
		err = gntshare_mapping_create(mapper, &mapping, owner, &gref, 1,
					      GNTSHARE_WRITABLE);
	if (err) {
		fprintf(stderr, "map: %s\n", strerror(-err));
		return 1;
	}
	/* the other domain may have left no end in it */
	printf("%.4096s\n", (char *)gntshare_mapping_address(mapping));
	strcpy((char *)gntshare_mapping_address(mapping), "hello yourself");
	return gntshare_mapper_close(mapper) ? 1 : 0;
}
