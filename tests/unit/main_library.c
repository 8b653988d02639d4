// SPDX-License-Identifier: GPL-2.0-or-later
/* The program that tests the library on the fake system. */
#include "unit.h"

int main(void)
{
	struct SRunner *runner = srunner_create(device_suite());

	srunner_add_suite(runner, allocator_suite());
	srunner_add_suite(runner, region_suite());
	srunner_add_suite(runner, native_suite());
	srunner_add_suite(runner, create_suite());
	srunner_add_suite(runner, memory_suite());
	srunner_add_suite(runner, dmabuf_suite());
	srunner_add_suite(runner, grant_suite());
	srunner_add_suite(runner, wait_suite());
	srunner_add_suite(runner, event_suite());
	srunner_add_suite(runner, view_suite());
	srunner_add_suite(runner, grefs_suite());
	srunner_add_suite(runner, mapper_suite());
	srunner_add_suite(runner, mapping_suite());
	srunner_add_suite(runner, failure_suite());
	srunner_add_suite(runner, release_suite());
	srunner_add_suite(runner, fork_suite());
	srunner_add_suite(runner, thread_suite());
	return run_all(runner, "unit");
}
