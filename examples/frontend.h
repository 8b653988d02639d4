/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What block_frontend.c and net_frontend.c have in common: a frontend and its
 * backend find each other by keys in xenstore, and both have a "state" there, which
 * the other one watches. A program has one frontend.
 */
#ifndef FRONTEND_H
#define FRONTEND_H

#include <errno.h>
#include <gntshare.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xenevtchn.h>
#include <xenstore.h>
#include <xen/io/xenbus.h>

#define PAGE		4096u
#define WAIT_MS		10000

/*
 * @frontend, @backend: where the keys of both are
 * @backend_state: the backend's state, as it was when xenstore has last told of it
 */
static struct gntshare *share;
static xenevtchn_handle *evtchn;
static struct xs_handle *xs;
static const char *frontend;
static char *backend;
static unsigned int backend_domid;
static enum xenbus_state backend_state;

/* Keys. The caller frees the text. A number that is not there is 0. */

static inline char *read_text(const char *folder, const char *key)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	return (char *)xs_read(xs, XBT_NULL, path, NULL);
}

static inline unsigned long read_number(const char *folder, const char *key)
{
	char *text = read_text(folder, key);
	unsigned long number = text ? strtoul(text, NULL, 10) : 0;

	free(text);
	return number;
}

static inline int write_text(const char *key, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", frontend, key);
	return xs_write(xs, XBT_NULL, path, text, strlen(text)) ? 0 : -errno;
}

static inline int write_number(const char *key, unsigned long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", number);
	return write_text(key, text);
}

static inline void forget(const char *key)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", frontend, key);
	xs_rm(xs, XBT_NULL, path);
}

static inline int set_state(enum xenbus_state state)
{
	return write_number("state", state);
}

static inline void read_backend_state(void)
{
	backend_state = (enum xenbus_state)read_number(backend, "state");
}

/* Waiting */

static inline int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* When the backend has to have done what is waited for, whatever else it does. */
static inline int64_t deadline(void)
{
	return now_ms() + WAIT_MS;
}

/*
 * Look whether something has happened: an event, a change of the backend's state, or
 * input, if @input is not -1. If not, wait for it, so many milliseconds, or without an
 * end if @ms is -1. Returns 1 if there is input, or its end; 0 if not, or an error.
 */
static inline int look(int input, int ms)
{
	xenevtchn_port_or_error_t pending;
	struct pollfd fds[3];
	char **watch;
	int i;

	fds[0].fd = xs_fileno(xs);
	fds[1].fd = xenevtchn_fd(evtchn);
	fds[2].fd = input;
	for (i = 0; i < 3; i++) {
		fds[i].events = POLLIN;
		fds[i].revents = 0;
	}
	if (poll(fds, 3, ms) < 0)
		return -errno;
	if (fds[0].revents) {
		watch = xs_check_watch(xs);
		free(watch);
		read_backend_state();
	}
	if (fds[1].revents) {
		pending = xenevtchn_pending(evtchn);
		if (pending < 0 || xenevtchn_unmask(evtchn, pending))
			return -errno;
	}
	return !!fds[2].revents;
}

/* Wait until the backend has done something, but not after @end. */
static inline int await_backend(int64_t end)
{
	int64_t left = end - now_ms();

	return left > 0 ? look(-1, (int)left) : -ETIMEDOUT;
}

/* The backend has to reach that state. If it is beyond, it has gone. */
static inline int await_state(enum xenbus_state state)
{
	const int64_t end = deadline();
	int err = 0;

	while (!err && backend_state != state) {
		if (backend_state > state ||
		    (!backend_state && state > XenbusStateInitWait))
			return -ECONNRESET;
		err = await_backend(end);
	}
	return err;
}

static inline int await_other_than(enum xenbus_state state)
{
	const int64_t end = deadline();
	int err = 0;

	while (!err && backend_state == state)
		err = await_backend(end);
	return err;
}

/* Begin and end */

/* The backend unmaps all when it closes. */
static inline void disconnect(void)
{
	set_state(XenbusStateClosing);
	await_other_than(XenbusStateConnected);
	set_state(XenbusStateClosed);
	await_other_than(XenbusStateClosing);
}

/* A backend that is closed begins anew when its frontend does. */
static inline int begin(void)
{
	char path[256];
	int err;

	snprintf(path, sizeof(path), "%s/state", backend);
	if (!xs_watch(xs, path, "state"))
		return -errno;
	read_backend_state();
	/* An earlier frontend may have ended without a word. */
	if (backend_state >= XenbusStateInitialised &&
	    backend_state != XenbusStateClosed)
		disconnect();
	err = set_state(XenbusStateInitialising);
	if (!err)
		err = await_other_than(XenbusStateClosed);
	return err ? err : await_state(XenbusStateInitWait);
}

/* Then the backend has told what it can do, and waits for the rings. */
static inline int frontend_open(const char *path)
{
	int err;

	frontend = path;
	xs = xs_open(0);
	if (!xs)
		return -errno;
	backend = read_text(frontend, "backend");
	if (!backend)
		return -ENOENT;
	backend_domid = read_number(frontend, "backend-id");
	evtchn = xenevtchn_open(NULL, 0);
	err = evtchn ? gntshare_open(&share, NULL) : -errno;
	return err ? err : begin();
}

/* Also after frontend_open() has failed */
static inline void frontend_close(void)
{
	if (!share)
		return;
	disconnect();
	gntshare_close(share);
}

/* Rings, which are those of xen/io/ring.h */

/* The compiler must not read the shared memory again in place of the copy. */
#define copy_once(to, from)						\
do {									\
	memcpy(to, from, sizeof(*(to)));				\
	__asm__ __volatile__("" : : : "memory");			\
} while (0)

/*
 * The requests before @prod are there, and before @old they were already. The
 * backend says from which request on it has to be told.
 */
#define push_requests(ring, port, prod, old)				\
do {									\
	uint32_t push_event;						\
									\
	__atomic_store_n(&(ring)->req_prod, prod, __ATOMIC_SEQ_CST);	\
	push_event = __atomic_load_n(&(ring)->req_event,		\
				     __ATOMIC_SEQ_CST);			\
	if ((prod) - push_event < (prod) - (old))			\
		xenevtchn_notify(evtchn, port);				\
} while (0)

#endif
