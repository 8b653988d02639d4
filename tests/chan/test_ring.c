// SPDX-License-Identifier: GPL-2.0-or-later
/* The ring alone: both sides of it, and what the other side must not do. */
#include "chan_test.h"

#define SIZE	64u

static struct ring_shared shared;
static unsigned char bytes[SIZE];
static struct gntchan__ring in, out;

static void begin_at(uint32_t number)
{
	shared.cons = number;
	shared.prod = number;
	ck_assert(gntchan__ring_begin(&in, &shared, bytes, SIZE, false));
	ck_assert(gntchan__ring_begin(&out, &shared, bytes, SIZE, true));
}

static void read_and_write(uint32_t number)
{
	unsigned char sent = 0, got = 0, buffer[SIZE + 8];
	uint32_t turn, i, count;

	begin_at(number);
	for (turn = 0; turn < 1000; turn++) {
		for (i = 0; i < sizeof(buffer); i++)
			buffer[i] = (unsigned char)(sent + i);
		ck_assert(gntchan__ring_look(&out));
		count = gntchan__ring_write(&out, buffer, turn % 71);
		sent = (unsigned char)(sent + count);
		ck_assert(gntchan__ring_look(&in));
		count = gntchan__ring_read(&in, buffer, turn % 37);
		for (i = 0; i < count; i++)
			ck_assert_uint_eq(buffer[i], got++);
	}
}

START_TEST(what_is_written_is_read)
{
	read_and_write(0);
	/* The numbers go through 2^32. */
	read_and_write(0xFFFFFFC3);
}
END_TEST

START_TEST(no_more_than_the_ring_is_written_or_read)
{
	unsigned char buffer[2 * SIZE] = { 0 };

	begin_at(5);
	ck_assert_uint_eq(gntchan__ring_write(&out, buffer, sizeof(buffer)),
			  SIZE);
	ck_assert_uint_eq(gntchan__ring_write(&out, buffer, 1), 0);
	ck_assert_uint_eq(gntchan__ring_ready(&in), 0);
	ck_assert(gntchan__ring_look(&in));
	ck_assert_uint_eq(gntchan__ring_ready(&in), SIZE);
	ck_assert_uint_eq(gntchan__ring_read(&in, buffer, sizeof(buffer)),
			  SIZE);
	ck_assert_uint_eq(gntchan__ring_read(&in, buffer, 1), 0);
	ck_assert_uint_eq(gntchan__ring_ready(&out), 0);
	ck_assert(gntchan__ring_look(&out));
	ck_assert_uint_eq(gntchan__ring_ready(&out), SIZE);
}
END_TEST

START_TEST(a_piece_ends_where_the_ring_does)
{
	void *piece;

	begin_at(SIZE - 10);
	ck_assert_uint_eq(gntchan__ring_piece(&out, &piece), 10);
	ck_assert_ptr_eq(piece, bytes + SIZE - 10);
	gntchan__ring_advance(&out, 10);
	ck_assert_uint_eq(gntchan__ring_piece(&out, &piece), SIZE - 10);
	ck_assert_ptr_eq(piece, bytes);
}
END_TEST

/* Of a ring with 20 bytes in it, the other side's number is @other. */
static const struct {
	uint32_t other;
	bool reader, writer;	/* each takes it for possible */
} numbers[] = {
	/* prod was 120, cons was 100; look() is with both known */
	{ 100, false, true },
	{ 101, false, true },
	{ 119, false, true },
	{ 120, true, true },
	{ 121, true, false },
	{ 164, true, false },
	{ 165, false, false },
	{ 99, false, false },
	{ 0, false, false },
	{ 0x80000000, false, false },
	{ 0xFFFFFFFF, false, false },
};

START_TEST(an_impossible_number_is_refused)
{
	unsigned char buffer[20] = { 0 };

	begin_at(100);
	gntchan__ring_write(&out, buffer, sizeof(buffer));
	ck_assert(gntchan__ring_look(&in));
	shared.prod = numbers[_i].other;
	shared.cons = numbers[_i].other;
	ck_assert(gntchan__ring_look(&in) == numbers[_i].reader);
	ck_assert(gntchan__ring_look(&out) == numbers[_i].writer);
	/* And nothing has changed. */
	if (!numbers[_i].reader)
		ck_assert_uint_eq(gntchan__ring_ready(&in), 20);
	if (!numbers[_i].writer)
		ck_assert_uint_eq(gntchan__ring_ready(&out), SIZE - 20);
}
END_TEST

START_TEST(a_number_of_this_side_is_not_read_again)
{
	unsigned char buffer[20] = { 0 };

	begin_at(100);
	shared.prod = 7;
	ck_assert_uint_eq(gntchan__ring_write(&out, buffer, 20), 20);
	ck_assert_uint_eq(shared.prod, 120);
	ck_assert(gntchan__ring_look(&in));
	shared.cons = 7;
	ck_assert_uint_eq(gntchan__ring_read(&in, buffer, 20), 20);
	ck_assert_uint_eq(shared.cons, 120);
}
END_TEST

START_TEST(a_ring_begins_only_with_possible_numbers)
{
	shared.prod = 10 + SIZE;
	shared.cons = 10;
	ck_assert(gntchan__ring_begin(&in, &shared, bytes, SIZE, false));
	ck_assert_uint_eq(gntchan__ring_ready(&in), SIZE);
	ck_assert(gntchan__ring_begin(&out, &shared, bytes, SIZE, true));
	ck_assert_uint_eq(gntchan__ring_ready(&out), 0);
	shared.prod++;
	ck_assert(!gntchan__ring_begin(&in, &shared, bytes, SIZE, false));
	ck_assert(!gntchan__ring_begin(&out, &shared, bytes, SIZE, true));
	shared.prod = 9;
	ck_assert(!gntchan__ring_begin(&in, &shared, bytes, SIZE, false));
}
END_TEST

START_TEST(a_request_is_answered_once)
{
	uint8_t requests = 0;

	ck_assert(!gntchan__requested(&requests, VCHAN_NOTIFY_READ));
	gntchan__request(&requests, VCHAN_NOTIFY_READ);
	ck_assert(!gntchan__requested(&requests, VCHAN_NOTIFY_WRITE));
	ck_assert(gntchan__requested(&requests, VCHAN_NOTIFY_READ));
	ck_assert(!gntchan__requested(&requests, VCHAN_NOTIFY_READ));
}
END_TEST

struct Suite *ring_suite(void)
{
	struct Suite *suite = suite_create("ring");
	struct TCase *tests = tcase_create("ring");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, what_is_written_is_read);
	tcase_add_test(tests, no_more_than_the_ring_is_written_or_read);
	tcase_add_test(tests, a_piece_ends_where_the_ring_does);
	tcase_add_loop_test(tests, an_impossible_number_is_refused, 0,
			    sizeof(numbers) / sizeof(*numbers));
	tcase_add_test(tests, a_number_of_this_side_is_not_read_again);
	tcase_add_test(tests, a_ring_begins_only_with_possible_numbers);
	tcase_add_test(tests, a_request_is_answered_once);
	return suite;
}
