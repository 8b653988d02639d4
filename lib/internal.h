/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the library's files share. Nothing of it is visible outside of the
 * library. Names begin with gntshare__, since a program that is linked with the
 * static library has its own names beside them.
 *
 * Layers of files, the highest first. A file calls only files of lower layers,
 * which tests/lint/layers holds:
 *
 *	create grant wait		creating without a grant, granting,
 *					waiting and events of regions
 *	allocator mapper mapping region view	the handles
 *	native				calls of the native level
 *	device grefs version abi_check	an open device, and what needs no device
 *	os				the system
 */
#ifndef GNTSHARE_INTERNAL_H
#define GNTSHARE_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <gntshare/gntalloc.h>

/*
 * The library is compiled with hidden visibility. Only what the public header
 * declares is visible.
 */
#pragma GCC visibility push(default)
#include <gntshare.h>
#pragma GCC visibility pop

/*
 * struct gntshare__os - all functions of the system that the library uses
 *
 * The library has no other way to the system, so that unit tests can replace
 * it: they link a table of their own, which leads to a fake device, instead of
 * os.c. A function that fails returns minus an errno value. No function changes
 * errno, so the library's functions do not change it either.
 *
 * @open, @fstat, @read, @close, @munmap, @madvise: as the system calls
 * @set_cloexec: make exec close a descriptor
 * @ioctl: returns 0 when done
 * @mmap: returns 0 when done, with the address, which the kernel has chosen, in
 *	*@out
 * @alloc: returns zeroed memory, or NULL
 * @free: takes the result of @alloc, or NULL
 * @page_size: returns the size of a page in bytes
 */
struct gntshare__os {
	int (*open)(const char *path, int flags);
	int (*fstat)(int fd, struct stat *st);
	ssize_t (*read)(int fd, void *buf, size_t size);
	int (*set_cloexec)(int fd);
	int (*close)(int fd);
	int (*ioctl)(int fd, unsigned long request, void *arg);
	int (*mmap)(void **out, size_t size, int prot, int flags, int fd,
		    uint64_t offset);
	int (*munmap)(void *address, size_t size);
	int (*madvise)(void *address, size_t size, int advice);
	void *(*alloc)(size_t size);
	void (*free)(void *memory);
	size_t (*page_size)(void);
};

extern const struct gntshare__os gntshare__os;

/*
 * struct gntshare__object - a member of a device's list
 *
 * It is the first member of the handle that it is embedded in.
 *
 * @free: gives up all that the object holds, and frees its handle, after the
 *	object was taken out of the list. In a child it only frees the handle.
 *	Returns the first error.
 */
struct gntshare__object {
	struct gntshare__object *prev;
	struct gntshare__object *next;
	int (*free)(struct gntshare__object *object);
};

/*
 * struct gntshare__device - one open file of a Xen device
 *
 * This is what an allocator and a mapper have in common.
 *
 * @fd: the descriptor
 * @fork_mark: a separate page, whose first byte is 1 in the process that opened
 *	the device, and 0 in a child, since the kernel clears the page there
 *	(MADV_WIPEONFORK). To compare process ids would not be enough: an id is
 *	used again, and a child in a new pid namespace can have the id of its
 *	parent.
 * @lock: guards @live and the allocator's flag lacks_share. It is never held
 *	during a system call.
 * @live: the list of regions and views, or of mappings, that are complete and
 *	not yet destroyed
 */
struct gntshare__device {
	int fd;
	unsigned char *fork_mark;
	pthread_mutex_t lock;
	struct gntshare__object live;
};

/*
 * Open @path, which must be the device that the kernel calls @name, such as
 * "xen/gntdev", and fill in @d. Returns 0 or an error.
 */
int gntshare__device_open(struct gntshare__device *d, const char *path,
			  const char *name);

/*
 * The same for a descriptor that is open already. If this succeeds, the
 * descriptor belongs to @d.
 */
int gntshare__device_adopt(struct gntshare__device *d, int fd,
			   const char *name);

/* Free all objects in the list, then close. Returns the first error. */
int gntshare__device_close(struct gntshare__device *d);

/* Returns false in a child of the process that opened @d. */
bool gntshare__device_is_ours(const struct gntshare__device *d);

void gntshare__device_add(struct gntshare__device *d,
			  struct gntshare__object *object);
void gntshare__device_remove(struct gntshare__device *d,
			     struct gntshare__object *object);

/*
 * Take @object out of the list, and free it. In a child this does nothing: the
 * child's copy is freed by gntshare__device_close().
 */
int gntshare__device_destroy(struct gntshare__device *d,
			     struct gntshare__object *object);

/*
 * Map @size bytes of @d, beginning at @offset. The mapping is shared, and
 * children do not inherit it.
 */
int gntshare__device_map(const struct gntshare__device *d, void **out,
			 size_t size, int prot, uint64_t offset);

/*
 * Compute two sizes for @count pages. *@bytes is the size of their mapping.
 * *@memory is the size of a struct that ends with an array of @count elements
 * of @element bytes, which begins at @start. Returns false if a region or a
 * mapping cannot have @count pages.
 */
bool gntshare__sizes(size_t count, size_t start, size_t element,
		     size_t *bytes, size_t *memory);

/* The handles. Each is implemented in the file that has its name. */

/*
 * struct gntshare
 *
 * @device: the open file of gntalloc
 * @lacks_share: the driver has answered that it does not know
 *	GNTALLOC_NATIVE_SHARE, so the library need not try that call again.
 *	Guarded by the lock of @device.
 */
struct gntshare {
	struct gntshare__device device;
	bool lacks_share;
};

struct gntshare_mapper {
	struct gntshare__device device;
};

/*
 * struct gntshare_region
 *
 * @object: its place in the allocator's list
 * @device: the allocator's device
 * @address: the mapping of all pages; NULL if it is of memory that existed
 *	already
 * @size: the size of all pages, in bytes
 * @offset: the offset of the first page in the device, in bytes
 * @id: its id in the native level; 0 if it was created through level 2011
 * @pages: the number of pages
 * @destroyed: the driver has destroyed it, and only the mapping is left
 * @shared: it was created by gntshare_region_share(), and therefore has @grefs
 * @grefs: one gref for each page
 */
struct gntshare_region {
	struct gntshare__object object;
	struct gntshare__device *device;
	void *address;
	size_t size;
	uint64_t offset;
	uint64_t id;
	uint32_t pages;
	bool destroyed;
	bool shared;
	uint32_t grefs[];
};

/* Unmap a region, if it has a mapping. */
int gntshare__region_unmap(const struct gntshare_region *region);

/*
 * Allocate the handle of a region with @pages pages of @bytes bytes. The handle
 * has @memory bytes, all zero but for what is known already. Returns NULL if
 * there is no memory.
 */
struct gntshare_region *gntshare__region_alloc(struct gntshare *share,
					       size_t memory, size_t pages,
					       size_t bytes);

/*
 * Give the handle of a region to the caller in *@out, if the region could be
 * created. Otherwise @err is why not, and the handle is freed. Returns @err.
 */
int gntshare__region_done(struct gntshare_region *region, int err,
			  struct gntshare_region **out);

/* Tell the driver to destroy a native region, with GNTALLOC_DESTROY_* flags. */
int gntshare__native_destroy(const struct gntshare__device *d, uint64_t id,
			     uint32_t flags, int eventfd);

/*
 * Make a call of the native level. Returns -EOPNOTSUPP if the driver does not
 * know the number of the call: it does not have this level, or is older than
 * the call.
 */
int gntshare__native(const struct gntshare__device *d, unsigned long request,
		     void *op);

/*
 * Copy @answer, which has @have bytes, to the caller's struct, which has @size
 * bytes. The sizes differ if the program was built with another version of the
 * header. A longer struct is filled with zeros, and a shorter one gets only the
 * first members.
 */
void gntshare__answer(void *out, size_t size, const void *answer, size_t have);

/* The first error of two steps, both of which are always done. */
static inline int gntshare__first_error(int err, int next)
{
	return err ? err : next;
}

#endif /* GNTSHARE_INTERNAL_H */
