// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What CBMC proves of chan/ring.c: for every number that either side may have,
 * every number that the other side may write at any time, and every size that is
 * asked for, nothing outside of the ring is touched, and what is read or written is
 * right. The sizes of rings are those up to SIZE_MAX_PROVED; what the code does does
 * not depend on the size but by a mask.
 *
 * Memory comes from malloc(), in blocks of exactly the size that may be used, so
 * that CBMC sees each access behind them.
 */
#include <stdlib.h>

#include "../../../chan/ring.h"

#define SIZE_MAX_PROVED	8u

/* For CBMC, a variable that has got no value can have any. */
static uint32_t any_number(void)
{
	uint32_t number;

	return number;
}

static struct ring_shared shared;

/* The other side writes what it likes, when it likes. */
static void other_side(void)
{
	shared.cons = any_number();
	shared.prod = any_number();
}

/* Any ring that ring_begin() has accepted. */
static struct gntchan__ring begin(bool writes)
{
	uint32_t size = 1u << (any_number() % 4);
	struct gntchan__ring ring;

	__CPROVER_assume(size <= SIZE_MAX_PROVED);
	other_side();
	__CPROVER_assume(gntchan__ring_begin(&ring, &shared, malloc(size),
					     size, writes));
	__CPROVER_assert(gntchan__ring_ready(&ring) <= size,
			 "no more is ready than the ring has");
	return ring;
}

static void look(struct gntchan__ring *ring)
{
	struct gntchan__ring before = *ring;
	uint32_t ready = gntchan__ring_ready(ring);
	bool right;

	other_side();
	right = gntchan__ring_look(ring);
	other_side();
	__CPROVER_assert(right || ring->seen == before.seen,
			 "a wrong number changes nothing");
	__CPROVER_assert(ring->at == before.at && ring->size == before.size &&
			 ring->bytes == before.bytes,
			 "a look changes only what was seen");
	__CPROVER_assert(gntchan__ring_ready(ring) >= ready,
			 "what was ready stays ready");
	__CPROVER_assert(gntchan__ring_ready(ring) <= ring->size,
			 "no more is ready than the ring has");
}

static void piece(const struct gntchan__ring *ring)
{
	void *begin;
	uint32_t size = gntchan__ring_piece(ring, &begin);
	unsigned char *first = begin;

	__CPROVER_assert(size <= gntchan__ring_ready(ring),
			 "a piece is ready");
	__CPROVER_assert(first >= ring->bytes &&
			 first + size <= ring->bytes + ring->size,
			 "a piece is in the ring");
	__CPROVER_assert(size || !gntchan__ring_ready(ring),
			 "a piece is empty only if nothing is ready");
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Any size that a caller may ask for, and the memory for it. */
static unsigned char *any_buffer(uint32_t *size)
{
	*size = any_number();
	__CPROVER_assume(*size <= 2 * SIZE_MAX_PROVED);
	return malloc(*size);
}

void prove_read(void)
{
	struct gntchan__ring ring = begin(false);
	uint32_t size, count, ready, at, i = any_number();
	unsigned char *buffer = any_buffer(&size), byte;

	look(&ring);
	piece(&ring);
	ready = gntchan__ring_ready(&ring);
	at = ring.at;
	byte = ring.bytes[(at + i) & (ring.size - 1)];
	count = gntchan__ring_read(&ring, buffer, size);
	__CPROVER_assert(count == smaller(size, ready), "all that can be");
	__CPROVER_assert(shared.cons == at + count || !count,
			 "the other side is told");
	__CPROVER_assert(i >= count || buffer[i] == byte, "the right bytes");
	__CPROVER_assert(ring.bytes[(at + i) & (ring.size - 1)] == byte,
			 "the ring is only read");
	__CPROVER_assert(gntchan__ring_ready(&ring) == ready - count,
			 "the rest is ready");
}

void prove_write(void)
{
	struct gntchan__ring ring = begin(true);
	uint32_t size, count, ready, at, i = any_number();
	unsigned char *buffer = any_buffer(&size), byte;

	look(&ring);
	piece(&ring);
	ready = gntchan__ring_ready(&ring);
	at = ring.at;
	byte = ring.bytes[(at + i) & (ring.size - 1)];
	count = gntchan__ring_write(&ring, buffer, size);
	__CPROVER_assert(count == smaller(size, ready), "all that can be");
	__CPROVER_assert(shared.prod == at + count || !count,
			 "the other side is told");
	__CPROVER_assert(i >= count ||
			 ring.bytes[(at + i) & (ring.size - 1)] == buffer[i],
			 "the right bytes");
	/* What the other side may still read, and room that stays free. */
	__CPROVER_assert(i < count || i >= ring.size ||
			 ring.bytes[(at + i) & (ring.size - 1)] == byte,
			 "nothing else changes");
	__CPROVER_assert(gntchan__ring_ready(&ring) == ready - count,
			 "the rest is ready");
}
