// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: free entries of the grant table
 *
 * The kernel's list of them has one lock for all drivers, so they are taken many
 * at a time, and put back one at a time. Entries are the numbers that a peer is
 * told, the refs.
 */
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <xen/grant_table.h>

#include "compat.h"
#include "gntalloc.h"

/*
 * So many are looked for at a time, at least. To look for each would cost more
 * than all the rest of a grant of one page.
 */
#define GNTALLOC_HEADROOM_CREDIT	256U

unsigned int gntalloc_headroom = 128;

static void told_free(void *are_free)
{
	*(bool *)are_free = true;
}

/*
 * Are so many entries free, without more in the table? The kernel tells that to
 * who would wait for them, at once if they are.
 */
static bool entries_are_free(unsigned int count)
{
	struct gnttab_free_callback told = {};
	bool are_free = false;

	gnttab_request_free_callback(&told, told_free, &are_free, count);
	gnttab_cancel_free_callback(&told);
	return are_free;
}

/*
 * Take @count entries, if there are so many that the headroom is left, for the
 * kernel's own frontends. If there are not, the table has to grow: for that they
 * have all to be taken for a moment, and the list at @free has more than @count.
 */
static int take_with_headroom(unsigned int count, grant_ref_t *free)
{
	static DEFINE_SPINLOCK(lock);
	static unsigned int credit;	/* were free, and may be taken unseen */
	unsigned int headroom = READ_ONCE(gntalloc_headroom);
	unsigned int ahead;
	int err;

	if (!headroom)
		return gnttab_alloc_grant_references(count, free);

	spin_lock(&lock);
	if (count <= credit) {
		credit -= count;
		err = gnttab_alloc_grant_references(count, free);
		goto out;
	}
	for (ahead = max(count, GNTALLOC_HEADROOM_CREDIT); ; ahead = count) {
		if (entries_are_free(ahead + headroom))
			err = gnttab_alloc_grant_references(count, free);
		else
			err = gnttab_alloc_grant_references(ahead + headroom,
							    free);
		if (!err || ahead == count)
			break;
	}
	credit = err ? 0 : ahead - count;
out:
	spin_unlock(&lock);
	return err;
}

/**
 * gntalloc_entries_take - take entries, and leave the headroom
 * @refs: where to store them
 * @count: how many, at most GNTALLOC_BATCH
 *
 * Return: 0, or -ENOSPC with none taken.
 */
int gntalloc_entries_take(u32 *refs, unsigned int count)
{
	grant_ref_t free;
	unsigned int i;

	if (take_with_headroom(count, &free))
		return -ENOSPC;
	for (i = 0; i < count; i++)
		refs[i] = gnttab_claim_grant_reference(&free);
	gnttab_free_grant_references(free);
	return 0;
}

/**
 * gntalloc_entries_put - put back entries that have never been written
 * @refs: the entries
 * @count: how many
 *
 * The first of them is the next to be taken.
 */
void gntalloc_entries_put(const u32 *refs, unsigned int count)
{
	while (count--)
		gnttab_free_grant_reference(refs[count]);
}

/**
 * gntalloc_entries_in_a_row - sort entries that have no gap
 * @refs: the entries, all of them different
 * @count: how many, one or more
 *
 * As the kernel's list has them they often go backwards, or in pieces.
 *
 * Return: whether they are consecutive. If not, they stay as they were.
 */
bool gntalloc_entries_in_a_row(u32 *refs, unsigned int count)
{
	u32 least = U32_MAX, greatest = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		least = min(least, refs[i]);
		greatest = max(greatest, refs[i]);
	}
	if (greatest - least != count - 1)
		return false;
	for (i = 0; i < count; i++)
		refs[i] = least + i;
	return true;
}

/* Entries that were taken to find a row: the bits that are not set. */
struct search {
	unsigned long *others;
	unsigned int size;
};

static int search_add(struct search *s, const u32 *refs, unsigned int count)
{
	u32 greatest = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		greatest = max(greatest, refs[i]);
	if (greatest >= s->size) {
		unsigned int size = round_up(greatest + 1,
					     PAGE_SIZE * BITS_PER_BYTE);
		unsigned long *others =
			kvmalloc(size / BITS_PER_BYTE,
				 GFP_KERNEL_ACCOUNT | __GFP_NOWARN);

		if (!others)
			return -ENOMEM;
		bitmap_fill(others, size);
		if (s->size)
			bitmap_copy(others, s->others, s->size);
		kvfree(s->others);
		s->others = others;
		s->size = size;
	}
	for (i = 0; i < count; i++)
		__clear_bit(refs[i], s->others);
	return 0;
}

/* The first of @count in a row, or 0, which is no entry for anybody. */
static u32 search_row(const struct search *s, unsigned int count)
{
	unsigned long row = bitmap_find_next_zero_area(s->others, s->size, 0,
						       count, 0);

	return row < s->size ? row : 0;
}

/* In order: whoever takes them next gets rows. */
static void search_put(const struct search *s)
{
	u32 ref = s->size;

	while (ref--) {
		if (!test_bit(ref, s->others))
			gnttab_free_grant_reference(ref);
		if (!(ref % GNTALLOC_BATCH))
			cond_resched();
	}
}

/**
 * gntalloc_entries_find_row - change entries for ones that are consecutive
 * @refs: the entries
 * @count: how many, one or more
 *
 * More and more are taken, so that the table grows if it can, until there is a
 * row, or but for the headroom none are free; the others are put back. The
 * kernel has a search of its own, gnttab_alloc_grant_reference_seq(): it loses
 * the end of its list of free entries when the row is the last one of the
 * table, and goes beyond the end of the table when that grows for the row by
 * just as many entries (Linux 5.17 to 6.12, at least).
 *
 * Return: 0; or -ENOSPC if there is no such row, -ENOMEM, -EINTR if the task is
 * being killed, with @refs as they were.
 */
int gntalloc_entries_find_row(u32 *refs, unsigned int count)
{
	unsigned int all = count, looked = 0, batch = GNTALLOC_BATCH, i;
	struct search s = {};
	u32 *more, row = 0;
	int err;

	more = kmalloc_array(batch, sizeof(*more), GFP_KERNEL_ACCOUNT);
	if (!more)
		return -ENOMEM;
	err = search_add(&s, refs, count);
	if (err)
		goto out;

	while (!row && !err) {
		if (gntalloc_entries_take(more, batch)) {
			batch /= 2;
		} else {
			err = search_add(&s, more, batch);
			if (err)
				gntalloc_entries_put(more, batch);
			else
				all += batch;
		}
		if (fatal_signal_pending(current))
			err = -EINTR;
		/* A look takes time, too. */
		if (!batch || all - looked >= max(count, looked / 4)) {
			row = search_row(&s, count);
			looked = all;
		}
		if (!batch && !row && !err)
			err = -ENOSPC;
		cond_resched();
	}
	if (row) {
		bitmap_set(s.others, row, count);
		err = 0;
	} else {
		for (i = 0; i < count; i++)
			__set_bit(refs[i], s.others);
	}
	search_put(&s);
	for (i = 0; row && i < count; i++)
		refs[i] = row + i;
out:
	kvfree(s.others);
	kfree(more);
	return err;
}
