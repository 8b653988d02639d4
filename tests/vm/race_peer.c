// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer that is a whole domain maps pages, writes all over them, maps them
 * again, lets few of them go, and is destroyed in the midst of it. All that the
 * owner has shared with it comes back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cross.h"
#include "device.h"
#include "native.h"
#include "race.h"
#include "riot.h"
#include "xl.h"

#define DESTROYS	4	/* unless it is told otherwise; of each owner */
#define PAGES		10
#define SHARES		3
#define MAPPED_MS	10000
#define BACK_MS		10000
#define TIMEOUT		1800

static const char *const ways[SHARES] = { "2011", "native", "2010" };

static long share_with(struct share *s, struct actor *owner, const char *way,
		       int domid)
{
	long ret = ask(owner, "share %s %d %d 1 0", way, domid, PAGES);

	s->actor = owner;
	s->thing = ret;
	s->pages = PAGES;
	return ret;
}

/* One way or the other: where a row is found depends on all that is free. */
static void await_mapped(const struct share *s)
{
	long end = now_ms() + MAPPED_MS;
	int i = 0;

	/* it writes to what it has mapped */
	while (must(ask(s[i].actor, "zeros %ld", s[i].thing)) ==
	       PAGES * (long)PAGE) {
		ck_assert_msg(now_ms() < end, "the peer maps nothing");
		i = !i;		/* of 2011, native */
		sleep_ms(10);
	}
}

static void release_all(const struct share *s, int from, int to)
{
	for (; from < to; from++)
		must(release(&s[from]));
}

/* Before the end of the peer, after it, and some of both. */
static void destroy_once(struct actor *owner, int number)
{
	struct share s[SHARES];
	int i, early = number % (SHARES + 1);
	int domid;

	/* where it has to guess: no matter for whom */
	must(ask(owner, "around %d", NOBODY));
	domid = race_create_peer(actor_domain(owner), said(owner));
	for (i = 0; i < SHARES; i++)
		must(share_with(&s[i], owner, ways[i], domid));
	await_mapped(s);
	usleep((unsigned int)rand() % 5000);
	release_all(s, 0, early);
	/* what it has mapped of them drains, and nothing else */
	becomes(owner, "pages", (SHARES - early) * PAGES, 0);
	race_destroy_peer();
	release_all(s, early, SHARES);
	becomes(owner, "grants", 0, BACK_MS);
	counters(owner, 0, 0);
}

START_TEST(a_destroyed_peer_takes_nothing_with_it)
{
	struct actor *owner = actor_start(race_domain(_i));
	long i, destroys = riot_amount("RACE_DESTROYS", DESTROYS);
	int64_t start = now_us();
	long free = must(ask(owner, "entries"));

	srand((unsigned int)riot_seed("destroys"));
	for (i = 0; i < destroys; i++)
		destroy_once(owner, (int)i);
	ck_assert_int_ge(must(ask(owner, "entries")), free);
	fprintf(stderr, "figure: %ld peers of %s destroyed in %lld ms\n",
		destroys, actor_domain(owner)->name,
		(long long)(now_us() - start) / 1000);
}
END_TEST

void race_peer(TCase *tc)
{
	tcase_set_timeout(tc, TIMEOUT);
	tcase_add_loop_test(tc, a_destroyed_peer_takes_nothing_with_it, 0,
			    RACE_DOMAINS);
}
