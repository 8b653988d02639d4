// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that take long end early, with EINTR, when their caller is killed.
 * The caller cannot say so any more; the kernel's own tracing of system calls
 * does.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "native.h"
#include "riot.h"
#include "stage.h"
#include "suites.h"

#define MUCH		0x7fffffff
#define PEER		77
#define OTHER_PEER	78
#define LARGE		12000U
#define STEPS		16	/* of the time that a call takes */
#define TRIES		(12 * STEPS)
#define TRACING		"/tmp/tracing"
#define SYS_EXIT	TRACING "/events/raw_syscalls/sys_exit"

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	ck_assert_msg(fd >= 0 && write(fd, text, strlen(text)) > 0, "%s: %s",
		      path, strerror(errno));
	close(fd);
}

/* Of all system calls, those that end with EINTR. */
static void trace_interrupted(void)
{
	char filter[32];

	mkdir(TRACING, 0755);
	if (access(SYS_EXIT, F_OK))
		ck_assert_msg(!mount("none", TRACING, "tracefs", 0, NULL),
			      "tracefs: %s", strerror(errno));
	snprintf(filter, sizeof(filter), "ret == %d", -EINTR);
	write_file(SYS_EXIT "/filter", filter);
	write_file(SYS_EXIT "/enable", "1");
}

static bool was_interrupted(pid_t pid, long number)
{
	FILE *trace = fopen(TRACING "/trace", "re");
	char line[512], who[32], what[64];
	bool found = false;

	ck_assert_ptr_nonnull(trace);
	snprintf(who, sizeof(who), "-%d ", pid);
	snprintf(what, sizeof(what), "sys_exit: NR %ld = %d", number, -EINTR);
	while (fgets(line, sizeof(line), trace))
		if (strstr(line, who) && strstr(line, what))
			found = true;
	fclose(trace);
	return found;
}

/* A call that takes long, and what undoes it. */
struct call {
	int (*make)(void);
	int (*undo)(void);
	long number;
};

/* Kills a child @delay after it began the call. Was that in its midst? */
static bool kill_once(const struct call *call, useconds_t delay)
{
	int ends[2], status;
	char byte = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		if (write(ends[1], &byte, 1) != 1)
			_exit(2);
		_exit(call->make() || call->undo() ? 1 : 0);
	}
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	usleep(delay);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(ends[0]);
	close(ends[1]);
	if (WIFEXITED(status))
		ck_assert_int_eq(WEXITSTATUS(status), 0);
	return was_interrupted(pid, call->number);
}

/*
 * Fails unless the call can be made to end with EINTR, of which nothing is
 * left. When to kill is tried at all times from its start to its end.
 */
static void is_killed(const struct call *call)
{
	long pages = device_counter("pages"), grants = device_counter("grants");
	int64_t start, took, delay = 0;
	bool killed = false;
	int i;

	/* the first one may have waited for what was before */
	ck_assert_int_eq(call->make(), 0);
	ck_assert_int_eq(call->undo(), 0);
	start = now_us();
	ck_assert_int_eq(call->make(), 0);
	took = now_us() - start;
	ck_assert_int_eq(call->undo(), 0);

	trace_interrupted();
	for (i = 1; i <= TRIES && !killed; i++) {
		delay = took * (i % STEPS + 1) / STEPS;
		killed = kill_once(call, (useconds_t)delay);
		/* it may have come to its end, and not to its undoing */
		if (!killed && (device_counter("pages") != pages ||
				device_counter("grants") != grants))
			ck_assert_int_eq(call->undo(), 0);
	}
	write_file(SYS_EXIT "/enable", "0");
	ck_assert(killed);
	fprintf(stderr,
		"figure: killed in system call %ld after %lld of %lld us\n",
		call->number, (long long)delay, (long long)took);
	ck_assert_int_eq(device_counter("pages"), pages);
	ck_assert_int_eq(device_counter("grants"), grants);
	ck_assert_int_eq(call->make(), 0);
}

static int file, other;
static void *address;

static int create(void)
{
	return native_create_at(file, 0, LARGE, NULL);
}

static int dealloc_all(void)
{
	return device_dealloc(file, 0, LARGE);
}

static int grant(void)
{
	return native_grant(file, 0, LARGE, PEER, 0, NULL);
}

static int revoke_all(void)
{
	return (int)native_revoke(file, 0, LARGE, PEER);
}

static int share_all(void)
{
	struct gntalloc_native_share op = {
		.pages = LARGE, .domid = PEER, .flags = GNTALLOC_SHARE_FIXED,
	};

	return native_share_call(file, &op, NULL);
}

/* Offsets are not used twice: it has a file of its own. */
static int alloc(void)
{
	other = device_open();
	return device_alloc(other, PEER, 0, LARGE, NULL, NULL);
}

static int close_other(void)
{
	return close(other);
}

static int map_all(void)
{
	return device_map(file, 0, LARGE, &address);
}

static int unmap_all(void)
{
	return munmap(address, LARGE * PAGE);
}

static void start(void)
{
	must(device_set_limit(MUCH));
	file = (int)must(device_open());
}

START_TEST(a_create_whose_caller_is_killed_is_eintr)
{
	start();
	is_killed(&(struct call){ create, dealloc_all, SYS_ioctl });
}
END_TEST

START_TEST(a_share_whose_caller_is_killed_is_eintr)
{
	start();
	is_killed(&(struct call){ share_all, dealloc_all, SYS_ioctl });
}
END_TEST

START_TEST(an_alloc_of_2011_whose_caller_is_killed_is_eintr)
{
	start();
	is_killed(&(struct call){ alloc, close_other, SYS_ioctl });
}
END_TEST

START_TEST(an_mmap_whose_caller_is_killed_is_eintr)
{
	start();
	must(create());
	is_killed(&(struct call){ map_all, unmap_all, SYS_mmap });
}
END_TEST

/*
 * Consecutive entries are taken in one go; it is those that lie here and there
 * that take long. So of a full table every second entry is freed.
 */
START_TEST(a_grant_whose_caller_is_killed_is_eintr)
{
	uint32_t first;
	uint64_t i;
	int ret;

	start();
	must(create());
	do {
		ret = native_grant(file, 0, LARGE, OTHER_PEER, 0, NULL);
	} while (!ret);
	ck_assert_int_eq(ret, -ENOSPC);
	for (i = 0; i < LARGE; i += 2)
		must(native_revoke(file, i * PAGE, 1, OTHER_PEER));
	/* behind them there was less than that */
	fails(native_grant_run(file, 0, LARGE, PEER, 0, &first),
	      ENOSPC);
	is_killed(&(struct call){ grant, revoke_all, SYS_ioctl });
}
END_TEST

static int search(void)
{
	uint32_t first;

	return native_grant_run(file, 0, 2, PEER, 0, &first) == -ENOSPC ?
		0 : -EPROTO;
}

static int nothing(void)
{
	return 0;
}

/* It takes all that is free, which is every second entry. */
START_TEST(a_search_whose_caller_is_killed_is_eintr)
{
	uint32_t run, first;
	uint64_t i;

	must(riot_free_entries());
	start();
	must(create());
	must(native_grant_run(file, 0, LARGE, OTHER_PEER, 0, &first));
	for (run = LARGE; run; run /= 4)
		while (!native_grant(file, 0, run, PEER, 0, NULL))
			;
	for (i = 0; i < LARGE; i += 2)
		must(native_revoke(file, i * PAGE, 1, OTHER_PEER));
	is_killed(&(struct call){ search, nothing, SYS_ioctl });
}
END_TEST

void native_killed(TCase *tc)
{
	tcase_add_test(tc, a_create_whose_caller_is_killed_is_eintr);
	tcase_add_test(tc, a_share_whose_caller_is_killed_is_eintr);
	tcase_add_test(tc, an_alloc_of_2011_whose_caller_is_killed_is_eintr);
	tcase_add_test(tc, an_mmap_whose_caller_is_killed_is_eintr);
	tcase_add_test(tc, a_grant_whose_caller_is_killed_is_eintr);
	tcase_add_test(tc, a_search_whose_caller_is_killed_is_eintr);
}
