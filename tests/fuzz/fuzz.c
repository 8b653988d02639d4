// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: random calls of the device, each of which is checked against a model
 *
 *   fuzz [-c] SEED CALLS
 *
 * It uses all three levels, mappings, descriptors, other processes and a peer.
 * The arguments are right in most cases, and some are always wrong. What a call
 * returns, the module's counters, and what is in the pages has to be what the
 * model says. The same seed makes the same calls. If something is wrong, the
 * seed is printed, with the number of the call and the calls before it.
 * With -c, several processes and threads do this at the same time
 * (concurrent.c). Then the same seed makes the same calls, but not in the same
 * order.
 */
#include "fuzz.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "../vm/lib/device.h"
#include "../vm/lib/native.h"

#define LAST	24U		/* calls that are printed after a failure */
#define PATIENCE 120		/* seconds for a few of the calls */

struct file files[FILES];
int fds[FILES] = { -1, -1, -1, -1 };

static unsigned long first_seed;
static int counters;		/* a descriptor that is used to read them */

static _Thread_local uint64_t state;
static _Thread_local long number;
static _Thread_local struct {
	const char *what;
	long a, b, c;
} last[LAST];

void any_seed(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15u + 1;
	number = 0;
}

uint32_t any(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? (uint32_t)(state >> 16) % below : 0;
}

void note(const char *what, long a, long b, long c)
{
	number++;
	last[number % LAST].what = what;
	last[number % LAST].a = a;
	last[number % LAST].b = b;
	last[number % LAST].c = c;
}

long noted(void)
{
	return number;
}

void wrong(const char *what, ...)
{
	long i = number > (long)LAST ? number - (long)LAST + 1 : 1;
	char text[200];
	va_list args;

	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	for (; i <= number; i++)
		printf("fuzz: %ld: %s: %ld, %ld, %ld\n", i,
		       last[i % LAST].what, last[i % LAST].a, last[i % LAST].b,
		       last[i % LAST].c);
	printf("fuzz: seed %lu: call %ld: %s: %s\n", first_seed, number,
	       number ? last[number % LAST].what : "the start", text);
	fflush(stdout);
	_exit(1);
}

void result(long ret, long expected)
{
	if (ret == expected)
		return;
	wrong("%ld (%s), not %ld (%s)", ret,
	      ret < 0 ? strerror((int)-ret) : "fine", expected,
	      expected < 0 ? strerror((int)-expected) : "fine");
}

static bool between(long is, long least, long more)
{
	return is >= least && is <= least + more;
}

void compare_counters(void)
{
	struct gntalloc_native_info q;

	if (model_concurrent)
		return;
	if (native_info(counters, &q))
		wrong("no counters");
	if ((long)q.pages != model_pages || q.user_pages != q.pages ||
	    q.user_entries != q.entries ||
	    !between(q.entries, model_grants, model_loose) ||
	    !between(q.draining, model_draining, model_loose))
		wrong("pages %u, not %ld; entries %u, not %ld; draining %u, not %ld; or %ld more",
		      q.pages, model_pages, q.entries, model_grants,
		      q.draining, model_draining, model_loose);
	/* What has drained does not come back. */
	model_loose = q.entries - model_grants;
}

static void too_long(int sig)
{
	(void)sig;
	wrong("it hangs");
}

const struct step *const all_steps[] = {
	old_steps, native_steps, own_steps, query_steps, NULL
};

/*
 * Makes the step that @what stands for, if one of the lists has it. Returns
 * what is left of @what otherwise, and -1 if the step was made.
 */
static int one_of(uint32_t what, struct file *f, int fd)
{
	const struct step *const *steps, *step;

	for (steps = all_steps; *steps; steps++)
		for (step = *steps; step->make; step++) {
			if (what < step->share) {
				step->make(f, fd);
				return -1;
			}
			what -= step->share;
		}
	return (int)what;
}

/* A step may also find that it has nothing to do. */
static void one_step(void)
{
	int i = (int)any(FILES);
	struct file *f = &files[i];
	int what = (int)any(1000);

	/* This process has closed it, but another one or a mapping uses it. */
	if (fds[i] < 0 && !model_gone(f)) {
		if (what < 30)
			do_process();
		else
			do_mapping(NULL, -1);
		return;
	}
	if (fds[i] < 0 || model_full(f) || what < 30) {
		do_open_close(i);
		return;
	}
	what = one_of((uint32_t)what - 30, f, fds[i]);
	if (what < 0)
		return;
	if (what < 5)
		do_process();
	else if (what < 25)
		do_peer(f);
	else if (what < 85)
		do_invalid(f, fds[i]);
	else
		do_mapping(f, fds[i]);
}

/* A create of too many pages makes the driver look at the draining entries. */
static void await_drained(void)
{
	struct timespec pause = { .tv_nsec = 10000000 };
	int tries = 3000;

	for (;;) {
		result(native_create(counters, INT_MAX, NULL, NULL), -EDQUOT);
		compare_counters();
		if (!model_loose)
			return;
		if (!tries--)
			wrong("%ld entries have not ended", model_loose);
		nanosleep(&pause, NULL);
	}
}

static void set_bounds(long limit)
{
	result(device_set_limit(limit), 0);
	result(device_write_parameter("quota", "0"), 0);
	result(device_write_parameter("headroom", "128"), 0);
}

static void run(long calls)
{
	int i;

	own_start();
	while (number < calls) {
		one_step();
		compare_counters();
		if (number % 64)
			continue;
		compare_signals(false);
		alarm(PATIENCE);
		if (model_loose && !(number % 256))
			await_drained();
	}

	note("the end", 0, 0, 0);
	process_end();
	slots_end();
	for (i = 0; i < FILES; i++)
		if (fds[i] >= 0) {
			close(fds[i]);
			model_close(&files[i]);
		}
	peer_ends();
	if (model_pages || model_grants || model_draining)
		wrong("the model is not empty");
}

int main(int argc, char **argv)
{
	bool many = false;
	long calls;

	while (getopt(argc, argv, "c") == 'c')
		many = true;
	if (argc - optind != 2) {
		fprintf(stderr, "usage: fuzz [-c] SEED CALLS\n");
		return 2;
	}
	first_seed = strtoul(argv[optind], NULL, 0);
	calls = atol(argv[optind + 1]);
	any_seed(first_seed);
	printf("fuzz: seed %lu, %ld calls%s\n", first_seed, calls,
	       many ? " of many at once" : "");
	fflush(stdout);

	signal(SIGALRM, too_long);
	counters = device_open();
	if (counters < 0)
		wrong("no device");
	place_invalid();
	place_slots();
	place_export();
	model_limit = 1000;
	set_bounds(model_limit);
	/* An earlier process may have just ended that had some. */
	model_loose = 1000;
	await_drained();
	if (many) {
		calls = concurrent(first_seed, calls, run);
	} else {
		if (peer_starts())
			printf("fuzz: with a peer\n");
		run(calls);
	}
	model_loose = 1000;
	await_drained();
	own_end();
	compare_signals(true);
	set_bounds(1024);
	printf("fuzz: seed %lu: %ld calls, nothing found\n", first_seed,
	       many ? calls : number);
	return 0;
}
