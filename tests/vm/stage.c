// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a test stands on: the domains, and actors in them.
 */
#include "stage.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "device.h"
#include "remote.h"
#include "settle.h"

#define DOMAINS		3
#define ACTORS		6
#define ANSWER_MS	(20000L * slowness())

static struct domain domains[DOMAINS] = {
	{ .name = "dom0" },
	{ .name = "pv", .remote = true },
	{ .name = "pvh", .remote = true },
};

const struct pair pairs[PAIRS] = {
	{ &domains[0], &domains[1] },
	{ &domains[1], &domains[0] },
	{ &domains[0], &domains[2] },
	{ &domains[2], &domains[0] },
	{ &domains[1], &domains[2] },
};

/* What outlives a test, and the death of its process. */
static struct {
	bool used[DOMAINS];	/* and not looked at since */
	bool silent[DOMAINS];	/* does not answer any more */
	int domid[DOMAINS];	/* 0: as at the start */
} *lasting;

struct actor {
	const struct domain *domain;
	pid_t pid;		/* a local one */
	int fd;
	int slot;		/* a remote one */
	char text[WIRE_MAX + 1];
};

static struct actor actors[ACTORS];
static int actor_count;
static struct remote *remotes[DOMAINS];

static int number(const struct domain *d)
{
	return (int)(d - domains);
}

int stage_start(void)
{
	const char *pv = getenv("PV"), *pvh = getenv("PVH");
	const char *hvm = getenv("HVM");

	/* It is on a machine without the others. */
	if (hvm && *hvm) {
		domains[2].name = "hvm";
		pvh = hvm;
	}
	if (getenv("NAME"))
		domains[0].name = getenv("NAME");
	domains[1].domid = pv ? atoi(pv) : -1;
	domains[2].domid = pvh ? atoi(pvh) : -1;
	lasting = mmap(NULL, sizeof(*lasting), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (lasting == MAP_FAILED)
		return -errno;
	return settle_start();
}

const char *stage_here(void)
{
	return domains[0].name;
}

void stage_moved(const struct domain *d, int domid)
{
	int n = number(d);

	domains[n].domid = domid;
	lasting->domid[n] = domid;
	if (remotes[n])
		ck_assert_int_eq(remote_move(remotes[n], domid), 0);
}

void stage_gone(const struct domain *d)
{
	int n = number(d);

	lasting->used[n] = false;
	lasting->silent[n] = true;
}

/*
 * In a child: looking can fail like a test, and there is no test any more.
 */
void stage_end(void)
{
	pid_t pid = fork();

	if (!pid) {
		stage_setup_cross();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* --- asking ---------------------------------------------------------------- */

static struct remote *remote_to(const struct domain *d)
{
	int n = number(d);

	ck_assert_msg(!lasting->silent[n], "%s has stopped answering", d->name);
	if (!remotes[n])
		remotes[n] = remote_open(d->domid);
	ck_assert_msg(remotes[n], "no way to %s through xenstore", d->name);
	return remotes[n];
}

static void remote_ask(const struct domain *d, int slot, const char *text)
{
	int ret = remote_send(remote_to(d), slot, text);

	ck_assert_msg(!ret, "no request to %s: %s", d->name, strerror(-ret));
}

static void remote_answer(const struct domain *d, int slot, char *text,
			  size_t size, long ms)
{
	if (!remote_receive(remote_to(d), slot, text, size, ms))
		return;
	lasting->silent[number(d)] = true;
	remote_is_silent();
	ck_abort_msg("%s does not answer", d->name);
}

/* "result text" */
static long split(const char *reply, char *text, size_t size)
{
	char *end;
	long result = strtol(reply, &end, 10);

	snprintf(text, size, "%s", *end ? end + 1 : "");
	return result;
}

struct actor *actor_start(const struct domain *d)
{
	struct actor *a = &actors[actor_count];

	ck_assert_int_lt(actor_count, ACTORS);
	actor_count++;
	a->domain = d;
	a->slot = actor_count;
	lasting->used[number(d)] = true;
	if (!d->remote) {
		a->pid = actor_fork(&a->fd);
		ck_assert_int_gt(a->pid, 0);
	}
	return a;
}

const struct domain *actor_domain(const struct actor *a)
{
	return a->domain;
}

static void vtell(struct actor *a, const char *format, va_list list)
{
	char request[WIRE_MAX + 1];
	int n = vsnprintf(request, sizeof(request), format, list);

	ck_assert_int_lt(n, WIRE_MAX);
	if (a->domain->remote)
		remote_ask(a->domain, a->slot, request);
	else	/* a dead one shows in hear() */
		send(a->fd, request, (size_t)n, MSG_NOSIGNAL);
}

void tell(struct actor *a, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vtell(a, format, list);
	va_end(list);
}

long hear(struct actor *a)
{
	return hear_within(a, ANSWER_MS);
}

long hear_within(struct actor *a, long ms)
{
	char reply[WIRE_MAX + 1];
	ssize_t got;

	if (a->domain->remote) {
		remote_answer(a->domain, a->slot, reply, sizeof(reply), ms);
	} else {
		got = recv(a->fd, reply, WIRE_MAX, 0);
		if (got <= 0) {
			/* what it held is gone when this returns */
			waitpid(a->pid, NULL, 0);
			a->pid = 0;
			return ACTOR_DIED;
		}
		reply[got] = '\0';
	}
	return split(reply, a->text, sizeof(a->text));
}

bool has_answered(struct actor *a)
{
	struct pollfd ready = { .fd = a->fd, .events = POLLIN };

	if (a->domain->remote)
		return remote_replied(remote_to(a->domain), a->slot);
	return poll(&ready, 1, 0) != 0;
}

long ask(struct actor *a, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vtell(a, format, list);
	va_end(list);
	return hear(a);
}

const char *said(const struct actor *a)
{
	return a->text;
}

/* --- the fixture ----------------------------------------------------------- */

/*
 * The last test may have ended before its teardown: then nobody has looked at
 * its domains yet, and it was the one that failed.
 */
void stage_setup_cross(void)
{
	char reply[WIRE_MAX + 1];
	int i;

	for (i = 0; i < DOMAINS; i++) {
		if (lasting->domid[i])
			domains[i].domid = lasting->domid[i];
		if (!lasting->used[i] || lasting->silent[i])
			continue;
		if (domains[i].remote) {
			remote_ask(&domains[i], REMOTE_AGENT, "recover");
			remote_answer(&domains[i], REMOTE_AGENT, reply,
				      sizeof(reply), ANSWER_MS);
		} else {
			settle_recover();
		}
		lasting->used[i] = false;
	}
}

void stage_setup_local(void)
{
	stage_setup_cross();
	lasting->used[0] = true;
}

static void end_local_actors(void)
{
	int i;

	for (i = 0; i < actor_count; i++) {
		if (!actors[i].pid)
			continue;
		close(actors[i].fd);
		kill(actors[i].pid, SIGKILL);
		waitpid(actors[i].pid, NULL, 0);
	}
}

void stage_teardown(void)
{
	char reply[WIRE_MAX + 1], text[WIRE_MAX + 1];
	char why[WIRE_MAX + 1] = "";
	const char *where = NULL;
	int i;

	/* Actors end everywhere first: each side holds what the other has. */
	device_let_go();
	end_local_actors();
	for (i = 0; i < DOMAINS; i++)
		if (lasting->used[i] && domains[i].remote)
			remote_ask(&domains[i], REMOTE_AGENT, "settle");
	for (i = 0; i < DOMAINS; i++) {
		long ret;

		if (!lasting->used[i])
			continue;
		if (domains[i].remote) {
			remote_answer(&domains[i], REMOTE_AGENT, reply,
				      sizeof(reply), ANSWER_MS);
			ret = split(reply, text, sizeof(text));
		} else {
			ret = settle_check(text, sizeof(text));
		}
		if (ret && !where) {
			where = domains[i].name;
			snprintf(why, sizeof(why), "%s", text);
		}
		if (!ret)
			lasting->used[i] = false;
	}
	ck_assert_msg(!where, "afterwards, in %s: %s", where, why);
}
