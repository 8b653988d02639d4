// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An owner is killed at any moment: in the midst of any call, with its pages
 * mapped here, and by a peer that guesses grefs and lets nothing go. Whatever it
 * was doing, all that it had is free, or waits for that peer.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cross.h"
#include "device.h"
#include "stress.h"

#define KILLS		30	/* unless it is told otherwise */
#define KILL_MS		40	/* that one takes, about: an attack is no longer */
#define TRIES		20	/* until the peer has mapped a page */
#define HELD		32	/* pages that the peer maps at a time */
#define TIMEOUT		900

SUITE(.timeout = TIMEOUT);

START_TEST(killed_owners_leave_what_an_attacking_peer_maps)
{
	DECLARE_WORKERS;
	long kills = stress_amount("RACE_KILLS", KILLS), mapped = 0;
	unsigned long long seed = stress_seed("kills under attack");
	long free = must(rpc(owner, "entries")), killed = 0;

	/* On a busy machine all guesses may come too late: that tells nothing. */
	while (killed < kills || (!mapped && killed < TRIES * kills)) {
		/* so few that the owner answers in time */
		long some = kills < 60 ? kills : 60;

		must(rpc(owner, "around %d", worker_domain(peer)->domid));
		rpc_send(peer, "attack %ld %llu %d %d %s", some * KILL_MS,
			 seed + killed, worker_domain(owner)->domid, HELD,
			 reply(owner));
		ck_assert_msg(rpc(owner, "kills %ld %llu %d", some,
				  seed + killed,
				  worker_domain(peer)->domid) == some,
			      "%s", reply(owner));
		mapped += must(rpc_receive(peer));
		killed += some;
	}
	fprintf(stderr, "figure: %ld owners killed, %ld pages mapped\n",
		killed, mapped);
	ck_assert_int_gt(mapped, 0);
	becomes(owner, "grants", 0, 3000);
	/* or more: what an unloaded module has left to the kernel comes back */
	ck_assert_int_ge(must(rpc(owner, "entries")), free);
}
END_TEST
