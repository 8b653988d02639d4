// SPDX-License-Identifier: GPL-2.0-or-later
/* The program that tests the library on the real system. */
#include "system.h"
#include "unit.h"

int main(void)
{
	struct SRunner *runner = srunner_create(os_suite());

	srunner_add_suite(runner, refusal_suite());
	return run_all(runner, "system");
}
