// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading and writing, and waiting for both. */
#include <errno.h>

#include "internal.h"

static int fail(struct gntchan *c, int err)
{
	c->error = err;
	return err;
}

/* What the other side says of itself. Read before the rings: see await(). */
static int look_at_side(struct gntchan *c)
{
	switch (gntchan__other_live(c)) {
	case GNTCHAN__GONE:
		c->gone = true;
		return 0;
	case GNTCHAN__SILENT:
		c->silent = true;
		return 0;
	case GNTCHAN__THERE:
		return 0;
	default:
		return fail(c, -EPROTO);
	}
}

static int look_at_ring(struct gntchan *c, struct gntchan__ring *ring)
{
	uint32_t before = ring->seen;

	if (!gntchan__ring_look(ring))
		return fail(c, -EPROTO);
	c->moved |= ring->seen != before;
	return 0;
}

/* Take what has come, so that the descriptor is not readable any more. */
static void attend(struct gntchan *c)
{
	if (gntchan__bell_ticked(&c->bell))
		gntchan__look_at_domains(c);
	gntchan__take_event(c);
}

/* Tell the other side, if it has asked for that. */
static void tell(struct gntchan *c, uint8_t bit)
{
	if (!gntchan__requested(c->asked, bit))
		return;
	gntchan__send_event(c);
}

/*
 * Can anything be done with the ring? Returns 1 if so, 0 if not yet, -EPIPE if
 * that will not come any more, or another error. What was written before the
 * other side ended can be read, so its end is looked at first: then what the
 * ring has afterwards is all.
 */
static int look(struct gntchan *c, struct gntchan__ring *ring)
{
	bool ended;
	int err;

	if (c->error == -EPROTO)
		return c->error;
	err = look_at_side(c);
	if (err)
		return err;
	ended = c->gone || (!ring->writes && c->silent);
	if (ended && ring->writes)
		return -EPIPE;
	err = look_at_ring(c, ring);
	if (err)
		return err;
	if (gntchan__ring_ready(ring) && !(ring->writes && c->error))
		return 1;
	return ended ? -EPIPE : c->error;
}

/*
 * A call for one direction takes the event that may be for the other one. If that
 * waits, and can go on now, the program has to be told.
 */
static int leave(struct gntchan *c, const struct gntchan__ring *ring,
		 uint8_t bit)
{
	struct gntchan__ring *other = ring->writes ? &c->in : &c->out;

	if ((c->waits & ~bit) && gntchan__ring_look(other) &&
	    gntchan__ring_ready(other))
		gntchan__bell_again(&c->bell);
	c->waits |= bit;
	return -EAGAIN;
}

/*
 * A deadline is found when it is first needed: it is UNKNOWN when a call begins, since
 * most calls need not wait.
 */
#define UNKNOWN	-1

/*
 * Sleep until the other side may have done something, or until *@deadline. An event
 * also says that its domain is there.
 */
static int sleep_until(struct gntchan *c, int64_t *deadline)
{
	int result;

	if (*deadline == UNKNOWN)
		*deadline = gntchan__deadline(c->timeout);
	result = gntchan__bell_sleep(&c->bell, *deadline);
	if (result > 0)
		gntchan__take_event(c);
	else if (!result)
		attend(c);
	return result < 0 ? result : 0;
}

/*
 * Nothing can be done now, as look() has found. Wait until something can, or until
 * *@deadline. Returns what look() does, or another error.
 */
static int await_change(struct gntchan *c, struct gntchan__ring *ring,
			uint8_t bit, int64_t *deadline)
{
	int result;

	do {
		/* What comes from now on makes the descriptor ready. */
		if (!c->timeout)
			attend(c);
		gntchan__request(c->asks, bit);
		result = look(c, ring);
		if (result)
			return result;
		if (!c->timeout)
			return leave(c, ring, bit);
		result = sleep_until(c, deadline);
		if (!result)
			result = look(c, ring);
	} while (!result);
	return result;
}

/* Wait if nothing can be done now. Returns 0 if something can, or an error. */
static int await(struct gntchan *c, struct gntchan__ring *ring, uint8_t bit,
		 int64_t *deadline)
{
	int result;

	if (!gntchan__is_ours(c))
		return -EPERM;
	result = look(c, ring);
	if (!result)
		result = await_change(c, ring, bit, deadline);
	if (result != -EAGAIN && result != -EINTR)
		c->waits &= (uint8_t)~bit;
	return result > 0 ? 0 : result;
}

/* The end of what is read is no error. */
static int await_bytes(struct gntchan *c, bool *end)
{
	int64_t deadline = UNKNOWN;
	int err = await(c, &c->in, VCHAN_NOTIFY_WRITE, &deadline);

	*end = err == -EPIPE;
	return *end ? 0 : err;
}

static int await_room(struct gntchan *c, int64_t *deadline)
{
	if (c->shut)
		return -EPIPE;
	return await(c, &c->out, VCHAN_NOTIFY_READ, deadline);
}

/* With half of a ring, the other side can already do something. */
static size_t half(const struct gntchan__ring *ring, size_t size)
{
	return size < ring->size / 2 ? size : ring->size / 2;
}

static size_t take(struct gntchan *c, char *buffer, size_t size)
{
	size_t done = 0, piece;

	while (done < size) {
		piece = gntchan__ring_read(&c->in, buffer + done,
					   half(&c->in, size - done));
		if (!piece)
			break;
		tell(c, VCHAN_NOTIFY_READ);
		done += piece;
	}
	c->stats.read += done;
	return done;
}

static size_t put(struct gntchan *c, const char *buffer, size_t size)
{
	size_t done = 0, piece;

	while (done < size) {
		piece = gntchan__ring_write(&c->out, buffer + done,
					    half(&c->out, size - done));
		if (!piece)
			break;
		tell(c, VCHAN_NOTIFY_WRITE);
		done += piece;
	}
	c->stats.written += done;
	return done;
}

ssize_t gntchan_read(struct gntchan *c, void *buffer, size_t size)
{
	bool end;
	int err;

	if (!c || !buffer)
		return -EINVAL;
	if (!size)
		return 0;
	err = await_bytes(c, &end);
	return err || end ? err : (ssize_t)take(c, buffer, size);
}

ssize_t gntchan_readv(struct gntchan *c, const struct iovec *iov, int count)
{
	size_t done = 0, size = 0;
	bool end;
	int err, i;

	if (!c || !iov || count < 0)
		return -EINVAL;
	for (i = 0; i < count; i++)
		size |= iov[i].iov_len;
	if (!size)
		return 0;
	err = await_bytes(c, &end);
	if (err || end)
		return err;
	for (i = 0; i < count; i++)
		done += take(c, iov[i].iov_base, iov[i].iov_len);
	return (ssize_t)done;
}

/* Returns how many bytes were written. If not all were, *@err says why. */
static size_t write_all(struct gntchan *c, const char *buffer, size_t size,
			int64_t *deadline, int *err)
{
	size_t done = 0;

	while (done < size) {
		*err = await_room(c, deadline);
		if (*err)
			break;
		done += put(c, buffer + done, size - done);
	}
	return done;
}

ssize_t gntchan_write(struct gntchan *c, const void *buffer, size_t size)
{
	int64_t deadline = UNKNOWN;
	size_t done;
	int err = 0;

	if (!c || !buffer)
		return -EINVAL;
	done = write_all(c, buffer, size, &deadline, &err);
	return done ? (ssize_t)done : err;
}

ssize_t gntchan_writev(struct gntchan *c, const struct iovec *iov, int count)
{
	int64_t deadline = UNKNOWN;
	size_t done = 0;
	int err = 0, i;

	if (!c || !iov || count < 0)
		return -EINVAL;
	for (i = 0; i < count && !err; i++)
		done += write_all(c, iov[i].iov_base, iov[i].iov_len, &deadline,
				  &err);
	return done ? (ssize_t)done : err;
}

ssize_t gntchan_peek(struct gntchan *c, const void **out)
{
	uint32_t size;
	void *bytes;
	bool end;
	int err;

	if (!c || !out)
		return -EINVAL;
	err = await_bytes(c, &end);
	if (err || end)
		return err;
	size = gntchan__ring_piece(&c->in, &bytes);
	*out = bytes;
	return (ssize_t)size;
}

int gntchan_consume(struct gntchan *c, size_t size)
{
	void *bytes;

	if (!c || size > gntchan__ring_piece(&c->in, &bytes))
		return -EINVAL;
	if (!gntchan__is_ours(c))
		return -EPERM;
	gntchan__ring_advance(&c->in, (uint32_t)size);
	c->stats.read += size;
	tell(c, VCHAN_NOTIFY_READ);
	return 0;
}

ssize_t gntchan_reserve(struct gntchan *c, void **out)
{
	int64_t deadline = UNKNOWN;
	int err;

	if (!c || !out)
		return -EINVAL;
	err = await_room(c, &deadline);
	if (err)
		return err;
	return (ssize_t)gntchan__ring_piece(&c->out, out);
}

int gntchan_commit(struct gntchan *c, size_t size)
{
	void *room;

	if (!c || size > gntchan__ring_piece(&c->out, &room))
		return -EINVAL;
	if (!gntchan__is_ours(c))
		return -EPERM;
	if (c->shut)
		return -EPIPE;
	gntchan__ring_advance(&c->out, (uint32_t)size);
	c->stats.written += size;
	tell(c, VCHAN_NOTIFY_WRITE);
	return 0;
}

int gntchan_shutdown(struct gntchan *c)
{
	if (!c)
		return -EINVAL;
	if (!gntchan__is_ours(c))
		return -EPERM;
	c->shut = true;
	__atomic_store_n(c->own_live, GNTCHAN__SILENT, __ATOMIC_RELEASE);
	gntchan__send_event(c);
	return 0;
}
