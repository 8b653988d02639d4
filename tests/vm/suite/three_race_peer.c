// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer that is a whole domain maps pages, writes all over them, maps them
 * again, releases few of them, and is destroyed while it does so. All that the
 * owner has shared with it is free afterwards.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cross.h"
#include "device.h"
#include "native.h"
#include "peer_domain.h"
#include "stress.h"
#include "xl.h"

#define DESTROYS	4	/* per owner, if $RACE_DESTROYS is not set */
#define PAGES		10
#define SHARES		4
#define MAPPED_MS	10000
#define BACK_MS		10000
#define TIMEOUT		1800

/* For arm64, this kind of peer does not exist. */
SUITE(.timeout = TIMEOUT, .not_on_arm64 = true);

/* Memory of the owner's own is pinned as long as the peer may write to it. */
static const char *const backends[SHARES] = {
	"2011", "native", "memory", "2010"
};

static long share_with(struct share *s, struct worker *owner,
		       const char *backend, int domid)
{
	long ret = rpc(owner, "share %s %d %d 1 0", backend, domid, PAGES);

	s->worker = owner;
	s->thing = ret;
	s->pages = PAGES;
	return ret;
}

/*
 * Waits until the peer has mapped pages of either of two levels. Where the
 * driver finds a row depends on all entries that are free.
 */
static void await_mapped(const struct share *s)
{
	long end = now_ms() + MAPPED_MS;
	int i = 0;

	/* The peer writes to what it has mapped. */
	while (must(rpc(s[i].worker, "zeros %ld", s[i].thing)) ==
	       PAGES * (long)PAGE) {
		ck_assert_msg(now_ms() < end, "the peer maps nothing");
		i = !i;		/* levels 2011 and native */
		sleep_ms(10);
	}
}

static void give_up_all(const struct share *s, int from, int to)
{
	for (; from < to; from++)
		must(give_up(&s[from]));
}

/*
 * @number decides how much is given up before the end of the peer: nothing,
 * some or all of it. The rest is given up after it.
 */
static void destroy_once(struct worker *owner, int number)
{
	struct share s[SHARES];
	int i, early = number % (SHARES + 1);
	int domid;

	/*
	 * the grefs around which the peer has to guess, whoever they are
	 * granted to
	 */
	must(rpc(owner, "around %d", NOBODY));
	domid = peer_domain_create(worker_domain(owner), reply(owner));
	for (i = 0; i < SHARES; i++)
		must(share_with(&s[i], owner, backends[i], domid));
	await_mapped(s);
	usleep((unsigned int)rand() % 5000);
	give_up_all(s, 0, early);
	/* Only the entries that the peer has mapped drain. */
	becomes(owner, "pages", (SHARES - early) * PAGES, 0);
	peer_domain_destroy();
	give_up_all(s, early, SHARES);
	becomes(owner, "entries", 0, BACK_MS);
	ck_assert_int_eq(rpc(owner, "pinned"), 0);
	counters(owner, 0, 0);
}

START_LOOP_TEST(a_destroyed_peer_takes_nothing_with_it, 0, ALL_DOMAINS)
{
	struct worker *owner = worker_start(nth_domain(_i));
	long i, destroys = stress_amount("RACE_DESTROYS", DESTROYS);
	int64_t start = now_us();
	long free = must(rpc(owner, "entries"));

	srand((unsigned int)stress_seed("destroys"));
	for (i = 0; i < destroys; i++)
		destroy_once(owner, (int)i);
	ck_assert_int_ge(must(rpc(owner, "entries")), free);
	fprintf(stderr, "figure: %ld peers of %s destroyed in %lld ms\n",
		destroys, worker_domain(owner)->name,
		(long long)(now_us() - start) / 1000);
}
END_TEST
