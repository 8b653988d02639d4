// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Out of memory: each call that needs memory fails with ENOMEM, and leaves
 * everything as it was. The caller is in a memory cgroup that is full.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "device.h"
#include "fixture.h"
#include "kmsg.h"
#include "native.h"
#include "suite.h"

#define MUCH		0x7fffffff
#define PEER		77
#define LARGE		20000U	/* an array of their grefs is 80 KB */
#define REGIONS		4000
#define OWN		4000U
#define MAX		(4L << 20)
#define MAX_OF_STRUCTS	(256L << 10)	/* where pages are not charged */

/* What the child uses is made outside of its cgroup: */
static int large;		/* a file with a region of that size */
static int regions;		/* a file with many, of one page each */
static uint64_t ids[REGIONS];
static void *own;		/* OWN pages, shared with the child */

/*
 * A call that takes little memory may still get some. Returns how often it did.
 */
static int until_enomem(int (*call)(int i), int most)
{
	int i, ret;

	for (i = 0; i < most; i++) {
		ret = call(i);
		if (ret)
			return ret == -ENOMEM ? i : -1;
	}
	return -1;
}

static int create(int i)
{
	(void)i;
	return native_create(large, 1, NULL, NULL);
}

static int set_notification(int i)
{
	return device_notify(large, (uint64_t)i * PAGE,
			     GNTALLOC_2011_CLEAR_BYTE, 0);
}

static int destroy_with_event(int i)
{
	return native_destroy_event(regions, ids[i]);
}

/* Returns the number of the check that did not fail as it should. */
static int calls_when_it_is_full(void)
{
	struct gntalloc_native_share share = { .pages = 1, .domid = PEER };
	void *address;

	if (until_enomem(create, 4000) < 0)
		return 1;
	if (native_create(large, 1, NULL, NULL) != -ENOMEM ||
	    native_create_at(large, 1ULL << 40, 1, NULL) != -ENOMEM)
		return 2;
	if (native_grant(large, 0, LARGE, PEER, 0, NULL) != -ENOMEM)
		return 3;
	if (device_alloc(large, PEER, 0, 1, NULL, NULL) != -ENOMEM)
		return 4;
	if (device_alloc_2010(large, PEER, 0, NULL, NULL) != -ENOMEM)
		return 5;
	if (native_share_call(large, &share, NULL) != -ENOMEM)
		return 9;
	if (native_create_memory(large, own, OWN, 0, NULL, NULL) != -ENOMEM)
		return 10;
	if (native_export(large, 0, LARGE, 0) != -ENOMEM)
		return 11;
	if (device_map(large, 0, LARGE, &address) != -ENOMEM)
		return 6;
	if (until_enomem(set_notification, LARGE) < 0)
		return 7;
	if (until_enomem(destroy_with_event, REGIONS) < 0)
		return 8;
	return 0;
}

START_TEST(calls_are_enomem_when_the_memory_cgroup_is_full)
{
	struct gntalloc_native_info info;
	long pages;
	void *address;
	int i;

	must(device_set_limit(MUCH));
	large = (int)must(device_open());
	must(native_create_at(large, 0, LARGE, NULL));
	regions = (int)must(device_open());
	for (i = 0; i < REGIONS; i++)
		must(native_create(regions, 1, NULL, &ids[i]));
	own = mmap(NULL, OWN * PAGE, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(own, MAP_FAILED);
	memset(own, 1, OWN * PAGE);

	cgroup_make();
	must(cgroup_max(cgroup_has_pages() ? MAX : MAX_OF_STRUCTS));
	ck_assert_int_eq(cgroup_run_unkillable(calls_when_it_is_full), 0);
	ck_assert_int_gt(kmsg_mentions("no killable processes"), 0);

	/*
	 * The failed grant has left nothing behind, and the region is as it
	 * was.
	 */
	must(native_info(large, &info));
	ck_assert_uint_eq(info.entries, 0);
	fails(native_revoke(large, 0, LARGE, PEER), ENOENT);
	/* Outside of the group there is memory. */
	must(native_grant(large, 0, LARGE, PEER, 0, NULL));
	must(native_create_memory(large, own, OWN, 0, NULL, NULL));
	must(device_map(large, 0, LARGE, &address));
	must(device_notify(large, (LARGE - 1) * PAGE, GNTALLOC_2011_CLEAR_BYTE,
			   0));
	/*
	 * The first region that is still live is the one whose destroy failed.
	 */
	for (i = 0; i < REGIONS; i++)
		if (native_state(regions, ids[i]) == GNTALLOC_STATE_LIVE)
			break;
	ck_assert_int_lt(i, REGIONS);
	pages = device_counter("pages");
	must(native_destroy_event(regions, ids[i]));
	ck_assert_int_eq(device_counter("pages"), pages - 1);

	munmap(address, LARGE * PAGE);
	close(large);
	close(regions);
	ck_assert_int_eq(device_counter("pages"), 0);
	cgroup_remove();
}
END_TEST

/* --- all of the machine's memory ------------------------------------------ */

#define BYSTANDER	(60UL << 20)
#define SPARSE		"/mnt/disk/sparse"

/* A process that has touched and locked its memory, and then sleeps. */
static pid_t start_bystander(void)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		char *kept = mmap(NULL, BYSTANDER, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		device_let_go();
		if (kept == MAP_FAILED)
			_exit(1);
		memset(kept, 1, BYSTANDER);
		if (mlock(kept, BYSTANDER) || write(ready[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void lives(pid_t bystander)
{
	ck_assert_int_eq(waitpid(bystander, NULL, WNOHANG), 0);
	kill(bystander, SIGKILL);
	ck_assert_int_eq(waitpid(bystander, NULL, 0), bystander);
}

/* The calls fail, and this process gets what it needs itself beforehand. */
static int shares_until_it_fails(uint32_t pages)
{
	struct gntalloc_native_share op = { .pages = pages, .domid = PEER };
	int ret, fd = device_open();

	if (fd < 0 || mlockall(MCL_CURRENT))
		return 98;
	do {
		ret = native_share_call(fd, &op, NULL);
	} while (!ret);
	close(fd);
	return -ret;
}

static int allocs_until_it_fails(uint32_t pages)
{
	static uint32_t grefs[64];
	int ret, fd = device_open();

	if (fd < 0 || mlockall(MCL_CURRENT))
		return 98;
	do {
		ret = device_alloc(fd, PEER, 0, pages, NULL, grefs);
	} while (!ret);
	close(fd);
	return -ret;
}

static int creates_until_it_fails(uint32_t pages)
{
	int ret, fd = device_open();

	if (fd < 0 || mlockall(MCL_CURRENT))
		return 98;
	do {
		ret = native_create(fd, pages, NULL, NULL);
	} while (!ret);
	close(fd);
	return -ret;
}

/*
 * Where there is much memory, the entries may run out before the memory does. A
 * call that grants then returns that error. A create needs no entries.
 */
static const struct {
	int (*body)(uint32_t pages);
	uint32_t pages;
	bool entries;
} eaters[] = {
	{ creates_until_it_fails, 64, false },
	{ creates_until_it_fails, 1, false },
	{ shares_until_it_fails, 64, true },
	{ allocs_until_it_fails, 64, true },
};

#define EATERS	((int)(sizeof(eaters) / sizeof(*eaters)))

START_LOOP_TEST(a_process_that_takes_all_memory_gets_enomem_and_none_is_killed,
		0, EATERS)
{
	pid_t pid, bystander = start_bystander();
	int status;

	must(device_set_limit(1000000));
	kmsg_mentions("");
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid)
		_exit(eaters[_i].body(eaters[_i].pages));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(kmsg_mentions("oom-killer"), 0);
	lives(bystander);
	ck_assert_msg(WIFEXITED(status), "it ended with %#x", status);
	if (!eaters[_i].entries || WEXITSTATUS(status) != ENOSPC)
		ck_assert_int_eq(WEXITSTATUS(status), ENOMEM);
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

/*
 * The driver keeps 12 bytes about each page, which alone would take all memory.
 */
START_TEST(a_count_that_no_memory_can_hold_is_enomem_at_once)
{
	const uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * PAGE;
	struct gntalloc_native_share op = {
		.pages = (uint32_t)(memory / 100 * 85 / 12), .domid = PEER,
	};
	int fd = (int)must(device_open());
	pid_t bystander = start_bystander();
	long start;

	must(device_set_limit(MUCH));
	kmsg_mentions("");
	start = now_ms();
	fails(native_create(fd, op.pages, NULL, NULL), ENOMEM);
	fails(native_share_call(fd, &op, NULL), ENOMEM);
	fails(device_alloc(fd, PEER, 0, op.pages, NULL, NULL), ENOMEM);
	ck_assert_int_lt(now_ms() - start, 100 * slowness());
	ck_assert_int_eq(kmsg_mentions("oom-killer"), 0);
	lives(bystander);
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

static long memory_free_kb(void)
{
	return must(device_read_number("/proc/meminfo", "MemFree"));
}

/* Reading the holes of a sparse file fills the page cache, too. */
static void fill_page_cache(int fd, uint64_t size)
{
	static char space[1 << 20];
	uint64_t at;

	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	for (at = 0; at < size; at += sizeof(space))
		ck_assert_int_gt(pread(fd, space, sizeof(space), (off_t)at),
				 0);
}

START_TEST(a_region_gets_memory_that_only_the_page_cache_has)
{
	const uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
	int fd = (int)must(device_open());
	int sparse = open(SPARSE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0600);
	long before, after;

	ck_assert_msg(sparse >= 0, "%s: %s", SPARSE, strerror(errno));
	unlink(SPARSE);
	must(device_set_limit(MUCH));
	before = memory_free_kb();
	fill_page_cache(sparse, pages * PAGE);
	after = memory_free_kb();
	fprintf(stderr, "figure: page cache: %ld of %ld kB are free when it is full, for %ld kB\n",
		after, before, (long)(pages / 10 * 4 * (PAGE >> 10)));
	/*
	 * The memory that is free is not enough without that of the page cache.
	 */
	ck_assert_int_lt(after, (long)(pages / 10 * 4 * (PAGE >> 10)));
	must(native_create(fd, (uint32_t)(pages / 10 * 4), NULL, NULL));
	close(fd);
	close(sparse);
}
END_TEST
