// SPDX-License-Identifier: LGPL-2.1-or-later
/* Mappings: a peer's pages, which /dev/xen/gntdev maps. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/* The kernel's gntdev.h needs the headers above it for its types and _IOC. */
#include <linux/ioctl.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/gntdev.h>

#include "internal.h"

/*
 * struct gntshare_mapping
 *
 * @object: its place in the mapper's list
 * @device: the mapper's device
 * @address, @size: the mapping of all pages, in bytes
 * @index: the offset of the first page in the device, in bytes
 * @count: the number of pages
 */
struct gntshare_mapping {
	struct gntshare__object object;
	struct gntshare__device *device;
	void *address;
	size_t size;
	uint64_t index;
	uint32_t count;
};

/* Tell the driver the grefs, and store the index that it has chosen. */
static int insert(struct gntshare_mapping *mapping, uint32_t domid,
		  const uint32_t *grefs, size_t memory)
{
	struct ioctl_gntdev_map_grant_ref *op;
	struct ioctl_gntdev_grant_ref *grants;
	uint32_t i;
	int err;

	op = gntshare__os.alloc(memory);
	if (!op)
		return -ENOMEM;
	op->count = mapping->count;
	/*
	 * Linux declares an array of one element. A compiler may check the
	 * index into that array, but not the index into a pointer.
	 */
	grants = op->refs;
	for (i = 0; i < mapping->count; i++) {
		grants[i].domid = domid;
		grants[i].ref = grefs[i];
	}
	err = gntshare__os.ioctl(mapping->device->fd,
				 IOCTL_GNTDEV_MAP_GRANT_REF, op);
	mapping->index = op->index;
	gntshare__os.free(op);
	return err;
}

static int withdraw(const struct gntshare_mapping *mapping)
{
	struct ioctl_gntdev_unmap_grant_ref op = {
		.index = mapping->index,
		.count = mapping->count,
	};

	return gntshare__os.ioctl(mapping->device->fd,
				  IOCTL_GNTDEV_UNMAP_GRANT_REF, &op);
}

static int mapping_free(struct gntshare__object *object)
{
	struct gntshare_mapping *mapping = (struct gntshare_mapping *)object;
	int err = 0;

	/*
	 * The order matters: as soon as the grefs are withdrawn, the driver may
	 * use the same index for the next mapping.
	 */
	if (gntshare__device_is_ours(mapping->device)) {
		err = gntshare__os.munmap(mapping->address, mapping->size);
		err = gntshare__first_error(err, withdraw(mapping));
	}
	gntshare__os.free(mapping);
	return err;
}

int gntshare_mapping_create(struct gntshare_mapper *mapper,
			    struct gntshare_mapping **out, uint32_t domid,
			    const uint32_t *grefs, size_t count,
			    unsigned int flags)
{
	int prot = PROT_READ;
	struct gntshare_mapping *mapping;
	size_t bytes, memory;
	int err;

	if (!mapper || !out || !grefs || domid >= DOMID_FIRST_RESERVED ||
	    (flags & ~GNTSHARE_WRITABLE) ||
	    !gntshare__sizes(count,
			     offsetof(struct ioctl_gntdev_map_grant_ref, refs),
			     sizeof(struct ioctl_gntdev_grant_ref), &bytes,
			     &memory))
		return -EINVAL;
	if (!gntshare__device_is_ours(&mapper->device))
		return -EPERM;
	if (flags & GNTSHARE_WRITABLE)
		prot |= PROT_WRITE;

	mapping = gntshare__os.alloc(sizeof(*mapping));
	if (!mapping)
		return -ENOMEM;
	mapping->device = &mapper->device;
	mapping->size = bytes;
	mapping->count = (uint32_t)count;

	err = insert(mapping, domid, grefs, memory);
	if (err)
		goto free_handle;
	/* Now the driver maps the grants, for writing only if prot says so. */
	err = gntshare__device_map(mapping->device, &mapping->address,
				   mapping->size, prot, mapping->index);
	if (err)
		goto withdraw_grefs;

	mapping->object.free = mapping_free;
	gntshare__device_add(mapping->device, &mapping->object);
	*out = mapping;
	return 0;

withdraw_grefs:
	withdraw(mapping);
free_handle:
	gntshare__os.free(mapping);
	return err;
}

void *gntshare_mapping_address(const struct gntshare_mapping *mapping)
{
	return mapping->address;
}

size_t gntshare_mapping_size(const struct gntshare_mapping *mapping)
{
	return mapping->size;
}

size_t gntshare_mapping_pages(const struct gntshare_mapping *mapping)
{
	return mapping->count;
}

int gntshare_mapping_notify(struct gntshare_mapping *mapping, size_t offset,
			    unsigned int actions, uint32_t port)
{
	struct ioctl_gntdev_unmap_notify op;

	if (!mapping || offset >= mapping->size ||
	    (actions & ~(GNTSHARE_NOTIFY_CLEAR_BYTE |
			 GNTSHARE_NOTIFY_SEND_EVENT)))
		return -EINVAL;
	if (!gntshare__device_is_ours(mapping->device))
		return -EPERM;

	op.index = mapping->index + offset;
	op.action = actions;
	op.event_channel_port = port;
	return gntshare__os.ioctl(mapping->device->fd,
				  IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &op);
}

int gntshare_mapper_export(struct gntshare_mapper *mapper, uint32_t domid,
			   const uint32_t *grefs, size_t count,
			   unsigned int flags, int *fd)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs *op;
	size_t bytes, memory;
	int err;

	if (!mapper || !fd || !grefs || domid >= DOMID_FIRST_RESERVED ||
	    (flags & ~GNTSHARE_WRITABLE) ||
	    !gntshare__sizes(count,
			     offsetof(struct ioctl_gntdev_dmabuf_exp_from_refs,
				      refs), sizeof(*grefs), &bytes, &memory))
		return -EINVAL;
	if (!gntshare__device_is_ours(&mapper->device))
		return -EPERM;
	/* The driver maps all grants of a dma-buf for writing. */
	if (!(flags & GNTSHARE_WRITABLE))
		return -EOPNOTSUPP;

	op = gntshare__os.alloc(memory);
	if (!op)
		return -ENOMEM;
	op->count = (uint32_t)count;
	op->domid = domid;
	memcpy(op->refs, grefs, count * sizeof(*grefs));
	err = gntshare__os.ioctl(mapper->device.fd,
				 IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, op);
	if (!err)
		*fd = (int)op->fd;
	gntshare__os.free(op);
	return err == -ENOTTY ? -EOPNOTSUPP : err;
}

int gntshare_mapping_destroy(struct gntshare_mapping *mapping)
{
	return mapping ? gntshare__device_destroy(mapping->device,
						  &mapping->object)
		       : 0;
}
