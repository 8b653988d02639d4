// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process takes memory, its own and the device's, until the kernel kills it.
 * Then all pages are free again. Either its cgroup or the domain has no more
 * memory.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cgroup.h"
#include "device.h"
#include "fixture.h"
#include "kmsg.h"
#include "native.h"
#include "suite.h"

#define MUCH		0x7fffffff
#define MAX		(16L << 20)	/* bytes */
#define PAGES		64U
#define TIMEOUT		120

SUITE(.timeout = TIMEOUT);

/* Shares pages of each level, mapped and granted. */
static int share_some(int file, int number)
{
	uint64_t at;
	void *address;
	int ret;

	if (number % 3) {
		ret = native_create(file, PAGES, &at, NULL);
		if (!ret)
			ret = native_grant(file, at, PAGES, NOBODY, 0, NULL);
	} else {
		ret = device_alloc(file, NOBODY, 0, PAGES, &at, NULL);
	}
	if (!ret)
		ret = device_map(file, at, PAGES, &address);
	return ret ? ret : device_notify(file, at, GNTALLOC_2011_CLEAR_BYTE, 0);
}

/* Are pages what it runs out of, before the limit stops it? */
static bool lacks_pages;

/*
 * How much memory the process has of its own before it takes the device's. When
 * the process is killed, this is free at once. The end of all its pages of the
 * device takes longer, and a kernel without memory would kill others meanwhile.
 */
static size_t own;

static bool take_memory(size_t size)
{
	char *more = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (more == MAP_FAILED)
		return false;
	memset(more, 1, size);
	return true;
}

/* The device only refuses. The process is killed because of its own memory. */
static int share_until_it_is_killed(void)
{
	int i = 0, ret, file = device_open();

	if (!take_memory(own))
		return 2;
	do
		ret = share_some(file, i++);
	while (!ret);
	if (ret == -ENOSPC)	/* there may be fewer entries than pages */
		do
			ret = native_create(file, PAGES, NULL, NULL);
		while (!ret);
	if (ret != -ENOMEM && lacks_pages)
		return 1;
	while (take_memory(MAX))
		;
	return 2;
}

/*
 * No other process is killed, since this one has more memory than all others.
 */
static void is_killed_for(const char *reason)
{
	ck_assert_int_eq(cgroup_run(share_until_it_is_killed), -SIGKILL);
	ck_assert_int_eq(kmsg_mentions(reason), 1);
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
	cgroup_remove();
}

START_TEST(a_process_killed_for_want_of_memory_leaves_nothing)
{
	lacks_pages = cgroup_has_pages();
	own = MAX / 4;
	must(device_set_limit(lacks_pages ? MUCH : 2000));
	cgroup_make();
	must(cgroup_max(MAX));
	is_killed_for("Memory cgroup out of memory");
}
END_TEST

START_TEST(a_process_killed_when_the_domain_has_no_memory_leaves_nothing)
{
	lacks_pages = true;
	own = (size_t)sysconf(_SC_PHYS_PAGES) / 8 * PAGE;
	must(device_set_limit(MUCH));
	cgroup_make();	/* without a bound */
	is_killed_for("Out of memory: Killed process");
}
END_TEST
