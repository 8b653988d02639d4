// SPDX-License-Identifier: LGPL-2.1-or-later
/* One direction of a channel: see ring.h. */
#include <string.h>

#include "ring.h"

/*
 * All differences are modulo 2^32, as the numbers are. Both of them are right if
 * what was written and not yet read is at most the ring's size. It is what is
 * ready for the side that reads; the rest of the ring is ready for the other.
 */
static uint32_t filled(const struct gntchan__ring *r, uint32_t other)
{
	return r->writes ? r->at - other : other - r->at;
}

bool gntchan__ring_begin(struct gntchan__ring *r,
			 struct ring_shared *shared, void *bytes,
			 uint32_t size, bool writes)
{
	r->own = writes ? &shared->prod : &shared->cons;
	r->other = writes ? &shared->cons : &shared->prod;
	r->bytes = bytes;
	r->size = size;
	r->writes = writes;
	r->at = __atomic_load_n(r->own, __ATOMIC_RELAXED);
	r->seen = __atomic_load_n(r->other, __ATOMIC_ACQUIRE);
	return filled(r, r->seen) <= size;
}

bool gntchan__ring_look(struct gntchan__ring *r)
{
	uint32_t other = __atomic_load_n(r->other, __ATOMIC_ACQUIRE);
	uint32_t before = filled(r, r->seen), now = filled(r, other);

	/* The other side only makes it fuller if it writes, or emptier. */
	if (now > r->size || (r->writes ? now > before : now < before))
		return false;
	r->seen = other;
	return true;
}

uint32_t gntchan__ring_ready(const struct gntchan__ring *r)
{
	uint32_t now = filled(r, r->seen);

	return r->writes ? r->size - now : now;
}

uint32_t gntchan__ring_piece(const struct gntchan__ring *r, void **out)
{
	uint32_t begin = r->at & (r->size - 1);
	uint32_t ready = gntchan__ring_ready(r), whole = r->size - begin;

	*out = r->bytes + begin;
	return ready < whole ? ready : whole;
}

void gntchan__ring_advance(struct gntchan__ring *r, uint32_t size)
{
	r->at += size;
	/* What was read or written is, before the other side sees this. */
	__atomic_store_n(r->own, r->at, __ATOMIC_RELEASE);
}

/* The next piece, of at most @size bytes. */
static uint32_t next(const struct gntchan__ring *r, size_t size, void **out)
{
	uint32_t piece = gntchan__ring_piece(r, out);

	return piece < size ? piece : (uint32_t)size;
}

uint32_t gntchan__ring_read(struct gntchan__ring *r, void *buffer, size_t size)
{
	unsigned char *to = buffer;
	uint32_t done = 0, piece;
	void *from;

	while ((piece = next(r, size - done, &from))) {
		memcpy(to + done, from, piece);
		gntchan__ring_advance(r, piece);
		done += piece;
	}
	return done;
}

uint32_t gntchan__ring_write(struct gntchan__ring *r, const void *buffer,
			     size_t size)
{
	const unsigned char *from = buffer;
	uint32_t done = 0, piece;
	void *to;

	while ((piece = next(r, size - done, &to))) {
		memcpy(to, from + done, piece);
		gntchan__ring_advance(r, piece);
		done += piece;
	}
	return done;
}

void gntchan__request(uint8_t *requests, uint8_t bit)
{
	__atomic_fetch_or(requests, bit, __ATOMIC_SEQ_CST);
	/* A load after this one must not be done before it. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

bool gntchan__requested(uint8_t *requests, uint8_t bit)
{
	/* The number of gntchan__ring_advance() is stored before this. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	/* Most of the time there is none, and nothing has to be written. */
	if (!(__atomic_load_n(requests, __ATOMIC_RELAXED) & bit))
		return false;
	return __atomic_fetch_and(requests, (uint8_t)~bit, __ATOMIC_SEQ_CST) &
	       bit;
}
