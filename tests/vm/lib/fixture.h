/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixture of a test: the domains, the workers in them, and the check of
 * every domain of a test when the test is over.
 *
 * A test sends requests to a worker in the same way wherever the worker is: in
 * this domain, as a child at the other end of a socket, or in a domU, where an
 * agent passes the requests on.
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

/*
 * The index of a domain counts dom0, the PV one, the PVH one, dom0 again, ...
 */
#define ALL_DOMAINS	3
const struct domain *nth_domain(int number);

/*
 * Conditions for START_TEST_IF() and SUITE(). owner_is_pv() is true for one
 * pair of each PV domain, dom0 included: it is for what a domain does by
 * itself. On arm64 there is no PV domain.
 */
bool owner_is_dom0(const struct pair *pair);
bool owner_is_domu(const struct pair *pair);
bool owner_is_pv(const struct pair *pair);

/* Once in a run, before the first test: returns 0 or -errno. After the last. */
int fixture_start(void);
void fixture_end(void);

/* The name of this domain. */
const char *fixture_here(void);

/* A domain has got another id. This holds for the following tests, too. */
void fixture_moved(const struct domain *d, int domid);

/* A domain does not exist any more, and no later test may need it. */
void fixture_gone(const struct domain *d);

/* Before a test of one domain; before a test of several; after each test. */
void fixture_setup_local(void);
void fixture_setup_cross(void);
void fixture_teardown(void);

/* --- workers: a test that gets no reply fails ----------------------------- */

struct worker;

struct worker *worker_start(const struct domain *d);
const struct domain *worker_domain(const struct worker *a);

/* Sends a request and waits: returns what the command returns, or -errno. */
long rpc(struct worker *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same in two steps, so that two workers can work at the same time. */
void rpc_send(struct worker *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
long rpc_receive(struct worker *a);

/* For a command that takes long: a worker in a domU has @ms milliseconds. */
long rpc_receive_within(struct worker *a, long ms);

/* Between the two steps: is there a reply to receive? */
bool rpc_has_reply(struct worker *a);

/* The text of the last reply, which follows its result. */
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
 * Shares pages, and fills them with the pattern of @seed, or leaves them as
 * they are if @seed is 0. @backend is the name of a backend of worker.h.
 * Returns 0 or -errno.
 */
long share(struct share *s, struct worker *owner, const char *backend,
	   struct worker *peer, size_t pages, bool writable, unsigned int seed);

/* Maps, and checks the pattern of @seed: -EILSEQ if something else is there. */
long map(struct share *m, struct worker *peer, const char *backend,
	 const struct share *s, bool writable, unsigned int seed);

/* The same for the pages of @s from @first on. */
long map_some(struct share *m, struct worker *peer, const char *backend,
	      const struct share *s, bool writable, size_t first,
	      size_t pages);

/* Fills all pages; fills the pages from @first on. */
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

/* No byte is zero; only the byte at @offset is zero. */
void nothing_cleared(const struct share *s);
void cleared(const struct share *s, size_t offset);

long notify(const struct share *s, size_t offset, unsigned int actions,
	    long port);
long dealloc(const struct share *s, size_t first, size_t pages);
long unmap(const struct share *s, size_t first, size_t pages);
long close_file(const struct share *s);

/* The owner destroys what is left of it; a peer unmaps, and so releases it. */
long give_up(const struct share *s);

/* --- the module in a worker's domain ------------------------------------- */

void counters(struct worker *a, long grants, long draining);
long set_limit(struct worker *a, long limit);

/* Waits, and fails unless the counter gets the value in time. */
void becomes(struct worker *a, const char *name, long value, long ms);

/* --- events --------------------------------------------------------------- */

/*
 * An event channel. Returns the port of @sender, which signals @waiter by it.
 */
long channel(struct worker *waiter, struct worker *sender);

/* One event came, and no second one; no event came. */
void one_event(struct worker *a);
void no_event(struct worker *a);

/* --- what is expected of a call ------------------------------------------- */

/* The call has to succeed; the value is its result. */
#define must(call)							\
({									\
	long must_ret = (call);						\
	ck_assert_msg(must_ret >= 0, "%s: %s", #call,			\
		      strerror((int)-must_ret));			\
	must_ret;							\
})

/* The call has to return -error. */
#define fails(call, error)						\
do {									\
	long fails_ret = (call);					\
	ck_assert_msg(fails_ret == -(error), "%s: %s, not %s", #call,	\
		      fails_ret < 0 ? strerror((int)-fails_ret) :	\
		      "success", strerror(error));			\
} while (0)

#endif
