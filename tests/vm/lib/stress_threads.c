// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stress: several threads at the same time, how long a test runs, and how many
 * entries of the grant table are free.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "native.h"
#include "stress.h"

#define THREADS_MAX	8

struct thread {
	pthread_t thread;
	struct stressor stressor;
	long ms;
};

static void *run(void *arg)
{
	struct thread *t = arg;

	stress_for(&t->stressor, t->ms);
	close(t->stressor.eventfd);
	return NULL;
}

bool stress_threads(struct stressor *like, unsigned int threads, uint64_t seed,
		    long ms)
{
	static struct thread pool[THREADS_MAX];
	unsigned int i;

	for (i = 0; i < threads && i < THREADS_MAX; i++) {
		struct stressor *r = &pool[i].stressor;

		stress_join(r, like->file, seed, i);
		r->domid = like->domid;
		r->unread = like->unread;
		r->unloads = like->unloads;
		r->faults = like->faults;
		pool[i].ms = ms;
		if (pthread_create(&pool[i].thread, NULL, run, &pool[i]))
			abort();
	}
	while (i--) {
		const struct stressor *r = &pool[i].stressor;

		pthread_join(pool[i].thread, NULL);
		like->calls += r->calls;
		like->done += r->done;
		like->failed += r->failed;
		if (*r->wrong)
			memcpy(like->wrong, r->wrong, sizeof(like->wrong));
	}
	return !*like->wrong;
}

long stress_amount(const char *variable, long usual)
{
	const char *text = getenv(variable);

	return text && *text ? atol(text) : usual;
}

uint64_t stress_seed(const char *test)
{
	uint64_t seed = (uint64_t)stress_amount("RACE_SEED", 0);

	if (!seed)
		seed = (uint64_t)now_us() & 0xffffff;
	fprintf(stderr, "figure: %s has the seed %llu\n", test,
		(unsigned long long)seed);
	return seed;
}

long stress_free_entries(void)
{
	static const uint32_t runs[] = { 4096, 256, 16, 1 };
	long long limit = device_limit();
	int ret, fd = device_open();
	size_t i;
	long got = 0;

	if (fd < 0)
		return fd;
	device_set_limit(0x7fffffff);
	device_write_parameter("headroom", "0");
	ret = native_create_at(fd, 0, runs[0], NULL);
	for (i = 0; !ret && i < sizeof(runs) / sizeof(*runs); i++) {
		while (!(ret = native_grant(fd, 0, runs[i], 0, 0, NULL)))
			got += runs[i];
		if (ret == -ENOSPC)
			ret = 0;
	}
	close(fd);
	device_write_parameter("headroom", "128");
	device_set_limit(limit);
	return ret ? ret : got;
}
