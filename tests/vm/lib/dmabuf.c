// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <linux/videodev2.h>

#include "device.h"
#include "dmabuf.h"

const char *const dmabuf_exporters[DMABUF_EXPORTERS] = {
	"vgem", "heap", "udmabuf"
};

/* Debian has the next two structs in a package of their own: <drm/drm.h>. */
struct create_dumb {
	uint32_t height, width, bpp, flags, handle, pitch;
	uint64_t size;
};

struct prime_handle {
	uint32_t handle, flags;
	int32_t fd;
};

#define CREATE_DUMB		_IOWR('d', 0xb2, struct create_dumb)
#define PRIME_HANDLE_TO_FD	_IOWR('d', 0x2d, struct prime_handle)
#define PRIME_FD_TO_HANDLE	_IOWR('d', 0x2e, struct prime_handle)

/* Opens a node of a module's device, which may take a moment to be there. */
static int open_node(const char *module, const char *node)
{
	char command[64];
	int i, fd = -1;

	snprintf(command, sizeof(command), "modprobe -q %s", module);
	if (system(command))
		return -ENODEV;
	for (i = 0; fd < 0 && i < 100; i++) {
		fd = open(node, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			usleep(10000);
	}
	return fd < 0 ? -errno : fd;
}

static int of_vgem(size_t pages, bool readonly)
{
	struct create_dumb dumb = {
		.height = (uint32_t)pages, .width = PAGE / 4, .bpp = 32,
	};
	struct prime_handle prime = {
		.flags = O_CLOEXEC | (readonly ? 0 : O_RDWR),
	};
	int ret = 0, card = open_node("vgem", "/dev/dri/card0");

	if (card < 0)
		return card;
	if (ioctl(card, CREATE_DUMB, &dumb) < 0)
		ret = -errno;
	prime.handle = dumb.handle;
	if (!ret && ioctl(card, PRIME_HANDLE_TO_FD, &prime) < 0)
		ret = -errno;
	close(card);
	return ret ? ret : prime.fd;
}

static int of_heap(size_t pages, bool readonly)
{
	struct dma_heap_allocation_data data = {
		.len = pages * PAGE,
		.fd_flags = O_CLOEXEC | (readonly ? O_RDONLY : O_RDWR),
	};
	int ret, heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);

	if (heap < 0)
		return -ENODEV;
	ret = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) < 0 ? -errno :
							     (int)data.fd;
	close(heap);
	return ret;
}

/* This one can always be written. */
static int of_udmabuf(size_t pages, bool readonly)
{
	struct udmabuf_create create = {
		.flags = UDMABUF_FLAGS_CLOEXEC, .size = pages * PAGE,
	};
	int memfd, ret, device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);

	(void)readonly;
	if (device < 0)
		return -ENODEV;
	memfd = memfd_create("udmabuf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memfd < 0 || ftruncate(memfd, (off_t)create.size) < 0 ||
	    fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
		ret = -errno;
	} else {
		create.memfd = (uint32_t)memfd;
		ret = ioctl(device, UDMABUF_CREATE, &create);
		if (ret < 0)
			ret = -errno;
	}
	close(memfd);
	close(device);
	return ret;
}

int dmabuf_new(const char *exporter, size_t pages, bool readonly)
{
	if (!strcmp(exporter, "vgem"))
		return of_vgem(pages, readonly);
	if (!strcmp(exporter, "heap"))
		return of_heap(pages, readonly);
	return of_udmabuf(pages, readonly);
}

int dmabuf_any(size_t pages)
{
	int i, fd = -ENODEV;

	for (i = 0; fd < 0 && i < DMABUF_EXPORTERS; i++)
		if (!dmabuf_is_refused(dmabuf_exporters[i]))
			fd = dmabuf_new(dmabuf_exporters[i], pages, false);
	return fd;
}

static bool is_pv(void)
{
	char type[16];

	return !device_read_text("/sys/hypervisor/guest_type", type,
				 sizeof(type)) && !strncmp(type, "PV", 2) &&
	       strncmp(type, "PVH", 3);
}

static bool is_pv_domu(void)
{
	char dom0[16];

	return is_pv() &&
	       (device_read_text("/proc/xen/capabilities", dom0,
				 sizeof(dom0)) || !strstr(dom0, "control_d"));
}

bool dmabuf_is_refused(const char *exporter)
{
	if (!strcmp(exporter, "vgem"))
		return is_pv_domu();
	return !strcmp(exporter, "udmabuf") && !kernel_since(6, 2);
}

int dmabuf_of_grefs(void)
{
	bool known = false;
	char line[256];
	FILE *symbols = fopen("/proc/kallsyms", "re");

	if (!symbols)
		return -errno;
	while (!known && fgets(line, sizeof(line), symbols))
		known = strstr(line, " gntdev_ioctl_dmabuf_exp_from_refs");
	fclose(symbols);
	if (!known)
		return -EOPNOTSUPP;
	/* On x86, Linux asks for what Xen refuses: see gntshare_mapper_export(3). */
#ifdef __x86_64__
	return -EINVAL;
#else
	return 0;
#endif
}

long dmabuf_references(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return device_read_number(path, "count");
}

int dmabuf_sync(int fd)
{
	struct dma_buf_sync begin = {
		.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW,
	};
	struct dma_buf_sync end = {
		.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW,
	};

	return ioctl(fd, DMA_BUF_IOCTL_SYNC, &begin) < 0 ||
	       ioctl(fd, DMA_BUF_IOCTL_SYNC, &end) < 0 ? -errno : 0;
}

bool dmabuf_becomes(int fd, long references)
{
	int i;

	for (i = 0; dmabuf_references(fd) != references && i < 200; i++)
		usleep(10000);
	return dmabuf_references(fd) == references;
}

static int camera_call(int camera, unsigned long request, void *arg)
{
	int ret;

	do
		ret = ioctl(camera, request, arg);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

static int camera_start(struct camera *camera)
{
	enum v4l2_buf_type type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	struct v4l2_format format = {
		.type = type,
		.fmt.pix = {
			.width = 320, .height = 180,
			.pixelformat = V4L2_PIX_FMT_RGB32,
		},
	};
	struct v4l2_requestbuffers buffers = {
		.count = 1, .type = type, .memory = camera->memory,
	};
	struct v4l2_exportbuffer export = {
		.type = type, .flags = O_CLOEXEC | O_RDWR,
	};
	int ret;

	ret = camera_call(camera->fd, VIDIOC_S_FMT, &format);
	if (!ret && (format.fmt.pix.sizeimage + PAGE - 1) / PAGE !=
		    CAMERA_PAGES)
		ret = -EMSGSIZE;
	if (!ret)
		ret = camera_call(camera->fd, VIDIOC_REQBUFS, &buffers);
	camera->count = buffers.count;
	if (!ret && camera->memory == V4L2_MEMORY_MMAP)
		ret = camera_call(camera->fd, VIDIOC_EXPBUF, &export);
	if (ret)
		return ret;
	if (camera->memory == V4L2_MEMORY_MMAP)
		camera->dmabuf = export.fd;
	return camera_call(camera->fd, VIDIOC_STREAMON, &type);
}

int camera_open(struct camera *camera, int into)
{
	int ret;

	camera->dmabuf = into;
	camera->memory = into < 0 ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF;
	/* Of its devices, only the one that captures pictures. */
	camera->fd = open_node("vivid n_devs=1 node_types=1", "/dev/video0");
	if (camera->fd < 0)
		return camera->fd;
	ret = camera_start(camera);
	if (ret)
		close(camera->fd);
	return ret;
}

int camera_frame(struct camera *camera)
{
	unsigned int i, count = camera->count;
	int ret = 0;

	/* It begins when it has all of them, and goes on with any. */
	camera->count = 1;
	for (i = 0; i < 2 * count && !ret; i++) {
		struct v4l2_buffer buffer = {
			.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
			.memory = camera->memory,
			.index = i,
		};

		if (camera->memory == V4L2_MEMORY_DMABUF)
			buffer.m.fd = camera->dmabuf;
		ret = camera_call(camera->fd, i < count ? VIDIOC_QBUF :
							  VIDIOC_DQBUF,
				  &buffer);
	}
	return ret;
}

int card_import(int dmabuf)
{
	struct prime_handle prime = { .fd = dmabuf };
	int ret, card = open_node("vgem", "/dev/dri/card0");

	if (card < 0 || !ioctl(card, PRIME_FD_TO_HANDLE, &prime))
		return card;
	ret = -errno;
	close(card);
	return ret;
}
