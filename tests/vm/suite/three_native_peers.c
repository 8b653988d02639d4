// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level: one region is shared with two other domains at once. Each
 * of the three domains is the owner in turn, by bare calls and by the
 * library's.
 */
#include <errno.h>
#include <stdlib.h>

#include "cross_native.h"

#define LOOPS	(2 * ALL_DOMAINS)

/* Each domain is the owner in turn. */
#define DECLARE_THREE_WORKERS						\
	const char *backend = _i < ALL_DOMAINS ? "native" : "regions";	\
	struct worker *owner = worker_start(nth_domain(_i));		\
	struct worker *one = worker_start(nth_domain(_i + 1));		\
	struct worker *two = worker_start(nth_domain(_i + 2))

START_LOOP_TEST(one_region_is_seen_by_two_domains_at_once, 0, LOOPS)
{
	DECLARE_THREE_WORKERS;
	struct share s, g, m, n;

	must(share(&s, owner, backend, one, 20, WRITABLE, 1));
	must(grant_to(&g, &s, two, 0, 20, READONLY));
	counters(owner, 40, 0);
	must(map(&m, one, "xengnttab", &s, WRITABLE, 1));
	must(map(&n, two, "gntshare", &g, READONLY, 1));
	must(fill(&m, 2));
	must(check(&n, 2));
	must(check(&s, 2));
	must(fill(&s, 3));
	must(check(&m, 3));
	must(check(&n, 3));
}
END_TEST

START_LOOP_TEST(the_domain_that_may_only_read_cannot_write, 0, LOOPS)
{
	DECLARE_THREE_WORKERS;
	struct share s, g, m, n;

	must(share(&s, owner, backend, one, 4, WRITABLE, 1));
	must(grant_to(&g, &s, two, 0, 4, READONLY));
	fails(map(&n, two, "xengnttab", &g, WRITABLE, 0), EINVAL);
	must(map(&n, two, "xengnttab", &g, READONLY, 1));
	fails(poke(&n, 0, 1), ECHILD);
	must(map(&m, one, "xengnttab", &s, WRITABLE, 1));
	must(poke(&m, 0, 1));
}
END_TEST

START_LOOP_TEST(a_gref_is_good_for_its_own_domain_only, 0, LOOPS)
{
	DECLARE_THREE_WORKERS;
	struct share s, g, m;

	must(share(&s, owner, backend, one, 1, WRITABLE, 1));
	must(grant_to(&g, &s, two, 0, 1, WRITABLE));
	ck_assert_int_lt(map(&m, two, "xengnttab", &s, READONLY, 0), 0);
	ck_assert_int_lt(map(&m, one, "xengnttab", &g, READONLY, 0), 0);
}
END_TEST

START_LOOP_TEST(a_revoke_for_one_peer_leaves_the_other_its_mapping, 0, LOOPS)
{
	DECLARE_THREE_WORKERS;
	struct share s, g, m, n, again;

	must(share(&s, owner, backend, one, 10, WRITABLE, 1));
	must(grant_to(&g, &s, two, 0, 10, READONLY));
	must(map_some(&m, one, "xengnttab", &s, WRITABLE, 2, 5));
	must(map(&n, two, "xengnttab", &g, READONLY, 1));
	/* This peer maps five of the ten pages, and holds their entries. */
	ck_assert_int_eq(must(revoke_from(&s, one, 0, 10)), 5);
	counters(owner, 15, 5);
	is_state(&s, GNTALLOC_STATE_LIVE, 5);
	must(fill(&s, 2));
	must(check(&n, 2));
	ck_assert_int_lt(map_some(&again, one, "xengnttab", &s, READONLY, 0,
				  1), 0);
	must(give_up(&m));
	must(wait_for(&s, GNTALLOC_WAIT_RELEASED, 1000));
	is_state(&s, GNTALLOC_STATE_LIVE, 0);
	counters(owner, 10, 0);
	must(fill(&s, 3));
	must(check(&n, 3));
	fails(revoke_from(&s, one, 0, 10), ENOENT);
}
END_TEST

START_LOOP_TEST(the_state_for_one_peer_counts_what_that_one_holds,
		0, ALL_DOMAINS)
{
	DECLARE_THREE_WORKERS;
	struct share s, g, m, n;

	must(share(&s, owner, backend, one, 10, WRITABLE, 0));
	must(grant_to(&g, &s, two, 3, 6, WRITABLE));
	must(map_some(&m, one, "xengnttab", &s, WRITABLE, 0, 4));
	must(map(&n, two, "xengnttab", &g, WRITABLE, 0));
	destroy(&s, "quiet");
	is_state(&s, GNTALLOC_STATE_DRAINING, 10);
	ck_assert_int_eq(rpc(owner, "state %ld %d", s.thing,
			     worker_domain(one)->domid),
			 GNTALLOC_STATE_DRAINING);
	ck_assert_str_eq(reply(owner), "4");
	must(rpc(owner, "state %ld %d", s.thing, worker_domain(two)->domid));
	ck_assert_str_eq(reply(owner), "6");
	must(give_up(&m));
	/* The wait is for this peer only. */
	must(rpc(owner, "wait %ld %u %d 1000", s.thing, GNTALLOC_WAIT_RELEASED,
		 worker_domain(one)->domid));
	is_state(&s, GNTALLOC_STATE_DRAINING, 6);
	fails(wait_for(&s, GNTALLOC_WAIT_RELEASED, 20), ETIMEDOUT);
	must(give_up(&n));
	must(wait_for(&s, GNTALLOC_WAIT_GONE, 1000));
	is_state(&s, GNTALLOC_STATE_GONE, 0);
	counters(owner, 0, 0);
}
END_TEST

START_LOOP_TEST(a_page_drains_until_both_domains_let_go, 0, LOOPS)
{
	DECLARE_THREE_WORKERS;
	struct share s, g, m, n;

	must(share(&s, owner, backend, one, 1, WRITABLE, 1));
	must(grant_to(&g, &s, two, 0, 1, WRITABLE));
	must(map(&m, one, "xengnttab", &s, WRITABLE, 1));
	must(map(&n, two, "xengnttab", &g, WRITABLE, 1));
	destroy(&s, "quiet");
	must(fill(&m, 2));
	must(check(&n, 2));
	must(give_up(&m));
	becomes(owner, "draining", 1, 1000);
	must(check(&n, 2));
	must(give_up(&n));
	must(wait_for(&s, GNTALLOC_WAIT_GONE, 1000));
	counters(owner, 0, 0);
}
END_TEST
