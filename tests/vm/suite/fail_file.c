// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every failure of what is done with a file: open, mmap, munmap, mremap, close.
 */
#include "fail_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "fixture.h"
#include "native.h"
#include "suite.h"

#define PAGES	16
#define ALL	(2 * PAGES + 1)

SUITE(.timeout = FAIL_TIMEOUT);

static int file;
static off_t offset;	/* of the mapping in the file */
static size_t size;
static char *address;
static uint32_t page_2010;

/* --- open and close ------------------------------------------------------- */

static void nothing(void)
{
}

static long open_file(void)
{
	file = open(DEVICE_PATH, O_RDWR | O_CLOEXEC);
	return file < 0 ? -errno : file;
}

static void file_works(void)
{
	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
}

/* Regions of each level, those of 2011 and of the native level side by side. */
static void prepare_file(void)
{
	file = (int)must(device_open());
	must(device_alloc(file, NOBODY, 0, PAGES, NULL, NULL));
	must(native_create_at(file, PAGES * PAGE, PAGES, NULL));
	must(device_alloc_2010(file, NOBODY, 0, NULL, &page_2010));
	offset = 0;
	size = PAGES * PAGE;
}

static long close_it(void)
{
	return close(file) < 0 ? -errno : 0;
}

static void nothing_is_left(void)
{
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
}

START_TEST(every_failure_of_an_open)
{
	WALK("open", nothing, open_file, file_works);
}
END_TEST

START_TEST(every_failure_of_a_close)
{
	WALK("close", prepare_file, close_it, nothing_is_left);
}
END_TEST

/* --- mappings ------------------------------------------------------------- */

static long map_file(void)
{
	address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file,
		       offset);
	return address == MAP_FAILED ? -errno : 0;
}

/* Maps where there are no page tables of any level yet. */
static long map_far_away(void)
{
	static char *there = (char *)(64UL << 30);

	there += 1UL << 30;
	address = mmap(there, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_FIXED_NOREPLACE, file, offset);
	return address == MAP_FAILED ? -errno : 0;
}

static void all_is_there(void)
{
	ck_assert(memory_is(address, 0, size));
	ck_assert_int_eq(device_counter("pages"), ALL);
}

static void prepare_page_2010(void)
{
	prepare_file();
	offset = page_2010 * PAGE;
	size = PAGE;
}

static void prepare_native(void)
{
	prepare_file();
	offset = PAGES * PAGE;
}

static void prepare_two_regions(void)
{
	prepare_file();
	size = 2 * PAGES * PAGE;
}

static void prepare_mapping(void)
{
	prepare_file();
	must(map_file());
	must(device_dealloc(file, 0, PAGES));
}

static long unmap_file(void)
{
	return munmap(address, PAGES * PAGE) < 0 ? -errno : 0;
}

/* Makes a hole, for which the mapping has to be split. */
static long unmap_middle(void)
{
	return munmap(address + 4 * PAGE, 4 * PAGE) < 0 ? -errno : 0;
}

static void only_the_other_is_left(void)
{
	ck_assert_int_eq(device_counter("pages"), ALL - PAGES);
}

static void four_are_less(void)
{
	ck_assert_int_eq(device_counter("pages"), ALL - 4);
}

static long move_mapping(void)
{
	void *moved = mremap(address, PAGES * PAGE, PAGES * PAGE,
			     MREMAP_MAYMOVE | MREMAP_FIXED,
			     address - 64 * PAGE);

	if (moved == MAP_FAILED)
		return -errno;
	address = moved;
	return 0;
}

/* Pages that are unmapped by MADV_DONTNEED are mapped again by a fault. */
static void prepare_faults(void)
{
	prepare_file();
	must(map_file());
	madvise(address, PAGES * PAGE, MADV_DONTNEED);
}

static long populate(void)
{
	return madvise(address, PAGES * PAGE, 23 /* MADV_POPULATE_WRITE */) ?
		-errno : 0;
}

START_TEST(every_failure_of_a_mmap)
{
	WALK("mmap", prepare_file, map_file, all_is_there);
}
END_TEST

START_TEST(every_failure_of_a_mmap_without_page_tables)
{
	WALK("mmap without page tables", prepare_two_regions, map_far_away,
	     all_is_there);
}
END_TEST

START_TEST(every_failure_of_a_mmap_of_level_2010)
{
	WALK("mmap of a page of level 2010", prepare_page_2010, map_file,
	     all_is_there);
}
END_TEST

START_TEST(every_failure_of_a_mmap_of_a_native_region)
{
	WALK("mmap of a native region", prepare_native, map_file,
	     all_is_there);
}
END_TEST

START_TEST(every_failure_of_a_mmap_of_two_regions)
{
	WALK("mmap of two regions", prepare_two_regions, map_file,
	     all_is_there);
}
END_TEST

START_TEST(every_failure_of_a_munmap)
{
	WALK("munmap", prepare_mapping, unmap_file, only_the_other_is_left);
}
END_TEST

START_TEST(every_failure_of_a_munmap_of_the_middle)
{
	WALK("munmap of the middle", prepare_mapping, unmap_middle,
	     four_are_less);
}
END_TEST

START_TEST(every_failure_of_a_mremap)
{
	WALK("mremap", prepare_mapping, move_mapping, all_is_there);
}
END_TEST

START_TEST(every_failure_of_faults)
{
	WALK("16 page faults", prepare_faults, populate, all_is_there);
}
END_TEST
