// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way from a test in dom0 to the agent of a domU, through xenstore.
 */
#include "xs_rpc.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenstore.h>

#include "device.h"
#include "worker.h"

struct xs_rpc {
	struct xs_handle *xs;
	int domid;
	unsigned int sent[XS_RPC_SLOTS];
};

static void node_path(const struct xs_rpc *r, const char *base, int slot,
		      char *path, size_t size)
{
	snprintf(path, size, "/local/domain/%d/%s/%d", r->domid, base, slot);
}

int xs_rpc_move(struct xs_rpc *r, int domid)
{
	char path[128];

	r->domid = domid;
	snprintf(path, sizeof(path), "/local/domain/%d/" XS_RPC_REPLIES, domid);
	return xs_watch(r->xs, path, "") ? 0 : -errno;
}

struct xs_rpc *xs_rpc_open(int domid)
{
	struct xs_rpc *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->xs = xs_open(0);
	if (r->xs && !xs_rpc_move(r, domid))
		return r;
	xs_rpc_close(r);
	return NULL;
}

void xs_rpc_close(struct xs_rpc *r)
{
	if (r->xs)
		xs_close(r->xs);
	free(r);
}

int xs_rpc_send(struct xs_rpc *r, int slot, const char *text)
{
	char path[128], value[WIRE_MAX + 32];
	int n;

	/* With the pid and a new number, no other request has this token. */
	n = snprintf(value, sizeof(value), "%d.%u %s", getpid(),
		     ++r->sent[slot], text);
	node_path(r, XS_RPC_REQUESTS, slot, path, sizeof(path));
	return xs_write(r->xs, XBT_NULL, path, value, (unsigned int)n) ?
	       0 : -errno;
}

/* Is the reply there? If so, @text gets it. */
static bool read_reply(struct xs_rpc *r, int slot, char *text, size_t size)
{
	char path[128], token[32];
	unsigned int length;
	char *value;
	size_t n;
	bool ours;

	node_path(r, XS_RPC_REPLIES, slot, path, sizeof(path));
	value = xs_read(r->xs, XBT_NULL, path, &length);
	if (!value)
		return false;
	n = (size_t)snprintf(token, sizeof(token), "%d.%u ", getpid(),
			     r->sent[slot]);
	ours = !strncmp(value, token, n);
	if (ours)
		snprintf(text, size, "%s", value + n);
	free(value);
	return ours;
}

bool xs_rpc_replied(struct xs_rpc *r, int slot)
{
	char text[WIRE_MAX + 1];

	return read_reply(r, slot, text, sizeof(text));
}

int xs_rpc_receive(struct xs_rpc *r, int slot, char *text, size_t size,
		   long milliseconds)
{
	struct pollfd ready = { .fd = xs_fileno(r->xs), .events = POLLIN };
	long end = now_ms() + milliseconds;
	char mine[128];

	/*
	 * The domain may have moved. Then the reply may have come before the
	 * watch.
	 */
	if (read_reply(r, slot, text, size))
		return 0;
	node_path(r, XS_RPC_REPLIES, slot, mine, sizeof(mine));
	for (;;) {
		long left = end - now_ms();
		char **event;
		bool is_mine;

		if (left < 0)
			return -ETIMEDOUT;
		if (poll(&ready, 1, (int)left) <= 0)
			continue;
		event = xs_check_watch(r->xs);
		if (!event)
			continue;
		is_mine = !strcmp(event[XS_WATCH_PATH], mine);
		free(event);
		if (is_mine && read_reply(r, slot, text, size))
			return 0;
	}
}

void xs_rpc_no_answer(void)
{
	/*
	 * Xen prints each domain's event channels, and its processors with
	 * their state, if it has that.
	 */
	if (system("xl debug-keys qv"))
		fprintf(stderr, "xl debug-keys: no answer, either\n");
}
