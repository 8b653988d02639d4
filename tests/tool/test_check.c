// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare check: tool/check.c */
#include <string.h>
#include <unistd.h>

#include "tool_test.h"

static void put_machine(void)
{
	put_driver();
	put_file("/dev/xen/gntalloc", "%s", "");
	put_file("/dev/xen/gntdev", "%s", "");
	put_file("/dev/xen/evtchn", "%s", "");
	put_file("/dev/xen/xenbus", "%s", "");
	put_file("/etc/group", "gntalloc:x:998:\n");
}

START_TEST(a_machine_that_has_all_can_share)
{
	put_machine();
	run(NULL, "check");
	assert_code(DONE);
	assert_quiet();
	assert_out("yes  Xen domain: yes\n");
	assert_out("yes  driver: the module of gntalloc-dkms, 1.0.0\n");
	assert_out("yes  /dev/xen/gntalloc, to share: you may open it (mode");
	assert_out("yes  limit: 0 of 64 are in use\n");
	assert_out("\nSharing can work here.\n");
	assert_no_out("\nno ");
	assert_no_out("\nnote ");
}
END_TEST

/* What is removed, whether it is needed, and what is said of it. */
static const struct {
	const char *path;
	int code;
	const char *no, *cure;
} missing[] = {
	{ "/sys/hypervisor", FAILED, "no   Xen domain: no\n",
	  "Only a domain of Xen" },
	{ "/dev/xen/gntalloc", FAILED,
	  "no   /dev/xen/gntalloc, to share: does not exist",
	  "modprobe xen-gntalloc" },
	{ "/dev/xen/gntdev", DONE,
	  "note /dev/xen/gntdev, to map: does not exist", "modprobe xen-gntdev" },
	{ "/dev/xen/evtchn", DONE, "note /dev/xen/evtchn", "xen-evtchn" },
	{ "/dev/xen/xenbus", DONE, "note /dev/xen/xenbus", "xenfs" },
	{ "/etc/group", DONE, "note group gntalloc: does not exist",
	  "creates the group" },
	{ MODULE "/version", DONE, "note native level: not there",
	  "install gntalloc-dkms" },
	{ MODULE "/initstate", DONE, "Sharing can work here", "" },
};

START_TEST(each_no_has_a_cure)
{
	put_machine();
	remove_file(missing[_i].path);
	run(NULL, "check");
	assert_code(missing[_i].code);
	assert_out(missing[_i].no);
	assert_out(missing[_i].cure);
	assert_out(missing[_i].code ? "Sharing cannot work here." :
		   "Sharing can work here.");
}
END_TEST

START_TEST(without_a_driver_nobody_can_share)
{
	put_machine();
	remove_file(MODULE);
	remove_file(CLASS);
	in_child = no_device;
	run(NULL, "check");
	assert_code(FAILED);
	assert_out("no   driver: none is loaded\n");
}
END_TEST

START_TEST(a_driver_that_is_built_in_cannot_be_replaced)
{
	put_machine();
	remove_file(MODULE "/version");
	remove_file(MODULE "/initstate");
	run(NULL, "check");
	assert_code(DONE);
	assert_out("that of Linux, built into the kernel");
	assert_out("CONFIG_XEN_GRANT_DEV_ALLOC=m");
}
END_TEST

static void be_nobody(void)
{
	ck_assert_int_eq(setgid(65534), 0);
	ck_assert_int_eq(setuid(65534), 0);
}

START_TEST(who_may_not_open_the_device_cannot_share)
{
	put_machine();
	chmod_file("/", 0755);
	chmod_file("/dev/xen/gntalloc", 0660);
	in_child = be_nobody;
	run(NULL, "check");
	assert_code(FAILED);
	assert_out("no   /dev/xen/gntalloc, to share: you may not open it "
		   "(mode 0660, user root, group root)\n");
	assert_out("member of the group gntalloc");
	assert_out("note group gntalloc: you are no member\n");
	put_file("/etc/group", "x:x:1:\ngntalloc:x:65534:\n");
	run(NULL, "check");
	assert_out("yes  group gntalloc: you are a member\n");
}
END_TEST

START_TEST(a_limit_that_is_reached_stops_sharing)
{
	put_machine();
	in_child = no_device;
	put_file(CLASS "/entries", "900\n");
	run(NULL, "check");
	assert_code(DONE);
	assert_out("note bound: limit\n     limit: 90 % are in use");
	put_file(CLASS "/entries", "1000\n");
	run(NULL, "check");
	assert_code(FAILED);
	assert_out("no   limit: 1000 of 1000 are in use\n");
}
END_TEST

START_TEST(the_check_as_json_is_right)
{
	struct json_object *o, *value, *answer;

	put_machine();
	remove_file("/dev/xen/gntdev");
	run(NULL, "check --json");
	assert_code(DONE);
	o = out_json();
	ck_assert(json_object_object_get_ex(o, "able", &value));
	ck_assert(json_object_get_boolean(value));
	ck_assert(json_object_object_get_ex(o, "answers", &value));
	ck_assert_uint_ge(json_object_array_length(value), 7);
	answer = json_object_array_get_idx(value, 0);
	ck_assert(json_object_object_get_ex(answer, "what", &value));
	ck_assert_str_eq(json_object_get_string(value), "Xen domain");
	json_object_put(o);
	remove_file("/sys/hypervisor");
	run(NULL, "check --json");
	assert_code(FAILED);
	json_object_put(out_json());
}
END_TEST

struct Suite *check_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = tool_suite("check", &tests);

	tcase_add_test(tests, a_machine_that_has_all_can_share);
	tcase_add_loop_test(tests, each_no_has_a_cure, 0, ARRAY_SIZE(missing));
	tcase_add_test(tests, without_a_driver_nobody_can_share);
	tcase_add_test(tests, a_driver_that_is_built_in_cannot_be_replaced);
	if (!geteuid())
		tcase_add_test(tests, who_may_not_open_the_device_cannot_share);
	tcase_add_test(tests, a_limit_that_is_reached_stops_sharing);
	tcase_add_test(tests, the_check_as_json_is_right);
	return suite;
}
