// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level: regions of memory that the program has already. What a peer
 * sees of them is in cross_native_own_memory.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gntshare.h>

#include "device.h"
#include "fd_pass.h"
#include "fixture.h"
#include "native.h"
#include "suite.h"

#define SOME_PAGES	5

/* The number of small pages that a huge page consists of. */
#define HUGE_PAGES	512

/* New memory of @pages small pages, which no other process has. */
static char *anonymous(size_t pages, int prot)
{
	char *memory = mmap(NULL, pages * PAGE, prot,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	madvise(memory, pages * PAGE, MADV_NOHUGEPAGE);
	return memory;
}

static int new_memfd(size_t pages)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)(pages * PAGE)), 0);
	return fd;
}

static char *map_fd(int fd, size_t pages, int prot)
{
	char *memory = mmap(NULL, pages * PAGE, prot, MAP_SHARED, fd, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	return memory;
}

/* A call that fails leaves no page pinned or counted. */
#define refused(file, address, pages, flags, error)			\
do {									\
	fails(native_create_memory(file, address, pages, flags, NULL,	\
				   NULL), error);			\
	ck_assert_int_eq(pinned_pages(), 0);				\
	ck_assert_int_eq(device_counter("pages"), 0);			\
} while (0)

START_TEST(memory_counts_as_pages_and_as_pinned_until_it_is_destroyed)
{
	int file = (int)must(device_open());
	char *memory = anonymous(600, PROT_READ | PROT_WRITE);
	uint64_t offset, id;

	must(native_create_memory(file, memory, 600, GNTALLOC_CREATE_WRITABLE,
				  &offset, &id));
	ck_assert_int_eq(device_counter("pages"), 600);
	ck_assert_int_eq(device_counter("entries"), 0);
	ck_assert_int_eq(pinned_pages(), 600);
	must(native_grant(file, offset, 600, NOBODY, GNTALLOC_GRANT_WRITABLE,
			  NULL));
	ck_assert_int_eq(device_counter("entries"), 600);
	/* A part of it, by offset. */
	must(device_dealloc(file, offset + 10 * PAGE, 590));
	ck_assert_int_eq(device_counter("pages"), 10);
	ck_assert_int_eq(device_counter("entries"), 10);
	ck_assert_int_eq(pinned_pages(), 10);
	must(native_destroy(file, id));
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
	ck_assert_int_eq(pinned_pages(), 0);
	ck_assert_int_eq(native_state(file, id), GNTALLOC_STATE_GONE);
}
END_TEST

START_TEST(memory_is_unpinned_when_the_device_is_closed)
{
	int file = (int)must(device_open());
	char *memory = anonymous(SOME_PAGES, PROT_READ | PROT_WRITE);

	must(native_create_memory(file, memory, SOME_PAGES, 0, NULL, NULL));
	must(native_create_memory(file, memory, SOME_PAGES,
				  GNTALLOC_CREATE_WRITABLE, NULL, NULL));
	/* The same pages are pinned twice, and count twice. */
	ck_assert_int_eq(pinned_pages(), 2 * SOME_PAGES);
	close(file);
	ck_assert_int_eq(pinned_pages(), 0);
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

START_TEST(a_region_of_memory_is_placed_like_any_other)
{
	int file = (int)must(device_open());
	char *memory = anonymous(2, PROT_READ | PROT_WRITE);
	struct gntalloc_native_create op = {
		.offset = 16 * PAGE,
		.pages = 2,
		.flags = GNTALLOC_CREATE_MEMORY | GNTALLOC_CREATE_FIXED,
		.address = (uintptr_t)memory,
	};
	uint64_t offset;

	must(native_create(file, 3, NULL, NULL));
	must(native_create_memory(file, memory, 2, 0, &offset, NULL));
	ck_assert_uint_eq(offset, 3 * PAGE);
	must(native_call(file, GNTALLOC_NATIVE_CREATE, &op));
	ck_assert_uint_eq(op.offset, 16 * PAGE);
	fails(native_call(file, GNTALLOC_NATIVE_CREATE, &op), EEXIST);
	ck_assert_int_eq(pinned_pages(), 4);
}
END_TEST

START_TEST(memory_that_is_not_mapped_is_efault)
{
	int file = (int)must(device_open());
	char *memory = anonymous(SOME_PAGES, PROT_READ | PROT_WRITE);

	munmap(memory + 3 * PAGE, 2 * PAGE);
	refused(file, memory + 3 * PAGE, 1, 0, EFAULT);
	refused(file, memory, SOME_PAGES, 0, EFAULT);
	refused(file, memory, SOME_PAGES, GNTALLOC_CREATE_WRITABLE, EFAULT);
	/* Not addresses of a program at all. */
	refused(file, NULL, 1, 0, EFAULT);
	refused(file, (void *)-(uintptr_t)PAGE, 1, 0, EFAULT);
	refused(file, (void *)-(uintptr_t)PAGE, 2, 0, EFAULT);
	must(native_create_memory(file, memory, 3, 0, NULL, NULL));
}
END_TEST

START_TEST(memory_beyond_the_end_of_its_file_is_efault)
{
	int file = (int)must(device_open());
	char *memory = map_fd(new_memfd(2), 4, PROT_READ | PROT_WRITE);

	refused(file, memory, 3, GNTALLOC_CREATE_WRITABLE, EFAULT);
	refused(file, memory, 3, 0, EFAULT);
	refused(file, memory + 2 * PAGE, 1, 0, EFAULT);
	must(native_create_memory(file, memory, 2, 0, NULL, NULL));
}
END_TEST

START_TEST(memory_without_the_right_to_write_is_eacces)
{
	int file = (int)must(device_open());
	char *memory = anonymous(SOME_PAGES, PROT_READ | PROT_WRITE);
	char *shared = map_fd(new_memfd(1), 1, PROT_READ);

	mprotect(memory + 4 * PAGE, PAGE, PROT_READ);
	refused(file, memory, SOME_PAGES, GNTALLOC_CREATE_WRITABLE, EACCES);
	refused(file, shared, 1, GNTALLOC_CREATE_WRITABLE, EACCES);
	must(native_create_memory(file, memory, SOME_PAGES, 0, NULL, NULL));
	must(native_create_memory(file, shared, 1, 0, NULL, NULL));
	must(native_create_memory(file, memory, 4, GNTALLOC_CREATE_WRITABLE,
				  NULL, NULL));
}
END_TEST

START_TEST(memory_without_the_right_to_read_is_eacces)
{
	int file = (int)must(device_open());
	char *memory = anonymous(SOME_PAGES, PROT_READ | PROT_WRITE);

	mprotect(memory + 2 * PAGE, PAGE, PROT_NONE);
	mprotect(memory + 3 * PAGE, PAGE, PROT_WRITE);
	refused(file, memory + 2 * PAGE, 1, 0, EACCES);
	refused(file, memory + 3 * PAGE, 1, GNTALLOC_CREATE_WRITABLE, EACCES);
	refused(file, memory, SOME_PAGES, 0, EACCES);
	must(native_create_memory(file, memory, 2, 0, NULL, NULL));
}
END_TEST

START_TEST(memory_of_a_file_on_a_disk_is_emediumtype)
{
	int file = (int)must(device_open());
	int fd = open("/mnt/disk/memory", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
		      0600);
	char *memory, *copy;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, SOME_PAGES * PAGE), 0);
	memory = map_fd(fd, SOME_PAGES, PROT_READ | PROT_WRITE);
	refused(file, memory, SOME_PAGES, GNTALLOC_CREATE_WRITABLE,
		EMEDIUMTYPE);
	refused(file, memory, SOME_PAGES, 0, EMEDIUMTYPE);

	/* What this process has of the file for itself is a copy. */
	copy = mmap(NULL, SOME_PAGES * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	ck_assert_ptr_ne(copy, MAP_FAILED);
	must(native_create_memory(file, copy, SOME_PAGES, 0, NULL, NULL));
	munmap(copy, SOME_PAGES * PAGE);
	munmap(memory, SOME_PAGES * PAGE);
	close(fd);
	unlink("/mnt/disk/memory");
}
END_TEST

/* The address of memory of the kernel's own, which is mapped to each process. */
static char *vvar(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start = 0;
	char line[256];

	ck_assert_ptr_nonnull(maps);
	while (!start && fgets(line, sizeof(line), maps))
		if (strstr(line, "[vvar]"))
			start = strtoul(line, NULL, 16);
	fclose(maps);
	ck_assert_uint_ne(start, 0);
	return (char *)start;
}

START_TEST(memory_of_a_device_is_enxio)
{
	int file = (int)must(device_open());
	uint64_t offset, id;
	char *region;

	refused(file, vvar(), 1, 0, ENXIO);
	must(native_create(file, 3, &offset, &id));
	must(device_map(file, offset, 3, (void **)&region));
	fails(native_create_memory(file, region, 3, 0, NULL, NULL), ENXIO);
	fails(native_create_memory(file, region, 3, GNTALLOC_CREATE_WRITABLE,
				   NULL, NULL), ENXIO);
	ck_assert_int_eq(pinned_pages(), 0);
	ck_assert_int_eq(device_counter("pages"), 3);
	must(native_destroy(file, id));
	munmap(region, 3 * PAGE);
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

START_TEST(memory_of_a_block_device_is_emediumtype)
{
	int file = (int)must(device_open()), fd;
	char *memory;

	ck_assert(!system("modprobe brd"));
	fd = open("/dev/ram0", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	memory = map_fd(fd, 3, PROT_READ | PROT_WRITE);
	refused(file, memory, 3, GNTALLOC_CREATE_WRITABLE, EMEDIUMTYPE);
	refused(file, memory, 3, 0, EMEDIUMTYPE);
	munmap(memory, 3 * PAGE);
	close(fd);
}
END_TEST

/*
 * On arm64 the kernel ignores the highest byte of a program's pointer. Other
 * processors do not, unless a program asks for it.
 */
START_TEST(a_tag_in_an_address_is_ignored_as_by_the_kernel)
{
	int file = (int)must(device_open());
	char *memory = anonymous(2, PROT_READ | PROT_WRITE);
	char *tagged = (char *)((uintptr_t)memory | 0x5aULL << 56);

#ifdef __aarch64__
	must(native_create_memory(file, tagged, 2, GNTALLOC_CREATE_WRITABLE,
				  NULL, NULL));
	ck_assert_int_eq(pinned_pages(), 2);
#else
	refused(file, tagged, 2, GNTALLOC_CREATE_WRITABLE, EFAULT);
#endif
}
END_TEST

START_TEST(memory_of_each_kind_that_is_not_of_a_disk_can_be_shared)
{
	int file = (int)must(device_open());
	int on_tmpfs = open("/dev/shm/memory", O_RDWR | O_CREAT | O_CLOEXEC,
			    0600);
	static char bss[3 * PAGE] __attribute__((aligned(4096)));
	char *zero, *tmpfs, stack[3 * PAGE];

	zero = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(zero, MAP_FAILED);
	ck_assert_int_ge(on_tmpfs, 0);
	ck_assert_int_eq(ftruncate(on_tmpfs, PAGE), 0);
	tmpfs = map_fd(on_tmpfs, 1, PROT_READ | PROT_WRITE);

	must(native_create_memory(file, zero, 1, GNTALLOC_CREATE_WRITABLE,
				  NULL, NULL));
	must(native_create_memory(file, tmpfs, 1, GNTALLOC_CREATE_WRITABLE,
				  NULL, NULL));
	must(native_create_memory(file, bss, 3, GNTALLOC_CREATE_WRITABLE, NULL,
				  NULL));
	must(native_create_memory(file, (char *)((uintptr_t)(stack + PAGE) &
						 -PAGE), 1,
				  GNTALLOC_CREATE_WRITABLE, NULL, NULL));
	/* Pages that were never written, and code. */
	must(native_create_memory(file, anonymous(3, PROT_READ), 3, 0, NULL,
				  NULL));
	must(native_create_memory(file, (char *)((uintptr_t)&vvar & -PAGE), 1,
				  0, NULL, NULL));
	unlink("/dev/shm/memory");
}
END_TEST

/*
 * Where memory begins that the kernel keeps free of pages that stay at their
 * place, as a page frame number; or UINT64_MAX if there is none. It is the end of
 * all memory.
 */
static uint64_t movable_from(void)
{
	uint64_t first = UINT64_MAX;
	bool movable = false;
	char line[256], zone[16];
	FILE *info = fopen("/proc/zoneinfo", "re");

	ck_assert_ptr_nonnull(info);
	while (fgets(line, sizeof(line), info)) {
		if (sscanf(line, "Node %*d, zone %15s", zone) == 1)
			movable = !strcmp(zone, "Movable");
		else if (movable)
			sscanf(line, " start_pfn: %" SCNu64, &first);
	}
	fclose(info);
	return first;
}

/* Sets how many huge pages of hugetlbfs there are, and returns that number. */
static long huge_pages(const char *number)
{
	const char *path = "/proc/sys/vm/nr_hugepages";
	char text[32];

	if (device_write_text(path, number) ||
	    device_read_text(path, text, sizeof(text)))
		return 0;
	return atol(text);
}

/*
 * A page of hugetlbfs, or NULL: PV domains have no huge pages. If it is movable, the
 * kernel does not take it for the first time when it is to be pinned.
 */
static char *huge_page(void)
{
	const size_t size = HUGE_PAGES * PAGE;
	char *memory;

	if (huge_pages("1") != 1)
		return NULL;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	if (movable_from() != UINT64_MAX)
		memset(memory, 0, size);
	return memory;
}

START_TEST(huge_pages_can_be_shared_as_small_ones)
{
	int file = (int)must(device_open());
	const size_t size = HUGE_PAGES * PAGE;
	uint64_t offset, id;
	char *memory, *thp;

	thp = anonymous(2 * size / PAGE, PROT_READ | PROT_WRITE);
	thp += -(uintptr_t)thp & (size - 1);
	madvise(thp, size, MADV_HUGEPAGE);
	memset(thp, 1, size);
	must(native_create_memory(file, thp, size / PAGE,
				  GNTALLOC_CREATE_WRITABLE, &offset, &id));
	must(native_grant(file, offset, size / PAGE, NOBODY,
			  GNTALLOC_GRANT_WRITABLE, NULL));
	must(native_destroy(file, id));
	ck_assert(memory_is(thp, 1, size));
	ck_assert_int_eq(pinned_pages(), 0);

	memory = huge_page();
	if (!memory)
		return;
	memset(memory, 2, size);
	must(native_create_memory(file, memory + 3 * PAGE, 500,
				  GNTALLOC_CREATE_WRITABLE, &offset, &id));
	must(native_grant(file, offset, 500, NOBODY, 0, NULL));
	munmap(memory, size);
	must(native_destroy(file, id));
	ck_assert_int_eq(pinned_pages(), 0);
	ck_assert_int_eq(huge_pages("0"), 0);
}
END_TEST

START_TEST(a_part_of_a_huge_page_counts_as_all_of_it)
{
	int file = (int)must(device_open());
	char *memory = huge_page();
	uint64_t offset, id;

	if (!memory)
		return;
	/* One page of it. */
	must(device_set_limit(HUGE_PAGES - 1));
	refused(file, memory, 1, GNTALLOC_CREATE_WRITABLE, EDQUOT);
	must(device_set_limit(2 * HUGE_PAGES));
	must(native_create_memory(file, memory + 7 * PAGE, 1, 0, &offset, &id));
	ck_assert_int_eq(device_counter("pages"), HUGE_PAGES);
	ck_assert_int_eq(pinned_pages(), HUGE_PAGES);
	fails(native_create(file, HUGE_PAGES + 1, NULL, NULL), EDQUOT);
	must(native_destroy(file, id));
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(pinned_pages(), 0);

	/* All of it, of which one page is left. */
	must(native_create_memory(file, memory, HUGE_PAGES, 0, &offset, &id));
	ck_assert_int_eq(device_counter("pages"), HUGE_PAGES);
	ck_assert_int_eq(pinned_pages(), HUGE_PAGES);
	must(device_dealloc(file, offset + PAGE, HUGE_PAGES - 1));
	ck_assert_int_eq(device_counter("pages"), HUGE_PAGES);
	ck_assert_int_eq(pinned_pages(), HUGE_PAGES);
	must(device_dealloc(file, offset, 1));
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(pinned_pages(), 0);

	munmap(memory, HUGE_PAGES * PAGE);
	ck_assert_int_eq(huge_pages("0"), 0);
}
END_TEST

/* How many of these pages are there. */
static unsigned int in_movable(const char *memory, unsigned int pages)
{
	const uint64_t from = movable_from();
	int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned int i, count = 0;
	uint64_t entry;

	ck_assert_int_ge(file, 0);
	for (i = 0; i < pages; i++) {
		ck_assert_int_eq(pread(file, &entry, sizeof(entry),
				       (off_t)(((uintptr_t)memory / PAGE + i) *
					       sizeof(entry))),
				 sizeof(entry));
		/* The upper bits are flags; the highest one: there is a page. */
		ck_assert(entry >> 63);
		count += (entry & ((UINT64_C(1) << 55) - 1)) >= from;
	}
	close(file);
	return count;
}

/* The kernel's parameter movablecore is needed. Linux 5.13 and later move pages. */
START_TEST(shared_memory_does_not_stay_where_all_has_to_be_movable)
{
	int file = (int)must(device_open());
	char *memory = anonymous(64, PROT_READ | PROT_WRITE);
	uint64_t id;

	if (movable_from() == UINT64_MAX)
		return;
	memset(memory, 7, 64 * PAGE);
	ck_assert_uint_gt(in_movable(memory, 64), 0);
	must(native_create_memory(file, memory, 64, GNTALLOC_CREATE_WRITABLE,
				  NULL, &id));
	if (kernel_since(5, 13))
		ck_assert_uint_eq(in_movable(memory, 64), 0);
	ck_assert(memory_is(memory, 7, 64 * PAGE));
	must(native_destroy(file, id));
}
END_TEST

START_TEST(an_mmap_of_a_region_of_memory_is_enodev)
{
	int file = (int)must(device_open());
	char *memory = anonymous(2, PROT_READ | PROT_WRITE);
	uint64_t before, offset, after;
	void *address;

	must(native_create(file, 2, &before, NULL));
	must(native_create_memory(file, memory, 2, 0, &offset, NULL));
	must(native_create(file, 2, &after, NULL));
	fails(device_map(file, offset, 2, &address), ENODEV);
	fails(device_map(file, offset + PAGE, 1, &address), ENODEV);
	fails(device_map(file, before, 6, &address), ENODEV);
	fails(device_map(file, before + PAGE, 2, &address), ENODEV);
	must(device_map(file, before, 2, &address));
	munmap(address, 2 * PAGE);
	must(device_map(file, after, 2, &address));
	munmap(address, 2 * PAGE);
}
END_TEST

START_TEST(a_writable_grant_of_read_only_memory_is_eacces)
{
	int file = (int)must(device_open());
	char *memory = anonymous(2, PROT_READ | PROT_WRITE);
	uint64_t offset;

	must(native_create_memory(file, memory, 2, 0, &offset, NULL));
	fails(native_grant(file, offset, 2, NOBODY, GNTALLOC_GRANT_WRITABLE,
			   NULL), EACCES);
	fails(native_grant(file, offset + PAGE, 1, NOBODY,
			   GNTALLOC_GRANT_WRITABLE, NULL), EACCES);
	ck_assert_int_eq(device_counter("entries"), 0);
	must(native_grant(file, offset, 2, NOBODY, 0, NULL));
}
END_TEST

START_TEST(a_notification_that_clears_read_only_memory_is_eacces)
{
	int file = (int)must(device_open());
	char *memory = anonymous(2, PROT_READ | PROT_WRITE);
	uint64_t offset, id;

	memset(memory, 0xff, 2 * PAGE);
	must(native_create_memory(file, memory, 2, 0, &offset, &id));
	fails(device_notify(file, offset, GNTALLOC_2011_CLEAR_BYTE, 0), EACCES);
	must(device_notify(file, offset, 0, 0));
	must(native_destroy(file, id));
	ck_assert(memory_is(memory, 0xff, 2 * PAGE));

	must(native_create_memory(file, memory, 2, GNTALLOC_CREATE_WRITABLE,
				  &offset, &id));
	must(device_notify(file, offset + PAGE + 7, GNTALLOC_2011_CLEAR_BYTE,
			   0));
	must(native_destroy(file, id));
	ck_assert_int_eq(memory[PAGE + 7], 0);
	memory[PAGE + 7] = (char)0xff;
	ck_assert(memory_is(memory, 0xff, 2 * PAGE));
}
END_TEST

START_TEST(memory_counts_toward_the_bounds_like_other_pages)
{
	int file = (int)must(device_open());
	char *memory = anonymous(10, PROT_READ | PROT_WRITE);

	must(device_set_limit(9));
	refused(file, memory, 10, 0, EDQUOT);
	must(native_create_memory(file, memory, 9, 0, NULL, NULL));
	fails(native_create(file, 1, NULL, NULL), EDQUOT);
	must(device_set_limit(1024));

	must(device_write_parameter("quota", "12"));
	must(native_create_memory(file, memory, 3, 0, NULL, NULL));
	fails(native_create_memory(file, memory, 1, 0, NULL, NULL), EDQUOT);
	must(device_write_parameter("quota", "0"));

	must(native_restrict(file, GNTALLOC_RESTRICT_PAGES, 1, NULL, 0));
	fails(native_create_memory(file, memory, 2, 0, NULL, NULL), EDQUOT);
	must(native_create_memory(file, memory, 1, 0, NULL, NULL));
	must(native_restrict(file, GNTALLOC_RESTRICT_NO_CREATE, 0, NULL, 0));
	fails(native_create_memory(file, memory, 1, 0, NULL, NULL), EPERM);
}
END_TEST

/* Where the parent has memory, and the one that it is called in has none. */
static char *parents_memory;

static int share_own_and_parents(int file)
{
	char *memory = anonymous(2, PROT_READ | PROT_WRITE);

	munmap(parents_memory, 2 * PAGE);
	if (native_create_memory(file, parents_memory, 2, 0, NULL, NULL) !=
	    -EFAULT ||
	    native_create_memory(file, memory, 2, 0, NULL, NULL) ||
	    native_create_memory(file, memory, 1, 0, NULL, NULL) != -EDQUOT)
		return 1;
	return pinned_pages() == 2 ? 0 : 2;
}

START_TEST(a_restricted_descriptor_shares_only_memory_of_its_holder)
{
	int file = (int)must(device_open());

	parents_memory = anonymous(2, PROT_READ | PROT_WRITE);
	must(native_restrict(file, GNTALLOC_RESTRICT_PAGES, 2, NULL, 0));
	ck_assert_int_eq(pass_to_nobody(file, share_own_and_parents), 0);
	ck_assert_int_eq(pinned_pages(), 0);
	ck_assert_int_eq(device_counter("pages"), 2);
}
END_TEST

static char *own_memory;

/* Any of the descriptor's restrictions has this effect. */
static int clear_bytes(int file)
{
	const unsigned int clear = GNTALLOC_2011_CLEAR_BYTE;
	uint64_t pages;

	/* Of the parent's memory, and of its own. */
	if (device_notify(file, 0, clear, 0) != -EPERM ||
	    native_create_memory(file, own_memory, 1, GNTALLOC_CREATE_WRITABLE,
				 NULL, NULL) ||
	    device_notify(file, 2 * PAGE, clear, 0) != -EPERM ||
	    device_notify(file, 2 * PAGE, 0, 0))
		return 1;
	if (native_create(file, 1, &pages, NULL) ||
	    device_notify(file, pages, clear, 0))
		return 2;
	/* What the parent has set is carried out. */
	return device_dealloc(file, PAGE, 1) ? 3 : 0;
}

START_TEST(a_restricted_descriptor_clears_no_byte_of_memory)
{
	const uint32_t flags[3] = {
		GNTALLOC_RESTRICT_PAGES, GNTALLOC_RESTRICT_DOMIDS,
		GNTALLOC_RESTRICT_PAGES | GNTALLOC_RESTRICT_KEEP_SEND_EVENT,
	};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		int file = (int)must(device_open());

		own_memory = anonymous(2, PROT_READ | PROT_WRITE);
		memset(own_memory, 0xff, 2 * PAGE);
		must(native_create_memory(file, own_memory, 2,
					  GNTALLOC_CREATE_WRITABLE, NULL,
					  NULL));
		must(device_notify(file, PAGE + 9, GNTALLOC_2011_CLEAR_BYTE,
				   0));
		must(native_restrict(file, flags[i], flags[i] &
				     GNTALLOC_RESTRICT_PAGES ? 4 : 0, NULL, 0));
		ck_assert_int_eq(pass_to_nobody(file, clear_bytes), 0);
		close(file);
		ck_assert_int_eq(own_memory[PAGE + 9], 0);
		own_memory[PAGE + 9] = (char)0xff;
		ck_assert(memory_is(own_memory, 0xff, 2 * PAGE));
	}
}
END_TEST

/* From then on, this process has no rights, and may lock ten pages. */
static bool may_lock_ten_pages(void)
{
	const struct rlimit ten = { 10 * PAGE, 10 * PAGE };

	return !setrlimit(RLIMIT_MEMLOCK, &ten) && !setresuid(4321, 4321, 4321);
}

/* In a child */
static int lock_ten_pages(int file)
{
	char *memory = anonymous(11, PROT_READ | PROT_WRITE);
	uint64_t id, offset;

	if (!may_lock_ten_pages())
		return 1;
	if (native_create_memory(file, memory, 11, 0, NULL, NULL) != -ENOMEM ||
	    native_create_memory(file, memory, 6, 0, &offset, &id) ||
	    native_create_memory(file, memory, 5, 0, NULL, NULL) != -ENOMEM ||
	    native_create_memory(file, memory, 4, 0, NULL, NULL) ||
	    native_create_memory(file, memory, 1, 0, NULL, NULL) != -ENOMEM)
		return 2;
	/* What is unpinned does not count any more, page by page. */
	if (device_dealloc(file, offset, 1) ||
	    native_create_memory(file, memory, 1, 0, NULL, NULL) ||
	    native_create_memory(file, memory, 1, 0, NULL, NULL) != -ENOMEM)
		return 3;
	if (native_destroy(file, id) ||
	    native_create_memory(file, memory, 5, 0, NULL, NULL) ||
	    native_create_memory(file, memory, 1, 0, NULL, NULL) != -ENOMEM)
		return 4;
	return 0;
}

START_TEST(memory_over_the_bound_of_locked_memory_is_enomem)
{
	int round, status;

	/* Nothing of what the first child had counts for the second one. */
	for (round = 0; round < 2; round++) {
		int file = (int)must(device_open());
		pid_t child = fork();

		ck_assert_int_ge(child, 0);
		if (!child)
			_exit(lock_ten_pages(file));
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
		close(file);
	}
}
END_TEST

/* In a child */
static int lock_until_killed(int ready)
{
	char *memory = anonymous(10, PROT_READ | PROT_WRITE);
	int file = device_open();

	if (file < 0 || !may_lock_ten_pages())
		return 1;
	if (native_create_memory(file, memory, 10, GNTALLOC_CREATE_WRITABLE,
				 NULL, NULL) ||
	    write(ready, "", 1) != 1)
		return 2;
	pause();
	return 3;
}

START_TEST(locked_memory_of_a_killed_program_counts_no_longer)
{
	int i, status, ready[2];
	char byte;

	for (i = 0; i < 200; i++) {
		pid_t child;

		ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
		child = fork();
		ck_assert_int_ge(child, 0);
		if (!child)
			_exit(lock_until_killed(ready[1]));
		close(ready[1]);
		ck_assert_msg(read(ready[0], &byte, 1) == 1,
			      "program %d could not lock ten pages", i);
		close(ready[0]);
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(WTERMSIG(status), SIGKILL);
		ck_assert_int_eq(device_counter("pages"), 0);
	}
}
END_TEST

static int add_seals(int fd, int seals)
{
	return fcntl(fd, F_ADD_SEALS, seals) < 0 ? -errno : 0;
}

START_TEST(a_memfd_cannot_be_sealed_while_it_is_shared_for_writing)
{
	struct gntshare_region *region;
	int err, fd = new_memfd(3);
	struct gntshare *share;

	must(gntshare_open(&share, NULL));
	must(gntshare_region_from_memfd(share, &region, fd, 0, 3,
					GNTSHARE_ANY_OFFSET,
					GNTSHARE_WRITABLE));
	fails(add_seals(fd, F_SEAL_WRITE), EBUSY);
	must(gntshare_region_destroy(region));
	must(add_seals(fd, F_SEAL_WRITE));
	ck_assert_int_eq(pinned_pages(), 0);

	/*
	 * Now there are only regions for reading. (Linux before 6.7 may refuse
	 * any shared mapping of it.)
	 */
	fails(gntshare_region_from_memfd(share, &region, fd, 0, 3,
					 GNTSHARE_ANY_OFFSET,
					 GNTSHARE_WRITABLE), EPERM);
	err = gntshare_region_from_memfd(share, &region, fd, 0, 3,
					 GNTSHARE_ANY_OFFSET, 0);
	if (kernel_since(6, 7) || err != -EPERM) {
		must(err);
		ck_assert_ptr_null(gntshare_region_address(region));
		ck_assert_int_eq(pinned_pages(), 3);
	}
	must(gntshare_close(share));
	ck_assert_int_eq(pinned_pages(), 0);
	close(fd);
}
END_TEST

START_TEST(the_library_shares_memory_of_a_program)
{
	char *memory = anonymous(4, PROT_READ | PROT_WRITE);
	struct gntshare_region *region;
	struct gntshare_view *view;
	struct gntshare_info info;
	struct gntshare *share;
	uint32_t grefs[4];

	must(gntshare_open(&share, NULL));
	must(gntshare_info(share, &info, sizeof(info)));
	ck_assert_uint_eq(info.features & GNTSHARE_FEATURE_MEMORY,
			  GNTSHARE_FEATURE_MEMORY);
	must(gntshare_region_from_memory(share, &region, memory, 4, 8 * PAGE,
					 0));
	ck_assert_uint_eq(gntshare_region_offset(region), 8 * PAGE);
	ck_assert_uint_eq(gntshare_region_pages(region), 4);
	ck_assert_ptr_null(gntshare_region_address(region));
	fails(gntshare_region_grant(region, 0, 4, NOBODY, GNTSHARE_WRITABLE,
				    grefs), EACCES);
	must(gntshare_region_grant(region, 0, 4, NOBODY, 0, grefs));
	fails(gntshare_region_notify(region, 1, GNTSHARE_NOTIFY_CLEAR_BYTE, 0),
	      EACCES);
	fails(gntshare_view_create(share, &view, 8 * PAGE, 1), ENODEV);
	must(gntshare_region_revoke(region, 0, 4, NOBODY, NULL));
	must(gntshare_region_destroy_event(region, 0, -1, NULL));
	ck_assert_int_eq(pinned_pages(), 0);
	memset(memory, 1, 4 * PAGE);
	must(gntshare_close(share));
}
END_TEST
