// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions for the end of each program of unit tests, and of its children. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

/* This function exists if the program was built with --coverage. */
extern void __gcov_dump(void) __attribute__((weak));

void end_child(int status)
{
	if (__gcov_dump)
		__gcov_dump();
	_exit(status);
}

int run_all(struct SRunner *runner, const char *name)
{
	const char *results = getenv("RESULTS");
	int run, failed;
	FILE *file;

	srunner_run_all(runner, CK_NORMAL);
	run = srunner_ntests_run(runner);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);

	if (results && *results) {
		file = fopen(results, "a");
		if (!file || fprintf(file, "%s %d %d 0\n", name, run - failed,
				     failed) < 0 || fclose(file)) {
			perror(results);
			return EXIT_FAILURE;
		}
	}
	/* A program that ran nothing has not passed. */
	return run && !failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
