// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fixture of a test: the domains, and the workers in them.
 */
#include "fixture.h"

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

#include "clean_state.h"
#include "device.h"
#include "worker.h"
#include "xs_rpc.h"

#define WORKERS		6
#define ANSWER_MS	(20000L * patience())

static struct domain domains[ALL_DOMAINS] = {
	{ .name = "dom0" },
	{ .name = "pv", .is_domu = true },
	{ .name = "pvh", .is_domu = true },
};

const struct pair pairs[PAIRS] = {
	{ &domains[0], &domains[1] },
	{ &domains[1], &domains[0] },
	{ &domains[0], &domains[2] },
	{ &domains[2], &domains[0] },
	{ &domains[1], &domains[2] },
};

const struct domain *nth_domain(int number)
{
	return &domains[number % ALL_DOMAINS];
}

bool owner_is_dom0(const struct pair *pair)
{
	return !pair->owner->is_domu;
}

bool owner_is_domu(const struct pair *pair)
{
	return pair->owner->is_domu;
}

bool owner_is_pv(const struct pair *pair)
{
#ifdef __aarch64__
	(void)pair;
	return false;
#else
	return pair == &pairs[0] || pair == &pairs[1];
#endif
}

/* What has to stay when a test's process ends, however it ends. */
static struct {
	bool used[ALL_DOMAINS];	/* by a test, and not checked since */
	bool silent[ALL_DOMAINS];	/* it does not answer any more */
	int domid[ALL_DOMAINS];	/* 0: the one that it had at the start */
} *lasting;

struct worker {
	const struct domain *domain;
	pid_t pid;		/* of a worker in this domain */
	int fd;
	int slot;		/* of a worker in a domU */
	char text[WIRE_MAX + 1];
};

static struct worker workers[WORKERS];
static int worker_count;
static struct xs_rpc *domu_rpcs[ALL_DOMAINS];

static int number(const struct domain *d)
{
	return (int)(d - domains);
}

int fixture_start(void)
{
	const char *pv = getenv("PV"), *pvh = getenv("PVH");
	const char *hvm = getenv("HVM");

	/* An HVM domU is on a machine of its own, without the others. */
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
	return clean_state_start();
}

const char *fixture_here(void)
{
	return domains[0].name;
}

void fixture_moved(const struct domain *d, int domid)
{
	int n = number(d);

	domains[n].domid = domid;
	lasting->domid[n] = domid;
	if (domu_rpcs[n])
		ck_assert_int_eq(xs_rpc_move(domu_rpcs[n], domid), 0);
}

void fixture_gone(const struct domain *d)
{
	int n = number(d);

	lasting->used[n] = false;
	lasting->silent[n] = true;
}

/*
 * Runs in a child, because the check can fail as a test can, and there is no
 * test any more that could fail.
 */
void fixture_end(void)
{
	pid_t pid = fork();

	if (!pid) {
		fixture_setup_cross();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* --- requests and replies ------------------------------------------------- */

static struct xs_rpc *domu_rpc(const struct domain *d)
{
	int n = number(d);

	ck_assert_msg(!lasting->silent[n], "%s has stopped answering", d->name);
	if (!domu_rpcs[n])
		domu_rpcs[n] = xs_rpc_open(d->domid);
	ck_assert_msg(domu_rpcs[n], "no way to %s through xenstore", d->name);
	return domu_rpcs[n];
}

static void domu_send(const struct domain *d, int slot, const char *text)
{
	int ret = xs_rpc_send(domu_rpc(d), slot, text);

	ck_assert_msg(!ret, "no request to %s: %s", d->name, strerror(-ret));
}

static void domu_receive(const struct domain *d, int slot, char *text,
			 size_t size, long ms)
{
	if (!xs_rpc_receive(domu_rpc(d), slot, text, size, ms))
		return;
	lasting->silent[number(d)] = true;
	xs_rpc_no_answer();
	ck_abort_msg("%s does not answer", d->name);
}

/* A reply is "result text". */
static long split(const char *reply, char *text, size_t size)
{
	char *end;
	long result = strtol(reply, &end, 10);

	snprintf(text, size, "%s", *end ? end + 1 : "");
	return result;
}

struct worker *worker_start(const struct domain *d)
{
	struct worker *a = &workers[worker_count];

	ck_assert_int_lt(worker_count, WORKERS);
	worker_count++;
	a->domain = d;
	a->slot = worker_count;
	lasting->used[number(d)] = true;
	if (!d->is_domu) {
		a->pid = worker_fork(&a->fd);
		ck_assert_int_gt(a->pid, 0);
	}
	return a;
}

const struct domain *worker_domain(const struct worker *a)
{
	return a->domain;
}

static void vrpc_send(struct worker *a, const char *format, va_list list)
{
	char request[WIRE_MAX + 1];
	int n = vsnprintf(request, sizeof(request), format, list);

	ck_assert_int_lt(n, WIRE_MAX);
	if (a->domain->is_domu)
		domu_send(a->domain, a->slot, request);
	else	/* If the worker is dead, rpc_receive() notices it. */
		send(a->fd, request, (size_t)n, MSG_NOSIGNAL);
}

void rpc_send(struct worker *a, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vrpc_send(a, format, list);
	va_end(list);
}

long rpc_receive(struct worker *a)
{
	return rpc_receive_within(a, ANSWER_MS);
}

long rpc_receive_within(struct worker *a, long ms)
{
	char reply[WIRE_MAX + 1];
	ssize_t got;

	if (a->domain->is_domu) {
		domu_receive(a->domain, a->slot, reply, sizeof(reply), ms);
	} else {
		got = recv(a->fd, reply, WIRE_MAX, 0);
		if (got <= 0) {
			/*
			 * When this returns, the kernel has freed what it held.
			 */
			waitpid(a->pid, NULL, 0);
			a->pid = 0;
			return WORKER_DIED;
		}
		reply[got] = '\0';
	}
	return split(reply, a->text, sizeof(a->text));
}

bool rpc_has_reply(struct worker *a)
{
	struct pollfd ready = { .fd = a->fd, .events = POLLIN };

	if (a->domain->is_domu)
		return xs_rpc_replied(domu_rpc(a->domain), a->slot);
	return poll(&ready, 1, 0) != 0;
}

long rpc(struct worker *a, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vrpc_send(a, format, list);
	va_end(list);
	return rpc_receive(a);
}

const char *reply(const struct worker *a)
{
	return a->text;
}

/* --- the fixture ---------------------------------------------------------- */

/*
 * The last test may have ended before its teardown. Then nobody has checked its
 * domains yet. That test has failed already, so its domains are only put right.
 */
void fixture_setup_cross(void)
{
	char reply[WIRE_MAX + 1];
	int i;

	for (i = 0; i < ALL_DOMAINS; i++) {
		if (lasting->domid[i])
			domains[i].domid = lasting->domid[i];
		if (!lasting->used[i] || lasting->silent[i])
			continue;
		if (domains[i].is_domu) {
			domu_send(&domains[i], XS_RPC_AGENT, "recover");
			domu_receive(&domains[i], XS_RPC_AGENT, reply,
				     sizeof(reply), ANSWER_MS);
		} else {
			clean_state_recover();
		}
		lasting->used[i] = false;
	}
}

void fixture_setup_local(void)
{
	fixture_setup_cross();
	lasting->used[0] = true;
}

static void end_local_workers(void)
{
	int i;

	for (i = 0; i < worker_count; i++) {
		if (!workers[i].pid)
			continue;
		close(workers[i].fd);
		kill(workers[i].pid, SIGKILL);
		waitpid(workers[i].pid, NULL, 0);
	}
}

void fixture_teardown(void)
{
	char reply[WIRE_MAX + 1], text[WIRE_MAX + 1];
	char why[WIRE_MAX + 1] = "";
	const char *where = NULL;
	int i;

	/*
	 * All workers end before any domain is checked, because each side may
	 * hold what the other side shares.
	 */
	device_let_go();
	end_local_workers();
	for (i = 0; i < ALL_DOMAINS; i++)
		if (lasting->used[i] && domains[i].is_domu)
			domu_send(&domains[i], XS_RPC_AGENT, "check");
	for (i = 0; i < ALL_DOMAINS; i++) {
		long ret;

		if (!lasting->used[i])
			continue;
		if (domains[i].is_domu) {
			domu_receive(&domains[i], XS_RPC_AGENT, reply,
				     sizeof(reply), ANSWER_MS);
			ret = split(reply, text, sizeof(text));
		} else {
			ret = clean_state_check(text, sizeof(text));
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
