// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a test stands on: shared and mapped pages of an actor, and the module
 * in its domain. Each call is one request to the actor.
 */
#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "device.h"

long share(struct share *s, struct actor *owner, const char *way,
	   struct actor *peer, size_t pages, bool writable, unsigned int seed)
{
	long ret = ask(owner, "share %s %d %zu %d %u", way,
		       actor_domain(peer)->domid, pages, writable, seed);

	if (ret < 0)
		return ret;
	s->actor = owner;
	s->thing = ret;
	s->pages = pages;
	snprintf(s->grefs, sizeof(s->grefs), "%s", said(owner));
	return 0;
}

static long map_run(struct share *m, struct actor *peer, const char *way,
		    const struct share *s, bool writable, size_t first,
		    size_t pages, unsigned int seed)
{
	long ret = ask(peer, "map %s %d %d %zu %zu %u %s", way,
		       actor_domain(s->actor)->domid, writable, first, pages,
		       seed, s->grefs);

	if (ret < 0)
		return ret;
	m->actor = peer;
	m->thing = ret;
	m->pages = pages;
	m->grefs[0] = '\0';
	return 0;
}

long map(struct share *m, struct actor *peer, const char *way,
	 const struct share *s, bool writable, unsigned int seed)
{
	return map_run(m, peer, way, s, writable, 0, s->pages, seed);
}

long map_some(struct share *m, struct actor *peer, const char *way,
	      const struct share *s, bool writable, size_t first, size_t pages)
{
	return map_run(m, peer, way, s, writable, first, pages, 0);
}

long fill_some(const struct share *s, size_t first, size_t pages,
	       unsigned int seed)
{
	return ask(s->actor, "fill %ld %zu %zu %u", s->thing, first, pages,
		   seed);
}

long check_some(const struct share *s, size_t first, size_t pages,
		unsigned int seed)
{
	return ask(s->actor, "check %ld %zu %zu %u", s->thing, first, pages,
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
	return ask(s->actor, "peek %ld %zu", s->thing, offset);
}

long poke(const struct share *s, size_t offset, unsigned int byte)
{
	return ask(s->actor, "poke %ld %zu %u 1", s->thing, offset, byte);
}

long blacken(const struct share *s)
{
	return ask(s->actor, "poke %ld 0 255 %zu", s->thing, s->pages * PAGE);
}

void nothing_cleared(const struct share *s)
{
	ck_assert_int_eq(ask(s->actor, "zeros %ld", s->thing), 0);
}

void cleared(const struct share *s, size_t offset)
{
	ck_assert_int_eq(ask(s->actor, "zeros %ld", s->thing), 1);
	ck_assert_uint_eq(strtoul(said(s->actor), NULL, 10), offset);
}

long notify(const struct share *s, size_t offset, unsigned int actions,
	    long port)
{
	return ask(s->actor, "notify %ld %zu %u %ld", s->thing, offset,
		   actions, port);
}

long dealloc(const struct share *s, size_t first, size_t pages)
{
	return ask(s->actor, "dealloc %ld %zu %zu", s->thing, first, pages);
}

long unmap(const struct share *s, size_t first, size_t pages)
{
	return ask(s->actor, "munmap %ld %zu %zu", s->thing, first, pages);
}

long close_file(const struct share *s)
{
	return ask(s->actor, "close %ld", s->thing);
}

long release(const struct share *s)
{
	return ask(s->actor, "release %ld", s->thing);
}

void counters(struct actor *a, long grants, long draining)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "%ld %ld", grants, draining);
	ask(a, "counters");
	ck_assert_str_eq(said(a), expected);
}

long set_limit(struct actor *a, long limit)
{
	return ask(a, "limit %ld", limit);
}

void becomes(struct actor *a, const char *name, long value, long ms)
{
	long ret = ask(a, "await %s %ld %ld", name, value, ms);

	ck_assert_msg(ret >= 0, "%s in %s is not %ld within %ld ms: %s", name,
		      actor_domain(a)->name, value, ms,
		      ret == -ETIMEDOUT ? said(a) : strerror((int)-ret));
}

#define SOON	2000	/* milliseconds for an event to come */
#define NEVER	25	/* for one that must not */

long channel(struct actor *waiter, struct actor *sender)
{
	long port = must(ask(waiter, "offer %d", actor_domain(sender)->domid));

	return must(ask(sender, "bind %d %ld", actor_domain(waiter)->domid,
			port));
}

void one_event(struct actor *a)
{
	ck_assert_int_eq(ask(a, "events %d %d", SOON * slowness(), NEVER), 1);
}

void no_event(struct actor *a)
{
	ck_assert_int_eq(ask(a, "events %d 0", NEVER), 0);
}
