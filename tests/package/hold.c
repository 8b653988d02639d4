// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hold: a program that has the device open while the packages change
 *
 * It shares pages, prints "ready", and waits for a line. It succeeds if its
 * memory is then unchanged, and if it can share more pages and destroy all
 * regions.
 */
#include <gntshare.h>
#include <stdio.h>
#include <string.h>

#define PAGES	8
#define PEER	1	/* a grant does not need a domain of that number */

static int die(const char *what, int error)
{
	fprintf(stderr, "hold: %s: %s\n", what, strerror(error));
	return 1;
}

int main(void)
{
	struct gntshare *share;
	struct gntshare_region *first, *second;
	unsigned char *memory;
	size_t i, size;
	char line[16];
	int err;

	err = gntshare_open(&share, NULL);
	if (err)
		return die("open", -err);
	err = gntshare_region_share(share, &first, PEER, PAGES,
				    GNTSHARE_WRITABLE);
	if (err)
		return die("create", -err);
	memory = gntshare_region_address(first);
	size = gntshare_region_size(first);
	for (i = 0; i < size; i++)
		memory[i] = (unsigned char)(i * 7);

	puts("ready");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return die("nobody said that it is time", 0);

	for (i = 0; i < size; i++)
		if (memory[i] != (unsigned char)(i * 7))
			return die("the memory has changed", 0);
	err = gntshare_region_share(share, &second, PEER, PAGES, 0);
	if (err)
		return die("create another", -err);
	err = gntshare_region_destroy(second);
	if (!err)
		err = gntshare_region_destroy(first);
	if (!err)
		err = gntshare_close(share);
	return err ? die("give back", -err) : 0;
}
