// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Refs as text, the way that a peer is told them: "8-71,80". What comes from
 * a peer is not trusted.
 */
#include <errno.h>

#include "internal.h"

/*
 * Text that grows, and counts on where there is no room, or no text. The room
 * is looked at even where all is known to fit: the refs may be in memory that
 * somebody else writes to.
 */
struct writer {
	char *text;
	size_t size;
	size_t length;
};

static void put_char(struct writer *w, char c)
{
	/* It fits, unless the caller changes the refs meanwhile. */
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
static void put_refs(struct writer *w, const uint32_t *refs, size_t count)
{
	size_t i, last;

	for (i = 0; i < count && w->length <= w->size; i = last + 1) {
		if (i)
			put_char(w, ',');
		put_number(w, refs[i]);
		for (last = i; last + 1 < count; last++) {
			if (refs[last] == UINT32_MAX ||
			    refs[last + 1] != refs[last] + 1)
				break;
		}
		if (last == i)
			continue;
		put_char(w, '-');
		put_number(w, refs[last]);
	}
	put_end(w);
}

int gntshare_refs_format(const uint32_t *refs, size_t count, char *text,
			 size_t size)
{
	struct writer w = { .size = size };

	if (!refs || !count || !text)
		return -EINVAL;
	/* Once to see whether it fits: if it does not, text stays as it was. */
	put_refs(&w, refs, count);
	if (w.length > size)
		return -ENOSPC;
	w.text = text;
	w.length = 0;
	put_refs(&w, refs, count);
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

static int get_refs(const char *text, uint32_t *refs, size_t room,
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
		for (i = 0; refs && i <= last - first; i++)
			refs[done + i] = first + (uint32_t)i;
		done += (size_t)(last - first) + 1;
		if (!*text)
			break;
		text++;
	}
	*count = done;
	return 0;
}

int gntshare_refs_parse(const char *text, uint32_t *refs, size_t room,
			size_t *count)
{
	size_t needed;
	int err;

	if (!text || !count)
		return -EINVAL;
	/* Once to see whether it is right: if it is not, refs stay. */
	err = get_refs(text, NULL, refs ? room : SIZE_MAX, &needed);
	if (!err && refs)
		err = get_refs(text, refs, room, &needed);
	if (!err)
		*count = needed;
	return err;
}
