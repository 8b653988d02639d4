// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs of examples/, run as their readers do it: with their arguments,
 * and Enter.
 */
#include <stdarg.h>
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
static void __attribute__((format(printf, 3, 4)))
start(struct worker *a, const char *name, const char *format, ...)
{
	char arguments[96];
	va_list list;

	va_start(list, format);
	vsnprintf(arguments, sizeof(arguments), format, list);
	va_end(list);
	must(rpc(a, "tool_program example-%s", name));
	must(rpc(a, "tool_start %s", arguments));
}

/* That is its next line. */
static void __attribute__((format(printf, 2, 3)))
says(struct worker *a, const char *format, ...)
{
	char line[128];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof(line), format, list);
	va_end(list);
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
	start(a, "map", "%d %s", worker_domain(owner)->domid, gref);
	says(a, "%s", text);
	ck_assert_int_eq(rpc(a, "tool_end"), 0);
}

static void enter(struct worker *a)
{
	must(rpc(a, "tool_write "));
}

START_TEST(the_example_share_and_map)
{
	DECLARE_WORKERS;

	start(owner, "share", "%d", worker_domain(peer)->domid);
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
	char gref[2][16], line[64];

	start(owner, "two_peers", "%d %d", domid, domid);
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
	char rest[16];
	const int domid = worker_domain(peer)->domid;
	struct share s = { .worker = owner, .pages = 1 }, m;

	snprintf(rest, sizeof(rest), " for %d", domid);
	start(owner, "revoke_and_reuse", "%d %d", domid, domid);
	snprintf(s.grefs, sizeof(s.grefs), "%s+1", told_gref(owner, rest));
	must(map(&m, peer, "xengnttab", &s, WRITABLE, 0));
	enter(owner);
	says(owner, "domain %d has it mapped: waiting 10 s", domid);
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

	start(owner, "restricted_worker", "%d", worker_domain(peer)->domid);
	says(owner, "2 pages for %d: Disk quota exceeded", domid);
	says(owner, "1 pages for %d: Operation not permitted", domid + 1);
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

	start(owner, "ring", "%d", worker_domain(peer)->domid);
	must(rpc(owner, "tool_say "));
	snprintf(told, sizeof(told), "%s", reply(owner));
	start(peer, "ring", "%d %s", worker_domain(owner)->domid, told);
	/* More than the ring has room for. */
	for (i = 0; i < 40; i++) {
		snprintf(line, sizeof(line), "%090d", i);
		must(rpc(owner, "tool_write %s", line));
		says(peer, "%s", line);
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

		start(owner, "ring", "%d", worker_domain(peer)->domid);
		must(rpc(owner, "tool_say "));
		snprintf(told, sizeof(told), "%s", reply(owner));
		start(peer, "ring", "%d %s", worker_domain(owner)->domid, told);
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

	start(owner, "survive_restore", "%d", worker_domain(peer)->domid);
	map_once(peer, owner, told_gref(owner, ""),
		 "the memory is the same as before");
	save_and_restore(worker_domain(owner));
	map_once(peer, owner, told_gref(owner, ""), "hello yourself");
	enter(owner);
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
}
END_TEST
