// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests of a test to a worker: shared and mapped pages, and the module in
 * the worker's domain. Each call is one request.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "device.h"

long share(struct share *s, struct worker *owner, const char *backend,
	   struct worker *peer, size_t pages, bool writable, unsigned int seed)
{
	long ret = rpc(owner, "share %s %d %zu %d %u", backend,
		       worker_domain(peer)->domid, pages, writable, seed);

	if (ret < 0)
		return ret;
	s->worker = owner;
	s->thing = ret;
	s->pages = pages;
	snprintf(s->grefs, sizeof(s->grefs), "%s", reply(owner));
	return 0;
}

static long map_run(struct share *m, struct worker *peer, const char *backend,
		    const struct share *s, bool writable, size_t first,
		    size_t pages, unsigned int seed)
{
	long ret = rpc(peer, "map %s %d %d %zu %zu %u %s", backend,
		       worker_domain(s->worker)->domid, writable, first, pages,
		       seed, s->grefs);

	if (ret < 0)
		return ret;
	m->worker = peer;
	m->thing = ret;
	m->pages = pages;
	m->grefs[0] = '\0';
	return 0;
}

long map(struct share *m, struct worker *peer, const char *backend,
	 const struct share *s, bool writable, unsigned int seed)
{
	return map_run(m, peer, backend, s, writable, 0, s->pages, seed);
}

long map_some(struct share *m, struct worker *peer, const char *backend,
	      const struct share *s, bool writable, size_t first, size_t pages)
{
	return map_run(m, peer, backend, s, writable, first, pages, 0);
}

long fill_some(const struct share *s, size_t first, size_t pages,
	       unsigned int seed)
{
	return rpc(s->worker, "fill %ld %zu %zu %u", s->thing, first, pages,
		   seed);
}

long check_some(const struct share *s, size_t first, size_t pages,
		unsigned int seed)
{
	return rpc(s->worker, "check %ld %zu %zu %u", s->thing, first, pages,
		   seed);
}

long fill(const struct share *s, unsigned int seed)
{
	return fill_some(s, 0, s->pages, seed);
}

long check(const struct share *s, unsigned int seed)
{
	return check_some(s, 0, s->pages, seed);
}

long peek(const struct share *s, size_t offset)
{
	return rpc(s->worker, "peek %ld %zu", s->thing, offset);
}

long poke(const struct share *s, size_t offset, unsigned int byte)
{
	return rpc(s->worker, "poke %ld %zu %u 1", s->thing, offset, byte);
}

long blacken(const struct share *s)
{
	return rpc(s->worker, "poke %ld 0 255 %zu", s->thing, s->pages * PAGE);
}

void nothing_cleared(const struct share *s)
{
	ck_assert_int_eq(rpc(s->worker, "zeros %ld", s->thing), 0);
}

void cleared(const struct share *s, size_t offset)
{
	ck_assert_int_eq(rpc(s->worker, "zeros %ld", s->thing), 1);
	ck_assert_uint_eq(strtoul(reply(s->worker), NULL, 10), offset);
}

long notify(const struct share *s, size_t offset, unsigned int actions,
	    long port)
{
	return rpc(s->worker, "notify %ld %zu %u %ld", s->thing, offset,
		   actions, port);
}

long dealloc(const struct share *s, size_t first, size_t pages)
{
	return rpc(s->worker, "dealloc %ld %zu %zu", s->thing, first, pages);
}

long unmap(const struct share *s, size_t first, size_t pages)
{
	return rpc(s->worker, "munmap %ld %zu %zu", s->thing, first, pages);
}

long close_file(const struct share *s)
{
	return rpc(s->worker, "close %ld", s->thing);
}

long give_up(const struct share *s)
{
	return rpc(s->worker, "give_up %ld", s->thing);
}

void counters(struct worker *a, long entries, long draining)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "%ld %ld", entries, draining);
	rpc(a, "counters");
	ck_assert_str_eq(reply(a), expected);
}

long set_limit(struct worker *a, long limit)
{
	return rpc(a, "limit %ld", limit);
}

void becomes(struct worker *a, const char *name, long value, long ms)
{
	long ret = rpc(a, "await %s %ld %ld", name, value, ms);

	ck_assert_msg(ret >= 0, "%s in %s is not %ld within %ld ms: %s", name,
		      worker_domain(a)->name, value, ms,
		      ret == -ETIMEDOUT ? reply(a) : strerror((int)-ret));
}

#define SOON	2000	/* milliseconds in which an event has to come */
#define NEVER	25	/* the same for an event that must not come */

long channel(struct worker *waiter, struct worker *sender)
{
	long port = must(rpc(waiter, "offer %d", worker_domain(sender)->domid));

	return must(rpc(sender, "bind %d %ld", worker_domain(waiter)->domid,
			port));
}

void one_event(struct worker *a)
{
	ck_assert_int_eq(rpc(a, "events %d %d", SOON * slowness(), NEVER), 1);
}

void no_event(struct worker *a)
{
	ck_assert_int_eq(rpc(a, "events %d 0", NEVER), 0);
}
