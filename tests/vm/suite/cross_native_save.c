// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that wait while the domU is saved. All tasks are frozen for that, which
 * the kernel does by a signal that no program sees. A wait continues afterwards
 * for the rest of its time, whether the domU was restored or not.
 */
#include <errno.h>
#include <stdlib.h>

#include "cross_native.h"
#include "domain_save.h"

/* Longer than a test, so that no wait in this file times out. */
#define LONG_MS		300000

/* Only a domU can be saved, and on arm64 Xen does not support it. */
SUITE(.timeout = SAVE_TIMEOUT, .wanted = owner_is_domu, .not_on_arm64 = true);

/*
 * The ways to wait. Each waits for the end of its own region, which is
 * destroyed while the peer holds it: with a time-out, in the library without
 * one, in poll(), and in read().
 */
enum { TIMED, UNTIMED, POLLING, READING, SLEEPERS };

struct waiters {
	struct worker *peer, *sleepers[SLEEPERS];
	struct share s[SLEEPERS], m[SLEEPERS];
};

static void start_waiting(struct waiters *waiters, int pair)
{
	int i;

	waiters->peer = worker_start(pairs[pair].peer);
	for (i = 0; i < SLEEPERS; i++) {
		struct worker *a = worker_start(pairs[pair].owner);
		struct share *s = &waiters->s[i];

		waiters->sleepers[i] = a;
		must(share(s, a, i == UNTIMED ? "regions" : "native",
			   waiters->peer, 2, WRITABLE, 1));
		must(map(&waiters->m[i], waiters->peer, "xengnttab", s,
			 WRITABLE, 1));
		destroy(s, "event");
	}
	rpc_send(waiters->sleepers[TIMED], "wait %ld %u -1 %d",
		 waiters->s[TIMED].thing, GNTALLOC_WAIT_GONE, LONG_MS);
	rpc_send(waiters->sleepers[UNTIMED], "wait %ld %u -1 -1",
		 waiters->s[UNTIMED].thing, GNTALLOC_WAIT_GONE);
	rpc_send(waiters->sleepers[POLLING], "restored %ld %d",
		 waiters->s[POLLING].thing, LONG_MS);
	rpc_send(waiters->sleepers[READING], "next_event %ld",
		 waiters->s[READING].thing);
	sleep_ms(300);
}

/* The reply is "state held microseconds". */
static void is_gone(struct worker *a)
{
	must(rpc_receive(a));
	ck_assert_int_eq(atoi(reply(a)), GNTALLOC_STATE_GONE);
}

START_TEST_IF(a_wait_goes_on_after_a_save_without_a_restore, can_go_on)
{
	struct worker *observer;
	struct waiters waiters;
	int i;

	start_waiting(&waiters, _i);
	save_and_go_on(worker_domain(waiters.sleepers[0]));

	/* No wait is over, and the peer has released nothing. */
	observer = worker_start(pairs[_i].owner);
	counters(observer, 2 * SLEEPERS, 2 * SLEEPERS);
	sleep_ms(500);
	for (i = 0; i < SLEEPERS; i++)
		ck_assert(!rpc_has_reply(waiters.sleepers[i]));
	for (i = 0; i < SLEEPERS; i++)
		must(give_up(&waiters.m[i]));
	is_gone(waiters.sleepers[TIMED]);
	is_gone(waiters.sleepers[UNTIMED]);
	/*
	 * The next event is that the region is gone, so no other one came
	 * before.
	 */
	fails(rpc_receive(waiters.sleepers[POLLING]), EPROTO);
	ck_assert_int_eq(atoi(reply(waiters.sleepers[POLLING])),
			 GNTALLOC_EVENT_GONE);
	ck_assert_int_eq(rpc_receive(waiters.sleepers[READING]),
			 GNTALLOC_EVENT_GONE);
	counters(observer, 0, 0);
}
END_TEST

START_TEST(a_wait_ends_by_a_restore)
{
	struct waiters waiters;
	struct worker *observer;
	long generation;

	start_waiting(&waiters, _i);
	save_and_restore(worker_domain(waiters.sleepers[0]));

	/* The grants are gone, and with them the regions. */
	is_gone(waiters.sleepers[TIMED]);
	is_gone(waiters.sleepers[UNTIMED]);
	generation = must(rpc_receive(waiters.sleepers[POLLING]));
	ck_assert_int_eq(rpc_receive(waiters.sleepers[READING]),
			 GNTALLOC_EVENT_RESTORED);
	ck_assert_int_eq(atoi(reply(waiters.sleepers[READING])), generation);
	observer = worker_start(pairs[_i].owner);
	ck_assert_int_eq(rpc(observer, "generation"), generation);
	counters(observer, 0, 0);
}
END_TEST
