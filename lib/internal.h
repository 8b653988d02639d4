/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the library's files share. Nothing here is seen from outside: names
 * begin with gntshare__, because in the static library they meet the
 * program's own.
 *
 * Layers of files, the highest first. A file calls only files of lower layers,
 * which tests/lint/layers holds:
 *
 *	grant wait			regions, and what becomes of them
 *	allocator mapper mapping region view	the handles
 *	native				calls of the native level
 *	device grefs version abi_check	an open device; what needs none
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

/* All is compiled with hidden visibility, but for what the header declares. */
#pragma GCC visibility push(default)
#include <gntshare.h>
#pragma GCC visibility pop

/*
 * struct gntshare__os - all that the library asks of the system
 *
 * The only seam: unit tests link a table of their own, with a fake device
 * behind it, in the place of os.c. Functions return minus an errno value when
 * they fail, and leave errno as it was; so do the library's own by using no
 * others.
 *
 * @open, @fstat, @read, @close, @munmap, @madvise: as the system calls
 * @set_cloexec: have exec close a descriptor
 * @ioctl: 0 when done
 * @mmap: 0 when done, with the address in *@out. The kernel chooses it.
 * @alloc: zeroed memory, or NULL
 * @free: what @alloc gave, or NULL
 * @page_size: in bytes
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
 * The first member of what it is embedded in.
 *
 * @free: release all that it holds, and the handle itself; it is in no
 *	list any more. In a child that is the handle only. Returns the first
 *	error.
 */
struct gntshare__object {
	struct gntshare__object *prev;
	struct gntshare__object *next;
	int (*free)(struct gntshare__object *object);
};

/*
 * struct gntshare__device - one open file of a Xen device
 *
 * What an allocator and a mapper have in common.
 *
 * @fd: the descriptor
 * @fork_mark: a page of its own whose first byte is 1 in the process that
 *	opened the device, and 0 in a child: the kernel wipes it
 *	(MADV_WIPEONFORK). A process id would not do: numbers are used again,
 *	and a child in a new pid namespace can have its parent's.
 * @lock: guards @live, and a flag of the allocator's; never held over a system
 *	call
 * @live: regions and views, or mappings, that are complete and not yet
 *	destroyed
 */
struct gntshare__device {
	int fd;
	unsigned char *fork_mark;
	pthread_mutex_t lock;
	struct gntshare__object live;
};

/*
 * Open @path, which must be the device that the kernel calls @name, such as
 * "xen/gntdev". Fills in @d when it succeeds.
 */
int gntshare__device_open(struct gntshare__device *d, const char *path,
			  const char *name);

/* The same with a descriptor that is open, and @d's if this succeeds. */
int gntshare__device_adopt(struct gntshare__device *d, int fd,
			   const char *name);

/* Release all in the list, then close. Returns the first error. */
int gntshare__device_close(struct gntshare__device *d);

/* False in a child of the process that opened @d. */
bool gntshare__device_is_ours(const struct gntshare__device *d);

void gntshare__device_add(struct gntshare__device *d,
			  struct gntshare__object *object);
void gntshare__device_remove(struct gntshare__device *d,
			     struct gntshare__object *object);

/*
 * Take @object out of the list, and release it. Does nothing in
 * a child, whose copy is for gntshare__device_close().
 */
int gntshare__device_destroy(struct gntshare__device *d,
			     struct gntshare__object *object);

/*
 * Map @size bytes of @d from @offset, shared and not inherited by children.
 */
int gntshare__device_map(const struct gntshare__device *d, void **out,
			 size_t size, int prot, uint64_t offset);

/*
 * The two sizes that go with @count pages: what they take when mapped, in
 * *@bytes, and what a struct takes whose array of @count elements of @element
 * bytes begins at @start, in *@memory. Returns false when @count is not one
 * that a region or a mapping may have.
 */
bool gntshare__sizes(size_t count, size_t start, size_t element,
		     size_t *bytes, size_t *memory);

/* The handles; their parts are in the file that each is named for. */

/*
 * struct gntshare
 *
 * @device: that of gntalloc
 * @lacks_share: the driver has said that it does not know the call that
 *	creates and grants in one, so it need not be asked again. Guarded by
 *	@device's lock.
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
 * @object: in the allocator's list
 * @device: the allocator's
 * @address, @size: the mapping of all pages
 * @offset: where they are in the device, in bytes
 * @id: in the native level; 0 if it was created through the 2011 level
 * @pages: how many
 * @destroyed: the driver was told to destroy it; only the mapping is left
 * @shared: it was created for a peer, and @grefs are there
 * @grefs: one for each page
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

/* The object's free() of a region of either level. */
int gntshare__region_free(struct gntshare__object *object);

/* Have the driver destroy a native region, with GNTALLOC_DESTROY_* flags. */
int gntshare__native_destroy(const struct gntshare__device *d, uint64_t id,
			     uint32_t flags, int eventfd);

/*
 * A call of the native level. To a driver without it the number means
 * nothing: then -EOPNOTSUPP.
 */
int gntshare__native(const struct gntshare__device *d, unsigned long request,
		     void *op);

/*
 * Give a caller the first @size bytes of what it asked for, which has @have
 * bytes: a program that was built with another version of the header has a
 * struct of another size. What is not known here is 0.
 */
void gntshare__answer(void *out, size_t size, const void *answer, size_t have);

/* The first error of two steps of which neither is left out. */
static inline int gntshare__first_error(int err, int next)
{
	return err ? err : next;
}

#endif /* GNTSHARE_INTERNAL_H */
