// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two domains share the same memory.
 */
#include <errno.h>
#include <stdio.h>

#include "cross.h"
#include "device.h"

SUITE(.between_domus = true);

/*
 * Each side sees what the other writes. One backend shares, another one maps.
 */
static void both_write(int _i, const char *backend, const char *peers_backend,
		       size_t pages)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, backend, peer, pages, WRITABLE, 1));
	must(map(&m, peer, peers_backend, &s, WRITABLE, 1));
	must(fill(&m, 2));
	must(check(&s, 2));
	must(fill(&s, 3));
	must(check(&m, 3));
	must(give_up(&m));
	must(check(&s, 3));
	must(give_up(&s));
	becomes(owner, "entries", 0, 1000);
}

START_TEST(one_page_of_level_2010_is_written_by_both)
{
	both_write(_i, "2010", "xengnttab", 1);
}
END_TEST

START_TEST(one_page_of_level_2011_is_written_by_both)
{
	both_write(_i, "2011", "xengnttab", 1);
}
END_TEST

START_TEST(many_pages_of_level_2010_are_written_by_both)
{
	both_write(_i, "2010", "gntshare", 40);
}
END_TEST

START_TEST(many_pages_of_level_2011_are_written_by_both)
{
	both_write(_i, "2011", "gntshare", 300);
}
END_TEST

START_TEST(one_page_of_the_library_is_written_by_both)
{
	both_write(_i, "gntshare", "gntshare", 1);
}
END_TEST

START_TEST(many_pages_of_the_library_are_written_by_both)
{
	both_write(_i, "gntshare", "xengnttab", 300);
}
END_TEST

/* A peer that may only read can read, and can do no more than that. */
static void peer_only_reads(int _i, const char *backend)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, backend, peer, 4, READONLY, 1));
	fails(map(&m, peer, "xengnttab", &s, WRITABLE, 0), EINVAL);
	fails(map(&m, peer, "gntshare", &s, WRITABLE, 0), EINVAL);
	must(map(&m, peer, "xengnttab", &s, READONLY, 1));
	must(fill(&s, 2));
	must(check(&m, 2));
	fails(poke(&m, 0, 1), ECHILD);	/* SIGSEGV: the worker died */
	must(check(&s, 2));
}

START_TEST(a_read_only_page_of_level_2010_is_only_read)
{
	peer_only_reads(_i, "2010");
}
END_TEST

START_TEST(a_read_only_page_of_level_2011_is_only_read)
{
	peer_only_reads(_i, "2011");
}
END_TEST

START_TEST(a_read_only_region_of_the_library_is_only_read)
{
	peer_only_reads(_i, "gntshare");
}
END_TEST

START_TEST(a_writable_page_may_be_mapped_read_only)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "gntshare", peer, 2, WRITABLE, 1));
	must(map(&m, peer, "gntshare", &s, READONLY, 1));
	fails(poke(&m, 0, 1), ECHILD);
}
END_TEST

START_TEST(a_page_is_mapped_twice_and_is_one)
{
	DECLARE_WORKERS;
	struct worker *third = worker_start(pairs[_i].peer);
	struct share s, one, two;

	must(share(&s, owner, "2011", peer, 3, WRITABLE, 0));
	must(map(&one, peer, "xengnttab", &s, WRITABLE, 0));
	must(map(&two, third, "gntshare", &s, WRITABLE, 0));
	must(fill(&one, 1));
	must(check(&two, 1));
	must(fill(&two, 2));
	must(check(&one, 2));
	must(give_up(&one));
	must(check(&two, 2));
	must(check(&s, 2));
}
END_TEST

START_TEST(some_pages_of_a_region_are_mapped)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "gntshare", peer, 16, WRITABLE, 0));
	must(map_some(&m, peer, "gntshare", &s, WRITABLE, 5, 6));
	must(poke(&s, 5 * PAGE, 0x11));
	ck_assert_int_eq(peek(&m, 0), 0x11);
	must(poke(&m, 6 * PAGE - 1, 0x22));
	ck_assert_int_eq(peek(&s, 11 * PAGE - 1), 0x22);
	ck_assert_int_eq(peek(&s, 5 * PAGE - 1), 0);
}
END_TEST

START_TEST(a_gref_that_was_given_back_maps_no_more)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "2011", peer, 1, WRITABLE, 0));
	must(give_up(&s));
	ck_assert_int_lt(map(&m, peer, "xengnttab", &s, READONLY, 0), 0);
}
END_TEST

/* Only the peer can map the page, whatever grefs another domain tries. */
START_TEST(a_page_for_another_domain_is_not_mapped)
{
	DECLARE_WORKERS;
	struct share s, m;

	s.worker = owner;
	s.thing = must(rpc(owner, "share 2011 %d 1 1 0", 0x7000));
	s.pages = 1;
	snprintf(s.grefs, sizeof(s.grefs), "%s", reply(owner));
	ck_assert_int_lt(map(&m, peer, "xengnttab", &s, READONLY, 0), 0);
	ck_assert_int_lt(map(&m, peer, "gntshare", &s, READONLY, 0), 0);
}
END_TEST

/* These are 64 MB, by one create and one mmap. */
START_TEST(a_region_of_16384_pages_is_written_by_both)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(set_limit(owner, 20000));
	must(share(&s, owner, "gntshare", peer, 16384, WRITABLE, 1));
	must(map(&m, peer, "gntshare", &s, WRITABLE, 1));
	must(fill(&m, 2));
	must(check(&s, 2));
	counters(owner, 16384, 0);
	must(give_up(&m));
	must(give_up(&s));
	becomes(owner, "entries", 0, 2000);
}
END_TEST
