// SPDX-License-Identifier: GPL-2.0-or-later
/* The program that tests a file of the module, whose name is MODULE_FILE. */
#include <stdlib.h>

#include "tests.h"

int main(void)
{
	Suite *suite = suite_create(MODULE_FILE);
	TCase *tc = tcase_create(MODULE_FILE);
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 0);
	add_tests(tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
