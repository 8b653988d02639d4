// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module is loaded and unloaded many times, and leaves neither memory nor
 * grant entries behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "fixture.h"
#include "stress.h"
#include "suite.h"

#define CYCLES		20	/* if $RACE_CYCLES is not set */
#define FIRST		5	/* for which the kernel may need memory */
#define TIMEOUT		1800
/*
 * Free memory also changes for other reasons, and for a while each processor's
 * own list of free pages grows, which nothing empties. But memory that is lost
 * in each cycle is missing in every window. So the window that used least must
 * not have lost half a page for each cycle. Only many cycles show that.
 */
#define WINDOWS		5
#define MANY		100	/* cycles */
#define LEAK_KB		2

SUITE(.timeout = TIMEOUT);

/*
 * Memory that is free or can be had at once. Freed slabs are given back first.
 */
static long memory_kb(void)
{
	FILE *file = fopen("/proc/sys/vm/drop_caches", "we");

	ck_assert_ptr_nonnull(file);
	fputs("3", file);
	fclose(file);
	return must(device_read_number("/proc/meminfo", "MemAvailable"));
}

/*
 * What the window that used least has used. @free has the memory before each
 * window, and after the last.
 */
static long used_in_each_window(const long *free)
{
	long least = free[0] - free[1];
	int i;

	for (i = 1; i < WINDOWS; i++)
		if (free[i] - free[i + 1] < least)
			least = free[i] - free[i + 1];
	return least;
}

static void cycle(struct stress_file *file, struct stressor *r)
{
	int i;

	must(module_load(""));
	must(stress_open(file));
	for (i = 0; i < 60 && stress_call(r); i++)
		;
	stress_for(r, 0);
	ck_assert_msg(!*r->wrong, "%s", r->wrong);
	close(file->fd);
	*file = (struct stress_file) { .fd = -1 };
	ck_assert_int_eq(device_counter("entries"), 0);
	must(module_unload());
}

START_TEST(a_module_loaded_many_times_leaves_no_memory_or_entry)
{
	long i, cycles = stress_amount("RACE_CYCLES", CYCLES);
	struct stress_file file = { .fd = -1 };
	struct stressor r;
	long free = must(stress_free_entries());
	long window = cycles < WINDOWS ? 1 : cycles / WINDOWS;
	long kb[WINDOWS + 1];
	long used;

	stress_join(&r, &file, stress_seed("cycles"), 0);
	must(module_unload());
	for (i = 0; i < FIRST; i++)
		cycle(&file, &r);
	kb[0] = memory_kb();
	for (i = 1; i <= WINDOWS * window; i++) {
		cycle(&file, &r);
		if (i % window == 0)
			kb[i / window] = memory_kb();
	}
	used = used_in_each_window(kb);
	must(module_load(""));
	fprintf(stderr,
		"figure: %ld loads and unloads, %ld kB used, %ld in each window\n",
		WINDOWS * window, kb[0] - kb[WINDOWS], used);
	if (cycles >= MANY)
		ck_assert_int_lt(used, window * LEAK_KB);
	ck_assert_int_ge(must(stress_free_entries()), free);
}
END_TEST
