// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module is loaded and unloaded many times, while a peer maps what it can
 * guess. It still maps some pages when the module is unloaded. No grant entry
 * is lost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cross.h"
#include "device.h"
#include "stress.h"

#define CYCLES		20	/* if $RACE_CYCLES is not set */
#define CYCLE_MS	200	/* for one cycle, roughly */
#define TRIES		20	/* until a page that the peer maps drains */
#define HELD		4	/* pages that the peer maps at once */
#define TIMEOUT		1800

SUITE(.timeout = TIMEOUT);

/*
 * The kernel has a list of entries that drain, of which it looks at ten each
 * second.
 */
static void all_entries_are_back(struct worker *owner, long free, long lent)
{
	long end = now_ms() + 5000 + lent * 200;

	while (must(rpc(owner, "entries")) < free) {
		ck_assert_msg(now_ms() < end, "%ld entries are missing",
			      free - rpc(owner, "entries"));
		sleep_ms(500);
	}
}

START_TEST(a_module_loaded_many_times_while_a_peer_maps_loses_no_entry)
{
	DECLARE_WORKERS;
	long cycles = stress_amount("RACE_CYCLES", CYCLES) / 4;
	unsigned long long seed = stress_seed("cycles under attack");
	long free = must(rpc(owner, "entries"));
	long drained = 0, done = 0, ret;

	/*
	 * On a busy machine, all guesses may come too late, and show nothing.
	 */
	while (done < cycles || (!drained && done < TRIES * cycles)) {
		long some = cycles < 15 ? cycles : 15;

		must(rpc(owner, "around %d", worker_domain(peer)->domid));
		rpc_send(peer, "attack %ld %llu %d %d %s", some * CYCLE_MS,
			 seed + done, worker_domain(owner)->domid, HELD,
			 reply(owner));
		ret = rpc(owner, "cycles %ld %llu %d", some, seed + done,
			  worker_domain(peer)->domid);
		ck_assert_msg(ret >= 0, "%s", reply(owner));
		drained += ret;
		must(rpc_receive(peer));
		done += some;
	}
	fprintf(stderr, "figure: %ld unloads, %ld with draining pages\n", done,
		drained);
	ck_assert_int_gt(drained, 0);
	all_entries_are_back(owner, free, drained * HELD);
}
END_TEST
