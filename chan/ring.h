/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One direction of a channel: a ring of bytes in memory that the other side can
 * write to at any time. No function here makes a system call.
 */
#ifndef GNTCHAN_RING_H
#define GNTCHAN_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* This one can be included only once. */
#include <xen/io/libxenvchan.h>

/*
 * struct gntchan__ring - a ring, as one side sees it
 *
 * In the shared page a ring has two numbers (struct ring_shared), which count
 * bytes modulo 2^32: cons those that were read, prod those that were written.
 * This struct belongs to the thread that uses the channel.
 *
 * @own: in shared memory, the number that this side writes. It is never read
 *	there.
 * @other: in shared memory, the number that the other side writes. Only
 *	gntchan__ring_look() reads it.
 * @bytes: the content, of @size bytes, a power of two
 * @at: the value of @own
 * @seen: the value of @other, when it was last read and found to be right
 * @writes: this side is the one that writes
 */
struct gntchan__ring {
	uint32_t *own, *other;
	unsigned char *bytes;
	uint32_t size;
	uint32_t at, seen;
	bool writes;
};

/*
 * Begin with the numbers that are in the shared page: with 0, unless a client
 * goes on where an earlier one has ended. Returns false if they are impossible.
 */
bool gntchan__ring_begin(struct gntchan__ring *ring,
			 struct ring_shared *shared, void *bytes,
			 uint32_t size, bool writes);

/*
 * How much is in the ring, if the other side is at @other. All differences are modulo
 * 2^32, as the numbers are. Both of them are right if this is at most the ring's size.
 */
static inline uint32_t gntchan__ring_filled(const struct gntchan__ring *ring,
					    uint32_t other)
{
	return ring->writes ? ring->at - other : other - ring->at;
}

/*
 * Read how far the other side is, once. Returns false, and changes nothing, if
 * it says what cannot be: to have read what was not written, to have written
 * where there is no room, or to have gone back.
 */
static inline bool gntchan__ring_look(struct gntchan__ring *ring)
{
	uint32_t other = __atomic_load_n(ring->other, __ATOMIC_ACQUIRE);
	uint32_t before = gntchan__ring_filled(ring, ring->seen);
	uint32_t now = gntchan__ring_filled(ring, other);

	/* The other side only makes it fuller if it writes, or emptier. */
	if (now > ring->size || (ring->writes ? now > before : now < before))
		return false;
	ring->seen = other;
	return true;
}

/* How many bytes this side can read or write. */
static inline uint32_t gntchan__ring_ready(const struct gntchan__ring *ring)
{
	uint32_t now = gntchan__ring_filled(ring, ring->seen);

	return ring->writes ? ring->size - now : now;
}

/* The first of them is at *@out, and so many are there in one piece. */
uint32_t gntchan__ring_piece(const struct gntchan__ring *ring, void **out);

/*
 * This side has read or written @size bytes, at most as many as
 * gntchan__ring_ready() told. The other side sees it.
 */
void gntchan__ring_advance(struct gntchan__ring *ring, uint32_t size);

/*
 * Copy at most @size bytes out of the ring, or into it, and advance. Returns how
 * many these are, which is 0 only if none are ready or @size is 0.
 */
uint32_t gntchan__ring_read(struct gntchan__ring *ring, void *buffer,
			    size_t size);
uint32_t gntchan__ring_write(struct gntchan__ring *ring, const void *buffer,
			     size_t size);

/*
 * The requests to be told, in one byte that both sides write: one side sets a
 * bit before it sleeps, the other one clears it and sends an event after it has
 * done that. The bits are those of libxenvchan.
 */
/*
 * Ask to be told. What the other side has done before it could see this is seen
 * by a gntchan__ring_look() after it.
 */
void gntchan__request(uint8_t *requests, uint8_t bit);

/*
 * Does the other side want to be told of what was done before this call? Asked
 * once for each request.
 */
static inline bool gntchan__requested(uint8_t *requests, uint8_t bit)
{
	/* The number of gntchan__ring_advance() is stored before this. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	/* Most of the time there is none, and nothing has to be written. */
	if (!(__atomic_load_n(requests, __ATOMIC_RELAXED) & bit))
		return false;
	return __atomic_fetch_and(requests, (uint8_t)~bit, __ATOMIC_SEQ_CST) &
	       bit;
}

#endif /* GNTCHAN_RING_H */
