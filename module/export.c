// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: pages of an open file, exported as a dma-buf
 *
 * Other drivers and other programs use the pages by the dma-buf, without a
 * descriptor of the device. To the pages, the dma-buf is what a VMA is: a user
 * of each of them. And it holds the struct file, as a VMA does, so that the
 * last close comes after the end of the dma-buf.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "gntalloc.h"

#ifdef CONFIG_DMA_SHARED_BUFFER

/**
 * struct gntalloc_export - the pages of one dma-buf
 * @file: the open file that they belong to; holds a reference on its struct
 *	file; constant
 * @first: offset of the first page, in pages; constant
 * @count: number of pages; constant
 * @lock: guards @attachments and their members
 * @attachments: the devices that use the dma-buf
 * @pages: the pages, of which the export is a user (range.c); constant
 *
 * It belongs to its dma-buf, which frees it at its end.
 */
struct gntalloc_export {
	struct gntalloc_file *file;
	u64 first;
	unsigned int count;
	struct mutex lock;	/* see above */
	struct list_head attachments;
	struct page *pages[];
};

/**
 * struct export_attachment - a device that uses a dma-buf
 * @node: in gntalloc_export.attachments
 * @dev: the device
 * @table: the pages, and while they are mapped for the device, the addresses
 *	that it has for them
 * @mapped: they are mapped for it
 */
struct export_attachment {
	struct list_head node;
	struct device *dev;
	struct sg_table table;
	bool mapped;
};

/* The kernel checks that only for mmap(). */
static bool export_readonly(const struct dma_buf *buf)
{
	return !(buf->file->f_mode & FMODE_WRITE);
}

static int export_attach(struct dma_buf *buf,
			 struct dma_buf_attachment *attachment)
{
	struct gntalloc_export *export = buf->priv;
	struct export_attachment *a;
	struct scatterlist *sg;
	int err, i;

	a = kzalloc(sizeof(*a), GNTALLOC_GFP_META);
	if (!a)
		return -ENOMEM;
	err = sg_alloc_table(&a->table, export->count, GNTALLOC_GFP_META);
	if (err) {
		kfree(a);
		return err;
	}
	/*
	 * In a PV domain, neighbours here may not be neighbours in the machine.
	 * A device could not reach several of them by one address.
	 */
	for_each_sgtable_sg(&a->table, sg, i)
		sg_set_page(sg, export->pages[i], PAGE_SIZE, 0);
	a->dev = attachment->dev;
	attachment->priv = a;

	mutex_lock(&export->lock);
	list_add(&a->node, &export->attachments);
	mutex_unlock(&export->lock);
	return 0;
}

static void export_detach(struct dma_buf *buf,
			  struct dma_buf_attachment *attachment)
{
	struct gntalloc_export *export = buf->priv;
	struct export_attachment *a = attachment->priv;

	mutex_lock(&export->lock);
	list_del(&a->node);
	mutex_unlock(&export->lock);
	sg_free_table(&a->table);
	kfree(a);
}

static struct sg_table *export_map_dma(struct dma_buf_attachment *attachment,
				       enum dma_data_direction direction)
{
	struct gntalloc_export *export = attachment->dmabuf->priv;
	struct export_attachment *a = attachment->priv;
	int err;

	if (direction != DMA_TO_DEVICE && export_readonly(attachment->dmabuf))
		return ERR_PTR(-EACCES);

	mutex_lock(&export->lock);
	err = dma_map_sgtable(a->dev, &a->table, direction, 0);
	a->mapped = !err;
	mutex_unlock(&export->lock);
	return err ? ERR_PTR(err) : &a->table;
}

static void export_unmap_dma(struct dma_buf_attachment *attachment,
			     struct sg_table *table,
			     enum dma_data_direction direction)
{
	struct gntalloc_export *export = attachment->dmabuf->priv;
	struct export_attachment *a = attachment->priv;

	mutex_lock(&export->lock);
	a->mapped = false;
	dma_unmap_sgtable(a->dev, table, direction, 0);
	mutex_unlock(&export->lock);
}

typedef void (*export_sync_fn)(struct device *dev, struct sg_table *table,
			       enum dma_data_direction direction);

/*
 * A device may work on copies of the pages, which the kernel has made for it.
 * This moves what was written from one to the other.
 */
static int export_sync(struct dma_buf *buf, export_sync_fn sync,
		       enum dma_data_direction direction)
{
	struct gntalloc_export *export = buf->priv;
	struct export_attachment *a;

	mutex_lock(&export->lock);
	list_for_each_entry(a, &export->attachments, node)
		if (a->mapped)
			sync(a->dev, &a->table, direction);
	mutex_unlock(&export->lock);
	return 0;
}

static int export_begin_cpu_access(struct dma_buf *buf,
				   enum dma_data_direction direction)
{
	return export_sync(buf, dma_sync_sgtable_for_cpu, direction);
}

static int export_end_cpu_access(struct dma_buf *buf,
				 enum dma_data_direction direction)
{
	return export_sync(buf, dma_sync_sgtable_for_device, direction);
}

static vm_fault_t export_fault(struct vm_fault *vmf)
{
	struct gntalloc_export *export = vmf->vma->vm_private_data;

	if (vmf->pgoff >= export->count)
		return VM_FAULT_SIGBUS;
	vmf->page = export->pages[vmf->pgoff];
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct export_vm_ops = {
	.fault = export_fault,
};

/* The kernel has checked that the VMA ends before the dma-buf does. */
static int export_mmap(struct dma_buf *buf, struct vm_area_struct *vma)
{
	struct gntalloc_export *export = buf->priv;

	/* VM_SHARED is only for what may be written. */
	if (!(vma->vm_flags & VM_MAYSHARE) || (vma->vm_flags & VM_PFNMAP))
		return -EINVAL;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &export_vm_ops;
	vma->vm_private_data = export;
	return vm_map_pages(vma, export->pages, export->count);
}

/**
 * gntalloc_export_vmap - map a dma-buf for the kernel
 * @buf: one of gntalloc_export()
 * @map: is set to where it is mapped; undone by vunmap()
 *
 * Return: 0 or -ENOMEM.
 */
int gntalloc_export_vmap(struct dma_buf *buf, struct iosys_map *map)
{
	struct gntalloc_export *export = buf->priv;

	map->vaddr = vmap(export->pages, export->count, VM_MAP, PAGE_KERNEL);
	map->is_iomem = false;
	return map->vaddr ? 0 : -ENOMEM;
}

static void export_free(struct gntalloc_export *export)
{
	struct gntalloc_file *file = export->file;

	mutex_lock(&file->lock);
	gntalloc_range_put(file, export->first, export->count);
	mutex_unlock(&file->lock);
	fput(file->filp);
	kvfree(export);
}

static void export_release(struct dma_buf *buf)
{
	export_free(buf->priv);
}

#define EXPORT_OPS							\
	.attach			= export_attach,			\
	.detach			= export_detach,			\
	.map_dma_buf		= export_map_dma,			\
	.unmap_dma_buf		= export_unmap_dma,			\
	.begin_cpu_access	= export_begin_cpu_access,		\
	.end_cpu_access		= export_end_cpu_access,		\
	.mmap			= export_mmap,				\
	.release		= export_release

static const struct dma_buf_ops export_ops = {
	EXPORT_OPS,
	.vmap			= gntalloc_vmap_op,
	.vunmap			= gntalloc_vunmap_op,
};

/* Who maps a dma-buf for the kernel may write to it. */
static const struct dma_buf_ops export_readonly_ops = {
	EXPORT_OPS,
};

/* Copies the pages of a range that was got; regions follow one another. */
static int export_fill(struct gntalloc_export *export)
{
	struct gntalloc_region *region = NULL;
	unsigned int i;

	lockdep_assert_held(&export->file->lock);

	for (i = 0; i < export->count; i++) {
		u64 offset = export->first + i;

		if (!region || offset - region->first >= region->count)
			region = gntalloc_region_find(export->file, offset);
		if (region->memory)
			return -ENODEV;
		export->pages[i] = region->pages[offset - region->first];
		cond_resched();
	}
	return 0;
}

/* Makes the export a user of its pages, if they are there. */
static int export_get_pages(struct gntalloc_export *export)
{
	struct gntalloc_file *file = export->file;
	int err;

	err = gntalloc_lock(file);
	if (err)
		return err;
	err = -ENOENT;
	if (gntalloc_range_allocated(file, export->first, export->count))
		err = export_fill(export);
	if (!err)
		gntalloc_range_get(file, export->first, export->count);
	mutex_unlock(&file->lock);
	return err;
}

/**
 * gntalloc_export - export allocated pages of a file as a dma-buf
 * @file: the open file, of which the caller has the struct file
 * @first: offset of the first page, in pages; any number
 * @count: number of pages, not 0
 * @writable: the dma-buf is open for writing, too
 *
 * Context: process, no lock held.
 * Return: the dma-buf; or -EACCES if the file is not open for that, -ENOENT if
 * one of the pages is not allocated, -ENODEV if one existed already before its
 * region, -ENOMEM, or -EINTR if the task is being killed.
 */
struct dma_buf *gntalloc_export(struct gntalloc_file *file, u64 first,
				unsigned int count, bool writable)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct gntalloc_export *export;
	struct dma_buf *buf;
	int err;

	/* As for mmap(). */
	if (!(file->filp->f_mode & FMODE_READ) ||
	    (writable && !(file->filp->f_mode & FMODE_WRITE)))
		return ERR_PTR(-EACCES);
	/* No struct is allocated for more pages than the guest has. */
	if (count > totalram_pages())
		return ERR_PTR(-ENOENT);
	export = gntalloc_kvmalloc(struct_size(export, pages, count), 0);
	if (!export)
		return ERR_PTR(-ENOMEM);
	export->file = file;
	export->first = first;
	export->count = count;
	mutex_init(&export->lock);
	INIT_LIST_HEAD(&export->attachments);
	err = export_get_pages(export);
	if (err) {
		kvfree(export);
		return ERR_PTR(err);
	}
	get_file(file->filp);

	info.exp_name = gntalloc_exporter;
	info.ops = writable ? &export_ops : &export_readonly_ops;
	info.size = (size_t)count << PAGE_SHIFT;
	info.flags = writable ? O_RDWR : O_RDONLY;
	info.priv = export;
	buf = dma_buf_export(&info);
	if (IS_ERR(buf))
		export_free(export);
	return buf;
}

#else

struct dma_buf *gntalloc_export(struct gntalloc_file *file, u64 first,
				unsigned int count, bool writable)
{
	return ERR_PTR(-EOPNOTSUPP);
}

#endif
