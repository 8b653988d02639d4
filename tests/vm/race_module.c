// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module comes and goes, very often: nothing of it stays, neither memory nor
 * grant entries, also when a peer still maps some pages each time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cross.h"
#include "device.h"
#include "riot.h"

#define CYCLES		20	/* unless it is told otherwise */
#define FIRST		5	/* that the kernel may need memory for */
#define CYCLE_MS	200	/* that one takes, about */
#define TRIES		20	/* until a page of the peer's drains */
#define HELD		4	/* pages that the peer maps at a time */
#define TIMEOUT		1800
/*
 * Memory comes and goes for other reasons, too; and a processor's own lists of
 * free pages grow for a while, which nothing empties. But what is lost in each
 * cycle is in each of some windows: not half a page may be. That takes many.
 */
#define WINDOWS		5
#define MANY		100	/* cycles */
#define LEAK_KB		2

static long meminfo(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "re");
	size_t length = strlen(name);
	char line[128];
	long kb = -1;

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, length) && line[length] == ':')
			kb = atol(line + length + 1);
	fclose(file);
	ck_assert_int_ge(kb, 0);
	return kb;
}

/* Free, or to be had at once; freed slabs are given back first. */
static long memory_kb(void)
{
	FILE *file = fopen("/proc/sys/vm/drop_caches", "we");

	ck_assert_ptr_nonnull(file);
	fputs("3", file);
	fclose(file);
	return meminfo("MemAvailable");
}

/* Of the window that used least; @free is from before each, and from the end. */
static long used_in_each_window(const long *free)
{
	long least = free[0] - free[1];
	int i;

	for (i = 1; i < WINDOWS; i++)
		if (free[i] - free[i + 1] < least)
			least = free[i] - free[i + 1];
	return least;
}

static void cycle(struct riot_file *file, struct rioter *r)
{
	int i;

	must(module_load(""));
	must(riot_open(file));
	for (i = 0; i < 60 && riot_call(r); i++)
		;
	riot_for(r, 0);
	ck_assert_msg(!*r->wrong, "%s", r->wrong);
	close(file->fd);
	*file = (struct riot_file) { .fd = -1 };
	ck_assert_int_eq(device_counter("grants"), 0);
	must(module_unload());
}

START_TEST(it_comes_and_goes_and_leaves_nothing)
{
	long i, cycles = riot_amount("RACE_CYCLES", CYCLES);
	struct riot_file file = { .fd = -1 };
	struct rioter r;
	long free = must(riot_free_entries());
	long window = cycles < WINDOWS ? 1 : cycles / WINDOWS;
	long kb[WINDOWS + 1];
	long used;

	riot_join(&r, &file, riot_seed("cycles"), 0);
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
	ck_assert_int_ge(must(riot_free_entries()), free);
}
END_TEST

/* The kernel's own list of what drains is served ten entries a second. */
static void all_entries_are_back(struct actor *owner, long free, long lent)
{
	long end = now_ms() + 5000 + lent * 200;

	while (must(ask(owner, "entries")) < free) {
		ck_assert_msg(now_ms() < end, "%ld entries are missing",
			      free - ask(owner, "entries"));
		sleep_ms(500);
	}
}

START_TEST(it_comes_and_goes_while_a_peer_lets_nothing_go)
{
	CAST;
	long cycles = riot_amount("RACE_CYCLES", CYCLES) / 4;
	unsigned long long seed = riot_seed("cycles under attack");
	long free = must(ask(owner, "entries"));
	long drained = 0, done = 0, ret;

	/* On a busy machine all guesses may come too late: that tells nothing. */
	while (done < cycles || (!drained && done < TRIES * cycles)) {
		long some = cycles < 15 ? cycles : 15;

		must(ask(owner, "around %d", actor_domain(peer)->domid));
		tell(peer, "attack %ld %llu %d %d %s", some * CYCLE_MS,
		     seed + done, actor_domain(owner)->domid, HELD,
		     said(owner));
		ret = ask(owner, "cycles %ld %llu %d", some, seed + done,
			  actor_domain(peer)->domid);
		ck_assert_msg(ret >= 0, "%s", said(owner));
		drained += ret;
		must(hear(peer));
		done += some;
	}
	fprintf(stderr, "figure: %ld unloads, %ld with draining pages\n", done,
		drained);
	ck_assert_int_gt(drained, 0);
	all_entries_are_back(owner, free, drained * HELD);
}
END_TEST

void race_module(TCase *tc)
{
	tcase_set_timeout(tc, TIMEOUT);
	tcase_add_test(tc, it_comes_and_goes_and_leaves_nothing);
}

void race_module_cross(TCase *tc, int pair)
{
	tcase_set_timeout(tc, TIMEOUT);
	add(it_comes_and_goes_while_a_peer_lets_nothing_go);
}
