/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel log of this domain, read from where the last reader stopped.
 */
#ifndef VM_KMSG_H
#define VM_KMSG_H

#include <stddef.h>

/*
 * Start at the end of the log. Children of the caller share its position, so
 * that what one test caused is never the next one's.
 */
int kmsg_open(void);

/*
 * Read all that is new. Returns how many lines no healthy system says, the
 * first of them in @line.
 */
int kmsg_complaints(char *line, size_t size);

/*
 * Read all that is new. Returns how many lines contain @word. A kernel's cry for
 * help is still kmsg_complaints()', but for that of one without memory.
 */
int kmsg_mentions(const char *word);

/* The same for lines that contain one of several words; NULL ends them. */
int kmsg_mentions_any(const char *const *words);

/*
 * For one who looks for itself, and takes nothing away from the others: a
 * descriptor, at the end of the log, or -errno. What has come since: how many
 * lines contain @word with level @level or a lower one; @higher, with a higher
 * one; @lost, how often some were overwritten before they could be read.
 */
int kmsg_listen(void);
int kmsg_heard(int log, int level, const char *word, int *higher, int *lost);

#endif
