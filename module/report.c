// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: who holds what
 *
 * A process can see in /proc/PID/fdinfo what a descriptor has, and root in
 * debugfs what all have, also of owners that are gone. gntalloc(4) describes
 * what is shown. No call of a program does anything for it, but to note who
 * creates a region, and when.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "gntalloc.h"

/**
 * struct peer_sum - what one peer has of a region, a file, or all
 * @entries: number of live entries: those for reading only, and the others
 * @draining: number of entries that drain
 * @since: when the first of these began to, in seconds since boot
 * @files: number of files that have granted something to it
 * @last_file: number of the last of these
 */
struct peer_sum {
	unsigned int entries[2];
	unsigned int draining;
	u32 since;
	unsigned int files;
	u64 last_file;
};

static int sum_grant(struct xarray *peers, struct gntalloc_grant *grant)
{
	struct peer_sum *sum = xa_load(peers, grant->domid);
	unsigned int draining;
	u32 since;
	int err;

	if (!sum) {
		sum = kzalloc(sizeof(*sum), GNTALLOC_GFP_META);
		if (!sum)
			return -ENOMEM;
		err = xa_err(xa_store(peers, grant->domid, sum,
				      GNTALLOC_GFP_META));
		if (err) {
			kfree(sum);
			return err;
		}
	}
	draining = gntalloc_drain_of(grant, &since);
	if (draining && (!sum->draining || since < sum->since))
		sum->since = since;
	sum->draining += draining;
	sum->entries[grant->writable] += grant->live;
	if (sum->last_file != grant->region->file->number) {
		sum->last_file = grant->region->file->number;
		sum->files++;
	}
	return 0;
}

/* Adds the grants of a region, whose file is locked, to the sums by peer. */
static int sum_region(struct xarray *peers, struct gntalloc_region *region)
{
	struct gntalloc_grant *grant;
	int err = 0;

	list_for_each_entry(grant, &region->grants, region_node) {
		err = sum_grant(peers, grant);
		if (err)
			break;
		cond_resched();
	}
	return err;
}

static void sums_free(struct xarray *peers)
{
	struct peer_sum *sum;
	unsigned long domid;

	xa_for_each(peers, domid, sum)
		kfree(sum);
	xa_destroy(peers);
}

/* The number of seconds since @since, which are since boot. */
static u32 seconds_since(u32 since)
{
	return (u32)ktime_get_seconds() - since;
}

static u32 draining_for(const struct peer_sum *sum)
{
	return sum->draining ? seconds_since(sum->since) : 0;
}

/**
 * struct walk - a walk over all regions, or over those of one file
 * @file: the file that the walk has got to, locked, with a reference; or NULL
 * @region: the region in it, with a reference; or NULL
 * @number: the number of that file, or the least that the next one may have
 * @by_id: false: among the regions that have a place. true: after those, among
 *	the regions that have none any more, but still drain.
 * @key: the least offset, in pages, or the least id of the next region
 * @draining_only: for a file in debugfs: show only what drains
 *
 * Between two reads of a program, @number, @by_id and @key say where it goes on.
 */
struct walk {
	struct gntalloc_file *file;
	struct gntalloc_region *region;
	u64 number;
	bool by_id;
	u64 key;
	bool draining_only;
};

/* Returns the first region that ends after the offset @key, or NULL. */
static struct gntalloc_region *place_from(struct gntalloc_file *file, u64 key)
{
	struct rb_node *node = file->regions.rb_node;
	struct gntalloc_region *found = NULL;

	while (node) {
		struct gntalloc_region *region =
			rb_entry(node, struct gntalloc_region, file_node);

		if (region->first + region->count <= key) {
			node = node->rb_right;
		} else {
			found = region;
			node = node->rb_left;
		}
	}
	return found;
}

/* A region that is still being created has no user. */
static bool is_published(const struct gntalloc_region *region)
{
	return region->use_split || region->use_all;
}

/* Finds the next region of the walk's file, from the key on. */
static struct gntalloc_region *walk_in_file(struct walk *w)
{
	struct gntalloc_region *region;

	lockdep_assert_held(&w->file->lock);

	while (!w->by_id) {
		region = place_from(w->file, w->key);
		if (!region) {
			w->by_id = true;
			w->key = 0;
			break;
		}
		w->key = region->first;
		if (is_published(region)) {
			kref_get(&region->kref);
			return region;
		}
		w->key = region->first + region->count;
	}
	while ((region = gntalloc_id_from(w->file, w->key))) {
		w->key = region->id;
		if (!region->live)
			return region;
		w->key = region->id + 1;
		gntalloc_region_put(region);
		cond_resched();
	}
	return NULL;
}

/* Has the walk go on behind its region. */
static void walk_step(struct walk *w)
{
	w->key = w->by_id ? w->region->id + 1 :
			    w->region->first + w->region->count;
	gntalloc_region_put(w->region);
	w->region = NULL;
}

static void walk_leave(struct walk *w)
{
	if (w->region)
		gntalloc_region_put(w->region);
	w->region = NULL;
	if (w->file) {
		mutex_unlock(&w->file->lock);
		gntalloc_file_put(w->file);
	}
	w->file = NULL;
}

/*
 * Lets others have the file's lock for a moment. The program may need it, and
 * has not made the call that walks. Returns 0, or -EINTR with the lock not held
 * if the task is being killed.
 */
static int walk_pause(struct walk *w)
{
	mutex_unlock(&w->file->lock);
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : gntalloc_lock(w->file);
}

/*
 * Goes on to the first file, or to the next one. Returns 1 if there is one, 0 at
 * the end, or -EINTR if the task is being killed; then the walk is at no file.
 */
static int walk_next_file(struct walk *w)
{
	struct gntalloc_file *last = w->file, *file;

	if (last) {
		mutex_unlock(&last->lock);
		w->number = last->number + 1;
	}
	file = gntalloc_files_next(last, w->number);
	if (last)
		gntalloc_file_put(last);
	w->file = NULL;
	if (!file)
		return 0;
	if (gntalloc_lock(file)) {
		gntalloc_file_put(file);
		return -EINTR;
	}
	if (last || file->number != w->number) {
		w->number = file->number;
		w->by_id = false;
		w->key = 0;
	}
	w->file = file;
	return 1;
}

/*
 * Finds the next region of the walk. Returns 1 if there is one, 0 at the end, or
 * -EINTR if the task is being killed.
 */
static int walk_find(struct walk *w)
{
	int found = 1;

	if (!w->file)
		found = walk_next_file(w);
	while (found > 0) {
		w->region = walk_in_file(w);
		if (w->region)
			break;
		found = walk_next_file(w);
	}
	return found;
}

/* --- debugfs: regions and draining ---------------------------------------- */

static void *regions_find(struct walk *w)
{
	int found = walk_find(w);

	return found < 0 ? ERR_PTR(found) : found ? w : NULL;
}

static void *regions_start(struct seq_file *m, loff_t *pos)
{
	struct walk *w = m->private;

	if (*pos)
		return regions_find(w);
	*w = (struct walk) { .draining_only = w->draining_only };
	return SEQ_START_TOKEN;
}

static void *regions_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct walk *w = m->private;

	++*pos;
	if (v != SEQ_START_TOKEN)
		walk_step(w);
	return regions_find(w);
}

static void regions_stop(struct seq_file *m, void *v)
{
	walk_leave(m->private);
}

static void show_line(struct seq_file *m, const struct gntalloc_region *region,
		      const struct peer_sum *sum, unsigned long domid)
{
	const struct gntalloc_file *file = region->file;

	seq_printf(m, "%llu %u %d %d %llu ", file->number,
		   __kuid_val(file->user->uid), file->pid, region->pid,
		   region->id);
	/* Without a live page it has lost its place. */
	if (region->live)
		seq_printf(m, "%#llx", region->first << PAGE_SHIFT);
	else
		seq_putc(m, '-');
	seq_printf(m, " %u %u %s %u ", region->count, region->live,
		   gntalloc_memory_kind(region),
		   seconds_since(region->created));
	if (sum)
		seq_printf(m, "%lu %u %u %u %u ", domid, sum->entries[0],
			   sum->entries[1], sum->draining, draining_for(sum));
	else
		seq_puts(m, "- 0 0 0 0 ");
	seq_escape(m, file->comm, " \t\n\\");
	seq_putc(m, '\n');
}

static int regions_show(struct seq_file *m, void *v)
{
	const struct walk *w = m->private;
	struct xarray peers;
	struct peer_sum *sum;
	unsigned long domid;
	int err;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "file uid opener creator id offset pages live kind age domid readonly writable draining for comm\n");
		return 0;
	}

	xa_init(&peers);
	err = sum_region(&peers, w->region);
	if (!err && !w->draining_only && xa_empty(&peers))
		show_line(m, w->region, NULL, 0);
	xa_for_each(&peers, domid, sum) {
		if (!err && (!w->draining_only || sum->draining))
			show_line(m, w->region, sum, domid);
	}
	sums_free(&peers);
	return err;
}

static const struct seq_operations regions_ops = {
	.start	= regions_start,
	.next	= regions_next,
	.stop	= regions_stop,
	.show	= regions_show,
};

/* For the file of those that drain, debugfs.c has set i_private. */
static int regions_open(struct inode *inode, struct file *filp)
{
	struct walk *w = __seq_open_private(filp, &regions_ops, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->draining_only = inode->i_private;
	return 0;
}

const struct file_operations gntalloc_regions_fops = {
	.owner		= THIS_MODULE,
	.open		= regions_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= seq_release_private,
};

/* --- debugfs: peers -------------------------------------------------------- */

static int peers_show(struct seq_file *m, void *v)
{
	struct walk w = {};
	struct xarray peers;
	struct peer_sum *sum;
	unsigned long domid;
	int err;

	xa_init(&peers);
	while ((err = walk_find(&w)) > 0) {
		err = sum_region(&peers, w.region);
		walk_step(&w);
		if (err) {
			walk_leave(&w);
			break;
		}
		err = walk_pause(&w);
		if (err) {
			gntalloc_file_put(w.file);
			break;
		}
	}
	if (!err) {
		seq_puts(m, "domid readonly writable draining for files\n");
		xa_for_each(&peers, domid, sum)
			seq_printf(m, "%lu %u %u %u %u %u\n", domid,
				   sum->entries[0], sum->entries[1],
				   sum->draining, draining_for(sum),
				   sum->files);
	}
	sums_free(&peers);
	return err;
}

static int peers_open(struct inode *inode, struct file *filp)
{
	return single_open(filp, peers_show, NULL);
}

const struct file_operations gntalloc_peers_fops = {
	.owner		= THIS_MODULE,
	.open		= peers_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/* --- /proc/PID/fdinfo ------------------------------------------------------ */

static void show_half(struct seq_file *m, const char *name, u64 used, u64 bound)
{
	seq_printf(m, "gntalloc-%s:\t%u", name, lower_32_bits(used));
	if (lower_32_bits(bound) != INT_MAX)
		seq_printf(m, " of %u", lower_32_bits(bound));
	seq_putc(m, '\n');
}

static void show_limits(struct seq_file *m, struct gntalloc_file *file)
{
	const struct gntalloc_limits *limits = &file->limits;
	unsigned int i;

	lockdep_assert_held(&file->lock);

	if (!limits->any)
		return;
	seq_puts(m, "gntalloc-restricted:\t");
	seq_puts(m, limits->no_send_event ? "no-send-event" : "send-event");
	if (limits->no_create)
		seq_puts(m, " no-create");
	if (limits->domids_only) {
		seq_puts(m, " domids");
		for (i = 0; i < limits->count; i++)
			seq_printf(m, "%c%u", i ? ',' : '=', limits->domids[i]);
	}
	seq_putc(m, '\n');
}

/**
 * gntalloc_show_fdinfo - show what an open file has
 * @m: the text that is read
 * @filp: the open file
 */
void gntalloc_show_fdinfo(struct seq_file *m, struct file *filp)
{
	struct gntalloc_file *file = filp->private_data;
	struct walk w = { .file = file };
	unsigned int regions = 0;
	struct xarray peers;
	struct peer_sum *sum;
	unsigned long domid;
	u64 used, bound;

	xa_init(&peers);
	if (gntalloc_lock(file))
		return;
	while ((w.region = walk_in_file(&w))) {
		if (sum_region(&peers, w.region))
			break;
		walk_step(&w);
		if (!(++regions % GNTALLOC_BATCH) && walk_pause(&w))
			goto out;
	}
	if (w.region)
		gntalloc_region_put(w.region);

	gntalloc_used_by_file(file, &used, &bound);
	seq_printf(m, "gntalloc-file:\t%llu\n", file->number);
	seq_printf(m, "gntalloc-uid:\t%u\n",
		   from_kuid_munged(seq_user_ns(m), file->user->uid));
	seq_printf(m, "gntalloc-regions:\t%u\n", regions);
	show_half(m, "pages", used, bound);
	show_half(m, "entries", used >> 32, bound >> 32);
	show_limits(m, file);
	mutex_unlock(&file->lock);

	xa_for_each(&peers, domid, sum)
		seq_printf(m, "gntalloc-peer:\t%lu readonly=%u writable=%u draining=%u for=%u\n",
			   domid, sum->entries[0], sum->entries[1],
			   sum->draining, draining_for(sum));
out:
	sums_free(&peers);
}
