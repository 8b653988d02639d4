// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What dom0's job asks of a domU's agent.
 */
#include "domu_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "worker.h"
#include "xs_rpc.h"

#define HELLO_MS	(30000L * patience())
#define LINE_MS		(1900000L * patience()) /* longer than a test */
#define LOOK_MS		60000	/* the agent is asked this often */
#define WORKER		1

static char reply[WIRE_MAX + 1];

static int roundtrip(struct xs_rpc *r, int slot, const char *text, long ms)
{
	int ret = xs_rpc_send(r, slot, text);

	if (!ret)
		ret = xs_rpc_receive(r, slot, reply, sizeof(reply), ms);
	if (ret) {
		fprintf(stderr, "no answer to \"%s\": %s\n", text,
			strerror(-ret));
		xs_rpc_no_answer();
	}
	return ret;
}

/*
 * A test can take long. But when a domain stands still, its agent does not
 * answer either, so the agent is asked while the line is awaited.
 */
static int next_line(struct xs_rpc *r)
{
	long waited;
	int ret = xs_rpc_send(r, WORKER, "line");

	for (waited = 0; !ret && waited < LINE_MS; waited += LOOK_MS) {
		ret = xs_rpc_receive(r, WORKER, reply, sizeof(reply), LOOK_MS);
		if (ret != -ETIMEDOUT)
			return ret;
		ret = roundtrip(r, XS_RPC_AGENT, "hello", HELLO_MS);
	}
	return ret ? ret : -ETIMEDOUT;
}

int domu_hello(int domid)
{
	struct xs_rpc *r = xs_rpc_open(domid);
	int ret = r ? roundtrip(r, XS_RPC_AGENT, "hello", HELLO_MS) : -1;

	if (r)
		xs_rpc_close(r);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int domu_run_local(int domid)
{
	struct xs_rpc *r = xs_rpc_open(domid);
	int ret;

	if (!r)
		return EXIT_FAILURE;
	ret = roundtrip(r, XS_RPC_AGENT, "recover", HELLO_MS);
	if (!ret)
		ret = roundtrip(r, WORKER, "suite", HELLO_MS);
	while (!ret) {
		ret = next_line(r);
		if (ret || strncmp(reply, "1 ", 2))
			break;
		fputs(reply + 2, stdout);
		fflush(stdout);
	}
	if (!ret && reply[0] != '0') {
		fprintf(stderr, "the suite's worker says: %s\n", reply);
		ret = -1;
	}
	/* This request ends that worker. */
	if (!ret)
		ret = roundtrip(r, XS_RPC_AGENT, "check", HELLO_MS);
	xs_rpc_close(r);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
