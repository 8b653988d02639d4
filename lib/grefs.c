// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Grefs as text, such as "8-71,80", in which form they can be told to a peer. A
 * text that comes from a peer is not trusted.
 */
#include <errno.h>

#include "internal.h"

/*
 * A text that is being written. When there is no room left, or @text is NULL,
 * only @length grows. The room is checked even if the whole text is known to
 * fit, since the grefs may be in memory that somebody else changes meanwhile.
 */
struct writer {
	char *text;
	size_t size;
	size_t length;
};

static void put_char(struct writer *w, char c)
{
	/* The text fits, unless the caller changes the grefs meanwhile. */
	if (w->text && w->length < w->size) /* GCOVR_EXCL_BR_LINE */
		w->text[w->length] = c;
	w->length++;
}

static void put_number(struct writer *w, uint32_t number)
{
	uint32_t unit = 1;

	while (number / unit >= 10)
		unit *= 10;
	for (; unit; unit /= 10)
		put_char(w, (char)('0' + number / unit % 10));
}

/*
 * Write a null byte in any case: without it the caller would read beyond the
 * text.
 */
static void put_end(struct writer *w)
{
	if (w->text && w->length >= w->size) /* GCOVR_EXCL_BR_LINE */
		w->length = w->size - 1; /* GCOVR_EXCL_LINE */
	put_char(w, '\0');
}

/* Write all grefs, or stop when the text is longer than the size. */
static void put_grefs(struct writer *w, const uint32_t *grefs, size_t count)
{
	size_t i, last;

	for (i = 0; i < count && w->length <= w->size; i = last + 1) {
		if (i)
			put_char(w, ',');
		put_number(w, grefs[i]);
		for (last = i; last + 1 < count; last++) {
			if (grefs[last] == UINT32_MAX ||
			    grefs[last + 1] != grefs[last] + 1)
				break;
		}
		if (last == i)
			continue;
		put_char(w, '-');
		put_number(w, grefs[last]);
	}
	put_end(w);
}

int gntshare_grefs_format(const uint32_t *grefs, size_t count, char *text,
			  size_t size)
{
	struct writer w = { .size = size };

	if (!grefs || !count || !text)
		return -EINVAL;
	/* The first pass only counts: a text that does not fit is not begun. */
	put_grefs(&w, grefs, count);
	if (w.length > size)
		return -ENOSPC;
	w.text = text;
	w.length = 0;
	put_grefs(&w, grefs, count);
	return 0;
}

/*
 * Read the number at @text. Returns what follows the number, or NULL if there
 * is no number.
 */
static const char *get_number(const char *text, uint32_t *number)
{
	const char *start = text;
	uint64_t value = 0;

	for (; *text >= '0' && *text <= '9'; text++) {
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > UINT32_MAX)
			return NULL;
	}
	/* Only one way to write a number is accepted. */
	if (text == start || (*start == '0' && text != start + 1))
		return NULL;
	*number = (uint32_t)value;
	return text;
}

/* The same for one number, or for two with a dash between them. */
static const char *get_range(const char *text, uint32_t *first, uint32_t *last)
{
	text = get_number(text, first);
	if (!text)
		return NULL;
	*last = *first;
	if (*text != '-')
		return text;
	text = get_number(text + 1, last);
	return text && *last > *first ? text : NULL;
}

static int get_grefs(const char *text, uint32_t *grefs, size_t room,
		     size_t *count)
{
	size_t done = 0;

	for (;;) {
		uint32_t first, last;
		size_t i;

		text = get_range(text, &first, &last);
		if (!text || (*text && *text != ','))
			return -EINVAL;
		/* The count of the range minus one fits in any size_t. */
		if (room - done <= last - first)
			return -ENOSPC;
		for (i = 0; grefs && i <= last - first; i++)
			grefs[done + i] = first + (uint32_t)i;
		done += (size_t)(last - first) + 1;
		if (!*text)
			break;
		text++;
	}
	*count = done;
	return 0;
}

int gntshare_grefs_parse(const char *text, uint32_t *grefs, size_t room,
			 size_t *count)
{
	size_t needed;
	int err;

	if (!text || !count)
		return -EINVAL;
	/* The first pass only checks: a wrong text does not change grefs. */
	err = get_grefs(text, NULL, grefs ? room : SIZE_MAX, &needed);
	if (!err && grefs)
		err = get_grefs(text, grefs, room, &needed);
	if (!err)
		*count = needed;
	return err;
}
