// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sharing and unsharing a region: as a whole, step by step, and with writes;
 * and mapping and unmapping a region that stays allocated.
 */
#include "bench.h"

#define WARM_UP	2

void share_round(struct timing *timing, int fd, size_t pages,
		 unsigned int what)
{
	uint64_t start, allocated, mapped, used, unmapped, end;
	uint64_t notified = 0;
	struct run run;

	start = now();
	run_alloc(fd, &run, pages);
	allocated = now();
	run_map(fd, &run, window());
	mapped = now();
	if (what & ROUND_NOTIFY) {
		run_notify(fd, &run);
		notified = now() - mapped;
	}
	if (what & ROUND_WRITE)
		for (size_t i = 0; i < pages; i++)
			((volatile char *)run.address)[i * PAGE] = 1;
	used = now();
	run_unmap(&run);
	unmapped = now();
	run_dealloc(fd, &run);
	end = now();

	if (!timing)
		return;
	timing_add(timing, "alloc", allocated - start);
	timing_add(timing, "mmap", mapped - allocated);
	if (what & ROUND_NOTIFY)
		timing_add(timing, "notify", notified);
	if (what & ROUND_WRITE)
		timing_add(timing, "write", used - mapped);
	timing_add(timing, "munmap", unmapped - used);
	timing_add(timing, "dealloc", end - unmapped);
	/* In the middle of these times the clock was read, too. */
	timing_add(timing, "share", mapped - start - clock_cost());
	timing_add(timing, "unshare", end - used - clock_cost());
	timing_add(timing, "whole", mapped - start + end - used -
		   3 * clock_cost());
}

static void measure(const char *name, size_t pages, unsigned int what)
{
	int fd = device_open();
	struct timing timing;

	reserve_grefs(pages);
	timing_start(&timing, name, pages);
	for (int i = 0; i < WARM_UP; i++)
		share_round(NULL, fd, pages, what);
	for (unsigned int i = 0; i < rounds_for(pages); i++) {
		stir(i);
		share_round(&timing, fd, pages, what);
	}
	timing_report(&timing);
}

void bench_region(const char *name, size_t pages)
{
	measure(name, pages, 0);
}

void bench_written(const char *name, size_t pages)
{
	measure(name, pages, ROUND_WRITE);
}

void bench_map(const char *name, size_t pages)
{
	int fd = device_open();
	struct timing timing;
	struct run run;

	reserve_grefs(pages);
	run_alloc(fd, &run, pages);
	timing_start(&timing, name, pages);
	for (unsigned int i = 0; i < rounds_for(pages); i++) {
		uint64_t start, mapped, end;

		stir(i);
		start = now();
		run_map(fd, &run, window());
		mapped = now();
		run_unmap(&run);
		end = now();
		timing_add(&timing, "mmap", mapped - start);
		timing_add(&timing, "munmap", end - mapped);
	}
	timing_report(&timing);
}
