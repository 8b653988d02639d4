// SPDX-License-Identifier: LGPL-2.1-or-later
/* The paths of listeners in xenstore, and numbers there. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define NAME_MAX_LENGTH	64
#define PATH_MAX_LENGTH	160

static bool has_only(const char *text, const char *more, size_t longest)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	size_t length = 0;

	while (text[length] && (strchr(letters, text[length]) ||
				strchr(more, text[length]))) {
		if (++length > longest)
			return false;
	}
	return length && !text[length];
}

bool gntchan__is_path(const char *name)
{
	return strchr(name, '/');
}

bool gntchan__path(char path[GNTCHAN__PATH_SIZE], const uint32_t *server,
		   const char *name, uint32_t client)
{
	char base[32] = "";

	if (server)
		snprintf(base, sizeof(base), "/local/domain/%u/", *server);
	if (gntchan__is_path(name)) {
		snprintf(path, GNTCHAN__PATH_SIZE, "%s%.*s",
			 *name == '/' ? "" : base, PATH_MAX_LENGTH, name);
		return has_only(name, "/", PATH_MAX_LENGTH);
	}
	snprintf(path, GNTCHAN__PATH_SIZE, "%sdata/gntchan/%.*s/%u", base,
		 NAME_MAX_LENGTH, name, client);
	return has_only(name, "", NAME_MAX_LENGTH);
}

bool gntchan__number(const char *text, uint32_t *value)
{
	uint64_t number = 0;
	size_t length;

	for (length = 0; text[length]; length++) {
		if (text[length] < '0' || text[length] > '9')
			return false;
		number = number * 10 + (uint64_t)(text[length] - '0');
		if (number > UINT32_MAX)
			return false;
	}
	*value = (uint32_t)number;
	return length;
}
