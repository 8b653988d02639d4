// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module is unloaded while a peer still maps pages. The pages that drain
 * are handed to the kernel.
 */
#include <errno.h>
#include <stdio.h>

#include "cross.h"
#include "device.h"

START_TEST(the_module_unloads_with_draining_pages_and_loads_again)
{
	DECLARE_WORKERS;
	struct share s, m, t;

	must(share(&s, owner, "2011", peer, 40, WRITABLE, 1));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	must(give_up(&s));
	counters(owner, 40, 40);
	must(rpc(owner, "unload"));
	must(check(&m, 1));
	must(fill(&m, 2));
	must(rpc(owner, "load"));
	counters(owner, 0, 0);

	/* The new module uses none of the pages that the old one has left. */
	must(share(&t, owner, "2011", peer, 500, WRITABLE, 3));
	must(check(&m, 2));
	must(give_up(&m));
	must(check(&t, 3));
}
END_TEST

START_TEST(the_module_unloads_many_times_with_draining_pages)
{
	DECLARE_WORKERS;
	struct share s, m[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		must(share(&s, owner, "2011", peer, 5, WRITABLE, i + 1));
		must(map(&m[i], peer, "xengnttab", &s, WRITABLE, 0));
		must(give_up(&s));
		must(rpc(owner, "unload"));
		must(rpc(owner, "load"));
	}
	for (i = 0; i < 3; i++) {
		must(check(&m[i], i + 1));
		must(give_up(&m[i]));
	}
}
END_TEST

START_TEST(a_peer_dies_after_the_module_has_gone)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "2011", peer, 5, WRITABLE, 0));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	must(give_up(&s));
	must(rpc(owner, "unload"));
	fails(rpc(peer, "die"), ECHILD);
	must(rpc(owner, "load"));
}
END_TEST

#define MANY		10000
#define DEBUG_LEVEL	7	/* of lines that are for debugging */
#define USUAL		10

/*
 * Sets how many of the entries that are left to the kernel it looks at each
 * second, if this kernel has a parameter for that.
 */
static void looks_at(int pages)
{
	const char *parameter =
		"/sys/module/grant_table/parameters/free_per_iteration";
	FILE *file = fopen(parameter, "we");

	if (!file)
		return;
	fprintf(file, "%d\n", pages);
	fclose(file);
}

START_TEST(an_unload_while_an_owner_lives_is_eagain)
{
	DECLARE_WORKERS;
	struct worker *other = worker_start(pairs[_i].owner);
	struct share s, m;

	must(share(&s, owner, "gntshare", peer, 2, WRITABLE, 1));
	must(map(&m, peer, "gntshare", &s, WRITABLE, 0));
	fails(rpc(other, "unload"), EAGAIN);
	must(check(&m, 1));
	fails(rpc(owner, "die"), ECHILD);
	must(rpc(other, "unload"));
	must(check(&m, 1));
	must(rpc(other, "load"));
}
END_TEST

/* The kernel needs a long time, and only dom0 has so much memory for it. */
START_TEST_IF(the_kernel_takes_many_draining_pages_without_a_word,
	      owner_is_dom0)
{
	DECLARE_WORKERS;
	struct share s, m;
	long words;
	int debug, lost;

	must(set_limit(owner, MANY + 100));
	must(share(&s, owner, "2011", peer, MANY, WRITABLE, 0));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	must(give_up(&s));
	counters(owner, MANY, MANY);
	must(rpc(owner, "listen"));
	must(rpc(owner, "unload"));
	sleep_ms(3000);
	looks_at(MANY);
	must(give_up(&m));
	sleep_ms(2000);
	looks_at(USUAL);
	words = rpc(owner, "heard %d g.e.", DEBUG_LEVEL - 1);
	ck_assert_int_eq(sscanf(reply(owner), "%d %d", &debug, &lost), 2);
	fprintf(stderr,
		"figure: unloaded with %d pages: %ld lines, %d of debug, %d gaps\n",
		MANY, words, debug, lost);
	ck_assert_int_eq(words, 0);
	must(rpc(owner, "load"));
}
END_TEST
