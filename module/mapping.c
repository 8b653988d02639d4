// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: local mappings
 *
 * The pages are ordinary ones and are mapped as such, so that whatever takes
 * a user's address, O_DIRECT for one, takes these. All of them are there
 * when mmap() returns; a fault happens only where the program has had its
 * page tables emptied, by MADV_DONTNEED.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "gntalloc.h"

static struct gntalloc_file *vma_file(struct vm_area_struct *vma)
{
	return vma->vm_file->private_data;
}

/*
 * A VMA appears by mmap(), which counts it itself, and by fork() and
 * mremap(): then @vma covers what it did not before. It also appears when
 * one is split, and nothing is told of the other part, which shrinks
 * afterwards: what both cover together has not changed. That case is the one
 * where the address space has a VMA there already. Each of these callers has
 * the address space locked.
 */
static bool vma_splits(struct vm_area_struct *vma)
{
	struct vm_area_struct *old = find_vma(vma->vm_mm, vma->vm_start);

	/*
	 * fork() may find the parent's there, whose places in the child are
	 * filled one after the other.
	 */
	return old && old != vma && old->vm_mm == vma->vm_mm &&
	       old->vm_start <= vma->vm_start && old->vm_file == vma->vm_file;
}

static void gntalloc_vma_open(struct vm_area_struct *vma)
{
	struct gntalloc_file *file = vma_file(vma);

	if (vma_splits(vma))
		return;

	mutex_lock(&file->lock);
	gntalloc_range_get(file, vma->vm_pgoff, vma_pages(vma));
	mutex_unlock(&file->lock);
}

/* The page tables are empty by now: no access comes after this. */
static void gntalloc_vma_close(struct vm_area_struct *vma)
{
	struct gntalloc_file *file = vma_file(vma);

	mutex_lock(&file->lock);
	gntalloc_range_put(file, vma->vm_pgoff, vma_pages(vma));
	mutex_unlock(&file->lock);
}

static vm_fault_t gntalloc_vma_fault(struct vm_fault *vmf)
{
	struct gntalloc_file *file = vma_file(vmf->vma);
	struct gntalloc_region *region;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	mutex_lock(&file->lock);
	region = gntalloc_region_find(file, vmf->pgoff);
	if (!WARN_ON_ONCE(!region)) {
		vmf->page = region->pages[vmf->pgoff - region->first];
		get_page(vmf->page);
		ret = 0;
	}
	mutex_unlock(&file->lock);
	return ret;
}

static const struct vm_operations_struct gntalloc_vm_ops = {
	.open	= gntalloc_vma_open,
	.close	= gntalloc_vma_close,
	.fault	= gntalloc_vma_fault,
};

/*
 * Maps pages that one page table has room for. The first of them makes sure
 * that there is that table. The others only write to it, which a PV domain
 * does by hypercalls, so there they are collected.
 */
static int vma_insert(struct vm_area_struct *vma, unsigned long addr,
		      struct page **pages, unsigned long count)
{
	unsigned long left = 1;
	int err;

	err = vm_insert_pages(vma, addr, pages, &left);
	if (err || count == 1)
		return err;

	left = count - 1;
	gntalloc_lazy_mmu_enable();
	err = vm_insert_pages(vma, addr + PAGE_SIZE, pages + 1, &left);
	gntalloc_lazy_mmu_disable();
	return err;
}

/*
 * The pages are counted as used by @vma, which keeps them, and the regions
 * where they are; so the lock is for the search only, and other calls on the
 * file go on meanwhile.
 */
static int vma_populate(struct vm_area_struct *vma, struct gntalloc_file *file)
{
	unsigned long addr = vma->vm_start;
	u64 offset = vma->vm_pgoff;

	while (addr < vma->vm_end) {
		unsigned long end = pmd_addr_end(addr, vma->vm_end);
		unsigned long count = (end - addr) >> PAGE_SHIFT;
		struct gntalloc_region *region;
		unsigned int i;
		int err;

		err = gntalloc_lock(file);
		if (err)
			return err;
		region = gntalloc_region_find(file, offset);
		mutex_unlock(&file->lock);

		i = offset - region->first;
		count = min(count, (unsigned long)(region->count - i));
		err = vma_insert(vma, addr, &region->pages[i], count);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();

		addr += count << PAGE_SHIFT;
		offset += count;
	}
	return 0;
}

/**
 * gntalloc_mmap - map a range of allocated pages of a file
 * @filp: the open file
 * @vma: says which pages, by its offset
 *
 * Return: 0; or, with nothing mapped, -EINVAL if the mapping is private,
 * -ENOENT if one of the pages is not allocated, -ENOMEM, or -EINTR if the
 * task is being killed.
 */
int gntalloc_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct gntalloc_file *file = filp->private_data;
	int err = -ENOENT;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;

	if (gntalloc_lock(file))
		return -EINTR;
	if (gntalloc_range_allocated(file, vma->vm_pgoff, vma_pages(vma))) {
		gntalloc_range_get(file, vma->vm_pgoff, vma_pages(vma));
		err = 0;
	}
	mutex_unlock(&file->lock);
	if (err)
		return err;

	/* No growing: what is behind belongs to another mapping, or nobody. */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP);
	vma->vm_ops = &gntalloc_vm_ops;

	err = vma_populate(vma, file);
	/* The core takes out what is in already, and does not call close. */
	if (err) {
		mutex_lock(&file->lock);
		gntalloc_range_put(file, vma->vm_pgoff, vma_pages(vma));
		mutex_unlock(&file->lock);
		return err;
	}

	gntalloc_dbg("mmap of %lu pages at page %lu\n", vma_pages(vma),
		     vma->vm_pgoff);
	return 0;
}
