// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the same number of pages costs without any driver: in a memfd and in
 * anonymous memory, mapped with all pages present, and only clearing them.
 */
#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define WARM_UP	2

static void *populate(int fd, size_t pages)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	void *address;

	address = mmap(window(), pages * PAGE, PROT_READ | PROT_WRITE,
		       flags | MAP_FIXED_NOREPLACE | MAP_POPULATE, fd, 0);
	if (address == MAP_FAILED)
		fail_errno("mmap with MAP_POPULATE");
	return address;
}

static void memory_round(struct timing *timing, size_t pages, bool memfd)
{
	uint64_t start, populated, end;
	void *address;
	int fd = -1;

	start = now();
	if (memfd)
		fd = make_memfd(pages);
	address = populate(fd, pages);
	populated = now();
	if (munmap(address, pages * PAGE) < 0 || (memfd && close(fd) < 0))
		fail_errno("munmap");
	end = now();

	if (!timing)
		return;
	timing_add(timing, "populate", populated - start);
	timing_add(timing, "free", end - populated);
	timing_add(timing, "whole", end - start - clock_cost());
}

static void measure(const char *name, size_t pages, bool memfd)
{
	struct timing timing;

	timing_start(&timing, name, pages);
	for (int i = 0; i < WARM_UP; i++)
		memory_round(NULL, pages, memfd);
	for (unsigned int i = 0; i < rounds_for(pages); i++) {
		stir(i);
		memory_round(&timing, pages, memfd);
	}
	timing_report(&timing);
}

/* The kernel clears pages like this on the processor that QEMU emulates. */
static void clear_pages(void *address, size_t pages)
{
	size_t words = pages * PAGE / 8;

	asm volatile("rep stosq" : "+D" (address), "+c" (words) : "a" (0L) :
		     "memory");
}

void bench_baseline(const char *name, size_t pages)
{
	struct timing timing;
	void *address;

	(void)name;
	/* Without huge pages: a driver has single pages, too. */
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) < 0)
		fail_errno("prctl(PR_SET_THP_DISABLE)");

	measure("memfd", pages, true);
	measure("anonymous", pages, false);

	address = populate(-1, pages);
	timing_start(&timing, "clear", pages);
	for (unsigned int i = 0; i < rounds_for(pages); i++) {
		uint64_t start = now();

		clear_pages(address, pages);
		timing_add(&timing, "whole", now() - start);
	}
	timing_report(&timing);
	munmap(address, pages * PAGE);
}
