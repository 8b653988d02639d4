// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmtests: the tests that run on real Xen
 *
 *   vmtests local              the tests of this domain, wherever it runs
 *   vmtests cross [DOMU...]    those of two domains, in dom0; of these domUs
 *   vmtests ends DOMU...       those that are their end
 *   vmtests soak               all at once, for $SOAK_MINUTES
 *   vmtests failures           every failure of every call, in a debug kernel
 *   vmtests agent              the other end, in a domU
 *   vmtests hello|suite DOMID    what dom0's job asks of an agent
 *
 * Tests print TAP. The ids of the domUs are in $PV and $PVH, or in $HVM. libcheck's own
 * variables work, CK_RUN_CASE="cross_share pv->dom0" for one; the names below,
 * of files but for native_many (native_drain.c) and library_share
 * (native_share.c), are tags, so CK_INCLUDE_TAGS="local_2010 cross_share" does,
 * too.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "fail.h"
#include "relay.h"
#include "stage.h"
#include "suites.h"

/* Seconds for one test: generous, since it ends only those that hang. */
#define TIMEOUT		60
#define WALK_TIMEOUT	300

static const struct {
	const char *name;
	void (*add)(TCase *tc);
} local_files[] = {
	{ "local_2010", local_2010 },
	{ "local_2011", local_2011 },
	{ "local_mmap", local_mmap },
	{ "local_limit", local_limit },
	{ "local_fd", local_fd },
	{ "local_blocks", local_blocks },
	{ "local_compat32", local_compat32 },
	{ "local_errors", local_errors },
	{ "local_module", local_module },
#ifndef __aarch64__	/* no package is installed there by apt */
	{ "local_udev", local_udev },
#endif
	{ "native_errors", native_errors },
	{ "native_regions", native_regions },
	{ "native_in_one", native_in_one },
	{ "native_restrict", native_restrictions },
	{ "native_search", native_search },
	{ "native_bounds", native_bounds },
	{ "native_users", native_users },
	{ "native_memory", native_memory },
	{ "native_killed", native_killed },
	{ "race_calls", race_calls },
	{ "race_bounds", race_bounds },
	{ "race_kill", race_kill },
	{ "race_module", race_module },
	{ "race_memory", race_memory },
};

/*
 * Between two domUs only what depends on who maps, too: the rest is about the
 * owner's module, and that one has dom0 as its peer.
 */
static const struct {
	const char *name;
	void (*add)(TCase *tc, int pair);
	bool of_domus;
} cross_files[] = {
	{ "cross_share", cross_share, true },
	{ "cross_lifetime", cross_lifetime, false },
	{ "cross_held", cross_held, false },
	{ "cross_notify", cross_notify, false },
	{ "cross_module", cross_module, false },
	{ "cross_libxengnttab", cross_libxengnttab, true },
	{ "cross_vchan", cross_vchan, true },
#ifndef __aarch64__	/* there is no PV domain */
	{ "cross_self", cross_self, false },
#endif
	{ "native_share", native_share, true },
	{ "library_share", library_share, true },
	{ "native_library", native_library, true },
	{ "native_drain", native_drain, false },
	{ "native_many", native_many, false },
	{ "native_frontend", native_frontend, false },
#ifndef __aarch64__	/* Xen cannot save a domain there */
	{ "native_restore", native_restore, false },
	{ "native_asleep", native_asleep, false },
#endif
	{ "race_scribble", race_scribble, false },
	{ "race_kill", race_kill_cross, false },
	{ "race_module", race_module_cross, false },
};

#define LENGTH(array)	(sizeof(array) / sizeof(*(array)))

static TCase *new_case(Suite *suite, const char *name, const char *file,
		       SFun setup)
{
	TCase *tc = tcase_create(name);

	tcase_set_tags(tc, file);
	tcase_set_timeout(tc, TIMEOUT);
	tcase_add_checked_fixture(tc, setup, stage_teardown);
	suite_add_tcase(suite, tc);
	return tc;
}

/* libcheck keeps the pointer to a name until the end. */
static char *new_name(const char *format, const char *a, const char *b,
		      const char *c)
{
	char *name;

	return asprintf(&name, format, a, b, c) < 0 ? abort(), NULL : name;
}

static Suite *local_suite(void)
{
	Suite *suite = suite_create("local");
	size_t i;

	for (i = 0; i < LENGTH(local_files); i++) {
		char *name = new_name("%s in %s%s", local_files[i].name,
				      stage_here(), "");

		local_files[i].add(new_case(suite, name,
					    local_files[i].name,
					    stage_setup_local));
	}
	return suite;
}

static bool named(const struct domain *d, int count, char **names)
{
	int i;

	if (!d->remote)
		return true;
	for (i = 0; i < count; i++)
		if (!strcmp(d->name, names[i]))
			return true;
	return false;
}

static void add_pair(Suite *suite, int p)
{
	const struct domain *owner = pairs[p].owner, *peer = pairs[p].peer;
	size_t i;

	for (i = 0; i < LENGTH(cross_files); i++) {
		TCase *tc;

		if (owner->remote && peer->remote && !cross_files[i].of_domus)
			continue;
		tc = new_case(suite, new_name("%s %s->%s", cross_files[i].name,
					      owner->name, peer->name),
			      cross_files[i].name, stage_setup_cross);
		cross_files[i].add(tc, p);
	}
}

/* With all three domains. */
static void add_three(Suite *suite)
{
	native_peers(new_case(suite, "native_peers of three", "native_peers",
			      stage_setup_cross));
#ifndef __aarch64__	/* there is no such peer for it */
	race_peer(new_case(suite, "race_peer of three", "race_peer",
			   stage_setup_cross));
#endif
}

static Suite *cross_suite(int count, char **names)
{
	Suite *suite = suite_create("cross");
	int p;

	for (p = 0; p < PAIRS; p++)
		if (named(pairs[p].owner, count, names) &&
		    named(pairs[p].peer, count, names))
			add_pair(suite, p);
	if (named(pairs[0].peer, count, names) &&
	    named(pairs[2].peer, count, names))
		add_three(suite);
	return suite;
}

/* What they are destroyed for: the last that is done with them. */
static Suite *ends_suite(int count, char **names)
{
	Suite *suite = suite_create("ends");
	int p;

	for (p = 0; p < PAIRS; p++) {
		const struct domain *owner = pairs[p].owner;

		if (owner->remote && !pairs[p].peer->remote &&
		    named(owner, count, names))
			race_owner(new_case(suite,
					    new_name("race_owner %s->%s%s",
						     owner->name,
						     pairs[p].peer->name, ""),
					    "race_owner", stage_setup_cross),
				   p);
	}
	return suite;
}

static Suite *soak_suite(void)
{
	Suite *suite = suite_create("soak");

	soak(new_case(suite, "soak", "soak", stage_setup_cross));
	return suite;
}

static Suite *failure_suite(void)
{
	Suite *suite = suite_create("failures");
	TCase *tc;

	tc = new_case(suite, "fail_old", "fail_old", stage_setup_local);
	tcase_set_timeout(tc, WALK_TIMEOUT);
	fail_old(tc);
	tc = new_case(suite, "fail_file", "fail_file", stage_setup_local);
	tcase_set_timeout(tc, WALK_TIMEOUT);
	fail_file(tc);
	tc = new_case(suite, "fail_native", "fail_native", stage_setup_local);
	tcase_set_timeout(tc, WALK_TIMEOUT);
	fail_native(tc);
	tc = new_case(suite, "fail_random", "fail_random", stage_setup_local);
	tcase_set_timeout(tc, WALK_TIMEOUT);
	fail_random(tc);
	return suite;
}

static int run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	stage_end();
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run_tests(const char *what, int count, char **names)
{
	int ret = stage_start();

	if (ret) {
		fprintf(stderr, "vmtests: the module or the log: %s\n",
			strerror(-ret));
		return EXIT_FAILURE;
	}
	if (!strcmp(what, "local"))
		return run(local_suite());
	if (!strcmp(what, "cross"))
		return run(cross_suite(count, names));
	if (!strcmp(what, "ends"))
		return run(ends_suite(count, names));
	return run(soak_suite());
}

static int run_failures(void)
{
	int ret = stage_start();

	if (!ret)
		ret = fail_start();
	if (ret) {
		fprintf(stderr, "vmtests: no faults to inject: %s\n",
			strerror(-ret));
		return EXIT_FAILURE;
	}
	return run(failure_suite());
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	int domid = argc > 2 ? atoi(argv[2]) : -1;

	if (!strcmp(verb, "local") || !strcmp(verb, "cross") ||
	    !strcmp(verb, "ends") || !strcmp(verb, "soak"))
		return run_tests(verb, argc - 2, argv + 2);
	if (!strcmp(verb, "failures"))
		return run_failures();
	if (!strcmp(verb, "agent"))
		return agent_run();
	if (!strcmp(verb, "hello"))
		return relay_hello(domid);
	if (!strcmp(verb, "suite"))
		return relay_suite(domid);
	fprintf(stderr,
		"vmtests: local, cross [DOMU...], ends DOMU..., soak, failures, agent, hello|suite DOMID\n");
	return 2;
}
