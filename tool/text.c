// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers, ages and messages. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

bool text_bar;

int say(const char *format, ...)
{
	va_list arguments;

	/* The lines of both outputs stay in order, where they go to one place. */
	fflush(stdout);
	if (text_bar)
		fputs("\r\33[K", stderr);
	text_bar = false;
	fputs("gntshare: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return FAILED;
}

int wrong(const char *name, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "gntshare %s: ", name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nTry `gntshare %s --help`.\n", name);
	return WRONG;
}

bool text_number(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (!text || !*text)
		return false;
	for (; *text; text++) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (digit > 9 || digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

bool text_seconds(const char *name, const char *text, uint64_t *out)
{
	uint64_t seconds;

	if (!text_number(text, 1000000000, &seconds) || !seconds) {
		wrong(name, "%s is no number of seconds", text);
		return false;
	}
	*out = seconds;
	return true;
}

/*
 * The length of the character of UTF-8 at @text, or 0 if there is none. Only the
 * shortest form of a character is right, and none is half of a pair of UTF-16.
 */
static size_t utf8_length(const unsigned char *text)
{
	uint32_t value;
	size_t length, i;

	if (*text < 0x80)
		return 1;
	length = *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : 2;
	if (*text < 0xc2 || *text > 0xf4)
		return 0;
	value = *text & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		/* The end of the text is no such byte, either. */
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3fu);
	}
	if ((length == 3 && value < 0x800) || (length == 4 && value < 0x10000) ||
	    value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	return length;
}

void text_clean(char *text)
{
	unsigned char *byte = (unsigned char *)text;
	bool utf8 = true;
	size_t i, length;

	for (i = 0; byte[i] && utf8; i += length) {
		length = utf8_length(byte + i);
		utf8 = length;
	}
	for (i = 0; byte[i]; i++) {
		if (byte[i] < ' ' || byte[i] == 0x7f ||
		    (byte[i] >= 0x80 && !utf8)) {
			byte[i] = '?';
		} else if (byte[i] == 0xc2 && byte[i + 1] < 0xa0) {
			/* These are control characters of terminals, too. */
			byte[i] = '?';
			byte[i + 1] = '?';
		}
	}
}

void text_age(char text[AGE_SIZE], uint64_t seconds)
{
	static const struct {
		uint64_t from, unit;
		const char *name;
	} units[] = {
		{ 2 * 86400, 86400, "d" },
		{ 2 * 3600, 3600, "h" },
		{ 2 * 60, 60, "min" },
		{ 0, 1, "s" },
	};
	size_t i = 0;

	while (seconds < units[i].from)
		i++;
	snprintf(text, AGE_SIZE, "%llu %s",
		 (unsigned long long)(seconds / units[i].unit), units[i].name);
}

void *text_alloc(void *old, size_t count, size_t size)
{
	void *memory = reallocarray(old, count ? count : 1, size);

	if (memory)
		return memory;
	say("out of memory");
	exit(FAILED);
}

const char *text_error(int err)
{
	switch (err) {
	case -ENOENT:
		return "the device does not exist: load the module by "
		       "modprobe xen-gntalloc, or see gntshare check";
	case -EACCES:
		return "only root and, where the package is installed, "
		       "members of the group gntalloc may open the device";
	case -ENODEV:
		return "the device is there, but not its driver";
	case -EDQUOT:
		return "a bound is reached; gntshare status tells which";
	case -ENOSPC:
		return "the grant table is full, except for the headroom, or "
		       "the limit of Linux's driver is reached; see gntalloc(4), "
		       "XEN'S BOUNDS";
	case -EOPNOTSUPP:
		return "the driver cannot do that; it has no native level";
	default:
		return strerror(-err);
	}
}
