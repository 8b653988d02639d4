// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A table of debugfs. Columns are found by their names, so that a newer driver
 * can have more of them.
 */
#include <errno.h>
#include <string.h>

#include "tool.h"

/*
 * Read one line without its end. Returns 1, 0 at the end of the file, or -1 for
 * a line that is too long, all of which was read.
 */
static int read_line(FILE *file, char *line, size_t size)
{
	size_t length;
	int c;

	if (!fgets(line, (int)size, file))
		return 0;
	length = strlen(line);
	if (length && line[length - 1] == '\n') {
		line[length - 1] = '\0';
		return 1;
	}
	/* Also a line with a byte 0 inside is none that the driver writes. */
	do {
		c = getc(file);
	} while (c != EOF && c != '\n');
	return -1;
}

/*
 * Split a line at each blank: a field can be empty. Returns the number of
 * fields; those for which there is no room are left out.
 */
static size_t split(char *line, char *field[TABLE_COLUMNS])
{
	size_t count = 0;

	while (line && count < TABLE_COLUMNS) {
		field[count++] = line;
		line = strchr(line, ' ');
		if (line)
			*line++ = '\0';
	}
	return count;
}

int table_open(struct table *t, const char *path)
{
	memset(t, 0, sizeof(*t));
	t->file = path_open(path);
	if (!t->file)
		return -errno;
	if (read_line(t->file, t->head, sizeof(t->head)) != 1) {
		table_close(t);
		return -ENODATA;
	}
	t->columns = split(t->head, t->name);
	return 0;
}

bool table_next(struct table *t)
{
	for (;;) {
		int got = read_line(t->file, t->line, sizeof(t->line));

		if (!got)
			return false;
		if (got == 1) {
			t->fields = split(t->line, t->field);
			if (t->fields >= t->columns)
				return true;
		}
		t->skipped++;
	}
}

void table_close(struct table *t)
{
	fclose(t->file);
}

const char *table_field(const struct table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->columns; i++) {
		if (!strcmp(t->name[i], name))
			return t->field[i];
	}
	return NULL;
}

bool table_number(const struct table *t, const char *name, uint64_t max,
		  uint64_t *out)
{
	return text_number(table_field(t, name), max, out);
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

void table_decode(const char *field, char *text, size_t size)
{
	size_t length = 0;

	while (*field && length + 1 < size) {
		char c = *field++;

		/* A field that ends too early does not go on behind its end. */
		if (c == '\\' && is_octal(field[0]) && is_octal(field[1]) &&
		    is_octal(field[2])) {
			c = (char)((field[0] - '0') << 6 |
				   (field[1] - '0') << 3 | (field[2] - '0'));
			field += 3;
		}
		text[length++] = c ? c : '?';
	}
	text[length] = '\0';
	text_clean(text);
}
