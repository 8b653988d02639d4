// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A memory cgroup of this domain.
 */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage.h"

#define ROOT	"/tmp/cgroup"
#define GROUP	ROOT "/group"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

void cgroup_make(void)
{
	mkdir(ROOT, 0755);
	if (access(ROOT "/cgroup.controllers", F_OK))
		ck_assert_msg(!mount("none", ROOT, "cgroup2", 0, NULL),
			      "cgroup2: %s", strerror(errno));
	must(write_file(ROOT "/cgroup.subtree_control", "+memory"));
	/* A test that has failed may have left it. */
	ck_assert(!mkdir(GROUP, 0755) || errno == EEXIST);
}

int cgroup_max(long bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", bytes);
	return write_file(GROUP "/memory.max", text);
}

int cgroup_enter(void)
{
	return write_file(GROUP "/cgroup.procs", "0");
}

int cgroup_leave(void)
{
	return write_file(ROOT "/cgroup.procs", "0");
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

void cgroup_remove(void)
{
	ck_assert_int_eq(rmdir(GROUP), 0);
}
