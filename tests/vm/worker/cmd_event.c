// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker's commands for event channels, through libxenevtchn.
 *
 *   offer DOMAIN       -> port that DOMAIN can bind
 *   bind DOMAIN PORT   -> port of this domain, bound to that one
 *   events MS MORE     -> how many events came: the first within MS, each other
 *                         within MORE milliseconds after the one before
 *   hangup             close the handle, with all its ports
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <xenevtchn.h>

#include "worker.h"

static xenevtchn_handle *events;

static int need_events(void)
{
	if (!events)
		events = xenevtchn_open(NULL, 0);
	return events ? 0 : -errno;
}

xenevtchn_handle *event_handle(void)
{
	need_events();
	return events;
}

/* Binding makes an event pending on our side that nobody has sent. */
static void forget_pending(void)
{
	struct pollfd ready = { .fd = xenevtchn_fd(events), .events = POLLIN };

	while (poll(&ready, 1, 5) > 0) {
		int port = xenevtchn_pending(events);

		if (port < 0)
			return;
		xenevtchn_unmask(events, (evtchn_port_t)port);
	}
}

static long cmd_offer(const char *args, char *text)
{
	int ret = need_events();

	(void)text;
	if (ret)
		return ret;
	ret = xenevtchn_bind_unbound_port(events,
					  (uint32_t)strtoul(args, NULL, 10));
	return ret < 0 ? -errno : ret;
}

static long cmd_bind_port(const char *args, char *text)
{
	unsigned int domain, port;
	int ret = need_events();

	(void)text;
	if (ret)
		return ret;
	if (sscanf(args, "%u %u", &domain, &port) != 2)
		return -EBADMSG;
	ret = xenevtchn_bind_interdomain(events, domain, port);
	if (ret < 0)
		return -errno;
	forget_pending();
	return ret;
}

static long cmd_count_events(const char *args, char *text)
{
	struct pollfd ready = { .events = POLLIN };
	int ms, more;
	long count;

	(void)text;
	if (!events)
		return -EBADF;
	if (sscanf(args, "%d %d", &ms, &more) != 2)
		return -EBADMSG;
	ready.fd = xenevtchn_fd(events);
	for (count = 0; poll(&ready, 1, count ? more : ms) > 0; count++) {
		int port = xenevtchn_pending(events);

		if (port < 0)
			return -errno;
		xenevtchn_unmask(events, (evtchn_port_t)port);
	}
	return count;
}

static long cmd_hangup(const char *args, char *text)
{
	int ret = 0;

	(void)args;
	(void)text;
	if (events)
		ret = xenevtchn_close(events);
	events = NULL;
	return ret < 0 ? -errno : 0;
}

const struct command event_commands[] = {
	{ "offer", cmd_offer },
	{ "bind", cmd_bind_port },
	{ "events", cmd_count_events },
	{ "hangup", cmd_hangup },
	{ NULL, NULL }
};
