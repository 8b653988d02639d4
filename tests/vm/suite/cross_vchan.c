// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Xen's libxenvchan, unmodified, used with the module. The owner is the server.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "cross.h"

#define MEGABYTE	1048576
#define RING		32768	/* more than is on its way at the same time */

SUITE(.between_domus = true);

/* Each of the two rings has at least @ring bytes. */
static void connect_ends(struct worker *server, struct worker *client,
			 size_t ring)
{
	const int domid = worker_domain(server)->domid;
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%d/data/test-vchan", domid);
	must(rpc(server, "vchan_serve %d %s %zu", worker_domain(client)->domid,
		 path, ring));
	must(rpc(client, "vchan_connect %d %s", domid, path));
}

START_TEST(a_megabyte_comes_back_from_the_server)
{
	DECLARE_WORKERS;

	connect_ends(owner, peer, RING);
	rpc_send(owner, "vchan_echo %d", MEGABYTE);
	ck_assert_msg(rpc(peer, "vchan_send %d 1", MEGABYTE) == 0,
		      "the client: %s", reply(peer));
	must(rpc_receive(owner));
	must(rpc(peer, "vchan_close"));
	must(rpc(owner, "vchan_close"));
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(a_server_that_lost_its_client_serves_another)
{
	DECLARE_WORKERS;
	struct worker *second = worker_start(pairs[_i].peer);

	connect_ends(owner, peer, RING);
	rpc_send(owner, "vchan_echo 65536");
	must(rpc(peer, "vchan_send 65536 1"));
	must(rpc_receive(owner));
	fails(rpc(peer, "die"), ECHILD);
	must(rpc(owner, "vchan_close"));
	becomes(owner, "entries", 0, 1000);

	connect_ends(owner, second, RING);
	rpc_send(owner, "vchan_echo 65536");
	must(rpc(second, "vchan_send 65536 2"));
	must(rpc_receive(owner));
}
END_TEST

/* Both ends are in the owner's domain. */
static void talks_to_itself(struct worker *server, struct worker *client,
			    size_t ring)
{
	const size_t chunk = ring < 2048 ? 512 : ring / 4;

	connect_ends(server, client, ring);
	rpc_send(server, "vchan_echo %zu", 64 * chunk);
	ck_assert_msg(rpc(client, "vchan_send %zu 1 %zu", 64 * chunk, chunk) ==
		      0, "rings of %zu bytes: %s", ring, reply(client));
	must(rpc_receive(server));
}

/*
 * It must be a PV domain: a translated domain must not map its own grants, by
 * whatever driver.
 */
START_TEST_IF(a_pv_domain_talks_to_itself, owner_is_pv)
{
	static const size_t rings[] = { 0, 1, 1024, 2048, 4096, 16384, 65536 };
	struct worker *server = worker_start(pairs[_i].owner);
	struct worker *client = worker_start(pairs[_i].owner);
	struct worker *second = worker_start(pairs[_i].owner);
	size_t i;

	for (i = 0; i < sizeof(rings) / sizeof(*rings); i++) {
		talks_to_itself(server, client, rings[i]);
		must(rpc(client, "vchan_close"));
		must(rpc(server, "vchan_close"));
		becomes(server, "entries", 0, 1000);
	}
	/* When one end is killed, the other one continues, whichever it is. */
	talks_to_itself(server, client, 4096);
	fails(rpc(client, "die"), ECHILD);
	must(rpc(server, "vchan_close"));
	becomes(server, "entries", 0, 1000);
	talks_to_itself(server, second, 4096);
	fails(rpc(server, "die"), ECHILD);
	must(rpc(second, "vchan_close"));
	becomes(second, "entries", 0, 1000);
}
END_TEST
