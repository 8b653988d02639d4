// SPDX-License-Identifier: GPL-2.0-or-later
/* What send and receive have in common: options, events, waiting, the report. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

bool transfer_options(const char *name, const char *usage, int argc,
		      char **argv, struct transfer *t,
		      struct transfer_choice *c, int *result)
{
	static const struct option options[] = {
		{ "sha256", no_argument, NULL, 's' },
		{ "wait", required_argument, NULL, 'W' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t wait;
	int option;

	c->deadline = -1;
	t->progress.visible = isatty(STDERR_FILENO);
	*result = WRONG;
	while ((option = getopt_long(argc, argv, "sW:qjh", options,
				     NULL)) >= 0) {
		switch (option) {
		case 's':
			t->hashed = true;
			break;
		case 'W':
			if (!text_seconds(name, optarg, &wait))
				return false;
			c->deadline = now_ns() + (int64_t)wait * SECOND;
			break;
		case 'q':
			t->progress.visible = false;
			break;
		case 'j':
			c->json = true;
			break;
		case 'h':
			fputs(usage, stdout);
			*result = DONE;
			return false;
		default:
			wrong(name, "wrong options");
			return false;
		}
	}
	return true;
}

int transfer_parse(const char *name, const char *text, struct transfer *t,
		   struct transfer_choice *c)
{
	char domain[DOMAIN_SIZE];

	c->key = names_split(name, text, domain);
	if (!c->key)
		return WRONG;
	if (!store_key_is_right(c->key))
		return wrong(name, "a NAME has at most 64 letters, digits, - and _");
	return names_parse_domain(name, domain, &t->peer);
}

int transfer_open_events(struct transfer *t)
{
	t->events = xenevtchn_open(NULL, 0);
	if (!t->events)
		return say("/dev/xen/evtchn cannot be opened: %s",
			   strerror(errno));
	return DONE;
}

/* Take the event, of which it does not matter how often it came. */
static void take_event(struct transfer *t)
{
	xenevtchn_port_or_error_t port = xenevtchn_pending(t->events);

	if (port >= 0)
		xenevtchn_unmask(t->events, (evtchn_port_t)port);
}

void transfer_send_event(struct transfer *t)
{
	/* If it fails, the other side has ended, and that is seen elsewhere. */
	xenevtchn_notify(t->events, t->port);
	t->untold = 0;
}

void transfer_slot_done(struct transfer *t)
{
	if (++t->untold >= (t->slots + 1) / 2)
		transfer_send_event(t);
}

int transfer_check_signals(void)
{
	return signals_came() ? say("ended by a signal") : DONE;
}

/*
 * No event comes when a domain is destroyed. The daemon of xenstore may
 * say of domain 0 that it was never there.
 */
static bool is_destroyed(struct transfer *t)
{
	bool exists = store_domain_exists(t->peer);

	t->seen |= exists;
	return t->seen && !exists;
}

int transfer_sleep(struct transfer *t, int fd, short events, bool *ready,
		   int64_t deadline)
{
	struct pollfd fds[2] = {
		{ .fd = xenevtchn_fd(t->events), .events = POLLIN },
		{ .fd = fd, .events = events },
	};
	int64_t turn = now_ns() + SECOND;
	int count;

	if (transfer_check_signals())
		return FAILED;
	if (t->untold)
		transfer_send_event(t);
	if (deadline >= 0 && now_ns() >= deadline)
		return say("nobody has come in time");
	if (deadline >= 0 && deadline < turn)
		turn = deadline;
	count = signals_poll(fds, 2, turn);
	if (!count && is_destroyed(t))
		return say("domain %u does not exist any more", t->peer);
	if (count > 0 && fds[0].revents)
		take_event(t);
	if (ready)
		*ready = count > 0 && fds[1].revents;
	return DONE;
}

int transfer_sleep_for_event(struct transfer *t)
{
	return transfer_sleep(t, -1, 0, NULL, -1);
}

char *transfer_slot(const struct transfer *t)
{
	return t->memory + (size_t)(t->count % t->slots) * t->slot_size;
}

void transfer_report(struct transfer *t, FILE *out, bool json)
{
	double spent = progress_end(&t->progress);
	char digest[2 * TRANSFER_DIGEST + 1];
	size_t i;

	for (i = 0; i < TRANSFER_DIGEST; i++)
		sprintf(digest + 2 * i, "%02x", t->digest[i]);
	if (json) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "state", t->progress.verb);
		json_add_number(o, "bytes", t->progress.done);
		json_object_object_add(o, "seconds",
				       json_object_new_double(spent));
		json_add_text(o, "sha256", t->hashed ? digest : NULL);
		print_json_line(o);
		return;
	}
	fprintf(out, "%s %llu bytes in %.2f s, %.1f MB/s\n", t->progress.verb,
		(unsigned long long)t->progress.done, spent,
		spent > 0 ? (double)t->progress.done / 1e6 / spent : 0);
	if (t->hashed)
		fprintf(out, "sha256 %s\n", digest);
}
