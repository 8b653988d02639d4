// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare connect: a channel to a listener of another domain. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
"usage: gntshare connect DOM:NAME [--unix PATH] [--wait S]\n"
"\n"
"Connect to gntshare listen, or to another program that listens, in the domain\n"
"DOM. Standard input goes there, and what comes from there is printed.\n"
"\n"
"  DOM              the other domain: its id or, where xenstore tells it, its\n"
"                   name\n"
"  NAME             the name that it listens to, or a path of xenstore\n"
"  -u, --unix PATH  make the socket PATH, and connect each program that connects\n"
"                   to it, until a signal comes\n"
"  -W, --wait S     give up if nobody listens after S seconds\n";

#define MS		(SECOND / 1000)

/*
 * Of several programs that come at once, each can only connect after the listener has
 * accepted the one before. All others wait for so long at the most.
 */
#define BURST_MS	200

/* What the options ask for. @deadline is that of now_ns(), or -1. */
struct choice {
	const char *socket, *name;
	uint32_t peer;
	int64_t deadline;
};

static int complain(const struct choice *c, int err)
{
	return say("no connection to %s in domain %u: %s", c->name, c->peer,
		   err == -ETIMEDOUT || err == -ECONNREFUSED ?
		   "nobody listens" : strerror(-err));
}

/*
 * Connect within the time, in turns of a second, since signals come only between
 * them.
 */
static int try(const struct choice *c, struct gntchan **channel)
{
	int err;

	do {
		int64_t left = c->deadline < 0 ? SECOND :
			       c->deadline - now_ns();

		if (signals_came())
			return -EINTR;
		if (left > SECOND)
			left = SECOND;
		err = gntchan_connect(channel, c->peer, c->name,
				      left > 0 ? (int)(left / MS) : 0);
	} while ((err == -ETIMEDOUT || err == -ECONNREFUSED) &&
		 (c->deadline < 0 || now_ns() < c->deadline));
	return err;
}

static int connect_stdio(const struct choice *c)
{
	struct proxies all = { .count = 0 };
	struct gntchan *channel;
	int err, result;

	err = try(c, &channel);
	if (err)
		return complain(c, err);
	proxy_start(&all, channel, STDIN_FILENO, STDOUT_FILENO);
	result = proxy_run(&all);
	proxy_end_all(&all);
	return result;
}

/*
 * A program has connected to the socket. What fails here ends it alone; but returns
 * false if it is still waiting, since there is no descriptor for it.
 */
static bool connect_one(const struct choice *c, struct proxies *all, int fd)
{
	struct gntchan *channel;
	int err;

	fd = socket_accept(fd);
	if (fd < 0) {
		say("no program can come: %s", strerror(-fd));
		return false;
	}
	err = gntchan_connect(&channel, c->peer, c->name, BURST_MS);
	if (err) {
		complain(c, err);
		close(fd);
		return true;
	}
	proxy_start(all, channel, fd, fd);
	return true;
}

static int connect_socket(const struct choice *c)
{
	struct proxies all = { .count = 0 };
	int fd = socket_listen(c->socket);
	bool can_come = true;

	if (fd < 0)
		return say("%s cannot be made: %s", c->socket, strerror(-fd));
	while (!signals_came()) {
		bool ready;

		/* The channel of one program is no matter of the others. */
		proxy_poll(&all, can_come ? fd : -1, &ready);
		can_come = !ready || connect_one(c, &all, fd);
	}
	proxy_end_all(&all);
	close(fd);
	unlink(c->socket);
	return DONE;
}

static int parse(struct choice *c, const char *text)
{
	char domain[DOMAIN_SIZE];

	c->name = names_split("connect", text, domain);
	return c->name ? names_parse_domain("connect", domain, &c->peer) :
			 WRONG;
}

int command_connect(int argc, char **argv)
{
	static const struct option options[] = {
		{ "unix", required_argument, NULL, 'u' },
		{ "wait", required_argument, NULL, 'W' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct choice c = { .deadline = -1 };
	uint64_t wait;
	int option;

	while ((option = getopt_long(argc, argv, "u:W:h", options,
				     NULL)) >= 0) {
		switch (option) {
		case 'u':
			c.socket = optarg;
			break;
		case 'W':
			if (!text_seconds("connect", optarg, &wait))
				return WRONG;
			c.deadline = now_ns() + (int64_t)wait * SECOND;
			break;
		case 'h':
			fputs(usage, stdout);
			return DONE;
		default:
			return wrong("connect", "wrong options");
		}
	}
	if (argc != optind + 1)
		return wrong("connect", "one DOM:NAME is needed");
	if (parse(&c, argv[optind]))
		return WRONG;
	if (names_check_owner(c.peer))
		return FAILED;
	signals_catch();
	return c.socket ? connect_socket(&c) : connect_stdio(&c);
}
