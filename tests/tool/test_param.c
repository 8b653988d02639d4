// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare limit, quota and headroom: tool/param.c, tool/boot.c */
#include <string.h>
#include <sys/stat.h>

#include "tool_test.h"

START_TEST(it_shows_the_value_now_and_at_boot)
{
	struct json_object *o, *value;

	put_driver();
	run(NULL, "limit");
	assert_code(DONE);
	assert_quiet();
	ck_assert_str_eq(result.out, "now      1000\n"
			 "at boot  1024 (the default)\n");
	put_file("/etc/modprobe.d/a.conf", "options xen-gntalloc limit=77\n");
	run(NULL, "limit --json");
	assert_code(DONE);
	o = out_json();
	ck_assert(json_object_object_get_ex(o, "boot", &value));
	ck_assert_str_eq(json_object_get_string(value), "77");
	ck_assert(json_object_object_get_ex(o, "now", &value));
	ck_assert_int_eq(json_object_get_int(value), 1000);
	json_object_put(o);
}
END_TEST

START_TEST(it_sets_the_value)
{
	put_driver();
	run(NULL, "quota 512");
	assert_code(DONE);
	assert_quiet();
	ck_assert_str_eq(result.out, "now      512\n");
	/* A file of sysfs is written as a whole; this one is longer. */
	ck_assert_int_eq(strncmp(get_file(MODULE "/parameters/quota"), "512",
				 3), 0);
	ck_assert_str_eq(get_file(BOOT_FILE), "");
	run(NULL, "headroom 0");
	assert_code(DONE);
}
END_TEST

START_TEST(without_a_driver_it_cannot_be_set_now)
{
	run(NULL, "limit 5");
	assert_code(FAILED);
	assert_err("cannot be written: No such file");
	run(NULL, "limit");
	assert_code(FAILED);
	assert_err("no driver is loaded");
	/* That of Linux has no quota. */
	put_file(MODULE "/parameters/limit", "1024\n");
	run(NULL, "quota");
	assert_code(FAILED);
	assert_err("this driver has no such parameter");
}
END_TEST

START_TEST(a_limit_that_xen_does_not_let_it_reach_is_a_warning)
{
	put_driver();
	run(NULL, "limit 32768");
	assert_code(DONE);
	assert_quiet();
	run(NULL, "limit 32769");
	assert_code(DONE);
	assert_err("warning: with Xen's default of 64 frames");
	run(NULL, "quota 100000");
	assert_code(DONE);
	assert_quiet();
}
END_TEST

/* What some files say about the limit at boot. */
static const struct {
	const char *etc, *run, *lib, *cmdline, *boot;
} settings[] = {
	{ "options xen-gntalloc limit=1\n", "", "", "", "1" },
	{ "options xen_gntalloc limit=1\n", "", "", "", "1" },
	{ "  options\txen-gntalloc   quota=2\tlimit=1", "", "", "", "1" },
	{ "options xen-gntalloc limit=1 limit=2\n", "", "", "", "2" },
	{ "options xen-gntalloc limit=1\noptions xen-gntalloc limit=2\n", "",
	  "", "", "2" },
	{ "options xen-gntalloc \\\n limit=\\\n1\n", "", "", "", "" },
	{ "options xen-gntalloc \\\n limit=1\n", "", "", "", "1" },
	{ "#options xen-gntalloc limit=1\n", "", "", "", "1024" },
	{ "options xen-gntallocx limit=1\n", "", "", "", "1024" },
	{ "options xen-gnt limit=1\n", "", "", "", "1024" },
	{ "options xen-gntalloc xlimit=1 limits=2 limit\n", "", "", "",
	  "1024" },
	{ "optionsxen-gntalloc limit=1\n", "", "", "", "1024" },
	{ "options", "", "", "", "1024" },
	{ "options\x20\n\\\n\\", "", "", "", "1024" },
	{ "options xen-gntalloc limit=1\n", "options xen-gntalloc limit=2\n",
	  "options xen-gntalloc limit=3\n", "", "1" },
	{ NULL, "options xen-gntalloc limit=2\n",
	  "options xen-gntalloc limit=3\n", "", "2" },
	{ NULL, NULL, "options xen-gntalloc limit=3\n", "", "3" },
	{ "options xen-gntalloc limit=1\n", "", "",
	  "quiet xen_gntalloc.limit=4 ro\n", "4" },
	{ "options xen-gntalloc limit=1\n", "", "",
	  "xen-gntalloc.limit=5\n", "5" },
	{ "options xen-gntalloc limit=1\n", "", "",
	  "xen_gntalloc.quota=4 gntalloc.limit=6 limit=7\n", "1" },
};

START_TEST(the_files_of_modprobe_and_the_command_line_are_read)
{
	char text[64];

	put_driver();
	if (settings[_i].etc)
		put_file("/etc/modprobe.d/x.conf", "%s", settings[_i].etc);
	if (settings[_i].run)
		put_file("/run/modprobe.d/x.conf", "%s", settings[_i].run);
	put_file("/lib/modprobe.d/x.conf", "%s", settings[_i].lib);
	put_file("/etc/modprobe.d/x.conf.old",
		 "options xen-gntalloc limit=9\n");
	put_file("/proc/cmdline", "%s", settings[_i].cmdline);
	run(NULL, "limit");
	assert_code(DONE);
	snprintf(text, sizeof(text), "at boot  %s (", settings[_i].boot);
	assert_out(text);
}
END_TEST

START_TEST(a_file_that_is_later_by_its_name_has_precedence)
{
	put_driver();
	put_file("/etc/modprobe.d/b.conf", "options xen-gntalloc limit=1\n");
	put_file("/etc/modprobe.d/c.conf", "options xen-gntalloc limit=2\n");
	put_file("/lib/modprobe.d/a.conf", "options xen-gntalloc limit=3\n");
	run(NULL, "limit");
	assert_out("at boot  2 (/etc/modprobe.d/c.conf)\n");
	put_file("/lib/modprobe.d/d.conf", "options xen-gntalloc limit=4\n");
	run(NULL, "limit");
	assert_out("at boot  4 (/lib/modprobe.d/d.conf)\n");
}
END_TEST

START_TEST(the_value_at_boot_is_written)
{
	struct stat st;

	put_driver();
	put_file("/etc/modprobe.d/a.conf", "options xen-gntalloc limit=3\n");
	run(NULL, "limit 2000 --boot");
	assert_code(DONE);
	assert_quiet();
	assert_out("now      2000\nat boot  2000 (" BOOT_FILE ")\n");
	ck_assert_str_eq(get_file(BOOT_FILE),
			 "# Written by gntshare(1): limit, quota, headroom with --boot.\n"
			 "options xen-gntalloc limit=2000\n");
	ck_assert_int_eq(path_stat(BOOT_FILE, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	run(NULL, "limit");
	assert_out("at boot  2000 (");
	run(NULL, "quota 5 --boot");
	run(NULL, "limit 3000 --boot");
	ck_assert_str_eq(get_file(BOOT_FILE),
			 "# Written by gntshare(1): limit, quota, headroom with --boot.\n"
			 "options xen-gntalloc quota=5\n"
			 "options xen-gntalloc limit=3000\n");
}
END_TEST

START_TEST(the_other_lines_of_the_file_are_kept)
{
	struct stat st;

	put_driver();
	put_file(BOOT_FILE, "# mine\n\nblacklist \\\n  foo\n"
		 "options xen-gntalloc limit=1 quota=2\n"
		 "options xen-gntalloc \\\n limit=3\n"
		 "options xen-gntalloc limit=4 debug=Y limit=5\n"
		 "options other limit=6");
	chmod_file(BOOT_FILE, 0640);
	run(NULL, "limit 7 --boot");
	assert_code(DONE);
	ck_assert_str_eq(get_file(BOOT_FILE),
			 "# mine\n\nblacklist \\\n  foo\n"
			 "options xen-gntalloc quota=2\n"
			 "options xen-gntalloc debug=Y\n"
			 "options other limit=6\n"
			 "options xen-gntalloc limit=7\n");
	ck_assert_int_eq(path_stat(BOOT_FILE, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0640);
}
END_TEST

START_TEST(nothing_else_is_left_in_the_folder)
{
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	put_driver();
	put_file(BOOT_FILE, "%s", "");
	run(NULL, "limit 7 --boot");
	dir = path_dir("/etc/modprobe.d");
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
	closedir(dir);
	ck_assert_int_eq(count, 1);
}
END_TEST

START_TEST(a_file_that_is_not_text_is_not_replaced)
{
	char text[70000];

	put_driver();
	memset(text, '#', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put_file(BOOT_FILE, "%s", text);
	run(NULL, "limit 7 --boot");
	assert_code(FAILED);
	assert_err("cannot be written: File too large");
	ck_assert_uint_eq(strlen(get_file(BOOT_FILE)), 65535);
	put_file(BOOT_FILE, "a%cb", 0);
	run(NULL, "limit 7 --boot");
	assert_code(FAILED);
}
END_TEST

START_TEST(without_the_folder_the_boot_value_cannot_be_written)
{
	put_driver();
	run(NULL, "limit 7 --boot");
	assert_code(FAILED);
	assert_err(BOOT_FILE " cannot be written: No such file");
}
END_TEST

START_TEST(the_boot_value_needs_no_driver)
{
	put_file("/etc/modprobe.d/x", "%s", "");
	run(NULL, "limit 7 --boot");
	assert_code(DONE);
	assert_no_out("now");
	assert_out("at boot  7");
}
END_TEST

START_TEST(what_takes_precedence_at_boot_is_a_warning)
{
	put_driver();
	put_file("/etc/modprobe.d/z.conf", "options xen-gntalloc limit=3\n");
	run(NULL, "limit 7 --boot");
	assert_code(DONE);
	assert_err("warning: /etc/modprobe.d/z.conf has limit=3");
}
END_TEST

struct Suite *param_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = tool_suite("param", &tests);

	tcase_add_test(tests, it_shows_the_value_now_and_at_boot);
	tcase_add_test(tests, it_sets_the_value);
	tcase_add_test(tests, without_a_driver_it_cannot_be_set_now);
	tcase_add_test(tests,
		       a_limit_that_xen_does_not_let_it_reach_is_a_warning);
	tcase_add_loop_test(tests,
			    the_files_of_modprobe_and_the_command_line_are_read,
			    0, ARRAY_SIZE(settings));
	tcase_add_test(tests, a_file_that_is_later_by_its_name_has_precedence);
	tcase_add_test(tests, the_value_at_boot_is_written);
	tcase_add_test(tests, the_other_lines_of_the_file_are_kept);
	tcase_add_test(tests, nothing_else_is_left_in_the_folder);
	tcase_add_test(tests, a_file_that_is_not_text_is_not_replaced);
	tcase_add_test(tests,
		       without_the_folder_the_boot_value_cannot_be_written);
	tcase_add_test(tests, the_boot_value_needs_no_driver);
	tcase_add_test(tests, what_takes_precedence_at_boot_is_a_warning);
	return suite;
}
