// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens to the entries that a peer holds when their grant should end.
 * Xen's rule is that an entry in use keeps all its rights until the last
 * mapping of its page is gone. An entry that is not in use ends at once.
 */
#include <errno.h>
#include <stdio.h>

#include "cross_native.h"

#define PAGES	4

/*
 * The peer has mapped the pages read-only, by a grant that allows it to write.
 */
static void held(struct worker *owner, struct worker *peer, const char *backend,
		 struct share *s, struct share *m)
{
	must(share(s, owner, backend, peer, PAGES, WRITABLE, 1));
	must(map(m, peer, "xengnttab", s, READONLY, 1));
}

/*
 * The peer maps the pages once more, writable, and releases the first mapping.
 */
static void maps_again(struct worker *peer, const struct share *s,
		       struct share *m)
{
	struct share again;

	must(map(&again, peer, "xengnttab", s, WRITABLE, 0));
	must(give_up(m));
	must(fill(&again, 2));
	*m = again;
}

static void maps_no_more(struct worker *peer, const struct share *s)
{
	struct share m;

	ck_assert_int_lt(map(&m, peer, "xengnttab", s, WRITABLE, 0), 0);
	ck_assert_int_lt(map(&m, peer, "gntshare", s, READONLY, 0), 0);
}

START_TEST(a_peer_maps_again_what_it_holds_until_it_lets_go)
{
	DECLARE_WORKERS;
	struct share s, m;

	held(owner, peer, "native", &s, &m);
	ck_assert_int_eq(must(revoke_from(&s, peer, 0, PAGES)), PAGES);
	fails(wait_for(&s, GNTALLOC_WAIT_RELEASED, 1500), ETIMEDOUT);
	maps_again(peer, &s, &m);
	/* The owner sees what the peer writes. */
	must(check(&s, 2));
	fails(wait_for(&s, GNTALLOC_WAIT_RELEASED, 100), ETIMEDOUT);
	maps_again(peer, &s, &m);
	must(give_up(&m));
	/* From now on the owner can use the pages again. */
	must(wait_for(&s, GNTALLOC_WAIT_RELEASED, 3000));
	maps_no_more(peer, &s);
	must(fill(&s, 3));
	destroy(&s, "quiet");
	counters(owner, 0, 0);
}
END_TEST

START_TEST(a_peer_maps_again_what_it_holds_of_a_destroyed_region)
{
	DECLARE_WORKERS;
	struct share s, m;

	held(owner, peer, "native", &s, &m);
	destroy(&s, "event");
	counters(owner, PAGES, PAGES);
	maps_again(peer, &s, &m);
	must(check(&m, 2));
	fails(wait_for(&s, GNTALLOC_WAIT_GONE, 100), ETIMEDOUT);
	must(give_up(&m));
	must(wait_for(&s, GNTALLOC_WAIT_GONE, 3000));
	maps_no_more(peer, &s);
}
END_TEST

START_TEST(a_peer_maps_again_what_it_holds_of_deallocated_pages)
{
	DECLARE_WORKERS;
	struct share s, m;

	held(owner, peer, "2011", &s, &m);
	must(give_up(&s));
	counters(owner, PAGES, PAGES);
	maps_again(peer, &s, &m);
	must(check(&m, 2));
	must(give_up(&m));
	becomes(owner, "entries", 0, 1000);
	maps_no_more(peer, &s);
}
END_TEST

START_TEST(a_peer_cannot_map_revoked_pages_that_it_does_not_hold)
{
	DECLARE_WORKERS;
	struct share s, m;

	held(owner, peer, "native", &s, &m);
	must(give_up(&m));
	ck_assert_int_eq(must(revoke_from(&s, peer, 0, PAGES)), 0);
	maps_no_more(peer, &s);
	/* Nor can a peer that has never mapped the pages. */
	must(share(&s, owner, "native", peer, PAGES, WRITABLE, 1));
	destroy(&s, "quiet");
	maps_no_more(peer, &s);
	must(share(&s, owner, "2011", peer, PAGES, WRITABLE, 1));
	must(give_up(&s));
	maps_no_more(peer, &s);
	counters(owner, 0, 0);
}
END_TEST

/*
 * There is no entry that should have ended, so the wait is over at once: nobody
 * can ask Xen whether a live entry is in use.
 */
START_TEST(a_wait_without_a_revoke_is_over_while_the_peer_writes)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "native", peer, PAGES, WRITABLE, 1));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 1));
	must(wait_for(&s, GNTALLOC_WAIT_RELEASED, 3000));
	must(fill(&m, 2));
	must(check(&s, 2));
	is_state(&s, GNTALLOC_STATE_LIVE, 0);
}
END_TEST

#define MANY	4096

START_TEST(an_alloc_at_the_limit_gets_all_pages_that_its_peer_released)
{
	DECLARE_WORKERS;
	struct share s, m;

	/*
	 * some more, for the pages in which many grefs are passed to the peer
	 */
	must(set_limit(owner, MANY + 16));
	must(share(&s, owner, "2011", peer, MANY, WRITABLE, 0));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	must(give_up(&s));
	counters(owner, MANY, MANY);
	/* Until then the driver has become slow in looking at these entries. */
	sleep_ms(3000);
	must(give_up(&m));
	must(share(&s, owner, "2011", peer, MANY, WRITABLE, 0));
	must(give_up(&s));
}
END_TEST

#define HELD		25000	/* of a domU's memory */
#define ROUNDS		60

/*
 * The pages that the peer holds are a great part of the domain's memory, and a
 * round takes more than what is left. This is not tested in dom0, which has
 * more memory than a peer could hold.
 */
START_TEST_IF(an_alloc_takes_pages_that_a_peer_released_before_it_is_enomem,
	      owner_is_domu)
{
	DECLARE_WORKERS;
	const int domid = worker_domain(peer)->domid;
	struct share s, m;
	long held, left;

	held = must(rpc(owner, "available")) / 5 * 3;
	if (held > HELD)
		held = HELD;
	must(set_limit(owner, 0x7fffffff));
	must(share(&s, owner, "2011", peer, (size_t)held, WRITABLE, 0));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	must(give_up(&s));
	counters(owner, held, held);
	left = must(rpc(owner, "available"));
	fprintf(stderr, "figure: %s: the peer holds %ld pages, %ld are left\n",
		worker_domain(owner)->name, held, left);
	/* While the peer holds its pages, a round needs too much memory. */
	fails(rpc(owner, "rounds 1 %ld %d", left + held / 10, domid), ENOMEM);
	/* Until then the driver has become slow in looking at these pages. */
	sleep_ms(3000);
	must(give_up(&m));
	ck_assert_msg(!rpc(owner, "rounds %d %ld %d", ROUNDS, left + held / 10,
			   domid), "%s", reply(owner));
	becomes(owner, "entries", 0, 5000);
}
END_TEST

/* All grefs of a list are granted but the last one. */
static void maps_nothing_with_a_bad_gref(struct worker *owner,
					 struct worker *peer,
					const char *backend)
{
	struct share s, bad, m;

	must(share(&s, owner, "2011", peer, 99, WRITABLE, 0));
	bad = s;
	bad.pages++;
	strcat(bad.grefs, ",7+1");
	fails(map(&m, peer, backend, &bad, WRITABLE, 0), EINVAL);
	fails(map(&m, peer, backend, &bad, READONLY, 0), EINVAL);
	/* No page by one of the good grefs has stayed mapped. */
	must(give_up(&s));
	counters(owner, 0, 0);
}

START_TEST(one_bad_gref_of_many_maps_nothing)
{
	DECLARE_WORKERS;

	maps_nothing_with_a_bad_gref(owner, peer, "gntshare");
	maps_nothing_with_a_bad_gref(owner, peer, "xengnttab");
	maps_nothing_with_a_bad_gref(owner, peer, "gntdev");
}
END_TEST

/*
 * For a caller that has to know which gref was bad: a failed mapping does not
 * tell it, a failed copy does.
 */
START_TEST(a_copy_of_a_byte_tells_which_gref_is_bad)
{
	DECLARE_WORKERS;
	struct share s;
	const int domid = worker_domain(owner)->domid;

	must(share(&s, owner, "2011", peer, 99, WRITABLE, 0));
	fails(rpc(peer, "refused %d %s", domid, s.grefs), ENOENT);
	strcat(s.grefs, ",7+1");
	ck_assert_int_eq(rpc(peer, "refused %d %s", domid, s.grefs), 99);
	/*
	 * GNTST_bad_gntref, or the status for an entry that another domain may
	 * use
	 */
	fprintf(stderr, "figure: %s->%s: Xen's status of a bad gref is %s\n",
		worker_domain(owner)->name, worker_domain(peer)->name,
		reply(peer));
	ck_assert_int_lt(strtol(reply(peer), NULL, 10), 0);
}
END_TEST
