// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sharing memory that exists already, by reference, and the same with a copy of
 * it in a new region. The memory is a memfd, whose pages are all there; and by
 * reference also pages of 2 MB, which a PV domain does not have.
 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
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

#define HUGE_PAGE	(2ul << 20)

/* Sets how many huge pages the kernel keeps, for all programs. */
static void keep_huge_pages(size_t count)
{
	FILE *file = fopen("/proc/sys/vm/nr_hugepages", "we");

	if (!file)
		return;		/* this kernel has none */
	fprintf(file, "%zu", count);
	/* A PV domain has none, either. */
	if (fclose(file) && errno != EOPNOTSUPP)
		fail_errno("nr_hugepages");
}

static size_t whole_huge_pages(size_t pages)
{
	return (pages * PAGE + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

/* Memory in huge pages, or NULL if there are none. */
static void *map_huge(size_t pages)
{
	const size_t size = whole_huge_pages(pages);
	void *address;

	keep_huge_pages(size / HUGE_PAGE);
	address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (address == MAP_FAILED)
		return NULL;
	memset(address, 1, size);
	return address;
}

static void unmap_huge(void *address, size_t pages)
{
	if (address)
		munmap(address, whole_huge_pages(pages));
	keep_huge_pages(0);
}

/* The memory is mapped already, as a compositor has what its clients draw. */
static void by_reference(struct timing *timing, int file, void *address,
			 size_t pages, const char *share, const char *unshare)
{
	uint64_t start, shared, end;
	struct run run;

	start = now();
	run_of_memory(file, &run, address, pages);
	shared = now();
	run_dealloc(file, &run);
	end = now();
	timing_add(timing, share, shared - start);
	timing_add(timing, unshare, end - shared);
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
	void *address, *huge;

	/* The other calls cannot do it. */
	if (level != &level_native)
		return;
	file = device_open();
	reserve_grefs(pages);
	fd = make_memfd(pages);
	address = map_memfd(fd, pages);
	memset(address, 1, pages * PAGE);
	huge = map_huge(pages);
	timing_start(&timing, name, pages);
	for (unsigned int i = 0; i < rounds_for(pages); i++) {
		stir(i);
		by_reference(&timing, file, address, pages, "share", "unshare");
		if (huge)
			by_reference(&timing, file, huge, pages, "share-huge",
				     "unshare-huge");
		by_memfd(&timing, file, fd, pages);
		by_copy(&timing, file, address, pages);
	}
	timing_report(&timing);
	unmap_huge(huge, pages);
	munmap(address, pages * PAGE);
	close(fd);
}
