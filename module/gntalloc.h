/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xen-gntalloc: the objects of the driver, and who may touch them when
 *
 * Locks, outermost first:
 *
 *   mm->mmap_lock		the core's, held around mmap, fault and munmap
 *   gntalloc_file.lock		a mutex: one open file's regions and pages
 *   drain.lock			a spinlock (drain.c): what waits for a peer
 *
 * User memory is never touched under a lock of the driver, since that may
 * take mmap_lock. No lock is held while pages are allocated and granted: a
 * region belongs to its creator alone until it is published.
 */
#ifndef _XEN_GNTALLOC_H
#define _XEN_GNTALLOC_H

#undef pr_fmt
#define pr_fmt(fmt) "xen-gntalloc: " fmt

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/rbtree.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include <xen/grant_table.h>

struct attribute_group;
struct file;
struct vm_area_struct;

/*
 * How many pages are worked on between two looks at whether somebody else
 * needs the CPU, or wants this task dead.
 */
#define GNTALLOC_BATCH		512U

/**
 * struct gntalloc_file - an open file of the device
 * @lock: guards all below, and the regions in it
 * @regions: the regions that have a live page, by their offset
 * @next: the offset, in pages, that the next region gets
 * @by_ref: those of them that level 2010 has made, by their ref
 *
 * Made by open(), freed by the last close. A VMA holds the struct file, so
 * this outlives all its mappings.
 */
struct gntalloc_file {
	struct mutex lock;	/* for all below */
	struct rb_root regions;
	u64 next;
	struct xarray by_ref;
};

/**
 * struct gntalloc_region - pages with consecutive offsets, created as one
 * @kref: one for being in @file_node's tree, one for each of @grants that is
 *	draining; while it is unpublished, its creator's
 * @file_node: in gntalloc_file.regions while a page is live; file lock
 * @first: offset of the first page, in pages; constant once published
 * @count: number of pages; constant
 * @live: how many of them are live: allocated or mapped; file lock
 * @grants: its struct gntalloc_grant; constant once published
 * @notify: page number to struct gntalloc_notify; file lock
 * @by_ref: the region is in gntalloc_file.by_ref; file lock
 * @users: for each page the number of VMAs that cover it, and
 *	GNTALLOC_ALLOCATED; file lock. At zero the page is dead.
 * @pages: the pages. The region holds a reference on each live one, and each
 *	draining grant entry holds one on its page. Nobody looks at a page
 *	that is neither live nor draining.
 */
struct gntalloc_region {
	struct kref kref;
	struct rb_node file_node;
	u64 first;
	unsigned int count;
	unsigned int live;
	struct list_head grants;
	struct xarray notify;
	bool by_ref;
	u32 *users;
	struct page *pages[];
};

/* In gntalloc_region.users: the program has not deallocated the page. */
#define GNTALLOC_ALLOCATED	0x80000000U

/**
 * struct gntalloc_grant - the grant entries that let one peer have a region
 * @region_node: in gntalloc_region.grants
 * @drain_node: in the list of what drains, while @draining is not 0; drain
 *	lock
 * @region: whose pages these are; it owns this grant
 * @domid: the peer
 * @made: number of entries in @refs, all of them once published; constant then
 * @draining: number of entries that the peer held when they should have
 *	ended; drain lock
 * @head: the first of them; drain lock
 * @tail: the last of them; drain lock
 * @next: the one behind each of them, up to @tail; drain lock
 * @refs: the entries, one a page of the region, in their order
 *
 * An entry is live while its page is. When the page dies, whoever holds the
 * file lock then ends the entry or, if the peer holds it, leaves it to
 * drain.c for good.
 */
struct gntalloc_grant {
	struct list_head region_node;
	struct list_head drain_node;
	struct gntalloc_region *region;
	domid_t domid;
	unsigned int made;
	unsigned int draining;
	u32 head;
	u32 tail;
	u32 *next;
	grant_ref_t refs[];
};

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

/* level2010.c, level2011.c */
int gntalloc_2010_alloc(struct gntalloc_file *file, void __user *arg);
int gntalloc_2010_dealloc(struct gntalloc_file *file, void __user *arg);
int gntalloc_2011_alloc(struct gntalloc_file *file, void __user *arg);
int gntalloc_2011_dealloc(struct gntalloc_file *file, void __user *arg);
int gntalloc_2011_notify(struct gntalloc_file *file, void __user *arg);

/* region.c */
struct gntalloc_region *gntalloc_region_create(unsigned int domid,
					       bool readonly,
					       unsigned int count);
int gntalloc_region_place(struct gntalloc_file *file,
			  struct gntalloc_region *region, u64 last);
void gntalloc_region_publish(struct gntalloc_file *file,
			     struct gntalloc_region *region);
void gntalloc_region_abandon(struct gntalloc_file *file,
			     struct gntalloc_region *region);
void gntalloc_region_put(struct gntalloc_region *region);
void gntalloc_region_forget(struct gntalloc_file *file,
			    struct gntalloc_region *region);
struct gntalloc_region *gntalloc_region_find(struct gntalloc_file *file,
					     u64 offset);
void gntalloc_regions_release(struct gntalloc_file *file);

/* run.c */
bool gntalloc_run_allocated(struct gntalloc_file *file, u64 first, u64 count);
void gntalloc_run_dealloc(struct gntalloc_file *file, u64 first, u64 count);
void gntalloc_run_use(struct gntalloc_file *file, u64 first, u64 count);
void gntalloc_run_unuse(struct gntalloc_file *file, u64 first, u64 count);

/* grant.c */
extern const struct kernel_param_ops gntalloc_limit_ops;
extern unsigned int gntalloc_limit;
int gntalloc_charge(unsigned int count);
void gntalloc_uncharge(unsigned int count);
unsigned int gntalloc_outstanding(void);
struct gntalloc_grant *gntalloc_grant_alloc(struct gntalloc_region *region,
					    unsigned int domid);
int gntalloc_grant_make(struct gntalloc_grant *grant, bool readonly);
bool gntalloc_grant_end(struct gntalloc_grant *grant, unsigned int i);

/* drain.c */
int gntalloc_drain_init(void);
void gntalloc_drain_exit(void);
void gntalloc_drain_add(struct gntalloc_grant *grant, unsigned int i);
unsigned int gntalloc_drain(unsigned int most);
unsigned int gntalloc_draining(void);

/* mapping.c */
int gntalloc_mmap(struct file *filp, struct vm_area_struct *vma);

/* notify.c */
struct gntalloc_2011_notify;
int gntalloc_notify_set(struct gntalloc_region *region, unsigned int i,
			const struct gntalloc_2011_notify *op);
void gntalloc_notify_fire(struct gntalloc_region *region, unsigned int i);

/* counters.c */
extern const struct attribute_group *gntalloc_counter_groups[];

#endif /* _XEN_GNTALLOC_H */
