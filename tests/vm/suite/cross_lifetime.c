// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens at the end of pages that a peer still maps: they drain.
 */
#include <errno.h>

#include "cross.h"

/* The owner shares @pages pages, filled with @seed, and the peer maps them. */
static void shared(struct worker *owner, struct worker *peer, struct share *s,
		   struct share *m, size_t pages, unsigned int seed)
{
	must(share(s, owner, "2011", peer, pages, WRITABLE, seed));
	must(map(m, peer, "xengnttab", s, WRITABLE, 0));
}

START_TEST(a_peers_mapping_alone_drains_nothing)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 4, 1);
	counters(owner, 4, 0);
	must(give_up(&m));
	counters(owner, 4, 0);
}
END_TEST

START_TEST(pages_mapped_here_after_their_dealloc_do_not_drain_yet)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 4, 1);
	must(dealloc(&s, 0, 4));
	counters(owner, 4, 0);
	must(fill(&s, 2));
	must(check(&m, 2));
	must(unmap(&s, 0, 4));
	counters(owner, 4, 4);
}
END_TEST

START_TEST(pages_that_a_peer_maps_drain_and_keep_their_bytes)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 4, 1);
	must(give_up(&s));
	counters(owner, 4, 4);
	must(check(&m, 1));
	must(fill(&m, 2));
	must(check(&m, 2));
}
END_TEST

START_TEST(only_the_pages_that_are_mapped_drain)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "2011", peer, 8, WRITABLE, 0));
	must(map_some(&m, peer, "xengnttab", &s, WRITABLE, 2, 3));
	must(give_up(&s));
	counters(owner, 3, 3);
	must(give_up(&m));
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(drained_pages_are_free_within_a_second_by_themselves)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 16, 1);
	must(give_up(&s));
	must(give_up(&m));
	becomes(owner, "entries", 0, 1000);
	counters(owner, 0, 0);
}
END_TEST

START_TEST(pages_that_drained_for_seconds_are_free_within_a_second)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 16, 1);
	must(give_up(&s));
	/* By then the driver looks at these entries only seldom. */
	fails(rpc(owner, "await entries 0 2000"), ETIMEDOUT);
	must(give_up(&m));
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(pages_of_level_2010_drain_too)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "2010", peer, 3, WRITABLE, 0));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	must(give_up(&s));
	counters(owner, 3, 3);
	must(give_up(&m));
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(draining_pages_count_toward_the_limit)
{
	DECLARE_WORKERS;
	struct share s, m, t;

	must(set_limit(owner, 20));
	shared(owner, peer, &s, &m, 12, 1);
	must(give_up(&s));
	fails(share(&t, owner, "2011", peer, 9, WRITABLE, 0), ENOSPC);
	must(share(&t, owner, "2011", peer, 8, WRITABLE, 0));
	fails(share(&t, owner, "2010", peer, 1, WRITABLE, 0), ENOSPC);
	counters(owner, 20, 12);
	must(give_up(&m));
	becomes(owner, "entries", 8, 1000);
	must(share(&t, owner, "2011", peer, 12, WRITABLE, 0));
}
END_TEST

/* The alloc gets them at once, however seldom the background work runs. */
START_TEST(the_next_alloc_gets_what_has_drained)
{
	DECLARE_WORKERS;
	struct share s, m, t;

	/* some more, for the region in which many grefs are passed */
	must(set_limit(owner, 310));
	shared(owner, peer, &s, &m, 300, 1);
	must(give_up(&s));
	/* Meanwhile the background work has slowed down. */
	fails(rpc(owner, "await draining 0 700"), ETIMEDOUT);
	must(give_up(&m));
	must(share(&t, owner, "2011", peer, 300, WRITABLE, 0));
	counters(owner, 300, 0);
}
END_TEST

START_TEST(a_partial_munmap_drains_exactly_its_pages)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "2011", peer, 8, WRITABLE, 1));
	must(map_some(&m, peer, "xengnttab", &s, WRITABLE, 0, 4));
	must(dealloc(&s, 0, 8));
	counters(owner, 8, 0);
	/* Then pages 2 and 3 drain, and 4 and 5 are free. */
	must(unmap(&s, 2, 4));
	counters(owner, 6, 2);
	must(check_some(&s, 0, 2, 1));
	must(check_some(&s, 6, 2, 1));
	must(check(&m, 1));
	must(give_up(&m));
	becomes(owner, "entries", 4, 1000);
	must(check_some(&s, 0, 2, 1));
	must(check_some(&s, 6, 2, 1));
}
END_TEST

START_TEST(one_page_may_drain_while_its_neighbours_are_free)
{
	DECLARE_WORKERS;
	struct share s, m[3];
	size_t i;

	must(share(&s, owner, "gntshare", peer, 5, WRITABLE, 0));
	for (i = 0; i < 3; i++)
		must(map_some(&m[i], peer, "gntshare", &s, WRITABLE, 2 * i,
			      1));
	must(give_up(&s));
	counters(owner, 3, 3);
	must(give_up(&m[1]));
	becomes(owner, "entries", 2, 1000);
	must(give_up(&m[0]));
	must(give_up(&m[2]));
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(a_page_drains_until_its_last_mapping_goes)
{
	DECLARE_WORKERS;
	struct worker *third = worker_start(pairs[_i].peer);
	struct share s, one, two;

	must(share(&s, owner, "2011", peer, 2, WRITABLE, 0));
	must(map(&one, peer, "xengnttab", &s, WRITABLE, 0));
	must(map(&two, third, "xengnttab", &s, WRITABLE, 0));
	must(give_up(&s));
	must(give_up(&one));
	fails(rpc(owner, "await draining 0 300"), ETIMEDOUT);
	counters(owner, 2, 2);
	must(give_up(&two));
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(pages_of_a_killed_owner_drain)
{
	DECLARE_WORKERS;
	struct worker *observer = worker_start(pairs[_i].owner);
	struct share s, m;

	shared(owner, peer, &s, &m, 6, 1);
	fails(rpc(owner, "die"), ECHILD);
	becomes(observer, "draining", 6, 1000);
	must(check(&m, 1));
	must(give_up(&m));
	becomes(observer, "entries", 0, 1000);
}
END_TEST

START_TEST(pages_of_a_killed_library_owner_drain)
{
	DECLARE_WORKERS;
	struct worker *observer = worker_start(pairs[_i].owner);
	struct share s, m;

	must(share(&s, owner, "gntshare", peer, 6, WRITABLE, 1));
	must(map(&m, peer, "gntshare", &s, WRITABLE, 0));
	fails(rpc(owner, "die"), ECHILD);
	becomes(observer, "draining", 6, 1000);
	must(check(&m, 1));
	must(give_up(&m));
	becomes(observer, "entries", 0, 1000);
}
END_TEST

START_TEST(pages_of_a_killed_peer_are_free_soon)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 6, 1);
	must(give_up(&s));
	counters(owner, 6, 6);
	fails(rpc(peer, "die"), ECHILD);
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(a_killed_peer_takes_nothing_from_the_owner)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 6, 1);
	fails(rpc(peer, "die"), ECHILD);
	counters(owner, 6, 0);
	must(check(&s, 1));
	must(give_up(&s));
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(draining_pages_are_not_used_for_others)
{
	DECLARE_WORKERS;
	struct share s, m, t;

	shared(owner, peer, &s, &m, 8, 1);
	must(give_up(&s));
	must(share(&t, owner, "2011", peer, 1000, WRITABLE, 2));
	must(check(&m, 1));
	must(fill(&m, 3));
	must(check(&t, 2));
}
END_TEST

START_TEST(grefs_of_draining_pages_are_not_used_for_others)
{
	DECLARE_WORKERS;
	struct share s, m, t, n;

	shared(owner, peer, &s, &m, 8, 1);
	must(give_up(&s));
	must(share(&t, owner, "2011", peer, 500, WRITABLE, 2));
	must(map(&n, peer, "xengnttab", &t, WRITABLE, 2));
	/* Until this, an old gref may be mapped again, and has the old page. */
	must(give_up(&m));
	becomes(owner, "entries", 500, 1000);
	ck_assert_int_lt(map(&m, peer, "xengnttab", &s, WRITABLE, 0), 0);
}
END_TEST

START_TEST(closing_the_library_with_live_regions_drains_them)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "gntshare", peer, 4, WRITABLE, 1));
	must(map(&m, peer, "gntshare", &s, WRITABLE, 0));
	must(close_file(&s));
	counters(owner, 4, 4);
	must(check(&m, 1));
	must(close_file(&m));
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(ten_thousand_pages_drain_within_two_seconds)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(set_limit(owner, 12000));
	must(share(&s, owner, "2011", peer, 10000, WRITABLE, 0));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	must(give_up(&s));
	counters(owner, 10000, 10000);
	must(give_up(&m));
	becomes(owner, "entries", 0, 2000);
}
END_TEST
