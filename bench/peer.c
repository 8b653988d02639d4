// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The peer, which maps what is shared. It is this process, or "bench peer" in
 * dom0 if a domain must not map its own pages. "bench peer" gets the grefs in
 * other pages that are shared with it, since xenstore has no room for them.
 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xengnttab.h>

#define GREFS_PER_PAGE	(PAGE / sizeof(uint32_t))
#define INDEX_MAX	100

bool peer_is_remote;

static xengnttab_handle *gnttab;
static void *mapped;
static size_t mapped_count;

static void map_here(int domid, const uint32_t *grefs, size_t count)
{
	if (mapped)
		fail("the peer maps something already");
	if (!gnttab)
		gnttab = xengnttab_open(NULL, 0);
	if (!gnttab)
		fail_errno("xengnttab_open");
	mapped = xengnttab_map_domain_grant_refs(gnttab, (uint32_t)count,
						 (uint32_t)domid,
						 (uint32_t *)grefs, PROT_READ);
	if (!mapped)
		fail_errno("mapping as the peer");
	mapped_count = count;
}

static void unmap_here(void)
{
	if (!mapped || xengnttab_unmap(gnttab, mapped, (uint32_t)mapped_count))
		fail_errno("unmapping as the peer");
	mapped = NULL;
}

/* In dom0, do what domain @domid asks for. */
static void serve(int domid, const char *text)
{
	uint32_t index[INDEX_MAX];
	size_t pages = 0;
	unsigned long count;
	uint32_t *grefs;
	char *end;

	if (!strcmp(text, "unmap")) {
		unmap_here();
		return;
	}
	if (strncmp(text, "map ", 4))
		fail("not a request: %s", text);
	count = strtoul(text + 4, &end, 10);
	while (*end == ' ' && pages < INDEX_MAX)
		index[pages++] = (uint32_t)strtoul(end, &end, 10);
	if (*end || !count || count > pages * GREFS_PER_PAGE)
		fail("not a request: %s", text);

	grefs = reserve(pages * PAGE);
	map_here(domid, index, pages);
	memcpy(grefs, mapped, pages * PAGE);
	unmap_here();
	map_here(domid, grefs, count);
}

void peer_serve(int domid)
{
	store_serve(domid, serve);
}

void peer_map(const uint32_t *grefs, size_t count)
{
	size_t pages = (count + GREFS_PER_PAGE - 1) / GREFS_PER_PAGE;
	char text[64 + INDEX_MAX * 12];
	struct run index;
	int fd, length;

	if (!peer_is_remote) {
		map_here(peer, grefs, count);
		return;
	}
	if (pages > INDEX_MAX)
		fail("no room for %zu grefs", count);

	fd = device_open();
	run_alloc(fd, &index, pages);
	length = sprintf(text, "map %zu", count);
	for (size_t i = 0; i < pages; i++)
		length += sprintf(text + length, " %u", last_grefs()[i]);
	run_map(fd, &index, window());
	memcpy(index.address, grefs, count * sizeof(*grefs));
	store_ask(text);
	run_unmap(&index);
	run_dealloc(fd, &index);
	close(fd);
}

void peer_unmap(void)
{
	if (peer_is_remote)
		store_ask("unmap");
	else
		unmap_here();
}
