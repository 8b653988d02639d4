// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random failures: in a debug kernel, a certain percentage of allocations or
 * copies fails while random calls are made. Each call returns what it may
 * return, or ENOMEM or EFAULT, and no call leaves anything behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "device.h"
#include "fail_walk.h"
#include "fixture.h"
#include "stress.h"
#include "suite.h"

#define DEBUGFS		"/sys/kernel/debug/"
#define MAKE_IT_FAIL	"/proc/self/make-it-fail"
#define CALLS		3000
#define MANY		6	/* children at the same time */
#define PAGES		4096	/* each has a notification */

SUITE(.timeout = FAIL_TIMEOUT);

/*
 * The copy of the text can fail here, too, so this is repeated until it
 * succeeds.
 */
static void write_text(const char *path, const char *text)
{
	int i, fd, wrote;

	for (i = 0; i < 1000; i++) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		wrote = (int)write(fd, text, strlen(text));
		close(fd);
		if (wrote > 0)
			return;
	}
	ck_abort_msg("%s: %s", path, strerror(errno));
}

static void set(const char *kind, const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "%s/%s", kind, name);
	write_text(path, value);
}

/*
 * Faults are made only for tasks that ask for it: neither for the kernel's own,
 * nor for this one.
 */
static void start_faults(const char *kind, const char *percent)
{
	set(kind, "task-filter", "Y");
	set(kind, "interval", "1");
	set(kind, "times", "-1");
	set(kind, "probability", percent);
}

static void stop_faults(const char *kind)
{
	set(kind, "probability", "0");
	set(kind, "times", "1");
	set(kind, "task-filter", "N");
}

/* Counts calls and not time, since the call that reads the clock can fail. */
static void stress_while_calls_fail(struct stressor *r, uint64_t seed,
				    bool forks)
{
	struct stress_file file = { .fd = -1 };
	int i;

	stress_join(r, &file, seed, 0);
	r->domid = NOBODY;
	r->faults = true;
	r->spreads = true;
	r->forks = forks;
	if (stress_open(&file))
		_exit(1);
	mlockall(MCL_CURRENT);
	write_text(MAKE_IT_FAIL, "1");
	for (i = 0; i < CALLS && stress_call(r); i++)
		;
	for (i = 0; i < STRESS_MAPS; i++)
		stress_unmap(r, &r->map[i]);
	/* close() and all that the exit closes are made to fail, too. */
	_exit(0);
}

static void fails_at_random(const char *kind, const char *percent, bool forks)
{
	long calls = 0, faults = 0, free = must(stress_free_entries());
	uint64_t seed = stress_seed(kind);
	struct stressor *told;	/* by each child */
	int i, kept, status, ended = 0;
	pid_t pid;

	told = mmap(NULL, MANY * sizeof(*told), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(told, MAP_FAILED);
	kept = (int)must(stress_keep_mapped());
	start_faults(kind, percent);
	for (i = 0; i < MANY; i++) {
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (!pid)
			stress_while_calls_fail(&told[i], seed + (uint64_t)i,
						forks);
	}
	for (i = 0; i < MANY; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ended += !status;
	}
	stop_faults(kind);
	close(kept);
	for (i = 0; i < MANY; i++) {
		ck_assert_msg(!*told[i].wrong, "%s", told[i].wrong);
		calls += told[i].calls;
		faults += told[i].faulted;
	}
	fprintf(stderr, "figure: %s: %ld calls, %ld ENOMEM and EFAULT\n", kind,
		calls, faults);
	ck_assert_int_eq(ended, MANY);
	ck_assert_int_gt(faults, calls / 1000);
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
	ck_assert_int_ge(must(stress_free_entries()), free);
}

/*
 * No fork while allocations fail, for two reasons: the kernel complains when it
 * has no memory for a stack; and Linux 6.1 in a PV domain uses the second page
 * of a process's top page table also when it did not get one (xen_pgd_alloc()).
 */
START_TEST(slab_allocations_fail_at_random)
{
	fails_at_random("failslab", "5", false);
}
END_TEST

START_TEST(page_allocations_fail_at_random)
{
	fails_at_random("fail_page_alloc", "5", false);
}
END_TEST

START_TEST(copies_fail_at_random)
{
	fails_at_random("fail_usercopy", "2", true);
}
END_TEST

/*
 * The driver tries twice to get the memory of a notification. The call fails
 * only if both tries fail.
 */
START_TEST(notifications_fail_at_random)
{
	int file = (int)must(device_open());
	uint64_t i;
	int failed = 0;

	must(device_set_limit(PAGES));
	must(device_alloc(file, NOBODY, 0, PAGES, NULL, NULL));
	start_faults("failslab", "50");
	write_text(MAKE_IT_FAIL, "1");
	for (i = 0; i < PAGES; i++) {
		int ret = device_notify(file, i * PAGE,
					GNTALLOC_2011_CLEAR_BYTE, 0);

		if (ret && ret != -ENOMEM)
			break;
		failed += !!ret;
	}
	write_text(MAKE_IT_FAIL, "0");
	stop_faults("failslab");
	ck_assert_int_eq(i, PAGES);
	fprintf(stderr, "figure: failslab: %d notifications, %d ENOMEM\n",
		PAGES, failed);
	ck_assert_int_gt(failed, 0);
	ck_assert_int_lt(failed, PAGES);
	close(file);
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST
