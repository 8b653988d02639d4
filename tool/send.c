// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare send: send a file to another domain. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
"usage: gntshare send FILE DOM:NAME [--sha256] [--wait S] [--quiet] [--json]\n"
"\n"
"Send a file to the domain DOM, where gntshare receive stores it.\n"
"\n"
"  FILE             what to send; - is standard input\n"
"  DOM              the receiver: the id of a domain or, where xenstore tells\n"
"                   it, the domain's name\n"
"  NAME             what the receiver asks for\n"
"  -s, --sha256     both sides print the SHA-256 of the file, and compare it\n"
"  -W, --wait S     give up if nobody has come after S seconds\n"
"  -q, --quiet      show no progress\n"
"  -j, --json       print what was sent as JSON\n";

/* All that has to be given back. */
struct sender {
	struct gntshare *share;
	struct gntshare_region *first, *slots;
	struct transfer transfer;
	int fd;
};

/*
 * Share the slots. If a bound or the grant table leaves too little, smaller ones
 * are enough. Returns 0 or an error of the library.
 */
static int share_slots(struct sender *s)
{
	struct transfer *t = &s->transfer;
	int err;

	t->slots = TRANSFER_SLOTS;
	t->slot_size = TRANSFER_SLOT_SIZE;
	for (;;) {
		err = gntshare_region_share(s->share, &s->slots, t->peer,
					    t->slots * (t->slot_size / PAGE),
					    0);
		if ((err != -EDQUOT && err != -ENOSPC) || t->slot_size == PAGE)
			return err;
		t->slot_size /= 2;
	}
}

/* Share the pages. Returns 0 or an error of the library. */
static int share_pages(struct sender *s)
{
	struct transfer *t = &s->transfer;
	int err;

	err = gntshare_open(&s->share, NULL);
	if (err)
		return err;
	err = gntshare_region_share(s->share, &s->first, t->peer, 1,
				    GNTSHARE_WRITABLE);
	if (err)
		return err;
	err = share_slots(s);
	if (err)
		return err;
	t->page = gntshare_region_address(s->first);
	t->memory = gntshare_region_address(s->slots);
	return gntshare_region_notify(s->first,
				      offsetof(struct transfer_page,
					       sender_is_there),
				      GNTSHARE_NOTIFY_CLEAR_BYTE |
				      GNTSHARE_NOTIFY_SEND_EVENT, t->port);
}

/* Make an event channel that only the receiver can bind. */
static int make_port(struct transfer *t)
{
	xenevtchn_port_or_error_t port;

	if (transfer_open_events(t))
		return FAILED;
	port = xenevtchn_bind_unbound_port(t->events, t->peer);
	if (port < 0)
		return say("no event channel for domain %u: %s", t->peer,
			   strerror(errno));
	t->port = (uint32_t)port;
	return DONE;
}

static int announce(const struct sender *s, const char *key)
{
	size_t slots = gntshare_region_pages(s->slots), count = 1 + slots;
	uint32_t *grefs = text_alloc(NULL, count, sizeof(*grefs));
	size_t room = GNTSHARE_GREFS_TEXT_SIZE(count);
	struct announcement a = {
		.grefs = text_alloc(NULL, room, 1), .size = count * PAGE,
		.port = s->transfer.port, .writable = true,
	};
	int err;

	grefs[0] = *gntshare_region_grefs(s->first);
	memcpy(grefs + 1, gntshare_region_grefs(s->slots),
	       slots * sizeof(*grefs));
	err = gntshare_grefs_format(grefs, count, a.grefs, room);
	if (!err)
		err = store_announce(key, s->transfer.peer, &a);
	free(a.grefs);
	free(grefs);
	if (err)
		return say("data/gntshare/%s of xenstore cannot be written: %s",
			   key, strerror(-err));
	return DONE;
}

/* Let the receiver come, and send it all. */
static int serve_receiver(struct sender *s, const struct transfer_choice *c)
{
	struct transfer *t = &s->transfer;
	int result;

	transfer_offer(t);
	if (announce(s, c->key))
		return FAILED;
	if (t->progress.visible)
		fprintf(stderr, "waiting for domain %u to receive %s\n",
			t->peer, c->key);
	result = transfer_await(t, c->deadline);
	/* No other receiver can come any more. */
	store_withdraw(c->key);
	return result ? result : transfer_send(t, s->fd);
}

static int run(struct sender *s, const struct transfer_choice *c)
{
	struct transfer *t = &s->transfer;
	struct stat st;
	int err;

	s->fd = STDIN_FILENO;
	if (strcmp(c->file, "-"))
		s->fd = open(c->file, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		return say("%s cannot be opened: %s", c->file, strerror(errno));
	if (!fstat(s->fd, &st) && S_ISREG(st.st_mode)) {
		t->progress.total.known = true;
		t->progress.total.value = (uint64_t)st.st_size;
	}
	signals_catch();
	if (make_port(t))
		return FAILED;
	err = share_pages(s);
	if (err)
		return say("cannot share: %s", text_error(err));
	return serve_receiver(s, c);
}

/* Whatever was made of it. */
static void give_back(struct sender *s)
{
	if (s->share)
		gntshare_close(s->share);
	if (s->transfer.events)
		xenevtchn_close(s->transfer.events);
	if (s->fd > STDIN_FILENO)
		close(s->fd);
}

int command_send(int argc, char **argv)
{
	struct sender s = { .fd = -1 };
	struct transfer_choice c = { .json = false };
	struct transfer *t = &s.transfer;
	int result;

	t->progress.verb = "sent";
	if (!transfer_options("send", usage, argc, argv, t, &c, &result))
		return result;
	if (argc - optind != 2)
		return wrong("send", "FILE and DOM:NAME are needed");
	c.file = argv[optind];
	result = transfer_parse("send", argv[optind + 1], t, &c);
	if (result)
		return result;
	result = run(&s, &c);
	if (result == DONE)
		transfer_report(t, stdout, c.json);
	give_back(&s);
	return result;
}
