// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare share: tool/share.c, tool/serve.c, tool/store.c */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake_internal.h"
#include "tool_test.h"

#define PERMS "4:0 7:1"	/* this domain owns it, and the peer may read it */

static void put_domid(void)
{
	put_file("/xenstore/local/domain/4/domid", "4");
}

/* The grefs of the fake device begin here, or at most 64 further on. */
static uint32_t first_gref(void)
{
	uint32_t gref;

	for (gref = 0; gref < 10000; gref++) {
		if (fake_grant(gref))
			return gref;
	}
	return 0;
}

static void hold_first(void)
{
	fake_hold(first_gref(), true);
}

static void *release_later(void *gref)
{
	usleep(300000);
	fake_hold((uint32_t)(uintptr_t)gref, false);
	return NULL;
}

/* The peer has the first page mapped for a while. */
static void hold_first_for_a_while(void)
{
	uint32_t gref = first_gref();
	pthread_t thread;

	fake_hold(gref, true);
	pthread_create(&thread, NULL, release_later, (void *)(uintptr_t)gref);
	pthread_detach(thread);
}

START_TEST(grefs_and_the_domid_are_printed)
{
	put_domid();
	run(NULL, "share --to 7 --pages 3");
	assert_code(DONE);
	assert_quiet();
	assert_out("domid 4\ngrefs ");
	assert_out("\nsize 12288\nrevoked, 0 entries held\ndestroyed, gone\n");
}
END_TEST

START_TEST(without_xenstore_no_domid_is_printed)
{
	run(NULL, "share --to 7 --pages 1");
	assert_code(DONE);
	assert_quiet();
	ck_assert_int_eq(strncmp(result.out, "grefs ", 6), 0);
}
END_TEST

static bool writable_was;

static void look_at_writable(void)
{
	writable_was = fake_grant(first_gref())->writable;
	ck_assert_uint_eq(fake_grant(first_gref())->domid, 7);
	if (writable_was)
		fputs("it is writable\n", stderr);
}

START_TEST(the_peer_may_write_only_if_the_user_says_so)
{
	on_domid = look_at_writable;
	run(NULL, "share --to 7 --pages 1");
	assert_code(DONE);
	assert_quiet();
	run(NULL, "share --to 7 --pages 1 --write");
	assert_code(DONE);
	assert_err("it is writable");
}
END_TEST

START_TEST(commands_are_done_in_their_order)
{
	run("status\nrevoke\nstatus\n\nwait\nrevoke\ndestroy\nstatus\nwait 1\n"
	    "destroy\nquit\nstatus\n", "share --to 7 --pages 2");
	assert_code(DONE);
	assert_out("\nlive, 0 entries held\nrevoked, 0 entries held\n"
		   "live, 0 entries held\nreleased\ndestroyed, gone\ngone\ngone\n");
	ck_assert_ptr_null(strstr(strstr(result.out, "gone\ngone\ngone\n") + 10,
				  "gone\ngone\n"));
	assert_err("could not be revoked");
	assert_err("was destroyed already");
}
END_TEST

START_TEST(commands_that_are_wrong_do_nothing)
{
	char text[1000];

	memset(text, 'x', sizeof(text));
	strcpy(text + 700, "\n \x20\nfoo\x1b\nwait x\nwait\nrevoked\nstatus");
	run(text, "share --to 7 --pages 1");
	assert_code(DONE);
	assert_err("a line is too long\n");
	ck_assert_ptr_null(strstr(strstr(result.err, "too long") + 1,
				  "too long"));
	assert_err("there is no command foo?;");
	assert_err("x is no number of seconds");
	assert_err("was not revoked, so there is nothing to wait for");
	assert_err("there is no command revoked;");
	assert_out("live, 0 entries held\n");
	ck_assert_ptr_null(strchr(result.err, '\x1b'));
}
END_TEST

START_TEST(what_a_peer_holds_is_told)
{
	on_domid = hold_first;
	run("revoke\nwait 0\ndestroy\nstatus\n", "share --to 7 --pages 3");
	assert_code(HELD);
	assert_out("revoked, 1 entry held\nnot released, 1 entry held\n"
		   "destroyed, 1 entry held\ndraining, 1 entry held\n");
}
END_TEST

START_TEST(a_wait_ends_when_the_peer_lets_go)
{
	on_domid = hold_first_for_a_while;
	run("revoke\nwait\n", "share --to 7 --pages 3");
	assert_code(DONE);
	assert_out("revoked, 1 entry held\nreleased\ndestroyed, gone\n");
}
END_TEST

START_TEST(in_the_end_it_waits_if_it_should)
{
	on_domid = hold_first_for_a_while;
	run(NULL, "share --to 7 --pages 3 --until-released");
	assert_code(DONE);
	assert_out("revoked, 1 entry held\ndestroyed, 1 entry held\ngone\n");
}
END_TEST

START_TEST(a_signal_revokes_and_destroys)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	pid_t child = start("share --to 7 --pages 1 --hold");

	await("size");
	stop(child, signals[_i]);
	assert_code(DONE);
	assert_out("revoked, 0 entries held\ndestroyed, gone\n");
}
END_TEST

START_TEST(a_second_signal_ends_the_wait)
{
	pid_t child;

	on_domid = hold_first;
	child = start("share --to 7 --pages 1 --hold --until-released");
	await("size");
	kill(child, SIGTERM);
	await("destroyed");
	usleep(200000);
	stop(child, SIGTERM);
	assert_code(HELD);
	assert_no_out("\ngone");
}
END_TEST

START_TEST(the_end_of_the_input_ends_it_unless_it_holds)
{
	time_t begin = time(NULL);
	pid_t child;

	/* Whole seconds: two of them are more than one. */
	run("status", "share --to 7 --pages 1 --seconds 2");
	assert_code(DONE);
	assert_out("live, 0 entries held\nrevoked");
	ck_assert_int_gt(time(NULL), begin);
	/* With --hold only a signal ends it. */
	child = start("share --to 7 --pages 1 --hold");
	await("size");
	end_input();
	assert_running(child);
	stop(child, SIGTERM);
	assert_code(DONE);
	assert_out("destroyed");
}
END_TEST

/* Tell what is in the pages when the peer learns of them. */
static void show_content(void)
{
	const struct fake_grant *grant = fake_grant(first_gref());
	char text[8] = "";
	int i;

	for (i = 0; i < FAKE_FILES; i++) {
		if (fake.files[i].open && fake.files[i].kind == FAKE_GNTALLOC)
			ck_assert_int_gt(pread(fake.files[i].memory, text, 7,
					       (off_t)grant->offset),
					 0);
	}
	fprintf(stderr, "<%s>", text);
}

START_TEST(a_file_is_copied)
{
	char path[128], command[256];

	/* A file that is not below the root: the user names it. */
	snprintf(path, sizeof(path), "%s/content",
		 getenv("GNTSHARE_TEST_ROOT"));
	put_file("/content", "abcdefg%04993d", 7);
	snprintf(command, sizeof(command), "share --to 7 --file %s", path);
	on_domid = show_content;
	run(NULL, command);
	assert_code(DONE);
	assert_err("<abcdefg>");
	assert_out("size 5000\n");
	put_file("/content", "%s", "");
	run(NULL, command);
	assert_code(FAILED);
	assert_err("is empty");
	remove_file("/content");
	run(NULL, command);
	assert_code(FAILED);
	assert_err("cannot be opened: No such file");
}
END_TEST

START_TEST(standard_input_is_copied)
{
	on_domid = show_content;
	run("hello", "share --to 7 --stdin --seconds 1");
	assert_code(DONE);
	assert_out("size 5\n");
	assert_err("<hello>");
	run(NULL, "share --to 7 --stdin --seconds 1");
	assert_code(FAILED);
	assert_err("standard input is empty");
}
END_TEST

START_TEST(it_is_announced_for_the_peer_only)
{
	pid_t child;

	put_domid();
	child = start("share --to 7 --pages 2 --write --name disk-1");
	await("name disk-1");
	ck_assert_str_ne(get_file("/xenstore/local/domain/4/data/gntshare/disk-1/refs"),
			 "");
	ck_assert_str_eq(get_file("/xenstore/local/domain/4/data/gntshare/disk-1/size"),
			 "8192");
	ck_assert_str_eq(get_file("/xenstore/local/domain/4/data/gntshare/disk-1/writable"),
			 "1");
	ck_assert_str_eq(get_file("/xenstore/local/domain/4/data/gntshare/disk-1.perms"),
			 PERMS);
	ck_assert_str_eq(get_file("/xenstore/local/domain/4/data/gntshare/disk-1/refs.perms"),
			 PERMS);
	ck_assert_str_eq(get_file("/xenstore/local/domain/4/data/gntshare/disk-1/size.perms"),
			 PERMS);
	stop(child, SIGTERM);
	assert_code(DONE);
	ck_assert_str_eq(get_file("/xenstore/local/domain/4/data/gntshare/disk-1/refs"),
			 "");
}
END_TEST

static void no_xenstore(void)
{
	fail_xenstore(EACCES);
}

START_TEST(without_xenstore_nothing_is_announced_or_shared)
{
	in_child = no_xenstore;
	run(NULL, "share --to 7 --pages 1 --name a");
	assert_code(FAILED);
	assert_err("data/gntshare/a of xenstore cannot be written: Permission");
	assert_no_out("grefs");
}
END_TEST

START_TEST(the_peer_can_be_named)
{
	put_file("/xenstore/local/domain/x/name", "web");
	put_file("/xenstore/local/domain/3/name", "webb");
	put_file("/xenstore/local/domain/7/name", "web");
	on_domid = look_at_writable;
	run(NULL, "share --to web --pages 1");
	assert_code(DONE);
}
END_TEST

START_TEST(its_output_can_be_json)
{
	char *line, *rest;
	int count = 0;

	put_domid();
	run("status\n", "share --to 7 --pages 1 --json");
	assert_code(DONE);
	for (line = strtok_r(result.out, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct json_object *o = json_tokener_parse(line);

		ck_assert_ptr_nonnull(o);
		ck_assert(json_object_object_get_ex(o, "state", NULL));
		json_object_put(o);
		count++;
	}
	ck_assert_int_eq(count, 4);
}
END_TEST

static void old_driver(void)
{
	fake_set_old_driver(true);
}

START_TEST(the_driver_in_linux_can_share_but_not_revoke)
{
	in_child = old_driver;
	run("status\nrevoke\nwait\ndestroy\nstatus\n", "share --to 7 --pages 1");
	assert_code(DONE);
	assert_out("\nlive\ndestroyed\ndestroyed\n");
	assert_err("could not be revoked: the driver cannot do that");
	assert_err("cannot tell what a peer holds");
}
END_TEST

START_TEST(what_the_device_refuses_is_said)
{
	run(NULL, "share --to 7 --pages 65");
	assert_code(FAILED);
	assert_err("cannot share: a bound is reached");
	in_child = no_device;
	run(NULL, "share --to 7 --pages 1");
	assert_code(FAILED);
	assert_err("cannot share: the device does not exist");
}
END_TEST

START_TEST(the_memory_of_another_process_is_shared)
{
	char path[64];
	struct stat st;

	put_file("/memfd", "%4097s", "memory");
	snprintf(path, sizeof(path), "%s/memfd", getenv("GNTSHARE_TEST_ROOT"));
	put_link("/proc/55/fd/3", path);
	run("status\n", "share --to 7 --memfd-of 55:3");
	assert_code(DONE);
	assert_out("size 4097\nlive, 0 entries held\n");
	ck_assert_int_eq(path_stat("/memfd", &st), 0);
	ck_assert_int_eq(st.st_size, 4097);
	run(NULL, "share --to 7 --memfd-of 55:3 --write --json");
	assert_code(DONE);
	assert_out("\"size\":4097");
	run(NULL, "share --to 7 --memfd-of 55:4");
	assert_code(FAILED);
	assert_err("/proc/55/fd/4 cannot be opened");
	put_file("/memfd", "%s", "");
	run(NULL, "share --to 7 --memfd-of 55:3");
	assert_code(FAILED);
	assert_err("is empty");
	/* A file of which nothing can be mapped. */
	put_link("/proc/55/fd/5", "/dev/null");
	run(NULL, "share --to 7 --memfd-of 55:5");
	assert_code(FAILED);
}
END_TEST

START_TEST(a_long_list_of_grefs_is_in_several_nodes)
{
	char *grefs = malloc(60000), less[] = "8-9";
	struct announcement a = { .grefs = grefs, .size = 9, .port = 5 };
	struct announcement read = { .writable = true };
	size_t length = 0;
	int i;

	put_domid();
	for (i = 0; i < 5000; i++)
		length += (size_t)sprintf(grefs + length, "%s%d", i ? "," : "",
					  1000000 + 2 * i);
	ck_assert_int_eq(store_announce("k", 7, &a), 0);
	ck_assert_uint_le(strlen(get_file("/xenstore/local/domain/4/data/gntshare/k/refs")),
			  1900);
	ck_assert(store_announced(4, "k", &read));
	ck_assert_str_eq(read.grefs, grefs);
	ck_assert_uint_eq(read.size, 9);
	ck_assert_uint_eq(read.port, 5);
	ck_assert(!read.writable);
	free(read.grefs);
	/* Of the longer list nothing is left. */
	a.grefs = less;
	a.port = 0;
	ck_assert_int_eq(store_announce("k", 7, &a), 0);
	ck_assert(store_announced(4, "k", &read));
	ck_assert_str_eq(read.grefs, "8-9");
	ck_assert_uint_eq(read.port, 0);
	free(read.grefs);
	free(grefs);
}
END_TEST

struct Suite *share_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = tool_suite("share", &tests);

	tcase_add_test(tests, grefs_and_the_domid_are_printed);
	tcase_add_test(tests, without_xenstore_no_domid_is_printed);
	tcase_add_test(tests, the_peer_may_write_only_if_the_user_says_so);
	tcase_add_test(tests, commands_are_done_in_their_order);
	tcase_add_test(tests, commands_that_are_wrong_do_nothing);
	tcase_add_test(tests, what_a_peer_holds_is_told);
	tcase_add_test(tests, a_wait_ends_when_the_peer_lets_go);
	tcase_add_test(tests, in_the_end_it_waits_if_it_should);
	tcase_add_loop_test(tests, a_signal_revokes_and_destroys, 0, 3);
	tcase_add_test(tests, a_second_signal_ends_the_wait);
	tcase_add_test(tests, the_end_of_the_input_ends_it_unless_it_holds);
	tcase_add_test(tests, a_file_is_copied);
	tcase_add_test(tests, standard_input_is_copied);
	tcase_add_test(tests, it_is_announced_for_the_peer_only);
	tcase_add_test(tests, without_xenstore_nothing_is_announced_or_shared);
	tcase_add_test(tests, the_peer_can_be_named);
	tcase_add_test(tests, its_output_can_be_json);
	tcase_add_test(tests, the_driver_in_linux_can_share_but_not_revoke);
	tcase_add_test(tests, what_the_device_refuses_is_said);
	tcase_add_test(tests, the_memory_of_another_process_is_shared);
	tcase_add_test(tests, a_long_list_of_grefs_is_in_several_nodes);
	return suite;
}
