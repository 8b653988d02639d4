// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Races: threads on one descriptor, processes on several, while the bounds
 * change and the module itself is unloaded and loaded.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "fixture.h"
#include "stress.h"
#include "suite.h"

#define MS		500	/* of one race, if $RACE_MS is not set */
#define THREADS		3
#define CHILDREN	3
#define UNLOADS		2	/* at least; and at least 2 refusals */
#define UNLOADS_MS	20000	/* at most, to get these */

static long ms(void)
{
	return stress_amount("RACE_MS", MS);
}

static void tell_calls(const char *race, const struct stressor *sum)
{
	fprintf(stderr, "figure: %s: %ld calls, %ld done, %ld errors\n", race,
		sum->calls, sum->done, sum->failed);
	ck_assert_msg(!*sum->wrong, "%s", sum->wrong);
	/* A good part of the calls have succeeded. */
	ck_assert_int_gt(sum->calls, 0);
	ck_assert_int_gt(sum->done, sum->calls / 20);
}

START_TEST(threads_race_on_one_descriptor)
{
	struct stress_file file = { .fd = -1 };
	struct stressor like = { .file = &file, .domid = NOBODY };

	must(stress_open(&file));
	stress_threads(&like, THREADS, stress_seed("threads"), ms());
	tell_calls("threads on one descriptor", &like);
	close(file.fd);
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

static volatile long replaced;

static void *replace(void *arg)
{
	struct stress_file *file = arg;

	for (replaced = 0; !stress_open(file); replaced++)
		usleep((useconds_t)(replaced % 4 * 500));
	return NULL;
}

/* The last thread that uses the old file closes it, at the end of some call. */
START_TEST(a_descriptor_is_replaced_while_others_use_it)
{
	struct stress_file file = { .fd = -1 };
	struct stressor like = { .file = &file, .domid = NOBODY,
			       .unread = true };
	pthread_t replacer;

	must(stress_open(&file));
	ck_assert(!pthread_create(&replacer, NULL, replace, &file));
	stress_threads(&like, THREADS, stress_seed("replaced"), ms());
	pthread_cancel(replacer);
	pthread_join(replacer, NULL);
	device_let_go();
	tell_calls("a replaced descriptor", &like);
	ck_assert_int_gt(replaced, 1);
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

/* --- processes ------------------------------------------------------------ */

/* What a process reports that runs during the race. */
struct meantime {
	volatile bool end;
	volatile long done;
	volatile long refused;
	volatile long wrong;
};

static struct meantime *meantime;

static pid_t meanwhile(void (*body)(void))
{
	pid_t pid;

	meantime = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(meantime, MAP_FAILED);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (!meantime->end)
			body();
		_exit(0);
	}
	return pid;
}

static void end(pid_t pid)
{
	int status;

	meantime->end = true;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* What the children report: each has one element. */
static struct stressor *told;

/* Loading a module can take longer than a whole race. */
static bool goes_on(long until, bool unloads)
{
	long now = now_ms();

	return now < until ||
	       (unloads && now < until + UNLOADS_MS &&
		(meantime->done < UNLOADS || meantime->refused < UNLOADS));
}

static void child(struct stress_file *common, uint64_t seed, unsigned int i,
		  bool unloads)
{
	struct stress_file own = { .fd = -1 };
	struct stressor *r = &told[i];
	long until = now_ms() + ms();

	stress_join(r, &own, seed, i);
	r->unloads = unloads;
	r->spreads = !unloads;
	r->forks = true;
	while (goes_on(until, unloads) && !*r->wrong) {
		int ret = stress_open(&own);

		if (!unloads && ret)
			stress_wrong(r, "open", ret);
		if (ret) {
			usleep(1000);
			continue;
		}
		r->file = &own;
		stress_for(r, unloads ? 2 : 50);
		close(own.fd);
		own = (struct stress_file) { .fd = -1 };
		/*
		 * Then it uses the common file, to which other processes write,
		 * too.
		 */
		if (common) {
			r->file = common;
			r->spreads = false;
			stress_for(r, 50);
			r->spreads = true;
		}
		if (unloads)
			usleep(stress_any(r, 6000));
	}
	_exit(0);
}

static void race_of_processes(const char *name, struct stress_file *common,
			      bool unloads)
{
	uint64_t seed = stress_seed(name);
	struct stressor sum = { .calls = 0 };
	pid_t pids[CHILDREN];
	unsigned int i;

	told = mmap(NULL, CHILDREN * sizeof(*told), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(told, MAP_FAILED);
	stress_prepare();
	for (i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (!pids[i])
			child(common, seed, i, unloads);
	}
	for (i = 0; i < CHILDREN; i++) {
		int status;

		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_msg(!status, "process %u ended with %#x", i, status);
		sum.calls += told[i].calls;
		sum.done += told[i].done;
		sum.failed += told[i].failed;
		if (*told[i].wrong)
			memcpy(sum.wrong, told[i].wrong, sizeof(sum.wrong));
	}
	tell_calls(name, &sum);
}

/* All processes know what was made in the common file, and where. */
START_TEST(processes_race_on_files_of_their_own_and_a_common_one)
{
	struct stress_file *common = mmap(NULL, sizeof(*common),
					  PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(common, MAP_FAILED);
	common->fd = -1;
	must(stress_open(common));
	race_of_processes("processes", common, false);
	close(common->fd);
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

static void change_bounds(void)
{
	static const char *const bounds[] = {
		"0", "30", "100", "1000", "2147483647"
	};

	device_write_parameter("limit", bounds[(unsigned int)rand() % 5]);
	device_write_parameter("quota", bounds[(unsigned int)rand() % 5]);
	device_write_parameter("headroom",
			       bounds[(unsigned int)rand() % 4]);
	usleep((unsigned int)rand() % 2000);
}

START_TEST(processes_race_while_the_bounds_change)
{
	pid_t changer = meanwhile(change_bounds);

	race_of_processes("changing bounds", NULL, false);
	end(changer);
	must(device_write_parameter("limit", "1024"));
	must(device_write_parameter("quota", "0"));
	must(device_write_parameter("headroom", "128"));
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

static void unload_and_load(void)
{
	struct meantime *u = meantime;
	int ret;

	usleep((unsigned int)rand() % 40000);
	ret = module_unload();
	if (!ret) {
		u->done++;
		if (module_load(""))
			u->wrong = -EINVAL;
	} else if (ret == -EAGAIN) {
		u->refused++;
	} else {
		u->wrong = ret;
	}
}

/*
 * The module can be unloaded only while no file is open, and a file can be
 * opened only while the module is loaded.
 */
START_TEST(the_module_goes_and_comes_while_processes_open_it)
{
	pid_t unloader = meanwhile(unload_and_load);
	struct meantime *u = meantime;

	race_of_processes("a module that goes", NULL, true);
	end(unloader);
	fprintf(stderr, "figure: %ld unloads, %ld refused\n", u->done,
		u->refused);
	ck_assert_int_eq(u->wrong, 0);
	ck_assert_int_ge(u->done, UNLOADS);
	ck_assert_int_ge(u->refused, UNLOADS);
}
END_TEST
