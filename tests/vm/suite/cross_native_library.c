// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level through our library, in two domains: draining and how a
 * program learns of it, views, the rights that a descriptor gives up, and what
 * the driver tells about itself. Further tests are in cross_native_share.c and
 * three_native_peers.c, which run by the library, too.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <gntshare.h>

#include "cross_native.h"

SUITE(.between_domus = true);

/* The owner shares a region, and the peer maps it. */
static void shared(struct worker *owner, struct worker *peer, struct share *s,
		   struct share *m, size_t pages)
{
	must(share(s, owner, "regions", peer, pages, WRITABLE, 1));
	must(map(m, peer, "gntshare", s, WRITABLE, 1));
}

/* The pages that another command of the owner's worker has just made. */
static struct share made(struct share *of, long thing, size_t pages)
{
	struct share s = {
		.worker = of->worker, .thing = thing, .pages = pages
	};

	snprintf(s.grefs, sizeof(s.grefs), "%s", reply(of->worker));
	return s;
}

static struct share beside(struct share *s, struct worker *peer, size_t pages)
{
	return made(s, must(rpc(s->worker, "beside %ld %zu %d 1", s->thing,
				pages, worker_domain(peer)->domid)), pages);
}

static struct share view_of(struct share *s, size_t pages)
{
	return made(s, must(rpc(s->worker, "view %ld %zu", s->thing, pages)),
		    pages);
}

START_TEST(a_released_region_drains_until_the_peer_lets_go)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 5);
	is_state(&s, GNTSHARE_STATE_LIVE, 0);
	must(rpc(owner, "destroy %ld quiet", s.thing));
	is_state(&s, GNTSHARE_STATE_DRAINING, 5);
	fails(wait_for(&s, GNTSHARE_WAIT_GONE, 50), ETIMEDOUT);
	ck_assert_int_eq(atoi(reply(owner)), GNTSHARE_STATE_DRAINING);
	must(fill(&m, 2));
	rpc_send(owner, "wait %ld %u -1 5000", s.thing, GNTSHARE_WAIT_GONE);
	sleep_ms(50);
	must(give_up(&m));
	must(rpc_receive(owner));
	is_state(&s, GNTSHARE_STATE_GONE, 0);
	counters(owner, 0, 0);
}
END_TEST

START_TEST(a_wait_for_one_peer_is_not_for_another)
{
	DECLARE_WORKERS;
	const int nobody = 0x7000;
	struct share s, m;

	shared(owner, peer, &s, &m, 3);
	ck_assert_int_eq(must(revoke_from(&s, peer, 0, 3)), 3);
	must(rpc(owner, "wait %ld %u %d 0", s.thing, GNTSHARE_WAIT_RELEASED,
		 nobody));
	fails(rpc(owner, "wait %ld %u %d 50", s.thing,
		  GNTSHARE_WAIT_RELEASED, worker_domain(peer)->domid),
	      ETIMEDOUT);
	rpc_send(owner, "wait %ld %u %d 5000", s.thing, GNTSHARE_WAIT_RELEASED,
		 worker_domain(peer)->domid);
	must(give_up(&m));
	must(rpc_receive(owner));
	is_state(&s, GNTSHARE_STATE_LIVE, 0);
	must(check(&s, 1));
}
END_TEST

START_TEST(a_read_of_events_that_waits_returns_when_a_region_is_gone)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 2);
	must(rpc(owner, "destroy %ld event", s.thing));
	ck_assert_int_eq(rpc(owner, "told %ld 100", s.thing), 0);
	rpc_send(owner, "read_event %ld", s.thing);
	sleep_ms(100);
	must(give_up(&m));
	ck_assert_int_eq(rpc_receive(owner), GNTSHARE_EVENT_GONE);
	ck_assert_int_eq(rpc(owner, "told %ld 0", s.thing), 0);
}
END_TEST

START_TEST(the_library_has_an_eventfd_signalled)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 2);
	must(rpc(owner, "destroy %ld eventfd", s.thing));
	ck_assert_int_eq(rpc(owner, "signalled %ld 100", s.thing), 0);
	must(give_up(&m));
	ck_assert_int_eq(rpc(owner, "signalled %ld 2000", s.thing), 1);
}
END_TEST

START_TEST(an_eventfd_is_signalled_though_the_allocator_was_closed)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 2);
	must(rpc(owner, "destroy %ld eventfd", s.thing));
	must(close_file(&s));
	counters(owner, 2, 2);
	must(give_up(&m));
	ck_assert_int_eq(rpc(owner, "signalled %ld 2000", s.thing), 1);
}
END_TEST

START_TEST(a_view_shows_two_regions_as_one)
{
	DECLARE_WORKERS;
	struct share s, t, v, m, n;

	shared(owner, peer, &s, &m, 4);
	t = beside(&s, peer, 3);
	must(map(&n, peer, "gntshare", &t, WRITABLE, 0));
	v = view_of(&s, 7);
	must(check_some(&v, 0, 4, 1));
	must(fill(&v, 2));
	must(check(&m, 2));
	must(poke(&m, 4 * PAGE - 1, 0x11));
	must(poke(&n, 0, 0x22));
	must(poke(&n, 3 * PAGE - 1, 0x33));
	ck_assert_int_eq(peek(&v, 4 * PAGE - 1), 0x11);
	ck_assert_int_eq(peek(&v, 4 * PAGE), 0x22);
	ck_assert_int_eq(peek(&v, 7 * PAGE - 1), 0x33);
	ck_assert_int_eq(peek(&t, 0), 0x22);
}
END_TEST

START_TEST(a_view_keeps_a_destroyed_region_with_its_peer)
{
	DECLARE_WORKERS;
	struct share s, t, v, m;

	shared(owner, peer, &s, &m, 4);
	t = beside(&s, peer, 1);
	v = view_of(&s, 5);
	must(rpc(owner, "destroy %ld event", s.thing));
	is_state(&s, GNTSHARE_STATE_LIVE, 0);
	must(fill(&v, 3));
	must(check(&m, 3));
	must(give_up(&v));
	is_state(&s, GNTSHARE_STATE_DRAINING, 4);
	/* The other region is still live. */
	is_state(&t, GNTSHARE_STATE_LIVE, 0);
	must(give_up(&m));
	ck_assert_int_eq(rpc(owner, "told %ld 2000", s.thing), 1);
	counters(owner, 1, 0);
}
END_TEST

START_TEST(a_view_over_a_gap_is_enoent)
{
	DECLARE_WORKERS;
	struct share s, m;

	shared(owner, peer, &s, &m, 4);
	fails(rpc(owner, "view %ld 5", s.thing), ENOENT);
	fails(rpc(owner, "view %ld 0", s.thing), EINVAL);
	must(rpc(owner, "view %ld 4", s.thing));
}
END_TEST

START_TEST(a_restricted_allocator_does_what_is_left)
{
	DECLARE_WORKERS;
	struct share s, g, m;
	int other = worker_domain(peer)->domid + 100;

	shared(owner, peer, &s, &m, 4);
	must(rpc(owner, "restrict %ld %u 3 %d", s.thing,
		 GNTSHARE_RESTRICT_PAGES | GNTSHARE_RESTRICT_DOMIDS,
		 worker_domain(peer)->domid));
	fails(rpc(owner, "grant %ld 0 1 %d 0", s.thing, other), EPERM);
	fails(rpc(owner, "region %ld 4", s.thing), EDQUOT);
	must(rpc(owner, "region %ld 3", s.thing));
	fails(rpc(owner, "region %ld 1", s.thing), EDQUOT);
	fails(grant_to(&g, &s, peer, 0, 4, READONLY), EDQUOT);
	must(give_up(&m));
	must(grant_to(&g, &s, peer, 0, 3, READONLY));
	must(map(&m, peer, "gntshare", &g, READONLY, 1));
	/* From now on, the descriptor can create and grant nothing any more. */
	must(rpc(owner, "restrict %ld %u 0 -1", s.thing,
		 GNTSHARE_RESTRICT_NO_CREATE));
	fails(rpc(owner, "region %ld 1", s.thing), EPERM);
	fails(grant_to(&g, &s, peer, 0, 1, READONLY), EPERM);
	/* The revoke ends the entries that the peer has released, too. */
	ck_assert_int_eq(must(revoke_from(&s, peer, 0, 4)), 3);
	must(check(&m, 1));
}
END_TEST

/* The numbers are: generation, limit, pages, grants, draining. */
static void info_is(struct share *s, unsigned int pages, unsigned int grants,
		    unsigned int draining)
{
	unsigned int limit, is[3];
	long long generation;

	ck_assert_int_eq(rpc(s->worker, "info %ld", s->thing),
			 GNTSHARE_FEATURE_NATIVE |
			 GNTSHARE_FEATURE_CONSECUTIVE |
			 GNTSHARE_FEATURE_GENERATION |
			 GNTSHARE_FEATURE_MEMORY |
			 GNTSHARE_FEATURE_DMABUF);
	ck_assert_int_eq(sscanf(reply(s->worker), "%lld %u %u %u %u",
				&generation, &limit, &is[0], &is[1], &is[2]),
			 5);
	ck_assert_uint_eq(limit, 1234);
	ck_assert_uint_eq(is[0], pages);
	ck_assert_uint_eq(is[1], grants);
	ck_assert_uint_eq(is[2], draining);
	ck_assert_int_eq(rpc(s->worker, "generation"), generation);
}

START_TEST(the_library_tells_what_is_held)
{
	DECLARE_WORKERS;
	struct share s, t, g, m;

	must(set_limit(owner, 1234));
	shared(owner, peer, &s, &m, 4);
	t = beside(&s, peer, 3);
	info_is(&s, 7, 7, 0);
	must(grant_to(&g, &s, peer, 1, 2, READONLY));
	info_is(&s, 7, 9, 0);
	must(rpc(owner, "destroy %ld event", t.thing));
	info_is(&s, 4, 6, 0);
	/* The peer has mapped four of the six entries, so two end at once. */
	ck_assert_int_eq(must(revoke_from(&s, peer, 0, 4)), 4);
	info_is(&s, 4, 4, 4);
	must(give_up(&m));
	must(wait_for(&s, GNTSHARE_WAIT_RELEASED, 2000));
	info_is(&s, 4, 0, 0);
}
END_TEST
