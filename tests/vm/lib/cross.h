/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a test of two domains begins.
 */
#ifndef VM_CROSS_H
#define VM_CROSS_H

#include "fixture.h"
#include "suite.h"

/*
 * Declares @owner and @peer, workers in the domains of the test's pair. _i is
 * the number that libcheck gives to a test, here the number of the pair.
 */
#define DECLARE_WORKERS							\
	struct worker *owner = worker_start(pairs[_i].owner);		\
	struct worker *peer = worker_start(pairs[_i].peer)

#endif
