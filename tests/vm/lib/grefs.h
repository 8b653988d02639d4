/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of grefs as text, for the way from an owner to its peer. Tests hand
 * it on without looking inside.
 *
 * Runs are "first+n" when they ascend and "first-n" when they descend. A list
 * too long for one message is a directory: pages that the owner shares with
 * the peer, with the grefs in them; the text then is "@n:" and the grefs of
 * those pages.
 */
#ifndef VM_GREFS_H
#define VM_GREFS_H

#include <stddef.h>
#include <stdint.h>

#define GREFS_MAX	32768	/* grefs in one list */
#define GREFS_TEXT	1600	/* characters in its text */

/* 0, or -E2BIG when the text would need more than @size. */
int grefs_format(char *text, size_t size, const uint32_t *grefs, size_t count);

/* The owner's side: any list. It may leave a directory open behind it. */
int grefs_publish(char *text, size_t size, uint16_t peer,
		  const uint32_t *grefs, size_t count);

/* The owner closes the directory. */
void grefs_withdraw(void);

/* The peer's side. Returns how many grefs there are, or -errno. */
long grefs_collect(const char *text, uint16_t owner, uint32_t *grefs,
		   size_t most);

#endif
