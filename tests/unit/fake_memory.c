// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the fake gntalloc pins memory that the program has already. The memory is
 * real, so the kernel says whether it is there, and may be written to. A memfd
 * takes the place of a dma-buf.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fake_internal.h"

/* Is the address in a mapping of one of the fake devices? */
static bool of_a_device(uint64_t address)
{
	int i;

	for (i = 0; i < FAKE_MAPPINGS; i++) {
		const struct fake_mapping *mapping = &fake.mappings[i];

		if (mapping->file &&
		    address - (uintptr_t)mapping->address < mapping->size)
			return true;
	}
	return false;
}

/*
 * Returns 0, or the error with which the pages can not be pinned. Sets @first
 * to the first byte of each page.
 */
int fake_memory_pin(uint64_t address, uint32_t count, bool writable,
		    char *first)
{
	uint32_t i;

	for (i = 0; i < count; i++, address += FAKE_PAGE_SIZE) {
		struct iovec there = {
			.iov_base = (void *)(uintptr_t)address,
			.iov_len = 1,
		};
		struct iovec here = { .iov_base = &first[i], .iov_len = 1 };

		if (of_a_device(address))
			return -ENXIO;
		if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) != 1)
			return -EFAULT;
		/* To write the same byte changes nothing. */
		if (writable &&
		    process_vm_writev(getpid(), &here, 1, &there, 1, 0) != 1)
			return -EACCES;
	}
	return 0;
}

/*
 * Returns 0, or the error with which the pages of the dma-buf can not be had.
 * Sets @first as above.
 */
int fake_dmabuf_pages(int fd, uint64_t start, uint32_t count, bool writable,
		      char *first)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;
	uint32_t i;

	if (flags < 0 || fstat(fd, &st))
		return -EBADF;
	if (!S_ISREG(st.st_mode))
		return -EMEDIUMTYPE;
	if (writable && (flags & O_ACCMODE) != O_RDWR)
		return -EACCES;
	for (i = 0; i < count; i++, start += FAKE_PAGE_SIZE)
		if (start >= (uint64_t)st.st_size ||
		    pread(fd, &first[i], 1, (off_t)start) != 1)
			return -EFAULT;
	return 0;
}
