/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state that every test finds and has to leave in a domain: nothing
 * shared, nothing draining, the usual limit, a quiet kernel log.
 */
#ifndef VM_CLEAN_STATE_H
#define VM_CLEAN_STATE_H

#include <stddef.h>

/* Once, before the first test: what is usual here. */
int clean_state_start(void);

/* After a test. Returns 0, or -1 with what is wrong in @why. */
int clean_state_check(char *why, size_t size);

/*
 * After a test that did not get as far as its check: put right what can be,
 * so that the next test does not pay for it.
 */
void clean_state_recover(void);

#endif
