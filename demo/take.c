// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * take: map the file that another domain offers
 *
 *	take DOMID KEY [HOLD]
 *
 * With HOLD it does not reply. It writes HOLD/mapped to xenstore, waits until
 * the owner is gone, and keeps the pages mapped until HOLD/let-go exists. Then
 * it unmaps them and writes HOLD/unmapped. It succeeds if the memory has not
 * changed meanwhile.
 */
#include "demo.h"

#include <gntshare.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct gntshare_mapper *mapper;

static struct gntshare_mapping *map(uint32_t owner, const uint32_t *grefs,
				    size_t count, unsigned int flags)
{
	struct gntshare_mapping *mapping;
	int error;

	error = gntshare_mapping_create(mapper, &mapping, owner, grefs, count,
					flags);
	if (error)
		die(-error, "cannot map %zu pages of domain %" PRIu32, count,
		    owner);
	return mapping;
}

/*
 * Map the file. The value of the key is the size of the file, and the grefs of
 * the list.
 */
static struct gntshare_mapping *take(uint32_t owner, const char *key,
				     size_t *bytes)
{
	struct gntshare_mapping *list, *mapping;
	char *text = await(key), *next;
	uint32_t grefs[256];
	size_t n = 0, count;
	double start;

	*bytes = strtoul(text, &next, 10);
	while (*next && n < sizeof(grefs) / sizeof(*grefs))
		grefs[n++] = (uint32_t)strtoul(next, &next, 10);
	free(text);

	count = pages_for(*bytes) + 1;
	if (pages_for(count * sizeof(*grefs)) != n)
		die(0, "xenstore %s makes no sense", key);
	list = map(owner, grefs, n, 0);

	start = milliseconds();
	mapping = map(owner, gntshare_mapping_address(list), count,
		      GNTSHARE_WRITABLE);
	say("mapped %zu pages of domain %" PRIu32 " in %.1f ms", count, owner,
	    milliseconds() - start);
	gntshare_mapping_destroy(list);
	return mapping;
}

static void hold(const struct talk *talk, const char *hold)
{
	char key[256];

	snprintf(key, sizeof(key), "%s/mapped", hold);
	publish(key, "yes");
	while (talk->alive)
		usleep(10000);
	say("the owner is gone: the driver over there has cleared a byte here");
	snprintf(key, sizeof(key), "%s/let-go", hold);
	free(await(key));
}

int main(int argc, char **argv)
{
	struct gntshare_mapping *mapping;
	char first[65], second[65], key[256], *memory;
	struct talk *talk;
	uint32_t owner;
	size_t bytes;
	int error;

	if (argc != 3 && argc != 4)
		die(0, "usage: take DOMID KEY [HOLD]");
	owner = (uint32_t)strtoul(argv[1], NULL, 10);

	error = gntshare_mapper_open(&mapper, NULL);
	if (error)
		die(-error, "cannot open the mapper");
	mapping = take(owner, argv[2], &bytes);
	memory = gntshare_mapping_address(mapping);
	talk = (void *)(memory + gntshare_mapping_size(mapping) - PAGE);

	sha256(memory, bytes, first);
	say("SHA-256 %s of %zu bytes there", first, bytes);

	if (argc == 4) {
		hold(talk, argv[3]);
		sha256(memory, bytes, second);
		say("SHA-256 %s still", second);
		if (strcmp(first, second))
			die(0, "the memory has changed");
	} else {
		snprintf(talk->reply, sizeof(talk->reply),
			 "thank you, %s", first);
		say("wrote a reply into the last page");
		talk->replied = 1;
		while (talk->alive)
			usleep(10000);
	}

	error = gntshare_mapper_close(mapper);
	if (error)
		die(-error, "cannot unmap");
	if (argc == 4) {
		snprintf(key, sizeof(key), "%s/unmapped", argv[3]);
		publish(key, "yes");
	}
	say("unmapped");
	return 0;
}
