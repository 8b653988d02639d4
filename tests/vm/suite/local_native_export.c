// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dma-bufs of the pages of regions: what they show, how long they keep the
 * pages, and who can use them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "dmabuf.h"
#include "fd_pass.h"
#include "fixture.h"
#include "native.h"
#include "suite.h"

SUITE(.timeout = 120);

/* Exports pages for writing. Returns the dma-buf, or -errno. */
static int export_pages(int file, uint64_t offset, uint32_t pages)
{
	return native_export(file, offset, pages, GNTALLOC_EXPORT_WRITABLE);
}

static char *map_pages(int fd, size_t pages, int prot)
{
	char *address = mmap(NULL, pages * PAGE, prot, MAP_SHARED, fd, 0);

	ck_assert_ptr_ne(address, MAP_FAILED);
	return address;
}

static char *map_region(int file, uint64_t offset, size_t pages)
{
	void *address;

	must(device_map(file, offset, pages, &address));
	return address;
}

START_TEST(a_dmabuf_of_a_region_has_its_pages)
{
	int file = (int)must(device_open()), all, part;
	char *region, *by_all, *by_part;
	uint64_t offset;

	must(native_create(file, 600, &offset, NULL));
	region = map_region(file, offset, 600);
	all = (int)must(export_pages(file, offset, 600));
	part = (int)must(export_pages(file, offset + 9 * PAGE, 2));
	ck_assert_int_eq(lseek(part, 0, SEEK_END), 2 * PAGE);
	by_all = map_pages(all, 600, PROT_READ | PROT_WRITE);
	by_part = map_pages(part, 2, PROT_READ | PROT_WRITE);

	memset(region, 1, 600 * PAGE);
	ck_assert(memory_is(by_all, 1, 600 * PAGE));
	memset(by_all + 9 * PAGE, 2, 2 * PAGE);
	ck_assert(memory_is(by_part, 2, 2 * PAGE));
	ck_assert(memory_is(region + 9 * PAGE, 2, 2 * PAGE));
	ck_assert(memory_is(region, 1, 9 * PAGE));
	/* Page tables that were emptied are filled again. */
	must(madvise(by_all, 600 * PAGE, MADV_DONTNEED));
	ck_assert(memory_is(by_all + 9 * PAGE, 2, 2 * PAGE));
	by_all[0] = 3;
	ck_assert_int_eq(region[0], 3);
}
END_TEST

START_TEST(a_dmabuf_can_be_of_several_regions)
{
	int file = (int)must(device_open()), dmabuf;
	char *address;

	must(native_create_at(file, 4 * PAGE, 3, NULL));
	must(native_create_at(file, 7 * PAGE, 2, NULL));
	memset(map_region(file, 4 * PAGE, 5), 7, 5 * PAGE);
	dmabuf = (int)must(export_pages(file, 5 * PAGE, 4));
	address = map_pages(dmabuf, 4, PROT_READ);
	ck_assert(memory_is(address, 7, 4 * PAGE));
}
END_TEST

START_TEST(a_dmabuf_keeps_its_pages_and_their_grants)
{
	int file = (int)must(device_open()), dmabuf, other;
	uint64_t offset, id;
	char *address;

	must(native_create(file, 8, &offset, &id));
	must(native_grant(file, offset, 8, NOBODY, 0, NULL));
	dmabuf = (int)must(export_pages(file, offset + 2 * PAGE, 3));
	address = map_region(file, offset, 8);
	memset(address, 5, 8 * PAGE);
	must(native_destroy(file, id));
	munmap(address, 8 * PAGE);
	close(file);
	ck_assert_int_eq(device_counter("pages"), 3);
	ck_assert_int_eq(device_counter("entries"), 3);

	other = (int)must(device_open());
	must(native_create(other, 1000, NULL, NULL));
	close(other);
	address = map_pages(dmabuf, 3, PROT_READ | PROT_WRITE);
	close(dmabuf);
	ck_assert(memory_is(address, 5, 3 * PAGE));
	fails(module_unload(), EAGAIN);
	munmap(address, 3 * PAGE);
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

START_TEST(pages_end_with_the_last_dmabuf_and_mapping)
{
	int file = (int)must(device_open()), one, two;
	uint64_t offset, id;
	char *address;

	must(native_create(file, 8, &offset, &id));
	must(native_grant(file, offset, 8, NOBODY, 0, NULL));
	one = (int)must(export_pages(file, offset + 2 * PAGE, 3));
	two = (int)must(export_pages(file, offset + 4 * PAGE, 2));
	must(native_destroy(file, id));
	ck_assert_int_eq(device_counter("pages"), 4);
	ck_assert_int_eq(device_counter("entries"), 4);
	address = map_pages(one, 3, PROT_READ);
	close(one);
	ck_assert_int_eq(device_counter("pages"), 4);
	munmap(address, 3 * PAGE);
	ck_assert_int_eq(device_counter("pages"), 2);
	close(file);
	ck_assert_int_eq(device_counter("pages"), 2);
	close(two);
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(a_dmabuf_that_is_not_writable_is_not_mapped_so)
{
	int file = (int)must(device_open());
	int fd;

	must(native_create(file, 2, NULL, NULL));
	fd = (int)must(native_export(file, 0, 2, 0));
	ck_assert_ptr_eq(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			      fd, 0), MAP_FAILED);
	ck_assert_int_eq(errno, EACCES);
	map_pages(fd, 2, PROT_READ);
	/* There is no copy that a private mapping could be of. */
	ck_assert_ptr_eq(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0),
			 MAP_FAILED);
	ck_assert_int_eq(errno, EINVAL);
	/* Nor is there anything behind its end. */
	ck_assert_ptr_eq(mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, fd, 0),
			 MAP_FAILED);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(an_export_for_what_the_device_is_not_open_is_eacces)
{
	int reader = open(DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	int writer = open(DEVICE_PATH, O_WRONLY | O_CLOEXEC);

	must(native_create(reader, 1, NULL, NULL));
	must(native_create(writer, 1, NULL, NULL));
	fails(native_export(reader, 0, 1, GNTALLOC_EXPORT_WRITABLE), EACCES);
	fails(native_export(writer, 0, 1, GNTALLOC_EXPORT_WRITABLE), EACCES);
	fails(native_export(writer, 0, 1, 0), EACCES);
	close((int)must(native_export(reader, 0, 1, 0)));
	close(reader);
	close(writer);
}
END_TEST

/* A card could write to it, and so could a camera. */
START_TEST(a_device_that_writes_cannot_use_a_read_only_dmabuf)
{
	int card, dmabuf, file = (int)must(device_open());
	struct camera camera;

	must(native_create(file, CAMERA_PAGES, NULL, NULL));
	dmabuf = (int)must(native_export(file, 0, CAMERA_PAGES, 0));
	card = card_import(dmabuf);
	/* Since then it asks for addresses only when it uses them. */
	if (card != -ENODEV && !kernel_since(6, 17))
		ck_assert_int_eq(card, -EACCES);
	if (card >= 0)
		close(card);
	if (camera_open(&camera, dmabuf) != -ENODEV) {
		ck_assert_int_lt(camera_frame(&camera), 0);
		close(camera.fd);
	}
}
END_TEST

START_TEST(pages_that_are_not_allocated_cannot_be_exported)
{
	int file = (int)must(device_open());

	must(native_create_at(file, 4 * PAGE, 3, NULL));
	must(native_create_at(file, 8 * PAGE, 3, NULL));
	fails(export_pages(file, 0, 1), ENOENT);
	fails(export_pages(file, 6 * PAGE, 3), ENOENT);
	fails(export_pages(file, 8 * PAGE, 4), ENOENT);
	fails(export_pages(file, -(uint64_t)PAGE, 2), ENOENT);
	fails(export_pages(file, 4 * PAGE, UINT32_MAX), ENOENT);
	must(device_dealloc(file, 9 * PAGE, 1));
	fails(export_pages(file, 8 * PAGE, 3), ENOENT);
	close((int)must(export_pages(file, 8 * PAGE, 1)));
	ck_assert_int_eq(device_counter("pages"), 5);
}
END_TEST

START_TEST(memory_cannot_be_exported)
{
	static char memory[PAGE] __attribute__((aligned(4096)));
	int file = (int)must(device_open());
	uint64_t offset, next;

	must(native_create(file, 1, &offset, NULL));
	must(native_create_memory(file, memory, 1, 0, &next, NULL));
	ck_assert_uint_eq(next, offset + PAGE);
	fails(export_pages(file, next, 1), ENODEV);
	fails(export_pages(file, offset, 2), ENODEV);
	close((int)must(export_pages(file, offset, 1)));
}
END_TEST

/* An open file would keep itself. */
START_TEST(a_dmabuf_of_a_region_is_enxio)
{
	int file = (int)must(device_open()), dmabuf;
	uint64_t offset;

	must(native_create(file, 1, &offset, NULL));
	dmabuf = (int)must(export_pages(file, offset, 1));
	fails(native_create_dmabuf(file, dmabuf, 0, 1, 0, NULL, NULL), ENXIO);
	ck_assert(dmabuf_becomes(dmabuf, 1));
	ck_assert_int_eq(device_counter("pages"), 1);
}
END_TEST

START_TEST(an_export_by_a_process_with_too_many_files_is_emfile)
{
	int ret, file = (int)must(device_open()), fd = dup(file);
	struct rlimit before, few;
	uint64_t offset;

	close(fd);
	must(native_create(file, 1, &offset, NULL));
	must(getrlimit(RLIMIT_NOFILE, &before));
	few = (struct rlimit){ (rlim_t)fd, before.rlim_max };
	must(setrlimit(RLIMIT_NOFILE, &few));
	ret = export_pages(file, offset, 1);
	must(setrlimit(RLIMIT_NOFILE, &before));
	ck_assert_int_eq(ret, -EMFILE);
	close((int)must(export_pages(file, offset, 1)));
}
END_TEST

/* The bound is not for root. Returns the exit code of a child that is not. */
static int export_by_nobody(int file)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(setresuid(4321, 4321, 4321) ||
		      export_pages(file, 0, 1) != -ENFILE);
	return waitpid(child, &status, 0) == child ? status : -errno;
}

START_TEST(an_export_by_a_system_with_too_many_files_is_enfile)
{
	const char *path = "/proc/sys/fs/file-max";
	int ret, file = (int)must(device_open());
	char before[32];

	must(native_create(file, 1, NULL, NULL));
	must(device_read_text(path, before, sizeof(before)));
	must(device_write_text(path, "1"));
	ret = export_by_nobody(file);
	must(device_write_text(path, before));
	ck_assert_int_eq(ret, 0);
}
END_TEST

/* All that it can do is to map. */
static int map_as_nobody(int dmabuf)
{
	char *address;

	if (device_open() != -EACCES)
		return 1;
	address = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       dmabuf, 0);
	if (address == MAP_FAILED || !memory_is(address, 6, 2 * PAGE))
		return 2;
	memset(address, 7, 2 * PAGE);
	return native_create(dmabuf, 1, NULL, NULL) == -ENOTTY ? 0 : 3;
}

START_TEST(a_process_without_the_device_uses_a_dmabuf)
{
	int file = (int)must(device_open()), dmabuf;
	uint64_t offset;
	char *address;

	must(native_create(file, 2, &offset, NULL));
	address = map_region(file, offset, 2);
	memset(address, 6, 2 * PAGE);
	dmabuf = (int)must(export_pages(file, offset, 2));
	ck_assert_int_eq(pass_to_nobody(dmabuf, map_as_nobody), 0);
	ck_assert(memory_is(address, 7, 2 * PAGE));
}
END_TEST

START_TEST(a_graphics_card_uses_a_dmabuf)
{
	int file = (int)must(device_open()), dmabuf, card;
	uint64_t offset, id;

	must(native_create(file, 20, &offset, &id));
	dmabuf = (int)must(export_pages(file, offset, 20));
	card = card_import(dmabuf);
	if (card == -ENODEV)
		return;
	ck_assert_int_ge(card, 0);
	ck_assert_int_gt(dmabuf_references(dmabuf), 1);
	must(dmabuf_sync(dmabuf));
	/* The card keeps it, and its addresses of the pages. */
	close(dmabuf);
	must(native_destroy(file, id));
	close(file);
	ck_assert_int_eq(device_counter("pages"), 20);
	close(card);
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST
