// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level: for which user the quota counts what, when one user has
 * several ids. All that is opened in user namespaces counts for the user who
 * made the outermost of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "fd_pass.h"
#include "fixture.h"
#include "native.h"
#include "suite.h"

#define QUOTA		10U
#define IDS		10	/* in the namespace */
#define FIRST_ID	200000	/* the first of them, seen from outside */

/* Pipes by which two processes signal each other, one byte each time. */
struct steps {
	int to_child[2];
	int to_parent[2];
};

static bool step(int end)
{
	char byte = 0;

	return write(end, &byte, 1) == 1;
}

static bool await_step(int end)
{
	char byte;

	return read(end, &byte, 1) == 1;
}

static bool is_full(int file)
{
	struct gntalloc_native_info info;

	return native_create(file, 1, NULL, NULL) == -EDQUOT &&
	       native_grant(file, 0, 1, NOBODY, 0, NULL) == -EDQUOT &&
	       !native_info(file, &info) && info.user_pages == QUOTA &&
	       info.user_entries == QUOTA;
}

/*
 * One page and one entry by each id: together this is all that one user may
 * have.
 */
static int takes_by_each_id(int *files)
{
	int i;

	for (i = 0; i < IDS; i++) {
		if (setresuid((uid_t)-1, (uid_t)i, 0))
			return 10;
		files[i] = device_open();
		if (setresuid((uid_t)-1, 0, 0))
			return 11;
		if (files[i] < 0 || native_create(files[i], 1, NULL, NULL) ||
		    native_grant(files[i], 0, 1, NOBODY, 0, NULL))
			return 12;
	}
	for (i = 0; i < IDS; i++)
		if (!is_full(files[i]))
			return 13;
	return 0;
}

/* A namespace inside the namespace is not another user. */
static int takes_further_inside(void)
{
	int status, file;
	pid_t pid = fork();

	if (!pid) {
		if (unshare(CLONE_NEWUSER))
			_exit(20);
		file = device_open();
		_exit(file < 0 ? 21 :
		      native_create(file, 1, NULL, NULL) != -EDQUOT ? 22 : 0);
	}
	return waitpid(pid, &status, 0) != pid ? 23 :
	       WIFEXITED(status) ? WEXITSTATUS(status) : 24;
}

static int in_namespace(const struct steps *steps)
{
	int files[IDS], ret;

	if (setgid(NOBODY_UID) || setuid(NOBODY_UID) ||
	    prctl(PR_SET_DUMPABLE, 1) || unshare(CLONE_NEWUSER))
		return 1;
	if (!step(steps->to_parent[1]) || !await_step(steps->to_child[0]))
		return 2;
	ret = setgid(0) ? 4 : takes_by_each_id(files);
	if (!ret)
		ret = takes_further_inside();
	/* All of it stays until the other processes have looked. */
	if (!ret && (!step(steps->to_parent[1]) ||
		     !await_step(steps->to_child[0])))
		return 3;
	return ret;
}

/*
 * Writes the ids of a child's namespace. Without an id for its group, the child
 * cannot make another namespace.
 */
static void write_map(pid_t pid, const char *name)
{
	char path[64], map[64];
	int fd, length;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	length = snprintf(map, sizeof(map), "0 %d %d\n", FIRST_ID, IDS);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, map, (size_t)length), length);
	close(fd);
}

static pid_t start_namespace(struct steps *steps)
{
	pid_t pid;

	ck_assert(!pipe(steps->to_child) && !pipe(steps->to_parent));
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		device_let_go();
		close(steps->to_child[1]);
		_exit(in_namespace(steps));
	}
	close(steps->to_parent[1]);
	ck_assert_msg(await_step(steps->to_parent[0]), "no user namespace");
	write_map(pid, "uid_map");
	write_map(pid, "gid_map");
	ck_assert(step(steps->to_child[1]));
	return pid;
}

/* The user who made the namespace, seen from outside, has no more. */
static int has_no_more(void)
{
	int file = device_open();

	return file < 0 || native_create(file, 1, NULL, NULL) != -EDQUOT;
}

/* Another user. */
static int has_a_quota_of_its_own(uid_t uid)
{
	int file, status, ret;
	pid_t pid = fork();

	if (!pid) {
		device_let_go();
		if (setgid(uid) || setuid(uid))
			_exit(1);
		file = device_open();
		ret = file < 0 || native_create(file, QUOTA, NULL, NULL) ||
		      native_grant(file, 0, QUOTA, NOBODY, 0, NULL) ||
		      !is_full(file);
		_exit(ret ? 2 : 0);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		WEXITSTATUS(status) : 3;
}

START_TEST(all_ids_of_a_user_have_one_quota)
{
	struct steps steps;
	int status;
	pid_t pid;

	must(device_write_parameter("quota", "10"));
	ck_assert_int_eq(chmod(DEVICE_PATH, 0666), 0);
	pid = start_namespace(&steps);
	if (await_step(steps.to_parent[0])) {
		ck_assert_int_eq(device_counter("pages"), QUOTA);
		ck_assert_int_eq(run_as_nobody(0, has_no_more), 0);
		/*
		 * A process outside, with an id that the namespace uses, is a
		 * user like any other.
		 */
		ck_assert_int_eq(has_a_quota_of_its_own(FIRST_ID), 0);
		ck_assert_int_eq(has_a_quota_of_its_own(1), 0);
		ck_assert_int_eq(has_a_quota_of_its_own(0), 0);
		ck_assert(step(steps.to_child[1]));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(!status, "in the namespace: %d", status >> 8);
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(has_a_quota_of_its_own(NOBODY_UID), 0);
	ck_assert_int_eq(chmod(DEVICE_PATH, 0600), 0);
	must(device_write_parameter("quota", "0"));
}
END_TEST
