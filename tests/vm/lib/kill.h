/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owners of pages, which are killed at any moment.
 */
#ifndef VM_KILL_H
#define VM_KILL_H

#include <stdint.h>

/*
 * Kills @count owners, one after the other, and more while none of them has
 * made a call. When an owner is dead, nothing of it may be left but entries
 * that its peer holds. Returns 0, or -1 with what was wrong in @text.
 */
int kill_owners(long count, uint64_t seed, uint16_t peer, char *text);

#endif
