// SPDX-License-Identifier: GPL-2.0-or-later
/* The program that tests the command-line tool. */
#include "tool_test.h"

int main(void)
{
	struct SRunner *runner = srunner_create(table_suite());

	srunner_add_suite(runner, usage_suite());
	srunner_add_suite(runner, status_suite());
	srunner_add_suite(runner, list_suite());
	srunner_add_suite(runner, param_suite());
	srunner_add_suite(runner, check_suite());
	srunner_add_suite(runner, share_suite());
	srunner_add_suite(runner, map_suite());
	srunner_add_suite(runner, transfer_suite());
	srunner_add_suite(runner, connect_suite());
	return run_all(runner, "tool");
}
