// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: dma-bufs of other drivers, of which regions have pages
 *
 * The driver that exports a dma-buf keeps its pages where they are while the
 * dma-buf is attached to a device, and mapped by the kernel. So it is both as
 * long as a region has pages of it, and the page tables of that mapping tell
 * which pages these are. The addresses that the device could be given are not
 * used. They may be those of other pages, to which the kernel copies for the
 * time of the DMA.
 *
 * To let go of a dma-buf takes a lock that its driver may hold for long. That is
 * done by a work item, so that no program, and no other dma-buf, waits for it.
 */
#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "gntalloc.h"

#ifdef CONFIG_DMA_SHARED_BUFFER

/* 5.16: dma-buf's functions are in a namespace; 6.13: its name is a string. */
#ifdef GNTALLOC_HAS_NAMED_NAMESPACES
MODULE_IMPORT_NS("DMA_BUF");
#else
MODULE_IMPORT_NS(DMA_BUF);
#endif

/* It tells our own dma-bufs, by its address. */
const char gntalloc_exporter[] = KBUILD_MODNAME;

static struct workqueue_struct *dmabuf_queue;

/**
 * struct gntalloc_dmabuf - a dma-buf of which a region has pages
 * @buf: holds a reference on it
 * @attachment: to the device of this driver; NULL before gntalloc_dmabuf_map()
 * @map: where the kernel has it mapped; zero before gntalloc_dmabuf_map()
 * @put: lets go of it at the end
 *
 * It belongs to its region until gntalloc_dmabuf_put(), and then to @put.
 */
struct gntalloc_dmabuf {
	struct dma_buf *buf;
	struct dma_buf_attachment *attachment;
	struct iosys_map map;
	struct work_struct put;
};

/**
 * gntalloc_dmabuf_init - get ready for dma-bufs
 *
 * Return: 0, or -ENOMEM.
 */
int gntalloc_dmabuf_init(void)
{
	dmabuf_queue = alloc_workqueue("xen-gntalloc-dmabuf", WQ_UNBOUND, 0);
	return dmabuf_queue ? 0 : -ENOMEM;
}

/**
 * gntalloc_dmabuf_exit - wait until all dma-bufs have been given back
 */
void gntalloc_dmabuf_exit(void)
{
	destroy_workqueue(dmabuf_queue);
}

static void dmabuf_put(struct work_struct *work)
{
	struct gntalloc_dmabuf *dmabuf =
		container_of(work, struct gntalloc_dmabuf, put);
	struct device *dev;

	if (dmabuf->map.vaddr)
		gntalloc_dma_buf_vunmap(dmabuf->buf, &dmabuf->map);
	if (dmabuf->attachment) {
		dev = dmabuf->attachment->dev;
		dma_buf_detach(dmabuf->buf, dmabuf->attachment);
		put_device(dev);
	}
	dma_buf_put(dmabuf->buf);
	kfree(dmabuf);
}

/*
 * May the pages of a dma-buf be shared? Returns 0, or the error if they may
 * not. A driver that can move them has no way to tell us.
 */
static int dmabuf_refused(const struct dma_buf *buf, bool writable)
{
	if (writable && !(buf->file->f_mode & FMODE_WRITE))
		return -EACCES;
	/* An open file and one of its own exports would keep each other. */
	if (buf->exp_name == gntalloc_exporter)
		return -ENXIO;
	if (!buf->ops->vmap || buf->ops->pin)
		return -EOPNOTSUPP;
	return 0;
}

/**
 * gntalloc_dmabuf_get - get a dma-buf by its descriptor
 * @fd: a descriptor of the caller
 * @writable: peers may be allowed to write
 * @pages: is set to the number of its pages
 *
 * Return: the dma-buf; or -EBADF if @fd is not open, -EMEDIUMTYPE if it is no
 * dma-buf, -EACCES if it is open for reading only, -ENXIO if it is of pages of a
 * region, -EOPNOTSUPP if its driver can move its pages, or cannot map them for
 * the kernel, or -ENOMEM.
 */
struct gntalloc_dmabuf *gntalloc_dmabuf_get(int fd, bool writable, u64 *pages)
{
	struct gntalloc_dmabuf *dmabuf;
	int err;

	dmabuf = kzalloc(sizeof(*dmabuf), GNTALLOC_GFP_META);
	if (!dmabuf)
		return ERR_PTR(-ENOMEM);
	INIT_WORK(&dmabuf->put, dmabuf_put);
	dmabuf->buf = dma_buf_get(fd);
	if (IS_ERR(dmabuf->buf)) {
		err = PTR_ERR(dmabuf->buf);
		kfree(dmabuf);
		return ERR_PTR(err == -EINVAL ? -EMEDIUMTYPE : err);
	}
	err = dmabuf_refused(dmabuf->buf, writable);
	if (err) {
		dma_buf_put(dmabuf->buf);
		kfree(dmabuf);
		return ERR_PTR(err);
	}
	*pages = dmabuf->buf->size >> PAGE_SHIFT;
	return dmabuf;
}

/**
 * gntalloc_dmabuf_map - keep the pages of a dma-buf where they are
 * @dmabuf: the dma-buf; also if this fails, gntalloc_dmabuf_put() undoes it
 * @dev: the device of this driver
 *
 * Context: process, no lock held.
 * Return: 0; or -EOPNOTSUPP if the mapping does not begin with a page, or the
 * error of the driver that has made it.
 */
int gntalloc_dmabuf_map(struct gntalloc_dmabuf *dmabuf, struct device *dev)
{
	struct dma_buf_attachment *attachment;
	int err;

	attachment = dma_buf_attach(dmabuf->buf, dev);
	if (IS_ERR(attachment))
		return PTR_ERR(attachment);
	/* The module may be unloaded before the work item detaches it. */
	get_device(dev);
	dmabuf->attachment = attachment;

	err = gntalloc_dma_buf_vmap(dmabuf->buf, &dmabuf->map);
	if (err) {
		dmabuf->map.vaddr = NULL;
		return err;
	}
	return offset_in_page(dmabuf->map.vaddr) ? -EOPNOTSUPP : 0;
}

/**
 * gntalloc_dmabuf_put - give a dma-buf back, in a moment
 * @dmabuf: is freed then
 */
void gntalloc_dmabuf_put(struct gntalloc_dmabuf *dmabuf)
{
	queue_work(dmabuf_queue, &dmabuf->put);
}

/**
 * gntalloc_dmabuf_leave - leave a dma-buf attached and mapped for ever
 * @dmabuf: is freed, and what it stands for is not
 */
void gntalloc_dmabuf_leave(struct gntalloc_dmabuf *dmabuf)
{
	kfree(dmabuf);
}

/**
 * gntalloc_dmabuf_page - get a page of a dma-buf, without a reference
 * @dmabuf: the dma-buf, which is mapped
 * @i: number of the page in it, which has that many
 *
 * Return: the page; or -EOPNOTSUPP if the driver could not map it, or -ENXIO if
 * it is not ordinary memory. (In a PV domain without devices, Xen allows no
 * mapping of memory that is not cached.)
 */
struct page *gntalloc_dmabuf_page(const struct gntalloc_dmabuf *dmabuf, u64 i)
{
	void *addr = dmabuf->map.vaddr + (i << PAGE_SHIFT);
	struct page *page = NULL;

	if (dmabuf->map.is_iomem)
		return ERR_PTR(-ENXIO);
	if (is_vmalloc_addr(addr))
		page = vmalloc_to_page(addr);
	else if (virt_addr_valid(addr))
		page = virt_to_page(addr);
	if (!page)
		return ERR_PTR(-EOPNOTSUPP);
	/*
	 * Without a count of references, it is a part of a larger piece that
	 * could be freed while a peer has the page.
	 */
	if (!pfn_valid(page_to_pfn(page)) || is_zone_device_page(page) ||
	    PageReserved(page) || PageSlab(page) || !page_count(page))
		return ERR_PTR(-ENXIO);
	return page;
}

#else

int gntalloc_dmabuf_init(void)
{
	return 0;
}

void gntalloc_dmabuf_exit(void)
{
}

struct gntalloc_dmabuf *gntalloc_dmabuf_get(int fd, bool writable, u64 *pages)
{
	return ERR_PTR(-EOPNOTSUPP);
}

int gntalloc_dmabuf_map(struct gntalloc_dmabuf *dmabuf, struct device *dev)
{
	return -EOPNOTSUPP;
}

void gntalloc_dmabuf_put(struct gntalloc_dmabuf *dmabuf)
{
}

void gntalloc_dmabuf_leave(struct gntalloc_dmabuf *dmabuf)
{
}

struct page *gntalloc_dmabuf_page(const struct gntalloc_dmabuf *dmabuf, u64 i)
{
	return ERR_PTR(-EOPNOTSUPP);
}

#endif
