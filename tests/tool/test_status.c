// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare status: tool/status.c, tool/driver.c, tool/prometheus.c */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "tool_test.h"

START_TEST(without_a_driver_nothing_is_known)
{
	in_child = no_device;
	run(NULL, "status");
	assert_code(FAILED);
	assert_out("driver        none\n");
	assert_err("no driver is loaded");
	run(NULL, "status --prometheus");
	assert_code(FAILED);
	ck_assert_str_eq(result.out, "");
}
END_TEST

START_TEST(our_driver_tells_all_by_the_device)
{
	put_driver();
	run(NULL, "status");
	assert_code(DONE);
	assert_quiet();
	assert_out("driver        xen-gntalloc 1.0.0 of gntalloc-dkms\n");
	assert_out("features      native consecutive generation memory dmabuf\n");
	/* These are the fake device's, and not those of the files. */
	assert_out("limit         64\n");
	assert_out("quota         1000\n");
	assert_out("yours         0 pages, 0 entries\n");
	assert_out("headroom      3\n");
	assert_no_out("refused");
}
END_TEST

START_TEST(without_the_device_the_files_tell)
{
	put_driver();
	in_child = no_device;
	run(NULL, "status");
	assert_code(DONE);
	assert_out("limit         1000\n");
	assert_out("pages         40\n");
	assert_out("entries       43\n");
	assert_out("draining      3\n");
	assert_out("quota         none\n");
	assert_no_out("yours");
	assert_no_out("features");
	assert_err("the device does not exist");
}
END_TEST

static void old_driver(void)
{
	fake_set_old_driver(true);
}

START_TEST(of_the_driver_in_linux_little_is_known)
{
	put_file(MODULE "/parameters/limit", "1024\n");
	put_file(MODULE "/initstate", "live\n");
	in_child = old_driver;
	run(NULL, "status");
	assert_code(DONE);
	assert_out("driver        xen-gntalloc of Linux\n");
	assert_out("limit         1024\n");
	assert_out("pages         not known\n");
	assert_out("refused       not known\n");
	assert_err("only tells its limit");

	remove_file(MODULE "/initstate");
	run(NULL, "status");
	assert_out("of Linux, built into the kernel\n");
}
END_TEST

START_TEST(an_older_module_does_not_count_refused_calls)
{
	put_driver();
	remove_file(CLASS "/hits");
	remove_file(CLASS "/last_hit");
	run(NULL, "status");
	assert_code(DONE);
	assert_out("refused       not known\n");
	assert_err("xen!gntalloc/hits does not exist");
}
END_TEST

START_TEST(a_bound_that_was_hit_lately_has_advice)
{
	long now = time(NULL);

	put_driver();
	put_file(CLASS "/hits/limit", "7\n");
	put_file(CLASS "/last_hit/limit", "%ld\n", now - 300);
	put_file(CLASS "/hits/headroom", "2\n");
	put_file(CLASS "/last_hit/headroom", "%ld\n", now - 4000);
	/* A clock that was set back makes no age of billions of years. */
	put_file(CLASS "/hits/table", "1\n");
	put_file(CLASS "/last_hit/table", "%ld\n", now + 1000);
	run(NULL, "status");
	assert_code(DONE);
	assert_out("limit         7 calls refused, the last one 5 min ago\n");
	assert_out("limit: calls were refused in the last hour");
	assert_out("headroom      2 calls refused, the last one 66 min ago\n");
	assert_no_out("headroom: ");
	assert_out("table         1 call refused, the last one 0 s ago\n");
}
END_TEST

START_TEST(a_bound_that_is_near_has_advice)
{
	put_driver();
	in_child = no_device;
	put_file(CLASS "/entries", "800\n");
	run(NULL, "status");
	assert_no_out("in use");
	put_file(CLASS "/entries", "810\n");
	run(NULL, "status");
	assert_out("limit: 81 % are in use; `gntshare list`");
	put_file(CLASS "/entries", "5000\n");
	run(NULL, "status");
	assert_out("limit: 100 % are in use");
	put_file(MODULE "/parameters/limit", "0\n");
	run(NULL, "status");
	assert_code(DONE);
}
END_TEST

START_TEST(numbers_that_are_none_are_not_known)
{
	static const char * const wrong[] = {
		"", "\n", "-1\n", "x\n", "1 2\n", "99999999999999999999999\n",
		"1234567890123456789012345678901234567890\n",
	};
	size_t i;

	put_driver();
	in_child = no_device;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		put_file(CLASS "/pages", "%s", wrong[i]);
		put_file(CLASS "/hits/limit", "%s", wrong[i]);
		run(NULL, "status");
		assert_code(DONE);
		assert_out("pages         not known\n");
	}
}
END_TEST

START_TEST(the_json_is_right)
{
	struct json_object *o, *value, *bound;

	put_driver();
	put_file(CLASS "/hits/quota", "7\n");
	in_child = no_device;
	run(NULL, "status --json");
	assert_code(DONE);
	o = out_json();
	ck_assert(json_object_object_get_ex(o, "driver", &value));
	ck_assert_str_eq(json_object_get_string(value), "gntalloc");
	ck_assert(json_object_object_get_ex(o, "limit", &value));
	ck_assert_int_eq(json_object_get_int(value), 1000);
	ck_assert(json_object_object_get_ex(o, "user_pages", &value));
	ck_assert_ptr_null(value);
	ck_assert(json_object_object_get_ex(o, "bounds", &value));
	ck_assert(json_object_object_get_ex(value, "quota", &bound));
	ck_assert(json_object_object_get_ex(bound, "hits", &value));
	ck_assert_int_eq(json_object_get_int(value), 7);
	json_object_put(o);
}
END_TEST

START_TEST(a_version_that_is_no_text_does_no_harm)
{
	put_driver();
	put_file(MODULE "/version", "1.0\x1b[31m\xff\n");
	run(NULL, "status --json");
	assert_code(DONE);
	json_object_put(out_json());
	run(NULL, "status");
	assert_out("xen-gntalloc 1.0?[31m? of");
}
END_TEST

START_TEST(the_text_for_prometheus_is_right)
{
	put_driver();
	put_file(CLASS "/hits/limit", "7\n");
	put_file(DEBUG "/peers",
		 "domid readonly writable draining for files\n"
		 "5 1 2 3 60 1\n");
	in_child = no_device;
	run(NULL, "status --prometheus");
	assert_code(DONE);
	assert_quiet();
	assert_out("# TYPE gntalloc_limit gauge\ngntalloc_limit 1000\n");
	assert_out("\ngntalloc_pages 40\n");
	assert_out("\ngntalloc_entries 43\n");
	assert_out("\ngntalloc_draining_entries 3\n");
	assert_out("# TYPE gntalloc_bound_hits_total counter\n"
		   "gntalloc_bound_hits_total{bound=\"limit\"} 7\n"
		   "gntalloc_bound_hits_total{bound=\"quota\"} 0\n");
	assert_out("gntalloc_peer_entries{domid=\"5\",state=\"writable\"} 2\n"
		   "gntalloc_peer_entries{domid=\"5\",state=\"readonly\"} 1\n"
		   "gntalloc_peer_entries{domid=\"5\",state=\"draining\"} 3\n");
	remove_file(DEBUG "/peers");
	remove_file(CLASS "/draining");
	run(NULL, "status --prometheus");
	assert_code(DONE);
	assert_no_out("gntalloc_peer_entries");
	assert_no_out("gntalloc_draining_entries");
}
END_TEST

struct Suite *status_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = tool_suite("status", &tests);

	tcase_add_test(tests, without_a_driver_nothing_is_known);
	tcase_add_test(tests, our_driver_tells_all_by_the_device);
	tcase_add_test(tests, without_the_device_the_files_tell);
	tcase_add_test(tests, of_the_driver_in_linux_little_is_known);
	tcase_add_test(tests, an_older_module_does_not_count_refused_calls);
	tcase_add_test(tests, a_bound_that_was_hit_lately_has_advice);
	tcase_add_test(tests, a_bound_that_is_near_has_advice);
	tcase_add_test(tests, numbers_that_are_none_are_not_known);
	tcase_add_test(tests, the_json_is_right);
	tcase_add_test(tests, a_version_that_is_no_text_does_no_harm);
	tcase_add_test(tests, the_text_for_prometheus_is_right);
	return suite;
}
