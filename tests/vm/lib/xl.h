/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Xen's own tool, in dom0. A test whose call of it fails has failed.
 */
#ifndef VM_XL_H
#define VM_XL_H

#include <stdbool.h>

/* Runs "xl" with such words. What it said is in the log when it fails. */
void xl(const char *format, ...) __attribute__((format(printf, 1, 2)));

int xl_domid(const char *name);

/* Is there a domain of that id, alive or dying? */
bool xl_has(int domid);

#endif
