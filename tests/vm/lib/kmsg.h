/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel log of this domain. Each reader continues where the last one
 * stopped.
 */
#ifndef VM_KMSG_H
#define VM_KMSG_H

#include <stddef.h>

/*
 * Starts at the end of the log. Children of the caller share its position, so
 * that what one test caused is not taken for the next test's.
 */
int kmsg_open(void);

/*
 * Reads all that is new. Returns how many of the lines a healthy system does
 * not log, with the first of them in @line.
 */
int kmsg_complaints(char *line, size_t size);

/*
 * Reads all that is new. Returns how many lines contain @word. If there is also
 * a line that is a complaint, the next kmsg_complaints() still finds it, unless
 * it is only about missing memory.
 */
int kmsg_mentions(const char *word);

/* The same for lines that contain one of several words. NULL ends the list. */
int kmsg_mentions_any(const char *const *words);

/*
 * For a reader of its own, which takes no lines away from the others. The first
 * function returns a descriptor at the end of the log, or -errno. The second
 * reads what came since, and returns how many lines contain @word with level
 * @level or a lower one. @higher is how many have a higher level, and @lost is
 * how often lines were overwritten before they could be read.
 */
int kmsg_listen(void);
int kmsg_heard(int log, int level, const char *word, int *higher, int *lost);

#endif
