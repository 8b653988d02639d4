// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The agent, which runs in a domU and does there what dom0 asks for.
 */
#include "domu_agent.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenstore.h>

#include "clean_state.h"
#include "worker.h"
#include "xs_rpc.h"

#define TOKEN_MAX	32

/* A worker in a slot, and the token of the request that it works on. */
static struct slot {
	pid_t pid;		/* 0: the slot has no worker */
	int fd;
	char token[TOKEN_MAX];
} slots[XS_RPC_SLOTS];

static struct xs_handle *xs;

static void send_reply(int slot, const char *token, const char *text)
{
	char path[64], value[TOKEN_MAX + WIRE_MAX + 2];
	int n;

	snprintf(path, sizeof(path), XS_RPC_REPLIES "/%d", slot);
	n = snprintf(value, sizeof(value), "%s %s", token, text);
	if (!xs_write(xs, XBT_NULL, path, value, (unsigned int)n))
		fprintf(stderr, "agent: no reply: %s\n", strerror(errno));
}

static void end_worker(struct slot *s)
{
	close(s->fd);
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

static void end_workers(void)
{
	int i;

	for (i = 0; i < XS_RPC_SLOTS; i++)
		if (slots[i].pid)
			end_worker(&slots[i]);
}

static void take_own(const char *token, const char *text)
{
	char why[512] = "", answer[600];
	int ret = 0;

	if (!strcmp(text, "check")) {
		end_workers();
		ret = clean_state_check(why, sizeof(why));
	} else if (!strcmp(text, "recover")) {
		end_workers();
		clean_state_recover();
	} else if (strcmp(text, "hello")) {
		ret = -ENOSYS;
	}
	snprintf(answer, sizeof(answer), "%d %s", ret, why);
	send_reply(XS_RPC_AGENT, token, answer);
}

static void pass_on(int slot, const char *token, const char *text)
{
	struct slot *s = &slots[slot];

	if (!s->pid) {
		s->pid = worker_fork(&s->fd);
		if (s->pid < 0) {
			s->pid = 0;
			send_reply(slot, token, "-11 fork");
			return;
		}
	}
	snprintf(s->token, sizeof(s->token), "%s", token);
	/* If the worker is dead, the next read of its socket notices it. */
	send(s->fd, text, strlen(text), MSG_NOSIGNAL);
}

/*
 * Takes a request: the node of this path, a child of the node for requests, has
 * changed.
 */
static void take_request(const char *path)
{
	char node[128], token[TOKEN_MAX];
	const char *name = strrchr(path, '/');
	unsigned int length;
	char *value;
	int slot, used = 0;

	if (!name || sscanf(name, "/%d", &slot) != 1 || slot < 0 ||
	    slot >= XS_RPC_SLOTS)
		return;
	snprintf(node, sizeof(node), XS_RPC_REQUESTS "/%d", slot);
	value = xs_read(xs, XBT_NULL, node, &length);
	if (!value)
		return;
	if (sscanf(value, "%31s %n", token, &used) == 1 && used) {
		if (slot == XS_RPC_AGENT)
			take_own(token, value + used);
		else if (strcmp(slots[slot].token, token))
			pass_on(slot, token, value + used);
	}
	free(value);
}

static void take_event(void)
{
	char **event = xs_check_watch(xs);

	if (!event)
		return;
	take_request(event[XS_WATCH_PATH]);
	free(event);
}

static void take_reply(int slot)
{
	struct slot *s = &slots[slot];
	char text[WIRE_MAX + 1];
	ssize_t got = recv(s->fd, text, WIRE_MAX, MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		end_worker(s);
		snprintf(text, sizeof(text), "%d it died", WORKER_DIED);
	} else {
		text[got] = '\0';
	}
	send_reply(slot, s->token, text);
}

int agent_run(void)
{
	struct pollfd ready[XS_RPC_SLOTS];
	int i, ret;

	ret = clean_state_start();
	if (ret) {
		fprintf(stderr, "agent: no module here: %s\n", strerror(-ret));
		return 1;
	}
	xs = xs_open(0);
	if (!xs || !xs_watch(xs, XS_RPC_REQUESTS, "")) {
		perror("agent: xenstore");
		return 1;
	}
	/* dom0 may already have sent a request to the agent. */
	take_request("/0");

	for (;;) {
		ready[0].fd = xs_fileno(xs);
		for (i = 1; i < XS_RPC_SLOTS; i++)
			ready[i].fd = slots[i].pid ? slots[i].fd : -1;
		for (i = 0; i < XS_RPC_SLOTS; i++)
			ready[i].events = POLLIN;
		if (poll(ready, XS_RPC_SLOTS, -1) < 0)
			continue;
		for (i = 1; i < XS_RPC_SLOTS; i++)
			if (ready[i].fd >= 0 && ready[i].revents)
				take_reply(i);
		if (ready[0].revents)
			take_event();
	}
}
