// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level in two domains: pages are granted by a call of their own.
 * Each test runs with bare system calls, and with our library's calls.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cross_native.h"

SUITE(.between_domus = true);

START_LOOP_TEST(a_region_is_written_by_both, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_BACKEND;
	struct share s, m;

	must(share(&s, owner, backend, peer, 300, WRITABLE, 1));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 1));
	must(fill(&m, 2));
	must(check(&s, 2));
	must(give_up(&m));
	must(give_up(&s));
	counters(owner, 0, 0);
}
END_TEST

/*
 * The text that the peer gets consists of two numbers, however large the region
 * is. On a kernel without consecutive grefs, it is as long as it has to be.
 */
START_LOOP_TEST(a_peer_needs_no_more_than_the_first_gref_and_a_count,
		0, BACKENDS)
{
	DECLARE_WORKERS_BY_BACKEND;
	struct share s, m;
	const unsigned int pages = 5000;
	unsigned int first, count;
	int used = 0;

	must(set_limit(owner, pages));
	must(share(&s, owner, backend, peer, pages, WRITABLE, 1));
	ck_assert_int_eq(sscanf(s.grefs, "%u+%u%n", &first, &count, &used), 2);
	ck_assert_int_eq(s.grefs[used], '\0');
	ck_assert_uint_eq(count, pages);
	must(map(&m, peer, "gntshare", &s, WRITABLE, 1));
	must(map_some(&m, peer, "xengnttab", &s, READONLY,
		      pages - 1, 1));
}
END_TEST

START_LOOP_TEST(a_part_of_a_region_is_granted, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_BACKEND;
	struct share s, g, m;

	must(share(&s, owner, backend, peer, 16, WRITABLE, 0));
	ck_assert_int_eq(must(revoke_from(&s, peer, 0, 16)), 0);
	must(grant_to(&g, &s, peer, 5, 6, WRITABLE));
	counters(owner, 6, 0);
	must(map(&m, peer, "xengnttab", &g, WRITABLE, 0));
	must(poke(&m, 0, 0x11));
	ck_assert_int_eq(peek(&s, 5 * PAGE), 0x11);
	must(poke(&s, 11 * PAGE - 1, 0x22));
	ck_assert_int_eq(peek(&m, 6 * PAGE - 1), 0x22);
}
END_TEST

START_LOOP_TEST(a_region_is_granted_again_after_a_revoke, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_BACKEND;
	struct share s, g, m;
	int i;

	must(share(&s, owner, backend, peer, 8, WRITABLE, 1));
	g = s;
	for (i = 0; i < 5; i++) {
		must(map(&m, peer, "xengnttab", &g, WRITABLE, 1));
		ck_assert_int_eq(must(revoke_from(&s, peer, 0, 8)), 8);
		must(check(&m, 1));
		must(give_up(&m));
		must(wait_for(&s, GNTALLOC_WAIT_RELEASED, 1000));
		counters(owner, 0, 0);
		must(grant_to(&g, &s, peer, 0, 8, WRITABLE));
	}
	must(map(&m, peer, "xengnttab", &g, WRITABLE, 1));
}
END_TEST

/* The peer still has the pages mapped by the old grefs. */
START_LOOP_TEST(a_region_is_granted_again_while_it_drains, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_BACKEND;
	struct share s, g, m, n;

	must(share(&s, owner, backend, peer, 8, WRITABLE, 1));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 1));
	ck_assert_int_eq(must(revoke_from(&s, peer, 0, 8)), 8);
	must(grant_to(&g, &s, peer, 0, 8, READONLY));
	counters(owner, 16, 8);
	must(map(&n, peer, "xengnttab", &g, READONLY, 1));
	must(fill(&m, 2));
	must(check(&n, 2));
	/* The second revoke counts the entries of both grants. */
	ck_assert_int_eq(must(revoke_from(&s, peer, 0, 8)), 16);
	must(give_up(&m));
	must(give_up(&n));
	must(wait_for(&s, GNTALLOC_WAIT_RELEASED, 1000));
	counters(owner, 0, 0);
	must(check(&s, 2));
}
END_TEST

START_LOOP_TEST(a_part_is_revoked_and_the_rest_stays_mapped, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_BACKEND;
	struct share s, m, n;

	must(share(&s, owner, backend, peer, 10, WRITABLE, 1));
	must(map_some(&m, peer, "xengnttab", &s, WRITABLE, 0, 5));
	must(map_some(&n, peer, "xengnttab", &s, WRITABLE, 5, 5));
	/* The peer holds the entries of pages 3, 4, 5 and 6. */
	ck_assert_int_eq(must(revoke_from(&s, peer, 3, 4)), 4);
	counters(owner, 10, 4);
	must(give_up(&m));
	becomes(owner, "draining", 2, 1000);
	counters(owner, 8, 2);
	must(give_up(&n));
	becomes(owner, "entries", 6, 1000);
	counters(owner, 6, 0);
	must(map_some(&m, peer, "xengnttab", &s, WRITABLE, 0, 3));
	must(map_some(&n, peer, "xengnttab", &s, WRITABLE, 7, 3));
	ck_assert_int_lt(map_some(&n, peer, "xengnttab", &s, WRITABLE, 3, 1),
			 0);
}
END_TEST

START_LOOP_TEST(the_notification_of_2011_works_on_a_region, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_BACKEND;
	struct share s, m;

	must(share(&s, owner, backend, peer, 2, WRITABLE, 0));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	must(blacken(&s));
	must(notify(&s, PAGE + 77, GNTALLOC_2011_CLEAR_BYTE |
		    GNTALLOC_2011_SEND_EVENT, channel(peer, owner)));
	nothing_cleared(&m);
	destroy(&s, "quiet");
	one_event(peer);
	cleared(&m, PAGE + 77);
}
END_TEST

START_TEST(a_region_drains_when_2011_deallocates_it)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "native", peer, 6, WRITABLE, 1));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 1));
	must(dealloc(&s, 0, 6));
	must(unmap(&s, 0, 6));
	is_state(&s, GNTALLOC_STATE_DRAINING, 6);
	must(give_up(&m));
	must(wait_for(&s, GNTALLOC_WAIT_GONE, 1000));
	counters(owner, 0, 0);
}
END_TEST
