// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: grants, and their entries
 *
 * Making and ending an entry is a write to the grant table, which Xen reads;
 * no hypercall is needed. The kernel's list of free entries has one lock for
 * all drivers, so entries are taken from it many at a time.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <xen/page.h>

#include "compat.h"
#include "gntalloc.h"

/*
 * After so many single entries the headroom is looked at again. Each time
 * would cost more than all the rest of a grant of one page.
 */
#define GNTALLOC_HEADROOM_CREDIT	256U

unsigned int gntalloc_headroom = 128;

static int headroom_set(const char *val, const struct kernel_param *kp)
{
	unsigned int headroom;
	int err;

	err = kstrtouint(val, 0, &headroom);
	if (err)
		return err;
	/* One call of the kernel's has to be able to take them. */
	if (headroom > U16_MAX - GNTALLOC_HEADROOM_CREDIT)
		return -ERANGE;

	WRITE_ONCE(gntalloc_headroom, headroom);
	return 0;
}

const struct kernel_param_ops gntalloc_headroom_ops = {
	.set = headroom_set,
	.get = param_get_uint,
};

static bool table_has(unsigned int count)
{
	grant_ref_t free;

	if (gnttab_alloc_grant_references(count, &free))
		return false;
	gnttab_free_grant_references(free);
	return true;
}

/*
 * @count entries have been taken. Is the headroom still there, for the
 * kernel's own frontends? Nothing but taking entries tells how many are free.
 * Once more than needed were, they are a credit for entries to come.
 */
static bool headroom_left(unsigned int count)
{
	static atomic_t credit = ATOMIC_INIT(0);
	unsigned int headroom = READ_ONCE(gntalloc_headroom);

	if (!headroom)
		return true;
	if (count < GNTALLOC_HEADROOM_CREDIT) {
		if (atomic_sub_return(count, &credit) >= 0)
			return true;
		if (table_has(headroom + GNTALLOC_HEADROOM_CREDIT)) {
			atomic_set(&credit, GNTALLOC_HEADROOM_CREDIT);
			return true;
		}
	}
	/* What was seen to be free may be among what is taken now. */
	atomic_set(&credit, 0);
	return table_has(headroom);
}

static void grant_entry(struct gntalloc_grant *grant, grant_ref_t ref,
			bool readonly)
{
	struct page *page = grant->region->pages[grant->first + grant->live];

	gnttab_grant_foreign_access_ref(ref, grant->domid,
					xen_page_to_gfn(page), readonly);
	grant->refs[grant->live++] = ref;
}

/* Writes @count entries more. */
static int grant_batch(struct gntalloc_grant *grant, bool readonly,
		       unsigned int count)
{
	grant_ref_t free;

	if (gnttab_alloc_grant_references(count, &free))
		return -ENOSPC;
	if (!headroom_left(count)) {
		gnttab_free_grant_references(free);
		return -ENOSPC;
	}
	while (count--)
		grant_entry(grant, gnttab_claim_grant_reference(&free),
			    readonly);
	return 0;
}

static int grant_make(struct gntalloc_grant *grant, bool readonly,
		      unsigned int count, enum gntalloc_refs refs)
{
	grant_ref_t ref;

	if (refs != GNTALLOC_REFS_ANY &&
	    !gntalloc_alloc_reference_seq(count, &ref)) {
		if (headroom_left(count)) {
			while (grant->live < count)
				grant_entry(grant, ref++, readonly);
			return 0;
		}
		gntalloc_free_reference_seq(ref, count);
	}
	if (refs == GNTALLOC_REFS_CONSECUTIVE_ONLY)
		return -ENOSPC;

	while (grant->live < count) {
		unsigned int batch = min(count - grant->live, GNTALLOC_BATCH);
		int err;

		err = grant_batch(grant, readonly, batch);
		if (err) {
			gntalloc_drain(GNTALLOC_DRAIN_AT_BOUND);
			err = grant_batch(grant, readonly, batch);
		}
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
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
	int err = -ENOMEM;

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
