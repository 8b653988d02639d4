/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that differs between the kernels that this driver builds for. No other
 * file depends on the version of the kernel. Each inline function behaves as
 * the newest kernel's function does, and has its name, with gntalloc_ in front
 * where an older kernel uses that name otherwise. GNTALLOC_HAS_* is found out
 * from the kernel's headers, see Kbuild. A number such as "6.3:" in a comment
 * is the version in which the kernel changed.
 */
#ifndef _XEN_GNTALLOC_COMPAT_H
#define _XEN_GNTALLOC_COMPAT_H

#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/hrtimer.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include <xen/grant_table.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "xen-gntalloc needs Linux 5.10 or newer"
#endif

/* 6.3: helpers write vma->vm_flags. */
#ifndef GNTALLOC_HAS_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}
#endif

/* 5.11: short mappings of highmem pages do not disable preemption. */
#ifndef GNTALLOC_HAS_KMAP_LOCAL
static inline void *kmap_local_page(struct page *page)
{
	return kmap_atomic(page);
}

#define kunmap_local(addr)	kunmap_atomic(addr)
#endif

/*
 * 5.13: alloc_pages_bulk_array(), which 6.14 renamed to alloc_pages_bulk().
 * Both fill the empty slots of the array, and return the number of slots that
 * are full afterwards.
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
 * 5.11: a page that is charged to a cgroup can be mapped by a program. Before,
 * it had a page type, which such a page must not have; so no page is charged.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#define GNTALLOC_GFP_ACCOUNT	__GFP_ACCOUNT
#else
#define GNTALLOC_GFP_ACCOUNT	((__force gfp_t)0)
#endif

/*
 * 5.19, see gntalloc_end_foreign_access(). Before, the function that ends a
 * draining entry took an address, and a page of high memory has none.
 */
#ifdef GNTALLOC_HAS_END_ACCESS_PAGE
#define GNTALLOC_GFP_USER	GFP_HIGHUSER
#else
#define GNTALLOC_GFP_USER	GFP_USER
#endif

/*
 * What a page is charged to, or 0. 5.11: it is in memcg_data, which 5.16 moved
 * to the folio. A page of a region is part of no larger folio, so its folio is
 * not searched for, as page_folio() does.
 */
static inline unsigned long gntalloc_page_charge(struct page *page)
{
#ifndef CONFIG_MEMCG
	return 0;
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
	return ((struct folio *)page)->memcg_data;
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	return page->memcg_data;
#else
	return (unsigned long)page->mem_cgroup;
#endif
}

/*
 * 5.13: the last reference on any page can be given back under a spinlock.
 * Before, that waits for a mutex if it is a gigantic page from a CMA area.
 */
static inline bool gntalloc_page_free_sleeps(struct page *head)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 13, 0)
	return false;
#else
	return PageHuge(head) && compound_order(head) >= MAX_ORDER;
#endif
}

/* What a page of a file belongs to, or NULL. 5.16: the folio has it. */
static inline struct address_space *gntalloc_page_mapping(struct page *page)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
	return folio_mapping(page_folio(page));
#else
	return page_mapping(page);
#endif
}

/*
 * Pages are freed as a block only on kernels before this version. For these it
 * was looked up what the kernel keeps in a page of a block, and what a charge
 * is. On later kernels pages are freed one by one, which only takes longer,
 * until somebody has looked it up for them. `make check-matrix` names them.
 */
#define GNTALLOC_JOINS_BEFORE	KERNEL_VERSION(7, 4, 0)

/*
 * May pages that become free at the same time be freed as a block? Not where
 * the kernel keeps counts of who allocated each page: from 6.10 on it does for
 * allocation profiles, and from 6.9 on for page_owner=on.
 */
static inline bool gntalloc_blocks_join(void)
{
	return LINUX_VERSION_CODE < GNTALLOC_JOINS_BEFORE &&
	       !IS_ENABLED(CONFIG_MEM_ALLOC_PROFILING) &&
	       !IS_ENABLED(CONFIG_PAGE_OWNER);
}

/* May pages that all have this charge be freed as a block? */
static inline bool gntalloc_charge_merges(unsigned long charge)
{
#if defined(CONFIG_MEMCG) && LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
	return !charge || (charge & MEMCG_DATA_KMEM);
#else
	return !charge;
#endif
}

/*
 * Takes a page out of its charge; not to be called for the first page of a
 * block. When the pages are freed as a block, the charge of the first page
 * stands for all of them.
 */
static inline void gntalloc_charge_merge(struct page *page)
{
#if defined(CONFIG_MEMCG) && LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
	((struct folio *)page)->memcg_data = 0;
#endif
}

/*
 * Gives back @count references on a charge, those of pages that were taken out
 * of it: split_page() gave one to each page.
 */
static inline void gntalloc_charge_put(unsigned long charge, unsigned int count)
{
#if defined(CONFIG_MEMCG) && LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
	struct obj_cgroup *objcg = (void *)(charge & ~MEMCG_DATA_KMEM);

	percpu_ref_put_many(&objcg->refcnt, count);
#endif
}

/*
 * 5.19, and stable kernels with the fixes of XSA-396: the argument is the page,
 * and no longer its address.
 */
static inline void gntalloc_end_foreign_access(grant_ref_t gref,
					       struct page *page)
{
#ifdef GNTALLOC_HAS_END_ACCESS_PAGE
	gnttab_end_foreign_access(gref, page);
#else
	gnttab_end_foreign_access(gref, 0, (unsigned long)page_address(page));
#endif
}

/* 7.0: generic functions start and end the batching of page table writes. */
static inline void gntalloc_lazy_mmu_enable(void)
{
#ifdef GNTALLOC_HAS_LAZY_MMU_MODE
	lazy_mmu_mode_enable();
#else
	arch_enter_lazy_mmu_mode();
#endif
}

static inline void gntalloc_lazy_mmu_disable(void)
{
#ifdef GNTALLOC_HAS_LAZY_MMU_MODE
	lazy_mmu_mode_disable();
#else
	arch_leave_lazy_mmu_mode();
#endif
}

/*
 * Declares offsets as unsigned, since all offsets of the device can be mapped.
 * Without it a 32-bit kernel refuses those from 4 GB on. 6.12: the flag is in
 * the file operations, and no longer in the open file.
 */
#ifdef FOP_UNSIGNED_OFFSET
#define GNTALLOC_FOP_FLAGS	.fop_flags = FOP_UNSIGNED_OFFSET,
static inline void gntalloc_unsigned_offset(struct file *filp) {}
#else
#define GNTALLOC_FOP_FLAGS
static inline void gntalloc_unsigned_offset(struct file *filp)
{
	filp->f_mode |= FMODE_UNSIGNED_OFFSET;
}
#endif

/* 6.8: no second argument; a signal always adds one. */
static inline void gntalloc_eventfd_signal(struct eventfd_ctx *ctx)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
#endif
}

/* 6.13: one call sets the function and the clock. */
typedef enum hrtimer_restart (*gntalloc_hrtimer_fn)(struct hrtimer *timer);

static inline void gntalloc_hrtimer_setup(struct hrtimer *timer,
					  gntalloc_hrtimer_fn fn)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	timer->function = fn;
#endif
}

#ifdef CONFIG_DMA_SHARED_BUFFER

/*
 * 5.11: a mapping of a dma-buf is told by a struct, which 5.18 renamed. 6.2:
 * dma_buf_vmap() leaves the lock to its caller, and another function takes it.
 */
#ifdef GNTALLOC_HAS_DMA_BUF_MAP
#define iosys_map	dma_buf_map
#elif !defined(GNTALLOC_HAS_IOSYS_MAP)
struct iosys_map {
	void *vaddr;
	bool is_iomem;
};
#endif

static inline int gntalloc_dma_buf_vmap(struct dma_buf *buf,
					struct iosys_map *map)
{
#if defined(GNTALLOC_HAS_DMA_BUF_VMAP_UNLOCKED)
	return dma_buf_vmap_unlocked(buf, map);
#elif defined(GNTALLOC_HAS_IOSYS_MAP) || defined(GNTALLOC_HAS_DMA_BUF_MAP)
	return dma_buf_vmap(buf, map);
#else
	map->vaddr = dma_buf_vmap(buf);
	map->is_iomem = false;
	return map->vaddr ? PTR_ERR_OR_ZERO(map->vaddr) : -ENOMEM;
#endif
}

static inline void gntalloc_dma_buf_vunmap(struct dma_buf *buf,
					   struct iosys_map *map)
{
#if defined(GNTALLOC_HAS_DMA_BUF_VMAP_UNLOCKED)
	dma_buf_vunmap_unlocked(buf, map);
#elif defined(GNTALLOC_HAS_IOSYS_MAP) || defined(GNTALLOC_HAS_DMA_BUF_MAP)
	dma_buf_vunmap(buf, map);
#else
	dma_buf_vunmap(buf, map->vaddr);
#endif
}

/* How export.c maps its pages. Before 5.11, the operations have other types. */
int gntalloc_export_vmap(struct dma_buf *buf, struct iosys_map *map);

#if defined(GNTALLOC_HAS_IOSYS_MAP) || defined(GNTALLOC_HAS_DMA_BUF_MAP)
#define gntalloc_vmap_op	gntalloc_export_vmap

static inline void gntalloc_vunmap_op(struct dma_buf *buf,
				      struct iosys_map *map)
{
	vunmap(map->vaddr);
}
#else
static inline void *gntalloc_vmap_op(struct dma_buf *buf)
{
	struct iosys_map map;

	return gntalloc_export_vmap(buf, &map) ? NULL : map.vaddr;
}

static inline void gntalloc_vunmap_op(struct dma_buf *buf, void *vaddr)
{
	vunmap(vaddr);
}
#endif

#endif /* CONFIG_DMA_SHARED_BUFFER */

#endif /* _XEN_GNTALLOC_COMPAT_H */
