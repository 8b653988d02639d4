// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may open the device: with the kernel alone, and with udev and the rule
 * and the group that our package has installed.
 */
#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "device.h"
#include "fd_pass.h"
#include "fixture.h"
#include "suite.h"

#define GROUP		"gntalloc"
#define UDEVD		"/usr/lib/systemd/systemd-udevd"

/* On arm64, no package is installed by apt. */
SUITE(.timeout = 180, .not_on_arm64 = true);

static gid_t group_id(void)
{
	const struct group *group = getgrnam(GROUP);

	ck_assert_msg(group, "no group " GROUP " was made");
	ck_assert_msg(!group->gr_mem[0], "%s is in it", group->gr_mem[0]);
	ck_assert_uint_ne(group->gr_gid, 0);
	return group->gr_gid;
}

/* Loads the module again, so that its node is a new one. */
static void new_node(void)
{
	must(module_unload());
	must(module_load(""));
}

static void node_is(gid_t gid, mode_t mode)
{
	struct stat is;

	ck_assert_int_eq(stat(DEVICE_PATH, &is), 0);
	ck_assert_uint_eq(is.st_uid, 0);
	ck_assert_uint_eq(is.st_gid, gid);
	ck_assert_uint_eq(is.st_mode, S_IFCHR | mode);
}

static bool is_mode(mode_t mode)
{
	struct stat is;

	ck_assert_int_eq(stat(DEVICE_PATH, &is), 0);
	ck_assert_uint_eq(is.st_uid, 0);
	ck_assert_uint_eq(is.st_gid, 0);
	return is.st_mode == (S_IFCHR | mode);
}

static int open_it(void)
{
	int file = device_open();

	return file < 0 ? -file : 0;
}

static void run(const char *command)
{
	ck_assert_msg(!system(command), "%s", command);
}

static void with_udev(void)
{
	run(UDEVD " --daemon");
	new_node();
	run("udevadm settle --timeout=20");
	/*
	 * udevd has read the group, so it must be gone before the next test.
	 * When the udevd of systemd 257 is asked to exit on Linux 7.3, it
	 * sometimes does not.
	 */
	run("for i in $(seq 900); do pids=$(pidof systemd-udevd) || exit 0; "
	    "kill -KILL $pids; sleep 0.1; done; exit 1");
}

START_TEST(without_udev_the_node_is_for_root_alone)
{
	new_node();
	node_is(0, 0600);
	ck_assert_int_eq(run_as_nobody(0, open_it), EACCES);
}
END_TEST

START_TEST(udev_gives_the_node_to_a_group_that_nobody_is_in)
{
	gid_t gid = group_id();

	with_udev();
	node_is(gid, 0660);
	ck_assert_int_eq(run_as_nobody(0, open_it), EACCES);
	ck_assert_int_eq(run_as_nobody(gid, open_it), 0);
	new_node();
}
END_TEST

START_TEST(where_the_group_is_missing_the_node_is_for_root_alone)
{
	gid_t gid = group_id();

	run("sed -i.all '/^" GROUP ":/d' /etc/group");
	with_udev();
	run("mv /etc/group.all /etc/group");
	/*
	 * Some versions of udev ignore the whole rule if its group does not
	 * exist.
	 */
	if (!is_mode(0600))
		node_is(0, 0660);
	ck_assert_int_eq(run_as_nobody(0, open_it), EACCES);
	ck_assert_int_eq(run_as_nobody(gid, open_it), EACCES);
	new_node();
}
END_TEST
