/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-gntalloc: the objects of the driver, and who may touch them when
 *
 * Locks, outermost first:
 *
 *   mm->mmap_lock		the core's, held around mmap, fault and munmap
 *   gntalloc_file.lock		a mutex: one open file's regions and pages
 *   gntalloc_drains.lock	a spinlock (drain.h): what waits for a peer
 *   gntalloc_file.event_lock	a spinlock: what a file can ask about later
 *
 * Those of account.c, entries.c and restore.c are in no other file, and no
 * other lock of the driver is taken inside.
 *
 * User memory is never touched under a lock of the driver, since that may
 * take mmap_lock. No lock is held while pages are allocated: until it is
 * published, a region's pages belong to its creator alone.
 *
 * Layers of files, the highest first. A file calls only files of lower layers,
 * which tests/lint/layers holds:
 *
 *	main				parameters, loading and unloading
 *	file sysfs			the device, and sysfs
 *	level2010 level2011 native	the calls of each level
 *	mapping restore wait		VMAs; restored guests; waiting for peers
 *	range				pages by their offsets, and their death
 *	region				regions, from creation to end
 *	grant				grants, and their entries
 *	retry				trying to end what drains
 *	entries notify object restrict	the grant table; what others are told;
 *					references; what a file may do
 *	account drain event pages	bounds; what drains; what a program is
 *					told; memory
 */
#ifndef _XEN_GNTALLOC_H
#define _XEN_GNTALLOC_H

#undef pr_fmt
#define pr_fmt(fmt) "xen-gntalloc: " fmt

#include <linux/gfp.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mmzone.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/printk.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include <xen/grant_table.h>

struct attribute_group;
struct cred;
struct eventfd_ctx;
struct file;
struct vm_area_struct;

/*
 * How many pages are worked on between two looks at whether somebody else
 * needs the CPU, or wants this task dead.
 */
#define GNTALLOC_BATCH		512U

/*
 * For all that is kept about pages and grants. If there is no memory the caller
 * is told: no process has to be killed for it.
 */
#define GNTALLOC_GFP_META						\
	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/*
 * Memory of that kind, of any size. A large piece need not be contiguous: for
 * one that is, pages would be moved, and others' be written out.
 */
static inline void *gntalloc_kvmalloc(size_t size, gfp_t more)
{
	if (size <= PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)
		return kmalloc(size, GNTALLOC_GFP_META | more);
	return __vmalloc(size, GNTALLOC_GFP_META | more);
}

/* So many events of a file may be to come, or unread. */
#define GNTALLOC_EVENTS_MAX	16384

/*
 * What is counted, in one number so that it changes as one: live pages in the
 * low half, grant entries, draining ones included, in the high half. No half
 * is ever greater than INT_MAX.
 */
#define GNTALLOC_PAGES(n)	((u64)(n))
#define GNTALLOC_GRANTS(n)	((u64)(n) << 32)
#define GNTALLOC_BOTH(n)	((u64)(n) * 0x100000001ULL)

/**
 * struct gntalloc_user - what the open files of one user have together
 * @node: in the table of users
 * @refs: one for each of the files
 * @uid: the user, as of open(); constant
 * @used: what they have, for the parameter "quota"
 *
 * All of it but @uid is under the lock of account.c.
 */
struct gntalloc_user {
	struct hlist_node node;
	unsigned int refs;
	kuid_t uid;
	u64 used;
};

/**
 * struct gntalloc_limits - what a file was restricted to, for good
 * @any: one of the others is set; it can be read without the lock
 * @no_create: no more pages and no more grants
 * @no_send_event: no more notifications that send an event
 * @domids_only: only the peers in @domids
 * @generation: that in which @domids was first given: in a later one these
 *	ids may be other domains'
 * @count: how many are in @domids
 * @domids: the peers
 *
 * How much a file may have is in gntalloc_file.bound.
 */
struct gntalloc_limits {
	bool any;
	bool no_create;
	bool no_send_event;
	bool domids_only;
	u64 generation;
	unsigned int count;
	domid_t domids[16];
};

/**
 * struct gntalloc_file - an open file of the device
 * @kref: one for being open, one for each of its regions, placed or draining
 * @lock: guards what follows, and the regions in it
 * @regions: the regions that have a place here, by their offset
 * @next: where, in pages, the next region goes that has no wish
 * @by_gref: those of level 2010, by their gref
 * @limits: what the file may still do
 * @user: who has opened it; constant
 * @used: what this file has; lock of account.c
 * @making: how much of that is charged for what is not there yet: it grows
 *	under that lock, and is less once it is there, under the file lock
 * @bound: the most that each half of @used may be; the same
 * @event_lock: guards what follows
 * @by_id: the regions of the native level that are not gone, by their id
 * @next_id: the id of the next one
 * @events: what has happened and is not read yet
 * @generation: the one that was last read (event.c)
 * @unread: how many events are there, or will come; no lock
 * @changes: counts what somebody may wait for; no lock
 * @wait: who waits for any of that
 * @open_node: in the list of restore.c, under the lock there
 * @closed: the last close has come; drain lock
 *
 * Made by open(). The last close deallocates all regions; the struct stays
 * until those that drain are gone. A VMA holds the struct file, so it is
 * never closed with a mapping.
 */
struct gntalloc_file {
	struct kref kref;
	struct mutex lock;		/* see above */
	struct rb_root regions;
	u64 next;
	struct xarray by_gref;
	struct gntalloc_limits limits;
	struct gntalloc_user *user;
	u64 used;
	atomic64_t making;
	u64 bound;
	spinlock_t event_lock;		/* see above */
	struct rb_root by_id;
	u64 next_id;
	struct list_head events;
	u64 generation;
	atomic_t unread;
	atomic_t changes;
	wait_queue_head_t wait;
	struct list_head open_node;
	bool closed;
};

/**
 * struct gntalloc_event - something that a program wanted to be told
 * @node: in gntalloc_file.events, once it has happened; event lock
 * @id: the region that is gone
 */
struct gntalloc_event {
	struct list_head node;
	u64 id;
};

/**
 * struct gntalloc_region - pages with consecutive offsets, created as one
 * @kref: one for having a place in @file, one while it has entries that
 *	drain, one for each call that looks at it without a lock; while it is
 *	unpublished, its creator's
 * @file: where it was created; it holds a reference
 * @file_node: in gntalloc_file.regions; file lock
 * @id_node: in gntalloc_file.by_id, if @id is not 0; event lock
 * @id: the region's name in the native level; constant once published
 * @first: offset of the first page, in pages; constant once placed
 * @count: number of pages; constant
 * @live: how many of them are live: allocated or mapped; file lock
 * @charged: what is charged for it while it is unpublished; its creator's
 * @domid: the peer that it is for from the start, or negative; constant
 * @published: the program knows of it, and has not destroyed it; file lock
 * @by_driver: its place was the file's next; file lock
 * @by_gref: its gref, if the region is in gntalloc_file.by_gref, else 0; file
 *	lock
 * @grants: its struct gntalloc_grant; file lock
 * @generation: that in which those of @grants that live were made; file lock
 * @notify: page number to struct gntalloc_notify; file lock
 * @held: number of entries that drain; drain lock
 * @watchers: how many want to know when it is gone, or released; drain lock
 * @drained: those of @grants that have stopped to drain, and may have to be
 *	freed by who next locks the file; drain lock
 * @event: to be queued when it is gone; set once, file lock, and then its
 *	last user's
 * @eventfd: to be signalled when it is gone; the same
 * @use_split: the pages have users of their own; file lock
 * @use_all: until then the users of each page: the number of VMAs that cover
 *	it, and GNTALLOC_ALLOCATED; file lock. Without users it is dead, or
 *	not yet published.
 * @use: from then on the same for each page; file lock
 * @pages: the pages. The region holds a reference on each live one, and each
 *	draining grant entry holds one on its page. Each is given back as in
 *	pages.c. Nobody looks at a page that is neither live nor draining.
 */
struct gntalloc_region {
	struct kref kref;
	struct gntalloc_file *file;
	struct rb_node file_node;
	struct rb_node id_node;
	u64 id;
	u64 first;
	unsigned int count;
	unsigned int live;
	u64 charged;
	int domid;
	bool published;
	bool by_driver;
	u32 by_gref;
	struct list_head grants;
	u64 generation;
	struct xarray notify;
	unsigned int held;
	unsigned int watchers;
	struct list_head drained;
	struct gntalloc_event *event;
	struct eventfd_ctx *eventfd;
	bool use_split;
	u32 use_all;
	u32 *use;
	struct page *pages[];
};

/* In gntalloc_region.use_all and .use: the program has not deallocated it. */
#define GNTALLOC_ALLOCATED	0x80000000U

/**
 * struct gntalloc_grant - entries that let one peer have a range of a region
 * @region_node: in gntalloc_region.grants; file lock
 * @drain_node: in one of the lists of what drains, or in
 *	gntalloc_region.drained, or empty; drain lock
 * @region: whose pages these are, once it is the region's; it owns this grant
 *	then
 * @domid: the peer; constant then, like the next
 * @first: the page of the region that the first entry is for
 * @count: number of entries; constant
 * @live: how many of them have not been ended or left to drain; file lock
 * @drained: drain.c has had entries of it, and may have it in a list; file
 *	lock
 * @busy: a call is about to hand out the grefs: not to be freed; file lock
 * @list: which of the lists of what drains; drain lock
 * @draining: number of entries that the peer held when they should have
 *	ended; drain lock
 * @turn: how many of them are still to be tried before others; drain lock
 * @tail: the one of them that was tried last, or is new; drain lock
 * @next: the one behind each of them, in a ring; drain lock
 * @grefs: the entries, in the order of the pages; file lock. 0, which is the
 *	kernel's own, stands for one that has ended, and GNTALLOC_DRAINS marks
 *	one that drains, which then is the drain lock's.
 *
 * Made with entries that were taken, but not yet written, for a region that is
 * looked for afterwards: to take entries may take long, and needs no lock. An
 * entry is live from when it is written until it is revoked, or its page dies.
 * Who does that then ends it or, if the peer holds it, leaves it to drain.c for
 * good.
 */
struct gntalloc_grant {
	struct list_head region_node;
	struct list_head drain_node;
	struct gntalloc_region *region;
	domid_t domid;
	bool drained;
	bool busy;
	u8 list;
	unsigned int first;
	unsigned int count;
	unsigned int live;
	unsigned int draining;
	unsigned int turn;
	u32 tail;
	u32 *next;
	u32 grefs[];
};

/* In gntalloc_grant.grefs. A table of so many entries would have 16 GB. */
#define GNTALLOC_DRAINS		0x80000000U

/* No file has this offset: the region has no place yet. */
#define GNTALLOC_NO_PLACE	U64_MAX

/* How the grefs of a grant are chosen. */
enum gntalloc_grefs {
	GNTALLOC_GREFS_ANY,
	GNTALLOC_GREFS_CONSECUTIVE,	/* if such are the next to be had */
	GNTALLOC_GREFS_CONSECUTIVE_ONLY	/* if it takes a search, or fail */
};

/* A call that fails for a bound: the old levels know no other name for it. */
static inline int gntalloc_old_error(int err)
{
	return err == -EDQUOT ? -ENOSPC : err;
}

/* Of a call that may fail: it ends with -EINTR if the task is being killed. */
static inline int gntalloc_lock(struct gntalloc_file *file)
{
	return mutex_lock_killable(&file->lock);
}

/* main.c */
extern bool gntalloc_debug;

/* Off by default, and bounded when on: a program can cause these at will. */
#define gntalloc_dbg(fmt, ...)						\
do {									\
	if (READ_ONCE(gntalloc_debug))					\
		pr_info_ratelimited(fmt, ##__VA_ARGS__);		\
} while (0)

/* file.c */
extern const struct file_operations gntalloc_fops;

/* level2010.c, level2011.c, native.c */
int gntalloc_2010_ioctl_alloc(struct gntalloc_file *file, void __user *arg);
int gntalloc_2010_ioctl_dealloc(struct gntalloc_file *file, void __user *arg);
int gntalloc_2011_ioctl_alloc(struct gntalloc_file *file, void __user *arg);
int gntalloc_2011_ioctl_dealloc(struct gntalloc_file *file, void __user *arg);
int gntalloc_2011_ioctl_notify(struct gntalloc_file *file, void __user *arg);
long gntalloc_native_ioctl(struct gntalloc_file *file, unsigned int cmd,
			   void __user *arg);

/* account.c */
extern unsigned int gntalloc_limit;
extern unsigned int gntalloc_quota;
struct gntalloc_user *gntalloc_user_get(const struct cred *cred);
void gntalloc_user_put(struct gntalloc_user *user);
int gntalloc_charge(struct gntalloc_file *file, u64 what);
bool gntalloc_charge_may_fit(struct gntalloc_file *file, u64 what);
int gntalloc_charge_keep(struct gntalloc_file *file, u64 what);
void gntalloc_charge_drop(struct gntalloc_file *file, u64 what, u64 drains);
void gntalloc_uncharge(struct gntalloc_file *file, u64 what);
void gntalloc_bound(struct gntalloc_file *file, u32 more);
u64 gntalloc_used(const struct gntalloc_user *user, u64 *used);

/* pages.c */
int gntalloc_pages_alloc(struct page **pages, unsigned int count,
			 unsigned int *got);
void gntalloc_pages_free(struct page **pages, unsigned int count);

/* event.c */
u64 gntalloc_generation(void);
void gntalloc_generation_next(void);
void gntalloc_wake(struct gntalloc_file *file);
bool gntalloc_changed(struct gntalloc_file *file, int before);
void gntalloc_events_init(struct gntalloc_file *file);
void gntalloc_events_exit(struct gntalloc_file *file);
void gntalloc_id_add(struct gntalloc_region *region);
struct gntalloc_region *gntalloc_id_get(struct gntalloc_file *file, u64 id);
void gntalloc_id_gone(struct gntalloc_region *region);
__poll_t gntalloc_poll(struct file *filp, poll_table *table);
struct gntalloc_event *gntalloc_event_new(struct gntalloc_file *file, u64 id);
void gntalloc_event_drop(struct gntalloc_file *file,
			 struct gntalloc_event *event);
ssize_t gntalloc_read(struct file *filp, char __user *buf, size_t size,
		      loff_t *pos);

/* object.c */
void gntalloc_file_put(struct gntalloc_file *file);
struct gntalloc_region *gntalloc_region_alloc(unsigned int count);
void gntalloc_region_put(struct gntalloc_region *region);

/* region.c */
struct gntalloc_region *gntalloc_region_create(struct gntalloc_file *file,
					       unsigned int count);
struct gntalloc_region *
gntalloc_region_share(struct gntalloc_file *file, unsigned int domid,
		      bool readonly, unsigned int count,
		      enum gntalloc_grefs how, const u32 **grefs);
int gntalloc_region_place(struct gntalloc_region *region, u64 last);
int gntalloc_region_place_at(struct gntalloc_region *region, u64 first);
int gntalloc_region_publish(struct gntalloc_region *region);
void gntalloc_region_abandon(struct gntalloc_region *region);
void gntalloc_region_forget(struct gntalloc_region *region);
struct gntalloc_region *gntalloc_region_find(struct gntalloc_file *file,
					     u64 offset);

/* range.c */
bool gntalloc_range_allocated(struct gntalloc_file *file, u64 first, u64 count);
void gntalloc_range_dealloc(struct gntalloc_file *file, u64 first, u64 count);
void gntalloc_range_get(struct gntalloc_file *file, u64 first, u64 count);
void gntalloc_range_put(struct gntalloc_file *file, u64 first, u64 count);
void gntalloc_regions_dealloc(struct gntalloc_file *file);

/* entries.c */
extern unsigned int gntalloc_headroom;
bool gntalloc_entries_exist(void);
int gntalloc_entries_take(u32 *grefs, unsigned int count);
void gntalloc_entries_put(const u32 *grefs, unsigned int count);
bool gntalloc_entries_in_a_row(u32 *grefs, unsigned int count);
int gntalloc_entries_find_row(u32 *grefs, unsigned int count);

/* grant.c */
struct gntalloc_grant *gntalloc_grant_new(unsigned int count,
					  enum gntalloc_grefs how);
void gntalloc_grant_drop(struct gntalloc_grant *grant);
void gntalloc_grant_write(struct gntalloc_grant *grant,
			  struct gntalloc_region *region, unsigned int first,
			  unsigned int domid, bool readonly);
bool gntalloc_grant_has(const struct gntalloc_grant *grant, unsigned int from,
			unsigned int to);
unsigned int gntalloc_grant_end(struct gntalloc_grant *grant,
				unsigned int from, unsigned int to);
void gntalloc_grants_reap(struct gntalloc_region *region);
void gntalloc_grants_renew(struct gntalloc_region *region);

/* drain.c */
void gntalloc_drain_add(struct gntalloc_grant *grant, unsigned int i);
unsigned int gntalloc_draining(void);
bool gntalloc_drain_try_remove(struct gntalloc_grant *grant);
struct gntalloc_grant *gntalloc_drain_pop(struct gntalloc_region *region);
unsigned int gntalloc_drain_held(struct gntalloc_region *region, int domid);
void gntalloc_drain_watch(struct gntalloc_region *region);
void gntalloc_drain_unwatch(struct gntalloc_region *region);
void gntalloc_drain_close(struct gntalloc_file *file);

/* retry.c */
int gntalloc_drain_init(void);
void gntalloc_drain_exit(void);
unsigned int gntalloc_drain(unsigned int most);
unsigned int gntalloc_drain_for(unsigned int count);
int gntalloc_drain_charge(struct gntalloc_file *file, u64 what,
			  unsigned int count);

/* wait.c */
struct gntalloc_native_wait;
void gntalloc_wait_tell(struct gntalloc_region *region,
			struct gntalloc_event *event,
			struct eventfd_ctx *eventfd);
int gntalloc_wait(struct gntalloc_file *file,
		  struct gntalloc_native_wait *op);

/* restrict.c */
struct gntalloc_native_restrict;
int gntalloc_check_create(struct gntalloc_file *file);
int gntalloc_check_grant(struct gntalloc_file *file, unsigned int domid);
int gntalloc_check_still(const struct gntalloc_file *file, int domid);
int gntalloc_restrict(struct gntalloc_file *file,
		      const struct gntalloc_native_restrict *op,
		      const u16 *domids);

/* restore.c */
int gntalloc_restore_init(void);
void gntalloc_restore_exit(void);
void gntalloc_restore_open(struct gntalloc_file *file);
void gntalloc_restore_close(struct gntalloc_file *file);

/* mapping.c */
int gntalloc_mmap(struct file *filp, struct vm_area_struct *vma);

/* notify.c */
struct gntalloc_2011_notify;
int gntalloc_notify_set(struct gntalloc_region *region, unsigned int i,
			const struct gntalloc_2011_notify *op);
void gntalloc_notify_fire(struct gntalloc_region *region, unsigned int i);

/* sysfs.c */
extern const struct attribute_group *gntalloc_sysfs_groups[];

#endif /* _XEN_GNTALLOC_H */
