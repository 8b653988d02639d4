// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What dom0's job asks of a domU's agent.
 */
#include "relay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "device.h"
#include "remote.h"

#define HELLO_MS	(30000L * slowness())
#define LINE_MS		1900000	/* longer than a test may take */
#define LOOK_MS		60000	/* so often is the agent asked meanwhile */
#define ACTOR		1

static char reply[WIRE_MAX + 1];

static int call(struct remote *r, int slot, const char *text, long ms)
{
	int ret = remote_send(r, slot, text);

	if (!ret)
		ret = remote_receive(r, slot, reply, sizeof(reply), ms);
	if (ret) {
		fprintf(stderr, "no answer to \"%s\": %s\n", text,
			strerror(-ret));
		remote_is_silent();
	}
	return ret;
}

/* A test can take long, but a domain that stands still has no agent, either. */
static int next_line(struct remote *r)
{
	long waited;
	int ret = remote_send(r, ACTOR, "line");

	for (waited = 0; !ret && waited < LINE_MS; waited += LOOK_MS) {
		ret = remote_receive(r, ACTOR, reply, sizeof(reply), LOOK_MS);
		if (ret != -ETIMEDOUT)
			return ret;
		ret = call(r, REMOTE_AGENT, "hello", HELLO_MS);
	}
	return ret ? ret : -ETIMEDOUT;
}

int relay_hello(int domid)
{
	struct remote *r = remote_open(domid);
	int ret = r ? call(r, REMOTE_AGENT, "hello", HELLO_MS) : -1;

	if (r)
		remote_close(r);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int relay_suite(int domid)
{
	struct remote *r = remote_open(domid);
	int ret;

	if (!r)
		return EXIT_FAILURE;
	ret = call(r, REMOTE_AGENT, "recover", HELLO_MS);
	if (!ret)
		ret = call(r, ACTOR, "suite", HELLO_MS);
	while (!ret) {
		ret = next_line(r);
		if (ret || strncmp(reply, "1 ", 2))
			break;
		fputs(reply + 2, stdout);
		fflush(stdout);
	}
	if (!ret && reply[0] != '0') {
		fprintf(stderr, "the suite's actor says: %s\n", reply);
		ret = -1;
	}
	/* ends that actor */
	if (!ret)
		ret = call(r, REMOTE_AGENT, "settle", HELLO_MS);
	remote_close(r);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
