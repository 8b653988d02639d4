// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the users of the pages of a range, and the death of a page
 *
 * A range is what one call or one VMA spans: pages with consecutive offsets in
 * one open file, of one region or several. The users of each page are counted:
 * the program is one until it deallocates the page, and each VMA that covers
 * the page is one. A page dies when it loses its last user.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>

#include "gntalloc.h"
#include "gntalloc_trace.h"

/*
 * The count of VMAs saturates at this number, and then nothing frees the page
 * any more. The VMAs would take half a terabyte of the kernel's memory. But
 * fork() calls open() of a VMA, which cannot fail, so the case is handled.
 */
#define GNTALLOC_VMAS_MAX	(GNTALLOC_ALLOCATED - 1)

/*
 * For a loop over the regions of a range, of which the pages before @first have
 * been seen: the region after this one, or NULL at the end of the range.
 */
static struct gntalloc_region *range_next(struct gntalloc_region *region,
					  u64 first, u64 end)
{
	struct rb_node *node = NULL;

	if (first < end)
		node = rb_next(&region->file_node);
	return rb_entry_safe(node, struct gntalloc_region, file_node);
}

/* Ends the pages from @from up to, but not including, @end: none has a user. */
static void pages_teardown(struct gntalloc_region *region, unsigned int from,
			   unsigned int end)
{
	struct gntalloc_grant *grant, *next;
	unsigned int pages = gntalloc_pages_counted(region, from, end);
	unsigned int ended = 0;
	unsigned int i;

	for (i = from; i < end && !xa_empty(&region->notify); i++)
		gntalloc_notify_fire(region, i);
	list_for_each_entry_safe(grant, next, &region->grants, region_node)
		ended += gntalloc_grant_end(grant, from, end);
	gntalloc_pages_put(region, from, end - from);

	region->live -= end - from;
	gntalloc_uncharge(region->file,
			  GNTALLOC_PAGES(pages) | GNTALLOC_ENTRIES(ended));
}

static void use_inc(u32 *use)
{
	if ((*use & GNTALLOC_VMAS_MAX) != GNTALLOC_VMAS_MAX)
		++*use;
}

/* Takes a user out of @use. Returns false if @use did not count that user. */
typedef bool (*use_drop_fn)(u32 *use);

static bool use_clear_allocated(u32 *use)
{
	if (!(*use & GNTALLOC_ALLOCATED))
		return false;
	*use &= ~GNTALLOC_ALLOCATED;
	return true;
}

static bool use_dec_vma(u32 *use)
{
	u32 vmas = *use & GNTALLOC_VMAS_MAX;

	if (!vmas)
		return false;
	if (vmas != GNTALLOC_VMAS_MAX)
		--*use;
	return true;
}

/* Gives each page a count of its own. */
static void region_split_use(struct gntalloc_region *region)
{
	unsigned int i;

	if (region->use_split)
		return;
	for (i = 0; i < region->count; i++)
		region->use[i] = region->use_all;
	region->use_all = 0;
	region->use_split = true;
}

/*
 * Takes one user away from all pages of a region, which die if it was the last.
 * Returns false, with nothing changed, if this has to be done page by page.
 */
static bool use_drop_all(struct gntalloc_region *region,
			 use_drop_fn use_drop)
{
	unsigned int i;

	if (region->use_split || !use_drop(&region->use_all))
		return false;
	if (region->use_all)
		return true;

	for (i = 0; i < region->count; i += GNTALLOC_BATCH) {
		pages_teardown(region, i,
			       min(i + GNTALLOC_BATCH, region->count));
		cond_resched();
	}
	return true;
}

/*
 * Takes one user away from each page of a region from @i up to, but not
 * including, @end.
 */
static void use_drop_each(struct gntalloc_region *region, unsigned int i,
			  unsigned int end, use_drop_fn use_drop)
{
	if (!i && end == region->count && use_drop_all(region, use_drop))
		return;

	region_split_use(region);
	while (i < end) {
		unsigned int from, batch_end = min(end, i + GNTALLOC_BATCH);

		/* The consecutive pages that have lost their last user now. */
		for (from = i; i < batch_end; i++)
			if (!use_drop(&region->use[i]) || region->use[i])
				break;
		if (i > from)
			pages_teardown(region, from, i);
		/* Page i still has a user, or did not have this one. */
		if (i < batch_end)
			i++;
		cond_resched();
	}
}

/* Takes one user away from each page of a range, which has no gap. */
static void range_drop(struct gntalloc_file *file, u64 first, u64 count,
		       use_drop_fn use_drop)
{
	struct gntalloc_region *region, *next;
	u64 end = first + count;

	lockdep_assert_held(&file->lock);

	for (region = gntalloc_region_find(file, first); first < end;
	     region = next) {
		unsigned int page_end;

		if (WARN_ON_ONCE(!region || region->first > first))
			return;
		page_end = min_t(u64, end - region->first, region->count);

		gntalloc_grants_reap(region);
		use_drop_each(region, first - region->first, page_end,
			      use_drop);
		first = region->first + page_end;
		/* The region may be gone before the next round. */
		next = range_next(region, first, end);
		if (!region->live)
			gntalloc_region_forget(region);
	}
}

/**
 * gntalloc_range_allocated - are all pages of a range allocated?
 * @file: the open file, locked
 * @first: offset of the range, in pages; any number
 * @count: its length, in pages; any number
 *
 * Return: true if they are, and there is at least one.
 */
bool gntalloc_range_allocated(struct gntalloc_file *file, u64 first, u64 count)
{
	struct gntalloc_region *region;
	u64 end;

	lockdep_assert_held(&file->lock);

	if (!count || check_add_overflow(first, count, &end))
		return false;

	for (region = gntalloc_region_find(file, first); first < end;
	     region = range_next(region, first, end)) {
		unsigned int i, page_end;

		if (!region || region->first > first)
			return false;
		page_end = min_t(u64, end - region->first, region->count);
		for (i = first - region->first;
		     i < page_end && !(region->use_all & GNTALLOC_ALLOCATED);
		     i++)
			if (!(region->use[i] & GNTALLOC_ALLOCATED))
				return false;
		first = region->first + page_end;
		cond_resched();
	}
	return true;
}

/**
 * gntalloc_range_dealloc - the program is no user of a range any more
 * @file: the open file, locked
 * @first: offset of the range, in pages
 * @count: its length, in pages
 *
 * The range has no gap. Pages that are deallocated already are skipped.
 */
void gntalloc_range_dealloc(struct gntalloc_file *file, u64 first, u64 count)
{
	trace_gntalloc_destroy(file, first, count);
	range_drop(file, first, count, use_clear_allocated);
}

/**
 * gntalloc_range_get - count one more VMA as a user of each page of a range
 * @file: the open file, locked
 * @first: offset of the range, in pages
 * @count: its length, in pages
 *
 * All these pages must be live.
 */
void gntalloc_range_get(struct gntalloc_file *file, u64 first, u64 count)
{
	struct gntalloc_region *region;
	u64 end = first + count;

	lockdep_assert_held(&file->lock);

	trace_gntalloc_map(file, first, count);
	for (region = gntalloc_region_find(file, first); first < end;
	     region = range_next(region, first, end)) {
		unsigned int i, page_end;

		if (WARN_ON_ONCE(!region || region->first > first))
			return;
		page_end = min_t(u64, end - region->first, region->count);
		i = first - region->first;
		if (!i && page_end == region->count && !region->use_split) {
			use_inc(&region->use_all);
		} else {
			region_split_use(region);
			for (; i < page_end; i++)
				use_inc(&region->use[i]);
		}
		first = region->first + page_end;
		cond_resched();
	}
}

/**
 * gntalloc_range_put - take back gntalloc_range_get(); pages may die
 * @file: the open file, locked
 * @first: offset of the range, in pages
 * @count: its length, in pages
 */
void gntalloc_range_put(struct gntalloc_file *file, u64 first, u64 count)
{
	trace_gntalloc_unmap(file, first, count);
	range_drop(file, first, count, use_dec_vma);
}

/**
 * gntalloc_regions_dealloc - deallocate all pages that a file still has
 * @file: the open file, in its last close: no other call and no VMA uses it
 */
void gntalloc_regions_dealloc(struct gntalloc_file *file)
{
	struct rb_node *node, *next;

	mutex_lock(&file->lock);
	/* Each region once: one whose count of VMAs has saturated stays. */
	for (node = rb_first(&file->regions); node; node = next) {
		struct gntalloc_region *region =
			rb_entry(node, struct gntalloc_region, file_node);

		next = rb_next(node);
		gntalloc_range_dealloc(file, region->first, region->count);
	}
	mutex_unlock(&file->lock);
}
