/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a test registers itself, and the suites that vmtests runs.
 *
 * A test is in a suite because it stands in a file of suite/. The file's name
 * is the tag of its tests, and begins with what says where they run:
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
 * Local tests grant to dom0, where nobody maps anything: in dom0 that is the
 * domain itself, and a PVH domain must not map its own grants.
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
	 * Also if both domains are domUs: for what depends on who maps. All
	 * other tests are about the owner's module, and have dom0 as the peer
	 * of a domU.
	 */
	bool between_domus;
	bool not_on_arm64;
	bool (*wanted)(const struct pair *pair);
	struct suite_options *next;
};

void suite_add_test(struct suite_test *test);
void suite_add_options(struct suite_options *options);

/* For the functions that are called before main() */
#define SUITE_CONSTRUCTOR	static void __attribute__((constructor))

/* SUITE(.timeout = 900); says what holds for all tests of its file. */
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
 * In place of libcheck's macro, whose tests have to be added to a case: this
 * one adds them. The tests of a file run in the order in which they stand there.
 */
#undef START_TEST
#define START_TEST(name)	SUITE_TEST(name, .first = 0, .end = 1)

/*
 * Runs once for each _i from @from to before @to. In a test of two domains _i
 * is the number of the pair, and of each further turn that plus PAIRS:
 * _i % PAIRS is the pair, _i / PAIRS the turn.
 */
#define START_LOOP_TEST(name, from, to)					\
	SUITE_TEST(name, .first = from, .end = to)

/* Only for those pairs of which @condition is true: see fixture.h. */
#define START_TEST_IF(name, condition)					\
	SUITE_TEST(name, .first = 0, .end = 1, .wanted = condition)

/* False, with a word on standard error, if a file is in no suite. */
bool suite_check(void);

/*
 * The suite that vmtests runs for its argument @name, with tests of two or
 * three domains if these are dom0 and the domUs in @names.
 */
Suite *suite_named(const char *name, int domus, char **names);

#endif
