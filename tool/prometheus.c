// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's figures in the text format of Prometheus. What is not known is
 * left out, which a monitoring system can tell from 0.
 */
#include <stdlib.h>

#include "tool.h"

static void head(const char *name, const char *type, const char *help)
{
	printf("# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(const char *name, const char *help, struct figure figure)
{
	if (!figure.known)
		return;
	head(name, "gauge", help);
	printf("%s %llu\n", name, (unsigned long long)figure.value);
}

static void print_hits(const struct driver *d)
{
	bool any = false;
	int i;

	for (i = 0; i < BOUNDS; i++) {
		if (!d->hits[i].known)
			continue;
		if (!any)
			head("gntalloc_bound_hits_total", "counter",
			     "Calls that a bound has refused.");
		any = true;
		printf("gntalloc_bound_hits_total{bound=\"%s\"} %llu\n",
		       driver_bound(i), (unsigned long long)d->hits[i].value);
	}
}

static void peer_line(uint32_t domid, const char *state, uint64_t entries)
{
	printf("gntalloc_peer_entries{domid=\"%u\",state=\"%s\"} %llu\n", domid,
	       state, (unsigned long long)entries);
}

static void print_peers(void)
{
	size_t count, i;
	struct peer *peers = holders_driver_peers(&count);

	if (count)
		head("gntalloc_peer_entries", "gauge",
		     "Grant entries of a peer.");
	for (i = 0; i < count; i++) {
		peer_line(peers[i].domid, "writable", peers[i].writable);
		peer_line(peers[i].domid, "readonly", peers[i].readonly);
		peer_line(peers[i].domid, "draining", peers[i].draining);
	}
	free(peers);
}

void prometheus_print(const struct driver *d)
{
	gauge("gntalloc_limit",
	      "The most pages, and the most grant entries, that all programs may have.",
	      d->limit);
	gauge("gntalloc_pages", "Pages of all programs that live.", d->pages);
	gauge("gntalloc_entries",
	      "Grant entries of all programs, draining ones included.",
	      d->entries);
	gauge("gntalloc_draining_entries",
	      "Entries that should have ended, but are still held by a peer.",
	      d->draining);
	print_hits(d);
	print_peers();
}
