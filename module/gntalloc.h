/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-gntalloc: the objects of the driver, and the locks that guard them
 *
 * Locks, outermost first:
 *
 *   mm->mmap_lock		the kernel's, which it holds around mmap(),
 *				munmap() and page faults
 *   gntalloc_file.lock		a mutex: the regions and pages of one open file
 *   gntalloc_drains.lock	a spinlock (drain.h): the entries that drain, in
 *				all files
 *   gntalloc_file.event_lock	a spinlock: the ids and the unread events of one
 *				open file
 *
 * account.c, entries.c and restore.c have locks that no other file takes. While
 * one of these is held, no lock of another file of the driver is taken.
 *
 * The driver never reads or writes the memory of a program under one of its
 * locks: that may fault, and a fault takes mmap_lock. No lock is held while
 * pages are allocated. None is needed: until a region is published, its pages
 * belong to the call that creates it.
 *
 * Layers of files, the highest first. A file calls only files of lower layers,
 * which tests/lint/layers checks:
 *
 *	main				parameters, loading and unloading
 *	file sysfs debugfs		the device; sysfs and debugfs
 *	level2010 level2011 native	the calls of each level
 *	mapping export restore wait report
 *					VMAs; dma-bufs of pages; restored
 *					guests; waiting for peers; who holds
 *					what
 *	range				the users of pages, and their death
 *	region				regions, from creation to end
 *	grant				grants, and their entries
 *	retry				trying to end the entries that drain
 *	entries notify object restrict	the grant table; notifications;
 *					references; what a file may do
 *	memory				regions of memory that exists already
 *	account dmabuf drain pages	bounds; dma-bufs; the entries that
 *					drain; memory
 *	files hits			all files; refused calls
 *	event trace			ids and events; tracepoints
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
#include <linux/sched.h>
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
struct device;
struct dma_buf;
struct eventfd_ctx;
struct file;
struct vm_area_struct;

/*
 * The number of pages that are worked on between two checks of whether another
 * task needs the CPU, or this one is being killed.
 */
#define GNTALLOC_BATCH		512U

/*
 * For the allocation of all that is kept about pages and grants. If there is no
 * memory, the call fails, and no process is killed to make room.
 */
#define GNTALLOC_GFP_META						\
	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/*
 * Allocates with these flags, and with @more; any size. A large piece is not
 * contiguous: to make room for a contiguous one, the kernel would move pages
 * and write out those of other programs.
 */
static inline void *gntalloc_kvmalloc(size_t size, gfp_t more)
{
	if (size <= PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)
		return kmalloc(size, GNTALLOC_GFP_META | more);
	return __vmalloc(size, GNTALLOC_GFP_META | more);
}

/* The greatest number of events of a file that are pending or unread. */
#define GNTALLOC_EVENTS_MAX	16384

/*
 * Counts of pages and entries, in one number so that both change at once. The
 * low half counts live pages. The high half counts grant entries, including
 * those that drain. Neither half is ever greater than INT_MAX.
 */
#define GNTALLOC_PAGES(n)	((u64)(n))
#define GNTALLOC_ENTRIES(n)	((u64)(n) << 32)
#define GNTALLOC_BOTH(n)	((u64)(n) * 0x100000001ULL)

/* The bounds that can refuse a call. */
enum gntalloc_bound_kind {
	GNTALLOC_BOUND_LIMIT,		/* the parameter "limit" */
	GNTALLOC_BOUND_QUOTA,		/* the parameter "quota" */
	GNTALLOC_BOUND_RESTRICTION,	/* a restriction of the file */
	GNTALLOC_BOUND_HEADROOM,	/* the parameter "headroom" */
	GNTALLOC_BOUND_TABLE,		/* the grant table */
	GNTALLOC_BOUNDS
};

/**
 * struct gntalloc_user - what the open files of one user have together
 * @node: in the table of users
 * @refs: number of references, one for each of the files
 * @uid: the user at the time of open(); constant
 * @used: the pages and entries of these files, which "quota" bounds
 *
 * The lock of account.c guards all members but @uid.
 */
struct gntalloc_user {
	struct hlist_node node;
	unsigned int refs;
	kuid_t uid;
	u64 used;
};

/**
 * struct gntalloc_limits - the restrictions of a file, which are for good
 * @any: the file was restricted; can be read without the lock
 * @no_create: no more pages and no more grants; can be read without the lock
 * @no_send_event: no more notifications that send an event
 * @domids_only: grants only to the peers in @domids
 * @generation: the one in which @domids was first given; in a later generation
 *	other domains may have these ids
 * @count: number of peers in @domids
 * @domids: the peers
 *
 * The bound of a file's pages and entries is in gntalloc_file.bound.
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
 * @kref: one reference for being open, and one of each region that is not gone
 * @filp: the struct file; constant, and valid until the last close
 * @dev: the device that was opened; constant, and valid as long
 * @number: its number among all files, the first is 1; constant
 * @pid: the process that has opened it, in the first pid namespace; constant
 * @comm: the name of that process then; constant
 * @lock: guards the members after it, and the regions of the file
 * @regions: the regions that have a place here, by their offset
 * @next: offset, in pages, for the next region whose caller chose none
 * @by_gref: the regions of level 2010, by their gref
 * @limits: what the file may still do
 * @user: the user who opened it; constant
 * @used: the pages and entries of this file; lock of account.c
 * @making: the part of @used that is charged for what does not exist yet. It
 *	grows under the lock of account.c. It shrinks under the file lock when
 *	that exists, or under the lock of account.c if it was not made.
 * @bound: the bound of each half of @used; lock of account.c
 * @event_lock: guards the members after it
 * @by_id: the regions of the native level that are not gone, by their id
 * @next_id: the id of the next such region
 * @events: the events that have happened and were not read yet
 * @generation: the generation of which read() told last (event.c)
 * @unread: number of events that are pending or unread; atomic
 * @changes: number of calls of gntalloc_wake(); atomic
 * @wait: the tasks that wait for a region or an event
 * @node: in the list of files.c; lock of files.c
 * @closed: the last close has begun; drain lock
 *
 * It is allocated by open(). The last close deallocates all regions; the struct
 * stays until those that drain are gone. A VMA holds the struct file, so the
 * last close comes after the last munmap().
 */
struct gntalloc_file {
	struct kref kref;
	struct file *filp;
	struct device *dev;
	u64 number;
	pid_t pid;
	char comm[TASK_COMM_LEN];
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
	struct list_head node;
	bool closed;
};

/**
 * struct gntalloc_event - what read() will return when a region is gone
 * @node: in gntalloc_file.events, after it has happened; event lock
 * @id: id of the region
 */
struct gntalloc_event {
	struct list_head node;
	u64 id;
};

/**
 * struct gntalloc_region - pages with consecutive offsets, created by one call
 * @kref: one reference for its place in @file, one while any entry of it
 *	drains, and one of each call that uses it without the file lock. Until
 *	the region is published, the first one belongs to its creator, the call
 *	that creates it.
 * @file: the file that it was created in; the region holds a reference
 * @file_node: in gntalloc_file.regions; file lock
 * @id_node: in gntalloc_file.by_id, if @id is not 0; event lock
 * @id: the region's number in the native level; constant after publishing. A
 *	region of an older level gets one when it is destroyed and still drains.
 * @first: offset of the first page, in pages; constant after placing
 * @count: number of pages; constant
 * @live: number of live pages; file lock. Until the region is published, the
 *	number of pages that it has so far, which the creator sets.
 * @charged: the charge for it until it is published; only for the creator
 * @domid: the peer that it was shared with by its creator, or negative;
 *	constant
 * @pid: the process that has created it, in the first pid namespace; constant
 * @created: when, in seconds since boot; constant
 * @published: the program knows of it, and has not destroyed it; file lock
 * @by_next: its place is what gntalloc_file.next was; file lock
 * @by_gref: its gref, if the region is in gntalloc_file.by_gref, else 0; file
 *	lock
 * @until_gone: number of pages that count for it until it is gone. They include
 *	those of its own pages that are kept as long as others (memory.c).
 *	Constant after all pages are there
 * @grants: list of its struct gntalloc_grant; file lock
 * @first_grant: the memory for its first grant, if that is in this object;
 *	constant
 * @generation: the generation in which its live grants were made; file lock
 * @notify: from the number of a page to its struct gntalloc_notify; file lock
 * @held: number of entries that drain; drain lock
 * @watchers: number of calls that wait for it, and one more if an event or an
 *	eventfd is to tell that it is gone; drain lock
 * @drained: those of @grants that have finished draining. The next call that
 *	works on the region with the file locked frees them if it can; drain
 *	lock.
 * @event: is queued when the region is gone. It is set once, under the file
 *	lock, and then belongs to whoever drops the last reference.
 * @eventfd: is signalled when the region is gone; set and owned as @event is
 * @use_split: each page has a count of its own in @use; file lock
 * @use_all: before that, the users that each page has: the number of VMAs that
 *	cover it, and GNTALLOC_ALLOCATED; file lock. If it is 0, the pages are
 *	dead or not yet published.
 * @use: after that, the same for each page; file lock
 * @memory: if the pages existed already (memory.c), else NULL; constant after
 *	all pages are there
 * @pages: the pages. The region holds a reference on each live page, and each
 *	draining entry holds one on its page. They are given back by
 *	gntalloc_page_put(), or by gntalloc_pages_put() for many. (If there is
 *	@memory, each page is pinned once, and these references are counted
 *	there.) Nobody looks at a page that is neither live nor draining.
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
	pid_t pid;
	u32 created;
	bool published;
	bool by_next;
	u32 by_gref;
	u32 until_gone;
	struct list_head grants;
	struct gntalloc_grant *first_grant;
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
	struct gntalloc_memory *memory;
	struct page *pages[];
};

/* In gntalloc_region.use_all and .use: the program has not deallocated them. */
#define GNTALLOC_ALLOCATED	0x80000000U

/**
 * struct gntalloc_grant - entries that let one peer map a range of a region
 * @region_node: in gntalloc_region.grants; file lock
 * @drain_node: in one of the lists of what drains, or in
 *	gntalloc_region.drained, or empty; drain lock
 * @region: the region that owns this grant; NULL until gntalloc_grant_write()
 * @domid: the peer; constant after gntalloc_grant_write()
 * @first: number of the page in the region that the first entry is for;
 *	constant after gntalloc_grant_write()
 * @count: number of entries; constant
 * @live: number of live entries; file lock
 * @writable: the peer may write; constant after gntalloc_grant_write()
 * @drained: an entry of it was left to drain.c, which may still have the grant
 *	in a list; file lock
 * @busy: a call still copies @grefs to its program: the grant must not be
 *	freed; file lock
 * @in_region: it is in the memory of @region, and not freed by itself; constant
 * @list: LAZY or URGENT (drain.h), while any entry drains; drain lock
 * @draining: number of entries that drain; drain lock
 * @since: when the first of these began to, in seconds since boot; drain lock
 * @turn: number of draining entries that are still to be tried before it is the
 *	turn of the next grant; drain lock
 * @tail: the draining entry that was tried or added last; drain lock
 * @next: for each draining entry the one that is tried after it, in a ring;
 *	drain lock
 * @grefs: the entries, in the order of the pages; file lock. A 0, which is an
 *	entry of the kernel's own, stands for an entry that has ended.
 *	GNTALLOC_DRAINS marks one that drains, which the drain lock guards.
 *
 * A grant is made with entries that were taken, but not written yet. The region
 * is looked up only afterwards: to take entries may take long, and needs no
 * lock. An entry is live from when it is written until it is revoked or its
 * page dies. The call that revokes it, or tears down the page, then ends the
 * entry; if the peer holds it, that call leaves it to drain.c for good.
 */
struct gntalloc_grant {
	struct list_head region_node;
	struct list_head drain_node;
	struct gntalloc_region *region;
	domid_t domid;
	bool writable;
	bool drained;
	bool busy;
	bool in_region;
	u8 list;
	unsigned int first;
	unsigned int count;
	unsigned int live;
	unsigned int draining;
	u32 since;
	unsigned int turn;
	u32 tail;
	u32 *next;
	u32 grefs[];
};

/*
 * A bit in gntalloc_grant.grefs. No gref has it: a table with such an entry
 * would take 16 GB.
 */
#define GNTALLOC_DRAINS		0x80000000U

/* In gntalloc_region.first, and no offset of any file: it has no place yet. */
#define GNTALLOC_NO_PLACE	U64_MAX

/* How the grefs of a grant are chosen. */
enum gntalloc_grefs {
	GNTALLOC_GREFS_ANY,
	GNTALLOC_GREFS_CONSECUTIVE,	/* if the next free entries are */
	GNTALLOC_GREFS_CONSECUTIVE_ONLY	/* search for them, or fail */
};

/* What levels 2010 and 2011 return for @err: they have no name for a bound. */
static inline int gntalloc_old_error(int err)
{
	return err == -EDQUOT ? -ENOSPC : err;
}

/* For a call that may fail: returns -EINTR if the task is being killed. */
static inline int gntalloc_lock(struct gntalloc_file *file)
{
	return mutex_lock_killable(&file->lock);
}

/* main.c */
extern bool gntalloc_debug;

/* Off by default, and rate-limited: a program can cause these lines at will. */
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

/* files.c */
void gntalloc_files_add(struct gntalloc_file *file);
void gntalloc_files_del(struct gntalloc_file *file);
void gntalloc_files_wake(void);
struct gntalloc_file *gntalloc_files_next(struct gntalloc_file *file,
					  u64 number);

/* hits.c */
void gntalloc_hit(const struct gntalloc_file *file,
		  enum gntalloc_bound_kind bound, u64 what);
unsigned long gntalloc_hits(enum gntalloc_bound_kind bound);
unsigned long gntalloc_last_hit(enum gntalloc_bound_kind bound);

/* report.c */
struct seq_file;
extern const struct file_operations gntalloc_regions_fops;
extern const struct file_operations gntalloc_peers_fops;
void gntalloc_show_fdinfo(struct seq_file *m, struct file *filp);

/* account.c */
extern unsigned int gntalloc_limit;
extern unsigned int gntalloc_quota;
struct gntalloc_user *gntalloc_user_get(const struct cred *cred);
void gntalloc_user_put(struct gntalloc_user *user);
int gntalloc_charge(struct gntalloc_file *file, u64 what,
		    enum gntalloc_bound_kind *bound);
bool gntalloc_charge_may_fit(struct gntalloc_file *file, u64 what);
int gntalloc_charge_keep(struct gntalloc_file *file, u64 what);
void gntalloc_charge_drop(struct gntalloc_file *file, u64 what, u64 drains);
void gntalloc_uncharge(struct gntalloc_file *file, u64 what);
void gntalloc_bound(struct gntalloc_file *file, u32 more);
u64 gntalloc_used(const struct gntalloc_user *user, u64 *used);
void gntalloc_used_by_file(const struct gntalloc_file *file, u64 *used,
			   u64 *bound);

/* pages.c */
int gntalloc_pages_alloc(struct page **pages, unsigned int count,
			 unsigned int *got);
void gntalloc_pages_free(struct page **pages, unsigned int count);

/* dmabuf.c */
struct gntalloc_dmabuf;
extern const char gntalloc_exporter[];
int gntalloc_dmabuf_init(void);
void gntalloc_dmabuf_exit(void);
struct gntalloc_dmabuf *gntalloc_dmabuf_get(int fd, bool writable, u64 *pages);
int gntalloc_dmabuf_map(struct gntalloc_dmabuf *dmabuf, struct device *dev);
void gntalloc_dmabuf_put(struct gntalloc_dmabuf *dmabuf);
void gntalloc_dmabuf_leave(struct gntalloc_dmabuf *dmabuf);
struct page *gntalloc_dmabuf_page(const struct gntalloc_dmabuf *dmabuf, u64 i);

/* memory.c */
int gntalloc_memory_pin(struct gntalloc_region *region, u64 address,
			bool writable);
int gntalloc_memory_dmabuf(struct gntalloc_region *region, int fd, u64 start,
			   bool writable);
int gntalloc_memory_dmabuf_fill(struct gntalloc_region *region, u64 start);
const char *gntalloc_memory_kind(const struct gntalloc_region *region);
u64 gntalloc_memory_whole(const struct gntalloc_region *region, u64 *extra);
unsigned int gntalloc_pages_counted(const struct gntalloc_region *region,
				    unsigned int from, unsigned int end);
void gntalloc_memory_free(struct gntalloc_region *region);
bool gntalloc_memory_readonly(const struct gntalloc_region *region);
void gntalloc_page_get(struct gntalloc_region *region, unsigned int i);
void gntalloc_page_put(struct gntalloc_region *region, unsigned int i);
void gntalloc_page_hand_over(struct gntalloc_region *region, unsigned int i,
			     u32 gref);
void gntalloc_pages_put(struct gntalloc_region *region, unsigned int from,
			unsigned int count);

/* event.c */
u64 gntalloc_generation(void);
void gntalloc_generation_next(void);
void gntalloc_wake(struct gntalloc_file *file);
bool gntalloc_changed(struct gntalloc_file *file, int before);
void gntalloc_events_init(struct gntalloc_file *file);
void gntalloc_events_exit(struct gntalloc_file *file);
void gntalloc_id_add(struct gntalloc_region *region);
struct gntalloc_region *gntalloc_id_get(struct gntalloc_file *file, u64 id);
struct gntalloc_region *gntalloc_id_from(struct gntalloc_file *file, u64 id);
void gntalloc_id_gone(struct gntalloc_region *region);
__poll_t gntalloc_poll(struct file *filp, poll_table *table);
struct gntalloc_event *gntalloc_event_new(struct gntalloc_file *file, u64 id);
void gntalloc_event_drop(struct gntalloc_file *file,
			 struct gntalloc_event *event);
ssize_t gntalloc_read(struct file *filp, char __user *buf, size_t size,
		      loff_t *pos);

/* object.c */
void gntalloc_file_put(struct gntalloc_file *file);
struct gntalloc_grant *gntalloc_grant_alloc(struct gntalloc_region *region,
					    unsigned int count);
void gntalloc_grant_free(struct gntalloc_grant *grant);
struct gntalloc_region *gntalloc_region_alloc(unsigned int count, bool shared);
void gntalloc_region_put(struct gntalloc_region *region);

/* region.c */
struct gntalloc_native_create;
struct gntalloc_region *
gntalloc_region_create(struct gntalloc_file *file,
		       const struct gntalloc_native_create *op);
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
bool gntalloc_entries_are_left(unsigned int count);
int gntalloc_entries_take(u32 *grefs, unsigned int count);
void gntalloc_entries_put(const u32 *grefs, unsigned int count);
bool gntalloc_entries_in_a_row(u32 *grefs, unsigned int count);
int gntalloc_entries_find_row(u32 *grefs, unsigned int count);

/* grant.c */
struct gntalloc_grant *gntalloc_grant_new(struct gntalloc_file *file,
					  struct gntalloc_region *region,
					  unsigned int count,
					  enum gntalloc_grefs how);
void gntalloc_grant_drop(struct gntalloc_grant *grant);
void gntalloc_grant_write(struct gntalloc_grant *grant,
			  struct gntalloc_region *region, unsigned int first,
			  unsigned int domid, bool readonly);
bool gntalloc_grant_has(const struct gntalloc_grant *grant, unsigned int from,
			unsigned int end);
unsigned int gntalloc_grant_end(struct gntalloc_grant *grant,
				unsigned int from, unsigned int end);
void gntalloc_grants_reap(struct gntalloc_region *region);
void gntalloc_grants_renew(struct gntalloc_region *region);

/* drain.c */
void gntalloc_drain_add(struct gntalloc_grant *grant, unsigned int i);
unsigned int gntalloc_draining(void);
bool gntalloc_drain_try_remove(struct gntalloc_grant *grant);
struct gntalloc_grant *gntalloc_drain_pop(struct gntalloc_region *region);
unsigned int gntalloc_drain_held(struct gntalloc_region *region, int domid);
unsigned int gntalloc_drain_of(const struct gntalloc_grant *grant, u32 *since);
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

/* mapping.c */
int gntalloc_mmap(struct file *filp, struct vm_area_struct *vma);

/* export.c */
struct dma_buf *gntalloc_export(struct gntalloc_file *file, u64 first,
				unsigned int count, bool writable);

/* notify.c */
struct gntalloc_2011_notify;
int gntalloc_notify_set(struct gntalloc_region *region, unsigned int i,
			const struct gntalloc_2011_notify *op);
void gntalloc_notify_fire(struct gntalloc_region *region, unsigned int i);

/* debugfs.c */
void gntalloc_debugfs_init(void);
void gntalloc_debugfs_exit(void);

/* sysfs.c */
extern const struct attribute_group *gntalloc_sysfs_groups[];

#endif /* _XEN_GNTALLOC_H */
