// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Xen's libxenvchan, unmodified, on the module: the owner is the server.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "cross.h"

#define MEGABYTE	1048576

START_TEST(a_megabyte_comes_back_from_the_server)
{
	CAST;
	int server = actor_domain(owner)->domid;
	int client = actor_domain(peer)->domid;
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%d/data/test-vchan",
		 server);
	must(ask(owner, "vchan_serve %d %s", client, path));
	must(ask(peer, "vchan_connect %d %s", server, path));
	tell(owner, "vchan_echo %d", MEGABYTE);
	ck_assert_msg(ask(peer, "vchan_send %d 1", MEGABYTE) == 0,
		      "the client: %s", said(peer));
	must(hear(owner));
	must(ask(peer, "vchan_close"));
	must(ask(owner, "vchan_close"));
	becomes(owner, "grants", 0, 1000);
}
END_TEST

START_TEST(a_server_that_lost_its_client_serves_another)
{
	CAST;
	struct actor *second = actor_start(pairs[_i].peer);
	int server = actor_domain(owner)->domid;
	int client = actor_domain(peer)->domid;
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%d/data/test-vchan",
		 server);
	must(ask(owner, "vchan_serve %d %s", client, path));
	must(ask(peer, "vchan_connect %d %s", server, path));
	tell(owner, "vchan_echo 65536");
	must(ask(peer, "vchan_send 65536 1"));
	must(hear(owner));
	fails(ask(peer, "die"), ECHILD);
	must(ask(owner, "vchan_close"));
	becomes(owner, "grants", 0, 1000);

	must(ask(owner, "vchan_serve %d %s", client, path));
	must(ask(second, "vchan_connect %d %s", server, path));
	tell(owner, "vchan_echo 65536");
	must(ask(second, "vchan_send 65536 2"));
	must(hear(owner));
}
END_TEST

#ifndef __aarch64__	/* there is no PV domain */

/* Both ends are in the owner's domain. */
static void talks_to_itself(struct actor *server, struct actor *client,
			    const char *path, size_t ring)
{
	const int self = actor_domain(server)->domid;
	const size_t chunk = ring < 2048 ? 512 : ring / 4;

	must(ask(server, "vchan_serve %d %s %zu", self, path, ring));
	must(ask(client, "vchan_connect %d %s", self, path));
	tell(server, "vchan_echo %zu", 64 * chunk);
	ck_assert_msg(ask(client, "vchan_send %zu 1 %zu", 64 * chunk, chunk) ==
		      0, "rings of %zu bytes: %s", ring, said(client));
	must(hear(server));
}

/*
 * It must be a PV domain: one that is translated must not map its own grants, by
 * whatever driver.
 */
START_TEST(a_pv_domain_talks_to_itself)
{
	static const size_t rings[] = { 0, 1, 1024, 2048, 4096, 16384, 65536 };
	struct actor *server = actor_start(pairs[_i].owner);
	struct actor *client = actor_start(pairs[_i].owner);
	struct actor *second = actor_start(pairs[_i].owner);
	char path[64];
	size_t i;

	snprintf(path, sizeof(path), "/local/domain/%d/data/test-vchan",
		 actor_domain(server)->domid);
	for (i = 0; i < sizeof(rings) / sizeof(*rings); i++) {
		talks_to_itself(server, client, path, rings[i]);
		must(ask(client, "vchan_close"));
		must(ask(server, "vchan_close"));
		becomes(server, "grants", 0, 1000);
	}
	/* whichever end is killed, the other one goes on */
	talks_to_itself(server, client, path, 4096);
	fails(ask(client, "die"), ECHILD);
	must(ask(server, "vchan_close"));
	becomes(server, "grants", 0, 1000);
	talks_to_itself(server, second, path, 4096);
	fails(ask(server, "die"), ECHILD);
	must(ask(second, "vchan_close"));
	becomes(second, "grants", 0, 1000);
}
END_TEST

#endif

void cross_vchan(TCase *tc, int pair)
{
#ifndef __aarch64__
	if (pair < 2)	/* of dom0 and the PV domU */
		add(a_pv_domain_talks_to_itself);
#endif
	add(a_megabyte_comes_back_from_the_server);
	add(a_server_that_lost_its_client_serves_another);
}
