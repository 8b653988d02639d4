// SPDX-License-Identifier: GPL-2.0-or-later
/* Columns of text, and JSON. */
#include <string.h>

#include "tool.h"

/* How many columns of a terminal a clean text needs, as far as can be told. */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void put_cell(const char *text, int width, bool numeric, bool last)
{
	int blanks = width - width_of(text);

	if (numeric)
		printf("%*s%s", blanks, "", text);
	else
		printf("%s%*s", text, last ? 0 : blanks, "");
	fputs(last ? "\n" : "  ", stdout);
}

void print_table(const struct column *columns, size_t count, cell_fn *cell,
		 const void *rows, size_t row_count, size_t most)
{
	int width[TABLE_COLUMNS];
	char text[CELL_SIZE];
	size_t row, i;

	if (row_count > most)
		row_count = most;
	for (i = 0; i < count; i++) {
		width[i] = width_of(columns[i].name);
		for (row = 0; row < row_count; row++) {
			cell(rows, row, i, text);
			if (width_of(text) > width[i])
				width[i] = width_of(text);
		}
	}
	for (i = 0; i < count; i++)
		put_cell(columns[i].name, width[i], columns[i].numeric,
			 i + 1 == count);
	for (row = 0; row < row_count; row++) {
		for (i = 0; i < count; i++) {
			cell(rows, row, i, text);
			put_cell(text, width[i], columns[i].numeric,
				 i + 1 == count);
		}
	}
}

void print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object,
					    JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

void print_json_line(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

void json_add_text(struct json_object *object, const char *name,
		   const char *text)
{
	json_object_object_add(object, name,
			       text ? json_object_new_string(text) : NULL);
}

void json_add_bool(struct json_object *object, const char *name, bool value)
{
	json_object_object_add(object, name, json_object_new_boolean(value));
}

void json_add_number(struct json_object *object, const char *name,
		     uint64_t value)
{
	json_object_object_add(object, name, json_object_new_uint64(value));
}

void json_add_figure(struct json_object *object, const char *name,
		     struct figure figure)
{
	if (figure.known)
		json_add_number(object, name, figure.value);
	else
		json_object_object_add(object, name, NULL);
}
