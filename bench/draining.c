// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allocating while pages drain, since a peer still maps them. They are regions
 * of a single page, which make the most work for the driver.
 */
#include "bench.h"

#include <string.h>

#define WARM_UP	2
#define ROUNDS	51

static void alloc_round(struct timing *timing, int fd, size_t pages,
			const char *alloc, const char *dealloc)
{
	uint64_t start, allocated, end;
	struct run run;

	start = now();
	run_alloc(fd, &run, pages);
	allocated = now();
	run_dealloc(fd, &run);
	end = now();
	if (!timing)
		return;
	timing_add(timing, alloc, allocated - start);
	timing_add(timing, dealloc, end - allocated);
}

void bench_draining(const char *name, size_t draining)
{
	struct run *runs = reserve((draining + 1) * sizeof(*runs));
	uint32_t *grefs = reserve((draining + 1) * sizeof(*grefs));
	int fd = device_open();
	struct timing timing;

	reserve_grefs(256);
	for (size_t i = 0; i < draining; i++) {
		run_alloc(fd, &runs[i], 1);
		grefs[i] = *last_grefs();
	}
	if (draining)
		peer_map(grefs, draining);
	/* In this order, from the newest on, Linux's driver need not search. */
	for (size_t i = draining; i-- > 0;)
		run_dealloc(fd, &runs[i]);

	timing_start(&timing, name, draining);
	for (int i = 0; i < WARM_UP + ROUNDS; i++)
		alloc_round(i < WARM_UP ? NULL : &timing, fd, 1, "alloc",
			    "dealloc");
	for (int i = 0; i < WARM_UP + ROUNDS; i++)
		alloc_round(i < WARM_UP ? NULL : &timing, fd, 256, "alloc256",
			    "dealloc256");
	timing_report(&timing);
	if (draining)
		peer_unmap();
}
