// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that a program has already is shared with a peer: its own memory, and
 * a memfd of another process.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cross_native.h"
#include "device.h"

SUITE(.between_domus = true, .timeout = 300);

/* Most tests run with the first two, some with dma-bufs, too. */
static const char *const kinds[] = {
	"memory", "memfd", "vgem", "heap", "udmabuf"
};

#define KINDS	5

/* The owner shares @kind, and the peer maps it as @m. */
#define shared(s, m, pages)						\
	ck_assert(share_existing(owner, peer, kind, s, m, pages))

/* What a dma-buf consists of is pinned by its own driver. */
static long pinned(const char *kind, long pages)
{
	return strcmp(kind, "memory") && strcmp(kind, "memfd") ? 0 : pages;
}

START_LOOP_TEST(a_peer_writes_into_the_programs_memory, 0, KINDS)
{
	DECLARE_WORKERS_BY_KIND(kinds);
	struct share s, m, n;

	if (!share_existing(owner, peer, kind, &s, &m, 300))
		return;
	must(map_some(&n, peer, "gntshare", &s, WRITABLE, 7, 5));
	must(fill(&m, 2));
	must(check(&s, 2));
	must(fill(&s, 3));
	must(check(&m, 3));
	must(poke(&n, PAGE, 9));
	ck_assert_int_eq(peek(&s, 8 * PAGE), 9);
	must(give_up(&m));
	must(give_up(&n));
	must(give_up(&s));
	becomes(owner, "entries", 0, 1000);
	ck_assert_int_eq(rpc(owner, "pinned"), 0);
}
END_TEST

START_LOOP_TEST(read_only_memory_cannot_be_written_by_the_peer, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_KIND(kinds);
	struct share s, m, g;

	must(share(&s, owner, kind, peer, 4, READONLY, 1));
	fails(map(&m, peer, "gntshare", &s, WRITABLE, 0), EINVAL);
	must(map(&m, peer, "gntshare", &s, READONLY, 1));
	/* The owner writes nevertheless, and the peer sees it. */
	must(fill(&s, 2));
	must(check(&m, 2));
	fails(grant_to(&g, &s, peer, 0, 4, WRITABLE), EACCES);
	fails(poke(&m, 0, 1), ECHILD);	/* SIGSEGV: the worker died */
	must(check(&s, 2));
}
END_TEST

START_LOOP_TEST(memory_is_revoked_and_reused, 0, KINDS)
{
	DECLARE_WORKERS_BY_KIND(kinds);
	struct share s, g, m;

	if (!share_existing(owner, peer, kind, &s, &m, 8))
		return;
	ck_assert_int_eq(revoke_from(&s, peer, 0, 8), 8);
	fails(wait_for(&s, GNTALLOC_WAIT_RELEASED, 50), ETIMEDOUT);
	must(give_up(&m));
	must(wait_for(&s, GNTALLOC_WAIT_RELEASED, 1000));
	fails(map(&m, peer, "xengnttab", &s, WRITABLE, 0), EINVAL);
	must(check(&s, 1));
	must(grant_to(&g, &s, peer, 2, 4, READONLY));
	must(map(&m, peer, "xengnttab", &g, READONLY, 0));
	must(poke(&s, 2 * PAGE, 77));
	ck_assert_int_eq(peek(&m, 0), 77);
	ck_assert_int_eq(rpc(owner, "pinned"), pinned(kind, 8));
}
END_TEST

/*
 * The program loses the memory in each way, and gives the region up. The peer
 * goes on to write to what it has. Nothing of that is seen in what the program
 * has at the same place, or in any other memory.
 */
static void lose(int _i, const char *of_memory, const char *of_memfd)
{
	DECLARE_WORKERS_BY_KIND(kinds);
	const char *how = _i < PAIRS ? of_memory : of_memfd;
	struct share s, m;

	shared(&s, &m, 600);
	must(rpc(owner, "lose %ld %s", s.thing, how));
	must(fill(&s, 2));
	must(check(&m, 1));
	must(rpc(owner, "busy 24"));
	must(fill(&m, 3));
	must(check(&s, 2));
	must(rpc(owner, "idle"));

	/* The region is destroyed, and the peer still holds its pages. */
	must(close_file(&s));
	counters(owner, 600, 600);
	ck_assert_int_eq(rpc(owner, "pinned"), 600);
	must(rpc(owner, "busy 24"));
	must(check(&m, 3));
	must(fill(&m, 4));
	must(check(&s, 2));
	must(rpc(owner, "idle"));
	must(give_up(&m));
	becomes(owner, "draining", 0, 1000);
	ck_assert_int_eq(rpc(owner, "pinned"), 0);
}

START_LOOP_TEST(no_write_of_the_peer_lands_in_memory_of_others, 0, BACKENDS)
{
	lose(_i, "dontneed", "truncate");
}
END_TEST

START_LOOP_TEST(no_write_of_the_peer_lands_in_what_is_there_now, 0, BACKENDS)
{
	lose(_i, "remap", "punch");
}
END_TEST

/* To compact all memory of a domain may take long. */
static void stir(struct worker *owner, const struct share *s)
{
	rpc_send(owner, "stirs %ld", s->thing);
	ck_assert_int_gt(rpc_receive_within(owner, 60000 * patience()), 0);
}

START_LOOP_TEST(memory_stays_at_its_place_while_it_is_shared, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_KIND(kinds);
	struct share s, m;

	must(share(&s, owner, kind, peer, 600, WRITABLE, 0));
	/* Many pages are alike. */
	must(blacken(&s));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	stir(owner, &s);
	must(fill(&s, 1));
	must(check(&m, 1));
	must(rpc(owner, "busy 24"));
	stir(owner, &s);
	must(fill(&m, 2));
	must(check(&s, 2));
	must(rpc(owner, "idle"));
}
END_TEST

START_LOOP_TEST(after_fork_the_parent_keeps_the_pages, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_KIND(kinds);
	struct share s, m;

	shared(&s, &m, 20);
	must(rpc(owner, "forks %ld", s.thing));
	/* What the child has written to a memfd is for all. */
	must(fill(&s, 2));
	must(check(&m, 2));
	must(fill(&m, 3));
	must(check(&s, 3));
}
END_TEST

START_LOOP_TEST(after_fork_the_parent_keeps_read_only_memory, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_KIND(kinds);
	struct share s, m;

	must(share(&s, owner, kind, peer, 20, READONLY, 1));
	must(map(&m, peer, "xengnttab", &s, READONLY, 1));
	must(rpc(owner, "forks %ld", s.thing));
	must(fill(&s, 2));
	must(check(&m, 2));
}
END_TEST

START_LOOP_TEST(memory_of_a_killed_program_stays_the_peers_until_it_lets_go,
		0, KINDS)
{
	DECLARE_WORKERS_BY_KIND(kinds);
	struct worker *other = worker_start(pairs[_i % PAIRS].owner);
	struct share s, m, t;

	if (!share_existing(owner, peer, kind, &s, &m, 40))
		return;
	fails(rpc(owner, "die"), ECHILD);
	becomes(other, "draining", 40, 1000);
	must(rpc(other, "busy 24"));
	must(share(&t, other, kind, peer, 100, WRITABLE, 2));
	must(check(&m, 1));
	must(fill(&m, 3));
	must(check(&t, 2));
	must(rpc(other, "idle"));
	must(give_up(&m));
	becomes(other, "draining", 0, 1000);
}
END_TEST

START_LOOP_TEST(memory_is_pinned_until_no_peer_holds_it, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_KIND(kinds);
	struct share s, g, m, n;

	must(share(&s, owner, kind, peer, 10, WRITABLE, 1));
	must(grant_to(&g, &s, peer, 5, 5, READONLY));
	must(map_some(&m, peer, "xengnttab", &s, WRITABLE, 4, 3));
	must(map(&n, peer, "xengnttab", &g, READONLY, 0));
	must(rpc(owner, "destroy %ld quiet", s.thing));
	counters(owner, 8, 8);
	/* Two of the six pages have two entries. */
	ck_assert_int_eq(rpc(owner, "pinned"), 6);
	must(give_up(&m));
	becomes(owner, "draining", 5, 1000);
	ck_assert_int_eq(rpc(owner, "pinned"), 5);
	must(give_up(&n));
	becomes(owner, "draining", 0, 1000);
	ck_assert_int_eq(rpc(owner, "pinned"), 0);
	must(check(&s, 1));
}
END_TEST

START_LOOP_TEST(the_module_unloads_while_a_peer_holds_memory, 0, BACKENDS)
{
	DECLARE_WORKERS_BY_KIND(kinds);
	struct share s, m;

	shared(&s, &m, 20);
	must(close_file(&s));
	counters(owner, 20, 20);
	must(rpc(owner, "unload"));
	ck_assert_int_eq(rpc(owner, "pinned"), 0);
	must(rpc(owner, "lose %ld %s", s.thing,
		 _i < PAIRS ? "dontneed" : "truncate"));
	stay_over_a_load(owner, peer, kind, &m);
}
END_TEST

START_TEST(memory_of_another_domain_is_eremote)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "2011", peer, 3, WRITABLE, 1));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 1));
	fails(rpc(peer, "region_of %ld 0", m.thing), EREMOTE);
	fails(rpc(peer, "region_of %ld 1", m.thing), EREMOTE);
	must(check(&m, 1));
	ck_assert_int_eq(rpc(peer, "pinned"), 0);
}
END_TEST

/*
 * 1920 x 1080 pixels of 32 bit, in which each frame is drawn where it lies.
 * Domains draw, not dom0: each pair takes a minute.
 */
START_TEST_IF(a_peer_sees_each_frame_that_is_drawn_into_a_memfd, owner_is_domu)
{
	const size_t pages = 1920 * 1080 * 4 / PAGE;
	DECLARE_WORKERS;
	unsigned int frame;
	struct share s, m;

	must(set_limit(owner, 4096));
	must(share(&s, owner, "memfd", peer, pages, READONLY, 0));
	must(map(&m, peer, "gntshare", &s, READONLY, 0));
	for (frame = 1; frame <= 60; frame++) {
		must(fill(&s, frame));
		must(check(&m, frame));
	}
	must(give_up(&m));
	must(give_up(&s));
	must(set_limit(owner, 1024));
}
END_TEST
