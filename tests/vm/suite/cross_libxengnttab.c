// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Xen's libxengnttab, unmodified, used with the module: its gntshr calls share,
 * and its gnttab calls map.
 */
#include <errno.h>
#include <stdio.h>

#include "cross.h"
#include "device.h"

SUITE(.between_domus = true);

static void both_write(int _i, const char *peers_backend, size_t pages)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "xengntshr", peer, pages, WRITABLE, 1));
	must(map(&m, peer, peers_backend, &s, WRITABLE, 1));
	must(fill(&m, 2));
	must(check(&s, 2));
	must(give_up(&s));
	counters(owner, (long)pages, (long)pages);
	must(check(&m, 2));
	must(give_up(&m));
	becomes(owner, "entries", 0, 1000);
}

START_TEST(share_pages_shares_one_page)
{
	both_write(_i, "xengnttab", 1);
}
END_TEST

START_TEST(share_pages_shares_many_pages)
{
	both_write(_i, "xengnttab", 100);
}
END_TEST

START_TEST(our_library_maps_what_it_shares)
{
	both_write(_i, "gntshare", 100);
}
END_TEST

START_TEST(share_pages_read_only_lets_the_peer_only_read)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "xengntshr", peer, 3, READONLY, 1));
	fails(map(&m, peer, "xengnttab", &s, WRITABLE, 0), EINVAL);
	must(map(&m, peer, "xengnttab", &s, READONLY, 1));
}
END_TEST

START_TEST(share_page_notify_notifies_the_peer)
{
	DECLARE_WORKERS;
	struct share s, m;

	s.thing = must(rpc(owner, "xengntshr_notify %d 100 %ld",
			   worker_domain(peer)->domid, channel(peer, owner)));
	s.worker = owner;
	s.pages = 1;
	snprintf(s.grefs, sizeof(s.grefs), "%s", reply(owner));
	must(blacken(&s));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	no_event(peer);
	must(give_up(&s));
	one_event(peer);
	cleared(&m, 100);
}
END_TEST

START_TEST(map_grant_ref_notify_notifies_the_owner)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "gntshare", peer, 1, WRITABLE, 0));
	must(blacken(&s));
	m.thing = must(rpc(peer, "xengnttab_notify %d 100 %ld %s",
			   worker_domain(owner)->domid, channel(owner, peer),
			   s.grefs));
	m.worker = peer;
	m.pages = 1;
	must(give_up(&m));
	one_event(owner);
	cleared(&s, 100);
}
END_TEST
