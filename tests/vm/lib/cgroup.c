// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A memory cgroup of this domain.
 */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "fixture.h"

#define ROOT	"/tmp/cgroup"
#define GROUP	ROOT "/group"

void cgroup_make(void)
{
	mkdir(ROOT, 0755);
	if (access(ROOT "/cgroup.controllers", F_OK))
		ck_assert_msg(!mount("none", ROOT, "cgroup2", 0, NULL),
			      "cgroup2: %s", strerror(errno));
	must(device_write_text(ROOT "/cgroup.subtree_control", "+memory"));
	/* An earlier test that failed may have left the group. */
	ck_assert(!mkdir(GROUP, 0755) || errno == EEXIST);
}

int cgroup_max(long bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", bytes);
	return device_write_text(GROUP "/memory.max", text);
}

int cgroup_enter(void)
{
	return device_write_text(GROUP "/cgroup.procs", "0");
}

int cgroup_leave(void)
{
	return device_write_text(ROOT "/cgroup.procs", "0");
}

long cgroup_charged(void)
{
	int fd = open(GROUP "/memory.current", O_RDONLY | O_CLOEXEC);
	char text[32] = "";

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(read(fd, text, sizeof(text) - 1), 0);
	close(fd);
	return atol(text);
}

bool cgroup_has_pages(void)
{
	return kernel_since(5, 11);
}

void cgroup_remove(void)
{
	ck_assert_int_eq(rmdir(GROUP), 0);
}

/*
 * Locks all memory that the process has, so that it needs none later. Before
 * that it gives malloc() some in reserve.
 */
static bool needs_no_more(void)
{
	free(malloc(65536));
	return !mlockall(MCL_CURRENT);
}

/*
 * When the cgroup has no memory left, the kernel logs words that are a
 * complaint in any other test. This test expects them, so they are kept off the
 * console, where the harness would take them for a failure.
 */
static int run(int (*body)(void), bool unkillable)
{
	int status;
	pid_t pid;

	klogctl(6, NULL, 0);	/* stop messages to the console */
	pid = fork();
	if (!pid) {
		/*
		 * The kernel kills this process last when memory runs out, or
		 * first.
		 */
		if (device_write_text("/proc/self/oom_score_adj",
				      unkillable ? "-1000" : "1000") ||
		    (unkillable && !needs_no_more()))
			_exit(98);
		if (cgroup_enter())
			_exit(99);
		_exit(body());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	klogctl(7, NULL, 0);	/* resume them */
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int cgroup_run(int (*body)(void))
{
	return run(body, false);
}

int cgroup_run_unkillable(int (*body)(void))
{
	return run(body, true);
}
