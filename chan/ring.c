// SPDX-License-Identifier: LGPL-2.1-or-later
/* One direction of a channel: see ring.h. */
#include <string.h>

#include "ring.h"

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
	return gntchan__ring_filled(r, r->seen) <= size;
}

void gntchan__ring_advance(struct gntchan__ring *r, uint32_t size)
{
	r->at += size;
	/* What was read or written is, before the other side sees this. */
	__atomic_store_n(r->own, r->at, __ATOMIC_RELEASE);
}

/*
 * What of @size bytes is ready: *@first in one piece at the place where this side is,
 * and the rest of what is returned at the begin of the ring.
 */
static uint32_t pieces(const struct gntchan__ring *r, size_t size,
		       uint32_t *first, void **at)
{
	uint32_t ready = gntchan__ring_ready(r);
	uint32_t begin = r->at & (r->size - 1), whole = r->size - begin;

	if (ready > size)
		ready = (uint32_t)size;
	*first = ready < whole ? ready : whole;
	*at = r->bytes + begin;
	return ready;
}

uint32_t gntchan__ring_piece(const struct gntchan__ring *r, void **out)
{
	uint32_t first;

	pieces(r, r->size, &first, out);
	return first;
}

uint32_t gntchan__ring_read(struct gntchan__ring *r, void *buffer, size_t size)
{
	unsigned char *to = buffer;
	uint32_t first, all;
	void *from;

	all = pieces(r, size, &first, &from);
	memcpy(to, from, first);
	if (first < all)
		memcpy(to + first, r->bytes, all - first);
	gntchan__ring_advance(r, all);
	return all;
}

uint32_t gntchan__ring_write(struct gntchan__ring *r, const void *buffer,
			     size_t size)
{
	const unsigned char *from = buffer;
	uint32_t first, all;
	void *to;

	all = pieces(r, size, &first, &to);
	memcpy(to, from, first);
	if (first < all)
		memcpy(r->bytes, from + first, all - first);
	gntchan__ring_advance(r, all);
	return all;
}

void gntchan__request(uint8_t *requests, uint8_t bit)
{
	__atomic_fetch_or(requests, bit, __ATOMIC_SEQ_CST);
	/* A load after this one must not be done before it. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
