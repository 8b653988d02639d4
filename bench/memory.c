// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory that a driver needs for each page that it shares. That is how much
 * less memory is free while many pages are shared, without the pages themselves
 * and without the page tables of their mapping.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Regions of one size are allocated until they have this many pages. */
#define PAGES	16384UL

static void write_one(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		fail_errno(path);
	close(fd);
}

/* Empty slabs are free memory that the allocator has not given back yet. */
static void shrink_slabs(void)
{
	static glob_t caches;

	if (!caches.gl_pathc &&
	    glob("/sys/kernel/slab/*/shrink", 0, NULL, &caches))
		fail("no slab caches in /sys/kernel/slab");
	for (size_t i = 0; i < caches.gl_pathc; i++)
		write_one(caches.gl_pathv[i]);
}

static char *read_file(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t got;

	if (fd < 0)
		fail_errno(path);
	while ((got = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += (size_t)got;
	close(fd);
	if (got < 0 || !have || have == sizeof(text) - 1)
		fail("cannot read %s", path);
	text[have] = '\0';
	return text;
}

/* The sum of all numbers that follow a word at a line's start. */
static long sum_of(const char *path, const char *word)
{
	size_t length = strlen(word);
	char *line = read_file(path);
	bool found = false;
	long sum = 0;

	for (; line; line = strchr(line, '\n')) {
		line += strspn(line, "\n ");
		if (strncmp(line, word, length) || line[length] != ' ')
			continue;
		sum += atol(line + length);
		found = true;
	}
	if (!found)
		fail("no %s in %s", word, path);
	return sum;
}

struct pages {
	long free;
	long tables;
};

static struct pages look(void)
{
	struct pages pages;

	shrink_slabs();
	write_one("/proc/sys/vm/stat_refresh");
	/* The pages that a CPU keeps for itself ("count:") are free, too. */
	pages.free = sum_of("/proc/zoneinfo", "nr_free_pages") +
		     sum_of("/proc/zoneinfo", "count:");
	pages.tables = sum_of("/proc/vmstat", "nr_page_table_pages");
	return pages;
}

static void alloc_all(int fd, struct run *runs, size_t count, size_t pages)
{
	for (size_t i = 0; i < count; i++)
		run_alloc(fd, &runs[i], pages);
}

static void dealloc_all(int fd, struct run *runs, size_t count)
{
	for (size_t i = count; i-- > 0;)
		run_dealloc(fd, &runs[i]);
}

void bench_memory(const char *name, size_t pages)
{
	size_t count = pages < PAGES ? PAGES / pages : 1;
	struct run *runs = reserve(count * sizeof(*runs));
	struct pages before, allocated, mapped;
	long shared = (long)(count * pages);
	char *address = window();
	int fd = device_open();

	reserve_grefs(pages);
	/* This makes the grant table grow beforehand. It never shrinks. */
	alloc_all(fd, runs, count, pages);
	dealloc_all(fd, runs, count);
	look();

	before = look();
	alloc_all(fd, runs, count, pages);
	allocated = look();
	for (size_t i = 0; i < count; i++)
		run_map(fd, &runs[i], address + i * pages * PAGE);
	mapped = look();

	printf("%s %zu alloc %ld\n", name, pages,
	       (before.free - allocated.free - shared) * (long)PAGE *
	       (long)pages / shared);
	printf("%s %zu mmap %ld\n", name, pages,
	       (before.free - mapped.free - shared -
		(mapped.tables - before.tables)) * (long)PAGE *
	       (long)pages / shared);

	for (size_t i = 0; i < count; i++)
		run_unmap(&runs[i]);
	dealloc_all(fd, runs, count);
	close(fd);
}
