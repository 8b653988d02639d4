// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: pages, from the kernel and back to it, many at a time
 *
 * Each page is one of its own: it can be mapped, granted, kept by a peer and
 * freed without the others. But most of what it costs to free a page is to
 * merge it with its neighbours, one by one. So pages are taken as blocks,
 * which are split, and what is free at the same time and makes a block goes
 * back as one.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "gntalloc.h"

/* The greatest block, as a power of two of pages. */
#define GNTALLOC_BLOCK_ORDER	ilog2(GNTALLOC_BATCH)

/*
 * Zeroed, since what is in them is about to be seen by two programs. If there
 * is no memory, or no more in the caller's cgroup, the caller is told: no
 * process has to be killed for it.
 */
#define GNTALLOC_GFP							\
	(GNTALLOC_GFP_USER | __GFP_ZERO | GNTALLOC_GFP_ACCOUNT |	\
	 __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* Blocks are taken where there are some; nothing is done to make them. */
#define GNTALLOC_BLOCK_GFP						\
	((GNTALLOC_GFP & ~(__GFP_RECLAIM | __GFP_RETRY_MAYFAIL)) |	\
	 __GFP_NORETRY)

/*
 * Allocates a block of no more than @count and 2^@order pages. Returns how many
 * they are, or 0; @order becomes what is worth trying next time.
 */
static unsigned int block_alloc(struct page **pages, unsigned int count,
				unsigned int *order)
{
	struct page *block = NULL;
	unsigned int i;

	for (*order = min_t(unsigned int, *order, ilog2(count)); *order;
	     --*order) {
		block = alloc_pages(GNTALLOC_BLOCK_GFP, *order);
		if (block)
			break;
	}
	if (!block)
		return 0;

	split_page(block, *order);
	for (i = 0; i < 1U << *order; i++)
		pages[i] = block + i;
	return i;
}

/**
 * gntalloc_pages_alloc - allocate pages that programs and peers may see
 * @pages: where they go
 * @count: how many
 * @got: is increased by the number of those that are there
 *
 * Context: process, no lock held.
 * Return: 0; or -ENOMEM, or -EINTR if the task is being killed, with fewer
 * pages.
 */
int gntalloc_pages_alloc(struct page **pages, unsigned int count,
			 unsigned int *got)
{
	unsigned int order = GNTALLOC_BLOCK_ORDER;

	while (*got < count) {
		unsigned int want = min(count - *got, GNTALLOC_BATCH);
		unsigned int more;

		more = block_alloc(pages + *got, want, &order);
		if (!more)
			more = gntalloc_alloc_pages_bulk(GNTALLOC_GFP, want,
							 pages + *got);
		*got += more;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!more)
			return -ENOMEM;
		cond_resched();
	}
	return 0;
}

/*
 * How many pages, a power of two, make a block with the first of @pages; it
 * can be freed as one then. A page on which somebody else has a reference, a
 * peer or direct I/O, is none of them. Of all but the first the count is zero
 * then: nobody can get a reference on them any more.
 */
static unsigned int block_claim(struct page **pages, unsigned int count,
				unsigned long charge)
{
	const unsigned long pfn = page_to_pfn(pages[0]);
	unsigned int claimed, size;

	size = min(rounddown_pow_of_two(count), 1U << GNTALLOC_BLOCK_ORDER);
	if (pfn & (size - 1))
		size = 1U << __ffs(pfn);
	if (page_count(pages[0]) != 1 || PageHWPoison(pages[0]) ||
	    !gntalloc_charge_merges(charge))
		return 1;

	for (claimed = 1; claimed < size; claimed++) {
		struct page *page = pages[claimed];

		if (page_to_pfn(page) != pfn + claimed ||
		    page_zone_id(page) != page_zone_id(pages[0]) ||
		    gntalloc_page_charge(page) != charge ||
		    PageHWPoison(page) || !page_ref_freeze(page, 1))
			break;
	}
	size = rounddown_pow_of_two(claimed);
	while (claimed > size)
		page_ref_unfreeze(pages[--claimed], 1);
	return size;
}

/*
 * Give back a block of 2^@order pages that was claimed.
 *
 * The first page still counts references, and somebody may get one for a
 * moment, as by a walk of page tables that have just been emptied. Then
 * __free_pages() frees the others in blocks of 1, 2, 4 ... pages, and the first
 * one goes with that reference. Nothing depends on when it comes if there is
 * one in any case, our own: so charges are joined for those blocks, and each
 * of them gives back its own.
 */
static void block_free(struct page **pages, unsigned int order,
		       unsigned long charge)
{
	unsigned int i, end;

	if (!charge) {
		__free_pages(pages[0], order);
		return;
	}
	for (i = 1, end = 2; i < 1U << order; end *= 2)
		for (i++; i < end; i++)
			gntalloc_charge_merge(pages[i], charge);
	get_page(pages[0]);
	__free_pages(pages[0], order);
	__free_page(pages[0]);
}

/**
 * gntalloc_pages_free - give back a reference on each page of a range
 * @pages: the pages; what still maps one has a reference of its own
 * @count: how many
 *
 * The pages are freed, but for those that somebody else has a reference on.
 */
void gntalloc_pages_free(struct page **pages, unsigned int count)
{
	while (count) {
		unsigned long charge = gntalloc_page_charge(pages[0]);
		unsigned int size = 1;

		if (count > 1 && gntalloc_blocks_join())
			size = block_claim(pages, count, charge);
		if (size > 1)
			block_free(pages, ilog2(size), charge);
		else
			__free_page(pages[0]);
		pages += size;
		count -= size;
	}
}
