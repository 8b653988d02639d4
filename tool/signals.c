// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals that end what the program does, and the time.
 *
 * The signals are blocked but for the time that the program sleeps, so that none
 * comes between the look whether one came and the sleep.
 */
#include <signal.h>
#include <time.h>

#include "tool.h"

static volatile sig_atomic_t came;

/* The masks while the program sleeps, and at all other times. */
static sigset_t unblocked, blocked;

static void on_signal(int signal)
{
	(void)signal;
	came = 1;
}

void signals_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal }, old;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &unblocked);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	sigdelset(&unblocked, SIGINT);
	sigdelset(&unblocked, SIGTERM);
	sigdelset(&unblocked, SIGHUP);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* A terminal that is closed is the end, too, unless nohup(1) says no. */
	sigaction(SIGHUP, NULL, &old);
	if (old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	/* Even if nobody reads the output, xenstore has to be as it was. */
	signal(SIGPIPE, SIG_IGN);
}

void signals_block(bool block)
{
	sigprocmask(SIG_SETMASK, block ? &blocked : &unblocked, NULL);
}

bool signals_came(void)
{
	/* ppoll() lets none come if there is something to read already. */
	signals_block(false);
	signals_block(true);
	return came;
}

void signals_forget(void)
{
	came = 0;
}

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

int signals_poll(struct pollfd *fds, size_t count, int64_t deadline)
{
	struct timespec rest = { .tv_sec = 0 };
	int64_t left = deadline - now_ns();

	if (left > 0) {
		rest.tv_sec = (time_t)(left / SECOND);
		rest.tv_nsec = (long)(left % SECOND);
	}
	return ppoll(fds, count, deadline < 0 ? NULL : &rest, &unblocked);
}
