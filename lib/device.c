// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One open file of a Xen device: opened and checked, marked as this
 * process's, with the list of what lives on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "internal.h"

/* MISC_MAJOR in the kernel's <linux/major.h>: both devices are misc devices. */
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
 * Read what the kernel says of character device @dev into @text. -ENOENT or
 * -EACCES means that sysfs does not show it here.
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

	/* A file of sysfs comes whole in one read. */
	got = gntshare__os.read(fd, text, size - 1);
	err = gntshare__os.close(fd);
	if (got < 0)
		return (int)got;
	text[got] = '\0';
	return err;
}

/* An ioctl means something else to another device: look before the first. */
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

/* Make @d of a descriptor; on failure that is still the caller's. */
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

/* Undo device_init(), in a child too. */
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
	/* Last, since it is not undone. */
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

/* Remove any one from the list, NULL when there is none. */
static struct gntshare__object *device_take(struct gntshare__device *d)
{
	struct gntshare__object *object = NULL;

	/*
	 * In a child, a lock that is held was held by a thread of the parent
	 * when it forked. Nobody here will ever release it, and the list may
	 * be half changed: leave the few bytes of memory rather than hang.
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
	/* Whatever close() returns, Linux has released the descriptor. */
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
	 * A child would keep the pages in use after this process has destroyed
	 * them. (gntdev sets the same flag by itself, but in PV domains only.)
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
	 * Both devices take the number as a __u32. So where a size_t has 64
	 * bits nothing overflows, of elements that a library has.
	 */
	return count && count == (uint32_t)count &&
	       !__builtin_mul_overflow(count, gntshare__os.page_size(),
				       bytes) &&
	       /* GCOVR_EXCL_BR_START */
	       !__builtin_mul_overflow(count, element, memory) &&
	       !__builtin_add_overflow(*memory, start, memory);
	       /* GCOVR_EXCL_BR_STOP */
}
