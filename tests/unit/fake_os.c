// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fake system: files, memory and mappings. The two devices that its ioctl()
 * calls are in fake_device.c.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../../lib/internal.h"
#include "fake_internal.h"

struct fake fake;

/* Several threads of a test may call the fake system at the same time. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void fake_lock(void)
{
	pthread_mutex_lock(&lock);
}

void fake_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

int fake_sleep(const struct timespec *deadline)
{
	return deadline ? pthread_cond_clockwait(&changed, &lock,
						 CLOCK_MONOTONIC, deadline) :
			  pthread_cond_wait(&changed, &lock);
}

void fake_wake(void)
{
	pthread_cond_broadcast(&changed);
}

static void record(const char *format, va_list arguments)
{
	size_t room = sizeof(fake.log) - fake.log_length;
	int length;

	if (!fake.logging)
		return;
	if (fake.log_length && room > 1) {
		fake.log[fake.log_length++] = ' ';
		room--;
	}
	length = vsnprintf(fake.log + fake.log_length, room, format,
			   arguments);
	if ((size_t)length >= room)
		fake_nonsense("the log is full");
	else
		fake.log_length += (size_t)length;
}

/*
 * Each call that can fail begins with this. Returns 0, or the error with which
 * the call has to fail.
 */
static int begin(const char *name, const char *format, ...)
{
	va_list arguments;
	int err = 0;

	pthread_mutex_lock(&lock);
	va_start(arguments, format);
	record(format, arguments);
	va_end(arguments);
	if (fake.failed) {
		err = fake.rest_errno;
	} else if (fake.fail_in && !--fake.fail_in) {
		fake.failed = name;
		err = fake.fail_errno;
	}
	return -err;
}

static int end(int result)
{
	pthread_mutex_unlock(&lock);
	return result;
}

/* Note a call that the library must never make, whatever fails. */
int fake_nonsense(const char *what)
{
	if (!fake.nonsense[0])
		snprintf(fake.nonsense, sizeof(fake.nonsense), "%s", what);
	return -EBADF;
}

static struct fake_file *file_of(int fd)
{
	unsigned int i = (unsigned int)(fd - FAKE_FIRST_FD);

	if (fd < FAKE_FIRST_FD || i >= FAKE_FILES || !fake.files[i].open)
		return NULL;
	return &fake.files[i];
}

static int new_memory(void)
{
	int fd = memfd_create("gntalloc", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, FAKE_PAGES * (off_t)FAKE_PAGE_SIZE), 0);
	return fd;
}

static int new_file(const struct fake_node *node, enum fake_kind kind)
{
	int i;

	for (i = 0; i < FAKE_FILES; i++) {
		/* A closed file is kept while something of it is mapped. */
		if (fake.files[i].open || fake_file_pages(&fake.files[i]) ||
		    fake_file_entries(&fake.files[i]) ||
		    fake_file_grefs(&fake.files[i]))
			continue;
		memset(&fake.files[i], 0, sizeof(fake.files[i]));
		fake.files[i].open = true;
		fake.files[i].node = node;
		fake.files[i].kind = kind;
		fake.files[i].generation = fake.generation;
		if (kind == FAKE_GNTALLOC)
			fake.files[i].memory = new_memory();
		return FAKE_FIRST_FD + i;
	}
	return -EMFILE;
}

static int open_path(const char *path)
{
	unsigned int i;
	char sys[64];

	for (i = 0; i < fake.node_count; i++) {
		struct fake_node *node = &fake.nodes[i];

		if (!strcmp(path, node->path))
			return new_file(node, node->kind);
		snprintf(sys, sizeof(sys), "/sys/dev/char/%u:%u/uevent",
			 node->major, node->minor);
		if (!strcmp(path, sys))
			return node->uevent ? new_file(node, FAKE_UEVENT) :
					      -node->uevent_errno;
	}
	return -ENOENT;
}

static int os_open(const char *path, int flags)
{
	int err = begin("open", "open(%s%s%s)", path,
			(flags & O_ACCMODE) == O_RDWR ? " rw" : "",
			flags & O_CLOEXEC ? " cloexec" : "");

	return end(err ? err : open_path(path));
}

static int os_fstat(int fd, struct stat *st)
{
	struct fake_file *file;
	int err = begin("fstat", "fstat()");

	file = file_of(fd);
	if (err)
		return end(err);
	/* The descriptor that a program passes may be a real one, or bad. */
	if (!file && fd < FAKE_FIRST_FD) {
		err = fstat(fd, st) ? -errno : 0;
		if (fake.block)
			st->st_blksize = (blksize_t)fake.block;
		return end(err);
	}
	if (!file)
		return end(-EBADF);
	memset(st, 0, sizeof(*st));
	st->st_mode = file->node->mode;
	st->st_rdev = makedev(file->node->major, file->node->minor);
	return end(0);
}

static ssize_t os_read(int fd, void *buf, size_t size)
{
	struct fake_file *file;
	size_t length;
	int err = begin("read", "read()");

	file = file_of(fd);
	if (!file || (file->kind != FAKE_UEVENT &&
		      file->kind != FAKE_GNTALLOC))
		return end(fake_nonsense("read"));
	if (err)
		return end(err);
	if (file->kind == FAKE_GNTALLOC)
		return end(fake_native_read(file, buf, size));
	length = strlen(file->node->uevent);
	if (length > size)
		length = size;
	memcpy(buf, file->node->uevent, length);
	end(0);
	return (ssize_t)length;
}

static int os_set_cloexec(int fd)
{
	struct fake_file *file;
	int err = begin("set_cloexec", "set_cloexec()");

	file = file_of(fd);
	if (!file)
		return end(fake_nonsense("set_cloexec"));
	if (!err)
		file->cloexec = true;
	return end(err);
}

/* As in Linux, the descriptor is closed even if this returns an error. */
static int os_close(int fd)
{
	struct fake_file *file;
	int err = begin("close", "close()");

	file = file_of(fd);
	if (!file)
		return end(fake_nonsense("close"));
	file->open = false;
	fake_device_close(file);
	if (file->kind == FAKE_GNTALLOC)
		close(file->memory);
	return end(err);
}

static int os_ioctl(int fd, unsigned long request, void *arg)
{
	struct fake_file *file;
	char call[128];
	int err;

	fake_describe(request, arg, call, sizeof(call));
	err = begin(fake_name(request), "%s", call);
	file = file_of(fd);
	if (!file)
		return end(fake_nonsense("ioctl"));
	return end(err ? err : fake_ioctl(file, request, arg));
}

struct fake_mapping *fake_find_mapping(const void *address)
{
	int i;

	for (i = 0; i < FAKE_MAPPINGS; i++) {
		if (fake.mappings[i].address == address)
			return &fake.mappings[i];
	}
	return NULL;
}

static int map_real(struct fake_mapping *mapping, void **out, size_t size,
		    int prot, int flags, int fd, uint64_t offset)
{
	size_t mask = fake.block - 1;
	void *address;

	/* hugetlbfs maps whole blocks, whose size is a power of two. */
	if (fake.block && !(fake.block & mask))
		size = (size + mask) & ~mask;
	address = mmap(NULL, size, prot, flags, fd, (off_t)offset);
	if (address == MAP_FAILED)
		return -errno;
	mapping->address = address;
	mapping->size = size;
	mapping->prot = prot;
	*out = address;
	return 0;
}

static bool is_real(int fd, int flags)
{
	return !(flags & MAP_ANONYMOUS) && fd < FAKE_FIRST_FD;
}

static int map_memory(void **out, size_t size, int prot, int flags, int fd,
		      uint64_t offset)
{
	struct fake_mapping *mapping = fake_find_mapping(NULL);
	struct fake_file *file = NULL;
	void *address;
	int err;

	if (!mapping || size % FAKE_PAGE_SIZE || offset % FAKE_PAGE_SIZE)
		return fake_nonsense("mmap");
	if (is_real(fd, flags))
		return map_real(mapping, out, size, prot, flags, fd, offset);
	if (!(flags & MAP_ANONYMOUS)) {
		file = file_of(fd);
		if (!file)
			return fake_nonsense("mmap");
		err = fake_device_map(file, offset, size / FAKE_PAGE_SIZE,
				      prot, flags);
		if (err)
			return err;
	}
	if (file && file->kind == FAKE_GNTALLOC)
		address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			       file->memory, (off_t)offset);
	else
		address = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(address, MAP_FAILED);
	mapping->address = address;
	mapping->size = size;
	mapping->prot = prot;
	mapping->file = file;
	mapping->offset = offset;
	*out = address;
	return 0;
}

static int os_mmap(void **out, size_t size, int prot, int flags, int fd,
		   uint64_t offset)
{
	char place[32] = "";
	int err;

	if (is_real(fd, flags))
		snprintf(place, sizeof(place), " file=%llu",
			 (unsigned long long)offset / FAKE_PAGE_SIZE);
	err = begin("mmap", "mmap(%zu %s%s%s%s)", size / FAKE_PAGE_SIZE,
		    prot & PROT_WRITE ? "rw" : "r",
		    flags & MAP_SHARED ? " shared" : "",
		    flags & MAP_ANONYMOUS ? " anonymous" : "", place);
	return end(err ? err : map_memory(out, size, prot, flags, fd, offset));
}

void fake_drop(struct fake_mapping *mapping)
{
	munmap(mapping->address, mapping->size);
	if (mapping->file)
		fake_device_unmap(mapping->file, mapping->offset,
				  mapping->size / FAKE_PAGE_SIZE);
	memset(mapping, 0, sizeof(*mapping));
}

static int os_munmap(void *address, size_t size)
{
	struct fake_mapping *mapping;
	int err = begin("munmap", "munmap(%zu)", size / FAKE_PAGE_SIZE);

	mapping = fake_find_mapping(address);
	if (!address || !mapping || mapping->size != size)
		return end(fake_nonsense("munmap"));
	if (!err)
		fake_drop(mapping);
	return end(err);
}

static int os_madvise(void *address, size_t size, int advice)
{
	struct fake_mapping *mapping;
	int err = begin("madvise", "madvise(%zu %s)", size / FAKE_PAGE_SIZE,
			advice == MADV_DONTFORK ? "dontfork" :
			advice == MADV_WIPEONFORK ? "wipeonfork" : "?");

	mapping = fake_find_mapping(address);
	if (!address || !mapping || mapping->size != size)
		return end(fake_nonsense("madvise"));
	if (!err && madvise(address, size, advice))
		err = -errno;
	return end(err);
}

static void *os_alloc(size_t size)
{
	void *memory = NULL;

	if (!begin("alloc", "alloc()")) {
		memory = calloc(1, size);
		if (memory)
			fake.blocks++;
	}
	end(0);
	return memory;
}

static void os_free(void *memory)
{
	if (!memory)
		return;
	pthread_mutex_lock(&lock);
	fake.blocks--;
	pthread_mutex_unlock(&lock);
	free(memory);
}

static size_t os_page_size(void)
{
	return fake.page_size;
}

const struct gntshare__os gntshare__os = {
	.open		= os_open,
	.fstat		= os_fstat,
	.read		= os_read,
	.set_cloexec	= os_set_cloexec,
	.close		= os_close,
	.ioctl		= os_ioctl,
	.mmap		= os_mmap,
	.munmap		= os_munmap,
	.madvise	= os_madvise,
	.alloc		= os_alloc,
	.free		= os_free,
	.page_size	= os_page_size,
};
