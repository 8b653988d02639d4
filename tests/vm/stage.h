/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test stands on: the domains, actors in them, and the fixture that
 * looks at every domain of a test when the test is over.
 *
 * An actor is asked in the same way wherever it is: in this domain, a child
 * at the end of a socket, or in a domU, behind its agent.
 */
#ifndef VM_STAGE_H
#define VM_STAGE_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "refs.h"

struct domain {
	const char *name;
	int domid;
	bool remote;
};

/* A test of two domains runs once for each pair. */
struct pair {
	const struct domain *owner;	/* shares */
	const struct domain *peer;	/* maps */
};

#define PAIRS	5
extern const struct pair pairs[PAIRS];

/* Once in a run, before the first test: 0 or -errno. After the last one. */
int stage_start(void);
void stage_end(void);

/* The name of this domain. */
const char *stage_here(void);

/* A domain has got another id, and so it is for the tests to come. */
void stage_moved(const struct domain *d, int domid);

/* A domain is no more, and no test to come may need it. */
void stage_gone(const struct domain *d);

/* Before a test of this domain, and before one of several; after each. */
void stage_setup_local(void);
void stage_setup_cross(void);
void stage_teardown(void);

/* --- actors: a test that gets no answer has failed ----------------------- */

struct actor;

struct actor *actor_start(const struct domain *d);
const struct domain *actor_domain(const struct actor *a);

/* Ask, and wait for the result: what the verb returns, or -errno. */
long ask(struct actor *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same in two steps, so that two actors can work at a time. */
void tell(struct actor *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
long hear(struct actor *a);

/* For what takes long: a domU has so much time. */
long hear_within(struct actor *a, long ms);

/* Between the two: is there an answer to hear? */
bool has_answered(struct actor *a);

/* What the last reply said beside its result. */
const char *said(const struct actor *a);

/* --- shared and mapped pages, of an actor -------------------------------- */

struct share {
	struct actor *actor;
	long thing;
	size_t pages;
	char grefs[GREFS_TEXT + 1];
};

#define READONLY	false
#define WRITABLE	true

/*
 * Share, fill with the pattern of @seed. Returns 0 or -errno. @way is one of
 * actor.h's. A seed of 0 leaves the pages as they are.
 */
long share(struct share *s, struct actor *owner, const char *way,
	   struct actor *peer, size_t pages, bool writable, unsigned int seed);

/* Map, and find the pattern of @seed. -EILSEQ when something else is there. */
long map(struct share *m, struct actor *peer, const char *way,
	 const struct share *s, bool writable, unsigned int seed);

/* Of the pages of @s from @first on. */
long map_some(struct share *m, struct actor *peer, const char *way,
	      const struct share *s, bool writable, size_t first,
	      size_t pages);

/* All pages; the pages from @first on. */
long fill(const struct share *s, unsigned int seed);
long check(const struct share *s, unsigned int seed);
long fill_some(const struct share *s, size_t first, size_t pages,
	       unsigned int seed);
long check_some(const struct share *s, size_t first, size_t pages,
		unsigned int seed);

long peek(const struct share *s, size_t offset);
long poke(const struct share *s, size_t offset, unsigned int byte);

/* All bytes become 0xff. */
long blacken(const struct share *s);

/* No byte is zero; the one at @offset and no other is zero. */
void nothing_cleared(const struct share *s);
void cleared(const struct share *s, size_t offset);

long notify(const struct share *s, size_t offset, unsigned int actions,
	    long port);
long dealloc(const struct share *s, size_t first, size_t pages);
long unmap(const struct share *s, size_t first, size_t pages);
long close_file(const struct share *s);
long release(const struct share *s);

/* --- the module in an actor's domain ------------------------------------- */

void counters(struct actor *a, long grants, long draining);
long set_limit(struct actor *a, long limit);

/* Fails unless the counter gets the value in time; nothing else is done. */
void becomes(struct actor *a, const char *name, long value, long ms);

/* --- events ---------------------------------------------------------------- */

/* An event channel. Returns the port of @sender, who tells @waiter. */
long channel(struct actor *waiter, struct actor *sender);

/* One came and no second one; none came. */
void one_event(struct actor *a);
void no_event(struct actor *a);

/* --- saying what is right ------------------------------------------------ */

/* The call succeeds; its result. */
#define must(call)							\
({									\
	long must_ret = (call);						\
	ck_assert_msg(must_ret >= 0, "%s: %s", #call,			\
		      strerror((int)-must_ret));			\
	must_ret;							\
})

/* The call returns -error. */
#define fails(call, error)						\
do {									\
	long fails_ret = (call);					\
	ck_assert_msg(fails_ret == -(error), "%s: %s, not %s", #call,	\
		      fails_ret < 0 ? strerror((int)-fails_ret) :	\
		      "success", strerror(error));			\
} while (0)

#endif
