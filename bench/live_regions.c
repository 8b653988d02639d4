// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sharing one more page while many single-page regions are live. They belong to
 * one descriptor, or are spread over 100; each is mapped, or only allocated. If
 * they are mapped, the kernel itself also needs more time, since the process
 * has that many mappings.
 */
#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPREAD	100
#define WARM_UP	2

bool live_in_bulk;

/* The live pages of one descriptor. */
struct part {
	int fd;
	size_t live;
};

/* Where the next live page is mapped; NULL if they are only allocated. */
static char *place;

static void add_one(struct part *part)
{
	struct run run;

	run_alloc(part->fd, &run, 1);
	if (!place)
		return;
	run_map(part->fd, &run, place);
	place += PAGE;
}

/*
 * The same for a driver that knows only pages, and no regions: one run. Each of
 * its pages gets a mapping of its own, since neighbours that have different
 * protections are different mappings.
 */
static void add_bulk(struct part *part, size_t pages)
{
	struct run run;

	if (!pages)
		return;
	run_alloc(part->fd, &run, pages);
	if (!place)
		return;
	run_map(part->fd, &run, place);
	for (size_t i = 0; i < pages; i += 2)
		if (mprotect(place + i * PAGE, PAGE, PROT_READ) < 0)
			fail_errno("mprotect");
	place += pages * PAGE;
}

static void grow(struct part *part, size_t live)
{
	if (live_in_bulk)
		add_bulk(part, live - part->live);
	else
		for (size_t i = part->live; i < live; i++)
			add_one(part);
	part->live = live;
}

/*
 * Measure the time of the kernel for a mapping of any file, in a process that
 * has that many mappings. No driver can do better.
 */
static void plain_round(struct timing *timing, int memfd)
{
	uint64_t start, mapped, end;
	void *address;

	start = now();
	address = mmap(window(), PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_FIXED_NOREPLACE, memfd, 0);
	mapped = now();
	if (address == MAP_FAILED || munmap(address, PAGE) < 0)
		fail_errno("mmap of a memfd");
	end = now();
	timing_add(timing, "plain-mmap", mapped - start);
	timing_add(timing, "plain-munmap", end - mapped);
}

static void measure(const char *name, size_t live, size_t descriptors,
		    bool mapped)
{
	/* Live pages are kept for the next size, which is greater. */
	static struct part parts[SPREAD];
	static int memfd = -1;
	struct timing timing;

	reserve_grefs(live_in_bulk ? live : 1);
	if (memfd < 0) {
		place = mapped ? window_for_live() : NULL;
		memfd = make_memfd(1);
		for (size_t i = 0; i < descriptors; i++)
			parts[i].fd = device_open();
	}
	for (size_t i = 0; i < descriptors; i++)
		grow(&parts[i], live / descriptors + (i < live % descriptors));

	timing_start(&timing, name, live);
	for (int i = 0; i < WARM_UP; i++)
		share_round(NULL, parts[0].fd, 1, ROUND_NOTIFY);
	for (unsigned int i = 0; i < ROUNDS_MAX; i++) {
		stir(i);
		share_round(&timing, parts[0].fd, 1, ROUND_NOTIFY);
		plain_round(&timing, memfd);
	}
	timing_report(&timing);
}

void bench_live1(const char *name, size_t live)
{
	measure(name, live, 1, true);
}

void bench_live100(const char *name, size_t live)
{
	measure(name, live, SPREAD, true);
}

void bench_unmapped1(const char *name, size_t live)
{
	measure(name, live, 1, false);
}
