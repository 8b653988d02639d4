// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: free entries of the grant table
 *
 * The kernel's list of them has one lock for all drivers, so they are taken
 * many at a time, and put back one at a time. Entries are the numbers that a
 * peer is told, the grefs.
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
 * How many entries one look at the headroom is good for. To look for each
 * would cost more than all the rest of a grant of one page; and as many may be
 * taken before the driver sees that the kernel has taken some itself, so the
 * manual page has the number, too.
 */
#define GNTALLOC_HEADROOM_CREDIT	16U

unsigned int gntalloc_headroom = 128;

/* Guards what follows. */
static DEFINE_SPINLOCK(entries_lock);
/* So many were free above the headroom, and may be taken without a look. */
static unsigned int credit;
/* The table could not grow, and the kernel has said so in the log, then. */
static u64 full_in;

/*
 * A search for consecutive entries runs: one at a time. It may have nearly all
 * that are free, so who lacks some waits for its end. And the next one has to
 * wait for so many ns for each entry that this one has taken, which took some
 * 150 of them: no more than a sixteenth of the time is for searches, however
 * often they are asked for. Not the time that it took: that is also what others
 * have used.
 */
#define GNTALLOC_SEARCH_PAUSE	2400U

static DEFINE_MUTEX(search_lock);
static DECLARE_WAIT_QUEUE_HEAD(search_over);
static bool search_runs;	/* under search_lock; read without it, too */
static u64 search_due;		/* not before, ktime in ns; under search_lock */

/*
 * So many entries more than the headroom are left by a search, for disks and
 * networks that come meanwhile, unless there is no row without these.
 */
#define GNTALLOC_SEARCH_SPARE	1024U

/* So many times what is searched for is enough, and the table need not grow. */
#define GNTALLOC_SEARCH_ENOUGH	4U

static void told_free(void *are_free)
{
	*(bool *)are_free = true;
}

/*
 * Are @count entries free, without more in the table? The kernel tells that to
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

/**
 * gntalloc_entries_exist - does this domain use a grant table?
 *
 * An HVM domain does only once the kernel has found Xen's PCI device. Without
 * that, as with xen_platform_pci=0, the first grant would be the end of the
 * kernel. To ask for xen_has_pv_devices() would not do: it is true without the
 * device if the command line has xen_emul_unplug=unnecessary, and false with it
 * if that has xen_emul_unplug=never. So entries have to be there to be seen: in
 * a domain that is not PV a table without any that is free is taken for none.
 */
bool gntalloc_entries_exist(void)
{
	return xen_pv_domain() || entries_are_free(1);
}

/* Has Xen no more room in this domain's table? */
static bool table_is_full(void)
{
	struct gnttab_query_size query = { .dom = DOMID_SELF };

	return HYPERVISOR_grant_table_op(GNTTABOP_query_size, &query, 1) ||
	       query.status != GNTST_okay ||
	       query.nr_frames >= gnttab_max_grant_frames();
}

/*
 * Make the table grow by a frame, since fewer than @count entries are free.
 * That is done by asking for one more than there are: of the frame that comes
 * the others stay free meanwhile, for the kernel's own drivers. When the table
 * cannot grow the kernel writes that to the log, so once is enough: programs
 * can cause it at will.
 *
 * Returns false if the table cannot grow. If true, look again: others take
 * entries, too.
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

/* Are @count entries free, if need be after the table has grown? */
static bool entries_to_be_had(unsigned int count, bool grow)
{
	lockdep_assert_held(&entries_lock);

	while (!entries_are_free(count))
		if (!grow || !table_grow(count))
			return false;
	return true;
}

/*
 * Take @count entries, if there are so many that the headroom is left, for the
 * kernel's own frontends.
 */
static int take_with_headroom(unsigned int count, bool grow, grant_ref_t *free)
{
	unsigned int headroom = READ_ONCE(gntalloc_headroom);
	unsigned int ahead = max(count, GNTALLOC_HEADROOM_CREDIT);
	int err = -ENOSPC;

	spin_lock(&entries_lock);
	if (count > credit) {
		if (entries_to_be_had(ahead + headroom, grow))
			credit = ahead;
		else if (entries_to_be_had(count + headroom, grow))
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
 * gntalloc_entries_take - take entries, and leave the headroom
 * @grefs: where to store them
 * @count: how many, at most GNTALLOC_BATCH
 *
 * The table grows for them if it has to and can; but what a search has, and
 * will not keep, is waited for.
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
 * gntalloc_entries_put - put back entries that have never been written
 * @grefs: the entries
 * @count: how many
 *
 * The first of them is the next to be taken.
 */
void gntalloc_entries_put(const u32 *grefs, unsigned int count)
{
	while (count--)
		gnttab_free_grant_reference(grefs[count]);
}

/**
 * gntalloc_entries_in_a_row - sort entries that have no gap
 * @grefs: the entries, all of them different
 * @count: how many, one or more
 *
 * As the kernel's list has them they often go backwards, or in pieces.
 *
 * Return: whether they are consecutive. If not, they stay as they were.
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
 * @others: the bits that are not set, of those of the caller and those taken
 * @size: number of bits
 * @taken: how many were taken
 * @more: those that are being taken, up to GNTALLOC_BATCH
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
	u32 gref = s->size;

	while (gref--) {
		if (!test_bit(gref, s->others))
			gnttab_free_grant_reference(gref);
		if (!(gref % GNTALLOC_BATCH))
			cond_resched();
	}
}

/* Take entries for a search, unless that leaves fewer than @spare more. */
static int search_take_spare(u32 *grefs, unsigned int count, unsigned int spare)
{
	unsigned int leave = READ_ONCE(gntalloc_headroom) + spare;
	bool can;

	/* The kernel looks for no more at a time; it is so many, then. */
	leave = min(leave, U16_MAX - GNTALLOC_BATCH);
	spin_lock(&entries_lock);
	can = entries_are_free(count + leave);
	spin_unlock(&entries_lock);
	return can ? entries_take(grefs, count, false) : -ENOSPC;
}

/*
 * Take up to @batch entries for a search: fewer where there are not so many.
 * The table grows for them only if @grow. Returns how many, or an error with
 * none taken.
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
 * Take all entries that are free, but for @spare more than the headroom, until
 * @count of those that were taken are in a row. Returns the first of the row;
 * or 0, with @err set if that is what has ended it.
 */
static u32 search_free(struct search *s, unsigned int count,
		       unsigned int spare, int *err)
{
	unsigned int looked = 0;
	u32 row;
	int got;

	do {
		got = search_take(s, GNTALLOC_BATCH, spare, false);
		if (got < 0) {
			*err = got;
			return 0;
		}
		/* A look takes time, too. */
		if (got && s->taken - looked < max(count, looked / 4))
			continue;
		row = search_row(s, count);
		if (row)
			return row;
		looked = s->taken;
	} while (got);
	return 0;
}

/*
 * The same of entries that the table grows by, up to @count, if it is small for
 * such a row: if fewer than some times @count were free.
 */
static u32 search_new(struct search *s, unsigned int count, int *err)
{
	unsigned int left =
		s->taken / GNTALLOC_SEARCH_ENOUGH < count ? count : 0;
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
	return 0;
}

/*
 * Waits for when a search may run, and has it run alone. That may take long
 * where many search, so the call is made again after a signal: the wait must
 * not keep the guest from being frozen, and saved.
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
 * gntalloc_entries_find_row - change entries for ones that are consecutive
 * @grefs: the entries
 * @count: how many, one or more
 *
 * More and more of the entries that are free are taken until there is a row;
 * then the others are put back. The kernel has a search of its own,
 * gnttab_alloc_grant_reference_seq(): it loses the end of its list of free
 * entries when the row is the last one of the table, and goes beyond the end
 * of the table when that grows for the row by just as many entries (Linux 5.17
 * to 6.12, at least).
 *
 * What is taken is not charged: in a table that was used for long a row may be
 * found among many thousands of entries only, and nobody could have it whose
 * bounds are small. But nobody is refused anything for it, either: who lacks
 * entries meanwhile waits, and the kernel's frontends are left theirs. The
 * table grows only if not even some times @count are free, and by no more
 * frames than
 * @count need: it never shrinks again.
 *
 * Context: process, no lock held: this may take long. Return: 0; or, with
 * @grefs as they were, -ENOSPC if there is no such row, -ENOMEM, -EINTR if the
 * task is being killed, -ERESTARTNOINTR if another signal came before it began.
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
