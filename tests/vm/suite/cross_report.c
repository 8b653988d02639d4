// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What root can see of pages that a peer holds, also those of owners that are
 * gone.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cross_native.h"

/* How many lines of a table in the owner's domain match the pattern. */
#define rows(worker, table, ...)					\
({									\
	char rows_pattern[256];						\
									\
	snprintf(rows_pattern, sizeof(rows_pattern), __VA_ARGS__);	\
	must(rpc(worker, "rows %s %s", table, rows_pattern));		\
})

START_TEST(pages_of_a_dead_owner_are_listed_until_the_peer_lets_go)
{
	DECLARE_WORKERS;
	struct worker *observer = worker_start(pairs[_i].owner);
	int domid = worker_domain(peer)->domid;
	struct share s, t, m, n;
	long pid = must(rpc(owner, "pid"));

	must(share(&s, owner, "native", peer, 5, WRITABLE, 1));
	must(share(&t, owner, "2011", peer, 3, READONLY, 2));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 1));
	must(map(&n, peer, "xengnttab", &t, READONLY, 2));
	ck_assert_int_eq(rows(observer, "draining", "* %ld *", pid), 0);
	ck_assert_int_eq(rows(observer, "regions",
			      "* 0 %ld %ld [1-9]* 5 5 new * %d 0 5 0 0 *", pid,
			      pid, domid), 1);
	ck_assert_int_eq(rows(observer, "regions",
			      "* 0 %ld %ld 0 * 3 3 new * %d 3 0 0 0 *", pid,
			      pid, domid), 1);
	fails(rpc(owner, "die"), ECHILD);
	becomes(observer, "draining", 8, 1000);
	sleep_ms(1100);
	ck_assert_int_eq(rows(observer, "draining",
			      "* 0 %ld %ld * - 5 0 new * %d 0 0 5 [1-9] *",
			      pid, pid, domid), 1);
	ck_assert_int_eq(rows(observer, "draining",
			      "* 0 %ld %ld * - 3 0 new * %d 0 0 3 [1-9] *",
			      pid, pid, domid), 1);
	ck_assert_int_eq(rows(observer, "peers", "%d 0 0 8 [1-9] 2", domid), 1);
	must(give_up(&m));
	becomes(observer, "draining", 3, 1000);
	ck_assert_int_eq(rows(observer, "draining", "* %ld *", pid), 1);
	must(give_up(&n));
	becomes(observer, "draining", 0, 1000);
	ck_assert_int_eq(rows(observer, "regions", "* %ld *", pid), 0);
	ck_assert_int_eq(rows(observer, "peers", "*"), 1);
}
END_TEST

/* Also while the region is there, and its pages are live. */
START_TEST(revoked_pages_that_the_peer_holds_are_listed)
{
	DECLARE_WORKERS;
	int domid = worker_domain(peer)->domid;
	struct share s, m;

	must(share(&s, owner, "native", peer, 5, WRITABLE, 1));
	must(map_some(&m, peer, "xengnttab", &s, WRITABLE, 1, 2));
	ck_assert_int_eq(revoke_from(&s, peer, 0, 4), 2);
	ck_assert_int_eq(rows(owner, "draining", "* 5 5 new * %d 0 1 2 *",
			      domid), 1);
	must(give_up(&m));
	becomes(owner, "draining", 0, 1000);
	ck_assert_int_eq(rows(owner, "draining", "* %d *", domid), 0);
	ck_assert_int_eq(rows(owner, "regions", "* 5 5 new * %d 0 1 0 0 *",
			      domid), 1);
}
END_TEST

START_TEST(draining_can_be_traced)
{
	DECLARE_WORKERS;
	int domid = worker_domain(peer)->domid;
	struct share s, m;

	must(share(&s, owner, "native", peer, 5, WRITABLE, 1));
	must(map_some(&m, peer, "xengnttab", &s, WRITABLE, 1, 2));
	must(rpc(owner, "trace"));
	destroy(&s, "quiet");
	must(give_up(&m));
	must(wait_for(&s, GNTALLOC_WAIT_GONE, 1000));
	ck_assert_int_eq(must(rpc(owner,
				  "traced *gntalloc_drain: * domid=%d entries=2",
				  domid)), 1);
	ck_assert_int_ge(must(rpc(owner,
				  "traced *gntalloc_drained: * domid=%d entries=[12]",
				  domid)), 1);
	ck_assert_int_eq(must(rpc(owner, "traced *gntalloc_free: * pages=5")),
			 1);
	must(rpc(owner, "untrace"));
}
END_TEST
