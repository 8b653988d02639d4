// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Regions that are granted to nobody when they are created, by the native level
 * of /dev/xen/gntalloc. Their pages are new ones, or memory that exists
 * already. A region of the latter kind has no mapping of its own.
 */
#include <errno.h>
#include <sys/mman.h>

#include "internal.h"

/* Create the region and map it; on failure it is destroyed again. */
static int create_and_map(struct gntshare_region *region,
			  struct gntalloc_native_create *op)
{
	int err;

	err = gntshare__native(region->device, GNTALLOC_NATIVE_CREATE, op);
	if (err)
		return err;
	region->id = op->id;
	region->offset = op->offset;
	if (op->flags & (GNTALLOC_CREATE_MEMORY | GNTALLOC_CREATE_DMABUF))
		return 0;
	err = gntshare__device_map(region->device, &region->address,
				   region->size, PROT_READ | PROT_WRITE,
				   op->offset);
	if (err)
		gntshare__native_destroy(region->device, op->id, 0, 0);
	return err;
}

/* Create a region at @offset. The rest of @op is set already. */
static int create(struct gntshare *share, struct gntshare_region **out,
		  size_t pages, uint64_t offset,
		  struct gntalloc_native_create *op)
{
	struct gntshare_region *region;
	size_t bytes, memory;

	if (!share || !out ||
	    !gntshare__sizes(pages, sizeof(*region), 0, &bytes, &memory))
		return -EINVAL;
	if (offset != GNTSHARE_ANY_OFFSET) {
		if (offset % gntshare__os.page_size())
			return -EINVAL;
		op->offset = offset;
		op->flags |= GNTALLOC_CREATE_FIXED;
	}
	if (!gntshare__device_is_ours(&share->device))
		return -EPERM;

	region = gntshare__region_alloc(share, memory, pages, bytes);
	if (!region)
		return -ENOMEM;
	op->pages = region->pages;
	return gntshare__region_done(region, create_and_map(region, op), out);
}

int gntshare_region_create(struct gntshare *share, struct gntshare_region **out,
			   size_t pages, uint64_t offset)
{
	struct gntalloc_native_create op = { 0 };

	return create(share, out, pages, offset, &op);
}

/* Create a region of what exists already. @op says what that is. */
static int create_of(struct gntshare *share, struct gntshare_region **out,
		     size_t pages, uint64_t offset, unsigned int flags,
		     struct gntalloc_native_create *op)
{
	if (op->address % gntshare__os.page_size() ||
	    (flags & ~GNTSHARE_WRITABLE))
		return -EINVAL;
	if (flags & GNTSHARE_WRITABLE)
		op->flags |= GNTALLOC_CREATE_WRITABLE;
	return create(share, out, pages, offset, op);
}

int gntshare_region_from_memory(struct gntshare *share,
				struct gntshare_region **out, void *address,
				size_t pages, uint64_t offset,
				unsigned int flags)
{
	struct gntalloc_native_create op = {
		.flags = GNTALLOC_CREATE_MEMORY,
		.address = (uintptr_t)address,
	};

	if (!address)
		return -EINVAL;
	return create_of(share, out, pages, offset, flags, &op);
}

int gntshare_region_from_dmabuf(struct gntshare *share,
				struct gntshare_region **out, int fd,
				uint64_t start, size_t pages, uint64_t offset,
				unsigned int flags)
{
	struct gntalloc_native_create op = {
		.flags = GNTALLOC_CREATE_DMABUF,
		.address = start,
		.fd = fd,
	};

	return create_of(share, out, pages, offset, flags, &op);
}

/*
 * Round the size of a mapping of @fd up to the file's block size. For a file of
 * hugetlbfs that is the size of its pages: mmap() maps only whole ones, and
 * munmap() of a part of one fails. For other files, it does no harm.
 */
static int round_up(int fd, size_t *bytes)
{
	struct stat st;
	size_t block;
	int err;

	err = gntshare__os.fstat(fd, &st);
	if (err)
		return err;
	block = (size_t)st.st_blksize;
	if (block > gntshare__os.page_size() && !(block & (block - 1)))
		*bytes = (*bytes + block - 1) & ~(block - 1);
	return 0;
}

int gntshare_region_from_memfd(struct gntshare *share,
			       struct gntshare_region **out, int fd,
			       uint64_t start, size_t pages, uint64_t offset,
			       unsigned int flags)
{
	int err, prot = PROT_READ;
	size_t bytes, unused;
	void *address;

	if (!share || !out || start % gntshare__os.page_size() ||
	    (flags & ~GNTSHARE_WRITABLE) ||
	    !gntshare__sizes(pages, 0, 0, &bytes, &unused))
		return -EINVAL;
	if (!gntshare__device_is_ours(&share->device))
		return -EPERM;

	/* The driver pins what is mapped, and needs the mapping no longer. */
	if (flags & GNTSHARE_WRITABLE)
		prot |= PROT_WRITE;
	err = round_up(fd, &bytes);
	if (err)
		return err;
	err = gntshare__os.mmap(&address, bytes, prot, MAP_SHARED, fd, start);
	if (err)
		return err;
	err = gntshare_region_from_memory(share, out, address, pages, offset,
					  flags);
	gntshare__os.munmap(address, bytes);
	return err;
}
