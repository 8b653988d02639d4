/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of tests of all domains at once: dom0, the PV and the PVH one.
 */
#ifndef VM_RACE_H
#define VM_RACE_H

#include "stage.h"

#define RACE_DOMAINS	3

static inline const struct domain *race_domain(int number)
{
	const struct domain *all[RACE_DOMAINS] = {
		pairs[0].owner, pairs[0].peer, pairs[2].peer
	};

	return all[number % RACE_DOMAINS];
}

/*
 * Creates a domain that maps @owner's pages, of which it guesses the grefs:
 * those that the verb "around" has said. Returns its id. One at a time.
 */
int race_create_peer(const struct domain *owner, const char *grefs);
void race_destroy_peer(void);

#endif
