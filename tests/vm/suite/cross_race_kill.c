// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An owner is killed at any moment: during any call, while its pages are mapped
 * in its own domain and by a peer that guesses grefs and releases nothing.
 * Whatever it was doing, all that it had is free, or drains until that peer
 * releases it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cross.h"
#include "device.h"
#include "stress.h"

#define KILLS		30	/* if $RACE_KILLS is not set */
#define KILL_MS		40	/* roughly for one; limits the attack */
#define TRIES		20	/* until the peer has mapped a page */
#define HELD		32	/* pages that the peer maps at once */
#define TIMEOUT		900

SUITE(.timeout = TIMEOUT);

START_TEST(killed_owners_leave_what_an_attacking_peer_maps)
{
	DECLARE_WORKERS;
	long kills = stress_amount("RACE_KILLS", KILLS), mapped = 0;
	unsigned long long seed = stress_seed("kills under attack");
	long free = must(rpc(owner, "entries")), killed = 0;

	/*
	 * On a busy machine, all guesses may come too late, and show nothing.
	 */
	while (killed < kills || (!mapped && killed < TRIES * kills)) {
		/* So few at a time that the owner replies in time. */
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
	becomes(owner, "entries", 0, 3000);
	/*
	 * There may be more than before, since the kernel frees what an
	 * unloaded module has left to it.
	 */
	ck_assert_int_ge(must(rpc(owner, "entries")), free);
}
END_TEST
