/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors on their way to an unprivileged process.
 */
#ifndef VM_PASS_H
#define VM_PASS_H

#include <sys/types.h>

#define NOBODY_UID	65534

/*
 * A process of uid and gid nobody, without capabilities, is sent @file by
 * SCM_RIGHTS and runs @body with it. What that returns, or -1 if it ended in
 * another way.
 */
int pass_to_nobody(int file, int (*body)(int file));

/* One of uid nobody runs @body with nothing but, if it is not 0, a group. */
int run_as_nobody(gid_t group, int (*body)(void));

#endif
