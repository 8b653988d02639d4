// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The functions of libxenevtchn that the tool uses. A channel is a pair of
 * eventfds, of which each side has one to read and one to write. A tool that runs
 * alone has a channel to nobody.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tool_test.h"

struct xenevtchn_handle {
	int in, out;
	bool alone;
};

static struct xenevtchn_handle sides[2];
static const char *failing;
static int failure;

void fail_evtchn(const char *call, int err)
{
	failing = call;
	failure = err;
}

static bool fails(const char *call)
{
	if (!failing || strcmp(failing, call))
		return false;
	errno = failure;
	return true;
}

xenevtchn_handle *make_channel(int side)
{
	if (!sides[0].in) {
		sides[0].in = eventfd(0, EFD_NONBLOCK);
		sides[0].out = eventfd(0, EFD_NONBLOCK);
		sides[1].in = sides[0].out;
		sides[1].out = sides[0].in;
	}
	return &sides[side];
}

uint64_t take_events(int side)
{
	eventfd_t count;

	return eventfd_read(make_channel(side)->in, &count) ? 0 : count;
}

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger,
				 unsigned int flags)
{
	struct xenevtchn_handle *h;

	(void)logger;
	(void)flags;
	if (fails("open"))
		return NULL;
	h = calloc(1, sizeof(*h));
	h->in = eventfd(0, EFD_NONBLOCK);
	h->out = h->in;
	h->alone = true;
	return h;
}

int xenevtchn_close(xenevtchn_handle *h)
{
	if (h->alone) {
		close(h->in);
		free(h);
	}
	return 0;
}

int xenevtchn_fd(xenevtchn_handle *h)
{
	return h->in;
}

int xenevtchn_notify(xenevtchn_handle *h, evtchn_port_t port)
{
	(void)port;
	return h->alone ? 0 : eventfd_write(h->out, 1);
}

xenevtchn_port_or_error_t xenevtchn_bind_unbound_port(xenevtchn_handle *h,
						      uint32_t domid)
{
	(void)h;
	(void)domid;
	return fails("bind") ? -1 : (xenevtchn_port_or_error_t)FAKE_PORT;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *h,
						     uint32_t domid,
						     evtchn_port_t port)
{
	(void)port;
	return xenevtchn_bind_unbound_port(h, domid);
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *h)
{
	eventfd_t value;

	return eventfd_read(h->in, &value) ? -1 :
	       (xenevtchn_port_or_error_t)FAKE_PORT;
}

int xenevtchn_unmask(xenevtchn_handle *h, evtchn_port_t port)
{
	(void)h;
	(void)port;
	return 0;
}
