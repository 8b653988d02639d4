// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare list and top: tool/list.c, top.c, holders.c, order.c, names.c */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool_test.h"

#define HEAD "file uid opener creator id offset pages live kind age domid " \
	     "readonly writable draining for comm\n"

/* A process that has run for @age seconds. */
static void put_process(unsigned int pid, const char *name, unsigned int age)
{
	unsigned long long started = (10000ull - age) *
				     (unsigned long long)sysconf(_SC_CLK_TCK);
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	put_file(path, "%s\n", name);
	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	put_file(path, "%u (%s) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 "
		 "%llu 23 24\n", pid, name, started);
}

static void put_regions(void)
{
	put_driver();
	put_process(100, "qemu", 500);
	put_process(200, "a ) b", 500);
	put_file("/xenstore/local/domain/5/name", "web");
	put_file(DEBUG "/regions", HEAD
		 "1 0 100 100 7 0 10 10 new 100 5 10 0 0 0 qemu\n"
		 "1 0 100 100 8 a000 1024 1024 memory 90 5 0 1024 0 0 qemu\n"
		 "1 0 100 100 8 a000 1024 1024 memory 90 6 20 0 4 30 qemu\n"
		 "2 0 200 200 0 0 3 3 new 80 - 0 0 0 0 old\\040name\n"
		 "3 0 300 300 2 - 64 0 new 70 6 0 0 64 60 dead\\040one\n");
	put_file(DEBUG "/draining", HEAD
		 "1 0 100 100 8 a000 1024 1024 memory 90 6 20 0 4 30 qemu\n"
		 "3 0 300 300 2 - 64 0 new 70 6 0 0 64 60 dead\\040one\n");
	put_file(DEBUG "/peers",
		 "domid readonly writable draining for files\n"
		 "5 10 1024 0 0 1\n6 20 0 68 60 2\n");
}

/* The row of the text that begins with this, in which blanks are one. */
static void assert_row(const char *row)
{
	char text[65536];
	size_t i, length = 0;

	for (i = 0; result.out[i]; i++) {
		if (result.out[i] == ' ' && (!length || text[length - 1] == ' ' ||
					     text[length - 1] == '\n'))
			continue;
		text[length++] = result.out[i];
	}
	text[length] = '\0';
	ck_assert_msg(strstr(text, row), "no '%s' in: %s%s", row, text,
		      result.err);
}

START_TEST(root_sees_each_region_and_peer)
{
	put_regions();
	run(NULL, "list");
	assert_code(DONE);
	assert_quiet();
	assert_row("100 qemu root 7 10/10 new 5 (web) 10 0 0 -\n");
	assert_row("100 qemu root 8 1024/1024 memory 6 (-) 20 0 4 30 s\n");
	/* The name is the present one, not that from when it was opened. */
	assert_row("200 a ) b root - 3/3 new - - - - -\n");
	assert_row("300 dead one (gone) root 2 0/64 new 6 (-) 0 0 64 60 s\n");
	assert_row("FOR\n100 qemu root 8 1024/1024 memory 5");
}
END_TEST

START_TEST(a_later_process_with_the_same_number_is_another_one)
{
	put_regions();
	put_process(300, "innocent", 10);
	run(NULL, "list");
	assert_row("300 dead one (gone) root 2");
	assert_no_out("innocent");
	put_process(300, "innocent", 69);
	run(NULL, "list");
	assert_row("300 innocent root 2");
}
END_TEST

START_TEST(only_what_drains_and_who_has_left_it)
{
	put_regions();
	run(NULL, "list --draining");
	assert_code(DONE);
	assert_row("300 dead one (gone)");
	assert_row("100 qemu root 8");
	assert_no_out("web");
	assert_row("\nPeers that hold pages of owners that are gone: 6 (-) 64\n");
	remove_file(DEBUG "/draining");
	run(NULL, "list --draining");
	assert_quiet();
	assert_row("300 dead one (gone)");
	assert_no_out("web");
	put_process(300, "alive", 5000);
	run(NULL, "list --draining");
	assert_no_out("Peers");
}
END_TEST

START_TEST(the_sums_of_peers_are_the_drivers)
{
	put_regions();
	run(NULL, "list --peers");
	assert_code(DONE);
	assert_row("PEER READONLY WRITABLE DRAINING FOR FILES\n"
		   "5 (web) 10 1024 0 - 1\n6 (-) 20 0 68 60 s 2\n");
	/* Those of what drains are added up, and so are all without the file. */
	run(NULL, "list --peers --draining");
	assert_row("FILES\n6 (-) 20 0 68 60 s 2\n");
	remove_file(DEBUG "/peers");
	run(NULL, "list --peers");
	assert_row("5 (web) 10 1024 0 - 1\n6 (-) 20 0 68 60 s 2\n");
}
END_TEST

static const struct {
	const char *key, *first;
} keys[] = {
	{ "pages", "FOR\n100 qemu root 8 1024/1024 memory 5" },
	{ "live", "FOR\n100 qemu root 8 1024/1024 memory 5" },
	{ "entries", "FOR\n100 qemu root 8 1024/1024 memory 5" },
	{ "readonly", "FOR\n100 qemu root 8 1024/1024 memory 6" },
	{ "writable", "FOR\n100 qemu root 8 1024/1024 memory 5" },
	{ "draining", "FOR\n300 " },
	{ "for", "FOR\n300 " },
	{ "age", "FOR\n100 qemu root 7" },
	{ "pid", "FOR\n100 qemu root 8 1024/1024 memory 5" },
	{ "user", "FOR\n100 qemu root 8 1024/1024 memory 5" },
	{ "command", "FOR\n200 a ) b" },
	{ "region", "FOR\n200 a ) b" },
	{ "peer", "FOR\n100 qemu root 8 1024/1024 memory 5" },
};

START_TEST(each_key_sorts)
{
	char text[64];

	put_regions();
	snprintf(text, sizeof(text), "list --sort %s", keys[_i].key);
	run(NULL, text);
	assert_code(DONE);
	assert_row(keys[_i].first);
}
END_TEST

START_TEST(the_list_as_json_is_right)
{
	struct json_object *list, *row, *value;

	put_regions();
	run(NULL, "list --json");
	assert_code(DONE);
	list = out_json();
	ck_assert_uint_eq(json_object_array_length(list), 5);
	row = json_object_array_get_idx(list, 0);
	ck_assert(json_object_object_get_ex(row, "domain", &value));
	ck_assert_str_eq(json_object_get_string(value), "web");
	ck_assert(json_object_object_get_ex(row, "writable", &value));
	ck_assert_int_eq(json_object_get_int(value), 1024);
	ck_assert(json_object_object_get_ex(row, "draining_seconds", &value));
	ck_assert_ptr_null(value);
	json_object_put(list);
	run(NULL, "list --peers --json");
	list = out_json();
	ck_assert_uint_eq(json_object_array_length(list), 2);
	json_object_put(list);
}
END_TEST

START_TEST(names_that_are_hostile_do_no_harm)
{
	struct json_object *list;

	put_regions();
	put_process(100, "\x1b]0;x\x07\xff\"\\", 500);
	put_file("/xenstore/local/domain/5/name", "%s", "we\x1b[2Jb\xfe");
	run(NULL, "list");
	assert_code(DONE);
	ck_assert_ptr_null(strchr(result.out, '\x1b'));
	ck_assert_ptr_null(strchr(result.out, '\xff'));
	assert_out("?]0;x??\"\\");
	assert_out("5 (we?[2Jb?)");
	run(NULL, "list --json");
	assert_code(DONE);
	list = out_json();
	ck_assert_uint_eq(json_object_array_length(list), 5);
	json_object_put(list);
}
END_TEST

/* Each of these lines is wrong in one way. */
static const char * const wrong_lines[] = {
	"",
	"1",
	"x 0 100 100 7 0 10 10 new 100 5 10 0 0 0 qemu",
	"1 -1 100 100 7 0 10 10 new 100 5 10 0 0 0 qemu",
	"1 4294967296 100 100 7 0 10 10 new 100 5 10 0 0 0 qemu",
	"1 0 100 100 7 0 10 10 new 100 65536 10 0 0 0 qemu",
	"1 0 100 100 7 0 10 10 new 100 -- 10 0 0 0 qemu",
	"1 0 100 100 7 0 10 10 new 100 5 10 0  0 0 qemu",
	"1 0 100 100 7 0 99999999999999999999 1 new 1 5 10 0 0 0 qemu",
	"1 0 100 100 7 0 10 10 new 100 5 10 0 0 0",
};

START_TEST(a_line_that_is_wrong_is_left_out_and_said)
{
	put_regions();
	put_file(DEBUG "/regions", HEAD "%s\n"
		 "2 0 200 200 4 0 3 3 new 80 5 1 1 1 1 x\n", wrong_lines[_i]);
	run(NULL, "list");
	assert_code(DONE);
	assert_err("could not read 1 of the driver's lines");
	assert_row("200 a ) b root 4");
	assert_no_out("qemu");
}
END_TEST

/* Change some bytes of the text, or put others between them. */
static void damage(char *text, size_t size, unsigned int *seed)
{
	static const char * const parts[] = {
		" ", "\n", "\\", "\\0", "-", "4294967296", "\xff", "\xc2\x9b",
		"\x1b", "18446744073709551615", "=", ":", "gntalloc-peer:\t",
	};
	int count = rand_r(seed) % 4;
	char rest[4096];

	while (count--) {
		const char *part = parts[(size_t)rand_r(seed) %
					 ARRAY_SIZE(parts)];
		size_t at = (size_t)rand_r(seed) % (strlen(text) + 1);
		size_t skip = (size_t)rand_r(seed) % 4;

		if (at + skip > strlen(text))
			skip = 0;
		snprintf(rest, sizeof(rest), "%s", text + at + skip);
		snprintf(text + at, size - at, "%s%s", part, rest);
	}
}

/* What is right is not known, but never may the program or JSON be broken. */
START_TEST(of_many_files_at_random_none_does_harm)
{
	static const char regions[] = HEAD
		"1 0 100 100 7 0 10 10 new 100 5 10 0 0 0 qemu\n"
		"3 0 300 300 2 - 64 0 new 70 6 0 0 64 60 d\\040o\\303\\244\n";
	static const char fdinfo[] =
		"gntalloc-file:\t3\ngntalloc-uid:\t0\ngntalloc-pages:\t10 of 9\n"
		"gntalloc-peer:\t5 readonly=0 writable=64 draining=3 for=12\n";
	unsigned int seed = 20;
	char text[4096];
	int round;

	for (round = 0; round < 200; round++) {
		put_process(100, "qemu", 500);
		snprintf(text, sizeof(text), "%s", regions);
		damage(text, sizeof(text), &seed);
		put_file(DEBUG "/regions", "%s", text);
		if (round % 2)
			remove_file(DEBUG);
		snprintf(text, sizeof(text), "%s", fdinfo);
		damage(text, sizeof(text), &seed);
		put_file("/proc/100/fdinfo/5", "%s", text);
		run(NULL, "list --json");
		assert_code(DONE);
		json_object_put(out_json());
		run(NULL, "list");
		assert_code(DONE);
		ck_assert_ptr_null(strpbrk(result.out, "\x1b\xff"));
	}
}
END_TEST

START_TEST(columns_of_a_newer_driver_are_not_in_the_way)
{
	put_regions();
	put_file(DEBUG "/regions",
		 "new comm file uid opener id pages live kind age domid "
		 "readonly writable draining for newer newest\n"
		 "n c 1 0 100 7 10 9 strange-new-kind 100 5 1 2 3 4 n n\n");
	run(NULL, "list");
	assert_code(DONE);
	assert_quiet();
	assert_row("100 qemu root 7 9/10 strange-new 5 (web) 1 2 3 4 s\n");
}
END_TEST

START_TEST(a_driver_that_tells_nothing_of_a_column_is_said_to)
{
	put_regions();
	put_file(DEBUG "/regions", "file uid\n1 0\n");
	run(NULL, "list");
	assert_code(DONE);
	assert_err("could not read 1 of the driver's lines");
}
END_TEST

static void put_fdinfo(void)
{
	put_driver();
	put_process(100, "mine", 500);
	put_process(200, "child", 500);
	put_link("/proc/100/fd/5", "/dev/xen/gntalloc");
	put_file("/proc/100/fdinfo/0", "pos:\t0\nflags:\t0100002\n");
	put_file("/proc/100/fdinfo/5",
		 "pos:\t0\ngntalloc-file:\t3\ngntalloc-uid:\t0\n"
		 "gntalloc-regions:\t2\ngntalloc-pages:\t10 of 100\n"
		 "gntalloc-entries:\t10\n"
		 "gntalloc-restricted:\tno-send-event domids=1,2\n"
		 "gntalloc-peer:\t5 readonly=0 writable=64 draining=3 for=12 more=1\n"
		 "gntalloc-peer:\t6 readonly=1 writable=0 draining=0 for=0\n");
	/* The same open file, which a child has got. */
	put_file("/proc/200/fdinfo/9", "gntalloc-file:\t3\ngntalloc-pages:\t10\n"
		 "gntalloc-peer:\t5 readonly=0 writable=64 draining=3 for=12\n");
	put_file("/proc/200/fdinfo/x", "gntalloc-file:\t4\n");
}

START_TEST(without_debugfs_the_open_files_tell)
{
	put_fdinfo();
	run(NULL, "list");
	assert_code(DONE);
	assert_err("/sys/kernel/debug/xen-gntalloc cannot be read");
	assert_row(" root - 10 - 5 (-) 0 64 3 12 s\n");
	assert_row(" root - 10 - 6 (-) 1 0 0 -\n");
	ck_assert_ptr_null(strstr(strstr(result.out, "5 (-)") + 1, "5 (-)"));
	run(NULL, "list --draining");
	assert_row("5 (-)");
	assert_no_out("6 (-)");
	run(NULL, "list --peers");
	assert_row("FILES\n5 (-) 0 64 3 12 s 1\n6 (-) 1 0 0 - 1\n");
	run(NULL, "list --json");
	json_object_put(out_json());
}
END_TEST

static const char * const wrong_peers[] = {
	"", "x", "x readonly=1", "65536 readonly=1", "5 readonly=x",
	"5 draining=-1", "5 writable=", "5  readonly=99999999999999999999",
};

START_TEST(a_peer_that_is_wrong_is_left_out)
{
	put_fdinfo();
	remove_file("/proc/200");
	put_file("/proc/100/fdinfo/5", "gntalloc-file:\t3\n"
		 "gntalloc-pages:\t77\ngntalloc-peer:\t%s\n", wrong_peers[_i]);
	run(NULL, "list");
	assert_code(DONE);
	assert_err("could not read 1 of the driver's lines");
	assert_row("100 mine root - 77 - - - - - -\n");
}
END_TEST

START_TEST(of_the_driver_in_linux_only_processes_are_known)
{
	put_process(100, "mine", 500);
	put_link("/proc/100/fd/5", "/dev/xen/gntalloc");
	put_link("/proc/100/fd/6", "/dev/null");
	put_file("/proc/100/fdinfo/5", "pos:\t0\n");
	put_file("/proc/100/fdinfo/6", "pos:\t0\n");
	run(NULL, "list");
	assert_code(DONE);
	assert_err("this driver does not tell what a process holds");
	assert_row("FOR\n100 mine root - - - - - - - -\n");
	run(NULL, "list --json");
	json_object_put(out_json());
}
END_TEST

START_TEST(nothing_at_all_is_an_empty_list)
{
	run(NULL, "list");
	assert_code(DONE);
	assert_err("none has the device open");
	run(NULL, "list --draining");
	assert_code(DONE);
	run(NULL, "list --json");
	assert_code(DONE);
	json_object_put(out_json());
	remove_file("/proc");
	run(NULL, "list");
	assert_code(FAILED);
	assert_err("/proc cannot be read");
}
END_TEST

START_TEST(top_prints_as_often_as_it_should)
{
	put_regions();
	run(NULL, "top --batch 2 --interval 1 --sort peer");
	assert_code(DONE);
	assert_out("  limit 64  pages 0  entries 0  draining 0\n\n");
	assert_row("100 qemu root 7");
	ck_assert_ptr_nonnull(strstr(strstr(result.out, "PID") + 1, "PID"));
	ck_assert_ptr_null(strchr(result.out, '\x1b'));
}
END_TEST

START_TEST(top_needs_a_terminal_or_a_number_of_times)
{
	put_regions();
	run(NULL, "top");
	assert_code(FAILED);
	assert_err("no terminal");
}
END_TEST

START_TEST(a_signal_ends_top)
{
	pid_t child;

	put_regions();
	child = start("top --batch 1000 --interval 3600");
	await("PID");
	stop(child, SIGTERM);
	assert_code(DONE);
}
END_TEST

struct Suite *list_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = tool_suite("list", &tests);

	tcase_add_test(tests, root_sees_each_region_and_peer);
	tcase_add_test(tests,
		       a_later_process_with_the_same_number_is_another_one);
	tcase_add_test(tests, only_what_drains_and_who_has_left_it);
	tcase_add_test(tests, the_sums_of_peers_are_the_drivers);
	tcase_add_loop_test(tests, each_key_sorts, 0, ARRAY_SIZE(keys));
	tcase_add_test(tests, the_list_as_json_is_right);
	tcase_add_test(tests, names_that_are_hostile_do_no_harm);
	tcase_add_loop_test(tests, a_line_that_is_wrong_is_left_out_and_said, 0,
			    ARRAY_SIZE(wrong_lines));
	tcase_add_test(tests, of_many_files_at_random_none_does_harm);
	tcase_add_test(tests, columns_of_a_newer_driver_are_not_in_the_way);
	tcase_add_test(tests,
		       a_driver_that_tells_nothing_of_a_column_is_said_to);
	tcase_add_test(tests, without_debugfs_the_open_files_tell);
	tcase_add_loop_test(tests, a_peer_that_is_wrong_is_left_out, 0,
			    ARRAY_SIZE(wrong_peers));
	tcase_add_test(tests, of_the_driver_in_linux_only_processes_are_known);
	tcase_add_test(tests, nothing_at_all_is_an_empty_list);
	tcase_add_test(tests, top_prints_as_often_as_it_should);
	tcase_add_test(tests, top_needs_a_terminal_or_a_number_of_times);
	tcase_add_test(tests, a_signal_ends_top);
	return suite;
}
