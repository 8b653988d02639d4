// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: regions of memory that exists already
 *
 * The pages of a region of a program's memory are pinned, as for DMA that takes long. So each
 * stays at its place, is not swapped, and is not given to anybody else,
 * whatever becomes of the program's mapping of it, of the file that it belongs
 * to, and of the program. A page is unpinned when it is dead and no entry of it
 * drains.
 *
 * Which memory may be shared is decided page by page: memory of programs that
 * is not mapped from a file, and files that are kept in memory. A page of any
 * other file could be written to disk while a peer changes it. A page of a
 * driver may have another use that nobody here knows of, and a page of another
 * domain is not this domain's to grant.
 *
 * The pages of a region of a dma-buf are not pinned one by one. They stay as
 * long as the region keeps the dma-buf, which is until it is gone.
 */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/uaccess.h>

#include <xen/page.h>

#include "compat.h"
#include "gntalloc.h"

/**
 * struct gntalloc_memory - what a region of existing memory has in addition
 * @dmabuf: the dma-buf that the pages are of; or NULL, if the program has mapped
 *	them
 * @cred: holds the user for whom the pages count as locked memory; or NULL, if
 *	they do not count. The user alone cannot be held by a module in 5.10.
 * @mm: the address space that they were pinned through, or NULL if they are of a
 *	dma-buf; a reference on the struct, not on what is mapped
 * @writable: peers may be allowed to write
 * @left: the dma-buf stays for ever, since the kernel has one of its pages
 * @whole: number of pages in all that is kept as a whole if the region has a
 *	page of it: compound pages, or the dma-buf. They count until the region
 *	is gone.
 * @extra: how many of them are not pages of the region
 * @refs: for each page the number of its draining entries, and one more while
 *	it is live. The page is unpinned when this is 0.
 *
 * It belongs to its region. All members but @refs are constant when the region
 * has all its pages.
 */
struct gntalloc_memory {
	struct gntalloc_dmabuf *dmabuf;
	const struct cred *cred;
	struct mm_struct *mm;
	bool writable;
	bool left;
	u64 whole;
	u64 extra;
	atomic_t refs[];
};

/*
 * Counts @count pages as locked memory of the caller, like other pages that
 * were pinned for long: for the bound RLIMIT_MEMLOCK in user_struct.locked_vm,
 * and to be seen as VmPin in mm->pinned_vm.
 */
static int memory_charge(struct gntalloc_memory *memory, u64 count)
{
	const unsigned long bound = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	long now, before;

	if (memory->cred) {
		atomic_long_t *locked = &memory->cred->user->locked_vm;

		now = atomic_long_read(locked);
		do {
			before = now;
			if (before > bound || count > bound - before)
				return -ENOMEM;
			now = atomic_long_cmpxchg(locked, before,
						  before + count);
		} while (now != before);
	}
	atomic64_add(count, &memory->mm->pinned_vm);
	return 0;
}

static void memory_uncharge(struct gntalloc_memory *memory, u64 count)
{
	if (memory->cred)
		atomic_long_sub(count, &memory->cred->user->locked_vm);
	atomic64_sub(count, &memory->mm->pinned_vm);
}

/*
 * May pages of this file be shared? Only if it is kept in memory, and never
 * written to a disk. Returns 0, or the error if they may not. (The nodes of
 * devices are in a tmpfs, too, and the pages of some belong to them.)
 */
static int inode_refused(const struct inode *inode)
{
	if (S_ISBLK(inode->i_mode))
		return -EMEDIUMTYPE;
	if (!S_ISREG(inode->i_mode))
		return -ENXIO;
	return inode->i_sb->s_magic == TMPFS_MAGIC ||
	       inode->i_sb->s_magic == HUGETLBFS_MAGIC ? 0 : -EMEDIUMTYPE;
}

/* Has the program pages of its own there, copies of which its writes make? */
static bool vma_is_private(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

/* Sets @driver if it is a driver that decides what is mapped there. */
static int vma_check(struct vm_area_struct *vma, bool writable, bool *driver)
{
	int err;

	*driver = false;
	if (vma->vm_flags & (VM_IO | VM_PFNMAP))
		return -ENXIO;
	if (!(vma->vm_flags & VM_READ) ||
	    (writable && !(vma->vm_flags & VM_WRITE)))
		return -EACCES;
	if (vma_is_anonymous(vma))
		return 0;

	/*
	 * If a driver has mapped something privately, a copy is not made here:
	 * gntdev would take its page out of the page table meanwhile. Otherwise
	 * the page tells whether it is another domain's.
	 */
	err = vma->vm_file ? inode_refused(file_inode(vma->vm_file)) : -ENXIO;
	if (vma_is_private(vma))
		return err == -ENXIO ? err : 0;
	*driver = err == -ENXIO;
	return *driver ? 0 : err;
}

/*
 * Looks at what is mapped at @addr. Returns 0 if it may be pinned, with @count
 * reduced to the pages of the mapping, and @driver set, or an error. Others may
 * change the mapping afterwards: then the pages decide what happens.
 */
static int memory_look(unsigned long addr, bool writable, unsigned int *count,
		       bool *driver)
{
	struct vm_area_struct *vma;
	int err = -EFAULT;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	vma = find_vma(current->mm, addr);
	if (vma && vma->vm_start <= addr) {
		err = vma_check(vma, writable, driver);
		*count = min_t(unsigned long, *count,
			       (vma->vm_end - addr) >> PAGE_SHIFT);
	}
	mmap_read_unlock(current->mm);
	return err;
}

/* Is this page, which is of a driver, mapped from another domain? */
static bool page_is_foreign(struct page *page)
{
	return !PageCompound(page) && PageForeign(page);
}

/*
 * May this page, which is pinned, be granted? Returns 0, or the error if it may
 * not. If a driver has mapped it, it may not, even if its file may be shared:
 * udmabuf maps pages of a memfd. While a page is being taken out of its file,
 * the inode may go, too; but its memory is valid until the end of the RCU
 * read-side critical section.
 */
static int page_refused(struct page *page, bool driver)
{
	struct address_space *mapping;
	int err;

	if (gntalloc_page_free_sleeps(compound_head(page)))
		return -EOPNOTSUPP;
	if (PageAnon(compound_head(page)))
		return driver ? -ENXIO : 0;

	rcu_read_lock();
	mapping = gntalloc_page_mapping(page);
	if (mapping && mapping->host)
		err = driver ? -ENXIO : inode_refused(mapping->host);
	else
		err = page_is_foreign(page) ? -EREMOTE : -ENXIO;
	rcu_read_unlock();
	return err;
}

/*
 * Pins at most @count pages at @addr, and returns their number or an error.
 * @driver is set if a driver has mapped them.
 *
 * If the region is only for reading, the program may still write. In memory
 * that it does not share with other processes, its next write would then go to
 * a copy of the page, if the page is one that reads share: the page of zeros,
 * or one that a child of fork() has, too. So such memory is pinned as if for
 * writing, which makes that copy now; FOLL_FORCE does so even where the program
 * may only read. In shared memory that the program may only read it has no
 * effect: that is pinned for reading.
 */
static int memory_pin_some(unsigned long addr, unsigned int count,
			   bool writable, struct page **pages, bool *driver)
{
	unsigned int flags = FOLL_LONGTERM | FOLL_WRITE;
	int got;

	got = memory_look(addr, writable, &count, driver);
	if (got)
		return got;
	if (!writable)
		flags |= FOLL_FORCE;
	got = pin_user_pages_fast(addr, count, flags, pages);
	if (got == -EFAULT && !writable)
		got = pin_user_pages_fast(addr, count, FOLL_LONGTERM, pages);
	/* This is what the kernel says of a file system with DAX. */
	return got == -EOPNOTSUPP ? -EMEDIUMTYPE : got;
}

/*
 * Counts the next page of a region, if it is a part of a compound page. @head is
 * the compound page that was counted last, and @rest the number of its pages
 * that have not come yet.
 */
static void compound_count(struct gntalloc_memory *memory, struct page *page,
			   struct page **head, unsigned long *rest)
{
	if (!PageCompound(page))
		return;
	if (compound_head(page) != *head || !*rest) {
		*head = compound_head(page);
		*rest = compound_nr(*head);
		memory->whole += *rest;
		memory->extra += *rest;
	}
	--*rest;
	memory->extra--;
}

static int memory_pin_all(struct gntalloc_region *region, unsigned long addr)
{
	struct gntalloc_memory *memory = region->memory;
	struct page *head = NULL;
	unsigned long rest = 0;

	while (region->live < region->count) {
		struct page **pages = &region->pages[region->live];
		bool driver;
		int i, got, err = 0;

		got = memory_pin_some(addr, min(region->count - region->live,
						GNTALLOC_BATCH),
				      memory->writable, pages, &driver);
		if (got < 0)
			return got;
		for (i = 0; i < got; i++) {
			atomic_set(&memory->refs[region->live++], 1);
			if (!err)
				err = page_refused(pages[i], driver);
			compound_count(memory, pages[i], &head, &rest);
		}
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		addr += (unsigned long)got << PAGE_SHIFT;
		cond_resched();
	}
	return 0;
}

static struct gntalloc_memory *memory_new(struct gntalloc_region *region,
					  bool writable)
{
	struct gntalloc_memory *memory;

	memory = gntalloc_kvmalloc(struct_size(memory, refs, region->count),
				   __GFP_ZERO);
	if (memory)
		memory->writable = writable;
	region->memory = memory;
	return memory;
}

/**
 * gntalloc_memory_pin - make a region of memory that the caller has mapped
 * @region: unpublished, and without pages
 * @address: where the memory begins; a multiple of the page size
 * @writable: peers may be allowed to write
 *
 * Context: process, no lock held.
 * Return: 0; or, with the pages that @region->live counts, an error: -EFAULT if
 * part of the memory is not mapped, -EACCES if it is mapped without the right
 * to write, or to read, -EMEDIUMTYPE if it is of a file that is not kept in
 * memory, -ENXIO if it is of a device or a driver, -EREMOTE if it is of another
 * domain, -EOPNOTSUPP if it is a gigantic page that this kernel cannot free at
 * any time, -ENOMEM if there is no memory, or if the user may not lock so much,
 * or -EINTR if the task is being killed.
 */
int gntalloc_memory_pin(struct gntalloc_region *region, u64 address,
			bool writable)
{
	const u64 size = (u64)region->count << PAGE_SHIFT;
	struct gntalloc_memory *memory;
	int err;

	if (address > ULONG_MAX)
		return -EFAULT;
	/* The kernel looks mappings up without the tags of pointers. */
	address = untagged_addr((unsigned long)address);
	if (size > ULONG_MAX - address)
		return -EFAULT;
	memory = memory_new(region, writable);
	if (!memory)
		return -ENOMEM;
	memory->mm = current->mm;
	mmgrab(memory->mm);
	if (!capable(CAP_IPC_LOCK))
		memory->cred = get_current_cred();

	err = memory_charge(memory, region->count);
	if (err)
		return err;
	err = memory_pin_all(region, address);
	if (!err)
		err = memory_charge(memory, memory->extra);
	if (err) {
		memory_uncharge(memory, region->count - region->live);
		memory->whole -= memory->extra;
		/*
		 * No peer could write. What was pinned may be pages of a disk's
		 * file system, which has to be told before one becomes dirty.
		 */
		memory->writable = false;
	}
	return err;
}

/**
 * gntalloc_memory_kind - name where the pages of a region come from
 * @region: the region
 */
const char *gntalloc_memory_kind(const struct gntalloc_region *region)
{
	if (!region->memory)
		return "new";
	return region->memory->dmabuf ? "dmabuf" : "memory";
}

/**
 * gntalloc_memory_dmabuf - begin to make a region of a dma-buf, or of a part
 * @region: unpublished, and without pages
 * @fd: a descriptor of the dma-buf
 * @start: where the region begins in it, in bytes; a multiple of the page size
 * @writable: peers may be allowed to write
 *
 * Return: 0, and then gntalloc_memory_whole() tells what is to be charged; or an
 * error: -EFAULT if the region would end beyond the dma-buf, or -ENOMEM; or as
 * gntalloc_dmabuf_get().
 */
int gntalloc_memory_dmabuf(struct gntalloc_region *region, int fd, u64 start,
			   bool writable)
{
	const u64 first = start >> PAGE_SHIFT;
	struct gntalloc_memory *memory;
	struct gntalloc_dmabuf *dmabuf;
	u64 pages;

	memory = memory_new(region, writable);
	if (!memory)
		return -ENOMEM;
	dmabuf = gntalloc_dmabuf_get(fd, writable, &pages);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	memory->dmabuf = dmabuf;
	if (first > pages || region->count > pages - first)
		return -EFAULT;
	memory->whole = pages;
	memory->extra = pages - region->count;
	return 0;
}

/**
 * gntalloc_memory_dmabuf_fill - take the pages of the dma-buf of a region
 * @region: has been given a dma-buf, and is charged
 * @start: as for gntalloc_memory_dmabuf()
 *
 * Context: process, no lock held.
 * Return: 0; or, with the pages that @region->live counts, an error: -EREMOTE if
 * its pages are another domain's, or -EINTR if the task is being killed; or as
 * gntalloc_dmabuf_map() and gntalloc_dmabuf_page().
 */
int gntalloc_memory_dmabuf_fill(struct gntalloc_region *region, u64 start)
{
	struct gntalloc_memory *memory = region->memory;
	const u64 first = start >> PAGE_SHIFT;
	int err;

	err = gntalloc_dmabuf_map(memory->dmabuf, region->file->dev);
	for (; !err && region->live < region->count; region->live++) {
		struct page *page;

		page = gntalloc_dmabuf_page(memory->dmabuf,
					    first + region->live);
		if (IS_ERR(page))
			return PTR_ERR(page);
		if (page_is_foreign(page))
			return -EREMOTE;
		region->pages[region->live] = page;
		atomic_set(&memory->refs[region->live], 1);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return err;
}

/**
 * gntalloc_memory_whole - number of pages that are kept until a region is gone
 * @region: any region, with all its pages
 * @extra: is set to how many of them are not pages of the region
 */
u64 gntalloc_memory_whole(const struct gntalloc_region *region, u64 *extra)
{
	*extra = region->memory ? region->memory->extra : 0;
	return region->memory ? region->memory->whole : 0;
}

/* Is this page kept as long as other pages, and counted with them? */
static bool page_is_of_whole(const struct gntalloc_region *region,
			     unsigned int i)
{
	return region->memory->dmabuf || PageCompound(region->pages[i]);
}

/**
 * gntalloc_pages_counted - number of pages that count only while they are live
 * @region: the region
 * @from: number of the first page, which is live
 * @end: number of the page after the last one
 *
 * Return: how many of these pages are not among those of @region->until_gone.
 */
unsigned int gntalloc_pages_counted(const struct gntalloc_region *region,
				    unsigned int from, unsigned int end)
{
	unsigned int i, counted = 0;

	if (!region->until_gone)
		return end - from;
	for (i = from; i < end; i++)
		counted += !page_is_of_whole(region, i);
	return counted;
}

/**
 * gntalloc_memory_free - free what a region of memory has in addition
 * @region: has no page, and no entry of it drains
 */
void gntalloc_memory_free(struct gntalloc_region *region)
{
	struct gntalloc_memory *memory = region->memory;

	if (!memory)
		return;
	if (memory->dmabuf && memory->left)
		gntalloc_dmabuf_leave(memory->dmabuf);
	else if (memory->dmabuf)
		gntalloc_dmabuf_put(memory->dmabuf);
	if (memory->mm) {
		memory_uncharge(memory, memory->whole);
		mmdrop(memory->mm);
	}
	if (memory->cred)
		put_cred(memory->cred);
	kvfree(memory);
}

/**
 * gntalloc_memory_readonly - is a region of memory that nobody may change?
 * @region: any region
 */
bool gntalloc_memory_readonly(const struct gntalloc_region *region)
{
	return region->memory && !region->memory->writable;
}

/* Gives back @count references, one on each of consecutive pages. */
static void memory_put(struct gntalloc_region *region, unsigned int from,
		       unsigned int count)
{
	struct gntalloc_memory *memory = region->memory;
	unsigned int i, uncharge = 0;

	for (i = from; i < from + count; i++) {
		if (!atomic_dec_and_test(&memory->refs[i]) || memory->dmabuf)
			continue;
		/*
		 * A peer may have written, which no page table shows. For the
		 * kinds of pages that peers may write to, this is all that
		 * set_page_dirty() does, which a spinlock does not allow.
		 */
		if (memory->writable)
			SetPageDirty(compound_head(region->pages[i]));
		if (!page_is_of_whole(region, i))
			uncharge++;
		unpin_user_page(region->pages[i]);
	}
	if (uncharge)
		memory_uncharge(memory, uncharge);
}

/**
 * gntalloc_page_get - get a reference on a page, for an entry that drains
 * @region: has the page
 * @i: number of the page, on which the caller has a reference already
 */
void gntalloc_page_get(struct gntalloc_region *region, unsigned int i)
{
	if (region->memory)
		atomic_inc(&region->memory->refs[i]);
	else
		get_page(region->pages[i]);
}

/**
 * gntalloc_page_put - undo gntalloc_page_get()
 * @region: has the page
 * @i: number of the page, which may be freed
 */
void gntalloc_page_put(struct gntalloc_region *region, unsigned int i)
{
	if (region->memory)
		memory_put(region, i, 1);
	else
		__free_page(region->pages[i]);
}

/**
 * gntalloc_page_hand_over - give the reference of an entry to the kernel
 * @region: has the page
 * @i: number of the page
 * @gref: the entry, of which the kernel takes care from now on
 *
 * The kernel cannot take over a pin. It gets an ordinary reference, by which
 * the page is not freed, either. That is not so with a page of a dma-buf: its
 * driver may use it again, whatever references there are. So the dma-buf stays.
 */
void gntalloc_page_hand_over(struct gntalloc_region *region, unsigned int i,
			     u32 gref)
{
	struct page *page = region->pages[i];

	if (region->memory) {
		get_page(page);
		region->memory->left = true;
	}
	gntalloc_end_foreign_access(gref, page);
	if (region->memory)
		memory_put(region, i, 1);
}

/**
 * gntalloc_pages_put - give back the references of a region on some pages
 * @region: the region
 * @from: number of the first page, which is dead
 * @count: number of pages
 *
 * A page stays if something else has a reference on it, such as a draining
 * entry, or direct I/O.
 */
void gntalloc_pages_put(struct gntalloc_region *region, unsigned int from,
			unsigned int count)
{
	if (region->memory)
		memory_put(region, from, count);
	else
		gntalloc_pages_free(&region->pages[from], count);
}
