/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beginning of a test of two domains.
 */
#ifndef VM_CROSS_H
#define VM_CROSS_H

#include "stage.h"
#include "suites.h"

/*
 * Declares @owner and @peer, actors in the domains of the test's pair. _i is
 * the number that libcheck gives a loop test: here that of the pair.
 */
#define CAST								\
	struct actor *owner = actor_start(pairs[_i].owner);		\
	struct actor *peer = actor_start(pairs[_i].peer)

#define add(test)	tcase_add_loop_test(tc, test, pair, pair + 1)

#endif
