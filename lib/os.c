// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The functions of the system that the library uses.
 *
 * Each function turns errno into its result and restores the caller's errno, so
 * that no other file has to care about errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

/* Turn @ret of a system call into a result, and restore errno to @saved. */
static int result(int ret, int saved)
{
	if (ret < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

static int os_open(const char *path, int flags)
{
	int saved = errno;

	return result(open(path, flags), saved);
}

static int os_fstat(int fd, struct stat *st)
{
	int saved = errno;

	return result(fstat(fd, st), saved);
}

static ssize_t os_read(int fd, void *buf, size_t size)
{
	int saved = errno;
	ssize_t ret = read(fd, buf, size);

	if (ret < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

static int os_set_cloexec(int fd)
{
	int saved = errno;

	/* FD_CLOEXEC is the only flag of a descriptor, so none is lost. */
	return result(fcntl(fd, F_SETFD, FD_CLOEXEC), saved);
}

static int os_close(int fd)
{
	int saved = errno;

	return result(close(fd), saved);
}

static int os_ioctl(int fd, unsigned long request, void *arg)
{
	int saved = errno;

	return result(ioctl(fd, request, arg), saved);
}

static int os_mmap(void **out, size_t size, int prot, int flags, int fd,
		   uint64_t offset)
{
	int saved = errno;
	void *address = mmap(NULL, size, prot, flags, fd, (off_t)offset);

	if (address == MAP_FAILED)
		return result(-1, saved);
	*out = address;
	return 0;
}

static int os_munmap(void *address, size_t size)
{
	int saved = errno;

	return result(munmap(address, size), saved);
}

static int os_madvise(void *address, size_t size, int advice)
{
	int saved = errno;

	return result(madvise(address, size, advice), saved);
}

static void *os_alloc(size_t size)
{
	int saved = errno;
	void *memory = calloc(1, size);

	errno = saved;
	return memory;
}

static void os_free(void *memory)
{
	/* Before glibc 2.33, free() could change errno. */
	int saved = errno;

	free(memory);
	errno = saved;
}

static size_t os_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
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
