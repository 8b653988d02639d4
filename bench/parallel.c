// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two processes at once, each with a descriptor of its own, on two processors.
 * This shows how much longer a round takes than with only one process.
 */
#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPEAT	15

/*
 * The number of rounds of a process. For the duration, the calls themselves
 * count like eight pages.
 */
static size_t rounds_of(size_t pages)
{
	return 32768 / (8 + pages) + 1;
}

static void child(int ready, int go, size_t pages)
{
	int fd = device_open();
	char byte = 0;

	share_round(NULL, fd, pages, 0);
	if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1)
		fail_errno("pipe");
	for (size_t i = 0; i < rounds_of(pages); i++)
		share_round(NULL, fd, pages, 0);
	_exit(0);
}

/* The time of one round, while @processes make all their rounds. */
static uint64_t run(int processes, size_t pages)
{
	int ready[2], go[2], status;
	uint64_t start;
	char bytes[2];

	if (pipe(ready) < 0 || pipe(go) < 0)
		fail_errno("pipe");
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			fail_errno("fork");
		if (pid == 0)
			child(ready[1], go[0], pages);
	}
	for (int i = 0; i < processes; i++)
		if (read(ready[0], bytes, 1) != 1)
			fail_errno("pipe");
	start = now();
	if (write(go[1], bytes, (size_t)processes) != processes)
		fail_errno("pipe");
	for (int i = 0; i < processes; i++)
		if (wait(&status) < 0 || status)
			fail("a process of two failed");
	start = now() - start;
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
	}
	return start / rounds_of(pages);
}

void bench_parallel(const char *name, size_t pages)
{
	struct timing timing;

	reserve_grefs(pages);
	timing_start(&timing, name, pages);
	/* The two take turns, since the load of the machine may change. */
	for (int i = 0; i < REPEAT; i++) {
		timing_add(&timing, "one", run(1, pages));
		timing_add(&timing, "two", run(2, pages));
	}
	timing_report(&timing);
}
