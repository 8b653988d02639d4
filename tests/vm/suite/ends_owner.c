// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The owner's domain is destroyed while dom0 has its pages mapped, and reads from a
 * channel. No test can use that domain afterwards, so these tests are the last.
 */
#include <errno.h>
#include <stdio.h>

#include "cross.h"
#include "device.h"
#include "xl.h"

#define PAGES	16
#define GONE_MS	20000
#define RESET_MS	500	/* so long may a channel not know it */

#define READERS	3

/* Readers of channels to or from the owner, in other domains. */
struct readers {
	struct worker *worker[READERS];
	int count;
};

static int id(struct worker *a)
{
	return worker_domain(a)->domid;
}

static void reads(struct readers *r, struct worker *a)
{
	rpc_send(a, "chan_read 0 1");
	r->worker[r->count++] = a;
}

/* One in dom0; and if there is another domU, two there, of which one is the server. */
static void start_reading(struct readers *r, struct worker *owner,
			  struct worker *peer)
{
	struct worker *client, *server;

	if (strcmp(worker_domain(owner)->name, "pv")) {
		must(rpc(owner, "chan_listen ends 4096 4096 %d", id(peer)));
	} else {
		client = worker_start(nth_domain(2));
		server = worker_start(nth_domain(2));
		must(rpc(owner, "chan_listen ends 4096 4096 %d %d", id(peer),
			 id(client)));
		must(rpc(client, "chan_connect %d ends 5000", id(owner)));
		reads(r, client);
		must(rpc(server, "chan_listen back 4096 4096 %d", id(owner)));
		must(rpc(owner, "chan_connect %d back 5000", id(server)));
		must(rpc(server, "chan_accept 5000"));
		reads(r, server);
	}
	must(rpc(peer, "chan_connect %d ends 5000", id(owner)));
	reads(r, peer);
}

static void are_reset(const struct readers *r)
{
	int i;

	for (i = 0; i < r->count; i++) {
		long before = now_ms();

		fails(rpc_receive(r->worker[i]), ECONNRESET);
		ck_assert_int_lt(now_ms() - before, RESET_MS * patience());
		fails(rpc(r->worker[i], "chan_write 0 1"), ECONNRESET);
		must(rpc(r->worker[i], "chan_close 0"));
	}
}

START_TEST(pages_of_a_destroyed_owner_stay_and_its_channels_are_reset)
{
	DECLARE_WORKERS;
	static const char *const backends[][2] = {
		{ "2010", "xengnttab" }, { "2011", "gntshare" },
		{ "gntshare", "xengnttab" }, { "native", "gntshare" },
	};
	const struct domain *d = worker_domain(owner);
	struct readers readers = { .count = 0 };
	struct share s[4], m[4];
	unsigned int i;
	long end;

	start_reading(&readers, owner, worker_start(pairs[_i].peer));
	for (i = 0; i < 4; i++) {
		must(share(&s[i], owner, backends[i][0], peer, PAGES, WRITABLE,
			   i + 1));
		must(map(&m[i], peer, backends[i][1], &s[i], WRITABLE, i + 1));
	}
	xl("destroy %d", d->domid);
	fixture_gone(d);
	are_reset(&readers);
	for (i = 0; i < 4; i++) {
		must(check(&m[i], i + 1));
		must(fill(&m[i], i + 11));
		must(check(&m[i], i + 11));
	}
	/* Meanwhile Xen keeps what is left of the domain. */
	ck_assert(xl_has(d->domid));
	for (i = 0; i < 3; i++)
		must(give_up(&m[i]));
	sleep_ms(200);
	ck_assert(xl_has(d->domid));
	must(check(&m[3], 14));
	must(give_up(&m[3]));
	for (end = now_ms() + GONE_MS; xl_has(d->domid); sleep_ms(100))
		ck_assert_msg(now_ms() < end, "%s does not go", d->name);
}
END_TEST
