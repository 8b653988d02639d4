// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare map: tool/map.c */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool_test.h"

#define ZEROS	"00 00 00 00 00 00 00 00"

START_TEST(pages_are_shown_as_numbers)
{
	run(NULL, "map --from 7 8-9");
	assert_code(DONE);
	assert_quiet();
	ck_assert_str_eq(result.out, "00000000  " ZEROS "  " ZEROS
			 "  |................|\n*\n00002000\n");
	run(NULL, "map --from 7 8 --size 18");
	ck_assert_str_eq(result.out, "00000000  " ZEROS "  " ZEROS
			 "  |................|\n00000010  00 00"
			 "                                             |..|\n"
			 "00000012\n");
}
END_TEST

START_TEST(pages_are_written_to_a_file)
{
	char command[256];
	struct stat st;

	snprintf(command, sizeof(command),
		 "map --from 7 8,10 --size 5000 --to-file %s/pages",
		 getenv("GNTSHARE_TEST_ROOT"));
	run(NULL, command);
	assert_code(DONE);
	ck_assert_str_eq(result.out, "");
	ck_assert_int_eq(path_stat("/pages", &st), 0);
	ck_assert_int_eq(st.st_size, 5000);
	run(NULL, "map --from 7 8 --to-file /nowhere/file");
	assert_code(FAILED);
	assert_err("/nowhere/file cannot be opened");
	run(NULL, "map --from 7 8 --to-file /dev/full");
	assert_code(FAILED);
	assert_err("/dev/full cannot be written");
}
END_TEST

START_TEST(pages_stay_mapped_until_the_end_of_the_input)
{
	pid_t child = start("map --from 7 8-9 --hold");

	await("mapped 2 pages of domain 7\n");
	assert_running(child);
	stop(child, 0);
	assert_code(DONE);
	child = start("map --from 7 8 --hold");
	await("mapped");
	assert_running(child);
	stop(child, SIGTERM);
	assert_code(DONE);
}
END_TEST

START_TEST(a_gref_that_is_not_granted_is_refused)
{
	run(NULL, "map --from 7 1000");
	assert_code(FAILED);
	assert_err("cannot map: Xen refused a gref");
	run(NULL, "map --from 7 500 --write");
	assert_code(FAILED);
	run(NULL, "map --from 7 8 --write");
	assert_code(DONE);
	run(NULL, "map --from 7 500");
	assert_code(DONE);
}
END_TEST

START_TEST(too_many_pages_are_refused_before_there_is_memory_for_them)
{
	run(NULL, "map --from 7 0-65536");
	assert_code(FAILED);
	assert_err("65537 pages are more than 65536");
	run(NULL, "map --from 7 0-4294967295");
	assert_code(FAILED);
}
END_TEST

static void announce(const char *refs, const char *size, const char *writable)
{
	put_file("/xenstore/local/domain/7/data/gntshare/k/refs", "%s", refs);
	put_file("/xenstore/local/domain/7/data/gntshare/k/size", "%s", size);
	put_file("/xenstore/local/domain/7/data/gntshare/k/writable", "%s",
		 writable);
}

START_TEST(what_was_announced_is_mapped)
{
	announce("8-9", "4097", "0");
	run(NULL, "map --from 7 --name k");
	assert_code(DONE);
	assert_out("\n00001001\n");
	run(NULL, "map --from 7 --name k --write");
	assert_code(FAILED);
	assert_err("for reading only");
	announce("8-9", "4097", "1");
	run(NULL, "map --from 7 --name k --write");
	assert_code(DONE);
	run(NULL, "map --from 7 --name none");
	assert_code(FAILED);
	assert_err("xenstore has no data/gntshare/none of domain 7");
}
END_TEST

static const struct {
	const char *refs, *size;
	int code;
} hostile[] = {
	{ "", "1", FAILED }, { "8,", "1", FAILED }, { "x", "1", FAILED },
	{ "0-4294967295", "1", FAILED }, { "0-4294967295,0-4294967295", "1",
	FAILED }, { "8", "-1", DONE }, { "8", "99999999999999999999", DONE },
	{ "8", "18446744073709551615", DONE }, { "8", "", DONE },
};

START_TEST(what_a_hostile_domain_announces_does_no_harm)
{
	announce(hostile[_i].refs, hostile[_i].size, "1");
	run(NULL, "map --from 7 --name k");
	assert_code(hostile[_i].code);
	if (!hostile[_i].code)
		assert_out("\n00001000\n");
}
END_TEST

START_TEST(a_domain_maps_its_own_pages_only_if_it_is_pv)
{
	put_file("/xenstore/local/domain/4/domid", "7");
	put_file("/sys/hypervisor/guest_type", "PVH\n");
	run(NULL, "map --from 7 8");
	assert_code(FAILED);
	assert_err("must not map pages of its own");
	run(NULL, "map --from 6 8");
	assert_code(DONE);
	put_file("/sys/hypervisor/guest_type", "PV\n");
	run(NULL, "map --from 7 8");
	assert_code(DONE);
}
END_TEST

struct Suite *map_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = tool_suite("map", &tests);

	tcase_add_test(tests, pages_are_shown_as_numbers);
	tcase_add_test(tests, pages_are_written_to_a_file);
	tcase_add_test(tests, pages_stay_mapped_until_the_end_of_the_input);
	tcase_add_test(tests, a_gref_that_is_not_granted_is_refused);
	tcase_add_test(tests,
		       too_many_pages_are_refused_before_there_is_memory_for_them);
	tcase_add_test(tests, what_was_announced_is_mapped);
	tcase_add_loop_test(tests, what_a_hostile_domain_announces_does_no_harm,
			    0, ARRAY_SIZE(hostile));
	tcase_add_test(tests, a_domain_maps_its_own_pages_only_if_it_is_pv);
	return suite;
}
