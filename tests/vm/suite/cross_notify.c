// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Notification: the peer sees that a byte is cleared, and it gets an event.
 */
#include <errno.h>

#include <gntshare/gntalloc.h>

#include "cross.h"
#include "device.h"

#define CLEAR	GNTALLOC_2011_CLEAR_BYTE
#define EVENT	GNTALLOC_2011_SEND_EVENT

#define MARK	100	/* the offset of the byte */

/* Two pages that contain no zero. */
static void pages(struct share *s, struct share *m, struct worker *owner,
		  struct worker *peer, const char *backend,
		  const char *peers_backend)
{
	must(share(s, owner, backend, peer, 2, WRITABLE, 0));
	must(blacken(s));
	must(map(m, peer, peers_backend, s, WRITABLE, 0));
}

static void clears_a_byte(int _i, const char *backend,
			  const char *peers_backend)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, backend, peers_backend);
	must(notify(&s, MARK, CLEAR, 0));
	nothing_cleared(&m);
	must(give_up(&s));
	cleared(&m, MARK);
}

START_TEST(a_byte_of_a_level_2010_page_is_cleared)
{
	clears_a_byte(_i, "2010", "xengnttab");
}
END_TEST

START_TEST(a_byte_of_a_level_2011_page_is_cleared)
{
	clears_a_byte(_i, "2011", "xengnttab");
}
END_TEST

START_TEST(a_byte_of_a_region_is_cleared)
{
	clears_a_byte(_i, "gntshare", "gntshare");
}
END_TEST

START_TEST(a_byte_of_a_later_page_is_cleared)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "gntshare", "gntshare");
	must(notify(&s, 2 * PAGE - 1, CLEAR, 0));
	must(give_up(&s));
	cleared(&m, 2 * PAGE - 1);
}
END_TEST

static void sends_an_event(int _i, const char *backend)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, backend, "xengnttab");
	must(notify(&s, MARK, EVENT, channel(peer, owner)));
	no_event(peer);
	must(give_up(&s));
	one_event(peer);
	nothing_cleared(&m);
}

START_TEST(an_event_is_sent_once)
{
	sends_an_event(_i, "2011");
}
END_TEST

START_TEST(an_event_of_a_region_is_sent_once)
{
	sends_an_event(_i, "gntshare");
}
END_TEST

START_TEST(a_byte_is_cleared_and_an_event_is_sent)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, MARK, CLEAR | EVENT, channel(peer, owner)));
	must(give_up(&s));
	one_event(peer);
	cleared(&m, MARK);
}
END_TEST

START_TEST(a_later_notification_replaces_an_earlier_one)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, MARK, CLEAR | EVENT, channel(peer, owner)));
	must(notify(&s, MARK + 7, CLEAR, 0));
	must(give_up(&s));
	no_event(peer);
	cleared(&m, MARK + 7);
}
END_TEST

START_TEST(an_event_is_moved_to_another_port)
{
	DECLARE_WORKERS;
	struct worker *third = worker_start(pairs[_i].peer);
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, 0, EVENT, channel(peer, owner)));
	must(notify(&s, 0, EVENT, channel(third, owner)));
	must(give_up(&s));
	one_event(third);
	no_event(peer);
}
END_TEST

START_TEST(action_zero_takes_a_notification_back)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, MARK, CLEAR | EVENT, channel(peer, owner)));
	must(notify(&s, MARK, 0, 0));
	must(give_up(&s));
	no_event(peer);
	nothing_cleared(&m);
}
END_TEST

START_TEST(a_notification_that_is_refused_replaces_nothing)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, MARK, CLEAR | EVENT, channel(peer, owner)));
	fails(notify(&s, MARK + 1, CLEAR | EVENT, 100000), EINVAL);
	fails(notify(&s, MARK + 1, CLEAR | 4, 0), EINVAL);
	must(give_up(&s));
	one_event(peer);
	cleared(&m, MARK);
}
END_TEST

START_TEST(a_dealloc_of_a_mapped_page_does_not_notify_yet)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, MARK, CLEAR | EVENT, channel(peer, owner)));
	must(dealloc(&s, 0, 2));
	no_event(peer);
	nothing_cleared(&m);
	must(unmap(&s, 0, 1));
	one_event(peer);
	cleared(&m, MARK);
}
END_TEST

START_TEST(a_munmap_of_an_allocated_page_does_not_notify_yet)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, MARK, CLEAR | EVENT, channel(peer, owner)));
	must(unmap(&s, 0, 2));
	no_event(peer);
	nothing_cleared(&m);
	must(dealloc(&s, 0, 1));
	one_event(peer);
	cleared(&m, MARK);
}
END_TEST

START_TEST(a_close_notifies)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, MARK, CLEAR | EVENT, channel(peer, owner)));
	must(unmap(&s, 0, 2));
	must(close_file(&s));
	one_event(peer);
	cleared(&m, MARK);
}
END_TEST

START_TEST(a_close_of_a_mapped_page_does_not_notify_yet)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, MARK, CLEAR | EVENT, channel(peer, owner)));
	must(close_file(&s));
	no_event(peer);
	nothing_cleared(&m);
	must(unmap(&s, 0, 2));
	one_event(peer);
	cleared(&m, MARK);
}
END_TEST

START_TEST(each_page_notifies_for_itself)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, MARK, CLEAR | EVENT, channel(peer, owner)));
	must(notify(&s, PAGE + MARK, CLEAR, 0));
	must(unmap(&s, 0, 2));
	must(dealloc(&s, 1, 1));
	no_event(peer);
	cleared(&m, PAGE + MARK);
	must(blacken(&m));
	must(dealloc(&s, 0, 1));
	one_event(peer);
	cleared(&m, MARK);
}
END_TEST

START_TEST(the_death_of_its_owner_notifies)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, MARK, CLEAR | EVENT, channel(peer, owner)));
	fails(rpc(owner, "die"), ECHILD);
	one_event(peer);
	cleared(&m, MARK);
}
END_TEST

START_TEST(the_death_of_a_regions_owner_notifies)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "gntshare", "gntshare");
	must(notify(&s, MARK, CLEAR | EVENT, channel(peer, owner)));
	fails(rpc(owner, "die"), ECHILD);
	one_event(peer);
	cleared(&m, MARK);
}
END_TEST

START_TEST(an_event_is_sent_though_its_port_was_given_up)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "2011", "xengnttab");
	must(notify(&s, MARK, EVENT, channel(peer, owner)));
	must(rpc(owner, "hangup"));
	must(give_up(&s));
	one_event(peer);
}
END_TEST

START_TEST(the_end_of_a_peers_mapping_notifies_the_owner)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "gntshare", "gntshare");
	must(notify(&m, MARK, CLEAR | EVENT, channel(owner, peer)));
	no_event(owner);
	nothing_cleared(&s);
	must(give_up(&m));
	one_event(owner);
	cleared(&s, MARK);
}
END_TEST

START_TEST(the_death_of_a_peer_notifies_the_owner)
{
	DECLARE_WORKERS;
	struct share s, m;

	pages(&s, &m, owner, peer, "gntshare", "gntshare");
	must(notify(&m, PAGE + MARK, CLEAR | EVENT, channel(owner, peer)));
	fails(rpc(peer, "die"), ECHILD);
	one_event(owner);
	cleared(&s, PAGE + MARK);
}
END_TEST
