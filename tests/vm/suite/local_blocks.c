// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages come from the kernel in blocks, and neighbours in a block that are free
 * are given back together. However a region is taken apart, all of its memory
 * has to be given back exactly once, and must not be charged to anybody any
 * more.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cgroup.h"
#include "device.h"
#include "fixture.h"
#include "suite.h"

#define MANY	2048UL
#define ODD	1333UL
#define TIMES	(40 / slowness())

/*
 * What stays charged without a leak: what the kernel has charged in advance,
 * and the page tables of a few mappings. The smallest possible leak is larger.
 */
#define SLACK	(1024 * 1024L)

static int file;
static uint64_t index_of;

static void take(size_t pages)
{
	must(device_alloc(file, NOBODY, 1, (uint32_t)pages, &index_of, NULL));
}

static void give(size_t first, size_t pages)
{
	int err = device_dealloc(file, index_of + first * PAGE,
				 (uint32_t)pages);

	/*
	 * Each assertion writes a line to a file of libcheck's, which is
	 * charged, too.
	 */
	if (err)
		must(err);
}

static void all_at_once(void)
{
	take(MANY);
	give(0, MANY);
}

static void of_odd_sizes(void)
{
	take(ODD);
	give(0, ODD);
}

static void every_second_page_first(void)
{
	size_t i;

	take(MANY);
	for (i = 0; i < MANY; i += 2)
		give(i, 1);
	for (i = 1; i < MANY; i += 2)
		give(i, 1);
}

static void in_runs_across_blocks(void)
{
	size_t i, n;

	take(MANY);
	for (i = 0; i < MANY; i += n) {
		n = 1 + i % 100;
		if (n > MANY - i)
			n = MANY - i;
		give(i, n);
	}
}

static void mapped_to_the_last(void)
{
	void *address;
	size_t i;

	take(MANY);
	must(device_map(file, index_of, MANY, &address));
	memset(address, 1, MANY * PAGE);
	give(0, MANY);
	for (i = 0; i < MANY; i += 64)
		munmap((char *)address + i * PAGE, 64 * PAGE);
}

#define SPLICED		128UL
#define PIPE		(2 * SPLICED * PAGE)

static void splice_in(int pipe, char *address)
{
	struct iovec io = { address, SPLICED * PAGE };

	ck_assert_int_eq(vmsplice(pipe, &io, 1, 0), SPLICED * PAGE);
}

static void held_by_a_pipe(void)
{
	char bytes[PAGE];
	void *address;
	int ends[2];
	size_t i;

	take(MANY);
	must(device_map(file, index_of, MANY, &address));
	memset(address, 0x5a, MANY * PAGE);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_ge(fcntl(ends[1], F_SETPIPE_SZ, PIPE), PIPE);
	/* Some pages inside of a block, and the first page of the next one. */
	splice_in(ends[1], (char *)address + 700 * PAGE);
	splice_in(ends[1], (char *)address + 1024 * PAGE);
	munmap(address, MANY * PAGE);
	give(0, MANY);

	/*
	 * A region that gets the neighbours now must not get those pages, too.
	 */
	take(MANY);
	must(device_map(file, index_of, MANY, &address));
	memset(address, 0xff, MANY * PAGE);
	for (i = 0; i < 2 * SPLICED; i++)
		if (read(ends[0], bytes, PAGE) != PAGE ||
		    !memory_is(bytes, 0x5a, PAGE))
			ck_abort_msg("page %zu is another", i);
	munmap(address, MANY * PAGE);
	give(0, MANY);
	close(ends[0]);
	close(ends[1]);
}

static void (*const ways[])(void) = {
	all_at_once, of_odd_sizes, every_second_page_first,
	in_runs_across_blocks, mapped_to_the_last, held_by_a_pipe,
};

/*
 * The number of free pages, with those on the lists of each processor, which no
 * other number counts as free. From Linux 6.7 on, the kernel lets these lists
 * grow.
 */
static long free_pages(void)
{
	FILE *zones = fopen("/proc/zoneinfo", "r");
	char line[256];
	long sum = 0, n;

	ck_assert_ptr_nonnull(zones);
	while (fgets(line, sizeof(line), zones))
		if (sscanf(line, " pages free %ld", &n) == 1 ||
		    sscanf(line, " count: %ld", &n) == 1)
			sum += n;
	fclose(zones);
	ck_assert_int_gt(sum, 0);
	return sum;
}

#define WAYS	((int)(sizeof(ways) / sizeof(*ways)))

START_LOOP_TEST(however_a_region_ends_its_memory_is_back, 0, WAYS)
{
	long before;
	int i;

	must(device_set_limit(2 * MANY));
	file = (int)must(device_open());
	ways[_i]();
	before = free_pages();
	for (i = 0; i < TIMES; i++)
		ways[_i]();
	/* A loss of one in sixteen pages would be noticed. */
	ck_assert_int_lt(before - free_pages(), (long)((unsigned int)TIMES * ODD / 16));
	close(file);
}
END_TEST

START_LOOP_TEST(however_a_region_ends_nothing_stays_charged, 0, WAYS)
{
	long before;
	int i;

	must(device_set_limit(2 * MANY));
	cgroup_make();
	must(cgroup_enter());
	file = (int)must(device_open());
	ways[_i]();
	before = cgroup_charged();
	for (i = 0; i < TIMES; i++)
		ways[_i]();
	ck_assert_int_lt(cgroup_charged() - before, SLACK);
	close(file);
	must(cgroup_leave());
	cgroup_remove();
}
END_TEST

START_TEST(a_region_larger_than_the_group_may_have_leaves_nothing_charged)
{
	long before;
	int i;

	must(device_set_limit(4 * MANY));
	cgroup_make();
	must(cgroup_enter());
	file = (int)must(device_open());
	take(1);
	before = cgroup_charged();
	must(cgroup_max(before + (long)(MANY * PAGE)));
	for (i = 0; i < TIMES && cgroup_has_pages(); i++)
		fails(device_alloc(file, NOBODY, 1, 2 * MANY, NULL, NULL),
		      ENOMEM);
	if (!cgroup_has_pages()) {
		take(2 * MANY);
		give(0, 2 * MANY);
	}
	ck_assert_int_lt(cgroup_charged() - before, SLACK);
	/*
	 * What the cgroup has room for, but not in blocks, is allocated page by
	 * page.
	 */
	take(MANY - 300);
	give(0, MANY - 300);
	close(file);
	must(cgroup_leave());
	cgroup_remove();
}
END_TEST
