// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the module tells of what programs have: in /proc/PID/fdinfo, in sysfs,
 * in debugfs and in traces.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "fixture.h"
#include "native.h"
#include "report.h"
#include "suite.h"

/* --- /proc/PID/fdinfo ----------------------------------------------------- */

static const char *info_path(int file)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", file);
	return path;
}

static long info_number(int file, const char *name)
{
	return device_read_number(info_path(file), name);
}

/* Is there a line that is @expected, after its tab? */
static bool info_says(int file, const char *name, const char *expected)
{
	FILE *info = fopen(info_path(file), "re");
	char line[512], whole[512];
	bool found = false;

	ck_assert_ptr_nonnull(info);
	snprintf(whole, sizeof(whole), "%s:\t%s\n", name, expected);
	while (!found && fgets(line, sizeof(line), info))
		found = !strcmp(line, whole);
	fclose(info);
	return found;
}

START_TEST(fdinfo_tells_what_a_descriptor_has)
{
	int file = (int)must(device_open());
	int other = (int)must(device_open());
	uint64_t id;

	ck_assert_int_lt(info_number(file, "gntalloc-file"),
			 info_number(other, "gntalloc-file"));
	ck_assert_int_eq(info_number(file, "gntalloc-regions"), 0);
	must(native_create_at(file, 0, 10, &id));
	must(native_grant(file, 0, 10, 7, 0, NULL));
	must(native_grant(file, 0, 4, 7, GNTALLOC_GRANT_WRITABLE, NULL));
	must(native_grant(file, 2 * PAGE, 1, 9, 0, NULL));
	must(device_alloc(file, NOBODY, 0, 3, NULL, NULL));
	must(device_alloc_2010(file, 9, 0, NULL, NULL));
	must(device_alloc(other, 7, 0, 100, NULL, NULL));

	ck_assert_int_eq(info_number(file, "gntalloc-uid"), 0);
	ck_assert_int_eq(info_number(file, "gntalloc-regions"), 3);
	ck_assert(info_says(file, "gntalloc-pages", "14"));
	ck_assert(info_says(file, "gntalloc-entries", "19"));
	ck_assert_int_eq(info_number(file, "gntalloc-restricted"), -ENODATA);
	ck_assert(info_says(file, "gntalloc-peer",
			    "7 readonly=10 writable=4 draining=0 for=0"));
	ck_assert(info_says(file, "gntalloc-peer",
			    "9 readonly=1 writable=1 draining=0 for=0"));

	must(native_revoke(file, 0, 10, 7));
	ck_assert(info_says(file, "gntalloc-entries", "5"));
	must(native_destroy(file, id));
	ck_assert_int_eq(info_number(file, "gntalloc-regions"), 2);
	close(file);
	ck_assert(info_says(other, "gntalloc-peer",
			    "7 readonly=100 writable=0 draining=0 for=0"));
}
END_TEST

START_TEST(fdinfo_tells_the_restrictions)
{
	static const uint16_t domids[] = { 3, 7 };
	int file = (int)must(device_open());

	must(native_create(file, 5, NULL, NULL));
	must(native_restrict(file, GNTALLOC_RESTRICT_PAGES |
			     GNTALLOC_RESTRICT_KEEP_SEND_EVENT, 20, NULL, 0));
	ck_assert(info_says(file, "gntalloc-restricted", "send-event"));
	ck_assert(info_says(file, "gntalloc-pages", "5 of 25"));
	ck_assert(info_says(file, "gntalloc-entries", "0 of 20"));
	must(native_restrict(file, GNTALLOC_RESTRICT_DOMIDS, 0, domids, 2));
	ck_assert(info_says(file, "gntalloc-restricted",
			    "no-send-event domids=3,7"));
	must(native_restrict(file, GNTALLOC_RESTRICT_NO_CREATE, 0, NULL, 0));
	ck_assert(info_says(file, "gntalloc-restricted",
			    "no-send-event no-create domids=3,7"));
}
END_TEST

/* More than the driver works on before it lets go of the file. */
START_TEST(fdinfo_tells_many_regions)
{
	int file = (int)must(device_open());
	int i;

	must(device_set_limit(5000));
	for (i = 0; i < 2000; i++)
		must(device_alloc(file, (uint16_t)(i % 10 + 20), 0, 1, NULL,
				  NULL));
	ck_assert_int_eq(info_number(file, "gntalloc-regions"), 2000);
	ck_assert(info_says(file, "gntalloc-peer",
			    "20 readonly=200 writable=0 draining=0 for=0"));
	ck_assert(info_says(file, "gntalloc-peer",
			    "29 readonly=200 writable=0 draining=0 for=0"));
}
END_TEST

/* --- sysfs: refused calls ------------------------------------------------- */

static const char *const bounds[] = {
	"limit", "quota", "restriction", "headroom", "table"
};

#define BOUNDS	(sizeof(bounds) / sizeof(*bounds))

static long before[BOUNDS];

static void hits_look(void)
{
	size_t i;

	for (i = 0; i < BOUNDS; i++)
		before[i] = must(report_hits(bounds[i]));
}

/* Since then, only this bound has refused calls, and so many. */
static void hits_are(const char *bound, long count)
{
	size_t i;

	for (i = 0; i < BOUNDS; i++)
		ck_assert_msg(report_hits(bounds[i]) - before[i] ==
			      (strcmp(bounds[i], bound) ? 0 : count),
			      "%s: %s has %ld more hits", bound, bounds[i],
			      report_hits(bounds[i]) - before[i]);
	ck_assert_int_ge(report_last_hit(bound), time(NULL) - 5);
	ck_assert_int_le(report_last_hit(bound), time(NULL));
	hits_look();
}

/* local_native_bounds.c has the headroom and the grant table. */
START_TEST(each_refused_call_is_counted_for_its_bound)
{
	static const uint16_t seven = 7;
	int file = (int)must(device_open());
	uint64_t offset;

	must(native_create(file, 10, &offset, NULL));
	hits_look();
	must(device_set_limit(15));
	fails(native_create(file, 6, NULL, NULL), EDQUOT);
	fails(device_alloc(file, NOBODY, 0, 6, NULL, NULL), ENOSPC);
	fails(device_alloc_2010(file, 7, 0, NULL, NULL) ?:
	      native_create(file, 5, NULL, NULL), EDQUOT);
	hits_are("limit", 3);
	must(device_set_limit(1024));

	must(device_write_parameter("quota", "12"));
	fails(native_grant(file, offset, 10, 7, 0, NULL) ?:
	      native_grant(file, offset, 3, 7, 0, NULL), EDQUOT);
	hits_are("quota", 1);
	must(device_write_parameter("quota", "0"));

	close(file);
	file = (int)must(device_open());
	must(native_create(file, 10, &offset, NULL));
	must(native_restrict(file, GNTALLOC_RESTRICT_PAGES |
			     GNTALLOC_RESTRICT_DOMIDS, 5, &seven, 1));
	hits_look();
	fails(native_create(file, 6, NULL, NULL), EDQUOT);
	hits_are("restriction", 1);
	fails(native_grant(file, offset, 1, 8, 0, NULL), EPERM);
	hits_are("restriction", 1);
	must(native_restrict(file, GNTALLOC_RESTRICT_NO_CREATE, 0, NULL, 0));
	fails(native_create(file, 1, NULL, NULL), EPERM);
	hits_are("restriction", 1);

	/* What makes no sense, and what is not there, is no hit. */
	fails(native_create(file, 0, NULL, NULL), EINVAL);
	fails(native_revoke(file, offset, 1, 7), ENOENT);
	hits_are("restriction", 0);
}
END_TEST

/* --- debugfs -------------------------------------------------------------- */

START_TEST(the_table_of_regions_has_all_and_who_made_them)
{
	int file = (int)must(device_open());
	int old = (int)must(device_open());
	long number = info_number(file, "gntalloc-file");
	char pattern[256];
	uint64_t id;
	void *own;

	must(native_create_at(file, 0x40 * PAGE, 10, &id));
	must(native_grant(file, 0x40 * PAGE, 10, 7, 0, NULL));
	must(native_grant(file, 0x41 * PAGE, 2, 9, GNTALLOC_GRANT_WRITABLE,
			  NULL));
	snprintf(pattern, sizeof(pattern),
		 "%ld 0 %d %d %llu 0x40000 10 10 new [0-3] 7 10 0 0 0 *",
		 number, getpid(), getpid(), (unsigned long long)id);
	ck_assert_int_eq(report_lines("regions", pattern, NULL, 0), 1);
	snprintf(pattern, sizeof(pattern),
		 "%ld 0 %d %d %llu 0x40000 10 10 new [0-3] 9 0 2 0 0 *",
		 number, getpid(), getpid(), (unsigned long long)id);
	ck_assert_int_eq(report_lines("regions", pattern, NULL, 0), 1);

	own = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(own, MAP_FAILED);
	must(native_create_memory(file, own, 3, 0, NULL, &id));
	snprintf(pattern, sizeof(pattern), "%ld * 3 3 memory [0-3] - 0 0 0 0 *",
		 number);
	ck_assert_int_eq(report_lines("regions", pattern, NULL, 0), 1);
	must(device_alloc(old, 11, 0, 4, NULL, NULL));
	snprintf(pattern, sizeof(pattern),
		 "%ld 0 * 0 0x0 4 4 new [0-3] 11 4 0 0 0 *",
		 info_number(old, "gntalloc-file"));
	ck_assert_int_eq(report_lines("regions", pattern, NULL, 0), 1);

	/* The head, and no more than that. */
	ck_assert_int_eq(report_lines("regions", "*", NULL, 0), 5);
	ck_assert_int_eq(report_lines("draining", "*", NULL, 0), 1);
	ck_assert_int_eq(report_lines("peers", "*", NULL, 0), 4);
	ck_assert_int_eq(report_lines("peers", "7 10 0 0 0 1", NULL, 0), 1);
	ck_assert_int_eq(report_lines("peers", "9 0 2 0 0 1", NULL, 0), 1);
	must(device_alloc(old, 7, 0, 1, NULL, NULL));
	ck_assert_int_eq(report_lines("peers", "7 11 0 0 0 2", NULL, 0), 1);
	close(file);
	close(old);
	ck_assert_int_eq(report_lines("regions", "*", NULL, 0), 1);
	ck_assert_int_eq(report_lines("peers", "*", NULL, 0), 1);
}
END_TEST

/* A reader with a small buffer reads on where it was, and misses none. */
START_TEST(a_long_table_is_read_in_pieces)
{
	int file = (int)must(device_open());
	int table, i, lines = 0;
	char text[700];
	ssize_t got;

	for (i = 0; i < 500; i++)
		must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	for (i = 0; i < 300; i++)
		must(native_create(file, 1, NULL, NULL));
	table = open("/sys/kernel/debug/xen-gntalloc/regions",
		     O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(table, 0);
	while ((got = read(table, text, sizeof(text))) > 0)
		for (i = 0; i < got; i++)
			lines += text[i] == '\n';
	ck_assert_int_eq(got, 0);
	ck_assert_int_eq(lines, 801);
	close(table);
}
END_TEST

/* Nor can others where the folder of debugfs is open to them. */
START_TEST(only_root_reads_the_tables)
{
	static const char *const tables[] = { "regions", "draining", "peers" };
	char path[64];
	struct stat st;
	int i;

	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path),
			 "/sys/kernel/debug/xen-gntalloc/%s", tables[i]);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_int_eq(st.st_mode & 07777, 0400);
		ck_assert_int_eq(st.st_uid, 0);
	}
}
END_TEST

/* --- traces --------------------------------------------------------------- */

START_TEST(each_step_of_a_region_can_be_traced)
{
	int file = (int)must(device_open());
	long n = info_number(file, "gntalloc-file");
	char pattern[256];
	uint32_t gref;
	uint64_t id;
	void *p;

#define TRACED(times, format, ...)					\
do {									\
	snprintf(pattern, sizeof(pattern), format, __VA_ARGS__);	\
	ck_assert_msg(trace_lines(pattern) == (times), "%s: %ld times",	\
		      pattern, trace_lines(pattern));			\
} while (0)

	must(trace_start());
	must(native_create_at(file, 0x10000, 3, &id));
	must(native_grant_run(file, 0x11000, 2, 7, 0, &gref));
	must(device_map(file, 0x10000, 3, &p));
	munmap(p, 3 * PAGE);
	must(native_revoke(file, 0x10000, 3, 7));
	must(native_state(file, id));
	must(native_destroy(file, id));
	must(device_set_limit(2));
	fails(native_create(file, 3, NULL, NULL), EDQUOT);
	must(device_set_limit(1024));
	trace_stop();
	TRACED(1, "*gntalloc_create: file=%ld id=%llu offset=0x10000 pages=3 existing=0",
	       n, (unsigned long long)id);
	TRACED(1, "*gntalloc_grant: file=%ld id=%llu first=1 pages=2 domid=7 writable=0 gref=%u",
	       n, (unsigned long long)id, gref);
	TRACED(1, "*gntalloc_map: file=%ld offset=0x10000 pages=3", n);
	TRACED(1, "*gntalloc_unmap: file=%ld offset=0x10000 pages=3", n);
	TRACED(1, "*gntalloc_revoke: file=%ld id=%llu first=0 pages=3 domid=7 held=0",
	       n, (unsigned long long)id);
	TRACED(1, "*gntalloc_wait: file=%ld id=%llu flags=0x0 state=* held=0 err=0",
	       n, (unsigned long long)id);
	TRACED(1, "*gntalloc_destroy: file=%ld offset=0x10000 pages=3", n);
	TRACED(1, "*gntalloc_free: file=%ld id=%llu pages=3", n,
	       (unsigned long long)id);
	TRACED(1, "*gntalloc_bound_hit: file=%ld uid=0 bound=limit pages=3 entries=0",
	       n);
	/* None of them came twice, and nothing else is said. */
	TRACED(9, "*gntalloc_*: file=%ld *", n);

	must(native_create(file, 3, NULL, NULL));
	TRACED(9, "*gntalloc_*: file=%ld *", n);
}
END_TEST
