// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Grefs as text, the way that a peer is told them: "8-71,80". What comes from
 * a peer is not trusted.
 */
#include <errno.h>

#include "internal.h"

/*
 * Text that grows, and counts on where there is no room, or no text. The room
 * is looked at even where all is known to fit: the grefs may be in memory that
 * somebody else writes to.
 */
struct writer {
	char *text;
	size_t size;
	size_t length;
};

static void put_char(struct writer *w, char c)
{
	/* It fits, unless the caller changes the grefs meanwhile. */
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

/* There is an end in any case: else the caller would read on. */
static void put_end(struct writer *w)
{
	if (w->text && w->length >= w->size) /* GCOVR_EXCL_BR_LINE */
		w->length = w->size - 1; /* GCOVR_EXCL_LINE */
	put_char(w, '\0');
}

/* Write all, or so much that it is more than the size. */
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
	/* Once to see whether it fits: if it does not, text stays as it was. */
	put_grefs(&w, grefs, count);
	if (w.length > size)
		return -ENOSPC;
	w.text = text;
	w.length = 0;
	put_grefs(&w, grefs, count);
	return 0;
}

/* Returns what stands behind the number, or NULL if none stands here. */
static const char *get_number(const char *text, uint32_t *number)
{
	const char *start = text;
	uint64_t value = 0;

	for (; *text >= '0' && *text <= '9'; text++) {
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > UINT32_MAX)
			return NULL;
	}
	/* There is one way to write a number. */
	if (text == start || (*start == '0' && text != start + 1))
		return NULL;
	*number = (uint32_t)value;
	return text;
}

/* The same for a number, or two with a dash between. */
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
		/* One less than the range has: that fits in any size_t. */
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
	/* Once to see whether it is right: if it is not, grefs stay. */
	err = get_grefs(text, NULL, grefs ? room : SIZE_MAX, &needed);
	if (!err && grefs)
		err = get_grefs(text, grefs, room, &needed);
	if (!err)
		*count = needed;
	return err;
}
