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

#define USER	4321
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
	char what[300], grefs[256];

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

/* More than all slots have room for, and not a multiple of a page. */
#define FILE_SIZE	2000001

START_TEST(a_file_is_sent_and_received)
{
	DECLARE_WORKERS;
	int from = worker_domain(owner)->domid;
	char sum[128];

	must(rpc(owner, "make_file /tmp/sent %d %d", FILE_SIZE, from));
	must(rpc(peer, "make_file /tmp/expected %d %d", FILE_SIZE, from));
	/* The one who comes first waits for the other. */
	must(rpc(owner, "tool_start send /tmp/sent %d:t-2 --sha256",
		 worker_domain(peer)->domid));
	ck_assert_int_eq(rpc(peer, "tool receive %d:t-2 /tmp/got", from), 0);
	ck_assert_ptr_nonnull(strstr(reply(peer), "received 2000001 bytes"));
	snprintf(sum, sizeof(sum), "%s", strstr(reply(peer), "sha256 "));
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
	ck_assert_ptr_nonnull(strstr(reply(owner), "sent 2000001 bytes"));
	ck_assert_ptr_nonnull(strstr(reply(owner), sum));
	ck_assert_int_eq(rpc(peer, "same /tmp/expected /tmp/got"), 1);
	must(rpc(peer, "tool_start receive %d:t-2 /tmp/got-2", from));
	ck_assert_int_eq(rpc(owner, "tool send /tmp/sent %d:t-2",
			     worker_domain(peer)->domid), 0);
	ck_assert_int_eq(rpc(peer, "tool_end"), 0);
	ck_assert_int_eq(rpc(peer, "same /tmp/expected /tmp/got-2"), 1);
	becomes(owner, "entries", 0, 1000);
}
END_TEST

/*
 * Sends what comes on standard input, which does not end, until it is killed. The
 * peer's folder is the owner's own, so that nothing is in it at first.
 */
static void start_both(struct worker *owner, struct worker *peer)
{
	int from = worker_domain(owner)->domid, turns = 100;

	must(rpc(owner, "tool_start send - %d:t-3",
		 worker_domain(peer)->domid));
	must(rpc(peer, "tool_start receive %d:t-3 /tmp/half-%d/got", from,
		 from));
	must(rpc(owner, "tool_write some words"));
	while (!must(rpc(peer, "bytes /tmp/half-%d", from)) && --turns)
		sleep_ms(100);
	ck_assert_int_gt(turns, 0);
}

START_TEST(no_part_of_a_file_is_left_if_one_side_is_killed)
{
	DECLARE_WORKERS;
	int from = worker_domain(owner)->domid;

	must(rpc(peer, "make_folder /tmp/half-%d", from));
	start_both(owner, peer);
	ck_assert_int_eq(rpc(owner, "tool_kill 9"), 128 + 9);
	ck_assert_int_eq(rpc(peer, "tool_await"), 1);
	ck_assert_ptr_nonnull(strstr(reply(peer), "the sender has ended"));
	start_both(owner, peer);
	ck_assert_int_eq(rpc(peer, "tool_kill 15"), 1);
	ck_assert_int_eq(rpc(owner, "tool_await"), 1);
	ck_assert_ptr_nonnull(strstr(reply(owner), "the receiver has given up"));
	ck_assert_int_eq(rpc(peer, "files /tmp/half-%d", from), 0);
	start_both(owner, peer);
	ck_assert_int_eq(rpc(peer, "tool_kill 9"), 128 + 9);
	ck_assert_int_eq(rpc(owner, "tool_await"), 1);
	ck_assert_ptr_nonnull(strstr(reply(owner), "the receiver has ended"));
	/* Nobody could remove that, but it has another name. */
	ck_assert_int_eq(rpc(peer, "files /tmp/half-%d", from), 1);
	ck_assert_int_eq(rpc(peer, "same /tmp/half-%d/got fuzz", from), -ENOENT);
	becomes(owner, "entries", 0, 1000);
}
END_TEST

START_TEST(the_memory_of_a_process_is_shared_by_the_tool)
{
	DECLARE_WORKERS;
	char what[128], grefs[1024];
	long pid, fd;

	must(rpc(owner, "memfd fuzz"));
	ck_assert_int_eq(sscanf(reply(owner), "%ld:%ld", &pid, &fd), 2);
	snprintf(what, sizeof(what), "--to %d --memfd-of %ld:%ld --name t-4",
		 worker_domain(peer)->domid, pid, fd);
	start_sharing(owner, what, grefs, sizeof(grefs));
	ck_assert_int_eq(rpc(peer, "tool map --from %d --name t-4 --to-file /tmp/tool-got",
			     worker_domain(owner)->domid), 0);
	ck_assert_int_eq(rpc(peer, "same fuzz /tmp/tool-got"), 1);
	shows(1, owner, "list", "* memory %d (*) *",
	      worker_domain(peer)->domid);
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
}
END_TEST

/* --- what operators meet, and the command that names the culprit ----------- */

START_TEST(the_limit_is_reached)
{
	DECLARE_WORKERS;
	struct worker *observer = worker_start(pairs[_i].owner);
	int domid = worker_domain(peer)->domid;
	long pid;

	pid = must(rpc(owner, "tool_start share --to %d --pages 1000", domid));
	must(rpc(owner, "tool_say "));
	ck_assert_int_eq(rpc(observer, "tool share --to %d --pages 100", domid),
			 1);
	ck_assert_ptr_nonnull(strstr(reply(observer), "gntshare status"));
	shows(1, observer, "status",
	      "limit: calls were refused in the last hour; `gntshare list`*");
	shows(1, observer, "list", "%ld gntshare root * 1000/1000 new %d *", pid,
	      domid);
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
}
END_TEST

START_TEST(the_grant_table_is_full)
{
	DECLARE_WORKERS;
	struct worker *observer = worker_start(pairs[_i].owner);

	must(set_limit(owner, 0x7fffffff));
	ck_assert_int_gt(must(rpc(owner, "take_all")), 10000);
	ck_assert_int_eq(rpc(observer, "tool share --to %d --pages 1",
			     worker_domain(peer)->domid), 1);
	ck_assert_ptr_nonnull(strstr(reply(observer), "the grant table is full"));
	shows(1, observer, "status",
	      "headroom: calls were refused in the last hour; *`gntshare list`*");
	shows(1, observer, "list", "%ld vmtests root *",
	      must(rpc(owner, "pid")));
}
END_TEST

START_TEST(a_peer_does_not_unmap_what_was_destroyed)
{
	DECLARE_WORKERS;
	int i, domid = worker_domain(peer)->domid;
	struct share s[3], m[3];

	for (i = 0; i < 3; i++) {
		must(share(&s[i], owner, "native", peer, 2, WRITABLE, 0));
		must(map(&m[i], peer, "xengnttab", &s[i], WRITABLE, 0));
		destroy(&s[i], "quiet");
		must(unmap(&s[i], 0, 2));
	}
	shows(3, owner, "list --draining",
	      "%ld vmtests root * 0/2 new %d (*) 0 0 2 *",
	      must(rpc(owner, "pid")), domid);
	shows(1, owner, "list --peers", "%d (*) 0 0 6 *", domid);
	for (i = 0; i < 3; i++)
		must(give_up(&m[i]));
}
END_TEST

START_TEST(a_program_shares_more_and_more)
{
	DECLARE_WORKERS;
	struct worker *observer = worker_start(pairs[_i].owner);
	long pid = must(rpc(owner, "pid"));
	struct share s[8];
	int i;

	for (i = 0; i < 8; i++)
		must(share(&s[i], owner, "native", peer, 3, WRITABLE, 0));
	shows(8, observer, "top --batch 1", "%ld vmtests root * 3/3 new *",
	      pid);
	ck_assert_int_eq(rpc(observer, "tool_top q"), 0);
	ck_assert_ptr_nonnull(strstr(reply(observer), " vmtests "));
	must(share(&s[0], owner, "native", peer, 3, WRITABLE, 0));
	shows(9, observer, "top --batch 1", "%ld vmtests root * 3/3 new *",
	      pid);
}
END_TEST

START_TEST(a_server_that_came_again_has_left_its_old_ring_behind)
{
	DECLARE_WORKERS;
	struct worker *again = worker_start(pairs[_i].owner);
	struct worker *second = worker_start(pairs[_i].peer);
	int from = worker_domain(owner)->domid, domid = worker_domain(peer)->domid;
	long pid = must(rpc(owner, "pid"));
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%d/data/test-vchan", from);
	must(rpc(owner, "vchan_serve %d %s", domid, path));
	must(rpc(peer, "vchan_connect %d %s", from, path));
	fails(rpc(owner, "die"), ECHILD);
	must(rpc(again, "vchan_serve %d %s", domid, path));
	must(rpc(second, "vchan_connect %d %s", from, path));
	ck_assert_int_gt(rpc(again, "tool_lines %ld vmtests (gone) root *|list --draining",
			     pid), 0);
	shows(1, again, "list --draining",
	      "Peers that hold pages of owners that are gone: %d (*) *", domid);
	must(rpc(peer, "vchan_close"));
	becomes(again, "draining", 0, 2000);
	shows(0, again, "list --draining", "%ld vmtests (gone) *", pid);
}
END_TEST

/* A user whom xenstore does not let in is not told the domain's id. */
static void start_sharing_as(struct worker *owner, int uid, const char *what)
{
	must(rpc(owner, "tool_user %d", uid));
	must(rpc(owner, "tool_start share %s", what));
	must(rpc(owner, "tool_say "));
	ck_assert_ptr_eq(strstr(reply(owner), "grefs "), reply(owner));
}

START_TEST(each_user_has_a_quota_of_their_own)
{
	DECLARE_WORKERS;
	struct worker *second = worker_start(pairs[_i].owner);
	struct worker *root = worker_start(pairs[_i].owner);
	int domid = worker_domain(peer)->domid;
	char what[128];

	ck_assert_int_eq(rpc(root, "tool quota 10"), 0);
	shows(1, root, "quota", "*10*");
	snprintf(what, sizeof(what), "--to %d --pages 8", domid);
	start_sharing_as(owner, USER, what);
	shows(1, owner, "status", "yours 8 pages, 8 entries");
	ck_assert_int_eq(rpc(owner, "tool share --to %d --pages 3", domid), 1);
	ck_assert_ptr_nonnull(strstr(reply(owner), "gntshare status"));
	shows(1, owner, "status",
	      "quota: calls were refused in the last hour; `gntshare list`*");
	/* The other user has as much, and root is a user, too. */
	start_sharing_as(second, USER + 1, what);
	ck_assert_int_eq(rpc(root, "tool share --to %d --pages 10", domid), 0);
	ck_assert_int_eq(rpc(root, "tool share --to %d --pages 11", domid), 1);
	shows(1, root, "list", "* gntshare %d * 8/8 new %d *", USER, domid);
	shows(1, root, "list", "* gntshare %d * 8/8 new %d *", USER + 1, domid);
	/* A user sees what is theirs, and changes no bound. */
	shows(1, owner, "list", "* gntshare %d *", USER);
	shows(0, owner, "list", "* gntshare %d *", USER + 1);
	ck_assert_int_eq(rpc(owner, "tool quota 20"), 1);
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
	ck_assert_int_eq(rpc(owner, "tool share --to %d --pages 10", domid), 0);
	ck_assert_int_eq(rpc(second, "tool_end"), 0);
	must(rpc(second, "tool_user 0"));
	ck_assert_int_eq(rpc(root, "tool quota 0"), 0);
	counters(owner, 0, 0);
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

START_TEST(programs_talk_by_listen_and_connect)
{
	DECLARE_WORKERS;

	must(rpc(owner, "tool_start listen t-4 --from %d",
		 worker_domain(peer)->domid));
	must(rpc(peer, "tool_start connect %d:t-4 --wait 20",
		 worker_domain(owner)->domid));
	must(rpc(peer, "tool_write to the owner"));
	must(rpc(owner, "tool_say to the peer"));
	ck_assert_str_eq(reply(owner), "to the owner");
	must(rpc(peer, "tool_say again"));
	ck_assert_str_eq(reply(peer), "to the peer");
	/* Both directions end, and so do both programs. */
	rpc_send(owner, "tool_end");
	ck_assert_int_eq(rpc(peer, "tool_end"), 0);
	ck_assert_int_eq(rpc_receive(owner), 0);
	ck_assert_ptr_nonnull(strstr(reply(owner), "again"));

	/* If one is killed, the other one ends. */
	must(rpc(owner, "tool_start listen t-4 --from %d",
		 worker_domain(peer)->domid));
	must(rpc(peer, "tool_start connect %d:t-4 --wait 20",
		 worker_domain(owner)->domid));
	must(rpc(peer, "tool_write hello"));
	must(rpc(owner, "tool_say hello"));
	ck_assert_int_eq(rpc(owner, "tool_kill 9"), 128 + 9);
	ck_assert_int_eq(rpc(peer, "tool_await"), 0);
	becomes(owner, "entries", 0, 1000);
}
END_TEST
