// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything at once, in all domains, for as long as $SOAK_MINUTES says: random
 * calls, owners that are killed, modules that are unloaded and loaded, bounds
 * that change, the fuzzer, peers that map what they can guess and write all
 * over it, peers that are destroyed, domains that are saved. After each phase
 * nothing is left anywhere, and at the end each grant table is as it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cross.h"
#include "device.h"
#include "domain_save.h"
#include "peer_domain.h"
#include "stress.h"

#define MINUTES		10
#define PHASE_MS	6000
#define ANSWER_MS	180000
#define BACK_MS		10000
#define KILLS		40
#define CYCLES		8
#define FUZZ_CALLS	2000
#define THREADS		3
#define HELD		32
#define HELD_CYCLES	2	/* the kernel keeps each for a while */
#define ENTRIES_MS	300000

SUITE(.timeout = (int)stress_amount("SOAK_MINUTES", MINUTES) * 60 + 900);

/* What an owner does in a phase. */
enum job { STRESS, KILL, CYCLE, FUZZ, JOBS };

/* What the other worker of its domain does. */
enum side { ATTACK, BOUNDS, IDLE };

static struct {
	struct worker *owner;
	struct worker *peer;
	enum job job;
	enum side side;
	long entries;
} workers[ALL_DOMAINS];

static struct {
	long phases, done[JOBS], mapped, destroyed, saved;
} sum;

static struct stressor dice;

static uint32_t any(uint32_t below)
{
	return stress_any(&dice, below);
}

static const struct domain *domain(int number)
{
	return nth_domain(number);
}

/*
 * The fuzzer knows what each call has to return, so nobody else may use its
 * device.
 */
static void choose(int shift)
{
	int i;

	for (i = 0; i < ALL_DOMAINS; i++)
		workers[i].job = any(8) ? any(3) : FUZZ;
	for (i = 0; i < ALL_DOMAINS; i++) {
		enum job here = workers[i].job;
		enum job there = workers[(i + shift) % ALL_DOMAINS].job;

		if ((here == STRESS || here == KILL) && !any(4))
			workers[i].side = BOUNDS;
		else
			workers[i].side = there == FUZZ ? IDLE : ATTACK;
	}
}

static void start_owner(int number, int peer)
{
	struct worker *a = workers[number].owner;
	unsigned long long seed = dice.state >> 20;

	switch (workers[number].job) {
	case STRESS:
		rpc_send(a, "stress %d %llu %d %d", PHASE_MS, seed, peer,
			 THREADS);
		break;
	case KILL:
		rpc_send(a, "kills %d %llu %d", KILLS, seed, peer);
		break;
	case CYCLE:
		rpc_send(a, "cycles %d %llu %d", CYCLES, seed, peer);
		break;
	default:
		rpc_send(a, "fuzz %llu %d", seed, FUZZ_CALLS);
	}
}

static void start_peer(int number, int owner, const char *grefs)
{
	struct worker *a = workers[number].peer;
	unsigned long long seed = dice.state >> 20;

	if (workers[number].side == ATTACK)
		rpc_send(a, "attack %d %llu %d %d %s", PHASE_MS, seed,
			 domain(owner)->domid,
			 workers[owner].job == CYCLE ? HELD_CYCLES : HELD,
			 grefs);
	else if (workers[number].side == BOUNDS)
		rpc_send(a, "bounds %d %llu", PHASE_MS, seed);
}

static void receive_all(void)
{
	int i;

	for (i = 0; i < ALL_DOMAINS; i++) {
		long ret = rpc_receive_within(workers[i].owner, ANSWER_MS);

		ck_assert_msg(ret >= 0, "phase %ld, %s, job %d: %s %s",
			      sum.phases, domain(i)->name, workers[i].job,
			      strerror((int)-ret), reply(workers[i].owner));
		sum.done[workers[i].job] += workers[i].job == CYCLE ? CYCLES :
					  workers[i].job == FUZZ ? FUZZ_CALLS :
					  ret;
	}
	for (i = 0; i < ALL_DOMAINS; i++) {
		long ret;

		if (workers[i].side == IDLE)
			continue;
		ret = must(rpc_receive_within(workers[i].peer, ANSWER_MS));
		if (workers[i].side == ATTACK)
			sum.mapped += ret;
	}
	for (i = 0; i < ALL_DOMAINS; i++) {
		becomes(workers[i].owner, "grants", 0, BACK_MS);
		becomes(workers[i].owner, "pages", 0, 0);
		must(set_limit(workers[i].owner, 1024));
	}
}

/*
 * The peer of an owner is in the domain @i, from which the owner is attacked.
 */
static void phase(void)
{
	int shift = 1 + (int)any(ALL_DOMAINS - 1);
	int victim = (int)any(2 * ALL_DOMAINS);
	int i, doomed = -1;

	choose(shift);
	/* before one of them changes a bound that holds for another one, too */
	for (i = 0; i < ALL_DOMAINS; i++)
		must(rpc(workers[i].owner, "around %d", NOBODY));
	for (i = 0; i < ALL_DOMAINS; i++) {
		int owner = (i + shift) % ALL_DOMAINS;
		struct worker *a = workers[owner].owner;
		int peer = domain(i)->domid;

		/*
		 * another peer, a domain that is destroyed before the phase
		 * ends
		 */
		if (owner == victim && workers[owner].job != FUZZ) {
			doomed = peer_domain_create(domain(owner), reply(a));
			peer = doomed;
		}
		start_peer(i, owner, reply(a));
		start_owner(owner, peer);
	}
	if (doomed >= 0) {
		usleep(any(PHASE_MS * 1000));
		peer_domain_destroy();
		sum.destroyed++;
	}
	receive_all();
	sum.phases++;
}

static void all_entries_are_back(int number)
{
	long end = now_ms() + ENTRIES_MS, free;

	while ((free = must(rpc(workers[number].owner, "entries"))) <
	       workers[number].entries) {
		ck_assert_msg(now_ms() < end, "%s misses %ld entries",
			      domain(number)->name,
			      workers[number].entries - free);
		sleep_ms(1000);
	}
}

START_TEST(random_load_in_all_domains_leaves_no_page_and_no_entry)
{
	uint64_t seed = stress_seed("soak");
	long end = now_ms() + stress_amount("SOAK_MINUTES", MINUTES) * 60000;
	int i;

	stress_join(&dice, NULL, seed, 0);
	for (i = 0; i < ALL_DOMAINS; i++) {
		workers[i].owner = worker_start(domain(i));
		workers[i].peer = worker_start(domain(i));
		workers[i].entries = must(rpc(workers[i].owner, "entries"));
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
		(unsigned long long)seed, sum.phases, sum.done[STRESS],
		sum.done[KILL], sum.done[CYCLE], sum.done[FUZZ], sum.mapped,
		sum.destroyed, sum.saved);
	ck_assert_int_gt(sum.mapped, 0);
	for (i = 0; i < ALL_DOMAINS; i++)
		all_entries_are_back(i);
}
END_TEST
