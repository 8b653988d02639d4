// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: mmap() of the device, and its VMAs
 *
 * The pages are ordinary pages with references and are mapped as such. So
 * whatever takes an address of a program, such as O_DIRECT, takes theirs. All
 * pages are mapped when mmap() returns. An access faults only if the program
 * has had its page tables emptied, by MADV_DONTNEED.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include <xen/xen.h>

#include "compat.h"
#include "gntalloc.h"

static struct gntalloc_file *vma_file(struct vm_area_struct *vma)
{
	return vma->vm_file->private_data;
}

/*
 * Is @vma new because another VMA is split? The kernel calls open() for the new
 * part only, and then shrinks the other part. What both of them cover together
 * is unchanged, so there is nothing to count. fork() and mremap() call open(),
 * too, but there @vma is one more user of its pages. (mmap() does not call it.)
 * In a split the address space still has the other VMA where @vma will be. All
 * these callers have locked the address space.
 */
static bool vma_splits(struct vm_area_struct *vma)
{
	struct vm_area_struct *old = find_vma(vma->vm_mm, vma->vm_start);

	/*
	 * In a fork() the child may begin with the parent's VMAs, which are
	 * replaced one by one. So this may find one of the parent.
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

/* The page tables are empty by now, so there is no access after this. */
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
 * Maps pages for which one page table has room. In a PV domain each write to
 * the table is a hypercall, so the writes are batched. Meanwhile no table can be
 * allocated, so the first page, which may need one, is mapped before.
 */
static int vma_insert(struct vm_area_struct *vma, unsigned long addr,
		      struct page **pages, unsigned long count)
{
	unsigned long left = count;
	int err;

	if (count == 1 || !xen_pv_domain())
		return vm_insert_pages(vma, addr, pages, &left);

	left = 1;
	err = vm_insert_pages(vma, addr, pages, &left);
	if (err)
		return err;

	left = count - 1;
	gntalloc_lazy_mmu_enable();
	err = vm_insert_pages(vma, addr + PAGE_SIZE, pages + 1, &left);
	gntalloc_lazy_mmu_disable();
	return err;
}

/*
 * Maps all pages of @vma, of which the first is one of @region. It is counted as
 * a user of them already, so they stay live, and their regions keep their
 * places. So the lock is needed only to find the next region, and other calls on
 * the file can run meanwhile.
 */
static int vma_populate(struct vm_area_struct *vma, struct gntalloc_file *file,
			struct gntalloc_region *region)
{
	unsigned long addr = vma->vm_start;
	u64 offset = vma->vm_pgoff;

	while (addr < vma->vm_end) {
		unsigned long end = pmd_addr_end(addr, vma->vm_end);
		unsigned long count = (end - addr) >> PAGE_SHIFT;
		unsigned int i;
		int err;

		if (offset - region->first >= region->count) {
			err = gntalloc_lock(file);
			if (err)
				return err;
			region = gntalloc_region_find(file, offset);
			mutex_unlock(&file->lock);
		}
		/* The program has mapped it already, in its own way. */
		if (region->memory)
			return -ENODEV;

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
 * @vma: the new VMA, whose offset says which pages
 *
 * Return: 0; or, with nothing mapped, -EINVAL if the mapping is private,
 * -ENOENT if one of the pages is not allocated, -ENODEV if one is memory that
 * the program had already, -ENOMEM, or -EINTR if the task is being killed.
 */
int gntalloc_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct gntalloc_file *file = filp->private_data;
	struct gntalloc_region *region = NULL;
	int err;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;

	if (gntalloc_lock(file))
		return -EINTR;
	if (gntalloc_range_allocated(file, vma->vm_pgoff, vma_pages(vma))) {
		gntalloc_range_get(file, vma->vm_pgoff, vma_pages(vma));
		region = gntalloc_region_find(file, vma->vm_pgoff);
	}
	mutex_unlock(&file->lock);
	if (!region)
		return -ENOENT;

	/* No growing: the next offsets may be another region's, or nobody's. */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP);
	vma->vm_ops = &gntalloc_vm_ops;

	err = vma_populate(vma, file, region);
	/* The kernel unmaps what is mapped so far, but does not call close. */
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
