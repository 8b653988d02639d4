// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 32-bit callers: each test runs one case of the 32-bit program compat32, which
 * is in the same directory as this program. What it prints when it fails is the
 * message of the test.
 */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "suite.h"

static void run32(const char *name)
{
	char self[PATH_MAX], command[PATH_MAX + 64], line[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	FILE *output;
	int status;

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	snprintf(command, sizeof(command), "%s/compat32 %s 2>&1",
		 dirname(self), name);
	output = popen(command, "r");
	ck_assert_ptr_nonnull(output);
	if (!fgets(line, sizeof(line), output))
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	status = pclose(output);
	ck_assert_msg(status == 0, "%s (status %#x)", line, status);
}

START_TEST(a_32_bit_caller_allocates_by_level_2010)
{
	run32("alloc2010");
}
END_TEST

START_TEST(a_32_bit_caller_deallocates_by_level_2010)
{
	run32("dealloc2010");
}
END_TEST

START_TEST(a_32_bit_caller_allocates_by_level_2011)
{
	run32("alloc2011");
}
END_TEST

START_TEST(a_32_bit_caller_deallocates_by_level_2011)
{
	run32("dealloc2011");
}
END_TEST

START_TEST(a_32_bit_caller_asks_for_notification)
{
	run32("notify2011");
}
END_TEST

START_TEST(a_32_bit_caller_needs_no_padding_behind_its_structs)
{
	run32("cliff");
}
END_TEST

START_TEST(a_32_bit_callers_pages_end_with_it)
{
	run32("leave");
}
END_TEST

START_TEST(a_32_bit_caller_makes_a_region_of_its_memory)
{
	run32("native_memory");
	run32("native_export");
}
END_TEST

START_TEST(a_32_bit_caller_uses_the_native_level)
{
	run32("native");
}
END_TEST
