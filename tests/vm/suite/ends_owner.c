// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The owner's domain is destroyed while dom0 has its pages mapped. No test can
 * use that domain afterwards, so these tests are the last.
 */
#include <stdio.h>

#include "cross.h"
#include "device.h"
#include "xl.h"

#define PAGES	16
#define GONE_MS	20000

START_TEST(pages_of_a_destroyed_owner_stay_until_they_are_unmapped)
{
	DECLARE_WORKERS;
	static const char *const backends[][2] = {
		{ "2010", "xengnttab" }, { "2011", "gntshare" },
		{ "gntshare", "xengnttab" }, { "native", "gntshare" },
	};
	const struct domain *d = worker_domain(owner);
	struct share s[4], m[4];
	unsigned int i;
	long end;

	for (i = 0; i < 4; i++) {
		must(share(&s[i], owner, backends[i][0], peer, PAGES, WRITABLE,
			   i + 1));
		must(map(&m[i], peer, backends[i][1], &s[i], WRITABLE, i + 1));
	}
	xl("destroy %d", d->domid);
	fixture_gone(d);
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
