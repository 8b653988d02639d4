// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Times, and the median of many.
 *
 * The mean would not do, since some rounds include a timer interrupt. Nor would
 * the minimum: its round may have skipped work that is done for several rounds
 * at once.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint64_t median(const uint64_t *ns, unsigned int count)
{
	uint64_t sorted[ROUNDS_MAX];

	memcpy(sorted, ns, count * sizeof(*ns));
	qsort(sorted, count, sizeof(*sorted), compare);
	return sorted[count / 2];
}

uint64_t clock_cost(void)
{
	static uint64_t cost;
	uint64_t ns[ROUNDS_MAX];

	if (cost)
		return cost;
	for (unsigned int i = 0; i < ROUNDS_MAX; i++) {
		uint64_t start = now();

		ns[i] = now() - start;
	}
	cost = median(ns, ROUNDS_MAX);
	return cost;
}

unsigned int rounds_for(size_t pages)
{
	size_t rounds = 32768 / pages;

	if (rounds > ROUNDS_MAX)
		rounds = ROUNDS_MAX;
	return rounds < 3 ? 3 : (unsigned int)rounds | 1;
}

void timing_start(struct timing *timing, const char *name, size_t size)
{
	memset(timing, 0, sizeof(*timing));
	timing->name = name;
	timing->size = size;
	clock_cost();
}

void timing_add(struct timing *timing, const char *step, uint64_t ns)
{
	struct step *s = timing->step;

	while (s < timing->step + timing->steps && strcmp(s->name, step))
		s++;
	if (s == timing->step + timing->steps) {
		if (timing->steps == STEPS_MAX)
			fail("more than %d steps", STEPS_MAX);
		timing->steps++;
		s->name = step;
	}
	if (s->rounds == ROUNDS_MAX)
		fail("more than %d rounds", ROUNDS_MAX);
	s->ns[s->rounds++] = ns > clock_cost() ? ns - clock_cost() : 0;
}

void timing_report(const struct timing *timing)
{
	for (unsigned int i = 0; i < timing->steps; i++) {
		const struct step *s = &timing->step[i];

		printf("%s %zu %s %llu\n", timing->name, timing->size, s->name,
		       (unsigned long long)median(s->ns, s->rounds));
	}
	fflush(stdout);
}
