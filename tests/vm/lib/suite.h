/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a test registers itself, and the suites that vmtests runs.
 *
 * A test is in a suite because it is in a file of suite/. The name of the file
 * is the tag of its tests. The beginning of the name says where they run:
 *
 *   local_  in each domain, by itself
 *   cross_  in two domains, an owner and a peer, for each pair of domains
 *   three_  in all three domains
 *   ends_   in two domains, of which the owner is destroyed
 *   fail_   in dom0 with a debug kernel
 *   soak    in all three domains, for long
 */
#ifndef VM_SUITE_H
#define VM_SUITE_H

#include <check.h>
#include <stdbool.h>

/*
 * Local tests grant to dom0, where nobody maps the pages. In dom0 itself this
 * is the domain's own id; a PVH domain must not map its own grants.
 */
#define NOBODY	0

struct pair;

struct suite_test {
	TTest test;
	int first, end;		/* of a loop test */
	bool (*wanted)(const struct pair *pair);	/* NULL: always */
	struct suite_test *next;
};

/* What holds for all tests of a file. */
struct suite_options {
	const char *file;
	int timeout;		/* seconds for one test; 0: 60 */
	/*
	 * Run the test also when both domains are domUs. This is for what
	 * depends on the domain that maps. All other tests are about the
	 * owner's module, and a domU then has dom0 as its peer.
	 */
	bool between_domus;
	bool not_on_arm64;
	bool (*wanted)(const struct pair *pair);
	struct suite_options *next;
};

void suite_add_test(struct suite_test *test);
void suite_add_options(struct suite_options *options);

/* Declares a function that is called before main(). */
#define SUITE_CONSTRUCTOR	static void __attribute__((constructor))

/* SUITE(.timeout = 900); sets what holds for all tests of its file. */
#define SUITE(...)							\
SUITE_CONSTRUCTOR register_options(void)				\
{									\
	static struct suite_options options;				\
									\
	options = (struct suite_options){				\
		.file = __FILE__, __VA_ARGS__				\
	};								\
	suite_add_options(&options);					\
}									\
struct suite_options

#define SUITE_TEST(function, ...)					\
static void function(int _i);						\
SUITE_CONSTRUCTOR register_##function(void)				\
{									\
	static struct suite_test test = {				\
		{ #function, function, __FILE__, __LINE__ },		\
		__VA_ARGS__						\
	};								\
									\
	suite_add_test(&test);						\
}									\
static void function(int _i __attribute__((unused)))

/*
 * This macro replaces the one of libcheck, whose tests somebody would have to
 * add to a case: this one registers them. The tests of a file run in the order
 * in which they are written there.
 */
#undef START_TEST
#define START_TEST(name)	SUITE_TEST(name, .first = 0, .end = 1)

/*
 * Runs the test for each _i that is at least @from and less than @to. In a test
 * of two domains, _i is the number of the pair plus PAIRS times the turn. So _i
 * % PAIRS is the pair, and _i / PAIRS is the turn, from @from on.
 */
#define START_LOOP_TEST(name, from, to)					\
	SUITE_TEST(name, .first = from, .end = to)

/*
 * Runs the test only for those pairs of which @condition is true: see
 * fixture.h.
 */
#define START_TEST_IF(name, condition)					\
	SUITE_TEST(name, .first = 0, .end = 1, .wanted = condition)

/* Returns false, with a message on standard error, if a file is in no suite. */
bool suite_check(void);

/*
 * The suite that vmtests runs for its argument @name. It has tests of two or
 * three domains if there are dom0 and the domUs of @names.
 */
Suite *suite_named(const char *name, int domus, char **names);

#endif
