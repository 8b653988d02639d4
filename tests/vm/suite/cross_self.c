// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owner and peer are one domain, which is a PV domain. A translated domain (PVH
 * or HVM) must not map its own grants, by whatever driver: Xen takes the page
 * away from the place where the domain's kernel has it. So that is not tested.
 */
#include <errno.h>
#include <string.h>

#include "cross.h"

#define PAGES	16

/* Both workers are in the owner's domain, and one of them also observes. */
#define DECLARE_WORKERS_OF_ONE						\
	const struct domain *here = pairs[_i].owner;			\
	struct worker *owner = worker_start(here);			\
	struct worker *peer = worker_start(here)

#define SHARES	3
#define MAPS	3

/*
 * The PV domains are dom0 and the PV domU. One run in each of them is enough.
 */
SUITE(.wanted = owner_is_pv);

static const char *const shares[SHARES] = { "2011", "native", "gntshare" };
static const char *const maps[MAPS] = { "gntdev", "gntshare", "xengnttab" };

static void shared(struct worker *owner, struct worker *peer, struct share *s,
		   struct share *m, int way)
{
	must(share(s, owner, shares[way], peer, PAGES, WRITABLE, 1));
	must(map(m, peer, maps[way], s, WRITABLE, 1));
}

START_TEST(a_pv_domain_maps_its_own_pages_and_sees_what_both_write)
{
	DECLARE_WORKERS_OF_ONE;
	struct share s, m;
	int way;

	for (way = 0; way < SHARES; way++) {
		shared(owner, peer, &s, &m, way);
		must(fill(&m, 2));
		must(check(&s, 2));
		must(fill(&s, 3));
		must(check(&m, 3));
		must(give_up(&s));
		counters(owner, PAGES, PAGES);
		must(check(&m, 3));
		must(give_up(&m));
		becomes(owner, "entries", 0, 1000);
	}
}
END_TEST

START_TEST(a_program_of_a_pv_domain_maps_what_it_shares_itself)
{
	struct worker *both = worker_start(pairs[_i].owner);
	struct share s, m;
	int way;

	for (way = 0; way < SHARES; way++) {
		shared(both, both, &s, &m, way);
		must(fill(&m, 2));
		must(check(&s, 2));
		must(give_up(&m));
		must(give_up(&s));
		counters(both, 0, 0);
	}
	shared(both, both, &s, &m, 0);
}
END_TEST

START_TEST(whichever_end_in_a_pv_domain_is_killed_the_other_goes_on)
{
	DECLARE_WORKERS_OF_ONE;
	struct worker *second = worker_start(here);
	struct share s, m;

	shared(owner, peer, &s, &m, 1);
	fails(rpc(peer, "die"), ECHILD);
	must(check(&s, 1));
	counters(owner, PAGES, 0);
	must(map(&m, second, "xengnttab", &s, WRITABLE, 1));
	fails(rpc(owner, "die"), ECHILD);
	becomes(second, "draining", PAGES, 1000);
	must(check(&m, 1));
	must(fill(&m, 2));
	must(check(&m, 2));
	must(give_up(&m));
	becomes(second, "entries", 0, 1000);
}
END_TEST

START_TEST(a_child_of_either_end_in_a_pv_domain_changes_nothing)
{
	DECLARE_WORKERS_OF_ONE;
	struct share s, m;
	long one, two;

	shared(owner, peer, &s, &m, 0);
	one = must(rpc(owner, "child"));
	two = must(rpc(peer, "child"));
	must(fill(&m, 2));
	must(check(&s, 2));
	must(rpc(owner, "end %ld", one));
	must(rpc(peer, "end %ld", two));
	counters(owner, PAGES, 0);
	must(check(&m, 2));
	must(fill(&s, 3));
	must(check(&m, 3));
	must(give_up(&m));
	must(give_up(&s));
	counters(owner, 0, 0);
}
END_TEST

/* The child has the open file and the pages, too, until it ends. */
START_TEST(a_child_of_a_killed_owner_in_a_pv_domain_keeps_the_pages)
{
	DECLARE_WORKERS_OF_ONE;
	struct share s, m, n;
	long pid;

	shared(owner, peer, &s, &m, 0);
	pid = must(rpc(owner, "child"));
	fails(rpc(owner, "die"), ECHILD);
	counters(peer, PAGES, 0);
	must(check(&m, 1));
	must(map(&n, peer, "xengnttab", &s, WRITABLE, 1));
	must(give_up(&n));
	must(rpc(peer, "end %ld", pid));
	becomes(peer, "draining", PAGES, 1000);
	must(check(&m, 1));
	must(give_up(&m));
	becomes(peer, "entries", 0, 1000);
}
END_TEST

/*
 * A program uses this to send a file's pages to another domain without a copy.
 */
START_TEST(o_direct_reads_a_file_into_pages_that_a_pv_domain_maps_itself)
{
	DECLARE_WORKERS_OF_ONE;
	struct share s, m;
	int way;

	for (way = 0; way < SHARES; way++) {
		shared(owner, peer, &s, &m, way);
		/*
		 * The file is read into the peer's mapping, then into the
		 * owner's.
		 */
		must(fill(&m, 2));
		must(rpc(peer, "direct %ld", m.thing));
		must(check(&s, 2));
		must(fill(&s, 3));
		must(rpc(owner, "direct %ld", s.thing));
		must(check(&m, 3));
		/* It is also read when only the peer still has the pages. */
		must(give_up(&s));
		must(fill(&m, 4));
		must(rpc(peer, "direct %ld", m.thing));
		must(check(&m, 4));
		must(give_up(&m));
		becomes(owner, "entries", 0, 1000);
	}
}
END_TEST
