/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the module tells root: the tables in debugfs, the refused calls in
 * sysfs, and the kernel's trace of the module. Every function returns 0 (or
 * what its comment says) or -errno.
 */
#ifndef VM_REPORT_H
#define VM_REPORT_H

#include <stddef.h>

/*
 * Returns how many lines of a table ("regions", "draining", "peers") match the
 * pattern of fnmatch(). The first of them is in @line, if not NULL.
 */
long report_lines(const char *table, const char *pattern, char *line,
		  size_t size);

/* How many calls a bound has refused; when, in seconds since 1970, or 0. */
long report_hits(const char *bound);
long report_last_hit(const char *bound);

/* Begins a trace of the module's events, and of no others; ends it. */
int trace_start(void);
void trace_stop(void);

/* Returns how many lines of the trace match the pattern, as above. */
long trace_lines(const char *pattern);

#endif
