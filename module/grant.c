// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: grants, and their entries
 *
 * Making and ending an entry is a write to the grant table, which Xen reads;
 * no hypercall is needed.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <xen/page.h>

#include "compat.h"
#include "gntalloc.h"

static int grant_take(u32 *grefs, unsigned int count, enum gntalloc_grefs how)
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
 * @count: how many, charged already
 * @how: to choose the grefs
 *
 * Context: process, no lock held: this may take long.
 * Return: the grant, of no region yet; or -ENOMEM, -ENOSPC if the grant table
 * has not the entries, -EINTR if the task is being killed.
 */
struct gntalloc_grant *gntalloc_grant_new(unsigned int count,
					  enum gntalloc_grefs how)
{
	struct gntalloc_grant *grant = NULL;
	size_t size = struct_size(grant, grefs, count);
	int err;

	if (!check_add_overflow(size, array_size(count, sizeof(u32)), &size))
		grant = gntalloc_kvmalloc(size, 0);
	if (!grant)
		return ERR_PTR(-ENOMEM);

	*grant = (struct gntalloc_grant) {
		.count = count,
		.next = &grant->grefs[count],
		.drain_node = LIST_HEAD_INIT(grant->drain_node),
	};
	err = grant_take(grant->grefs, count, how);
	if (err) {
		kvfree(grant);
		return ERR_PTR(err);
	}
	return grant;
}

/**
 * gntalloc_grant_drop - give back a grant that no region has got
 * @grant: from gntalloc_grant_new(); gone when this returns
 */
void gntalloc_grant_drop(struct gntalloc_grant *grant)
{
	gntalloc_entries_put(grant->grefs, grant->count);
	kvfree(grant);
}

/**
 * gntalloc_grant_write - grant a range of a region to a peer
 * @grant: from gntalloc_grant_new(), with an entry for each page; one of the
 *	region's from now on
 * @region: of a locked file
 * @first: number of the first page in the region; all of them are live
 * @domid: the peer; the caller has seen that it can be one
 * @readonly: the peer may not write
 */
void gntalloc_grant_write(struct gntalloc_grant *grant,
			  struct gntalloc_region *region, unsigned int first,
			  unsigned int domid, bool readonly)
{
	grant->region = region;
	grant->first = first;
	grant->domid = domid;
	list_add_tail(&grant->region_node, &region->grants);

	for (; grant->live < grant->count; grant->live++) {
		struct page *page = region->pages[first + grant->live];

		gnttab_grant_foreign_access_ref(grant->grefs[grant->live],
						domid, xen_page_to_gfn(page),
						 readonly);
		if (grant->live % GNTALLOC_BATCH == GNTALLOC_BATCH - 1)
			cond_resched();
	}
}

static bool entry_lives(u32 gref)
{
	return gref && !(gref & GNTALLOC_DRAINS);
}

/*
 * The entries for a range of the region: the first is returned, @end is behind
 * them.
 */
static unsigned int grant_part(const struct gntalloc_grant *grant,
			       unsigned int from, unsigned int to,
			       unsigned int *end)
{
	*end = to > grant->first ? min(to - grant->first, grant->count) : 0;
	return from > grant->first ? from - grant->first : 0;
}

/**
 * gntalloc_grant_has - is one of a range of pages granted by this?
 * @grant: of a region of a locked file
 * @from: number of the first page in the region
 * @to: number of the page behind the last one
 */
bool gntalloc_grant_has(const struct gntalloc_grant *grant, unsigned int from,
			unsigned int to)
{
	unsigned int i, end;

	for (i = grant_part(grant, from, to, &end); i < end; i++)
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
	kvfree(grant);
}

/**
 * gntalloc_grant_end - end the live entries of a range of pages
 * @grant: of a region of a locked file. May be gone when this returns.
 * @from: number of the first page in the region
 * @to: number of the page behind the last one
 *
 * The pages need not have entries of this grant. What the peer holds drains,
 * each entry with a reference of its own on its page.
 *
 * Return: how many entries are no more. To uncharge them is the caller's.
 */
unsigned int gntalloc_grant_end(struct gntalloc_grant *grant,
				unsigned int from, unsigned int to)
{
	unsigned int ended = 0;
	unsigned int i, end;

	for (i = grant_part(grant, from, to, &end); i < end; i++) {
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
			get_page(grant->region->pages[grant->first + i]);
			gntalloc_drain_add(grant, i);
		}
	}

	grant_free_if_ended(grant);
	return ended;
}

/**
 * gntalloc_grants_reap - free the grants that have drained meanwhile
 * @region: of a locked file
 */
void gntalloc_grants_reap(struct gntalloc_region *region)
{
	struct gntalloc_grant *grant;

	/* What comes this very moment is for the next time. */
	if (list_empty_careful(&region->drained))
		return;
	while ((grant = gntalloc_drain_pop(region)))
		grant_free_if_ended(grant);
}

/**
 * gntalloc_grants_renew - end the grants that a restore of the guest has ended
 * @region: of a locked file
 *
 * They are of another grant table, and nobody holds them. Until then their
 * entries are charged as before.
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
	gntalloc_uncharge(region->file, GNTALLOC_GRANTS(ended));
	region->generation = generation;
}
