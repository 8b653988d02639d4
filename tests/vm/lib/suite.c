// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The suites, which are put together from the tests that have registered
 * themselves.
 */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

/* seconds for one test; long, as it is for what hangs */
#define TIMEOUT		60

static struct suite_test *tests;
static struct suite_options *all_options;

void suite_add_test(struct suite_test *test)
{
	test->next = tests;
	tests = test;
}

void suite_add_options(struct suite_options *options)
{
	options->next = all_options;
	all_options = options;
}

static bool comes_before(const struct suite_test *a, const struct suite_test *b)
{
	int order = strcmp(a->test.file, b->test.file);

	return order < 0 || (!order && a->test.line < b->test.line);
}

/* Sorts by file and line, since no compiler and no linker promises an order. */
static void sort_tests(void)
{
	struct suite_test *unsorted = tests, *test, **place;

	tests = NULL;
	while (unsorted) {
		test = unsorted;
		unsorted = test->next;
		for (place = &tests; *place && comes_before(*place, test);
		     place = &(*place)->next)
			;
		test->next = *place;
		*place = test;
	}
}

/* The name of a test's file, without its folder. */
static const char *file_name(const struct suite_test *test)
{
	const char *slash = strrchr(test->test.file, '/');

	return slash ? slash + 1 : test->test.file;
}

static bool has_prefix(const struct suite_test *test, const char *prefix)
{
	const char *name = file_name(test);
	size_t length = strcspn(name, "_.");

	return strlen(prefix) == length && !memcmp(name, prefix, length);
}

static const struct suite_options *options_of(const struct suite_test *test)
{
	static const struct suite_options none;
	const struct suite_options *options;

	for (options = all_options; options; options = options->next)
		if (!strcmp(options->file, test->test.file))
			return options;
	return &none;
}

static bool is_wanted(const struct suite_test *test, const struct pair *pair)
{
	const struct suite_options *options = options_of(test);

#ifdef __aarch64__
	if (options->not_on_arm64)
		return false;
#endif
	if (pair && pair->owner->is_domu && pair->peer->is_domu &&
	    !options->between_domus)
		return false;
	return (!options->wanted || options->wanted(pair)) &&
	       (!test->wanted || test->wanted(pair));
}

/*
 * Adds a test. In a test of a pair, each turn of a loop has a number of its
 * own.
 */
static void add_test(TCase *tc, const struct suite_test *test,
		     const struct pair *pair)
{
	const TTest *function = &test->test;
	int turn, number;

	if (!pair) {
		tcase_add_loop_test(tc, function, test->first, test->end);
		return;
	}
	for (turn = test->first; turn < test->end; turn++) {
		number = (int)(pair - pairs) + turn * PAIRS;
		tcase_add_loop_test(tc, function, number, number + 1);
	}
}

/*
 * Starts the case of a test's file, whose tag is the name of the file without
 * its suffix. libcheck keeps the pointer to a case's name, so the name is not
 * freed; of the tag it makes a copy.
 */
static TCase *new_case(const struct suite_test *test, SFun setup,
		       const char *where)
{
	int timeout = options_of(test)->timeout;
	const char *file = file_name(test);
	char *tag, *name;
	TCase *tc;

	tag = strndup(file, strcspn(file, "."));
	if (!tag || asprintf(&name, "%s%s", tag, where) < 0)
		abort();
	tc = tcase_create(name);
	tcase_set_tags(tc, tag);
	free(tag);
	tcase_set_timeout(tc, timeout ? timeout : TIMEOUT);
	tcase_add_checked_fixture(tc, setup, fixture_teardown);
	return tc;
}

/* Adds a case for each file that has this prefix, for @pair if it is not NULL. */
static void add_files(Suite *suite, const char *prefix, SFun setup,
		      const struct pair *pair, const char *where)
{
	const struct suite_test *test;
	const char *file = "";
	TCase *tc = NULL;

	for (test = tests; test; test = test->next) {
		if (!has_prefix(test, prefix) || !is_wanted(test, pair))
			continue;
		if (strcmp(file, test->test.file)) {
			file = test->test.file;
			tc = new_case(test, setup, where);
			suite_add_tcase(suite, tc);
		}
		add_test(tc, test, pair);
	}
}

static void add_local(Suite *suite, const char *prefix, const char *in)
{
	char where[64] = "";

	if (*in)
		snprintf(where, sizeof(where), " in %s", in);
	add_files(suite, prefix, fixture_setup_local, NULL, where);
}

static void add_pair(Suite *suite, const char *prefix, const struct pair *pair)
{
	char where[64];

	snprintf(where, sizeof(where), " %s->%s", pair->owner->name,
		 pair->peer->name);
	add_files(suite, prefix, fixture_setup_cross, pair, where);
}

/* Is the domain one that this run has? dom0 always is. */
static bool is_here(const struct domain *d, int domus, char **names)
{
	int i;

	for (i = 0; d->is_domu && i < domus; i++)
		if (!strcmp(d->name, names[i]))
			return true;
	return !d->is_domu;
}

static void add_cross(Suite *suite, int domus, char **names)
{
	const struct pair *pair;

	for (pair = pairs; pair < pairs + PAIRS; pair++)
		if (is_here(pair->owner, domus, names) &&
		    is_here(pair->peer, domus, names))
			add_pair(suite, "cross", pair);
	if (is_here(pairs[0].peer, domus, names) &&
	    is_here(pairs[2].peer, domus, names))
		add_files(suite, "three", fixture_setup_cross, NULL,
			  " of three");
}

/* The last tests of a run, which destroy a domU. */
static void add_ends(Suite *suite, int domus, char **names)
{
	const struct pair *pair;

	for (pair = pairs; pair < pairs + PAIRS; pair++)
		if (pair->owner->is_domu && !pair->peer->is_domu &&
		    is_here(pair->owner, domus, names))
			add_pair(suite, "ends", pair);
}

Suite *suite_named(const char *name, int domus, char **names)
{
	Suite *suite = suite_create(name);

	sort_tests();
	if (!strcmp(name, "local"))
		add_local(suite, name, fixture_here());
	else if (!strcmp(name, "fail"))
		add_local(suite, name, "");
	else if (!strcmp(name, "cross"))
		add_cross(suite, domus, names);
	else if (!strcmp(name, "ends"))
		add_ends(suite, domus, names);
	else
		add_files(suite, name, fixture_setup_cross, NULL, "");
	return suite;
}

bool suite_check(void)
{
	static const char *const prefixes[] = {
		"local", "cross", "three", "ends", "fail", "soak",
	};
	const struct suite_test *test;
	size_t i;

	for (test = tests; test; test = test->next) {
		bool known = false;

		for (i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
			known = known || has_prefix(test, prefixes[i]);
		if (known)
			continue;
		fprintf(stderr, "vmtests: %s is in no suite: see suite.h\n",
			test->test.file);
		return false;
	}
	return true;
}
