// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs of examples/, run as their readers do it: with their arguments,
 * and Enter.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cross.h"
#include "domain_save.h"

/* For another processor they are not built, as the command-line tool is not. */
static bool has_examples(const struct pair *pair)
{
	(void)pair;
	return !access("./example-share", X_OK);
}

SUITE(.timeout = SAVE_TIMEOUT, .wanted = has_examples);

/* Runs example-@name with the arguments. */
static void start(struct worker *a, const char *name, const char *arguments)
{
	must(rpc(a, "tool_program example-%s", name));
	must(rpc(a, "tool_start %s", arguments));
}

static void start_to(struct worker *a, const char *name, struct worker *b)
{
	char domid[16];

	snprintf(domid, sizeof(domid), "%d", worker_domain(b)->domid);
	start(a, name, domid);
}

/* Runs one whose arguments are the domain of the owner and what it has told. */
static void start_from(struct worker *a, const char *name, struct worker *owner,
		       const char *told)
{
	char arguments[96];

	snprintf(arguments, sizeof(arguments), "%d %s",
		 worker_domain(owner)->domid, told);
	start(a, name, arguments);
}

static void says(struct worker *a, const char *line)
{
	must(rpc(a, "tool_say "));
	ck_assert_str_eq(reply(a), line);
}

/* Its next line is "gref N" and @rest. Returns N, as a text. */
static const char *told_gref(struct worker *a, const char *rest)
{
	static char gref[16];
	char expected[64];

	must(rpc(a, "tool_say "));
	ck_assert_int_eq(sscanf(reply(a), "gref %15[0-9]", gref), 1);
	snprintf(expected, sizeof(expected), "gref %s%s", gref, rest);
	ck_assert_str_eq(reply(a), expected);
	return gref;
}

/* A program maps the page, which has that text, and ends. */
static void map_once(struct worker *a, struct worker *owner, const char *gref,
		     const char *text)
{
	start_from(a, "map", owner, gref);
	says(a, text);
	ck_assert_int_eq(rpc(a, "tool_end"), 0);
}

static void enter(struct worker *a)
{
	must(rpc(a, "tool_write "));
}

START_TEST(the_example_share_and_map)
{
	DECLARE_WORKERS;

	start_to(owner, "share", peer);
	map_once(peer, owner, told_gref(owner, ""), "hello");
	enter(owner);
	says(owner, "hello yourself");
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
	becomes(owner, "pages", 0, 1000);
}
END_TEST

START_TEST(the_example_two_peers)
{
	DECLARE_WORKERS;
	const int domid = worker_domain(peer)->domid;
	char domids[32], gref[2][16], line[64];

	snprintf(domids, sizeof(domids), "%d %d", domid, domid);
	start(owner, "two_peers", domids);
	must(rpc(owner, "tool_say "));
	ck_assert_int_eq(sscanf(reply(owner),
				"gref %15[0-9] for %*d, gref %15[0-9] for %*d",
				gref[0], gref[1]), 2);
	map_once(peer, owner, gref[0], "hello");
	enter(owner);
	enter(owner);
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
	snprintf(line, sizeof(line), "only %d has it now\n", domid);
	ck_assert_str_eq(reply(owner), line);
	becomes(owner, "pages", 0, 1000);
}
END_TEST

START_TEST(the_example_revoke_and_reuse)
{
	DECLARE_WORKERS;
	char domids[32], rest[16], line[64];
	const int domid = worker_domain(peer)->domid;
	struct share s = { .worker = owner, .pages = 1 }, m;

	snprintf(domids, sizeof(domids), "%d %d", domid, domid);
	snprintf(rest, sizeof(rest), " for %d", domid);
	start(owner, "revoke_and_reuse", domids);
	snprintf(s.grefs, sizeof(s.grefs), "%s+1", told_gref(owner, rest));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	enter(owner);
	snprintf(line, sizeof(line),
		 "domain %d has it mapped: waiting 10 s", domid);
	says(owner, line);
	must(give_up(&m));
	map_once(peer, owner, told_gref(owner, rest), "for the second");
	enter(owner);
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
	becomes(owner, "pages", 0, 1000);
}
END_TEST

START_TEST(the_example_restricted_worker)
{
	DECLARE_WORKERS;
	const int domid = worker_domain(peer)->domid;
	char line[64];

	start_to(owner, "restricted_worker", peer);
	snprintf(line, sizeof(line), "2 pages for %d: Disk quota exceeded",
		 domid);
	says(owner, line);
	snprintf(line, sizeof(line), "1 pages for %d: Operation not permitted",
		 domid + 1);
	says(owner, line);
	must(rpc(owner, "tool_say "));
	snprintf(line, sizeof(line), "1 pages for %d: gref ", domid);
	ck_assert_ptr_eq(strstr(reply(owner), line), reply(owner));
	map_once(peer, owner, reply(owner) + strlen(line), "from the worker");
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
	becomes(owner, "pages", 0, 1000);
}
END_TEST

START_TEST(the_example_ring_passes_lines)
{
	DECLARE_WORKERS;
	char told[64], line[128];
	int i;

	start_to(owner, "ring", peer);
	must(rpc(owner, "tool_say "));
	snprintf(told, sizeof(told), "%s", reply(owner));
	start_from(peer, "ring", owner, told);
	/* More than the ring has room for. */
	for (i = 0; i < 40; i++) {
		snprintf(line, sizeof(line), "%090d", i);
		must(rpc(owner, "tool_write %s", line));
		says(peer, line);
	}
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
	ck_assert_int_eq(rpc(peer, "tool_await"), 0);
	ck_assert_str_eq(reply(peer), "");
	becomes(owner, "pages", 0, 1000);
}
END_TEST

START_TEST(the_example_ring_ends_with_either_side)
{
	DECLARE_WORKERS;
	int i;

	for (i = 0; i < 2; i++) {
		char told[64];

		start_to(owner, "ring", peer);
		must(rpc(owner, "tool_say "));
		snprintf(told, sizeof(told), "%s", reply(owner));
		start_from(peer, "ring", owner, told);
		must(rpc(owner, "tool_write hello"));
		says(peer, "hello");
		ck_assert_int_eq(rpc(i ? owner : peer, "tool_kill 9"), 128 + 9);
		if (!i)
			must(rpc(owner, "tool_write more"));
		ck_assert_int_eq(rpc(i ? peer : owner, "tool_await"), !i);
		becomes(owner, "pages", 0, 1000);
	}
}
END_TEST

/* An HVM domain does not answer after a restore: see tests/vm/hvm/dom0. */
static bool can_be_saved(const struct pair *pair)
{
	return owner_is_domu(pair) && strcmp(pair->owner->name, "hvm");
}

START_TEST_IF(the_example_survive_restore, can_be_saved)
{
	DECLARE_WORKERS;

	start_to(owner, "survive_restore", peer);
	map_once(peer, owner, told_gref(owner, ""),
		 "the memory is the same as before");
	save_and_restore(worker_domain(owner));
	map_once(peer, owner, told_gref(owner, ""), "hello yourself");
	enter(owner);
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
}
END_TEST
