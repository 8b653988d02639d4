// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables and numbers: tool/table.c, tool/text.c */
#include <errno.h>
#include <string.h>

#include "tool_test.h"

static struct table table;

static void open_table(const char *text)
{
	put_file("/table", "%s", text);
	ck_assert_int_eq(table_open(&table, "/table"), 0);
}

START_TEST(a_column_is_found_by_its_name)
{
	uint64_t value = 0;

	open_table("one two three\n1 22 x\n");
	ck_assert(table_next(&table));
	ck_assert(table_number(&table, "two", 100, &value));
	ck_assert_uint_eq(value, 22);
	ck_assert_str_eq(table_field(&table, "three"), "x");
	ck_assert_ptr_null(table_field(&table, "four"));
	ck_assert(!table_number(&table, "four", 100, &value));
	ck_assert(!table_number(&table, "three", 100, &value));
	ck_assert(!table_next(&table));
	table_close(&table);
}
END_TEST

START_TEST(columns_that_were_added_anywhere_do_no_harm)
{
	open_table("new one comm newer\n7 1 bash 8\n7 1 sh 8 and more\n");
	ck_assert(table_next(&table));
	ck_assert_str_eq(table_field(&table, "comm"), "bash");
	ck_assert(table_next(&table));
	ck_assert_str_eq(table_field(&table, "comm"), "sh");
	ck_assert_uint_eq(table.skipped, 0);
	table_close(&table);
}
END_TEST

START_TEST(a_line_with_too_few_columns_is_skipped)
{
	open_table("one two\n1\n\n3 4\n5\n");
	ck_assert(table_next(&table));
	ck_assert_str_eq(table_field(&table, "one"), "3");
	ck_assert(!table_next(&table));
	ck_assert_uint_eq(table.skipped, 3);
	table_close(&table);
}
END_TEST

START_TEST(a_field_can_be_empty)
{
	open_table("one two\n1\x20\n");
	ck_assert(table_next(&table));
	ck_assert_str_eq(table_field(&table, "two"), "");
	table_close(&table);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_skipped_to_its_end)
{
	char text[4000];

	memset(text, 'a', sizeof(text));
	memcpy(text, "one two\n1 ", 10);
	strcpy(text + sizeof(text) - 10, "\n3 4\n5 6");
	open_table(text);
	ck_assert(table_next(&table));
	ck_assert_str_eq(table_field(&table, "one"), "3");
	/* The last line has no end, so that a part of it may be missing. */
	ck_assert(!table_next(&table));
	ck_assert_uint_eq(table.skipped, 2);
	table_close(&table);
}
END_TEST

START_TEST(more_columns_than_there_is_room_for_are_left_out)
{
	char text[1000] = "";
	int line, i;

	for (line = 0; line < 2; line++) {
		for (i = 0; i < 60; i++)
			sprintf(text + strlen(text), "c%d%c", i,
				i == 59 ? '\n' : ' ');
	}
	open_table(text);
	ck_assert_uint_eq(table.columns, TABLE_COLUMNS);
	ck_assert(table_next(&table));
	ck_assert_str_eq(table_field(&table, "c31"), "c31");
	ck_assert_ptr_null(table_field(&table, "c32"));
	table_close(&table);
}
END_TEST

START_TEST(a_table_without_a_head_is_none)
{
	put_file("/table", "%s", "");
	ck_assert_int_eq(table_open(&table, "/table"), -ENODATA);
	ck_assert_int_eq(table_open(&table, "/none"), -ENOENT);
}
END_TEST

static const struct {
	const char *field, *text;
} decoded[] = {
	{ "bash", "bash" },
	{ "", "" },
	{ "a\\040b", "a b" },
	{ "\\134", "\\" },
	{ "a\\", "a\\" },
	{ "a\\0", "a\\0" },
	{ "a\\04", "a\\04" },
	{ "a\\999", "a\\999" },
	{ "\\033[31m", "?[31m" },
	{ "\\012", "?" },
	{ "\\000", "?" },
	{ "\\777", "?" },
	{ "\\303\\244", "\xc3\xa4" },
	{ "\\303", "?" },
	{ "\\302\\233x", "??x" },
	{ "\\300\\200", "??" },
	{ "\\355\\240\\200", "???" },
	{ "\\364\\220\\200\\200", "????" },
	{ "a\xff", "a?" },
	{ "12345678901234567890", "123456789012345" },
};

START_TEST(a_name_is_decoded_to_what_a_terminal_may_get)
{
	char text[16];

	table_decode(decoded[_i].field, text, sizeof(text));
	ck_assert_str_eq(text, decoded[_i].text);
}
END_TEST

START_TEST(only_decimal_numbers_up_to_the_maximum_are_numbers)
{
	static const char * const no[] = {
		"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "a", "101", "1000",
		"18446744073709551616", "99999999999999999999999999",
	};
	uint64_t value = 7;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(no); i++)
		ck_assert_msg(!text_number(no[i], 100, &value), "%s", no[i]);
	ck_assert(!text_number(NULL, 100, &value));
	ck_assert(!text_number("18446744073709551616", UINT64_MAX, &value));
	ck_assert(!text_number("7", 5, &value));
	ck_assert_uint_eq(value, 7);
	ck_assert(text_number("100", 100, &value));
	ck_assert_uint_eq(value, 100);
	ck_assert(text_number("18446744073709551615", UINT64_MAX, &value));
	ck_assert_uint_eq(value, UINT64_MAX);
}
END_TEST

START_TEST(an_age_has_the_unit_that_is_read_best)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} ages[] = {
		{ 0, "0 s" }, { 119, "119 s" }, { 120, "2 min" },
		{ 7199, "119 min" }, { 7200, "2 h" }, { 172800, "2 d" },
		{ UINT64_MAX, "213503982334601 d" },
	};
	char text[AGE_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ages); i++) {
		text_age(text, ages[i].seconds);
		ck_assert_str_eq(text, ages[i].text);
	}
}
END_TEST

struct Suite *table_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = tool_suite("table", &tests);

	tcase_add_test(tests, a_column_is_found_by_its_name);
	tcase_add_test(tests, columns_that_were_added_anywhere_do_no_harm);
	tcase_add_test(tests, a_line_with_too_few_columns_is_skipped);
	tcase_add_test(tests, a_field_can_be_empty);
	tcase_add_test(tests, a_line_that_is_too_long_is_skipped_to_its_end);
	tcase_add_test(tests, more_columns_than_there_is_room_for_are_left_out);
	tcase_add_test(tests, a_table_without_a_head_is_none);
	tcase_add_loop_test(tests, a_name_is_decoded_to_what_a_terminal_may_get,
			    0, ARRAY_SIZE(decoded));
	tcase_add_test(tests,
		       only_decimal_numbers_up_to_the_maximum_are_numbers);
	tcase_add_test(tests, an_age_has_the_unit_that_is_read_best);
	return suite;
}
