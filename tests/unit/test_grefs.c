// SPDX-License-Identifier: GPL-2.0-or-later
/* Grefs as text: lib/grefs.c */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define MAX	UINT32_MAX

static const struct {
	const char *text;
	size_t count;
	uint32_t grefs[8];
} same[] = {
	{ "0", 1, { 0 } },
	{ "8", 1, { 8 } },
	{ "4294967295", 1, { MAX } },
	{ "8-9", 2, { 8, 9 } },
	{ "8-10,80", 4, { 8, 9, 10, 80 } },
	{ "80,8-10", 4, { 80, 8, 9, 10 } },
	{ "9,8", 2, { 9, 8 } },
	{ "8,8", 2, { 8, 8 } },
	{ "8,10,12", 3, { 8, 10, 12 } },
	{ "8-9,9-10", 4, { 8, 9, 9, 10 } },
	{ "4294967294-4294967295", 2, { MAX - 1, MAX } },
	{ "4294967294-4294967295,0-1", 4, { MAX - 1, MAX, 0, 1 } },
	{ "0-2,7,1000000000", 5, { 0, 1, 2, 7, 1000000000 } },
};

START_TEST(grefs_are_written_as_ranges)
{
	size_t length = strlen(same[_i].text);
	char text[64];

	memset(text, '#', sizeof(text));
	ck_assert_int_eq(gntshare_grefs_format(same[_i].grefs, same[_i].count,
					       text, length + 1), 0);
	ck_assert_str_eq(text, same[_i].text);
	ck_assert_int_eq(text[length + 1], '#');
}
END_TEST

START_TEST(where_the_text_does_not_fit_nothing_is_written)
{
	size_t length = strlen(same[_i].text), size;
	char text[64], before[64];

	memset(before, '#', sizeof(before));
	memcpy(text, before, sizeof(text));
	for (size = 0; size <= length; size++) {
		ck_assert_int_eq(gntshare_grefs_format(same[_i].grefs,
						       same[_i].count, text,
						       size), -ENOSPC);
		ck_assert_mem_eq(text, before, sizeof(text));
	}
}
END_TEST

START_TEST(grefs_are_read_back)
{
	uint32_t grefs[9];
	size_t count = 0, i;

	memset(grefs, 0x5a, sizeof(grefs));
	ck_assert_int_eq(gntshare_grefs_parse(same[_i].text, grefs,
					      same[_i].count, &count), 0);
	ck_assert_uint_eq(count, same[_i].count);
	for (i = 0; i < count; i++)
		ck_assert_uint_eq(grefs[i], same[_i].grefs[i]);
	ck_assert_uint_eq(grefs[count], 0x5a5a5a5a);
}
END_TEST

START_TEST(grefs_can_be_counted_without_room_for_them)
{
	size_t count = 0;

	ck_assert_int_eq(gntshare_grefs_parse(same[_i].text, NULL, 0, &count),
			 0);
	ck_assert_uint_eq(count, same[_i].count);
}
END_TEST

START_TEST(where_the_grefs_do_not_fit_nothing_is_read)
{
	uint32_t grefs[8], before[8];
	size_t count = 77, room;

	memset(before, 0x5a, sizeof(before));
	memcpy(grefs, before, sizeof(grefs));
	for (room = 0; room < same[_i].count; room++) {
		ck_assert_int_eq(gntshare_grefs_parse(same[_i].text, grefs,
						      room, &count),
				 -ENOSPC);
		ck_assert_mem_eq(grefs, before, sizeof(grefs));
		ck_assert_uint_eq(count, 77);
	}
}
END_TEST

static const char *const wrong[] = {
	"", ",", "-", " ", "a", "8,", ",8", "8,,9", "8-", "-8", "8--9",
	"8-9-10", " 8", "8 ", "8, 9", "8 -9", "+8", "8-+9", "0x8", "8\n",
	"08", "00", "8-09", "9-8", "8-8", "0-0", "4294967296",
	"8-4294967296", "4294967295-4294967296", "18446744073709551616",
	"18446744073709551624", "99999999999999999999999999999999", "8.9",
	"8-9;", "8\t", "\xd9\xa8", "1e3", "8:9",
};

START_TEST(a_text_that_is_not_right_is_refused)
{
	uint32_t grefs[16], before[16];
	size_t count = 77;
	char text[64];

	memset(before, 0x5a, sizeof(before));
	memcpy(grefs, before, sizeof(grefs));
	ck_assert_int_eq(gntshare_grefs_parse(wrong[_i], grefs, 16, &count),
			 -EINVAL);
	ck_assert_int_eq(gntshare_grefs_parse(wrong[_i], NULL, 0, &count),
			 -EINVAL);
	/* The same is wrong after grefs that are right. */
	snprintf(text, sizeof(text), "8-10,%s", wrong[_i]);
	ck_assert_int_eq(gntshare_grefs_parse(text, grefs, 16, &count),
			 -EINVAL);
	ck_assert_mem_eq(grefs, before, sizeof(grefs));
	ck_assert_uint_eq(count, 77);
}
END_TEST

START_TEST(a_short_text_for_all_grefs_there_can_be_is_no_danger)
{
	size_t count = 77;
	uint32_t grefs[4];
	int err;

	ck_assert_int_eq(gntshare_grefs_parse("0-4294967295", grefs, 4, &count),
			 -ENOSPC);
	ck_assert_int_eq(gntshare_grefs_parse("1,0-4294967295", grefs, 4,
					      &count), -ENOSPC);
	err = gntshare_grefs_parse("0-4294967295,0-4294967295", NULL, 0,
				   &count);
#if SIZE_MAX > UINT32_MAX
	ck_assert_int_eq(err, 0);
	ck_assert_uint_eq(count, (size_t)1 << 33);
#else
	ck_assert_int_eq(err, -ENOSPC);
	ck_assert_uint_eq(count, 77);
#endif
}
END_TEST

START_TEST(pointers_and_counts_have_to_be_there)
{
	uint32_t grefs[1] = { 1 };
	size_t count;
	char text[4];

	ck_assert_int_eq(gntshare_grefs_format(NULL, 1, text, 4), -EINVAL);
	ck_assert_int_eq(gntshare_grefs_format(grefs, 0, text, 4), -EINVAL);
	ck_assert_int_eq(gntshare_grefs_format(grefs, 1, NULL, 4), -EINVAL);
	ck_assert_int_eq(gntshare_grefs_parse(NULL, grefs, 1, &count), -EINVAL);
	ck_assert_int_eq(gntshare_grefs_parse("1", grefs, 1, NULL), -EINVAL);
}
END_TEST

START_TEST(the_size_that_the_header_gives_is_enough_for_any_grefs)
{
	static const uint32_t singles[] = { MAX, MAX - 2, MAX - 4 };
	static const uint32_t pairs[] = { MAX - 1, MAX, MAX - 5, MAX - 4 };
	char text[GNTSHARE_GREFS_TEXT_SIZE(4)];

	ck_assert_int_eq(gntshare_grefs_format(singles, 3, text,
					       GNTSHARE_GREFS_TEXT_SIZE(3)), 0);
	ck_assert_int_eq(gntshare_grefs_format(pairs, 4, text,
					       GNTSHARE_GREFS_TEXT_SIZE(4)), 0);
	/* The size is not one byte too large. */
	ck_assert_uint_eq(strlen(text) + 1, GNTSHARE_GREFS_TEXT_SIZE(4));
}
END_TEST

/* Which texts are right is not known, but those taken have to stay the same. */
START_TEST(of_many_texts_at_random_those_taken_are_written_the_same)
{
	static const char alphabet[] = "0123456789,,--1";
	unsigned int taken = 0, seed = 20;
	uint32_t grefs[600];
	char text[12], again[GNTSHARE_GREFS_TEXT_SIZE(600)];
	int round;

	for (round = 0; round < 200000; round++) {
		size_t length = 1 + (size_t)rand_r(&seed) % (sizeof(text) - 1);
		size_t i, count, other;
		uint32_t *copy;

		for (i = 0; i < length; i++)
			text[i] = alphabet[rand_r(&seed) %
					   (int)(sizeof(alphabet) - 1)];
		text[length] = '\0';
		if (gntshare_grefs_parse(text, grefs, 600, &count))
			continue;
		taken++;
		ck_assert_int_eq(gntshare_grefs_format(grefs, count, again,
						       sizeof(again)), 0);
		copy = malloc(count * sizeof(*copy));
		ck_assert_ptr_nonnull(copy);
		ck_assert_int_eq(gntshare_grefs_parse(again, copy, count,
						      &other), 0);
		ck_assert_uint_eq(other, count);
		ck_assert_mem_eq(copy, grefs, count * sizeof(*copy));
		free(copy);
	}
	ck_assert_uint_gt(taken, 1000);
}
END_TEST

START_TEST(of_many_grefs_at_random_all_come_back)
{
	unsigned int seed = 21;
	int round;

	for (round = 0; round < 2000; round++) {
		size_t i, other, count = 1 + (size_t)rand_r(&seed) % 40;
		uint32_t grefs[40], copy[40];
		char text[GNTSHARE_GREFS_TEXT_SIZE(40)];

		for (i = 0; i < count; i++) {
			if (i && rand_r(&seed) % 3)
				grefs[i] = grefs[i - 1] + 1;
			else
				grefs[i] = (uint32_t)rand_r(&seed) * 2u >>
					  rand_r(&seed) % 32;
		}
		ck_assert_int_eq(gntshare_grefs_format(grefs, count, text,
						       sizeof(text)), 0);
		ck_assert_int_eq(gntshare_grefs_parse(text, copy, count,
						      &other), 0);
		ck_assert_uint_eq(other, count);
		ck_assert_mem_eq(copy, grefs, count * sizeof(*copy));
	}
}
END_TEST

struct Suite *grefs_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("grefs", &tests);

	tcase_add_loop_test(tests, grefs_are_written_as_ranges, 0,
			    ARRAY_SIZE(same));
	tcase_add_loop_test(tests,
			    where_the_text_does_not_fit_nothing_is_written, 0,
			    ARRAY_SIZE(same));
	tcase_add_loop_test(tests, grefs_are_read_back, 0, ARRAY_SIZE(same));
	tcase_add_loop_test(tests, grefs_can_be_counted_without_room_for_them,
			    0, ARRAY_SIZE(same));
	tcase_add_loop_test(tests, where_the_grefs_do_not_fit_nothing_is_read,
			    0, ARRAY_SIZE(same));
	tcase_add_loop_test(tests, a_text_that_is_not_right_is_refused, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_test(tests,
		       a_short_text_for_all_grefs_there_can_be_is_no_danger);
	tcase_add_test(tests, pointers_and_counts_have_to_be_there);
	tcase_add_test(tests,
		       the_size_that_the_header_gives_is_enough_for_any_grefs);
	tcase_add_test(tests,
		       of_many_texts_at_random_those_taken_are_written_the_same);
	tcase_add_test(tests, of_many_grefs_at_random_all_come_back);
	return suite;
}
