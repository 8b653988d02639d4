// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer writes all over the shared pages, all the time, and also into the byte
 * of a notification. The owner's calls return and do what they always do,
 * because the driver keeps nothing that it knows in a shared page.
 */
#include <errno.h>
#include <stdlib.h>

#include "cross_native.h"
#include "device.h"
#include "stress.h"

#define MS	1000
#define MOST_MS	16000	/* where no round ends in less time */
#define END_MS	2000	/* in which the pages are deallocated */
#define CLEAR	GNTALLOC_2011_CLEAR_BYTE
#define EVENT	GNTALLOC_2011_SEND_EVENT

static void scribbles(struct worker *peer, const struct share *m, long ms)
{
	rpc_send(peer, "scribble %ld %ld %llu", m->thing, ms * slowness(),
		 (unsigned long long)stress_seed("scribble"));
}

/* The peer has written all the time until now. */
static void has_scribbled(struct worker *peer)
{
	ck_assert(!rpc_has_reply(peer));
	must(rpc_receive(peer));
}

/* The pages of one file, which the peer maps. An event arrives at @port. */
struct scene {
	struct worker *owner, *peer;
	const struct share *share;
	long port;
};

/* Makes all calls but those that end the pages, of which there are @more. */
static void owner_goes_round(const struct scene *c, int more)
{
	const struct share *s = c->share;
	struct share t;

	must(notify(s, 100, CLEAR, 0));
	must(notify(s, PAGE, CLEAR | EVENT, c->port));
	must(notify(s, 100, 0, 0));
	must(notify(s, PAGE, 0, 0));
	fails(notify(s, 200, 4, 0), EINVAL);
	must(share(&t, c->owner, "2011", c->peer, 20, WRITABLE, 7));
	counters(c->owner, more + 20, 0);
	must(check(&t, 7));
	must(give_up(&t));
	counters(c->owner, more, 0);
}

static void old_round(const struct scene *c)
{
	owner_goes_round(c, 8);
}

static void native_round(const struct scene *c)
{
	struct share g;

	must(grant_to(&g, c->share, c->owner, 0, 4, READONLY));
	owner_goes_round(c, 12);
	is_state(c->share, GNTALLOC_STATE_LIVE, 0);
	ck_assert_int_eq(revoke_from(c->share, c->owner, 0, 4), 0);
	fails(wait_for(c->share, GNTALLOC_WAIT_GONE, 5), ETIMEDOUT);
}

/* At least one round has to end while the peer is still writing. */
static void while_it_scribbles(const struct scene *c, const struct share *m,
			       void (*round)(const struct scene *c))
{
	int rounds = 0;
	long ms;

	for (ms = MS; !rounds && ms <= MOST_MS; ms *= 4) {
		scribbles(c->peer, m, ms);
		for (;; rounds++) {
			round(c);
			if (rpc_has_reply(c->peer))
				break;
		}
		must(rpc_receive(c->peer));
	}
	ck_assert_int_gt(rounds, 0);
}

static void is_scribbled_over(int _i, const char *backend)
{
	DECLARE_WORKERS;
	long port = channel(peer, owner);
	struct share s, m;
	struct scene c = { owner, peer, &s, port };

	must(share(&s, owner, backend, peer, 8, WRITABLE, 0));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	while_it_scribbles(&c, &m, old_round);
	no_event(peer);

	/* Now the pages are deallocated while the peer writes to them. */
	scribbles(peer, &m, END_MS);
	must(notify(&s, 3 * PAGE - 1, CLEAR | EVENT, port));
	must(unmap(&s, 0, 8));
	must(close_file(&s));
	counters(owner, 8, 8);
	has_scribbled(peer);
	one_event(peer);
	must(give_up(&m));
	becomes(owner, "entries", 0, 1000);
}

START_TEST(a_peer_that_scribbles_changes_no_call_of_level_2011)
{
	is_scribbled_over(_i, "2011");
}
END_TEST

START_TEST(a_peer_that_scribbles_changes_no_call_of_level_2010)
{
	is_scribbled_over(_i, "2010");
}
END_TEST

START_TEST(a_peer_that_scribbles_changes_no_native_call)
{
	DECLARE_WORKERS;
	long port = channel(peer, owner);
	struct share s, m;
	struct scene c = { owner, peer, &s, port };

	must(share(&s, owner, "native", peer, 8, WRITABLE, 0));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	while_it_scribbles(&c, &m, native_round);

	scribbles(peer, &m, END_MS);
	ck_assert_int_eq(revoke_from(&s, peer, 0, 8), 8);
	is_state(&s, GNTALLOC_STATE_LIVE, 8);
	destroy(&s, "event");
	is_state(&s, GNTALLOC_STATE_DRAINING, 8);
	has_scribbled(peer);
	must(give_up(&m));
	must(wait_for(&s, GNTALLOC_WAIT_GONE, 3000));
	ck_assert_int_eq(rpc(owner, "told %ld 0", s.thing), 1);
	becomes(owner, "entries", 0, 1000);
}
END_TEST
