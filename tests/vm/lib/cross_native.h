/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of the native level do with the regions of a worker that were
 * shared by the backend "native". Each call is one request to the worker.
 */
#ifndef VM_CROSS_NATIVE_H
#define VM_CROSS_NATIVE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cross.h"
#include "device.h"
#include "native.h"

/*
 * For a START_LOOP_TEST() from 0 to BACKENDS, which runs by the bare calls of
 * the native level, and again by the library: sets @backend, @owner and @peer.
 */
#define BACKENDS	2

#define DECLARE_WORKERS_BY_BACKEND					\
	const char *backend = _i < PAIRS ? "native" : "regions";	\
	struct worker *owner = worker_start(pairs[_i % PAIRS].owner);	\
	struct worker *peer = worker_start(pairs[_i % PAIRS].peer)

/*
 * For a START_LOOP_TEST() from 0 to the number of @kinds, backends that share
 * memory which exists already: sets @kind, @owner and @peer.
 */
#define DECLARE_WORKERS_BY_KIND(kinds)					\
	const char *kind = (kinds)[_i / PAIRS];				\
	struct worker *owner = worker_start(pairs[_i % PAIRS].owner);	\
	struct worker *peer = worker_start(pairs[_i % PAIRS].peer)

/*
 * The owner shares memory that is filled with 1, and the peer maps it. Returns
 * false if the owner's kernel has no such memory, or if it is of dma-bufs that
 * the driver cannot use there.
 */
static inline bool share_existing(struct worker *owner, struct worker *peer,
				  const char *kind, struct share *s,
				  struct share *m, size_t pages)
{
	long ret = share(s, owner, kind, peer, pages, WRITABLE, 1);

	if (ret == -ENODEV ||
	    (ret == -EOPNOTSUPP && rpc(owner, "refuses %s", kind) == 1))
		return false;
	must(ret);
	must(map(m, peer, "xengnttab", s, WRITABLE, 1));
	return true;
}

/*
 * The module was unloaded while the peer has mapped memory of that @kind. Its
 * pages are no others' while it is, and after the module was loaded again.
 */
static inline void stay_over_a_load(struct worker *owner, struct worker *peer,
				    const char *kind, const struct share *m)
{
	struct share t;

	must(rpc(owner, "busy 24"));
	must(fill(m, 2));
	must(rpc(owner, "idle"));
	must(rpc(owner, "load"));
	must(share(&t, owner, kind, peer, 100, WRITABLE, 3));
	must(check(m, 2));
	must(give_up(m));
	must(check(&t, 3));
}

/* Grants pages of a region to a further peer. @g is what that peer can map. */
static inline long grant_to(struct share *g, const struct share *s,
			    struct worker *peer, size_t first, size_t pages,
			    bool writable)
{
	long ret = rpc(s->worker, "grant %ld %zu %zu %d %u", s->thing, first,
		       pages, worker_domain(peer)->domid,
		       writable ? GNTALLOC_GRANT_WRITABLE : 0);

	if (ret < 0)
		return ret;
	g->worker = s->worker;
	g->thing = s->thing;
	g->pages = pages;
	memcpy(g->grefs, reply(s->worker), sizeof(g->grefs));
	g->grefs[sizeof(g->grefs) - 1] = '\0';
	return 0;
}

/* Returns how many entries the peer still holds. */
static inline long revoke_from(const struct share *s, struct worker *peer,
			       size_t first, size_t pages)
{
	return rpc(s->worker, "revoke %ld %zu %zu %d", s->thing, first, pages,
		   worker_domain(peer)->domid);
}

/* @how is quiet, event or eventfd. The worker also unmaps the region. */
static inline void destroy(const struct share *s, const char *how)
{
	must(rpc(s->worker, "destroy %ld %s", s->thing, how));
	must(unmap(s, 0, s->pages));
}

/*
 * Fails unless the region is in that state and the peer holds that many
 * entries.
 */
#define is_state(s, expected_state, expected_held)			\
do {									\
	ck_assert_int_eq(rpc((s)->worker, "state %ld -1", (s)->thing),	\
			 expected_state);				\
	ck_assert_int_eq(strtol(reply((s)->worker), NULL, 10),		\
			 expected_held);				\
} while (0)

#define wait_for(s, flags, ms)						\
	rpc((s)->worker, "wait %ld %u -1 %d", (s)->thing, flags, ms)

#endif
