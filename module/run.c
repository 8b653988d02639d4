// SPDX-License-Identifier: GPL-2.0-only
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
 * So many VMAs that the count sticks, and nothing frees the page any more.
 * They would take half a terabyte of the kernel's memory, but fork cannot be
 * told no.
 */
#define GNTALLOC_VMAS_MAX	(GNTALLOC_ALLOCATED - 1)

static struct gntalloc_region *region_next(struct gntalloc_region *region)
{
	struct rb_node *node = rb_next(&region->file_node);

	return rb_entry_safe(node, struct gntalloc_region, file_node);
}

/* Nobody here needs the pages from @from up to @to any more. */
static void pages_die(struct gntalloc_region *region, unsigned int from,
		      unsigned int to)
{
	struct gntalloc_grant *grant, *next;
	unsigned int ended = 0;
	unsigned int i;

	for (i = from; i < to && !xa_empty(&region->notify); i++)
		gntalloc_notify_fire(region, i);
	list_for_each_entry_safe(grant, next, &region->grants, region_node)
		ended += gntalloc_grant_end(grant, from, to);
	gntalloc_pages_free(&region->pages[from], to - from);

	region->live -= to - from;
	gntalloc_uncharge(region->file,
			  GNTALLOC_PAGES(to - from) | GNTALLOC_GRANTS(ended));
}

static void user_comes(u32 *users)
{
	if ((*users & GNTALLOC_VMAS_MAX) != GNTALLOC_VMAS_MAX)
		++*users;
}

/* Does @users count that user at all? If so it goes. */
typedef bool (*user_goes_fn)(u32 *users);

static bool program_goes(u32 *users)
{
	if (!(*users & GNTALLOC_ALLOCATED))
		return false;
	*users &= ~GNTALLOC_ALLOCATED;
	return true;
}

static bool vma_goes(u32 *users)
{
	u32 vmas = *users & GNTALLOC_VMAS_MAX;

	if (!vmas)
		return false;
	if (vmas != GNTALLOC_VMAS_MAX)
		--*users;
	return true;
}

/* From now on each page has users of its own. */
static void region_part(struct gntalloc_region *region)
{
	unsigned int i;

	if (region->parted)
		return;
	for (i = 0; i < region->count; i++)
		region->users[i] = region->whole;
	region->whole = 0;
	region->parted = true;
}

/*
 * One user of all pages goes, and all of them die if it was the last. Returns
 * false, with nothing changed, if the pages have to be looked at one by one.
 */
static bool user_goes_whole(struct gntalloc_region *region,
			    user_goes_fn user_goes)
{
	unsigned int i;

	if (region->parted || !user_goes(&region->whole))
		return false;
	if (region->whole)
		return true;

	for (i = 0; i < region->count; i += GNTALLOC_BATCH) {
		pages_die(region, i, min(i + GNTALLOC_BATCH, region->count));
		cond_resched();
	}
	return true;
}

/* One user of each of a region's pages from @i up to @last goes. */
static void users_go(struct gntalloc_region *region, unsigned int i,
		     unsigned int last, user_goes_fn user_goes)
{
	if (!i && last == region->count && user_goes_whole(region, user_goes))
		return;

	region_part(region);
	while (i < last) {
		unsigned int from, end = min(last, i + GNTALLOC_BATCH);

		/* Those that die by this, and as many as there are in a row. */
		for (from = i; i < end; i++)
			if (!user_goes(&region->users[i]) || region->users[i])
				break;
		if (i > from)
			pages_die(region, from, i);
		/* And one that does not. */
		if (i < end)
			i++;
		cond_resched();
	}
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
		unsigned int last;

		if (WARN_ON_ONCE(!region || region->first > first))
			return;
		next = region_next(region);
		last = min_t(u64, end - region->first, region->count);

		gntalloc_grants_reap(region);
		users_go(region, first - region->first, last, user_goes);
		first = region->first + last;
		if (!region->live)
			gntalloc_region_forget(region);
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
		for (i = first - region->first;
		     i < last && !(region->whole & GNTALLOC_ALLOCATED); i++)
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
		i = first - region->first;
		if (!i && last == region->count && !region->parted) {
			user_comes(&region->whole);
		} else {
			region_part(region);
			for (; i < last; i++)
				user_comes(&region->users[i]);
		}
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

/**
 * gntalloc_regions_release - deallocate all that a file still has
 * @file: the open file; nobody else can reach it, and no VMA does
 */
void gntalloc_regions_release(struct gntalloc_file *file)
{
	struct rb_node *node, *next;

	mutex_lock(&file->lock);
	/* Each once: one with pages that stick does not go. */
	for (node = rb_first(&file->regions); node; node = next) {
		struct gntalloc_region *region =
			rb_entry(node, struct gntalloc_region, file_node);

		next = rb_next(node);
		gntalloc_run_dealloc(file, region->first, region->count);
	}
	mutex_unlock(&file->lock);
}
