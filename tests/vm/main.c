// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmtests: the tests that run on real Xen
 *
 *   vmtests local              the tests of this domain, wherever it runs
 *   vmtests cross [DOMU...]    the tests of two or three domains, run in dom0,
 *                              with these domUs
 *   vmtests ends DOMU...       the tests that destroy these domUs
 *   vmtests soak               everything at once, for $SOAK_MINUTES
 *   vmtests fail               every failure of every call, in a debug kernel
 *   vmtests agent              the agent, in a domU
 *   vmtests hello|suite DOMID  what dom0's job asks of an agent
 *
 * The tests print TAP. The ids of the domUs are in $PV and $PVH, or in $HVM.
 * libcheck's own variables work, such as CK_RUN_CASE="cross_share pv->dom0".
 * The names of the files in suite/ are tags, so that
 * CK_INCLUDE_TAGS="local_2010 cross_share" works, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domu_agent.h"
#include "domu_client.h"
#include "fail_walk.h"
#include "fixture.h"
#include "suite.h"

static int run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	fixture_end();
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run_tests(const char *name, int count, char **names)
{
	int ret = fixture_start();

	if (ret) {
		fprintf(stderr, "vmtests: the module or the log: %s\n",
			strerror(-ret));
		return EXIT_FAILURE;
	}
	if (!strcmp(name, "fail"))
		ret = fail_walk_start();
	if (ret) {
		fprintf(stderr, "vmtests: no faults to inject: %s\n",
			strerror(-ret));
		return EXIT_FAILURE;
	}
	if (!suite_check())
		return EXIT_FAILURE;
	return run(suite_named(name, count, names));
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	int domid = argc > 2 ? atoi(argv[2]) : -1;

	if (!strcmp(command, "local") || !strcmp(command, "cross") ||
	    !strcmp(command, "ends") || !strcmp(command, "fail") ||
	    !strcmp(command, "soak"))
		return run_tests(command, argc - 2, argv + 2);
	if (!strcmp(command, "agent"))
		return agent_run();
	if (!strcmp(command, "hello"))
		return domu_hello(domid);
	if (!strcmp(command, "suite"))
		return domu_run_local(domid);
	fprintf(stderr,
		"vmtests: local, cross [DOMU...], ends DOMU..., soak, fail, agent, hello|suite DOMID\n");
	return 2;
}
