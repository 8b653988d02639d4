// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Channels of libgntchan between two domains, of which the owner is the one that
 * listens; and with Xen's libxenvchan, unmodified, on either side.
 */
#include <errno.h>
#include <stdio.h>

#include "cross.h"
#include "device.h"

#define MEGABYTE	1048576
#define RING		16384
#define CHUNK		4096	/* so that both sides are never full at once */
#define COME_MS		20000	/* for what has to come */
#define SOON_MS		100	/* in which an end has to be seen */
#define MANY		64
#define NAME		"test"

SUITE(.between_domus = true);

static int id(struct worker *a)
{
	return worker_domain(a)->domid;
}

static void listens(struct worker *server, struct worker *client)
{
	must(rpc(server, "chan_listen " NAME " %d %d %d", RING, RING,
		 id(client)));
}

static long connects(struct worker *client, struct worker *server)
{
	return must(rpc(client, "chan_connect %d " NAME " %d", id(server),
			COME_MS));
}

static long accepts(struct worker *server)
{
	return must(rpc(server, "chan_accept %d", COME_MS));
}

/* All that was shared is free again. */
static void is_clean(struct worker *owner)
{
	becomes(owner, "entries", 0, 1000);
}

/* @a writes so much, and @b sends it back. */
static void talk(struct worker *a, long there, struct worker *b, long here,
		 int size, int seed)
{
	rpc_send(b, "chan_echo %ld", here);
	ck_assert_msg(rpc(a, "chan_send %ld %d %d %d", there, size, seed,
			  CHUNK) == 0, "%s", reply(a));
	must(rpc(a, "chan_shutdown %ld", there));
	ck_assert_int_eq(rpc_receive(b), size);
}

START_TEST(a_megabyte_comes_back_from_either_side)
{
	DECLARE_WORKERS;
	int turn;

	listens(owner, peer);
	for (turn = 0; turn < 2; turn++) {
		long there = connects(peer, owner), here = accepts(owner);

		if (turn)
			talk(owner, here, peer, there, MEGABYTE, 1);
		else
			talk(peer, there, owner, here, MEGABYTE, 2);
		must(rpc(peer, "chan_close %ld", there));
		must(rpc(owner, "chan_close %ld", here));
	}
	must(rpc(owner, "chan_unlisten"));
	is_clean(owner);
}
END_TEST

START_TEST(a_client_of_libxenvchan_is_served)
{
	DECLARE_WORKERS;
	long here;

	must(rpc(owner, "chan_listen data/test-vchan %d %d %d", RING, RING,
		 id(peer)));
	must(rpc(peer, "vchan_connect %d /local/domain/%d/data/test-vchan",
		 id(owner), id(owner)));
	here = accepts(owner);
	rpc_send(owner, "chan_echo %ld", here);
	ck_assert_msg(rpc(peer, "vchan_send %d 1 %d", MEGABYTE, CHUNK) == 0,
		      "%s", reply(peer));
	must(rpc(peer, "vchan_close"));
	ck_assert_int_eq(rpc_receive(owner), MEGABYTE);
	/* The next one comes, writes nothing, and is killed. */
	must(rpc(peer, "vchan_connect %d /local/domain/%d/data/test-vchan",
		 id(owner), id(owner)));
	here = accepts(owner);
	rpc_send(owner, "chan_read %ld 1", here);
	fails(rpc(peer, "die"), ECHILD);
	ck_assert_int_eq(rpc_receive(owner), 0);
	must(rpc(owner, "chan_close %ld", here));
}
END_TEST

/* Those below 4096 are in the first page. */
static const int rings[] = { 1, 1024, 2048, 4096, 65536 };

START_TEST(a_server_of_libxenvchan_is_connected_to)
{
	DECLARE_WORKERS;
	char path[64];
	size_t i;

	snprintf(path, sizeof(path), "/local/domain/%d/data/test-vchan",
		 id(owner));
	for (i = 0; i < sizeof(rings) / sizeof(*rings); i++) {
		const int chunk = rings[i] < 2048 ? 512 : rings[i] / 4;
		long there;

		must(rpc(owner, "vchan_serve %d %s %d", id(peer), path,
			 rings[i]));
		there = must(rpc(peer, "chan_connect %d %s %d", id(owner), path,
				 COME_MS));
		rpc_send(owner, "vchan_echo %d", 64 * chunk);
		ck_assert_msg(rpc(peer, "chan_send %ld %d 1 %d", there,
				  64 * chunk, chunk) == 0, "rings of %d: %s",
			      rings[i], reply(peer));
		must(rpc_receive(owner));
		/* It says that it ends, and this side sees it. */
		rpc_send(peer, "chan_read %ld 1", there);
		must(rpc(owner, "vchan_close"));
		ck_assert_int_eq(rpc_receive(peer), 0);
		must(rpc(peer, "chan_close %ld", there));
		is_clean(owner);
	}
}
END_TEST

/* The reply to @a's read came in time: 0, the end of the stream. */
static void sees_the_end(struct worker *a, long number)
{
	long before = now_ms();

	ck_assert_int_eq(rpc_receive(a), 0);
	ck_assert_int_lt(now_ms() - before, SOON_MS * patience());
	fails(rpc(a, "chan_write %ld 1", number), EPIPE);
	must(rpc(a, "chan_close %ld", number));
}

START_TEST(the_end_of_a_killed_side_is_seen_and_others_go_on)
{
	DECLARE_WORKERS;
	struct worker *second = worker_start(pairs[_i].peer);
	long there, here, other, here_other;

	listens(owner, peer);
	there = connects(peer, owner);
	here = accepts(owner);
	other = connects(second, owner);
	here_other = accepts(owner);
	(void)there;
	rpc_send(owner, "chan_read %ld 1", here);
	fails(rpc(peer, "die"), ECHILD);
	sees_the_end(owner, here);
	talk(second, other, owner, here_other, 65536, 3);
	/* The client reads when the server is killed. */
	must(rpc(second, "chan_close %ld", other));
	other = connects(second, owner);
	accepts(owner);
	rpc_send(second, "chan_read %ld 1", other);
	fails(rpc(owner, "die"), ECHILD);
	sees_the_end(second, other);
}
END_TEST

START_TEST(many_clients_are_served_at_once)
{
	DECLARE_WORKERS;
	long there[MANY], here[MANY];
	int i;

	must(rpc(owner, "chan_listen " NAME " 4096 4096 %d", id(peer)));
	for (i = 0; i < MANY; i++) {
		there[i] = connects(peer, owner);
		here[i] = accepts(owner);
		ck_assert_int_eq(rpc(peer, "chan_write %ld %d", there[i], i + 1),
				 i + 1);
	}
	for (i = 0; i < MANY; i++)
		ck_assert_int_eq(rpc(owner, "chan_read %ld 100", here[i]),
				 i + 1);
	talk(peer, there[MANY / 2], owner, here[MANY / 2], 65536, 4);
	/* All that is left goes with the processes. */
	fails(rpc(owner, "die"), ECHILD);
	for (i = 0; i < MANY; i++)
		ck_assert_int_eq(rpc(peer, "chan_read %ld 1", there[i]), 0);
}
END_TEST

START_TEST(a_listener_is_there_again_after_its_death)
{
	DECLARE_WORKERS;
	struct worker *next = worker_start(pairs[_i].owner);
	long there;

	listens(owner, peer);
	fails(rpc(owner, "die"), ECHILD);
	/* Its keys are there, but nobody is behind them. */
	fails(rpc(peer, "chan_connect %d " NAME " 0", id(next)),
	      ECONNREFUSED);
	rpc_send(peer, "chan_connect %d " NAME " %d", id(next), COME_MS);
	listens(next, peer);
	there = must(rpc_receive(peer));
	talk(peer, there, next, accepts(next), 65536, 5);
}
END_TEST

START_TEST(another_domain_is_not_let_in)
{
	DECLARE_WORKERS;

	/* For the owner itself, not for the peer. */
	must(rpc(owner, "chan_listen " NAME " 4096 4096 %d", id(owner)));
	fails(rpc(peer, "chan_connect %d " NAME " 0", id(owner)),
	      ECONNREFUSED);
}
END_TEST
