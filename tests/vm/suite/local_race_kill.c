// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An owner is killed at any moment: during any call, and while its pages are
 * mapped in its own domain. Whatever it was doing, all that it had is free.
 */
#include <stdio.h>

#include "device.h"
#include "fixture.h"
#include "kill.h"
#include "stress.h"
#include "suite.h"

#define KILLS		30	/* if $RACE_KILLS is not set */
#define TIMEOUT		900

SUITE(.timeout = TIMEOUT);

START_TEST(killed_owners_leave_nothing)
{
	long kills = stress_amount("RACE_KILLS", KILLS);
	char wrong[512] = "";
	int ret;

	ret = kill_owners(kills, stress_seed("kills"), NOBODY, wrong);
	ck_assert_msg(!ret, "%s", wrong);
	ck_assert_int_eq(device_counter("entries"), 0);
	fprintf(stderr, "figure: %ld owners killed\n", kills);
}
END_TEST
