// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Level 2011: runs of pages, known by their offset.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "device.h"
#include "fixture.h"
#include "suite.h"

START_TEST(an_alloc_returns_a_gref_for_each_page)
{
	int file = (int)must(device_open());
	uint32_t grefs[16] = { 0 };
	size_t i, j;

	must(device_alloc(file, NOBODY, 0, 16, NULL, grefs));
	for (i = 0; i < 16; i++) {
		ck_assert_uint_ge(grefs[i], 8);
		for (j = 0; j < i; j++)
			ck_assert_uint_ne(grefs[i], grefs[j]);
	}
	ck_assert_int_eq(device_counter("entries"), 16);
}
END_TEST

START_TEST(offsets_grow_by_the_size_of_each_allocation)
{
	int file = (int)must(device_open());
	uint64_t index;

	must(device_alloc(file, NOBODY, 0, 3, &index, NULL));
	ck_assert_uint_eq(index, 0);
	must(device_alloc(file, NOBODY, 0, 1, &index, NULL));
	ck_assert_uint_eq(index, 3 * PAGE);
	must(device_alloc(file, NOBODY, 0, 1, &index, NULL));
	ck_assert_uint_eq(index, 4 * PAGE);
}
END_TEST

START_TEST(offsets_of_deallocated_pages_are_not_used_again)
{
	int file = (int)must(device_open());
	uint64_t index;

	must(device_alloc(file, NOBODY, 0, 3, &index, NULL));
	must(device_dealloc(file, index, 3));
	must(device_alloc(file, NOBODY, 0, 1, &index, NULL));
	ck_assert_uint_eq(index, 3 * PAGE);
}
END_TEST

START_TEST(an_alloc_that_fails_takes_no_offsets)
{
	int file = (int)must(device_open());
	uint64_t index;

	fails(device_alloc(file, 0x7ff0, 0, 3, NULL, NULL), EINVAL);
	fails(device_alloc(file, NOBODY, 2, 3, NULL, NULL), EINVAL);
	fails(device_alloc(file, NOBODY, 0, 1000000, NULL, NULL), ENOSPC);
	must(device_alloc(file, NOBODY, 0, 1, &index, NULL));
	ck_assert_uint_eq(index, 0);
}
END_TEST

START_TEST(an_alloc_of_no_pages_succeeds_and_takes_nothing)
{
	int file = (int)must(device_open());
	uint64_t index;

	must(device_alloc(file, NOBODY, GNTALLOC_2011_WRITABLE, 0, NULL, NULL));
	ck_assert_int_eq(device_counter("entries"), 0);
	must(device_alloc(file, NOBODY, 0, 1, &index, NULL));
	ck_assert_uint_eq(index, 0);
}
END_TEST

START_TEST(an_alloc_of_no_pages_writes_no_gref)
{
	int file = (int)must(device_open());
	struct gntalloc_2011_alloc arg = {
		.domid = NOBODY,
		.gref_ids = { 0xabcdef },
	};

	ck_assert_int_eq(ioctl(file, GNTALLOC_2011_ALLOC, &arg), 0);
	ck_assert_uint_eq(arg.gref_ids[0], 0xabcdef);
}
END_TEST

START_TEST(new_pages_are_zeroed_whatever_the_last_owner_wrote)
{
	int round;

	for (round = 0; round < 4; round++) {
		int file = (int)must(device_open());
		void *address;
		uint64_t index;

		must(device_alloc(file, NOBODY, 0, 32, &index, NULL));
		must(device_map(file, index, 32, &address));
		ck_assert(memory_is(address, 0, 32 * PAGE));
		memset(address, 0xa5, 32 * PAGE);
		munmap(address, 32 * PAGE);
		close(file);
	}
}
END_TEST

START_TEST(a_dealloc_ends_all_its_grants)
{
	int file = (int)must(device_open());

	must(device_alloc(file, NOBODY, 0, 8, NULL, NULL));
	must(device_dealloc(file, 0, 8));
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(a_dealloc_of_a_part_leaves_the_rest)
{
	int file = (int)must(device_open());
	void *address;

	must(device_alloc(file, NOBODY, 0, 8, NULL, NULL));
	must(device_dealloc(file, 2 * PAGE, 3));
	ck_assert_int_eq(device_counter("entries"), 5);
	must(device_map(file, 0, 2, &address));
	must(device_map(file, 5 * PAGE, 3, &address));
}
END_TEST

START_TEST(a_dealloc_may_span_allocations)
{
	int file = (int)must(device_open());

	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));
	must(device_alloc(file, NOBODY, 0, 3, NULL, NULL));
	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));
	must(device_dealloc(file, 1 * PAGE, 5));
	ck_assert_int_eq(device_counter("entries"), 2);
	must(device_dealloc(file, 0, 1));
	must(device_dealloc(file, 6 * PAGE, 1));
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(a_dealloc_with_a_gap_is_einval_and_changes_nothing)
{
	int file = (int)must(device_open());
	void *address;

	must(device_alloc(file, NOBODY, 0, 4, NULL, NULL));
	must(device_dealloc(file, 2 * PAGE, 1));
	fails(device_dealloc(file, 0, 4), EINVAL);
	ck_assert_int_eq(device_counter("entries"), 3);
	must(device_map(file, 0, 2, &address));
	must(device_dealloc(file, 0, 2));
	must(device_dealloc(file, 3 * PAGE, 1));
}
END_TEST

START_TEST(a_dealloc_past_the_end_is_einval_and_changes_nothing)
{
	int file = (int)must(device_open());

	must(device_alloc(file, NOBODY, 0, 4, NULL, NULL));
	fails(device_dealloc(file, 0, 5), EINVAL);
	fails(device_dealloc(file, 4 * PAGE, 1), EINVAL);
	ck_assert_int_eq(device_counter("entries"), 4);
}
END_TEST

START_TEST(a_second_dealloc_is_einval)
{
	int file = (int)must(device_open());

	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	must(device_dealloc(file, 0, 1));
	fails(device_dealloc(file, 0, 1), EINVAL);
}
END_TEST

START_TEST(a_second_dealloc_of_mapped_pages_is_einval)
{
	int file = (int)must(device_open());
	void *address;

	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));
	must(device_map(file, 0, 2, &address));
	must(device_dealloc(file, 0, 2));
	fails(device_dealloc(file, 0, 2), EINVAL);
	ck_assert_int_eq(device_counter("entries"), 2);
}
END_TEST

START_TEST(a_dealloc_of_no_pages_is_einval)
{
	int file = (int)must(device_open());

	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	fails(device_dealloc(file, 0, 0), EINVAL);
	ck_assert_int_eq(device_counter("entries"), 1);
}
END_TEST

START_TEST(a_dealloc_between_two_offsets_is_einval)
{
	int file = (int)must(device_open());

	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));
	fails(device_dealloc(file, 1, 1), EINVAL);
	fails(device_dealloc(file, PAGE - 1, 1), EINVAL);
	ck_assert_int_eq(device_counter("entries"), 2);
}
END_TEST

START_TEST(a_dealloc_of_absurd_runs_is_einval)
{
	int file = (int)must(device_open());

	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	fails(device_dealloc(file, 0, 0xffffffff), EINVAL);
	fails(device_dealloc(file, ~0ULL << 12, 1), EINVAL);
	fails(device_dealloc(file, ~0ULL << 12, 2), EINVAL);
	fails(device_dealloc(file, 1ULL << 63, 0xffffffff), EINVAL);
	ck_assert_int_eq(device_counter("entries"), 1);
}
END_TEST

START_TEST(a_dealloc_of_another_files_pages_is_einval)
{
	int one = (int)must(device_open());
	int two = (int)must(device_open());

	must(device_alloc(one, NOBODY, 0, 2, NULL, NULL));
	fails(device_dealloc(two, 0, 2), EINVAL);
	ck_assert_int_eq(device_counter("entries"), 2);
}
END_TEST

START_TEST(unknown_flags_are_einval)
{
	static const uint16_t flags[] = { 2, 3, 4, 0x8000, 0xffff };
	int file = (int)must(device_open());
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		fails(device_alloc(file, NOBODY, flags[i], 1, NULL, NULL),
		      EINVAL);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(reserved_peers_are_einval)
{
	static const uint16_t reserved[] = {
		0x7ff0, 0x7ff1, 0x7ff2, 0x7ff4, 0x7fff, 0x8000, 0xffff,
	};
	int file = (int)must(device_open());
	size_t i;

	for (i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		fails(device_alloc(file, reserved[i], 0, 1, NULL, NULL),
		      EINVAL);
	ck_assert_int_eq(device_counter("entries"), 0);
	must(device_alloc(file, 0x7fef, 0, 1, NULL, NULL));
}
END_TEST

START_TEST(a_notification_of_a_page_that_is_not_there_is_enoent)
{
	int file = (int)must(device_open());

	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));
	fails(device_notify(file, 2 * PAGE, GNTALLOC_2011_CLEAR_BYTE, 0),
	      ENOENT);
	fails(device_notify(file, 2 * PAGE, 0, 0), ENOENT);
	fails(device_notify(file, ~0ULL, GNTALLOC_2011_CLEAR_BYTE, 0),
	      ENOENT);
}
END_TEST

START_TEST(a_notification_of_a_deallocated_page_is_enoent)
{
	int file = (int)must(device_open());
	void *address;

	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));
	must(device_map(file, 0, 2, &address));
	must(device_dealloc(file, 0, 1));
	fails(device_notify(file, 0, GNTALLOC_2011_CLEAR_BYTE, 0), ENOENT);
	must(device_notify(file, PAGE, GNTALLOC_2011_CLEAR_BYTE, 0));
}
END_TEST

START_TEST(a_notification_on_another_file_is_enoent)
{
	int one = (int)must(device_open());
	int two = (int)must(device_open());

	must(device_alloc(one, NOBODY, 0, 1, NULL, NULL));
	fails(device_notify(two, 0, GNTALLOC_2011_CLEAR_BYTE, 0), ENOENT);
}
END_TEST

START_TEST(unknown_notify_actions_are_einval)
{
	static const uint32_t actions[] = { 4, 5, 8, 0x80000000, 0xffffffff };
	int file = (int)must(device_open());
	size_t i;

	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	for (i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		fails(device_notify(file, 0, actions[i], 0), EINVAL);
}
END_TEST

START_TEST(an_event_on_a_port_that_nobody_bound_is_einval)
{
	static const uint32_t ports[] = { 0, 4095, 100000, 0xffffffff };
	int file = (int)must(device_open());
	size_t i;

	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	for (i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		fails(device_notify(file, 0, GNTALLOC_2011_SEND_EVENT,
				    ports[i]), EINVAL);
}
END_TEST

START_TEST(the_port_matters_only_when_an_event_is_sent)
{
	int file = (int)must(device_open());

	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	must(device_notify(file, 5, GNTALLOC_2011_CLEAR_BYTE, 100000));
	must(device_notify(file, 5, 0, 100000));
}
END_TEST

START_TEST(a_notification_names_any_byte_of_a_page)
{
	int file = (int)must(device_open());

	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));
	must(device_notify(file, 0, GNTALLOC_2011_CLEAR_BYTE, 0));
	must(device_notify(file, 2 * PAGE - 1, GNTALLOC_2011_CLEAR_BYTE, 0));
	/* A notification can be replaced any number of times. */
	must(device_notify(file, 2 * PAGE - 2, GNTALLOC_2011_CLEAR_BYTE, 0));
	must(device_notify(file, 2 * PAGE - 2, 0, 0));
	must(device_notify(file, 2 * PAGE - 2, 0, 0));
}
END_TEST

START_TEST(level_2010_pages_take_notifications)
{
	int file = (int)must(device_open());

	must(device_alloc_2010(file, NOBODY, 0, NULL, NULL));
	must(device_notify(file, 12, GNTALLOC_2011_CLEAR_BYTE, 0));
}
END_TEST
