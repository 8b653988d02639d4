// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything at once, in all domains, for as long as $SOAK_MINUTES says: calls
 * at random, owners that are killed, modules that come and go, bounds that
 * change, the fuzzer, peers that map what they can guess and write all over it,
 * peers that are destroyed, domains that are saved. After each phase nothing is
 * left anywhere, and at the end each grant table is as it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cross.h"
#include "device.h"
#include "race.h"
#include "riot.h"
#include "save.h"

#define MINUTES		10
#define PHASE_MS	6000
#define ANSWER_MS	180000
#define BACK_MS		10000
#define KILLS		40
#define CYCLES		8
#define FUZZ_CALLS	2000
#define THREADS		3
#define HELD		32
#define HELD_CYCLES	2	/* each stays with the kernel for a while */
#define ENTRIES_MS	300000

/* What an owner does in a phase. */
enum play { RIOT, KILL, CYCLE, FUZZ, PLAYS };

/* What its domain's other actor does. */
enum side { ATTACK, BOUNDS, IDLE };

static struct {
	struct actor *owner;
	struct actor *peer;
	enum play play;
	enum side side;
	long entries;
} cast[RACE_DOMAINS];

static struct {
	long phases, done[PLAYS], mapped, destroyed, saved;
} sum;

static struct rioter dice;

static uint32_t any(uint32_t below)
{
	return riot_any(&dice, below);
}

static const struct domain *domain(int number)
{
	return race_domain(number);
}

/* Nobody else may use a device whose fuzzer knows what is to come. */
static void choose(int shift)
{
	int i;

	for (i = 0; i < RACE_DOMAINS; i++)
		cast[i].play = any(8) ? any(3) : FUZZ;
	for (i = 0; i < RACE_DOMAINS; i++) {
		enum play here = cast[i].play;
		enum play there = cast[(i + shift) % RACE_DOMAINS].play;

		if ((here == RIOT || here == KILL) && !any(4))
			cast[i].side = BOUNDS;
		else
			cast[i].side = there == FUZZ ? IDLE : ATTACK;
	}
}

static void start_owner(int number, int peer)
{
	struct actor *a = cast[number].owner;
	unsigned long long seed = dice.state >> 20;

	switch (cast[number].play) {
	case RIOT:
		tell(a, "riot %d %llu %d %d", PHASE_MS, seed, peer, THREADS);
		break;
	case KILL:
		tell(a, "kills %d %llu %d", KILLS, seed, peer);
		break;
	case CYCLE:
		tell(a, "cycles %d %llu %d", CYCLES, seed, peer);
		break;
	default:
		tell(a, "fuzz %llu %d", seed, FUZZ_CALLS);
	}
}

static void start_peer(int number, int owner, const char *grefs)
{
	struct actor *a = cast[number].peer;
	unsigned long long seed = dice.state >> 20;

	if (cast[number].side == ATTACK)
		tell(a, "attack %d %llu %d %d %s", PHASE_MS, seed,
		     domain(owner)->domid,
		     cast[owner].play == CYCLE ? HELD_CYCLES : HELD, grefs);
	else if (cast[number].side == BOUNDS)
		tell(a, "bounds %d %llu", PHASE_MS, seed);
}

static void hear_all(void)
{
	int i;

	for (i = 0; i < RACE_DOMAINS; i++) {
		long ret = hear_within(cast[i].owner, ANSWER_MS);

		ck_assert_msg(ret >= 0, "phase %ld, %s, play %d: %s %s",
			      sum.phases, domain(i)->name, cast[i].play,
			      strerror((int)-ret), said(cast[i].owner));
		sum.done[cast[i].play] += cast[i].play == CYCLE ? CYCLES :
					  cast[i].play == FUZZ ? FUZZ_CALLS :
					  ret;
	}
	for (i = 0; i < RACE_DOMAINS; i++) {
		long ret;

		if (cast[i].side == IDLE)
			continue;
		ret = must(hear_within(cast[i].peer, ANSWER_MS));
		if (cast[i].side == ATTACK)
			sum.mapped += ret;
	}
	for (i = 0; i < RACE_DOMAINS; i++) {
		becomes(cast[i].owner, "grants", 0, BACK_MS);
		becomes(cast[i].owner, "pages", 0, 0);
		must(set_limit(cast[i].owner, 1024));
	}
}

/* The peer of domain i's owner is in the domain that attacks it. */
static void phase(void)
{
	int shift = 1 + (int)any(RACE_DOMAINS - 1);
	int victim = (int)any(2 * RACE_DOMAINS);
	int i, doomed = -1;

	choose(shift);
	/* before the first of them changes a bound that is another's, too */
	for (i = 0; i < RACE_DOMAINS; i++)
		must(ask(cast[i].owner, "around %d", NOBODY));
	for (i = 0; i < RACE_DOMAINS; i++) {
		int owner = (i + shift) % RACE_DOMAINS;
		struct actor *a = cast[owner].owner;
		int peer = domain(i)->domid;

		/* another peer, that does not outlive the phase */
		if (owner == victim && cast[owner].play != FUZZ) {
			doomed = race_create_peer(domain(owner), said(a));
			peer = doomed;
		}
		start_peer(i, owner, said(a));
		start_owner(owner, peer);
	}
	if (doomed >= 0) {
		usleep(any(PHASE_MS * 1000));
		race_destroy_peer();
		sum.destroyed++;
	}
	hear_all();
	sum.phases++;
}

static void all_entries_are_back(int number)
{
	long end = now_ms() + ENTRIES_MS, free;

	while ((free = must(ask(cast[number].owner, "entries"))) <
	       cast[number].entries) {
		ck_assert_msg(now_ms() < end, "%s misses %ld entries",
			      domain(number)->name,
			      cast[number].entries - free);
		sleep_ms(1000);
	}
}

START_TEST(everything_at_once_leaves_nothing)
{
	uint64_t seed = riot_seed("soak");
	long end = now_ms() + riot_amount("SOAK_MINUTES", MINUTES) * 60000;
	int i;

	riot_join(&dice, NULL, seed, 0);
	for (i = 0; i < RACE_DOMAINS; i++) {
		cast[i].owner = actor_start(domain(i));
		cast[i].peer = actor_start(domain(i));
		cast[i].entries = must(ask(cast[i].owner, "entries"));
	}
	while (now_ms() < end) {
		phase();
		if (!any(10)) {
			save_and_restore(domain(1 + (int)any(2)));
			sum.saved++;
		}
	}
	fprintf(stderr, "figure: soak, seed %llu: %ld phases, %ld calls, "
		"%ld kills, %ld loads, %ld fuzzed calls, %ld pages mapped, "
		"%ld peers destroyed, %ld domains saved\n",
		(unsigned long long)seed, sum.phases, sum.done[RIOT],
		sum.done[KILL], sum.done[CYCLE], sum.done[FUZZ], sum.mapped,
		sum.destroyed, sum.saved);
	ck_assert_int_gt(sum.mapped, 0);
	for (i = 0; i < RACE_DOMAINS; i++)
		all_entries_are_back(i);
}
END_TEST

void soak(TCase *tc)
{
	tcase_set_timeout(tc, (double)riot_amount("SOAK_MINUTES", MINUTES) * 60 +
			  900);
	tcase_add_test(tc, everything_at_once_leaves_nothing);
}
