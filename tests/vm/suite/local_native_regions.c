// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level: regions and their offsets, grants that are separate from
 * pages, and what a program learns of a region that no peer maps.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "fixture.h"
#include "native.h"
#include "suite.h"

#define MB_PAGES	256U

/*
 * A search for consecutive grefs ends at the limit. If entries were given back
 * in any order, it needs a high limit.
 */
#define MUCH	0x7fffffff

START_TEST(the_driver_places_regions_one_behind_the_other)
{
	int file = (int)must(device_open());
	uint64_t offset, id;

	must(native_create(file, 3, &offset, &id));
	ck_assert_uint_eq(offset, 0);
	ck_assert_uint_eq(id, 1);
	must(device_alloc(file, NOBODY, 0, 2, &offset, NULL));
	ck_assert_uint_eq(offset, 3 * PAGE);
	must(native_create(file, 1, &offset, &id));
	ck_assert_uint_eq(offset, 5 * PAGE);
	ck_assert_uint_eq(id, 2);
	/* Neither an offset nor an id is given twice. */
	must(native_destroy(file, id));
	must(native_create(file, 1, &offset, &id));
	ck_assert_uint_eq(offset, 6 * PAGE);
	ck_assert_uint_eq(id, 3);
}
END_TEST

START_TEST(regions_are_placed_around_one_that_the_caller_placed)
{
	int file = (int)must(device_open());
	uint64_t offset;

	must(native_create_at(file, 2 * PAGE, 4, NULL));
	must(native_create(file, 2, &offset, NULL));
	ck_assert_uint_eq(offset, 0);
	must(native_create(file, 1, &offset, NULL));
	ck_assert_uint_eq(offset, 6 * PAGE);
}
END_TEST

START_TEST(a_place_can_be_taken_again_when_its_region_is_destroyed)
{
	int file = (int)must(device_open());
	char *address;
	uint64_t id;

	must(native_create_at(file, 16 * PAGE, 4, &id));
	must(device_map(file, 16 * PAGE, 4, (void **)&address));
	must(native_destroy(file, id));
	/* It is still mapped. */
	fails(native_create_at(file, 16 * PAGE, 4, NULL), EEXIST);
	munmap(address, 4 * PAGE);
	must(native_create_at(file, 16 * PAGE, 4, &id));
	ck_assert_uint_eq(id, 2);
	must(device_map(file, 16 * PAGE, 4, (void **)&address));
	ck_assert(memory_is(address, 0, 4 * PAGE));
}
END_TEST

START_TEST(one_mmap_covers_three_regions_with_no_gap)
{
	const uint64_t base = 1ULL << 40;
	int file = (int)must(device_open());
	char *all, *middle;
	uint64_t id;

	must(native_create_at(file, base + 5 * PAGE, 600, NULL));
	must(native_create_at(file, base, 2, NULL));
	must(native_create_at(file, base + 2 * PAGE, 3, &id));
	must(device_map(file, base, 605, (void **)&all));
	ck_assert(memory_is(all, 0, 605 * PAGE));
	memset(all + 2 * PAGE, 0x11, 3 * PAGE);
	must(device_map(file, base + 2 * PAGE, 3, (void **)&middle));
	ck_assert(memory_is(middle, 0x11, 3 * PAGE));
	must(native_destroy(file, id));
	ck_assert(memory_is(middle, 0x11, 3 * PAGE));
	ck_assert_int_eq(device_counter("pages"), 605);
	ck_assert_int_eq(device_counter("entries"), 0);
	munmap(middle, 3 * PAGE);
	munmap(all + 2 * PAGE, 3 * PAGE);
	ck_assert_int_eq(device_counter("pages"), 602);
}
END_TEST

/* Nothing is mapped, and nothing is counted as mapped. */
START_TEST(an_mmap_over_a_gap_is_enoent_and_maps_nothing)
{
	int file = (int)must(device_open());
	uint64_t one, two;
	void *address;

	must(native_create_at(file, 0, 4, &one));
	must(native_create_at(file, 5 * PAGE, 4, &two));
	fails(device_map(file, 0, 9, &address), ENOENT);
	fails(device_map(file, 3 * PAGE, 2, &address), ENOENT);
	fails(device_map(file, 4 * PAGE, 1, &address), ENOENT);
	fails(device_map(file, 8 * PAGE, 2, &address), ENOENT);
	must(native_destroy(file, one));
	must(native_destroy(file, two));
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST

/* In kB, without the memory that only movable pages can have. */
static long memory_available(void)
{
	long movable = device_read_number("/proc/meminfo", "CmaFree");

	return must(device_read_number("/proc/meminfo", "MemAvailable")) -
	       (movable > 0 ? movable : 0);
}

/*
 * It takes 512 MB if there is that much memory, otherwise as much as there is.
 */
START_TEST(one_create_and_one_mmap_take_512_mb)
{
	uint32_t pages = 512 * MB_PAGES;
	long most = memory_available() * 3 / 4 / 4;
	int file = (int)must(device_open());
	uint32_t *word;
	uint64_t id;
	uint32_t i;

	ck_assert_int_gt(most, 16 * MB_PAGES);
	if (pages > most)
		pages = (uint32_t)most;
	must(device_set_limit(pages));
	must(native_create(file, pages, NULL, &id));
	must(device_map(file, 0, pages, (void **)&word));
	for (i = 0; i < pages; i++) {
		if (word[i * PAGE / 4])
			ck_abort_msg("page %u is not zero", i);
		word[i * PAGE / 4] = i;
	}
	for (i = 0; i < pages; i++)
		if (word[i * PAGE / 4] != i)
			ck_abort_msg("page %u is %u", i, word[i * PAGE / 4]);
	ck_assert_int_eq(device_counter("pages"), pages);
	fails(native_create(file, 1, NULL, NULL), EDQUOT);
	must(native_destroy(file, id));
	munmap(word, pages * PAGE);
	ck_assert_int_eq(device_counter("pages"), 0);
	fprintf(stderr, "one create: %u pages\n", pages);
}
END_TEST

/* The next free entries are every second one. */
static void leave_gaps(int file, uint32_t pages)
{
	uint32_t first;
	uint64_t i;

	must(native_grant_run(file, 0, pages, NOBODY, 0, &first));
	for (i = 0; i < pages; i += 2)
		must(native_revoke(file, i * PAGE, 1, NOBODY));
}

START_TEST(a_region_is_granted_to_nobody_at_first)
{
	int file = (int)must(device_open());

	must(native_create(file, 8, NULL, NULL));
	ck_assert_int_eq(device_counter("pages"), 8);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(consecutive_grefs_are_one_behind_the_other)
{
	struct gntalloc_native_info info;
	struct gntalloc_native_grant op = { .pages = 300, .domid = NOBODY };
	uint32_t grefs[300], first;
	int file = (int)must(device_open());
	int i;

	must(native_info(file, &info));
	ck_assert(info.features & GNTALLOC_FEATURE_CONSECUTIVE);
	must(device_set_limit(MUCH));
	must(native_create(file, 300, NULL, NULL));
	op.flags = GNTALLOC_GRANT_WRITABLE | GNTALLOC_GRANT_CONSECUTIVE;
	op.grefs = (uintptr_t)grefs;
	must(native_call(file, GNTALLOC_NATIVE_GRANT, &op));
	ck_assert_uint_eq(op.answer, GNTALLOC_GRANTED_CONSECUTIVE);
	/* The flags of the demand stay for the next call. */
	ck_assert_uint_eq(op.flags, GNTALLOC_GRANT_WRITABLE |
			  GNTALLOC_GRANT_CONSECUTIVE);
	for (i = 0; i < 300; i++)
		ck_assert_uint_eq(grefs[i], op.first_gref + (uint32_t)i);
	must(native_grant_run(file, 0, 300, NOBODY, 0, &first));
	ck_assert(first >= op.first_gref + 300 || first + 300 <= op.first_gref);
	ck_assert_int_eq(device_counter("entries"), 600);
}
END_TEST

START_TEST(all_grefs_are_told_and_differ)
{
	struct gntalloc_native_info info;
	uint32_t grefs[64], i, j;
	int file = (int)must(device_open());

	must(native_create(file, 16, NULL, NULL));
	for (i = 0; i < 64; i += 16)
		must(native_grant(file, 0, 16, (uint16_t)(i / 16), 0,
				  grefs + i));
	for (i = 0; i < 64; i++)
		for (j = 0; j < i; j++)
			ck_assert_uint_ne(grefs[i], grefs[j]);
	must(native_info(file, &info));
	ck_assert_uint_eq(info.pages, 16);
	ck_assert_uint_eq(info.user_pages, 16);
	ck_assert_uint_eq(info.entries, 64);
	ck_assert_uint_eq(info.user_entries, 64);
	ck_assert_uint_eq(info.draining, 0);
	ck_assert_uint_eq(info.limit, device_limit());
}
END_TEST

/* The entries that were given back last are the next that are taken. */
START_TEST(consecutive_grefs_are_taken_unasked_if_they_are_the_next)
{
	struct gntalloc_native_grant op = { .pages = 16, .domid = NOBODY };
	int file = (int)must(device_open());
	uint32_t first, grefs[16];
	unsigned int i;

	must(device_set_limit(MUCH));
	must(native_create(file, 16, NULL, NULL));
	must(native_grant_run(file, 0, 16, NOBODY, 0, &first));
	must(native_revoke(file, 0, 16, NOBODY));
	op.grefs = (uintptr_t)grefs;
	must(native_call(file, GNTALLOC_NATIVE_GRANT, &op));
	ck_assert_uint_eq(op.answer, GNTALLOC_GRANTED_CONSECUTIVE);
	ck_assert_uint_eq(op.flags, 0);
	ck_assert_uint_eq(op.first_gref, first);
	for (i = 0; i < 16; i++)
		ck_assert_uint_eq(grefs[i], first + i);
}
END_TEST

/* The struct may be used again: an old answer in it is not a demand. */
START_TEST(an_answer_left_in_the_struct_changes_nothing_of_the_next_grant)
{
	struct gntalloc_native_grant op = { .pages = 2, .domid = NOBODY };
	int file = (int)must(device_open());

	must(device_set_limit(MUCH));
	must(native_create(file, 16, NULL, NULL));
	op.answer = 0xffff;
	must(native_call(file, GNTALLOC_NATIVE_GRANT, &op));
	ck_assert_uint_eq(op.answer & ~GNTALLOC_GRANTED_CONSECUTIVE, 0);
	op.answer = GNTALLOC_GRANTED_CONSECUTIVE;
	leave_gaps(file, 16);
	must(native_call(file, GNTALLOC_NATIVE_GRANT, &op));
	ck_assert_uint_eq(op.answer, 0);
	ck_assert_uint_eq(op.flags, 0);
}
END_TEST

START_TEST(a_part_is_granted_and_a_part_of_that_revoked)
{
	int file = (int)must(device_open());

	must(native_create(file, 16, NULL, NULL));
	must(native_grant(file, 4 * PAGE, 8, NOBODY, 0, NULL));
	ck_assert_int_eq(device_counter("entries"), 8);
	ck_assert_int_eq(must(native_revoke(file, 0, 6, NOBODY)), 0);
	ck_assert_int_eq(device_counter("entries"), 6);
	must(native_grant(file, 0, 6, NOBODY, 0, NULL));
	ck_assert_int_eq(device_counter("entries"), 12);
	ck_assert_int_eq(must(native_revoke(file, 0, 16, NOBODY)), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
	ck_assert_int_eq(device_counter("pages"), 16);
}
END_TEST

START_TEST(the_calls_of_2011_take_pages_of_a_region)
{
	int file = (int)must(device_open());
	char *address;
	uint64_t id;

	must(native_create_at(file, 8 * PAGE, 8, &id));
	must(native_grant(file, 8 * PAGE, 8, NOBODY, 0, NULL));
	must(device_map(file, 9 * PAGE, 1, (void **)&address));
	address[100] = 1;
	must(device_notify(file, 9 * PAGE + 100, GNTALLOC_2011_CLEAR_BYTE, 0));
	fails(device_notify(file, 7 * PAGE, GNTALLOC_2011_CLEAR_BYTE, 0),
	      ENOENT);
	must(device_dealloc(file, 8 * PAGE, 3));
	/* Page 9 is mapped. */
	ck_assert_int_eq(device_counter("pages"), 6);
	ck_assert_int_eq(device_counter("entries"), 6);
	ck_assert_int_eq(address[100], 1);
	fails(device_dealloc(file, 8 * PAGE, 3), EINVAL);
	fails(native_grant(file, 9 * PAGE, 1, NOBODY, 0, NULL), ENOENT);
	munmap(address, PAGE);
	ck_assert_int_eq(device_counter("pages"), 5);
	ck_assert_int_eq(native_state(file, id), GNTALLOC_STATE_LIVE);
	must(device_dealloc(file, 11 * PAGE, 5));
	ck_assert_int_eq(native_state(file, id), GNTALLOC_STATE_GONE);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

/* One file has pages of levels 2010, 2011 and native, side by side. */
START_TEST(pages_of_all_levels_are_in_one_address_space)
{
	int file = (int)must(device_open());
	uint32_t gref;
	uint64_t id;
	char *all;

	must(device_alloc_2010(file, NOBODY, 0, &gref, NULL));
	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));
	must(native_create(file, 3, NULL, &id));
	must(device_map(file, 0, 6, (void **)&all));
	memset(all, 0x11, 6 * PAGE);
	/* A later peer can have pages of levels 2010 and 2011, too. */
	must(native_grant(file, PAGE, 2, 77, 0, NULL));
	ck_assert_int_eq(device_counter("entries"), 5);
	ck_assert_int_eq(must(native_revoke(file, PAGE, 2, NOBODY)), 0);
	ck_assert_int_eq(device_counter("entries"), 3);
	munmap(all, 6 * PAGE);
	must(device_dealloc(file, 0, 4));
	ck_assert_int_eq(device_counter("pages"), 2);
	fails(device_dealloc_2010(file, gref), ENOENT);
	must(native_destroy(file, id));
	ck_assert_int_eq(device_counter("pages"), 0);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(a_region_is_live_while_it_is_mapped_and_then_gone)
{
	int file = (int)must(device_open());
	uint32_t state;
	void *address;
	uint64_t id;

	must(native_create(file, 4, NULL, &id));
	must(native_grant(file, 0, 4, NOBODY, 0, NULL));
	must(device_map(file, 0, 4, &address));
	ck_assert_int_eq(native_state(file, id), GNTALLOC_STATE_LIVE);
	must(native_destroy(file, id));
	ck_assert_int_eq(native_state(file, id), GNTALLOC_STATE_LIVE);
	munmap(address, 4 * PAGE);
	must(native_wait(file, id, GNTALLOC_WAIT_GONE, -1, -1, &state, NULL));
	ck_assert_uint_eq(state, GNTALLOC_STATE_GONE);
	/* It stays gone. */
	ck_assert_int_eq(native_state(file, id), GNTALLOC_STATE_GONE);
	must(native_wait(file, id, GNTALLOC_WAIT_RELEASED, -1, -1, NULL,
			 NULL));
}
END_TEST

START_TEST(events_tell_in_order_which_regions_are_gone)
{
	struct gntalloc_native_event events[4];
	int file = (int)must(device_open());
	void *address;
	uint64_t id[3];
	int i;

	for (i = 0; i < 3; i++)
		must(native_create(file, 2, NULL, &id[i]));
	must(device_map(file, 0, 2, &address));
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(native_polls(file, 0), i > 1);
		must(native_destroy_event(file, id[i]));
	}
	munmap(address, 2 * PAGE);
	/* The buffer has room for three and a half events. */
	ck_assert_int_eq(read(file, events, sizeof(events) - 8),
			 3 * sizeof(*events));
	for (i = 0; i < 3; i++) {
		ck_assert_uint_eq(events[i].type, GNTALLOC_EVENT_GONE);
		ck_assert_uint_eq(events[i].id, id[(i + 1) % 3]);
	}
	ck_assert_int_eq(native_polls(file, 0), 0);
	fails(native_event(file, events), EAGAIN);
}
END_TEST

/* Forks a process that reads one event, and exits with the id in it. */
static pid_t reader(int file)
{
	struct gntalloc_native_event event = { 0 };
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	if (read(file, &event, sizeof(event)) != sizeof(event))
		_exit(99);
	_exit((int)event.id);
}

START_TEST(each_event_is_read_by_one_of_two_processes)
{
	int file = (int)must(device_open());
	int status, told = 0, i;
	pid_t pids[2];
	uint64_t id;

	pids[0] = reader(file);
	pids[1] = reader(file);
	sleep_ms(100);
	for (i = 0; i < 2; i++) {
		must(native_create(file, 1, NULL, &id));
		must(native_destroy_event(file, id));
	}
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert(WIFEXITED(status));
		told += 1 << WEXITSTATUS(status);
	}
	ck_assert_int_eq(told, 1 << 1 | 1 << 2);
	ck_assert_int_eq(native_polls(file, 0), 0);
}
END_TEST

START_TEST(an_eventfd_tells_that_a_region_is_gone)
{
	int file = (int)must(device_open());
	int tells = eventfd(0, EFD_NONBLOCK);
	uint64_t id, count;
	void *address;

	must(native_create(file, 2, NULL, &id));
	must(device_map(file, 0, 2, &address));
	must(native_destroy_eventfd(file, id, tells));
	ck_assert_int_eq(read(tells, &count, sizeof(count)), -1);
	munmap(address, 2 * PAGE);
	ck_assert_int_eq(read(tells, &count, sizeof(count)), sizeof(count));
	ck_assert_uint_eq(count, 1);
	/* There was no other event. */
	ck_assert_int_eq(read(tells, &count, sizeof(count)), -1);
	ck_assert_int_eq(native_polls(file, 0), 0);
}
END_TEST

/* The region exists for longer than the descriptor. */
START_TEST(an_eventfd_tells_after_the_device_was_closed)
{
	int file = (int)must(device_open());
	int tells = eventfd(0, EFD_NONBLOCK);
	uint64_t id, count;
	void *address;

	must(native_create(file, 2, NULL, &id));
	must(device_map(file, 0, 2, &address));
	must(native_destroy_eventfd(file, id, tells));
	close(file);
	ck_assert_int_eq(read(tells, &count, sizeof(count)), -1);
	munmap(address, 2 * PAGE);
	ck_assert_int_eq(read(tells, &count, sizeof(count)), sizeof(count));
}
END_TEST

START_TEST(a_file_closed_with_unread_events_leaves_nothing)
{
	int file = (int)must(device_open());
	uint64_t id;
	int i;

	for (i = 0; i < 20; i++) {
		must(native_create(file, 2, NULL, &id));
		must(native_destroy_event(file, id));
	}
	close(file);
	ck_assert_int_eq(device_counter("pages"), 0);
}
END_TEST
