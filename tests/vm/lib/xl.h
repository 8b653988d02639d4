/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Xen's own tool, in dom0. When it fails, the test that called it fails.
 */
#ifndef VM_XL_H
#define VM_XL_H

#include <stdbool.h>

/* Runs "xl" with these arguments. If it fails, its output is in the log. */
void xl(const char *format, ...) __attribute__((format(printf, 1, 2)));

int xl_domid(const char *name);

/* Is there a domain with this id, alive or dying? */
bool xl_has(int domid);

#endif
