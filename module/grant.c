// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: grants, and their entries
 *
 * To make or end an entry, the driver writes to the grant table, which Xen
 * reads. No hypercall is needed.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include <xen/page.h>

#include "compat.h"
#include "gntalloc.h"
#include "gntalloc_trace.h"

/*
 * Takes the entries of a grant. If that fails because there are too few, sets
 * @bound to what has refused them.
 */
static int grant_take(u32 *grefs, unsigned int count, enum gntalloc_grefs how,
		      enum gntalloc_bound_kind *bound)
{
	unsigned int taken = 0;
	int err = 0;

	while (!err && taken < count) {
		unsigned int batch = min(count - taken, GNTALLOC_BATCH);

		err = gntalloc_entries_take(grefs + taken, batch);
		if (err) {
			gntalloc_drain_for(count - taken);
			err = gntalloc_entries_take(grefs + taken, batch);
		}
		if (!err)
			taken += batch;
		else if (gntalloc_entries_are_left(batch))
			*bound = GNTALLOC_BOUND_HEADROOM;
		if (fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	if (!err && how != GNTALLOC_GREFS_ANY &&
	    !gntalloc_entries_in_a_row(grefs, count) &&
	    how == GNTALLOC_GREFS_CONSECUTIVE_ONLY)
		err = gntalloc_entries_find_row(grefs, count);
	if (err)
		gntalloc_entries_put(grefs, taken);
	return err;
}

/**
 * gntalloc_grant_new - take the entries for a grant
 * @file: the open file that it is for
 * @region: the new region that it is for; or NULL, for any region
 * @count: number of entries, charged already
 * @how: how to choose the grefs
 *
 * Context: process, no lock held: this may take long.
 * Return: the grant, of no region yet; or -ENOMEM, -ENOSPC if the grant table
 * does not have the entries, -EINTR if the task is being killed, or, with
 * GNTALLOC_GREFS_CONSECUTIVE_ONLY, -ERESTARTNOINTR if another signal came.
 */
struct gntalloc_grant *gntalloc_grant_new(struct gntalloc_file *file,
					  struct gntalloc_region *region,
					  unsigned int count,
					  enum gntalloc_grefs how)
{
	enum gntalloc_bound_kind bound = GNTALLOC_BOUND_TABLE;
	struct gntalloc_grant *grant;
	int err;

	grant = gntalloc_grant_alloc(region, count);
	if (!grant)
		return ERR_PTR(-ENOMEM);
	err = grant_take(grant->grefs, count, how, &bound);
	if (err == -ENOSPC)
		gntalloc_hit(file, bound, GNTALLOC_ENTRIES(count));
	if (err) {
		gntalloc_grant_free(grant);
		return ERR_PTR(err);
	}
	return grant;
}

/**
 * gntalloc_grant_drop - free a grant that no region owns, with its entries
 * @grant: from gntalloc_grant_new(); freed when this returns
 */
void gntalloc_grant_drop(struct gntalloc_grant *grant)
{
	gntalloc_entries_put(grant->grefs, grant->count);
	gntalloc_grant_free(grant);
}

/**
 * gntalloc_grant_write - grant a range of a region to a peer
 * @grant: from gntalloc_grant_new(), with an entry for each page; belongs to
 *	the region from now on
 * @region: of a locked file
 * @first: number of the first page in the region; all pages of the range are
 *	there, live or of an unpublished region
 * @domid: the peer; the caller has checked that a domain can have this id
 * @readonly: the peer may not write
 */
void gntalloc_grant_write(struct gntalloc_grant *grant,
			  struct gntalloc_region *region, unsigned int first,
			  unsigned int domid, bool readonly)
{
	struct page **pages = &region->pages[first];
	unsigned int i;

	grant->region = region;
	grant->first = first;
	grant->domid = domid;
	grant->writable = !readonly;
	list_add_tail(&grant->region_node, &region->grants);

	for (i = 0; i < grant->count; i++) {
		gnttab_grant_foreign_access_ref(grant->grefs[i], domid,
						xen_page_to_gfn(pages[i]),
						readonly);
		if (i % GNTALLOC_BATCH == GNTALLOC_BATCH - 1)
			cond_resched();
	}
	grant->live = grant->count;
	trace_gntalloc_grant(grant);
}

static bool entry_lives(u32 gref)
{
	return gref && !(gref & GNTALLOC_DRAINS);
}

/*
 * The entries of a grant for the pages of its region from @from up to, but not
 * including, @end. Returns the number of the first such entry, and sets
 * @end_entry to the one after the last. There are none if that is not greater.
 */
static unsigned int grant_first_entry(const struct gntalloc_grant *grant,
				      unsigned int from, unsigned int end,
				      unsigned int *end_entry)
{
	*end_entry = end > grant->first ?
		     min(end - grant->first, grant->count) : 0;
	return from > grant->first ? from - grant->first : 0;
}

/**
 * gntalloc_grant_has - does a grant have a live entry in a range of pages?
 * @grant: of a region of a locked file
 * @from: number of the first page in the region
 * @end: number of the page after the last one
 */
bool gntalloc_grant_has(const struct gntalloc_grant *grant, unsigned int from,
			unsigned int end)
{
	unsigned int i, end_entry;

	for (i = grant_first_entry(grant, from, end, &end_entry);
	     i < end_entry; i++)
		if (entry_lives(grant->grefs[i]))
			return true;
	return false;
}

static void grant_free_if_ended(struct gntalloc_grant *grant)
{
	if (grant->live || grant->busy)
		return;
	if (grant->drained && !gntalloc_drain_try_remove(grant))
		return;
	list_del(&grant->region_node);
	gntalloc_grant_free(grant);
}

/**
 * gntalloc_grant_end - end the live entries of a range of pages
 * @grant: of a region of a locked file; may be freed when this returns
 * @from: number of the first page in the region
 * @end: number of the page after the last one
 *
 * The pages need not have entries of this grant. An entry that the peer holds
 * is left to drain, with a reference of its own on its page.
 *
 * Return: the number of entries that have ended, which the caller uncharges.
 */
unsigned int gntalloc_grant_end(struct gntalloc_grant *grant,
				unsigned int from, unsigned int end)
{
	unsigned int ended = 0, held = 0;
	unsigned int i, end_entry;

	for (i = grant_first_entry(grant, from, end, &end_entry);
	     i < end_entry; i++) {
		u32 gref = grant->grefs[i];

		if (!entry_lives(gref))
			continue;
		grant->live--;
		if (gnttab_try_end_foreign_access(gref)) {
			grant->grefs[i] = 0;
			ended++;
		} else {
			grant->grefs[i] |= GNTALLOC_DRAINS;
			grant->drained = true;
			gntalloc_page_get(grant->region, grant->first + i);
			gntalloc_drain_add(grant, i);
			held++;
		}
	}
	if (held)
		trace_gntalloc_drain(grant, held);

	grant_free_if_ended(grant);
	return ended;
}

/**
 * gntalloc_grants_reap - free the grants that have finished draining
 * @region: of a locked file
 */
void gntalloc_grants_reap(struct gntalloc_region *region)
{
	struct gntalloc_grant *grant;

	/* A grant that is added at this moment is freed by the next call. */
	if (list_empty_careful(&region->drained))
		return;
	while ((grant = gntalloc_drain_pop(region)))
		grant_free_if_ended(grant);
}

/**
 * gntalloc_grants_renew - end the grants of earlier generations
 * @region: of a locked file
 *
 * A restore of the guest has made them void: they were in another grant table,
 * and nobody holds them. Their entries stay charged until this is called.
 */
void gntalloc_grants_renew(struct gntalloc_region *region)
{
	const u64 generation = gntalloc_generation();
	struct gntalloc_grant *grant, *next;
	unsigned int ended = 0;

	if (region->generation == generation)
		return;
	list_for_each_entry_safe(grant, next, &region->grants, region_node)
		ended += gntalloc_grant_end(grant, 0, region->count);
	gntalloc_uncharge(region->file, GNTALLOC_ENTRIES(ended));
	region->generation = generation;
}
