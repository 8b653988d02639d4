// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * offer: share a file with another domain
 *
 *	offer DOMID FILE KEY
 *
 * It succeeds if the peer has found the same SHA-256 in the memory.
 */
#include "demo.h"

#include <fcntl.h>
#include <gntshare.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct gntshare *allocator;

/* Share a region for the bytes of the file, and one more page to talk. */
static struct gntshare_region *share(uint32_t peer, const char *path,
				     size_t *bytes)
{
	struct gntshare_region *region;
	double start;
	struct stat st;
	size_t done;
	char *memory;
	ssize_t got;
	int fd, error;

	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		die(0, "cannot open %s", path);
	*bytes = (size_t)st.st_size;

	start = milliseconds();
	error = gntshare_region_share(allocator, &region, peer,
				      pages_for(*bytes) + 1,
				       GNTSHARE_WRITABLE);
	if (error)
		die(-error, "cannot share with domain %" PRIu32, peer);
	say("granted %zu pages to domain %" PRIu32 ", writable, in %.1f ms",
	    gntshare_region_pages(region), peer, milliseconds() - start);

	memory = gntshare_region_address(region);
	for (done = 0; done < *bytes; done += (size_t)got) {
		got = read(fd, memory + done, *bytes - done);
		if (got <= 0)
			die(0, "cannot read %s", path);
	}
	close(fd);
	return region;
}

/*
 * Tell the peer the grefs. The list of them is shared in pages of its own, and
 * only the grefs of these pages are written to xenstore.
 */
static void tell(uint32_t peer, const struct gntshare_region *region,
		 size_t bytes, const char *key)
{
	const uint32_t *grefs = gntshare_region_grefs(region);
	size_t i, count = gntshare_region_pages(region);
	struct gntshare_region *list;
	char text[2048];
	int error, n;

	say("their grefs: %" PRIu32 ", %" PRIu32 ", %" PRIu32 " ... %" PRIu32,
	    grefs[0], grefs[1], grefs[2], grefs[count - 1]);

	error = gntshare_region_share(allocator, &list, peer,
				      pages_for(count * sizeof(*grefs)), 0);
	if (error)
		die(-error, "cannot share the list of grefs");
	memcpy(gntshare_region_address(list), grefs, count * sizeof(*grefs));

	n = snprintf(text, sizeof(text), "%zu", bytes);
	for (i = 0; i < gntshare_region_pages(list); i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      " %" PRIu32, gntshare_region_grefs(list)[i]);
	say("xenstore %s = \"%s\": size, and the grefs of the list of grefs",
	    key, text);
	publish(key, text);
}

int main(int argc, char **argv)
{
	struct gntshare_region *region;
	size_t bytes, last;
	struct talk *talk;
	char hex[65], reply[sizeof(talk->reply)];
	uint32_t peer;
	int error;

	if (argc != 4)
		die(0, "usage: offer DOMID FILE KEY");
	peer = (uint32_t)strtoul(argv[1], NULL, 10);

	error = gntshare_open(&allocator, NULL);
	if (error)
		die(-error, "cannot open the allocator");
	region = share(peer, argv[2], &bytes);

	/* However this process ends, alive becomes 0 then. */
	last = gntshare_region_size(region) - PAGE;
	talk = (void *)((char *)gntshare_region_address(region) + last);
	talk->alive = 1;
	error = gntshare_region_notify(region,
				       last + offsetof(struct talk, alive),
				       GNTSHARE_NOTIFY_CLEAR_BYTE, 0);
	if (error)
		die(-error, "cannot set the notification");

	sha256(gntshare_region_address(region), bytes, hex);
	say("read %s into them: %zu bytes", argv[2], bytes);
	say("SHA-256 %s", hex);
	tell(peer, region, bytes, argv[3]);

	while (!talk->replied)
		usleep(10000);
	/* The peer could change the reply while it is read: use a copy. */
	memcpy(reply, talk->reply, sizeof(reply) - 1);
	reply[sizeof(reply) - 1] = '\0';
	say("the last page says: \"%s\"", reply);
	if (!strstr(reply, hex))
		die(0, "that is not the SHA-256 of what was shared");
	say("the same SHA-256 on both sides");

	error = gntshare_close(allocator);
	if (error)
		die(-error, "cannot close the allocator");
	return 0;
}
