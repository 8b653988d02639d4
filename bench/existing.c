// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sharing memory that exists already, by reference, and the same with a copy of
 * it in a new region. The memory is a memfd, whose pages are all there.
 */
#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *map_memfd(int fd, size_t pages)
{
	void *address = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			     MAP_SHARED, fd, 0);

	if (address == MAP_FAILED)
		fail_errno("mmap of a memfd");
	return address;
}

/* The memory is mapped already, as a compositor has what its clients draw. */
static void by_reference(struct timing *timing, int file, void *address,
			 size_t pages)
{
	uint64_t start, shared, end;
	struct run run;

	start = now();
	run_of_memory(file, &run, address, pages);
	shared = now();
	run_dealloc(file, &run);
	end = now();
	timing_add(timing, "share", shared - start);
	timing_add(timing, "unshare", end - shared);
}

/* It is mapped for this only, as gntshare_region_from_memfd() does. */
static void by_memfd(struct timing *timing, int file, int fd, size_t pages)
{
	uint64_t start, shared, end;
	struct run run;
	void *address;

	start = now();
	address = map_memfd(fd, pages);
	run_of_memory(file, &run, address, pages);
	munmap(address, pages * PAGE);
	shared = now();
	run_dealloc(file, &run);
	end = now();
	timing_add(timing, "share-fd", shared - start);
	timing_add(timing, "unshare-fd", end - shared);
}

static void by_copy(struct timing *timing, int file, const void *address,
		    size_t pages)
{
	uint64_t start, shared, copied, end;
	struct run run;

	start = now();
	run_alloc(file, &run, pages);
	run_map(file, &run, window());
	shared = now();
	memcpy(run.address, address, pages * PAGE);
	copied = now();
	run_unmap(&run);
	run_dealloc(file, &run);
	end = now();
	timing_add(timing, "share-new", shared - start);
	timing_add(timing, "copy", copied - shared);
	timing_add(timing, "unshare-new", end - copied);
}

void bench_existing(const char *name, size_t pages)
{
	struct timing timing;
	int file, fd;
	void *address;

	/* The other calls cannot do it. */
	if (level != &level_native)
		return;
	file = device_open();
	reserve_grefs(pages);
	fd = make_memfd(pages);
	address = map_memfd(fd, pages);
	memset(address, 1, pages * PAGE);
	timing_start(&timing, name, pages);
	for (unsigned int i = 0; i < rounds_for(pages); i++) {
		stir(i);
		by_reference(&timing, file, address, pages);
		by_memfd(&timing, file, fd, pages);
		by_copy(&timing, file, address, pages);
	}
	timing_report(&timing);
	munmap(address, pages * PAGE);
	close(fd);
}
