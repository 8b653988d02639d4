// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare listen: let programs of other domains connect. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
"usage: gntshare listen NAME --from DOM... [--unix PATH]\n"
"\n"
"Let gntshare connect, or another program that connects, come from the domain\n"
"DOM. Standard input goes there, and what comes from there is printed.\n"
"\n"
"  NAME             a name of letters, digits, - and _; or, with one DOM, a path\n"
"                   of xenstore\n"
"  -f, --from DOM   a domain that may connect: its id or, where xenstore tells\n"
"                   it, its name; can be given many times\n"
"  -u, --unix PATH  connect each program that comes to the socket PATH, until a\n"
"                   signal comes; without this, only the first one\n";

struct choice {
	const char *socket;
	struct gntchan_listen_options options;
	uint32_t domids[GNTCHAN_DOMIDS_MAX];
};

static int add_domain(struct choice *c, const char *text)
{
	if (c->options.count == GNTCHAN_DOMIDS_MAX)
		return wrong("listen", "there are too many domains");
	return names_parse_domain("listen", text,
				  &c->domids[c->options.count++]);
}

static int complain(const char *what, int err)
{
	return say("%s: %s", what, text_error(err));
}

/*
 * Returns false if it was nobody; *@result says whether that is a failure. If it is the
 * same one again, nothing is printed.
 */
static bool accept_one(struct gntchan_listener *listener,
		       struct gntchan **channel, int *result)
{
	static int last;
	int err = gntchan_accept(listener, channel, 0);

	*result = err && err != -EAGAIN ? FAILED : DONE;
	if (*result && err != last)
		complain("the next channel cannot be made", err);
	last = err;
	return !err;
}

/* Both close the listener. */
static int serve_stdio(struct gntchan_listener *listener)
{
	struct proxies all = { .count = 0 };
	struct gntchan *channel;
	bool ready;
	int result;

	while (!accept_one(listener, &channel, &result)) {
		if (!result && signals_came())
			result = say("ended by a signal");
		if (result) {
			gntchan_listener_close(listener);
			return result;
		}
		proxy_poll(&all, gntchan_listener_fd(listener), &ready);
	}
	/* Nobody else can come. */
	gntchan_listener_close(listener);
	proxy_start(&all, channel, STDIN_FILENO, STDOUT_FILENO);
	result = proxy_run(&all);
	proxy_end_all(&all);
	return result;
}

/* A client has come. What fails here ends it alone. */
static void serve_one(const char *path, struct proxies *all,
		      struct gntchan *channel)
{
	int fd = socket_connect(path);

	if (fd < 0) {
		say("no connection to %s: %s", path, strerror(-fd));
		gntchan_close(channel);
		return;
	}
	proxy_start(all, channel, fd, fd);
}

static int serve_socket(struct gntchan_listener *listener, const char *path)
{
	struct proxies all = { .count = 0 };
	int fd = gntchan_listener_fd(listener);

	while (!signals_came()) {
		struct gntchan *channel;
		bool ready;
		int result;

		proxy_poll(&all, fd, &ready);
		while (ready && accept_one(listener, &channel, &result))
			serve_one(path, &all, channel);
	}
	proxy_end_all(&all);
	gntchan_listener_close(listener);
	return DONE;
}

static int run(const struct choice *c)
{
	struct gntchan_listener *listener;
	int err;

	signals_catch();
	err = gntchan_listen(&listener, &c->options, sizeof(c->options));
	if (err)
		return complain("nobody can be let in", err);
	return c->socket ? serve_socket(listener, c->socket) :
			   serve_stdio(listener);
}

int command_listen(int argc, char **argv)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "unix", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct choice c = { .options.domids = c.domids };
	int option;

	while ((option = getopt_long(argc, argv, "f:u:h", options,
				     NULL)) >= 0) {
		switch (option) {
		case 'f':
			if (add_domain(&c, optarg))
				return WRONG;
			break;
		case 'u':
			c.socket = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return DONE;
		default:
			return wrong("listen", "wrong options");
		}
	}
	if (argc != optind + 1)
		return wrong("listen", "one NAME is needed");
	if (!c.options.count)
		return wrong("listen", "--from is needed");
	c.options.name = argv[optind];
	return run(&c);
}
