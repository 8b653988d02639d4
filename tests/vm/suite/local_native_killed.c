// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that take long end early, with EINTR, when their caller is killed. The
 * caller cannot report that any more, but the kernel's own tracing of system
 * calls can.
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
#include "fixture.h"
#include "native.h"
#include "stress.h"
#include "suite.h"

#define MUCH		0x7fffffff
#define PEER		77
#define OTHER_PEER	78
#define LARGE		12000U
#define STEPS		16	/* into which the time of a call is divided */
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

/* Traces those of all system calls that end with EINTR. */
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

/* A call that takes long, and a function that undoes it. */
struct call {
	int (*make)(void);
	int (*undo)(void);
	long number;
};

/* Kills a child @delay after it began the call. Was that during the call? */
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
 * Fails unless a kill can make the call end with EINTR, in which case nothing
 * of the call may be left. The moment of the kill is tried at all times from
 * the start of the call to its end.
 */
static void is_killed(const struct call *call)
{
	long pages = device_counter("pages"), grants = device_counter("entries");
	int64_t start, took, delay = 0;
	bool killed = false;
	int i;

	/* The first call may have waited for the end of earlier ones. */
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
		/*
		 * The call may have ended, but without the undo that follows
		 * it.
		 */
		if (!killed && (device_counter("pages") != pages ||
				device_counter("entries") != grants))
			ck_assert_int_eq(call->undo(), 0);
	}
	write_file(SYS_EXIT "/enable", "0");
	ck_assert(killed);
	fprintf(stderr,
		"figure: killed in system call %ld after %lld of %lld us\n",
		call->number, (long long)delay, (long long)took);
	ck_assert_int_eq(device_counter("pages"), pages);
	ck_assert_int_eq(device_counter("entries"), grants);
	ck_assert_int_eq(call->make(), 0);
}

static int file, other;
static void *address;

static int create(void)
{
	return native_create_at(file, 0, LARGE, NULL);
}

/* The same, of memory that is there already. A child need not copy it. */
static void *own;

static int create_of_memory(void)
{
	struct gntalloc_native_create op = {
		.pages = LARGE,
		.flags = GNTALLOC_CREATE_MEMORY | GNTALLOC_CREATE_FIXED,
		.address = (uintptr_t)own,
	};

	return native_call(file, GNTALLOC_NATIVE_CREATE, &op);
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

/* No offset is used twice in a file, so each call has a file of its own. */
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

START_TEST(a_create_of_memory_whose_caller_is_killed_is_eintr)
{
	start();
	own = mmap(NULL, LARGE * PAGE, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(own, MAP_FAILED);
	memset(own, 1, LARGE * PAGE);
	is_killed(&(struct call){ create_of_memory, dealloc_all, SYS_ioctl });
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
 * Consecutive entries are taken in one step. Entries that are scattered take
 * long, so every second entry of a full table is freed.
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
	/* After these entries, fewer than that were free. */
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

/* The search takes all free entries, which are every second one. */
START_TEST(a_search_whose_caller_is_killed_is_eintr)
{
	uint32_t run, first;
	uint64_t i;

	must(stress_free_entries());
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

/* --- calls that wait for a descriptor in use ------------------------------ */

#define ROUNDS		20
#define PEERS		8
#define KEPT		((uint64_t)LARGE * PAGE)	/* offset of a region */

static uint64_t kept;

static int alloc_one(void)
{
	return device_alloc(file, PEER, 0, 1, NULL, NULL);
}

static int alloc_one_of_2010(void)
{
	return device_alloc_2010(file, PEER, 0, NULL, NULL);
}

static int dealloc_kept(void)
{
	return device_dealloc(file, KEPT, 1);
}

static int notify_kept(void)
{
	return device_notify(file, KEPT, GNTALLOC_2011_CLEAR_BYTE, 0);
}

static int create_one(void)
{
	return native_create(file, 1, NULL, NULL);
}

static int share_one(void)
{
	struct gntalloc_native_share op = { .pages = 1, .domid = PEER };

	return native_share_call(file, &op, NULL);
}

static int grant_kept(void)
{
	return native_grant(file, KEPT, 1, PEER, 0, NULL);
}

static int revoke_kept(void)
{
	return (int)native_revoke(file, KEPT, 1, OTHER_PEER);
}

static int destroy_kept(void)
{
	return native_destroy(file, kept);
}

static int restrict_it(void)
{
	return native_restrict(file, GNTALLOC_RESTRICT_PAGES, LARGE, NULL, 0);
}

static int export_kept(void)
{
	int dmabuf = native_export(file, KEPT, 1, 0);

	return dmabuf < 0 ? dmabuf : close(dmabuf);
}

static int map_kept(void)
{
	return device_map(file, KEPT, 1, &address);
}

static const struct call waiting_calls[] = {
	{ alloc_one_of_2010, NULL, SYS_ioctl },
	{ alloc_one, NULL, SYS_ioctl },
	{ dealloc_kept, NULL, SYS_ioctl },
	{ notify_kept, NULL, SYS_ioctl },
	{ create_one, NULL, SYS_ioctl },
	{ share_one, NULL, SYS_ioctl },
	{ grant_kept, NULL, SYS_ioctl },
	{ revoke_kept, NULL, SYS_ioctl },
	{ destroy_kept, NULL, SYS_ioctl },
	{ restrict_it, NULL, SYS_ioctl },
	{ export_kept, NULL, SYS_ioctl },
	{ map_kept, NULL, SYS_mmap },
};

#define WAITING_CALLS							\
	((int)(sizeof(waiting_calls) / sizeof(*waiting_calls)))

/* Forks a child that makes the call when it reads a byte from @go. */
static pid_t start_call(int (*make)(void), int *go)
{
	int ends[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 1 && !make() ? 0 : 1);
	}
	close(ends[0]);
	*go = ends[1];
	return pid;
}

/* Does it sleep in a way that no common signal wakes it? */
static bool waits(pid_t pid)
{
	char path[32], state = 0;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "re");
	if (!stat)
		return false;
	if (fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(stat);
	return state == 'D';
}

/* Makes a region whose end takes long, since it is granted many times. */
static void make_what_takes_long(void)
{
	int peer, ret = 0;

	must(create());
	for (peer = 0; peer < PEERS && !ret; peer++)
		ret = native_grant(file, 0, LARGE, (uint16_t)peer, 0, NULL);
	ck_assert(peer > 1);
}

/* Did the waiting call die before the call that it waited for was half done? */
static bool dies_while_it_waits(const struct call *call, volatile bool *over)
{
	pid_t holder, waiter;
	int go, status;
	bool early;

	make_what_takes_long();
	waiter = start_call(call->make, &go);
	*over = false;
	holder = fork();
	ck_assert_int_ge(holder, 0);
	if (!holder) {
		status = dealloc_all();
		*over = true;
		_exit(status ? 1 : 0);
	}
	/* Wait until the holder has begun. */
	while (device_counter("pages") > LARGE && !*over)
		usleep(50);
	ck_assert_int_eq(write(go, "", 1), 1);
	close(go);
	while (!*over && !waits(waiter))
		usleep(50);
	kill(waiter, SIGKILL);
	ck_assert_int_eq(waitpid(waiter, &status, 0), waiter);
	early = device_counter("pages") > LARGE / 2 && WIFSIGNALED(status) &&
		was_interrupted(waiter, call->number);
	ck_assert_int_eq(waitpid(holder, &status, 0), holder);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
	return early;
}

START_LOOP_TEST(a_call_waiting_for_a_descriptor_in_use_can_be_killed,
		0, WAITING_CALLS)
{
	const struct call *call = &waiting_calls[_i];
	bool *over = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool early = false;
	int i;

	ck_assert_ptr_ne(over, MAP_FAILED);
	trace_interrupted();
	for (i = 0; i < ROUNDS && !early; i++) {
		start();
		must(native_create_at(file, KEPT, 1, &kept));
		must(native_grant(file, KEPT, 1, OTHER_PEER, 0, NULL));
		early = dies_while_it_waits(call, over);
		if (early) {
			ck_assert_int_eq(device_counter("pages"), 1);
			ck_assert_int_eq(device_counter("entries"), 1);
			must(call->make());
		}
		close(file);
	}
	write_file(SYS_EXIT "/enable", "0");
	ck_assert_msg(early, "call %d of those that wait", _i);
	fprintf(stderr, "figure: killed while it waited, at try %d\n", i);
}
END_TEST
