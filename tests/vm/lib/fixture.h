/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test stands on: the domains, workers in them, and the fixture that
 * looks at every domain of a test when the test is over.
 *
 * A worker is asked in the same way wherever it is: in this domain, a child
 * at the end of a socket, or in a domU, behind its agent.
 */
#ifndef VM_FIXTURE_H
#define VM_FIXTURE_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "grefs.h"
#include "suite.h"

struct domain {
	const char *name;
	int domid;
	bool is_domu;
};

/* A test of two domains runs once for each pair. */
struct pair {
	const struct domain *owner;	/* shares */
	const struct domain *peer;	/* maps */
};

#define PAIRS	5
extern const struct pair pairs[PAIRS];

/* Of all domains: dom0, the PV one, the PVH one, dom0 again, and so on. */
#define ALL_DOMAINS	3
const struct domain *nth_domain(int number);

/*
 * Conditions for START_TEST_IF() and SUITE(). owner_is_pv() is true of one pair
 * for each PV domain, and dom0 is one, too: for what a domain does by itself.
 * On arm64 there is none.
 */
bool owner_is_dom0(const struct pair *pair);
bool owner_is_domu(const struct pair *pair);
bool owner_is_pv(const struct pair *pair);

/* Once in a run, before the first test: 0 or -errno. After the last one. */
int fixture_start(void);
void fixture_end(void);

/* The name of this domain. */
const char *fixture_here(void);

/* A domain has got another id, and so it is for the tests to come. */
void fixture_moved(const struct domain *d, int domid);

/* A domain is no more, and no test to come may need it. */
void fixture_gone(const struct domain *d);

/* Before a test of this domain, and before one of several; after each. */
void fixture_setup_local(void);
void fixture_setup_cross(void);
void fixture_teardown(void);

/* --- workers: a test that gets no answer has failed ---------------------- */

struct worker;

struct worker *worker_start(const struct domain *d);
const struct domain *worker_domain(const struct worker *a);

/* Ask, and wait for the result: what the command returns, or -errno. */
long rpc(struct worker *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same in two steps, so that two workers can work at a time. */
void rpc_send(struct worker *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
long rpc_receive(struct worker *a);

/* For what takes long: a domU has so much time. */
long rpc_receive_within(struct worker *a, long ms);

/* Between the two: is there a reply to receive? */
bool rpc_has_reply(struct worker *a);

/* What the last reply said beside its result. */
const char *reply(const struct worker *a);

/* --- shared and mapped pages, of a worker -------------------------------- */

struct share {
	struct worker *worker;
	long thing;
	size_t pages;
	char grefs[GREFS_TEXT + 1];
};

#define READONLY	false
#define WRITABLE	true

/*
 * Share, fill with the pattern of @seed. Returns 0 or -errno. @backend is one
 * of worker.h's. A seed of 0 leaves the pages as they are.
 */
long share(struct share *s, struct worker *owner, const char *backend,
	   struct worker *peer, size_t pages, bool writable, unsigned int seed);

/* Map, and find the pattern of @seed. -EILSEQ when something else is there. */
long map(struct share *m, struct worker *peer, const char *backend,
	 const struct share *s, bool writable, unsigned int seed);

/* Of the pages of @s from @first on. */
long map_some(struct share *m, struct worker *peer, const char *backend,
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

/* --- the module in a worker's domain ------------------------------------- */

void counters(struct worker *a, long grants, long draining);
long set_limit(struct worker *a, long limit);

/* Fails unless the counter gets the value in time; nothing else is done. */
void becomes(struct worker *a, const char *name, long value, long ms);

/* --- events ---------------------------------------------------------------- */

/* An event channel. Returns the port of @sender, who tells @waiter. */
long channel(struct worker *waiter, struct worker *sender);

/* One came and no second one; none came. */
void one_event(struct worker *a);
void no_event(struct worker *a);

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
