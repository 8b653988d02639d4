// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every failure of a call, one after the other: how a failure is armed, and
 * what has to hold after it.
 */
#include "fail_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "fixture.h"

#define FREE_ENTRIES	"/sys/module/gntalloc_plant/parameters/free_entries"
#define DEBUGFS		"/sys/kernel/debug/"

/* More points than any call has: a walk that gets so far has failed. */
#define POINTS_MAX	2000
/* The time in which the kernel has to free what it frees in the background. */
#define CLEAN_MS	(2000L * slowness())

struct state {
	long pages;
	long entries;
	long draining;
	long free_entries;
};

static int fail_nth = -1;

static long read_number(const char *path)
{
	char text[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (got <= 0)
		return -1;
	text[got] = '\0';
	return atol(text);
}

/*
 * Also lets allocations fail that may sleep. No failure is reported in the log.
 */
int fail_walk_start(void)
{
	static const char *const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
		{ "fail_usercopy/verbose", "0" },
	};
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		int ret;

		snprintf(path, sizeof(path), DEBUGFS "%s", settings[i][0]);
		ret = device_write_text(path, settings[i][1]);
		if (ret)
			return ret;
	}
	return read_number(FREE_ENTRIES) > 0 ? 0 : -ENOENT;
}

static struct state look(void)
{
	struct state s = {
		.pages = device_counter("pages"),
		.entries = device_counter("entries"),
		.draining = device_counter("draining"),
		.free_entries = read_number(FREE_ENTRIES),
	};

	return s;
}

static int same(const struct state *a, const struct state *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void print_state(char *text, size_t size, const struct state *s)
{
	snprintf(text, size, "pages %ld, entries %ld, draining %ld, free %ld",
		 s->pages, s->entries, s->draining, s->free_entries);
}

static void same_soon(const char *name, int nth, const char *when,
		      const struct state *before)
{
	long end = now_ms() + CLEAN_MS;
	char text[128], was[128];
	struct state now;

	for (;;) {
		now = look();
		if (same(&now, before))
			return;
		if (now_ms() > end)
			break;
		sleep_ms(5);
	}
	print_state(text, sizeof(text), &now);
	print_state(was, sizeof(was), before);
	ck_abort_msg("%s, point %d, %s: %s; not %s", name, nth, when, text,
		     was);
}

static void arm(int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", nth);

	ck_assert_int_eq(pwrite(fail_nth, text, (size_t)n, 0), n);
}

/*
 * Was the point reached? The file tells how many points are left, which is 0 if
 * the armed one was reached. Reading and writing the file copies from and to
 * user memory, too. So if the point was not reached before, it can be reached
 * here, and make that read or write fail.
 */
static int reached(void)
{
	char text[16];
	ssize_t got = pread(fail_nth, text, sizeof(text) - 1, 0);
	int left = 1;

	if (got > 0) {
		text[got] = '\0';
		left = atoi(text);
	}
	while (pwrite(fail_nth, "0", 1, 0) != 1)
		;
	return !left;
}

/* The call has failed. Did it change nothing, and does it succeed now? */
static void again(const struct walk *w, int nth, const struct state *before)
{
	struct state now = look();
	long ret;

	if (w->once && !same(&now, before)) {
		w->check();
		ck_assert_int_eq(w->call(), -w->once);
		return;
	}
	same_soon(w->name, nth, "when it had failed", before);
	ret = w->call();
	ck_assert_msg(ret >= 0, "%s, point %d, again: %s", w->name, nth,
		      strerror((int)-ret));
}

void walk(const struct walk *w)
{
	int failed = 0, borne = 0;
	struct state start, before;
	int nth;

	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fail_nth, 0);
	/* The call must not be the first to need a page of this process. */
	ck_assert_int_eq(mlockall(MCL_CURRENT | MCL_FUTURE), 0);

	/*
	 * The first call lets the kernel allocate what it keeps from then on.
	 * That is not the module's, so the counts start after this call.
	 */
	w->prepare();
	must(w->call());
	w->check();
	device_let_go();
	sleep_ms(50);
	look();
	start = look();

	for (nth = 1; nth < POINTS_MAX; nth++) {
		int hit;
		long ret;

		w->prepare();
		before = look();
		arm(nth);
		ret = w->call();
		hit = reached();
		if (ret < 0) {
			ck_assert_msg(hit, "%s: %s without a fault", w->name,
				      strerror((int)-ret));
			ck_assert_msg(ret == -ENOMEM || ret == -EFAULT,
				      "%s, point %d: %s", w->name, nth,
				      strerror((int)-ret));
			again(w, nth, &before);
			failed++;
		} else if (hit) {
			borne++;
		}
		w->check();
		device_let_go();
		same_soon(w->name, nth, "at the end", &start);
		if (!hit)
			break;
	}
	ck_assert_int_lt(nth, POINTS_MAX);
	ck_assert_int_gt(failed + borne, 0);
	close(fail_nth);
	fprintf(stderr, "figure: fail-nth: %s: %d points, %d of them failures\n",
		w->name, failed + borne, failed);
}
