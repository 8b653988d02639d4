// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench [-l LEVEL] [-p DOMID] [-r] [-b] CASE SIZE...
 *
 * Prints lines "CASE SIZE STEP FIGURE". A figure is in ns, or in bytes for the
 * case "memory".
 *
 *   -l LEVEL   the level of the calls: 2011, or native
 *   -p DOMID   the domain with which the pages are shared
 *   -r         the peer maps in its own domain, where "bench peer" runs
 *   -b         allocate live pages by one call per descriptor: for a driver
 *              that knows only pages, this gives the same, many times faster
 *
 * Other commands:
 *
 *   bench has-native      succeeds if the driver has the native calls
 *   bench await KEY TEXT  waits until a key of xenstore has that value
 *   bench peer DOMID      maps what that domain asks for, until "bench end"
 *   bench end             runs in that domain, and ends "bench peer"
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	void (*run)(const char *name, size_t size);
} cases[] = {
	{ "baseline", bench_baseline },
	{ "region", bench_region },
	{ "written", bench_written },
	{ "map", bench_map },
	{ "live1", bench_live1 },
	{ "live100", bench_live100 },
	{ "unmapped1", bench_unmapped1 },
	{ "draining", bench_draining },
	{ "memory", bench_memory },
	{ "parallel", bench_parallel },
	{ "existing", bench_existing },
};

static size_t number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || end == text)
		fail("not a number: %s", text);
	return value;
}

static void options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "l:p:rb")) != -1)
		switch (option) {
		case 'l':
			if (!strcmp(optarg, level_native.name))
				level = &level_native;
			else if (strcmp(optarg, level_2011.name))
				fail("no such level: %s", optarg);
			break;
		case 'p':
			peer = (uint16_t)number(optarg);
			break;
		case 'r':
			peer_is_remote = true;
			break;
		case 'b':
			live_in_bulk = true;
			break;
		default:
			exit(2);
		}
}

int main(int argc, char **argv)
{
	const char *name;

	options(argc, argv);
	argv += optind;
	argc -= optind;
	if (argc < 1)
		fail("no case");
	name = argv[0];

	if (!strcmp(name, "has-native"))
		return !device_has_native();
	if (!strcmp(name, "end")) {
		store_ask("end");
		return 0;
	}
	if (argc < 2)
		fail("what for %s?", name);
	if (!strcmp(name, "peer")) {
		peer_serve((int)number(argv[1]));
		return 0;
	}
	if (!strcmp(name, "await") && argc == 3) {
		store_await(argv[1], argv[2]);
		return 0;
	}

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (strcmp(name, cases[i].name))
			continue;
		for (int j = 1; j < argc; j++)
			cases[i].run(name, number(argv[j]));
		return 0;
	}
	fail("no such case: %s", name);
}
