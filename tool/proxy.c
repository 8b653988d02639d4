// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What connect and listen do with channels: each has a descriptor from which what is
 * written to it comes, and one to which goes what is read. No byte is kept here: they
 * are read into the channel's pages and written from there.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tool.h"

/* Also if nothing happens, look whether the other side is there, so often. */
#define TURN	SECOND

void proxy_start(struct proxies *all, struct gntchan *channel, int in, int out)
{
	struct proxy *p;

	all->rows = text_alloc(all->rows, all->count + 1, sizeof(*all->rows));
	p = &all->rows[all->count++];
	memset(p, 0, sizeof(*p));
	p->channel = channel;
	p->in = in;
	p->out = out;
	/* Until a look at it says that there is nothing. */
	p->pending = true;
	gntchan_set_timeout(channel, 0);
}

/* It is over. A socket is both, and belongs to the proxy. */
static void end_proxy(struct proxies *all, size_t i)
{
	struct proxy *p = &all->rows[i];

	gntchan_close(p->channel);
	if (p->in == p->out)
		close(p->in);
	*p = all->rows[--all->count];
}

void proxy_end_all(struct proxies *all)
{
	while (all->count)
		end_proxy(all, 0);
	free(all->rows);
	all->rows = NULL;
}

static int complain(const char *what, int err)
{
	return say("%s: %s", what, strerror(err));
}

/*
 * Read what is ready into the channel. If the other side is not there any more, or
 * at the end of the input, there is nothing more to do.
 */
static int fill(struct proxy *p, bool readable)
{
	void *room;
	ssize_t size = gntchan_reserve(p->channel, &room), got;

	p->full = size == -EAGAIN;
	if (p->full)
		return DONE;
	if (size == -EPIPE) {
		p->filled = true;
		return DONE;
	}
	if (size < 0)
		return complain("the channel has failed", (int)-size);
	if (!readable)
		return DONE;
	got = read(p->in, room, (size_t)size);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? DONE :
		       complain("the input cannot be read", errno);
	p->filled = !got;
	if (got)
		gntchan_commit(p->channel, (size_t)got);
	else
		gntchan_shutdown(p->channel);
	return DONE;
}

/* A pipe or a terminal takes so much without a wait when it is ready. */
static ssize_t put(const struct proxy *p, const void *bytes, size_t size)
{
	if (p->in == p->out)
		return send(p->out, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(p->out, bytes, size < PIPE_BUF ? size : PIPE_BUF);
}

/* Write what is in the channel, and tell the end of it. */
static int empty(struct proxy *p, bool writable)
{
	const void *bytes;
	ssize_t size = gntchan_peek(p->channel, &bytes), done;

	p->pending = size > 0;
	if (size == -EAGAIN)
		return DONE;
	if (size < 0)
		return complain("the channel has failed", (int)-size);
	p->emptied = !size;
	if (p->emptied && p->in == p->out)
		shutdown(p->out, SHUT_WR);
	if (p->emptied || !writable)
		return DONE;
	done = put(p, bytes, (size_t)size);
	if (done < 0)
		return errno == EAGAIN || errno == EINTR ? DONE :
		       complain("the output cannot be written", errno);
	gntchan_consume(p->channel, (size_t)done);
	return DONE;
}

/* What poll() is to tell of a proxy, in three elements. */
static void set_fds(const struct proxy *p, struct pollfd *fds)
{
	bool waits = (!p->emptied && !p->pending) || (!p->filled && p->full);

	fds[0].fd = p->filled || p->full ? -1 : p->in;
	fds[0].events = POLLIN;
	fds[1].fd = p->pending ? p->out : -1;
	fds[1].events = POLLOUT;
	fds[2].fd = waits ? gntchan_fd(p->channel) : -1;
	fds[2].events = POLLIN;
}

/* Do what can be done now. Returns false if it is over; *@result says how. */
static bool step(struct proxy *p, const struct pollfd *fds, int *result)
{
	*result = DONE;
	if (!p->filled)
		*result = fill(p, fds[0].fd >= 0 && fds[0].revents);
	if (*result == DONE && !p->emptied)
		*result = empty(p, fds[1].fd >= 0 && fds[1].revents);
	return *result == DONE && !(p->filled && p->emptied);
}

int proxy_poll(struct proxies *all, int fd, bool *ready)
{
	size_t count = 1 + 3 * all->count, i;
	struct pollfd *fds = text_alloc(NULL, count, sizeof(*fds));
	int result = DONE;

	fds[0].fd = fd;
	fds[0].events = POLLIN;
	for (i = 0; i < all->count; i++)
		set_fds(&all->rows[i], &fds[1 + 3 * i]);
	if (signals_poll(fds, count, now_ns() + TURN) < 0)
		for (i = 0; i < count; i++)
			fds[i].revents = 0;
	*ready = fds[0].fd >= 0 && fds[0].revents;
	/* The last row takes the place of one that is over. */
	for (i = all->count; i--;) {
		int one;

		if (step(&all->rows[i], &fds[1 + 3 * i], &one))
			continue;
		if (one)
			result = one;
		end_proxy(all, i);
	}
	free(fds);
	return result;
}

int proxy_run(struct proxies *all)
{
	int result = DONE;
	bool ready;

	while (all->count) {
		if (signals_came())
			return say("ended by a signal");
		result = proxy_poll(all, -1, &ready);
	}
	return result;
}
