/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of the native level do with regions of an actor: those that were
 * shared in the way "native". Each call is one request to the actor.
 */
#ifndef VM_NATIVE_STAGE_H
#define VM_NATIVE_STAGE_H

#include <stdlib.h>

#include "cross.h"
#include "device.h"
#include "native.h"

/* Pages of a region for a further peer: @g is what that one maps. */
static inline long grant_to(struct share *g, const struct share *s,
			    struct actor *peer, size_t first, size_t pages,
			    bool writable)
{
	long ret = ask(s->actor, "grant %ld %zu %zu %d %u", s->thing, first,
		       pages, actor_domain(peer)->domid,
		       writable ? GNTALLOC_GRANT_WRITABLE : 0);

	if (ret < 0)
		return ret;
	g->actor = s->actor;
	g->thing = s->thing;
	g->pages = pages;
	memcpy(g->grefs, said(s->actor), sizeof(g->grefs));
	g->grefs[sizeof(g->grefs) - 1] = '\0';
	return 0;
}

/* How many entries the peer still holds. */
static inline long revoke_from(const struct share *s, struct actor *peer,
			       size_t first, size_t pages)
{
	return ask(s->actor, "revoke %ld %zu %zu %d", s->thing, first, pages,
		   actor_domain(peer)->domid);
}

/* @how: quiet, event, eventfd. Its mapping here goes, too. */
static inline void destroy(const struct share *s, const char *how)
{
	must(ask(s->actor, "destroy %ld %s", s->thing, how));
	must(unmap(s, 0, s->pages));
}

/* Fails unless the region is in that state, with so many entries held. */
#define is_state(s, expected_state, expected_held)			\
do {									\
	ck_assert_int_eq(ask((s)->actor, "state %ld -1", (s)->thing),	\
			 expected_state);				\
	ck_assert_int_eq(strtol(said((s)->actor), NULL, 10), expected_held);	\
} while (0)

#define wait_for(s, flags, ms)						\
	ask((s)->actor, "wait %ld %u -1 %d", (s)->thing, flags, ms)

#endif
