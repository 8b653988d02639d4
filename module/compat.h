/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that this driver builds for, and nothing
 * of it elsewhere. Each inline has the name, or the name with gntalloc_ in
 * front where the kernel's is taken, and the behaviour of the newest kernel's
 * function. GNTALLOC_HAS_* comes from the kernel's headers, see Kbuild.
 */
#ifndef _XEN_GNTALLOC_COMPAT_H
#define _XEN_GNTALLOC_COMPAT_H

#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/version.h>

#include <xen/grant_table.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "xen-gntalloc needs Linux 5.10 or newer"
#endif

/* 6.3: vma->vm_flags is written through helpers. */
#ifndef GNTALLOC_HAS_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}
#endif

/* 5.11: short-lived mappings of highmem pages that leave preemption on. */
#ifndef GNTALLOC_HAS_KMAP_LOCAL
static inline void *kmap_local_page(struct page *page)
{
	return kmap_atomic(page);
}

#define kunmap_local(addr)	kunmap_atomic(addr)
#endif

/*
 * 5.13: alloc_pages_bulk_array(); 6.14: renamed to alloc_pages_bulk(). Both
 * fill the empty slots of the array and return how many are full then.
 */
static inline unsigned long gntalloc_alloc_pages_bulk(gfp_t gfp,
						      unsigned long count,
						      struct page **pages)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
	return alloc_pages_bulk(gfp, count, pages);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 13, 0)
	return alloc_pages_bulk_array(gfp, count, pages);
#else
	unsigned long i;

	for (i = 0; i < count; i++) {
		pages[i] = alloc_page(gfp);
		if (!pages[i])
			break;
	}
	return i;
#endif
}

/*
 * 5.19, and stable kernels with the fixes of XSA-396: the page is given
 * itself, not by its address.
 */
static inline void gntalloc_end_foreign_access(grant_ref_t ref,
					       struct page *page)
{
#ifdef GNTALLOC_HAS_END_ACCESS_PAGE
	gnttab_end_foreign_access(ref, page);
#else
	gnttab_end_foreign_access(ref, 0, (unsigned long)page_address(page));
#endif
}

#endif /* _XEN_GNTALLOC_COMPAT_H */
