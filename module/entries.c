// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: free entries of the grant table
 *
 * The kernel keeps a list of the free entries, with one lock for all drivers.
 * So this file takes many entries at a time, and puts them back one at a time.
 * An entry is known here by its number, the gref.
 */
#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/xen.h>
#include <xen/xen.h>

#include <asm/xen/hypercall.h>

#include "compat.h"
#include "gntalloc.h"

/*
 * The number of entries that may be taken after a check of the headroom, beside
 * those of the call that made the check. To check in each call would cost more
 * than all the rest of a grant of one page. This is also the number of entries
 * that may be taken before the driver sees that the kernel itself has taken
 * some. So the manual page names it, too.
 */
#define GNTALLOC_HEADROOM_CREDIT	16U

unsigned int gntalloc_headroom = 128;

/* Guards what follows. */
static DEFINE_SPINLOCK(entries_lock);
/* Number of entries that may be taken without a check of the headroom. */
static unsigned int credit;
/*
 * The generation in which the table could not grow, about which the kernel has
 * written to the log; or 0.
 */
static u64 full_in;

/*
 * One search for consecutive entries runs at a time. It may have taken nearly
 * all free entries, so a call that needs some waits for its end. After a search
 * the next one has to wait for this number of ns for each entry that was taken.
 * Taking an entry took some 150 ns. So searches have no more than a sixteenth
 * of the time, however often programs ask for them. The pause does not depend
 * on how long the search took, since that includes time that others used.
 */
#define GNTALLOC_SEARCH_PAUSE	2400U

static DEFINE_MUTEX(search_lock);
static DECLARE_WAIT_QUEUE_HEAD(search_over);
static bool search_runs;	/* under search_lock; also read without it */
static u64 search_due;		/* of the next, ktime ns; under search_lock */

/*
 * The number of entries beside the headroom that a search leaves free, for
 * disks and networks that connect meanwhile. It takes them only if it finds no
 * row without them.
 */
#define GNTALLOC_SEARCH_SPARE	1024U

/*
 * If a search could take this many times the entries of the row, the table does
 * not grow for it.
 */
#define GNTALLOC_SEARCH_ENOUGH	4U

static void set_true(void *are_free)
{
	*(bool *)are_free = true;
}

/*
 * Are @count entries free, if the table does not grow? The kernel calls back a
 * driver that waits for that number, and does so at once if they are free.
 */
static bool entries_are_free(unsigned int count)
{
	struct gnttab_free_callback callback = {};
	bool are_free = false;

	gnttab_request_free_callback(&callback, set_true, &are_free, count);
	gnttab_cancel_free_callback(&callback);
	return are_free;
}

/**
 * gntalloc_entries_exist - does this domain use a grant table?
 *
 * An HVM domain uses one only after the kernel has found Xen's PCI device. If
 * that is missing, as with xen_platform_pci=0, the first grant would crash the
 * kernel. xen_has_pv_devices() does not tell: with xen_emul_unplug=unnecessary
 * on the command line it is true without the device, and with
 * xen_emul_unplug=never it is false although the device is there. So this looks
 * for a free entry. In a domain that is not PV, a table without a free entry is
 * taken for no table.
 */
bool gntalloc_entries_exist(void)
{
	return xen_pv_domain() || entries_are_free(1);
}

/**
 * gntalloc_entries_are_left - are entries free that were refused?
 * @count: number of entries, at most GNTALLOC_BATCH
 *
 * Return: true if @count entries are free, so that only the headroom keeps them
 * from being taken.
 */
bool gntalloc_entries_are_left(unsigned int count)
{
	bool left;

	spin_lock(&entries_lock);
	left = entries_are_free(count);
	spin_unlock(&entries_lock);
	return left;
}

/* Is the table of this domain as large as Xen lets it be? */
static bool table_is_full(void)
{
	struct gnttab_query_size query = { .dom = DOMID_SELF };

	return HYPERVISOR_grant_table_op(GNTTABOP_query_size, &query, 1) ||
	       query.status != GNTST_okay ||
	       query.nr_frames >= gnttab_max_grant_frames();
}

/*
 * Makes the table grow by a frame; fewer than @count entries are free. The
 * kernel grows the table when it is asked for more entries than are free. So
 * this takes all of them and one more, for a moment; the other entries of the
 * new frame stay free meanwhile, for the kernel's own drivers. When the table
 * cannot grow, the kernel writes that to the log, and programs can cause it at
 * will. So it is not tried again in this generation, unless Xen has more room.
 *
 * Returns false if the table cannot grow. If it is true, the caller has to look
 * again, since others take entries, too.
 */
static bool table_grow(unsigned int count)
{
	unsigned int free = 0, more = count;
	grant_ref_t grefs;

	lockdep_assert_held(&entries_lock);

	if (full_in == gntalloc_generation() && table_is_full())
		return false;
	while (more - free > 1) {
		unsigned int middle = free + (more - free) / 2;

		if (entries_are_free(middle))
			free = middle;
		else
			more = middle;
	}
	if (gnttab_alloc_grant_references(more, &grefs)) {
		full_in = gntalloc_generation();
		return false;
	}
	gnttab_free_grant_references(grefs);
	return true;
}

/* Are @count entries free? If not, and if @grow is set, the table grows. */
static bool entries_available(unsigned int count, bool grow)
{
	lockdep_assert_held(&entries_lock);

	while (!entries_are_free(count))
		if (!grow || !table_grow(count))
			return false;
	return true;
}

/*
 * Takes @count entries, if that leaves the headroom free for the kernel's own
 * frontends.
 */
static int take_with_headroom(unsigned int count, bool grow, grant_ref_t *free)
{
	unsigned int headroom = READ_ONCE(gntalloc_headroom);
	unsigned int ahead = count + GNTALLOC_HEADROOM_CREDIT;
	int err = -ENOSPC;

	spin_lock(&entries_lock);
	if (count > credit) {
		if (entries_available(ahead + headroom, grow))
			credit = ahead;
		else if (entries_available(count + headroom, grow))
			credit = count;
		else
			goto out;
	}
	err = gnttab_alloc_grant_references(count, free);
	credit = err ? 0 : credit - count;
out:
	spin_unlock(&entries_lock);
	return err;
}

static int entries_take(u32 *grefs, unsigned int count, bool grow)
{
	grant_ref_t free;
	unsigned int i;

	if (take_with_headroom(count, grow, &free))
		return -ENOSPC;
	for (i = 0; i < count; i++)
		grefs[i] = gnttab_claim_grant_reference(&free);
	return 0;
}

/**
 * gntalloc_entries_take - take entries, and leave the headroom free
 * @grefs: where to store them
 * @count: number of entries, at most GNTALLOC_BATCH
 *
 * If too few are free, this first waits for the end of a search, if one runs,
 * since it puts back what it does not keep. Then the table grows, if it can.
 *
 * Context: process, no spinlock held.
 * Return: 0; or, with none taken, -ENOSPC, or -EINTR if the task is being
 * killed.
 */
int gntalloc_entries_take(u32 *grefs, unsigned int count)
{
	while (entries_take(grefs, count, false)) {
		if (!READ_ONCE(search_runs))
			return entries_take(grefs, count, true);
		if (wait_event_killable(search_over, !READ_ONCE(search_runs)))
			return -EINTR;
	}
	return 0;
}

/**
 * gntalloc_entries_put - put back entries that were never written
 * @grefs: the entries
 * @count: number of entries
 *
 * The first of them will be taken next.
 */
void gntalloc_entries_put(const u32 *grefs, unsigned int count)
{
	while (count--)
		gnttab_free_grant_reference(grefs[count]);
}

/**
 * gntalloc_entries_in_a_row - sort entries if they are consecutive
 * @grefs: the entries, all of them different
 * @count: number of entries, at least 1
 *
 * The kernel's list often has them in descending order, or in pieces.
 *
 * Return: whether they are consecutive. If not, @grefs is unchanged.
 */
bool gntalloc_entries_in_a_row(u32 *grefs, unsigned int count)
{
	u32 least = U32_MAX, greatest = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		least = min(least, grefs[i]);
		greatest = max(greatest, grefs[i]);
	}
	if (greatest - least != count - 1)
		return false;
	for (i = 0; i < count; i++)
		grefs[i] = least + i;
	return true;
}

/*
 * struct search - entries that were taken to find a row
 * @others: a bitmap of grefs. A bit is clear if the entry is one of the
 *	caller's or was taken by the search, and set if it is any other.
 * @size: number of bits
 * @taken: number of entries that the search has taken
 * @more: room for the entries that are taken next, at most GNTALLOC_BATCH
 */
struct search {
	unsigned long *others;
	unsigned int size;
	unsigned int taken;
	u32 *more;
};

static int search_add(struct search *s, const u32 *grefs, unsigned int count)
{
	u32 greatest = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		greatest = max(greatest, grefs[i]);
	if (greatest >= s->size) {
		unsigned int size = round_up(greatest + 1,
					     PAGE_SIZE * BITS_PER_BYTE);
		unsigned long *others =
			gntalloc_kvmalloc(size / BITS_PER_BYTE, 0);

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
		__clear_bit(grefs[i], s->others);
	return 0;
}

/* Returns the first entry of a row of @count, or 0, which nobody can have. */
static u32 search_row(const struct search *s, unsigned int count)
{
	unsigned long row = bitmap_find_next_zero_area(s->others, s->size, 0,
						       count, 0);

	return row < s->size ? row : 0;
}

/* Puts all entries back, the greatest first: the next calls then get rows. */
static void search_put(const struct search *s)
{
	u32 gref = s->size;

	while (gref--) {
		if (!test_bit(gref, s->others))
			gnttab_free_grant_reference(gref);
		if (!(gref % GNTALLOC_BATCH))
			cond_resched();
	}
}

/* Takes entries, if @spare others stay free beside the headroom. */
static int search_take_spare(u32 *grefs, unsigned int count, unsigned int spare)
{
	unsigned int leave = READ_ONCE(gntalloc_headroom) + spare;
	bool enough;

	/* The kernel cannot be asked for more than U16_MAX at a time. */
	leave = min(leave, U16_MAX - GNTALLOC_BATCH);
	spin_lock(&entries_lock);
	enough = entries_are_free(count + leave);
	spin_unlock(&entries_lock);
	return enough ? entries_take(grefs, count, false) : -ENOSPC;
}

/*
 * Takes @batch entries for a search, or fewer if not so many are free. The
 * table grows for them only if @grow is set. Returns the number of entries, or
 * an error with none taken.
 */
static int search_take(struct search *s, unsigned int batch,
		       unsigned int spare, bool grow)
{
	int err;

	if (fatal_signal_pending(current))
		return -EINTR;
	for (; batch; batch /= 2) {
		if (grow ? entries_take(s->more, batch, true) :
			   search_take_spare(s->more, batch, spare))
			continue;
		err = search_add(s, s->more, batch);
		if (err) {
			gntalloc_entries_put(s->more, batch);
			return err;
		}
		break;
	}
	s->taken += batch;
	cond_resched();
	return batch;
}

/*
 * Takes free entries until @count of those that were taken are a row, or only
 * the headroom and @spare others are left. Returns the first entry of the row.
 * Returns 0 if there is none, with @err set if the search has failed.
 */
static u32 search_free(struct search *s, unsigned int count,
		       unsigned int spare, int *err)
{
	unsigned int searched = 0;
	u32 row;
	int got;

	do {
		got = search_take(s, GNTALLOC_BATCH, spare, false);
		if (got < 0) {
			*err = got;
			return 0;
		}
		/* To look for a row takes time, too: not after each batch. */
		if (got && s->taken - searched < max(count, searched / 4))
			continue;
		row = search_row(s, count);
		if (row)
			return row;
		searched = s->taken;
	} while (got);
	return 0;
}

/*
 * Takes @left entries, for which the table grows, and what is free then beside the
 * headroom. Returns a row as search_free() does.
 */
static u32 search_grown(struct search *s, unsigned int count, unsigned int left,
			int *err)
{
	u32 row;
	int got;

	for (; left; left -= got) {
		got = search_take(s, min(left, GNTALLOC_BATCH), 0, true);
		if (got <= 0) {
			*err = got;
			return 0;
		}
		row = search_row(s, count);
		if (row)
			return row;
	}
	return search_free(s, count, 0, err);
}

/*
 * Does the same with @count entries by which the table grows. It does so only if
 * fewer than GNTALLOC_SEARCH_ENOUGH times @count could be taken before.
 *
 * Up to Linux 5.18, new entries are the next that the kernel hands out, the last
 * frame first; what is left of the first one would be a hole in the row, but is
 * taken in the end. Later, they come after all that were free, which are the
 * headroom. So as many more are taken if @count were not enough.
 */
static u32 search_new(struct search *s, unsigned int count, int *err)
{
	u32 row;

	if (s->taken / GNTALLOC_SEARCH_ENOUGH >= count)
		return 0;
	row = search_grown(s, count, count, err);
	if (!row && !*err)
		row = search_grown(s, count, READ_ONCE(gntalloc_headroom) +
				   GNTALLOC_HEADROOM_CREDIT, err);
	return row;
}

/*
 * Waits until a search may run, and keeps others from running. The wait may be
 * long if many programs search. It ends on any signal, since it must not keep
 * the guest from being frozen and saved. The call is then restarted, unless the
 * task is being killed.
 */
static int search_begin(void)
{
	s64 left;

	if (mutex_lock_interruptible(&search_lock))
		goto interrupted;
	while ((left = search_due - ktime_get_ns()) > 0) {
		schedule_timeout_interruptible(nsecs_to_jiffies(left) + 1);
		if (signal_pending(current)) {
			mutex_unlock(&search_lock);
			goto interrupted;
		}
	}
	WRITE_ONCE(search_runs, true);
	return 0;

interrupted:
	return fatal_signal_pending(current) ? -EINTR : -ERESTARTNOINTR;
}

static void search_end(const struct search *s)
{
	search_due = ktime_get_ns() + (u64)s->taken * GNTALLOC_SEARCH_PAUSE;
	WRITE_ONCE(search_runs, false);
	wake_up_all(&search_over);
	mutex_unlock(&search_lock);
}

/**
 * gntalloc_entries_find_row - exchange entries for consecutive ones
 * @grefs: the entries
 * @count: number of entries, at least 1
 *
 * This takes more and more free entries until there is a row, and then puts the
 * others back. The kernel has a search of its own, which is not used:
 * gnttab_alloc_grant_reference_seq() errs in two cases (Linux 5.17 to 6.12, at
 * least). If the row is the last one of the table, it loses the end of the
 * kernel's list of free entries. If the table grows for the row by just as many
 * entries, it goes beyond the end of the table.
 *
 * The entries that a search takes are not charged. In a table that was used for
 * long, a row may be found among many thousands of entries only, and a program
 * with small bounds could not get one. No other call fails because of a search:
 * a call that lacks entries meanwhile waits, and the kernel's frontends have
 * what is left for them. The table grows only if fewer entries than
 * GNTALLOC_SEARCH_ENOUGH times @count could be taken, and by no more frames
 * than @count entries and the headroom need, since it never shrinks again.
 *
 * Context: process, no lock held: this may take long.
 * Return: 0; or, with @grefs unchanged, -ENOSPC if there is no such row,
 * -ENOMEM, -EINTR if the task is being killed, or -ERESTARTNOINTR if another
 * signal came before the search began.
 */
int gntalloc_entries_find_row(u32 *grefs, unsigned int count)
{
	struct search s = {};
	unsigned int i;
	u32 row = 0;
	int err;

	s.more = kmalloc_array(GNTALLOC_BATCH, sizeof(*s.more),
			       GNTALLOC_GFP_META);
	if (!s.more)
		return -ENOMEM;
	err = search_add(&s, grefs, count);
	if (!err)
		err = search_begin();
	if (err)
		goto out;

	row = search_free(&s, count, GNTALLOC_SEARCH_SPARE, &err);
	if (!row && !err)
		row = search_free(&s, count, 0, &err);
	if (!row && !err)
		row = search_new(&s, count, &err);
	if (row) {
		bitmap_set(s.others, row, count);
	} else {
		err = err ? err : -ENOSPC;
		for (i = 0; i < count; i++)
			__set_bit(grefs[i], s.others);
	}
	search_put(&s);
	search_end(&s);
	for (i = 0; row && i < count; i++)
		grefs[i] = row + i;
out:
	kvfree(s.others);
	kfree(s.more);
	return err;
}
