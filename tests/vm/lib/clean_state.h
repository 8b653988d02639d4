/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state that every test finds in a domain and has to leave there: nothing
 * is shared, nothing drains, the limit is the usual one, and the kernel log is
 * quiet.
 */
#ifndef VM_CLEAN_STATE_H
#define VM_CLEAN_STATE_H

#include <stddef.h>

/* Notes which values are usual here. Called once, before the first test. */
int clean_state_start(void);

/*
 * Checks the state after a test. Returns 0, or -1 with what is wrong in @why.
 */
int clean_state_check(char *why, size_t size);

/*
 * After a test that ended before its check: puts right whatever can be put
 * right, so that the next test does not fail because of it.
 */
void clean_state_recover(void);

#endif
