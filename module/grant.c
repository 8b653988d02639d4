// SPDX-License-Identifier: GPL-2.0
/*
 * xen-gntalloc: grant entries, and the limit on their number
 *
 * Making and ending an entry is a write to the grant table, which Xen reads;
 * no hypercall is needed. The kernel's list of free entries has one lock for
 * all drivers, so entries are taken in batches.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <xen/page.h>

#include "compat.h"
#include "gntalloc.h"

unsigned int gntalloc_limit = 1024;

/* Entries that are made, or about to be, and have not ended. */
static atomic_t outstanding = ATOMIC_INIT(0);

static int limit_set(const char *val, const struct kernel_param *kp)
{
	unsigned int limit;
	int err;

	err = kstrtouint(val, 0, &limit);
	if (err)
		return err;
	/* What the counter above can hold. */
	if (limit > INT_MAX)
		return -ERANGE;

	WRITE_ONCE(gntalloc_limit, limit);
	return 0;
}

const struct kernel_param_ops gntalloc_limit_ops = {
	.set = limit_set,
	.get = param_get_uint,
};

/**
 * gntalloc_charge - count entries that are about to be made
 * @count: any number
 *
 * Return: 0, or -EDQUOT with nothing changed if the limit would be exceeded.
 * That may be lower than what is outstanding.
 */
int gntalloc_charge(unsigned int count)
{
	int old = atomic_read(&outstanding);
	unsigned int limit;

	do {
		limit = READ_ONCE(gntalloc_limit);
		if (old > limit || count > limit - old)
			return -EDQUOT;
	} while (!atomic_try_cmpxchg(&outstanding, &old, old + count));
	return 0;
}

/**
 * gntalloc_uncharge - count entries no more
 * @count: of those that were charged
 */
void gntalloc_uncharge(unsigned int count)
{
	atomic_sub(count, &outstanding);
}

/**
 * gntalloc_outstanding - number of entries that count toward the limit
 */
unsigned int gntalloc_outstanding(void)
{
	return atomic_read(&outstanding);
}

/**
 * gntalloc_grant_alloc - get the memory that granting a region takes
 * @region: unpublished; gets the grant, with no entry in it
 * @domid: the peer
 *
 * Return: the grant, or NULL.
 */
struct gntalloc_grant *gntalloc_grant_alloc(struct gntalloc_region *region,
					    unsigned int domid)
{
	struct gntalloc_grant *grant;
	size_t size;

	size = struct_size(grant, refs, region->count);
	if (check_add_overflow(size, array_size(region->count, sizeof(u32)),
			       &size))
		return NULL;

	grant = kvmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!grant)
		return NULL;

	grant->region = region;
	grant->domid = domid;
	grant->made = 0;
	grant->draining = 0;
	grant->next = &grant->refs[region->count];
	list_add_tail(&grant->region_node, &region->grants);
	return grant;
}

/**
 * gntalloc_grant_make - write the entries of a grant
 * @grant: without entries
 * @readonly: the peer may not write
 *
 * Return: 0, -ENOSPC or -EINTR. Then @grant->made says how far it came, and
 * undoing that is the caller's.
 */
int gntalloc_grant_make(struct gntalloc_grant *grant, bool readonly)
{
	struct gntalloc_region *region = grant->region;

	while (grant->made < region->count) {
		unsigned int batch = min(region->count - grant->made,
					 GNTALLOC_BATCH);
		grant_ref_t free;

		if (gnttab_alloc_grant_references(batch, &free))
			return -ENOSPC;

		while (batch--) {
			struct page *page = region->pages[grant->made];
			int ref = gnttab_claim_grant_reference(&free);

			gnttab_grant_foreign_access_ref(ref, grant->domid,
							xen_page_to_gfn(page),
							readonly);
			grant->refs[grant->made++] = ref;
		}
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/**
 * gntalloc_grant_end - end the entry of a page that dies
 * @grant: of a region that the caller has locked, or not published
 * @i: number of the page in the region
 *
 * Return: true if there is no entry any more. Else the peer holds it: it
 * drains, with a reference of its own on the page.
 */
bool gntalloc_grant_end(struct gntalloc_grant *grant, unsigned int i)
{
	if (i >= grant->made || gnttab_try_end_foreign_access(grant->refs[i]))
		return true;

	get_page(grant->region->pages[i]);
	gntalloc_drain_add(grant, i);
	return false;
}
