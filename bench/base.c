// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every file needs: ending with a message, and memory without page faults.
 */
#include "bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fail(const char *format, ...)
{
	va_list list;

	fflush(stdout);
	fputs("bench: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	_exit(1);
}

void *reserve(size_t size)
{
	void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			     MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (address == MAP_FAILED)
		fail_errno("mmap");
	return address;
}

int make_memfd(size_t pages)
{
	int fd = memfd_create("bench", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)(pages * PAGE)) < 0)
		fail_errno("memfd");
	return fd;
}
