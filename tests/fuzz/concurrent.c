// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: several processes at the same time. Each has files of its own, which
 * its model knows exactly, except for the bounds, which all processes share.
 * Each also has a thread that makes any calls on one descriptor that all
 * processes have. In the end nothing may be left.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../vm/lib/device.h"

#define WORKERS		3
#define ROOM		(8 * PAGE)

static int shared;
static uint64_t seeds;
static long *total;		/* of all processes */
static char *room;		/* for the thread's mappings */

static void *thread(void *arg)
{
	long calls = *(const long *)arg;

	any_seed(seeds + 100);
	while (noted() < calls)
		do_nonsense(shared, room, false);
	__atomic_add_fetch(total, noted(), __ATOMIC_RELAXED);
	return NULL;
}

/* The thread makes a third of the calls. */
static void worker(uint64_t seed, long calls, void (*work)(long calls))
{
	long others = calls / 3;
	pthread_t busy;

	room = mmap(NULL, ROOM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		wrong("no room");
	seeds = seed;
	any_seed(seed);
	if (pthread_create(&busy, NULL, thread, &others))
		wrong("no thread");
	work(calls - others);
	pthread_join(busy, NULL);
	__atomic_add_fetch(total, noted(), __ATOMIC_RELAXED);
	exit(0);
}

long concurrent(uint64_t seed, long calls, void (*work)(long calls))
{
	pid_t pids[WORKERS];
	unsigned int i;
	int status;

	total = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	shared = device_open();
	if (shared < 0 || total == MAP_FAILED)
		wrong("no device, or no memory");
	fcntl(shared, F_SETFL, O_NONBLOCK);
	model_concurrent = true;

	for (i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (!pids[i])
			worker(seed * 10 + i, calls / WORKERS, work);
	}
	for (i = 0; i < WORKERS; i++)
		if (waitpid(pids[i], &status, 0) != pids[i] || status)
			wrong("worker %u ended with %#x", i, status);
	close(shared);
	model_concurrent = false;
	return *total;
}
