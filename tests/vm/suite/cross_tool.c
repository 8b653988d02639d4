// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command-line tool, gntshare(1), as a user or a script runs it: an owner
 * shares pages by it, a peer maps them by it, and root sees who holds what.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cross_native.h"

#define OWNERS	20
#define DEAD	3

/*
 * For another processor it is not built, since its libraries are not at hand
 * there.
 */
static bool has_tool(const struct pair *pair)
{
	(void)pair;
	return !access("./gntshare", X_OK);
}

SUITE(.timeout = 120, .wanted = has_tool);

#define says(worker, ...)						\
({									\
	const char *says_what = reply(worker);				\
	char says_expected[128];					\
									\
	snprintf(says_expected, sizeof(says_expected), __VA_ARGS__);	\
	ck_assert_msg(!strcmp(says_what, says_expected),		\
		      "\"%s\", not \"%s\"", says_what, says_expected);	\
})

/* So many of the lines that a command prints match the pattern. */
#define shows(count, worker, command, ...)				\
do {									\
	char shows_pattern[192];					\
									\
	snprintf(shows_pattern, sizeof(shows_pattern), __VA_ARGS__);	\
	ck_assert_msg(rpc(worker, "tool_lines %s|%s", shows_pattern,	\
			  command) == (count), "%s does not show %s",	\
		      command, shows_pattern);				\
} while (0)

/* Sends a command to the tool that shares, which answers with this line. */
#define commands(worker, command, ...)					\
do {									\
	must(rpc(worker, "tool_say " command));				\
	says(worker, __VA_ARGS__);					\
} while (0)

/* Starts one that shares, and reads what it prints at first. */
static void start_sharing(struct worker *owner, const char *what,
			  char *grefs, size_t size)
{
	int domid;

	must(rpc(owner, "tool_start share %s", what));
	must(rpc(owner, "tool_say "));
	ck_assert_int_eq(sscanf(reply(owner), "domid %d", &domid), 1);
	ck_assert_int_eq(domid, worker_domain(owner)->domid);
	must(rpc(owner, "tool_say "));
	ck_assert_ptr_eq(strstr(reply(owner), "grefs "), reply(owner));
	snprintf(grefs, size, "%s", reply(owner) + 6);
	must(rpc(owner, "tool_say "));
	ck_assert_ptr_eq(strstr(reply(owner), "size "), reply(owner));
}

/* Starts one that maps the grefs, until the end of its input. */
static void start_mapping(struct worker *peer, struct worker *owner,
			  const char *grefs, int pages)
{
	must(rpc(peer, "tool_start map --from %d %s --hold",
		 worker_domain(owner)->domid, grefs));
	must(rpc(peer, "tool_say "));
	says(peer, "mapped %d pages of domain %d", pages,
	     worker_domain(owner)->domid);
}

/* A file of which the grefs fit into a reply, however scattered they are. */
START_TEST(a_file_is_shared_under_a_name_and_mapped_into_a_file)
{
	DECLARE_WORKERS;
	int from = worker_domain(owner)->domid;
	char what[128], grefs[1024];

	snprintf(what, sizeof(what), "--to %d --file fuzz --name t-1",
		 worker_domain(peer)->domid);
	start_sharing(owner, what, grefs, sizeof(grefs));
	must(rpc(owner, "tool_say "));
	says(owner, "name t-1");
	ck_assert_int_eq(rpc(peer, "tool map --from %d --name t-1 --to-file /tmp/tool-got",
			     from), 0);
	ck_assert_int_eq(rpc(peer, "same fuzz /tmp/tool-got"), 1);
	ck_assert_int_eq(rpc(peer, "same vmtests gntshare"), 0);
	/* It was granted for reading. */
	ck_assert_int_eq(rpc(peer, "tool map --from %d --name t-1 --write --to-file /tmp/tool-got",
			     from), 1);
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
	ck_assert_int_eq(rpc(peer, "tool map --from %d --name t-1", from), 1);
	counters(owner, 0, 0);
}
END_TEST

START_TEST(each_command_tells_what_the_peer_still_holds)
{
	DECLARE_WORKERS;
	char what[128], grefs[256];

	snprintf(what, sizeof(what), "--to %d --pages 3 --write",
		 worker_domain(peer)->domid);
	start_sharing(owner, what, grefs, sizeof(grefs));
	commands(owner, "status", "live, 0 entries held");
	snprintf(what, sizeof(what), "%s --write", grefs);
	start_mapping(peer, owner, what, 3);
	commands(owner, "revoke", "revoked, 3 entries held");
	commands(owner, "wait 1", "not released, 3 entries held");
	commands(owner, "destroy", "destroyed, 3 entries held");
	commands(owner, "status", "draining, 3 entries held");
	ck_assert_int_eq(rpc(peer, "tool_end"), 0);
	commands(owner, "wait 5", "gone");
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
	counters(owner, 0, 0);
}
END_TEST

START_TEST(a_peer_that_does_not_let_go_is_exit_code_3)
{
	DECLARE_WORKERS;
	char what[128], grefs[256];

	snprintf(what, sizeof(what), "--to %d --pages 2",
		 worker_domain(peer)->domid);
	start_sharing(owner, what, grefs, sizeof(grefs));
	start_mapping(peer, owner, grefs, 2);
	ck_assert_int_eq(rpc(owner, "tool_kill 15"), 3);
	ck_assert_ptr_nonnull(strstr(reply(owner), "2 entries held"));
	counters(owner, 2, 2);
	ck_assert_int_eq(rpc(peer, "tool_end"), 0);
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(list_names_who_was_killed_while_a_peer_holds_pages)
{
	DECLARE_WORKERS;
	struct worker *observer = worker_start(pairs[_i].owner);
	int domid = worker_domain(peer)->domid;
	char what[128], grefs[256];
	long pid;

	snprintf(what, sizeof(what), "--to %d --pages 2 --hold", domid);
	start_sharing(owner, what, grefs, sizeof(grefs));
	start_mapping(peer, owner, grefs, 2);
	shows(1, observer, "list",
	      "* gntshare root * 2/2 new %d (*) 2 0 0 -", domid);
	ck_assert_int_eq(sscanf(reply(observer), "%ld", &pid), 1);
	shows(0, observer, "list --draining", "* gntshare root *");
	ck_assert_int_eq(rpc(owner, "tool_kill 9"), 128 + 9);
	becomes(observer, "draining", 2, 1000);
	shows(1, observer, "list --draining",
	      "%ld gntshare (gone) root * 0/2 new %d (*) 0 0 2 *", pid, domid);
	shows(1, observer, "list --draining",
	      "Peers that hold pages of owners that are gone: %d (*) 2*",
	      domid);
	shows(1, observer, "list --peers", "%d (*) 0 0 2 *", domid);
	ck_assert_int_eq(rpc(peer, "tool_end"), 0);
	becomes(observer, "entries", 0, 1000);
	shows(0, observer, "list", "* gntshare *");
}
END_TEST

/* Number i shares i + 1 pages. The peer maps one of each of the first ones. */
START_TEST(list_names_the_process_of_each_of_twenty_owners)
{
	DECLARE_WORKERS;
	int i, at, used, domid = worker_domain(peer)->domid;
	long pids[OWNERS], grefs[OWNERS];
	struct share one, m[DEAD];

	must(rpc(owner, "crowd %d %d", domid, OWNERS));
	for (i = 0, at = 0; i < OWNERS; i++, at += used)
		ck_assert_int_eq(sscanf(reply(owner) + at, "%ld:%ld %n",
					&pids[i], &grefs[i], &used), 2);
	for (i = 0; i < DEAD; i++) {
		one = (struct share) { .worker = owner, .pages = 1 };
		snprintf(one.grefs, sizeof(one.grefs), "%ld+1", grefs[i]);
		must(map(&m[i], peer, "xengnttab", &one, WRITABLE, 0));
		must(rpc(owner, "crowd_kill %d", i));
	}
	becomes(owner, "draining", DEAD, 1000);
	for (i = 0; i < DEAD; i++)
		shows(1, owner, "list",
		      "%ld vmtests (gone) root * 0/%d new %d (*) 0 0 1 *",
		      pids[i], i + 1, domid);
	for (; i < OWNERS; i++)
		shows(1, owner, "list",
		      "%ld vmtests root * %d/%d new %d (*) 0 %d 0 -",
		      pids[i], i + 1, i + 1, domid, i + 1);
	shows(1, owner, "list --draining", "*: %d (*) %d", domid, DEAD);
	for (i = 0; i < DEAD; i++)
		must(give_up(&m[i]));
}
END_TEST

START_TEST(bounds_are_shown_and_set)
{
	DECLARE_WORKERS;

	(void)peer;
	ck_assert_int_eq(rpc(owner, "tool limit 2000"), 0);
	shows(1, owner, "limit", "*2000*");
	shows(1, owner, "status --prometheus", "gntalloc_limit 2000");
	ck_assert_int_eq(rpc(owner, "tool limit many"), 2);
	ck_assert_int_eq(rpc(owner, "tool limit 1024"), 0);
	shows(1, owner, "status --prometheus", "gntalloc_limit 1024");
	ck_assert_int_eq(rpc(owner, "tool check"), 0);
	shows(0, owner, "check", "no *");
	ck_assert_int_eq(rpc(owner, "tool status"), 0);
	ck_assert_int_eq(rpc(owner, "tool"), 2);
}
END_TEST
