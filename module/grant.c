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

/* Write the entries that were taken, up to so many. */
static void grant_write(struct gntalloc_grant *grant, bool readonly,
			unsigned int count)
{
	for (; grant->live < count; grant->live++) {
		struct page *page =
			grant->region->pages[grant->first + grant->live];

		gnttab_grant_foreign_access_ref(grant->refs[grant->live],
						grant->domid,
						xen_page_to_gfn(page),
						readonly);
	}
}

static int grant_make(struct gntalloc_grant *grant, bool readonly,
		      unsigned int count, enum gntalloc_refs refs)
{
	unsigned int taken = 0;
	int err = 0;

	while (!err && taken < count) {
		unsigned int batch = min(count - taken, GNTALLOC_BATCH);

		err = gntalloc_entries_take(grant->refs + taken, batch);
		if (err) {
			gntalloc_drain(GNTALLOC_DRAIN_AT_BOUND);
			err = gntalloc_entries_take(grant->refs + taken, batch);
		}
		if (err)
			break;
		taken += batch;
		if (refs == GNTALLOC_REFS_ANY)
			grant_write(grant, readonly, taken);
		if (fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	if (!err && refs != GNTALLOC_REFS_ANY) {
		if (!gntalloc_entries_in_a_row(grant->refs, count) &&
		    refs == GNTALLOC_REFS_CONSECUTIVE_ONLY)
			err = gntalloc_entries_find_row(grant->refs, count);
		if (!err)
			grant_write(grant, readonly, count);
	}
	if (err)
		gntalloc_entries_put(grant->refs + grant->live,
				     taken - grant->live);
	return err;
}

/**
 * gntalloc_grant_create - grant a run of a region to a peer
 * @region: unpublished, or of a locked file
 * @domid: the peer; the caller has seen that it can be one
 * @readonly: the peer may not write
 * @first: number of the first page in the region
 * @count: how many, all of them live; they are charged already
 * @refs: how to choose the refs
 *
 * Return: the grant, one of the region's from now on; or -ENOMEM, -ENOSPC if
 * the grant table is full, -EINTR if the task is being killed. What was
 * charged is no longer then, but for entries that a peer holds already, by
 * guessing refs: those drain.
 */
struct gntalloc_grant *gntalloc_grant_create(struct gntalloc_region *region,
					     unsigned int domid, bool readonly,
					     unsigned int first,
					     unsigned int count,
					     enum gntalloc_refs refs)
{
	struct gntalloc_grant *grant = NULL;
	size_t size = struct_size(grant, refs, count);
	unsigned int ended;
	int err;

	if (!check_add_overflow(size, array_size(count, sizeof(u32)), &size))
		grant = kvmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!grant) {
		gntalloc_uncharge(region->file, GNTALLOC_GRANTS(count));
		return ERR_PTR(-ENOMEM);
	}

	*grant = (struct gntalloc_grant) {
		.region = region,
		.domid = domid,
		.first = first,
		.next = &grant->refs[count],
		.drain_node = LIST_HEAD_INIT(grant->drain_node),
	};
	list_add_tail(&grant->region_node, &region->grants);

	err = grant_make(grant, readonly, count, refs);
	grant->count = grant->live;
	if (!err)
		return grant;

	ended = count - grant->count;
	ended += gntalloc_grant_end(grant, first, first + grant->count);
	gntalloc_uncharge(region->file, GNTALLOC_GRANTS(ended));
	return ERR_PTR(err);
}

static bool entry_lives(u32 ref)
{
	return ref && !(ref & GNTALLOC_DRAINS);
}

/*
 * The entries for a run of the region: the first is returned, @last is behind
 * them.
 */
static unsigned int grant_part(const struct gntalloc_grant *grant,
			       unsigned int from, unsigned int to,
			       unsigned int *last)
{
	*last = to > grant->first ? min(to - grant->first, grant->count) : 0;
	return from > grant->first ? from - grant->first : 0;
}

/**
 * gntalloc_grant_has - is one of a run of pages granted by this?
 * @grant: of a region of a locked file
 * @from: number of the first page in the region
 * @to: number of the page behind the last one
 */
bool gntalloc_grant_has(const struct gntalloc_grant *grant, unsigned int from,
			unsigned int to)
{
	unsigned int i, last;

	for (i = grant_part(grant, from, to, &last); i < last; i++)
		if (entry_lives(grant->refs[i]))
			return true;
	return false;
}

static void grant_free_if_ended(struct gntalloc_grant *grant)
{
	if (grant->live || grant->busy)
		return;
	if (grant->drained && !gntalloc_drain_forget(grant))
		return;
	list_del(&grant->region_node);
	kvfree(grant);
}

/**
 * gntalloc_grant_end - end the live entries of a run of pages
 * @grant: of a region that is unpublished, or of a locked file. May be gone
 *	when this returns.
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
	unsigned int i, last;

	for (i = grant_part(grant, from, to, &last); i < last; i++) {
		u32 ref = grant->refs[i];

		if (!entry_lives(ref))
			continue;
		grant->live--;
		if (gnttab_try_end_foreign_access(ref)) {
			grant->refs[i] = 0;
			ended++;
		} else {
			grant->refs[i] |= GNTALLOC_DRAINS;
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
