/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owners of pages, killed at any moment.
 */
#ifndef VM_KILL_H
#define VM_KILL_H

#include <stdint.h>

/*
 * So many of them, one after the other, and more while none has made a call.
 * When one is gone, nothing of it is left but entries that its peer holds.
 * Returns 0; or -1 with @text saying what was wrong.
 */
int kill_owners(long count, uint64_t seed, uint16_t peer, char *text);

#endif
