// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One open file of a Xen device: it is opened and checked here, marked as
 * belonging to this process, and has the list of all its objects.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "internal.h"

/* MISC_MAJOR of the kernel's <linux/major.h>: both devices are misc devices. */
#define MISC_MAJOR	10

/* Is @line one of the lines of @text? */
static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);

	while (text) {
		if (!strncmp(text, line, length) &&
		    (text[length] == '\n' || text[length] == '\0'))
			return true;
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return false;
}

/*
 * Read what sysfs says about the character device @dev into @text. Returns
 * -ENOENT or -EACCES if sysfs is not there, or cannot be read.
 */
static int read_uevent(dev_t dev, char *text, size_t size)
{
	char path[64];
	ssize_t got;
	int fd, err;

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/uevent",
		 major(dev), minor(dev));
	fd = gntshare__os.open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fd;

	/* One read returns a whole file of sysfs. */
	got = gntshare__os.read(fd, text, size - 1);
	err = gntshare__os.close(fd);
	if (got < 0)
		return (int)got;
	text[got] = '\0';
	return err;
}

/*
 * Check that @fd is the device @name. The number of an ioctl can mean something
 * else to another device, so this comes before the first ioctl.
 */
static int check_identity(int fd, const char *name)
{
	char line[64], text[1024];
	struct stat st;
	int err;

	err = gntshare__os.fstat(fd, &st);
	if (err)
		return err;
	if (!S_ISCHR(st.st_mode))
		return -ENODEV;

	err = read_uevent(st.st_rdev, text, sizeof(text));
	if (err == -ENOENT || err == -EACCES)
		return major(st.st_rdev) == MISC_MAJOR ? 0 : -ENODEV;
	if (err)
		return err;

	snprintf(line, sizeof(line), "DEVNAME=%s", name);
	return has_line(text, line) ? 0 : -ENODEV;
}

static int make_mark(unsigned char **out)
{
	size_t size = gntshare__os.page_size();
	void *page;
	int err;

	err = gntshare__os.mmap(&page, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (err)
		return err;
	err = gntshare__os.madvise(page, size, MADV_WIPEONFORK);
	if (err) {
		gntshare__os.munmap(page, size);
		return err;
	}
	*out = page;
	**out = 1;
	return 0;
}

/* Fill in @d. On failure, @fd still belongs to the caller. */
static int device_init(struct gntshare__device *d, int fd, const char *name)
{
	int err;

	err = check_identity(fd, name);
	if (!err)
		err = make_mark(&d->fork_mark);
	if (err)
		return err;
	d->fd = fd;
	d->live.prev = &d->live;
	d->live.next = &d->live;
	pthread_mutex_init(&d->lock, NULL);
	return 0;
}

/* Undo device_init(); this works in a child, too. */
static int device_exit(struct gntshare__device *d)
{
	if (gntshare__device_is_ours(d))
		pthread_mutex_destroy(&d->lock);
	return gntshare__os.munmap(d->fork_mark, gntshare__os.page_size());
}

int gntshare__device_open(struct gntshare__device *d, const char *path,
			  const char *name)
{
	int fd, err;

	fd = gntshare__os.open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fd;
	err = device_init(d, fd, name);
	if (err)
		gntshare__os.close(fd);
	return err;
}

int gntshare__device_adopt(struct gntshare__device *d, int fd,
			   const char *name)
{
	int err;

	err = device_init(d, fd, name);
	if (err)
		return err;
	/* This step comes last, since nothing undoes it. */
	err = gntshare__os.set_cloexec(fd);
	if (err)
		device_exit(d);
	return err;
}

bool gntshare__device_is_ours(const struct gntshare__device *d)
{
	return *d->fork_mark;
}

static void unlink_locked(struct gntshare__object *object)
{
	object->prev->next = object->next;
	object->next->prev = object->prev;
}

void gntshare__device_add(struct gntshare__device *d,
			  struct gntshare__object *object)
{
	pthread_mutex_lock(&d->lock);
	object->prev = d->live.prev;
	object->next = &d->live;
	object->prev->next = object;
	d->live.prev = object;
	pthread_mutex_unlock(&d->lock);
}

void gntshare__device_remove(struct gntshare__device *d,
			     struct gntshare__object *object)
{
	pthread_mutex_lock(&d->lock);
	unlink_locked(object);
	pthread_mutex_unlock(&d->lock);
}

int gntshare__device_destroy(struct gntshare__device *d,
			     struct gntshare__object *object)
{
	if (!gntshare__device_is_ours(d))
		return 0;
	gntshare__device_remove(d, object);
	return object->free(object);
}

/* Remove one object from the list. Returns NULL if the list is empty. */
static struct gntshare__object *device_take(struct gntshare__device *d)
{
	struct gntshare__object *object = NULL;

	/*
	 * If the lock is held in a child, a thread of the parent held it at the
	 * time of the fork. No thread of the child will ever unlock it, and the
	 * list may be half changed. It is better to leak a few bytes of memory
	 * than to hang.
	 */
	if (gntshare__device_is_ours(d))
		pthread_mutex_lock(&d->lock);
	else if (pthread_mutex_trylock(&d->lock))
		return NULL;
	if (d->live.next != &d->live) {
		object = d->live.next;
		unlink_locked(object);
	}
	pthread_mutex_unlock(&d->lock);
	return object;
}

int gntshare__device_close(struct gntshare__device *d)
{
	struct gntshare__object *object;
	int err = 0;

	while ((object = device_take(d)))
		err = gntshare__first_error(err, object->free(object));
	err = gntshare__first_error(err, device_exit(d));
	/* Linux has closed the descriptor, whatever close() returns. */
	return gntshare__first_error(err, gntshare__os.close(d->fd));
}

int gntshare__device_map(const struct gntshare__device *d, void **out,
			 size_t size, int prot, uint64_t offset)
{
	void *address;
	int err;

	err = gntshare__os.mmap(&address, size, prot, MAP_SHARED, d->fd,
				offset);
	if (err)
		return err;
	/*
	 * With an inherited mapping, a child would keep the pages in use after
	 * this process has destroyed them. (gntdev sets the same flag itself,
	 * but only in PV domains.)
	 */
	err = gntshare__os.madvise(address, size, MADV_DONTFORK);
	if (err) {
		gntshare__os.munmap(address, size);
		return err;
	}
	*out = address;
	return 0;
}

bool gntshare__sizes(size_t count, size_t start, size_t element,
		     size_t *bytes, size_t *memory)
{
	/*
	 * Both devices take the number of pages as a __u32. Therefore nothing
	 * overflows where a size_t has 64 bits, since the library's elements
	 * are small.
	 */
	return count && count == (uint32_t)count &&
	       !__builtin_mul_overflow(count, gntshare__os.page_size(),
				       bytes) &&
	       /* GCOVR_EXCL_BR_START */
	       !__builtin_mul_overflow(count, element, memory) &&
	       !__builtin_add_overflow(*memory, start, memory);
	       /* GCOVR_EXCL_BR_STOP */
}
