// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Xen's libxenvchan, unmodified, on the module: the owner is the server.
 */
#include <errno.h>
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

void cross_vchan(TCase *tc, int pair)
{
	add(a_megabyte_comes_back_from_the_server);
	add(a_server_that_lost_its_client_serves_another);
}
