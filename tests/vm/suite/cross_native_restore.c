// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A domU that owns regions is saved, and restored or not. Its programs
 * continue, and so do the workers of these tests.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <gntshare.h>

#include "cross_native.h"
#include "domain_save.h"

/* Only a domU can be saved, and on arm64 Xen does not support it. */
SUITE(.timeout = SAVE_TIMEOUT, .wanted = owner_is_domu, .not_on_arm64 = true);

START_TEST_IF(a_save_that_is_not_followed_by_a_restore_changes_nothing,
	      can_go_on)
{
	DECLARE_WORKERS;
	struct share s, u, m, n;
	long generation = must(rpc(owner, "generation"));

	must(share(&s, owner, "native", peer, 4, WRITABLE, 1));
	must(share(&u, owner, "native", peer, 4, WRITABLE, 2));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 1));
	must(map(&n, peer, "xengnttab", &u, WRITABLE, 2));
	must(notify(&s, 9, GNTALLOC_2011_SEND_EVENT, channel(peer, owner)));
	destroy(&u, "event");

	save_and_go_on(worker_domain(owner));

	ck_assert_int_eq(rpc(owner, "generation"), generation);
	fails(rpc(owner, "restored %ld 100", s.thing), ETIMEDOUT);
	counters(owner, 8, 4);
	is_state(&u, GNTALLOC_STATE_DRAINING, 4);
	must(fill(&s, 3));
	must(check(&m, 3));
	must(give_up(&n));
	must(wait_for(&u, GNTALLOC_WAIT_GONE, 1000));
	ck_assert_int_eq(rpc(owner, "told %ld 0", u.thing), 1);
	destroy(&s, "quiet");
	one_event(peer);
	must(give_up(&m));
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(a_restored_domain_learns_that_its_grants_are_gone)
{
	DECLARE_WORKERS;
	struct share s, t, u, m, n;
	long generation = must(rpc(owner, "generation"));

	must(share(&s, owner, "native", peer, 4, WRITABLE, 1));
	must(share(&t, owner, "native", peer, 4, WRITABLE, 2));
	must(share(&u, owner, "native", peer, 4, WRITABLE, 3));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 1));
	must(map(&n, peer, "xengnttab", &u, WRITABLE, 3));
	must(notify(&s, 9, GNTALLOC_2011_CLEAR_BYTE | GNTALLOC_2011_SEND_EVENT,
		    channel(peer, owner)));
	/*
	 * The kernel's own driver for event channels cannot be used any more
	 * when its ports are gone. So from now on only the notification uses
	 * this port.
	 */
	must(rpc(owner, "hangup"));
	/* One region drains while the domain is saved. */
	destroy(&u, "event");
	counters(owner, 12, 4);

	save_and_restore(worker_domain(owner));

	ck_assert_int_eq(rpc(owner, "generation"), generation + 1);
	ck_assert_int_eq(rpc(owner, "restored %ld 1000", s.thing),
			 generation + 1);
	ck_assert_int_eq(rpc(owner, "restored %ld 1000", t.thing),
			 generation + 1);
	ck_assert_int_eq(rpc(owner, "restored %ld 1000", u.thing),
			 generation + 1);
	/* Each open file gets the event once. */
	fails(rpc(owner, "restored %ld 0", s.thing), ETIMEDOUT);
	/* No peer holds any entry any more. */
	must(wait_for(&u, GNTALLOC_WAIT_GONE, 3000));
	ck_assert_int_eq(rpc(owner, "told %ld 0", u.thing), 1);
	counters(owner, 8, 0);

	/* The pages are as they were, and they are shared with nobody. */
	must(check(&s, 1));
	must(check(&t, 2));
	must(fill(&s, 4));
	must(check(&m, 1));
	ck_assert_int_lt(map(&n, peer, "xengnttab", &t, READONLY, 0), 0);

	/* The region's entries are gone, and so is its notification's port. */
	destroy(&s, "event");
	ck_assert_int_eq(rpc(owner, "told %ld 1000", s.thing), 1);
	ck_assert_int_eq(must(revoke_from(&t, peer, 0, 4)), 0);
	counters(owner, 0, 0);
	no_event(peer);
	must(give_up(&m));
}
END_TEST

START_TEST(a_restored_domain_shares_anew)
{
	DECLARE_WORKERS;
	struct share s, g, m, n;

	must(share(&s, owner, "native", peer, 20, WRITABLE, 1));
	save_and_restore(worker_domain(owner));
	/*
	 * The old pages get new grefs, and new pages are shared at each level.
	 */
	must(revoke_from(&s, peer, 0, 20));
	must(grant_to(&g, &s, peer, 0, 20, WRITABLE));
	must(map(&m, peer, "xengnttab", &g, WRITABLE, 1));
	must(fill(&m, 2));
	must(check(&s, 2));
	must(share(&g, owner, "2011", peer, 100, WRITABLE, 3));
	must(map(&n, peer, "gntshare", &g, WRITABLE, 3));
	must(notify(&g, 5, GNTALLOC_2011_SEND_EVENT, channel(peer, owner)));
	destroy(&s, "event");
	ck_assert_int_eq(rpc(owner, "restored %ld 0", s.thing),
			 must(rpc(owner, "generation")));
	ck_assert_int_eq(rpc(owner, "told %ld 50", s.thing), 0);
	must(give_up(&m));
	ck_assert_int_eq(rpc(owner, "told %ld 1000", s.thing), 1);
	must(give_up(&g));
	one_event(peer);
	must(give_up(&n));
	becomes(owner, "entries", 0, 1000);
}
END_TEST

/* The owner is at its bound, so only the grants that are void make room. */
START_TEST(a_restored_domain_at_its_bound_grants_its_region_again)
{
	DECLARE_WORKERS;
	struct share s, g, m;

	must(set_limit(owner, 20));
	must(share(&s, owner, "native", peer, 20, WRITABLE, 1));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 1));
	save_and_restore(worker_domain(owner));
	/* Until then the void grants count. */
	counters(owner, 20, 0);
	must(grant_to(&g, &s, peer, 0, 20, WRITABLE));
	counters(owner, 20, 0);
	must(give_up(&m));
	must(map(&m, peer, "xengnttab", &g, WRITABLE, 1));
	must(fill(&m, 2));
	must(check(&s, 2));
	/* One grant more is too much. */
	fails(grant_to(&g, &s, peer, 0, 1, WRITABLE), EDQUOT);
	must(give_up(&m));
	must(set_limit(owner, 1024));
	destroy(&s, "quiet");
}
END_TEST

/* What the allocator has of its own, as gntshare_info() tells it. */
static void holds(const struct share *s, unsigned int pages,
		  unsigned int grants)
{
	unsigned int is_pages, is_grants, draining;

	must(rpc(s->worker, "info %ld", s->thing));
	ck_assert_int_eq(sscanf(reply(s->worker), "%*d %*u %u %u %u", &is_pages,
				&is_grants, &draining), 3);
	ck_assert_uint_eq(is_pages, pages);
	ck_assert_uint_eq(is_grants, grants);
	ck_assert_uint_eq(draining, 0);
}

/*
 * The same where the bound is that of a descriptor, which is an allocator here.
 */
START_TEST(a_restored_allocator_that_may_have_no_more_grants_again)
{
	DECLARE_WORKERS;
	struct share s, g, m;

	must(share(&s, owner, "regions", peer, 12, WRITABLE, 1));
	must(rpc(owner, "restrict %ld %u 0 -1", s.thing,
		 GNTSHARE_RESTRICT_PAGES));
	fails(grant_to(&g, &s, peer, 0, 1, WRITABLE), EDQUOT);
	save_and_restore(worker_domain(owner));
	/* The void grants count until the region is granted again. */
	holds(&s, 12, 12);
	must(grant_to(&g, &s, peer, 0, 12, WRITABLE));
	holds(&s, 12, 12);
	fails(grant_to(&g, &s, peer, 0, 1, WRITABLE), EDQUOT);
	must(revoke_from(&s, peer, 0, 12));
	holds(&s, 12, 0);
	/*
	 * When a part of the region is granted again, all its void grants are
	 * ended.
	 */
	must(grant_to(&g, &s, peer, 0, 12, WRITABLE));
	save_and_restore(worker_domain(owner));
	must(grant_to(&g, &s, peer, 3, 2, WRITABLE));
	holds(&s, 12, 2);
	must(map(&m, peer, "xengnttab", &g, WRITABLE, 0));
	must(fill(&m, 2));
	must(give_up(&m));
}
END_TEST

/* After a restore, a domain id may be the id of another domain. */
START_TEST(a_descriptor_for_certain_domains_grants_nothing_after_a_restore)
{
	DECLARE_WORKERS;
	struct share s, g;

	must(share(&s, owner, "native", peer, 4, WRITABLE, 1));
	must(rpc(owner, "only_for %ld %d", s.thing,
		 worker_domain(peer)->domid));
	must(grant_to(&g, &s, peer, 0, 4, WRITABLE));
	save_and_restore(worker_domain(owner));
	fails(grant_to(&g, &s, peer, 0, 4, WRITABLE), EPERM);
	/* A new list keeps only ids that are in the old one. */
	must(rpc(owner, "only_for %ld %d", s.thing,
		 worker_domain(peer)->domid));
	fails(grant_to(&g, &s, peer, 0, 4, WRITABLE), EPERM);
	must(check(&s, 1));
	destroy(&s, "quiet");
}
END_TEST
