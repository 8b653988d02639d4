// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fake gntalloc, with its 2011 level, and the fake gntdev. They have those
 * errors and lifetimes of the drivers that the library can observe. The native
 * level is in fake_native.c.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/ioctl.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/gntdev.h>

#include <gntshare/gntalloc.h>

#include "fake_internal.h"

/* gntalloc */

static int gntalloc_alloc(struct fake_file *file,
			  struct gntalloc_2011_alloc *arg)
{
	/* As drivers do, read and write the whole struct, also its padding. */
	struct gntalloc_2011_alloc whole;
	const struct gntalloc_2011_alloc *op = &whole;
	struct fake_region *region;
	struct fake_grant grant;
	int err;

	memcpy(&whole, arg, sizeof(whole));
	if (op->domid >= GNTALLOC_DOMID_FIRST_RESERVED ||
	    (op->flags & ~GNTALLOC_2011_WRITABLE))
		return -EINVAL;
	if (!fake_may_grant(file, op->domid))
		return -EPERM;
	if (fake_charge(file, op->count, op->count) ||
	    fake.entries_used + op->count > fake.table)
		return -ENOSPC;
	region = fake_region_create(file, op->count, NULL, &err);
	if (!region)
		return err;

	whole.index = (uint64_t)region->first * FAKE_PAGE_SIZE;
	memcpy(arg, &whole, sizeof(whole));
	grant = (struct fake_grant){
		.domid = op->domid,
		.writable = op->flags & GNTALLOC_2011_WRITABLE,
		.offset = op->index,
	};
	return fake_region_grant(file, region, &grant, op->count, false,
				 arg->all_gref_ids);
}

static int gntalloc_dealloc(struct fake_file *file,
			    const struct gntalloc_2011_dealloc *op)
{
	uint64_t i, first = op->index / FAKE_PAGE_SIZE;

	if (!fake_allocated(file, first, op->count))
		return -EINVAL;
	for (i = first; i < first + op->count; i++)
		fake_page_put(file, (uint32_t)i, false);
	return 0;
}

static int gntalloc_notify(struct fake_file *file,
			   const struct gntalloc_2011_notify *op)
{
	uint64_t i = op->index / FAKE_PAGE_SIZE;

	if (!fake_allocated(file, i, 1))
		return -ENOENT;
	if ((op->action & ~(GNTALLOC_2011_CLEAR_BYTE |
			    GNTALLOC_2011_SEND_EVENT)) ||
	    ((op->action & GNTALLOC_2011_SEND_EVENT) &&
	     op->event_channel_port != FAKE_PORT))
		return -EINVAL;
	if ((op->action & GNTALLOC_2011_SEND_EVENT) &&
	    file->restriction.no_send_event)
		return -EPERM;
	if ((op->action & GNTALLOC_2011_CLEAR_BYTE) &&
	    fake_is_readonly(&file->pages[i]))
		return -EACCES;
	if ((op->action & GNTALLOC_2011_CLEAR_BYTE) &&
	    file->pages[i].memory && file->restriction.flags)
		return -EPERM;
	file->pages[i].notify_index = op->index;
	file->pages[i].action = op->action;
	file->pages[i].port = op->event_channel_port;
	return 0;
}

/* gntdev */

static struct fake_map *find_map(struct fake_file *file, uint64_t index,
				 uint32_t count)
{
	int i;

	for (i = 0; i < FAKE_MAPS; i++) {
		if (file->maps[i].listed &&
		    file->maps[i].grants.index == index &&
		    file->maps[i].grants.count == count)
			return &file->maps[i];
	}
	return NULL;
}

static bool overlaps(const struct fake_map *map, uint64_t index,
		     uint32_t count)
{
	const struct fake_grants *grants = &map->grants;

	return map->listed &&
	       index < grants->index + grants->count * FAKE_PAGE_SIZE &&
	       grants->index < index + count * FAKE_PAGE_SIZE;
}

/* The first index that is free: one that was given up is used again at once. */
static uint64_t free_index(const struct fake_file *file, uint32_t count)
{
	uint64_t index = 0;
	int i;

	for (i = 0; i < FAKE_MAPS; i++) {
		if (overlaps(&file->maps[i], index, count)) {
			index = file->maps[i].grants.index +
				file->maps[i].grants.count * FAKE_PAGE_SIZE;
			i = -1;
		}
	}
	return index;
}

static int gntdev_map(struct fake_file *file,
		      struct ioctl_gntdev_map_grant_ref *op)
{
	/* op->refs is not indexed, since it is declared with one element. */
	const struct ioctl_gntdev_grant_ref *grefs = op->refs;
	struct fake_grants *grants;
	uint32_t i;
	int slot;

	if (!op->count || op->count > 8)
		return -EINVAL;
	for (slot = 0; slot < FAKE_MAPS; slot++) {
		if (!file->maps[slot].listed && !file->maps[slot].mapped)
			break;
	}
	if (slot == FAKE_MAPS)
		return fake_nonsense("more mappings than the fake has");

	op->index = free_index(file, op->count);
	memset(&file->maps[slot], 0, sizeof(file->maps[slot]));
	file->maps[slot].listed = true;
	grants = &file->maps[slot].grants;
	grants->index = op->index;
	grants->count = op->count;
	for (i = 0; i < op->count; i++) {
		grants->domid[i] = grefs[i].domid;
		grants->gref[i] = grefs[i].ref;
	}
	return 0;
}

static int gntdev_unmap(struct fake_file *file,
			const struct ioctl_gntdev_unmap_grant_ref *op)
{
	struct fake_map *map = find_map(file, op->index, op->count);

	if (!map)
		return -ENOENT;
	map->listed = false;
	return 0;
}

static int gntdev_notify(struct fake_file *file,
			 const struct ioctl_gntdev_unmap_notify *op)
{
	const __u32 known = UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT;
	struct fake_map *map = NULL;
	int i;

	if ((op->action & ~known) ||
	    ((op->action & UNMAP_NOTIFY_SEND_EVENT) &&
	     op->event_channel_port != FAKE_PORT))
		return -EINVAL;
	for (i = 0; i < FAKE_MAPS; i++) {
		if (overlaps(&file->maps[i], op->index, 1))
			map = &file->maps[i];
	}
	if (!map)
		return -ENOENT;
	map->grants.notify_index = op->index;
	map->grants.action = op->action;
	map->grants.port = op->event_channel_port;
	return 0;
}

/* Each page of the dma-buf begins with its gref, which a test can read. */
static int gntdev_export(struct ioctl_gntdev_dmabuf_exp_from_refs *op)
{
	const __u32 *grefs = op->refs;
	int fd;
	__u32 i;

	if (op->flags)
		return fake_nonsense("a dma-buf with flags");
	if (!op->count || op->count > 8)
		return -EINVAL;
	for (i = 0; i < op->count; i++) {
		if (grefs[i] >= FAKE_READONLY_GREF)
			return -EINVAL;
	}
	fd = memfd_create("dma-buf", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)(op->count * FAKE_PAGE_SIZE)))
		return -errno;
	for (i = 0; i < op->count; i++) {
		if (pwrite(fd, &grefs[i], sizeof(grefs[i]),
			   (off_t)(i * FAKE_PAGE_SIZE)) < 0)
			return -errno;
	}
	op->fd = (__u32)fd;
	return 0;
}

/* Both devices */

int fake_ioctl(struct fake_file *file, unsigned long request, void *arg)
{
	if (file->kind == FAKE_GNTALLOC) {
		switch (request) {
		case GNTALLOC_2011_ALLOC:
			return gntalloc_alloc(file, arg);
		case GNTALLOC_2011_DEALLOC:
			return gntalloc_dealloc(file, arg);
		case GNTALLOC_2011_NOTIFY:
			return gntalloc_notify(file, arg);
		default:
			return fake_native_ioctl(file, request, arg);
		}
	}
	if (file->kind == FAKE_GNTDEV) {
		switch (request) {
		case IOCTL_GNTDEV_MAP_GRANT_REF:
			return gntdev_map(file, arg);
		case IOCTL_GNTDEV_UNMAP_GRANT_REF:
			return gntdev_unmap(file, arg);
		case IOCTL_GNTDEV_SET_UNMAP_NOTIFY:
			return gntdev_notify(file, arg);
		case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS:
			return gntdev_export(arg);
		}
	}
	return fake_nonsense("ioctl");
}

int fake_device_map(struct fake_file *file, uint64_t offset, size_t pages,
		    int prot, int flags)
{
	uint64_t i, first = offset / FAKE_PAGE_SIZE;
	struct fake_map *map;

	if (!(flags & MAP_SHARED))
		return fake_nonsense("a private mapping");
	if (file->kind == FAKE_GNTALLOC) {
		if (!fake_allocated(file, first, pages))
			return -ENOENT;
		for (i = first; i < first + pages; i++) {
			if (file->pages[i].memory)
				return -ENODEV;
		}
		for (i = first; i < first + pages; i++)
			file->pages[i].mapped++;
		return 0;
	}

	map = find_map(file, offset, (uint32_t)pages);
	if (!map || map->mapped)
		return -EINVAL;
	for (i = 0; i < pages; i++) {
		if (map->grants.gref[i] >= FAKE_NO_GREF ||
		    (map->grants.gref[i] >= FAKE_READONLY_GREF &&
		     prot & PROT_WRITE))
			return -EINVAL;
	}
	map->mapped = true;
	return 0;
}

void fake_device_unmap(struct fake_file *file, uint64_t offset, size_t pages)
{
	uint64_t i, first = offset / FAKE_PAGE_SIZE;

	if (file->kind == FAKE_GNTALLOC) {
		for (i = first; i < first + pages; i++)
			fake_page_put(file, (uint32_t)i, true);
		return;
	}
	for (i = 0; i < FAKE_MAPS; i++) {
		if (file->maps[i].mapped &&
		    file->maps[i].grants.index == offset) {
			file->maps[i].mapped = false;
			return;
		}
	}
}

void fake_device_close(struct fake_file *file)
{
	uint32_t i;

	for (i = 0; i < file->top; i++) {
		if (file->pages[i].allocated)
			fake_page_put(file, i, false);
	}
	for (i = 0; i < FAKE_MAPS; i++)
		file->maps[i].listed = false;
}

unsigned int fake_file_pages(const struct fake_file *file)
{
	unsigned int count = 0;
	uint32_t i;

	for (i = 0; i < file->top; i++)
		count += fake_page_lives(&file->pages[i]);
	return count;
}

unsigned int fake_file_grefs(const struct fake_file *file)
{
	unsigned int count = 0;
	int i;

	for (i = 0; i < FAKE_MAPS; i++) {
		if (file->maps[i].listed || file->maps[i].mapped)
			count += file->maps[i].grants.count;
	}
	return count;
}

const struct fake_page *fake_find_page(const struct fake_file *file,
				       uint32_t gref)
{
	int i;

	for (i = 0; i < FAKE_GRANTS; i++) {
		const struct fake_entry *entry = &file->entries[i];

		if (entry->used && entry->grant.live &&
		    entry->grant.gref == gref)
			return &file->pages[entry->page];
	}
	return NULL;
}

const struct fake_grants *fake_find_grants(const struct fake_file *file,
					   uint64_t offset)
{
	int i;

	for (i = 0; i < FAKE_MAPS; i++) {
		if (file->maps[i].mapped &&
		    file->maps[i].grants.index == offset)
			return &file->maps[i].grants;
	}
	return NULL;
}
