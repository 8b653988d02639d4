// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level: quota, headroom, the end of the grant table, memory
 * cgroups.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "device.h"
#include "fd_pass.h"
#include "fixture.h"
#include "kmsg.h"
#include "native.h"
#include "report.h"
#include "suite.h"

#define MUCH	0x7fffffff

/* --- quota ---------------------------------------------------------------- */

/* Runs as a user that may open the device here. */
static int take_ten(void)
{
	struct gntalloc_native_share share = { .pages = 1, .domid = 7 };
	struct gntalloc_native_info info;
	int one = device_open(), two = device_open();

	if (one < 0 || two < 0)
		return 1;
	if (native_create(one, 6, NULL, NULL) ||
	    native_create(two, 5, NULL, NULL) != -EDQUOT ||
	    device_alloc(two, 7, 0, 5, NULL, NULL) != -ENOSPC ||
	    native_create(two, 4, NULL, NULL))
		return 2;
	if (native_create(one, 1, NULL, NULL) != -EDQUOT ||
	    native_share_call(one, &share, NULL) != -EDQUOT)
		return 3;
	/* The number of entries has a bound of its own. */
	if (native_grant(one, 0, 6, 7, 0, NULL) ||
	    native_grant(two, 0, 4, 7, 0, NULL) ||
	    native_grant(two, 0, 1, 7, 0, NULL) != -EDQUOT)
		return 4;
	if (native_info(one, &info) || info.quota != 10 ||
	    info.user_pages != 10 || info.user_entries != 10 ||
	    info.pages != 17)
		return 5;
	return 0;
}

START_TEST(a_quota_bounds_all_files_of_a_user_and_not_another_user)
{
	int file = (int)must(device_open());

	must(native_create(file, 7, NULL, NULL));
	must(device_write_parameter("quota", "10"));
	ck_assert_int_eq(chmod(DEVICE_PATH, 0666), 0);
	ck_assert_int_eq(run_as_nobody(0, take_ten), 0);
	ck_assert_int_eq(chmod(DEVICE_PATH, 0600), 0);
	/* The pages of user nobody are gone, and root has its own quota. */
	fails(native_create(file, 4, NULL, NULL), EDQUOT);
	must(native_create(file, 3, NULL, NULL));
	must(device_write_parameter("quota", "0"));
	must(native_create(file, 20, NULL, NULL));
}
END_TEST

static int take_three(int file)
{
	struct gntalloc_native_info info;

	/* The file counts for the user who opened it. */
	return native_create(file, 4, NULL, NULL) != -EDQUOT ||
	       native_create(file, 3, NULL, NULL) ||
	       native_info(file, &info) || info.user_pages != 10;
}

START_TEST(a_passed_descriptor_counts_for_the_user_who_opened_it)
{
	int file = (int)must(device_open());

	must(device_write_parameter("quota", "10"));
	must(native_create(file, 7, NULL, NULL));
	ck_assert_int_eq(pass_to_nobody(file, take_three), 0);
	must(device_write_parameter("quota", "0"));
}
END_TEST

START_TEST(a_quota_that_is_no_number_of_31_bits_is_refused)
{
	fails(device_write_parameter("quota", "many"), EINVAL);
	fails(device_write_parameter("quota", "-1"), EINVAL);
	fails(device_write_parameter("quota", "2147483648"), ERANGE);
	fails(device_write_parameter("headroom", "many"), EINVAL);
	fails(device_write_parameter("headroom", "65024"), ERANGE);
	must(device_write_parameter("headroom", "65023"));
	must(device_write_parameter("headroom", "128"));
}
END_TEST

/* The real user is root. */
START_TEST(a_file_counts_for_the_effective_user_who_opened_it)
{
	int file = (int)must(device_open());

	must(native_create(file, 7, NULL, NULL));
	must(device_write_parameter("quota", "10"));
	ck_assert_int_eq(chmod(DEVICE_PATH, 0666), 0);
	ck_assert_int_eq(run_as_effective_nobody(take_ten), 0);
	ck_assert_int_eq(chmod(DEVICE_PATH, 0600), 0);
	must(device_write_parameter("quota", "0"));
}
END_TEST

/* --- the grant table ------------------------------------------------------ */

#define REGION		4096U
#define HEADROOM	128
#define CREDIT		16

/*
 * Grants one region again and again until @error. Returns the number of
 * entries.
 */
static long grant_all(int file, uint32_t run, int error)
{
	long got = 0;
	int ret;

	while (!(ret = native_grant(file, 0, run, 7, 0, NULL)))
		got += run;
	ck_assert_int_eq(ret, -error);
	return got;
}

/* Takes all entries that are still free. */
static void fill_rest(int file, uint16_t domid)
{
	uint32_t run;

	for (run = REGION; run; run /= 4)
		while (!native_grant(file, 0, run, domid, 0, NULL))
			;
}

/*
 * Grants @singles entries one by one, then all others in runs that are as long
 * as possible.
 */
static long fill_table(int file, long singles)
{
	uint32_t run;
	long got;

	must(device_set_limit(MUCH));
	must(native_create(file, REGION, NULL, NULL));
	for (got = 0; got < singles; got++)
		must(native_grant(file, 0, 1, 7, 0, NULL));
	for (run = REGION; run; run /= 4)
		got += grant_all(file, run, ENOSPC);
	return got;
}

/*
 * For small grants, the driver checks the headroom for many entries at once.
 * What was granted before the table fills up must not make a difference:
 * therefore the singles.
 */
static void leaves_the_headroom(long singles)
{
	struct gntalloc_native_share share = { .pages = 1, .domid = 7 };
	char text[16];
	int file = (int)must(device_open());
	int old = (int)must(device_open());
	long got, more, refused;

	must(device_read_parameter("headroom", text, sizeof(text)));
	ck_assert_int_eq(atoi(text), HEADROOM);
	got = fill_table(file, singles);
	ck_assert_int_gt(got, 10000);
	ck_assert_int_eq(device_counter("entries"), got);
	refused = report_hits("table");
	fails(native_grant(file, 0, REGION, 7, 0, NULL), ENOSPC);
	fails(native_grant(file, 0, REGION, 7, GNTALLOC_GRANT_CONSECUTIVE,
			   NULL), ENOSPC);
	ck_assert_int_eq(report_hits("table"), refused + 2);
	refused = report_hits("headroom");
	fails(native_share_call(file, &share, NULL), ENOSPC);
	fails(device_alloc(old, 7, 0, 1, NULL, NULL), ENOSPC);
	fails(device_alloc_2010(old, 7, 0, NULL, NULL), ENOSPC);
	ck_assert_int_eq(report_hits("headroom"), refused + 3);
	ck_assert_int_eq(device_counter("entries"), got);
	/* Without the headroom, all that was left can be granted. */
	must(device_write_parameter("headroom", "0"));
	more = grant_all(file, 1, ENOSPC);
	must(device_write_parameter("headroom", "128"));
	fprintf(stderr, "figure: headroom: %ld entries, then %ld more\n", got,
		more);
	ck_assert_int_ge(more, HEADROOM);
	/* For single entries, the headroom is checked in groups. */
	ck_assert_int_lt(more, HEADROOM + CREDIT);
	close(file);
	close(old);
	ck_assert_int_eq(device_counter("entries"), 0);
}

START_TEST(a_full_grant_table_is_enospc_and_leaves_the_headroom)
{
	leaves_the_headroom(0);
	leaves_the_headroom(100);
}
END_TEST

#define LOG_PAUSE_MS	6000	/* ten lines within 5 s, then no more */

START_TEST(a_full_grant_table_is_one_line_in_the_log_at_the_most)
{
	int file = (int)must(device_open());
	int i, lines;

	/*
	 * What other tests have made the driver log keeps it silent for a
	 * while.
	 */
	sleep_ms(LOG_PAUSE_MS);
	kmsg_mentions("");
	fill_table(file, 300);
	fill_rest(file, 7);
	for (i = 0; i < 100; i++) {
		fails(native_grant(file, 0, 1, 8, 0, NULL), ENOSPC);
		fails(native_grant(file, 0, 600, 8, 0, NULL), ENOSPC);
		fails(native_grant(file, 0, 600, 8, GNTALLOC_GRANT_CONSECUTIVE,
				   NULL), ENOSPC);
		fails(device_alloc(file, 7, 0, 5, NULL, NULL), ENOSPC);
	}
	/* Some calls also succeed near the end of the table. */
	for (i = 0; i < 100; i++) {
		must(native_revoke(file, 0, 1, 7));
		must(native_grant(file, 0, 1, 7, 0, NULL));
		fill_rest(file, 7);
	}
	lines = kmsg_mentions("max_grant_frames");
	fprintf(stderr, "figure: the core has said so in %d lines\n", lines);
	ck_assert_int_le(lines, 1);
}
END_TEST

START_TEST(consecutive_grefs_that_the_table_has_not_are_an_error)
{
	struct gntalloc_native_share share = {
		.pages = 256, .domid = 8, .flags = GNTALLOC_SHARE_CONSECUTIVE,
	};
	int file = (int)must(device_open());
	uint32_t first;
	uint64_t i;

	fill_table(file, 0);
	/* Every second entry of a run is made free. */
	must(native_revoke(file, 0, REGION, 7));
	for (i = 0; i < REGION; i++)
		must(native_grant(file, i * PAGE, 1, 7, 0, NULL));
	fill_table(file, 0);
	for (i = 0; i < REGION; i += 2)
		must(native_revoke(file, i * PAGE, 1, 7));
	fails(native_grant_run(file, 0, 256, 8, 0, &first),
	      ENOSPC);
	fails(native_share_call(file, &share, NULL), ENOSPC);
	must(native_grant(file, 0, 256, 8, 0, NULL));
}
END_TEST

/* --- memory cgroups ------------------------------------------------------- */

#define GREEDY_PAGES	16384	/* 64 MB */

/* The kernel charges at most this number of pages before they are needed. */
#define CHARGED_AHEAD	64

static int take_much(void)
{
	int file = device_open();
	int i, ret;

	/* first in small regions, then in a large one */
	for (i = 0; i < GREEDY_PAGES / 64; i++) {
		ret = native_create(file, 64, NULL, NULL);
		if (ret)
			return -ret;
	}
	return 0;
}

static int take_much_at_once(void)
{
	return -native_create(device_open(), GREEDY_PAGES, NULL, NULL);
}

static int take_a_bit(void)
{
	return -native_create(device_open(), 256, NULL, NULL);
}

/* The call fails with ENOMEM, or the kernel kills the process, as it may. */
static void stops(int (*body)(void))
{
	int ret;

	ret = cgroup_run(body);
	if (!cgroup_has_pages()) {
		ck_assert_int_eq(ret, 0);
	} else if (ret != ENOMEM) {
		ck_assert_int_eq(ret, -SIGKILL);
		ck_assert_int_gt(kmsg_mentions("Memory cgroup out of memory"),
				 0);
	}
	ck_assert_int_eq(device_counter("pages"), 0);
}

START_TEST(a_memory_cgroup_stops_a_greedy_process_and_nobody_else)
{
	int file = (int)must(device_open());

	must(device_set_limit(MUCH));
	cgroup_make();
	must(cgroup_max(16L << 20));
	ck_assert_int_eq(cgroup_run(take_a_bit), 0);
	stops(take_much);
	stops(take_much_at_once);
	/* Other processes are not affected, and the group can be used again. */
	must(native_create(file, GREEDY_PAGES / 2, NULL, NULL));
	ck_assert_int_eq(cgroup_run(take_a_bit), 0);
	cgroup_remove();
}
END_TEST

START_TEST(pages_are_charged_to_the_cgroup_of_the_process_that_creates_them)
{
	int file = (int)must(device_open());
	long before, after;

	must(device_set_limit(MUCH));
	cgroup_make();
	/* The test enters the group and leaves it again. */
	must(cgroup_enter());
	before = cgroup_charged();
	must(native_create(file, 4096, NULL, NULL));
	after = cgroup_charged();
	must(cgroup_leave());
	if (cgroup_has_pages())
		ck_assert_int_ge(after - before,
				 (4096 - CHARGED_AHEAD) * (long)PAGE);
	else
		ck_assert_int_lt(after - before, 1024 * (long)PAGE);
	close(file);
	cgroup_remove();
}
END_TEST
