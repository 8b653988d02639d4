/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of refs as text, for the way from an owner to its peer. Tests hand
 * it on without looking inside.
 *
 * Runs are "first+n" when they ascend and "first-n" when they descend. A list
 * too long for one message is a directory: pages that the owner shares with
 * the peer, with the refs in them; the text then is "@n:" and the refs of
 * those pages.
 */
#ifndef VM_REFS_H
#define VM_REFS_H

#include <stddef.h>
#include <stdint.h>

#define REFS_MAX	32768	/* refs in one list */
#define REFS_TEXT	1600	/* characters in its text */

/* 0, or -E2BIG when the text would need more than @size. */
int refs_format(char *text, size_t size, const uint32_t *refs, size_t count);

/* The owner's side: any list. It may leave a directory open behind it. */
int refs_publish(char *text, size_t size, uint16_t peer,
		 const uint32_t *refs, size_t count);

/* The owner closes the directory. */
void refs_withdraw(void);

/* The peer's side. Returns how many refs there are, or -errno. */
long refs_collect(const char *text, uint16_t owner, uint32_t *refs,
		  size_t most);

#endif
