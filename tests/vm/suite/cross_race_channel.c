// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Channels of which one side is killed at any moment, or writes what it likes to the
 * shared page all the time. The other side ends them, and goes on.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cross.h"
#include "stress.h"

#define COME_MS		20000
#define NAME		"race"
#define KILLS		10	/* of either side, if $RACE_KILLS is not set */
#define ROUNDS		20	/* of a hostile client, if $RACE_ROUNDS is not set */
#define WRITES		1000	/* in a round */
#define TIMEOUT		900
#define LONG_MS		(TIMEOUT * 1000)

SUITE(.timeout = TIMEOUT);

static int id(struct worker *a)
{
	return worker_domain(a)->domid;
}

static void listens(struct worker *server, struct worker *client)
{
	must(rpc(server, "chan_listen " NAME " 4096 4096 %d", id(client)));
}

START_TEST(killed_clients_end_their_channels)
{
	DECLARE_WORKERS;
	long kills = stress_amount("RACE_KILLS", KILLS);

	listens(owner, peer);
	rpc_send(peer, "chan_dying_callers %d " NAME " %ld %llu", id(owner),
		 kills, (unsigned long long)stress_seed("killed clients"));
	rpc_send(owner, "chan_victim %ld %d", kills, COME_MS);
	ck_assert_int_eq(rpc_receive_within(owner, LONG_MS), kills);
	/* They have broken no rule, at whatever moment they died. */
	ck_assert_int_eq(atol(reply(owner)), 0);
	ck_assert_int_eq(rpc_receive(peer), kills);
	must(rpc(owner, "chan_unlisten"));
	becomes(owner, "entries", 0, 2000);
}
END_TEST

START_TEST(killed_servers_end_their_channels)
{
	DECLARE_WORKERS;
	long kills = stress_amount("RACE_KILLS", KILLS), heard;

	rpc_send(owner, "chan_dying_servers %d " NAME " %ld %llu", id(peer),
		 kills, (unsigned long long)stress_seed("killed servers"));
	rpc_send(peer, "chan_caller %d " NAME, id(owner));
	/* Some may be killed before they write; the last one is not killed. */
	heard = rpc_receive_within(peer, LONG_MS);
	ck_assert_int_ge(heard, 1);
	ck_assert_int_le(heard, kills + 1);
	ck_assert_int_eq(rpc_receive(owner), kills);
	becomes(owner, "entries", 0, 2000);
}
END_TEST

START_TEST(a_hostile_client_ends_its_own_channels_only)
{
	DECLARE_WORKERS;
	struct worker *second = worker_start(pairs[_i].peer);
	long rounds = stress_amount("RACE_ROUNDS", ROUNDS);
	long other, here;
	char path[96];

	snprintf(path, sizeof(path), "/local/domain/%d/data/gntchan/" NAME "/%d",
		 id(owner), id(peer));
	listens(owner, peer);
	other = must(rpc(second, "chan_connect %d " NAME " %d", id(owner),
			 COME_MS));
	here = must(rpc(owner, "chan_accept %d", COME_MS));
	rpc_send(peer, "chan_scribbler %d %s %ld %d %llu", id(owner), path,
		 rounds, WRITES, (unsigned long long)stress_seed("channel"));
	rpc_send(owner, "chan_victim %ld %d", rounds, COME_MS);
	ck_assert_int_eq(rpc_receive_within(owner, LONG_MS), rounds);
	ck_assert_int_gt(atol(reply(owner)), 0);
	fprintf(stderr, "figure: %s of %ld hostile clients ended by EPROTO\n",
		reply(owner), rounds);
	ck_assert_int_eq(rpc_receive(peer), rounds * WRITES);
	/* A channel of another program of that domain goes on. */
	rpc_send(owner, "chan_echo %ld", here);
	ck_assert_int_eq(rpc(second, "chan_send %ld 65536 6 4096", other), 0);
	must(rpc(second, "chan_shutdown %ld", other));
	ck_assert_int_eq(rpc_receive(owner), 65536);
}
END_TEST
