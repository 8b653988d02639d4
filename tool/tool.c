// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare: the table of subcommands. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>

#include "tool.h"

static const struct {
	const char *name, *line;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "status", "which driver it is, and how full", command_status },
	{ "list", "who holds what", command_list },
	{ "top", "the same, again and again", command_top },
	{ "limit", "show or set the module's limit", command_limit },
	{ "quota", "show or set the quota of each user", command_quota },
	{ "headroom", "show or set what is left to the kernel",
	  command_headroom },
	{ "check", "whether this machine can share", command_check },
	{ "share", "share memory with another domain", command_share },
	{ "map", "map what another domain shares", command_map },
	{ "send", "send a file to another domain", command_send },
	{ "receive", "store a file that another domain sends",
	  command_receive },
	{ "connect", "talk with a program in another domain",
	  command_connect },
	{ "listen", "let programs of other domains connect", command_listen },
};

static void print_usage(FILE *out)
{
	size_t i;

	fputs("usage: gntshare COMMAND [OPTION...]\n"
	      "       gntshare COMMAND --help\n"
	      "       gntshare --version\n"
	      "\n"
	      "Share memory with another Xen domain, and see what is shared.\n"
	      "\n", out);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-10s%s\n", commands[i].name, commands[i].line);
}

/* What was written to a full disk, or to nobody, is a failure. */
static int end(int result)
{
	if ((fflush(stdout) || ferror(stdout)) && result != WRONG)
		return say("the output cannot be written: %s", strerror(errno));
	return result;
}

int tool_main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		print_usage(stderr);
		return WRONG;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_usage(stdout);
		return end(DONE);
	}
	if (!strcmp(argv[1], "--version")) {
		printf("gntshare %s, with libgntshare %s\n", TOOL_VERSION,
		       gntshare_version());
		return end(DONE);
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		/* Messages of getopt_long() begin with that. */
		argv[1] = argv[0];
		return end(commands[i].run(argc - 1, argv + 1));
	}
	say("there is no command %s", argv[1]);
	print_usage(stderr);
	return WRONG;
}
