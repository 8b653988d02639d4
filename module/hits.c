// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: how often each bound has refused a call
 *
 * So an operator sees which bound is too low, or reached by somebody who should
 * not.
 */
#include <linux/atomic.h>
#include <linux/ktime.h>

#include "gntalloc.h"
#include "gntalloc_trace.h"

static struct {
	atomic_long_t count;
	/* Seconds since 1970, or 0. A hit at the same time may write it, too. */
	unsigned long last;
} hits[GNTALLOC_BOUNDS];

/**
 * gntalloc_hit - note that a bound has refused a call
 * @file: the open file that the call is for
 * @bound: the bound
 * @what: GNTALLOC_PAGES(), GNTALLOC_ENTRIES(), or both, as it was asked for
 */
void gntalloc_hit(const struct gntalloc_file *file,
		  enum gntalloc_bound_kind bound, u64 what)
{
	atomic_long_inc(&hits[bound].count);
	WRITE_ONCE(hits[bound].last, (unsigned long)ktime_get_real_seconds());
	trace_gntalloc_bound_hit(file, bound, lower_32_bits(what),
				 upper_32_bits(what));
}

/**
 * gntalloc_hits - how often has a bound refused a call?
 * @bound: the bound
 *
 * Return: the number since the module was loaded.
 */
unsigned long gntalloc_hits(enum gntalloc_bound_kind bound)
{
	return atomic_long_read(&hits[bound].count);
}

/**
 * gntalloc_last_hit - when has a bound refused a call for the last time?
 * @bound: the bound
 *
 * Return: the time in seconds since 1970, or 0 for never.
 */
unsigned long gntalloc_last_hit(enum gntalloc_bound_kind bound)
{
	return READ_ONCE(hits[bound].last);
}
