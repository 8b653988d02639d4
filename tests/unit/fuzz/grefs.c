// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parse any text as grefs, and format any grefs as text. Grefs that were parsed
 * are the same after they are formatted and parsed again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <gntshare.h>

#define ROOM	4096

#define must(condition) do { if (!(condition)) abort(); } while (0)

static void round_trip(const uint32_t *grefs, size_t count)
{
	static char text[GNTSHARE_GREFS_TEXT_SIZE(ROOM)];
	static uint32_t back[ROOM];
	size_t again = 0;

	must(!gntshare_grefs_format(grefs, count, text, sizeof(text)));
	must(!gntshare_grefs_parse(text, back, ROOM, &again));
	must(again == count);
	must(!memcmp(back, grefs, count * sizeof(*grefs)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint32_t grefs[ROOM];
	size_t count = 0, room = size % 7 ? ROOM : size;
	char *text = malloc(size + 1);

	/* The copy is as long as the text, so that reading too far is found. */
	must(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (!gntshare_grefs_parse(text, grefs, room, &count))
		round_trip(grefs, count);
	free(text);

	count = size / sizeof(*grefs);
	if (count && count <= ROOM) {
		memcpy(grefs, data, count * sizeof(*grefs));
		round_trip(grefs, count);
	}
	return 0;
}
