// SPDX-License-Identifier: GPL-2.0
/*
 * xen-gntalloc: runs of pages, and the death of a page
 *
 * A run is what a call or a VMA spans: pages with consecutive offsets in one
 * file, part of a region or parts of several. Each page counts its users: the
 * program, until it deallocates the page, and the VMAs that cover it. When
 * the last one goes, the page dies.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>

#include "gntalloc.h"

/*
 * So many VMAs that the count sticks, and the page lives until the module is
 * unloaded. They would take half a terabyte of the kernel's memory, but fork
 * cannot be told no.
 */
#define GNTALLOC_VMAS_MAX	(GNTALLOC_ALLOCATED - 1)

static struct gntalloc_region *region_next(struct gntalloc_region *region)
{
	struct rb_node *node = rb_next(&region->file_node);

	return rb_entry_safe(node, struct gntalloc_region, file_node);
}

/*
 * Nobody here needs the page any more. Returns how many grant entries that
 * frees at once.
 */
static unsigned int page_dies(struct gntalloc_region *region, unsigned int i)
{
	struct gntalloc_grant *grant;
	unsigned int ended = 0;

	gntalloc_notify_fire(region, i);
	list_for_each_entry(grant, &region->grants, region_node)
		ended += gntalloc_grant_end(grant, i);
	region->live--;
	put_page(region->pages[i]);
	return ended;
}

/* Returns whether the user was the last one. */
typedef bool (*user_goes_fn)(u32 *users);

static bool program_goes(u32 *users)
{
	*users &= ~GNTALLOC_ALLOCATED;
	return !*users;
}

static bool vma_goes(u32 *users)
{
	if ((*users & GNTALLOC_VMAS_MAX) != GNTALLOC_VMAS_MAX)
		--*users;
	return !*users;
}

/* One user of each page of a run goes. The run has no gap. */
static void run_end(struct gntalloc_file *file, u64 first, u64 count,
		    user_goes_fn user_goes)
{
	struct gntalloc_region *region, *next;
	u64 end = first + count;

	lockdep_assert_held(&file->lock);

	for (region = gntalloc_region_find(file, first); first < end;
	     region = next) {
		unsigned int ended = 0;
		unsigned int i, last;

		if (WARN_ON_ONCE(!region || region->first > first))
			return;
		next = region_next(region);
		last = min_t(u64, end - region->first, region->count);

		for (i = first - region->first; i < last; i++) {
			if (region->users[i] && user_goes(&region->users[i]))
				ended += page_dies(region, i);
			if (i % GNTALLOC_BATCH == GNTALLOC_BATCH - 1)
				cond_resched();
		}
		gntalloc_uncharge(ended);
		first = region->first + last;

		if (!region->live)
			gntalloc_region_forget(file, region);
		cond_resched();
	}
}

/**
 * gntalloc_run_allocated - are all pages of a run there, and allocated?
 * @file: the open file, locked
 * @first: offset of the run, in pages; any number
 * @count: its length, in pages; any number
 *
 * Return: false, too, for a run without pages.
 */
bool gntalloc_run_allocated(struct gntalloc_file *file, u64 first, u64 count)
{
	struct gntalloc_region *region;
	u64 end;

	lockdep_assert_held(&file->lock);

	if (!count || check_add_overflow(first, count, &end))
		return false;

	for (region = gntalloc_region_find(file, first); first < end;
	     region = region_next(region)) {
		unsigned int i, last;

		if (!region || region->first > first)
			return false;
		last = min_t(u64, end - region->first, region->count);
		for (i = first - region->first; i < last; i++)
			if (!(region->users[i] & GNTALLOC_ALLOCATED))
				return false;
		first = region->first + last;
		cond_resched();
	}
	return true;
}

/**
 * gntalloc_run_dealloc - the program gives up the pages of a run
 * @file: the open file, locked
 * @first: offset of the run, in pages
 * @count: its length, in pages
 *
 * The run has no gap. Pages of it that are dead already stay so.
 */
void gntalloc_run_dealloc(struct gntalloc_file *file, u64 first, u64 count)
{
	run_end(file, first, count, program_goes);
}

/**
 * gntalloc_run_use - a VMA covers the pages of a run
 * @file: the open file, locked
 * @first: offset of the run, in pages
 * @count: its length, in pages
 *
 * The pages must be live.
 */
void gntalloc_run_use(struct gntalloc_file *file, u64 first, u64 count)
{
	struct gntalloc_region *region;
	u64 end = first + count;

	lockdep_assert_held(&file->lock);

	for (region = gntalloc_region_find(file, first); first < end;
	     region = region_next(region)) {
		unsigned int i, last;

		if (WARN_ON_ONCE(!region || region->first > first))
			return;
		last = min_t(u64, end - region->first, region->count);
		for (i = first - region->first; i < last; i++)
			if ((region->users[i] & GNTALLOC_VMAS_MAX) !=
			    GNTALLOC_VMAS_MAX)
				region->users[i]++;
		first = region->first + last;
		cond_resched();
	}
}

/**
 * gntalloc_run_unuse - a VMA no longer covers the pages of a run
 * @file: the open file, locked
 * @first: offset of the run, in pages
 * @count: its length, in pages
 */
void gntalloc_run_unuse(struct gntalloc_file *file, u64 first, u64 count)
{
	run_end(file, first, count, vma_goes);
}
