// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Level 2010: one page by each call, known by its gref.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "device.h"
#include "fixture.h"
#include "native.h"
#include "suite.h"

START_TEST(an_alloc_returns_a_gref_and_counts_as_one_grant)
{
	int file = (int)must(device_open());
	uint32_t gref = 0;

	must(device_alloc_2010(file, NOBODY, 0, &gref, NULL));
	/* The first eight entries of every grant table are Xen's. */
	ck_assert_uint_ge(gref, 8);
	ck_assert_int_eq(device_counter("entries"), 1);
	ck_assert_int_eq(device_counter("draining"), 0);
}
END_TEST

START_TEST(page_indexes_grow_by_one_from_zero)
{
	int file = (int)must(device_open());
	uint32_t i, page_idx;

	for (i = 0; i < 5; i++) {
		must(device_alloc_2010(file, NOBODY, 0, NULL, &page_idx));
		ck_assert_uint_eq(page_idx, i);
	}
}
END_TEST

START_TEST(each_file_has_indexes_of_its_own)
{
	int one = (int)must(device_open());
	int two = (int)must(device_open());
	uint32_t page_idx = 7;

	must(device_alloc_2010(one, NOBODY, 0, NULL, NULL));
	must(device_alloc_2010(two, NOBODY, 0, NULL, &page_idx));
	ck_assert_uint_eq(page_idx, 0);
}
END_TEST

START_TEST(the_index_of_a_deallocated_page_is_not_used_again)
{
	int file = (int)must(device_open());
	uint32_t gref, page_idx;

	must(device_alloc_2010(file, NOBODY, 0, &gref, NULL));
	must(device_dealloc_2010(file, gref));
	must(device_alloc_2010(file, NOBODY, 0, NULL, &page_idx));
	ck_assert_uint_eq(page_idx, 1);
}
END_TEST

START_TEST(the_owner_domid_is_ignored)
{
	static const uint16_t domids[] = { 1, 0x7ff0, 0xffff };
	int file = (int)must(device_open());
	size_t i;

	for (i = 0; i < 3; i++) {
		struct gntalloc_2010_alloc arg = {
			.owner_domid = domids[i],
			.foreign_domid = NOBODY,
		};

		ck_assert_int_eq(ioctl(file, GNTALLOC_2010_ALLOC, &arg), 0);
		ck_assert_uint_eq(arg.page_idx, i);
	}
}
END_TEST

START_TEST(a_page_maps_at_its_index_zeroed_and_writable)
{
	int file = (int)must(device_open());
	uint32_t page_idx;
	void *address;

	must(device_alloc_2010(file, NOBODY, 0, NULL, NULL));
	must(device_alloc_2010(file, NOBODY, 0, NULL, &page_idx));
	must(device_map(file, page_idx * PAGE, 1, &address));
	ck_assert(memory_is(address, 0, PAGE));
	memset(address, 0x5a, PAGE);
	ck_assert(memory_is(address, 0x5a, PAGE));
}
END_TEST

START_TEST(the_owner_may_write_a_page_that_is_read_only_for_the_peer)
{
	int file = (int)must(device_open());
	uint32_t page_idx;
	void *address;

	must(device_alloc_2010(file, NOBODY, 7, NULL, &page_idx));
	must(device_map(file, page_idx * PAGE, 1, &address));
	*(volatile char *)address = 'x';
	ck_assert_int_eq(*(volatile char *)address, 'x');
}
END_TEST

START_TEST(a_dealloc_ends_the_grant)
{
	int file = (int)must(device_open());
	uint32_t gref;

	must(device_alloc_2010(file, NOBODY, 0, &gref, NULL));
	must(device_dealloc_2010(file, gref));
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(a_mapped_page_outlives_its_dealloc)
{
	int file = (int)must(device_open());
	uint32_t gref, page_idx;
	void *address;

	must(device_alloc_2010(file, NOBODY, 0, &gref, &page_idx));
	must(device_map(file, page_idx * PAGE, 1, &address));
	must(device_dealloc_2010(file, gref));
	*(volatile char *)address = 'x';
	ck_assert_int_eq(device_counter("entries"), 1);
	munmap(address, PAGE);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(a_dealloc_of_an_unknown_gref_is_enoent)
{
	int file = (int)must(device_open());
	uint32_t gref;

	fails(device_dealloc_2010(file, 0), ENOENT);
	must(device_alloc_2010(file, NOBODY, 0, &gref, NULL));
	fails(device_dealloc_2010(file, gref + 1), ENOENT);
	fails(device_dealloc_2010(file, 0xffffffff), ENOENT);
	ck_assert_int_eq(device_counter("entries"), 1);
}
END_TEST

START_TEST(a_dealloc_ends_the_page_of_its_gref_and_no_other)
{
	int file = (int)must(device_open());
	uint32_t grefs[3];
	void *address;
	size_t i;

	for (i = 0; i < 3; i++)
		must(device_alloc_2010(file, NOBODY, 0, &grefs[i], NULL));
	must(device_dealloc_2010(file, grefs[1]));
	must(device_map(file, 0, 1, &address));
	fails(device_map(file, 1 * PAGE, 1, &address), ENOENT);
	must(device_map(file, 2 * PAGE, 1, &address));
}
END_TEST

START_TEST(a_second_dealloc_is_enoent)
{
	int file = (int)must(device_open());
	uint32_t gref;

	must(device_alloc_2010(file, NOBODY, 0, &gref, NULL));
	must(device_dealloc_2010(file, gref));
	fails(device_dealloc_2010(file, gref), ENOENT);
}
END_TEST

START_TEST(a_second_dealloc_of_a_mapped_page_is_enoent)
{
	int file = (int)must(device_open());
	uint32_t gref, page_idx;
	void *address;

	must(device_alloc_2010(file, NOBODY, 0, &gref, &page_idx));
	must(device_map(file, page_idx * PAGE, 1, &address));
	must(device_dealloc_2010(file, gref));
	fails(device_dealloc_2010(file, gref), ENOENT);
	ck_assert_int_eq(device_counter("entries"), 1);
}
END_TEST

/*
 * Two pages have the same gref, one after the other: the first one had it until
 * it was revoked. When the first page ends, the gref stays with the second.
 */
START_TEST(a_gref_that_is_used_again_is_the_newer_pages)
{
	int file = (int)must(device_open());
	uint32_t first, next, index, tries = 0;

	must(device_alloc_2010(file, NOBODY, 0, &first, &index));
	must(native_revoke(file, index * PAGE, 1, NOBODY));
	do
		must(device_alloc_2010(file, NOBODY, 0, &next, NULL));
	while (next != first && ++tries < 100);
	ck_assert_uint_eq(next, first);
	must(device_dealloc(file, index * PAGE, 1));
	must(device_dealloc_2010(file, first));
	fails(device_dealloc_2010(file, first), ENOENT);
}
END_TEST

START_TEST(a_dealloc_of_another_files_gref_is_enoent)
{
	int one = (int)must(device_open());
	int two = (int)must(device_open());
	uint32_t gref;

	must(device_alloc_2010(one, NOBODY, 0, &gref, NULL));
	must(device_alloc_2010(two, NOBODY, 0, NULL, NULL));
	fails(device_dealloc_2010(two, gref), ENOENT);
	ck_assert_int_eq(device_counter("entries"), 2);
	must(device_dealloc_2010(one, gref));
}
END_TEST

START_TEST(reserved_peers_are_einval)
{
	static const uint16_t reserved[] = {
		0x7ff0, 0x7ff1, 0x7ff2, 0x7ff4, 0x7fff, 0x8000, 0xffff,
	};
	int file = (int)must(device_open());
	uint32_t page_idx;
	size_t i;

	for (i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		fails(device_alloc_2010(file, reserved[i], 0, NULL, NULL),
		      EINVAL);
	ck_assert_int_eq(device_counter("entries"), 0);
	must(device_alloc_2010(file, 0x7fef, 0, NULL, &page_idx));
	ck_assert_uint_eq(page_idx, 0);
}
END_TEST

START_TEST(both_levels_share_one_address_space)
{
	int file = (int)must(device_open());
	uint64_t index;
	uint32_t page_idx, grefs[2];

	must(device_alloc_2010(file, NOBODY, 0, NULL, &page_idx));
	ck_assert_uint_eq(page_idx, 0);
	must(device_alloc(file, NOBODY, 0, 2, &index, grefs));
	ck_assert_uint_eq(index, 1 * PAGE);
	must(device_alloc_2010(file, NOBODY, 0, NULL, &page_idx));
	ck_assert_uint_eq(page_idx, 3);
}
END_TEST

START_TEST(level_2011_deallocates_pages_of_level_2010)
{
	int file = (int)must(device_open());
	uint32_t grefs[3];
	size_t i;

	for (i = 0; i < 3; i++)
		must(device_alloc_2010(file, NOBODY, 0, &grefs[i], NULL));
	must(device_dealloc(file, 0, 3));
	ck_assert_int_eq(device_counter("entries"), 0);
	for (i = 0; i < 3; i++)
		fails(device_dealloc_2010(file, grefs[i]), ENOENT);
}
END_TEST

START_TEST(level_2011_deallocates_mapped_pages_of_level_2010)
{
	int file = (int)must(device_open());
	uint32_t grefs[3];
	void *address;
	size_t i;

	for (i = 0; i < 3; i++)
		must(device_alloc_2010(file, NOBODY, 0, &grefs[i], NULL));
	must(device_map(file, 0, 3, &address));
	must(device_dealloc(file, 0, 3));
	for (i = 0; i < 3; i++)
		fails(device_dealloc_2010(file, grefs[i]), ENOENT);
	ck_assert_int_eq(device_counter("entries"), 3);
	munmap(address, 3 * PAGE);
	for (i = 0; i < 3; i++)
		fails(device_dealloc_2010(file, grefs[i]), ENOENT);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(a_gref_that_comes_again_names_the_new_page)
{
	int file = (int)must(device_open());
	uint32_t gref, page_idx, old, i;

	/* Free entries are used again soon, the last one first. */
	must(device_alloc_2010(file, NOBODY, 0, &old, NULL));
	must(device_dealloc(file, 0, 1));
	for (i = 1; i < 100; i++) {
		must(device_alloc_2010(file, NOBODY, 0, &gref, &page_idx));
		ck_assert_uint_eq(page_idx, i);
		if (gref == old)
			break;
	}
	ck_assert_uint_eq(gref, old);
	must(device_dealloc_2010(file, gref));
	ck_assert_int_eq(device_counter("entries"), (long)i - 1);
}
END_TEST
