// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: allocate pages and free them, many at a time
 *
 * Each page is independent: it can be mapped, granted, held by a peer and freed
 * without the others. But most of the cost of freeing a page is to merge it
 * with its neighbours in the allocator, one by one. So pages are allocated as
 * blocks, which are split. Pages that become free at the same time, and make a
 * block, are freed as one.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "gntalloc.h"

/* The size of the greatest block is 2 to the power of this, in pages. */
#define GNTALLOC_BLOCK_ORDER	ilog2(GNTALLOC_BATCH)

/*
 * Pages are zeroed, since a program and a peer are about to see what is in
 * them. If there is no memory, or no more in the caller's cgroup, the call
 * fails, and no process is killed to make room.
 */
#define GNTALLOC_GFP							\
	(GNTALLOC_GFP_USER | __GFP_ZERO | GNTALLOC_GFP_ACCOUNT |	\
	 __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* Only blocks that are free already: no reclaim or compaction makes one. */
#define GNTALLOC_BLOCK_GFP						\
	((GNTALLOC_GFP & ~(__GFP_RECLAIM | __GFP_RETRY_MAYFAIL)) |	\
	 __GFP_NORETRY)

/*
 * Allocates a block of at most @count and at most 2^@order pages. Returns its
 * number of pages, or 0. Sets @order to what the next call should try first.
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
 * @pages: array for the pages
 * @count: number of pages that it is to have
 * @got: number of pages that it has already; is increased as pages are
 *	allocated
 *
 * Context: process, no lock held.
 * Return: 0; or -ENOMEM, or -EINTR if the task is being killed. Then the caller
 * frees the pages that were allocated.
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
 * Finds out how many of @pages, from the first on, can be freed as one block,
 * and returns that number, a power of two. (The pages of a block are consecutive
 * in the kernel's array of pages, too.) A page on which somebody else has a
 * reference, such as a draining entry or direct I/O, cannot be in a block. All
 * pages of the block but the first have a reference count of 0 then, so that
 * nobody can get a reference on them any more.
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

		if (page != pages[0] + claimed ||
		    gntalloc_page_charge(page) != charge ||
		    PageHWPoison(page) || !page_ref_freeze(page, 1))
			break;
	}
	size = rounddown_pow_of_two(claimed);
	/* Within so little memory, one zone may end and the next one begin. */
	if (page_zone_id(pages[0]) != page_zone_id(pages[size - 1]))
		size = 1;
	while (claimed > size)
		page_ref_unfreeze(pages[--claimed], 1);
	return size;
}

/*
 * Frees a block of 2^@order pages from block_claim().
 *
 * The first page still counts references, and somebody may get one for a
 * moment, as by a walk of page tables that have just been emptied. In that case
 * __free_pages() frees the other pages in blocks of 1, 2, 4 ... pages, and the
 * first page is freed with that other reference. Charges are joined in another
 * way for these smaller blocks than for the whole block, and it is not known
 * which case it will be. So this takes one more reference itself: then it is
 * always these blocks, and each of them gives back its own charge.
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
			gntalloc_charge_merge(pages[i]);
	/* All pages but the first one, and the first of each smaller block */
	gntalloc_charge_put(charge, (1U << order) - 1 - order);
	get_page(pages[0]);
	__free_pages(pages[0], order);
	__free_page(pages[0]);
}

/**
 * gntalloc_pages_free - give back one reference on each of some pages
 * @pages: the pages
 * @count: number of pages
 *
 * A page is freed unless somebody else has a reference on it, such as a page
 * table, direct I/O or a draining entry.
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
