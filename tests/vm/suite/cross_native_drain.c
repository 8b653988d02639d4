// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level: draining can be seen and waited for, and takes little time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cross_native.h"

/* The owner shares a region, and the peer maps it. */
static void shared(struct worker *owner, struct worker *peer, struct share *s,
		   struct share *m, size_t pages)
{
	must(share(s, owner, "native", peer, pages, WRITABLE, 0));
	must(map(m, peer, "xengnttab", s, WRITABLE, 0));
}

START_TEST(a_region_is_live_then_draining_then_gone)
{
	DECLARE_WORKERS;
	struct share s, m, n;

	must(share(&s, owner, "native", peer, 10, WRITABLE, 0));
	must(map_some(&m, peer, "xengnttab", &s, WRITABLE, 0, 4));
	must(map_some(&n, peer, "xengnttab", &s, WRITABLE, 7, 3));
	is_state(&s, GNTALLOC_STATE_LIVE, 0);
	must(rpc(owner, "destroy %ld quiet", s.thing));
	/* It is live because the owner still has it mapped. */
	is_state(&s, GNTALLOC_STATE_LIVE, 0);
	must(unmap(&s, 0, 10));
	is_state(&s, GNTALLOC_STATE_DRAINING, 7);
	counters(owner, 7, 7);
	must(give_up(&m));
	becomes(owner, "draining", 3, 1000);
	is_state(&s, GNTALLOC_STATE_DRAINING, 3);
	must(give_up(&n));
	becomes(owner, "draining", 0, 1000);
	is_state(&s, GNTALLOC_STATE_GONE, 0);
}
END_TEST

START_TEST(a_wait_while_the_peer_holds_pages_is_etimedout)
{
	DECLARE_WORKERS;
	struct share s, m;
	unsigned int state, held, us;

	shared(owner, peer, &s, &m, 3);
	destroy(&s, "quiet");
	fails(wait_for(&s, GNTALLOC_WAIT_GONE, 100), ETIMEDOUT);
	ck_assert_int_eq(sscanf(reply(owner), "%u %u %u", &state, &held, &us),
			 3);
	ck_assert_uint_eq(state, GNTALLOC_STATE_DRAINING);
	ck_assert_uint_eq(held, 3);
	ck_assert_uint_ge(us, 100000);
	fails(wait_for(&s, GNTALLOC_WAIT_RELEASED, 0), ETIMEDOUT);
}
END_TEST

START_TEST(an_event_comes_when_the_region_is_gone_and_not_before)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 3);
	destroy(&s, "event");
	ck_assert_int_eq(rpc(owner, "told %ld 100", s.thing), 0);
	must(give_up(&m));
	ck_assert_int_eq(rpc(owner, "told %ld 1000", s.thing), 1);
	is_state(&s, GNTALLOC_STATE_GONE, 0);
	ck_assert_int_eq(rpc(owner, "told %ld 0", s.thing), 0);
}
END_TEST

START_TEST(an_eventfd_is_signalled_when_the_region_is_gone_and_not_before)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 3);
	destroy(&s, "eventfd");
	ck_assert_int_eq(rpc(owner, "signalled %ld 100", s.thing), 0);
	must(give_up(&m));
	ck_assert_int_eq(rpc(owner, "signalled %ld 1000", s.thing), 1);
	ck_assert_int_eq(rpc(owner, "signalled %ld 0", s.thing), 0);
}
END_TEST

START_TEST(an_eventfd_is_signalled_though_the_device_was_closed)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 3);
	destroy(&s, "eventfd");
	must(close_file(&s));
	counters(owner, 3, 3);
	ck_assert_int_eq(rpc(owner, "signalled %ld 50", s.thing), 0);
	must(give_up(&m));
	ck_assert_int_eq(rpc(owner, "signalled %ld 1000", s.thing), 1);
}
END_TEST

START_TEST(draining_pages_of_a_closed_device_take_less_processor_time)
{
	DECLARE_WORKERS;
	struct share s, m;
	int tries = 3;
	long open, closed;

	shared(owner, peer, &s, &m, 1);
	destroy(&s, "event");
	open = must(rpc(owner, "kworkers 1000"));
	must(close_file(&s));
	sleep_ms(300);
	/*
	 * The machine that emulates this one may have run something else while
	 * a kworker ran. So the measurement is repeated.
	 */
	do {
		closed = must(rpc(owner, "kworkers 1000"));
	} while (closed * 3 >= open && --tries);
	fprintf(stderr,
		"figure: %s->%s, in a second kworkers ran %ld us, and %ld us when closed\n",
		worker_domain(owner)->name, worker_domain(peer)->name, open,
		closed);
	ck_assert_int_lt(closed * 3, open);
	must(give_up(&m));
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(a_killed_peer_ends_the_wait)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 3);
	destroy(&s, "event");
	rpc_send(owner, "wait %ld %u -1 3000", s.thing, GNTALLOC_WAIT_GONE);
	fails(rpc(peer, "die"), ECHILD);
	must(rpc_receive(owner));
	ck_assert_int_eq(rpc(owner, "told %ld 0", s.thing), 1);
}
END_TEST

START_TEST(a_process_that_waits_may_be_killed)
{
	DECLARE_WORKERS;
	struct worker *observer = worker_start(pairs[_i].owner);
	struct share s, m;

	shared(owner, peer, &s, &m, 3);
	destroy(&s, "event");
	must(rpc(observer, "counters"));
	fails(rpc(owner, "die_waiting %ld", s.thing), ECHILD);
	counters(observer, 3, 3);
	must(give_up(&m));
	becomes(observer, "entries", 0, 1000);
}
END_TEST

/* --- how soon a wait ends ------------------------------------------------- */

#define WAKES		11
#define WAKE_US		5000

/*
 * How many times more is allowed if the clock also runs while the machine
 * stands still.
 */
#define REAL_TIME	20

/*
 * Does the clock count instructions? Then every figure depends on the machine
 * alone. Otherwise it depends also on the emulator, and on all else that runs
 * on the computer.
 */
static bool exact_clock(void)
{
	char line[1024] = "";
	FILE *file = fopen("/proc/cmdline", "re");

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	fclose(file);
	return strstr(line, "norandmaps");
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

/*
 * The microseconds from the order to release the pages to the end of the wait.
 */
static long wake_once(struct worker *owner, struct worker *peer, long port,
		      size_t pages, const char *how)
{
	struct share s, m;
	long us;

	shared(owner, peer, &s, &m, pages);
	if (!strcmp(how, "released")) {
		must(revoke_from(&s, peer, 0, pages));
	} else {
		must(rpc(owner, "destroy %ld %s", s.thing, how));
		must(unmap(&s, 0, pages));
	}
	/*
	 * Nothing waits yet, so after this pause the driver looks only seldom.
	 */
	rpc_send(peer, "release_on_event %ld 5000", m.thing);
	sleep_ms(150);
	us = must(rpc(owner, "wake %ld %ld %s", s.thing, port, how));
	must(rpc_receive(peer));
	must(give_up(&s));
	return us;
}

/*
 * All of the waits have to end in time with an exact clock. Otherwise the
 * median has to.
 */
static void wakes_soon(struct worker *owner, struct worker *peer, size_t pages,
		       const char *how)
{
	long port = channel(peer, owner), us[WAKES];
	int i;

	for (i = 0; i < WAKES; i++)
		us[i] = wake_once(owner, peer, port, pages, how);
	qsort(us, WAKES, sizeof(*us), compare);
	fprintf(stderr,
		"figure: %s->%s, %zu pages, %s: %ld to %ld us, %ld in the middle\n",
		worker_domain(owner)->name, worker_domain(peer)->name, pages,
		how, us[0], us[WAKES - 1], us[WAKES / 2]);
	if (exact_clock())
		ck_assert_int_lt(us[WAKES - 1], WAKE_US);
	else
		ck_assert_int_lt(us[WAKES / 2],
				 REAL_TIME * slowness() * WAKE_US);
}

START_TEST(a_wait_until_it_is_gone_ends_within_5_ms_of_the_unmap)
{
	DECLARE_WORKERS;

	wakes_soon(owner, peer, 1, "gone");
}
END_TEST

START_TEST(a_wait_until_it_is_released_ends_within_5_ms_of_the_unmap)
{
	DECLARE_WORKERS;

	wakes_soon(owner, peer, 1, "released");
}
END_TEST

START_TEST(an_event_comes_within_5_ms_of_the_unmap)
{
	DECLARE_WORKERS;

	wakes_soon(owner, peer, 1, "event");
}
END_TEST

START_TEST(an_eventfd_is_signalled_within_5_ms_of_the_unmap)
{
	DECLARE_WORKERS;

	wakes_soon(owner, peer, 1, "eventfd");
}
END_TEST

/* --- how much time draining takes ----------------------------------------- */

/*
 * The number of pages of one region. On arm64, Xen gives dom0 a table of at
 * most 60,000 entries, and the peer maps into memory of its own.
 */
#ifdef __aarch64__
#define RUN		5000
#else
#define RUN		(25000 / slowness())
#endif
#define RUNS		4
#define MANY		(RUNS * RUN)
#define WATCH_MS	12000

/* Pages of the owner that the peer holds, while nobody waits for them. */
static void drain_many(struct worker *owner, struct worker *peer,
		       struct share *m)
{
	struct share s;
	int i;

	must(set_limit(owner, MANY + 100));
	for (i = 0; i < RUNS; i++) {
		shared(owner, peer, &s, &m[i], RUN);
		must(give_up(&s));
	}
	counters(owner, MANY, MANY);
}

static void let_go(struct worker *owner, struct share *m)
{
	int i;

	for (i = 0; i < RUNS; i++)
		must(give_up(&m[i]));
	becomes(owner, "entries", 0, 8000);
	counters(owner, 0, 0);
}

/* Only dom0 has enough memory. */
START_TEST_IF(draining_many_pages_takes_less_than_half_a_percent_of_a_cpu,
	      owner_is_dom0)
{
	DECLARE_WORKERS;
	struct share m[RUNS];
	int64_t start, spent;
	long ran;
	int tries = 3;

	drain_many(owner, peer, m);
	sleep_ms(1500);
	/* Repeated for the same reason as above. */
	do {
		start = now_us();
		ran = must(rpc(owner, "kworkers %d", WATCH_MS));
		spent = now_us() - start;
		if (!exact_clock())
			ran /= REAL_TIME * slowness();
	} while (ran * 200 >= spent && --tries);
	fprintf(stderr,
		"figure: %s->%s, %d pages drain: kworkers ran %ld us of %lld, %.3f %%\n",
		worker_domain(owner)->name, worker_domain(peer)->name, MANY,
		ran, (long long)spent, 100.0 * (double)ran / (double)spent);
	/* The driver does look at the entries. */
	ck_assert_int_gt(ran, 0);
	ck_assert_int_lt(ran * 200, spent);
	let_go(owner, m);
}
END_TEST

/* Only dom0 has enough memory. */
START_TEST_IF(a_wait_among_many_draining_pages_ends_within_5_ms, owner_is_dom0)
{
	DECLARE_WORKERS;
	struct share m[RUNS];

	drain_many(owner, peer, m);
	wakes_soon(owner, peer, 1, "gone");
	let_go(owner, m);
}
END_TEST
