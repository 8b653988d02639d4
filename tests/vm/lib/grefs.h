/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of grefs as text, which an owner sends to its peer. Tests pass the
 * text on without looking inside.
 *
 * A run of grefs is written as "first+n" when they ascend and as "first-n"
 * when they descend. A list that is too long for one message is a directory:
 * the owner shares further pages with the peer, and the list is in these
 * pages. The text is then "@n:" and the grefs of those pages, where n is the
 * number of grefs in the list.
 */
#ifndef VM_GREFS_H
#define VM_GREFS_H

#include <stddef.h>
#include <stdint.h>

#define GREFS_MAX	32768	/* grefs in one list */
#define GREFS_TEXT	1600	/* characters in its text */

/* Returns 0, or -E2BIG when the text would need more than @size. */
int grefs_format(char *text, size_t size, const uint32_t *grefs, size_t count);

/* The owner's side, for a list of any length. May leave a directory open. */
int grefs_publish(char *text, size_t size, uint16_t peer,
		  const uint32_t *grefs, size_t count);

/* The owner closes the directory, if there is one. */
void grefs_withdraw(void);

/* The peer's side. Returns the number of grefs, or -errno. */
long grefs_collect(const char *text, uint16_t owner, uint32_t *grefs,
		   size_t most);

#endif
