/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dma-bufs that the kernel's own drivers make and export */
#ifndef VM_DMABUF_H
#define VM_DMABUF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The exporters: a graphics card without hardware ("vgem"), the heap of ordinary
 * memory ("heap"), and one of a memfd ("udmabuf").
 */
#define DMABUF_EXPORTERS	3
extern const char *const dmabuf_exporters[DMABUF_EXPORTERS];

/*
 * Makes a dma-buf that can be written, unless @readonly. Returns its descriptor,
 * or -ENODEV if this kernel has no such exporter, or another -errno.
 */
int dmabuf_new(const char *exporter, size_t pages, bool readonly);

/* Makes one that can be shared, of any exporter. Returns as above. */
int dmabuf_any(size_t pages);

/*
 * Is the driver to refuse what this exporter makes, since it cannot map it for
 * the kernel? In a PV domU vgem cannot: its memory is not cached, and Xen maps
 * such memory only for domains with devices.
 */
bool dmabuf_is_refused(const char *exporter);

/*
 * Can gntdev make dma-bufs of a peer's pages? Returns 0, or the error that it has
 * instead: -EOPNOTSUPP if the kernel has no such code, -EINVAL in a PV domain.
 */
int dmabuf_of_grefs(void);

/* The number of references on a dma-buf, of descriptors and of drivers. */
long dmabuf_references(int fd);

/* Has it that many, now or in a moment? The driver lets go of it later. */
bool dmabuf_becomes(int fd, long references);

/*
 * A camera without hardware. Its first buffer is a dma-buf. That of Linux 5.10
 * wants two before it begins; @count is how many.
 */
struct camera {
	int fd;
	int dmabuf;
	unsigned int memory;	/* whose the buffer is: V4L2_MEMORY_* */
	unsigned int count;
};

/* What a frame takes: 320 x 180 pixels of 32 bit. */
#define CAMERA_PAGES	((320 * 180 * 4 + PAGE - 1) / PAGE)

/*
 * Opens it, with a buffer of its own, or with the dma-buf @into if that is not
 * negative. Returns 0 or -errno.
 */
int camera_open(struct camera *camera, int into);

/* Waits for the next frame, which is then in the buffer. Returns 0 or -errno. */
int camera_frame(struct camera *camera);

/* Begins and ends an access by the processor. Returns 0 or -errno. */
int dmabuf_sync(int fd);

/*
 * Has the graphics card of vgem import a dma-buf. Returns a descriptor of the
 * card, which keeps the dma-buf as long as it is open, or -errno.
 */
int card_import(int dmabuf);

#endif
