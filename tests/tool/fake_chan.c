// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The functions of libgntchan that the tool uses. A channel is a socket, of which
 * the test has the other end.
 */
#include <errno.h>
#include <gntchan.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tool_test.h"

#define ENDS	4

struct gntchan {
	int fd;
	char in[4096], out[4096];
	size_t come, waiting;
};

/* The ends that the next channels get, and those of the test. */
static int ends[ENDS], others[ENDS], first, last;
static int failure;

static struct gntchan_listen_options options;
static uint32_t domids[GNTCHAN_DOMIDS_MAX];

int make_end(void)
{
	int pair[2];

	ck_assert_int_lt(last, ENDS);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ends[last] = pair[1];
	others[last++] = pair[0];
	return pair[0];
}

void give_ends(void)
{
	int i;

	for (i = 0; i < last; i++)
		close(ends[i]);
}

/* The tool is a child, which has those of the test, too. */
static void leave_others(void)
{
	int i;

	for (i = 0; i < last; i++)
		close(others[i]);
}

void forget_ends(void)
{
	first = 0;
	last = 0;
	failure = 0;
}

void fail_chan(int err)
{
	failure = err;
}

static int take_end(struct gntchan **out)
{
	if (first == last)
		return -EAGAIN;
	*out = calloc(1, sizeof(**out));
	(*out)->fd = ends[first++];
	return 0;
}

int gntchan_connect(struct gntchan **out, uint32_t domid, const char *name,
		    int timeout)
{
	(void)domid;
	(void)timeout;
	if (!first)
		leave_others();
	if (failure)
		return -failure;
	return !strcmp(name, "nobody") || take_end(out) ? -ECONNREFUSED : 0;
}

struct gntchan_listener {
	int fd;
};

int gntchan_listen(struct gntchan_listener **out,
		   const struct gntchan_listen_options *o, size_t size)
{
	ck_assert_uint_eq(size, sizeof(*o));
	options = *o;
	memcpy(domids, o->domids, o->count * sizeof(*domids));
	options.domids = domids;
	/* It tells what it was asked for. */
	leave_others();
	fprintf(stderr, "listen %s %zu %u\n", o->name, o->count, domids[0]);
	if (failure == EACCES)
		return -failure;
	*out = calloc(1, sizeof(**out));
	/* Readable as long as there is somebody. */
	(*out)->fd = eventfd(first < last, EFD_NONBLOCK);
	return 0;
}

int gntchan_accept(struct gntchan_listener *l, struct gntchan **out,
		   int timeout)
{
	eventfd_t count;

	(void)timeout;
	if (first + 1 >= last)
		eventfd_read(l->fd, &count);
	return failure ? -failure : take_end(out);
}

int gntchan_listener_fd(const struct gntchan_listener *l)
{
	return l->fd;
}

void gntchan_listener_close(struct gntchan_listener *l)
{
	close(l->fd);
	free(l);
}

int gntchan_set_timeout(struct gntchan *c, int timeout)
{
	(void)c;
	ck_assert_int_eq(timeout, 0);
	return 0;
}

static void flush(struct gntchan *c)
{
	ssize_t done = send(c->fd, c->out, c->waiting,
			    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (done > 0) {
		c->waiting -= (size_t)done;
		memmove(c->out, c->out + done, c->waiting);
	}
}

ssize_t gntchan_reserve(struct gntchan *c, void **out)
{
	struct pollfd fd = { .fd = c->fd, .events = POLLOUT };

	flush(c);
	if (poll(&fd, 1, 0) && (fd.revents & (POLLHUP | POLLERR)))
		return failure ? -failure : -EPIPE;
	*out = c->out;
	return c->waiting ? -EAGAIN : (ssize_t)sizeof(c->out);
}

int gntchan_commit(struct gntchan *c, size_t size)
{
	c->waiting = size;
	flush(c);
	return 0;
}

ssize_t gntchan_peek(struct gntchan *c, const void **out)
{
	ssize_t got;

	*out = c->in;
	if (c->come)
		return (ssize_t)c->come;
	got = recv(c->fd, c->in, sizeof(c->in), MSG_DONTWAIT);
	if (got < 0)
		return -errno;
	c->come = (size_t)got;
	return got;
}

int gntchan_consume(struct gntchan *c, size_t size)
{
	c->come -= size;
	memmove(c->in, c->in + size, c->come);
	return 0;
}

int gntchan_shutdown(struct gntchan *c)
{
	shutdown(c->fd, SHUT_WR);
	return 0;
}

int gntchan_fd(struct gntchan *c)
{
	return c->fd;
}

void gntchan_close(struct gntchan *c)
{
	close(c->fd);
	free(c);
}
