// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare receive: store a file that another domain sends. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
"usage: gntshare receive DOM:NAME [FILE] [--sha256] [--wait S] [--quiet]\n"
"                        [--json]\n"
"\n"
"Store a file that gntshare send sends in the domain DOM. It gets its name when\n"
"all of it has come.\n"
"\n"
"  DOM              the sender: the id of a domain or, where xenstore tells\n"
"                   it, the domain's name\n"
"  NAME             as the sender has called it\n"
"  FILE             where to store it, NAME if it is missing; - is standard\n"
"                   output\n"
"  -s, --sha256     print the SHA-256 of the file\n"
"  -W, --wait S     give up if nobody sends after S seconds\n"
"  -q, --quiet      show no progress\n"
"  -j, --json       print what was received as JSON\n";

/*
 * All that has to be given back.
 *
 * @fd: of the output, which is called @hidden until all of it has come; an empty
 *	text if it has no name
 */
struct receiver {
	struct gntshare_mapper *mapper;
	struct transfer transfer;
	char hidden[PATH_MAX];
	int fd;
};

/* Wait until the sender has announced its pages. The caller frees the grefs. */
static int find_sender(struct receiver *r, const struct transfer_choice *c,
		       struct announcement *a)
{
	struct transfer *t = &r->transfer;
	struct pollfd watch = { .events = POLLIN };

	watch.fd = store_watch(t->peer, c->key);
	if (watch.fd < 0)
		return say("xenstore cannot be watched: %s",
			   strerror(-watch.fd));
	if (t->progress.visible)
		fprintf(stderr, "waiting for domain %u to send %s\n",
			t->peer, c->key);
	while (!store_announced(t->peer, c->key, a)) {
		if (transfer_check_signals())
			return FAILED;
		if (c->deadline >= 0 && now_ns() >= c->deadline)
			return say("nobody has come in time");
		if (signals_poll(&watch, 1, c->deadline) > 0)
			store_watched();
	}
	return DONE;
}

/* Map the first page, and the slots after it. */
static int map_pages(struct receiver *r, const uint32_t *grefs, size_t count)
{
	struct gntshare_mapping *first, *slots;
	struct transfer *t = &r->transfer;
	int err;

	err = gntshare_mapper_open(&r->mapper, NULL);
	if (err)
		return say("/dev/xen/gntdev cannot be opened: %s",
			   strerror(-err));
	err = gntshare_mapping_create(r->mapper, &first, t->peer, grefs, 1,
				      GNTSHARE_WRITABLE);
	if (!err)
		err = gntshare_mapping_create(r->mapper, &slots, t->peer,
					      grefs + 1, count - 1, 0);
	if (!err)
		err = gntshare_mapping_notify(first,
					      offsetof(struct transfer_page,
						       receiver_is_there),
					      GNTSHARE_NOTIFY_CLEAR_BYTE |
					      GNTSHARE_NOTIFY_SEND_EVENT,
					      t->port);
	if (err)
		return say("the sender's pages cannot be mapped: %s",
			   strerror(-err));
	t->page = gntshare_mapping_address(first);
	t->memory = gntshare_mapping_address(slots);
	return transfer_accept(t, count - 1);
}

static int bind_port(struct transfer *t, uint64_t port)
{
	xenevtchn_port_or_error_t local;

	if (transfer_open_events(t))
		return FAILED;
	local = xenevtchn_bind_interdomain(t->events, t->peer, (uint32_t)port);
	if (local < 0)
		return say("the sender's event channel cannot be bound; perhaps it has ended: %s",
			   strerror(errno));
	t->port = (uint32_t)local;
	return DONE;
}

static int connect_sender(struct receiver *r, const struct announcement *a)
{
	uint32_t *grefs;
	size_t count = 0;
	int result;

	if (!a->port || a->port > UINT32_MAX || !a->writable ||
	    gntshare_grefs_parse(a->grefs, NULL, 0, &count) || count < 2 ||
	    count > TRANSFER_PAGES_MAX)
		return say("what domain %u has announced is not of gntshare send",
			   r->transfer.peer);
	grefs = text_alloc(NULL, count, sizeof(*grefs));
	result = gntshare_grefs_parse(a->grefs, grefs, count, &count) ?
		 FAILED : bind_port(&r->transfer, a->port);
	if (result == DONE)
		result = map_pages(r, grefs, count);
	free(grefs);
	return result;
}

/* Create a file beside the one that it will be. */
static int create_file(struct receiver *r, const char *file)
{
	const char *slash = strrchr(file, '/');
	int folder = slash ? (int)(slash - file) + 1 : 0;
	mode_t mask;

	if (!strcmp(file, "-")) {
		r->fd = STDOUT_FILENO;
		return DONE;
	}
	if (snprintf(r->hidden, sizeof(r->hidden), "%.*s.%s.XXXXXX", folder,
		     file, file + folder) >= (int)sizeof(r->hidden)) {
		*r->hidden = '\0';
		return say("the name is too long");
	}
	r->fd = mkostemp(r->hidden, O_CLOEXEC);
	if (r->fd < 0) {
		*r->hidden = '\0';
		return say("%s cannot be created: %s", file, strerror(errno));
	}
	mask = umask(0);
	umask(mask);
	fchmod(r->fd, 0666 & ~mask);
	return DONE;
}

/* All has come. From here on it has its name, also after a crash. */
static int name_file(struct receiver *r, const char *file)
{
	if (!*r->hidden)
		return DONE;
	if (fsync(r->fd) || rename(r->hidden, file))
		return say("%s cannot be written: %s", file, strerror(errno));
	*r->hidden = '\0';
	return DONE;
}

static int run(struct receiver *r, const struct transfer_choice *c)
{
	struct announcement a;
	int result;

	if (names_check_owner(r->transfer.peer) || create_file(r, c->file))
		return FAILED;
	signals_catch();
	if (find_sender(r, c, &a))
		return FAILED;
	result = connect_sender(r, &a);
	free(a.grefs);
	if (result)
		return result;
	result = transfer_receive(&r->transfer, r->fd);
	if (result == DONE)
		result = name_file(r, c->file);
	transfer_confirm(&r->transfer, result == DONE);
	return result;
}

/* Whatever was made of it. */
static void give_back(struct receiver *r)
{
	if (*r->hidden)
		unlink(r->hidden);
	if (r->fd > STDOUT_FILENO)
		close(r->fd);
	if (r->mapper)
		gntshare_mapper_close(r->mapper);
	if (r->transfer.events)
		xenevtchn_close(r->transfer.events);
	free(r->transfer.copy);
}

int command_receive(int argc, char **argv)
{
	struct receiver r = { .fd = -1 };
	struct transfer_choice c = { .json = false };
	struct transfer *t = &r.transfer;
	int words, result;
	bool piped;

	t->progress.verb = "received";
	if (!transfer_options("receive", usage, argc, argv, t, &c, &result))
		return result;
	words = argc - optind;
	if (words < 1 || words > 2)
		return wrong("receive", "DOM:NAME is needed, and at most one FILE");
	result = transfer_parse("receive", argv[optind], t, &c);
	if (result)
		return result;
	c.file = words == 2 ? argv[optind + 1] : c.key;
	piped = !strcmp(c.file, "-");
	if (piped && c.json)
		return wrong("receive", "standard output is either the file or JSON");
	result = run(&r, &c);
	if (result == DONE)
		transfer_report(t, piped ? stderr : stdout, c.json);
	give_back(&r);
	return result;
}
