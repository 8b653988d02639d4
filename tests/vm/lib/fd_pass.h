/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors on their way to another process, mostly an unprivileged one.
 */
#ifndef VM_FD_PASS_H
#define VM_FD_PASS_H

#include <stdbool.h>
#include <sys/types.h>

#define NOBODY_UID	65534

/* By SCM_RIGHTS, through a socket; receive_file() is -1 where there is none. */
bool send_file(int socket, int file);
int receive_file(int socket);

/*
 * A process of uid and gid nobody, without capabilities, is sent @file by
 * SCM_RIGHTS and runs @body with it. What that returns, or -1 if it ended in
 * another way.
 */
int pass_to_nobody(int file, int (*body)(int file));

/* One of uid nobody runs @body with nothing but, if it is not 0, a group. */
int run_as_nobody(gid_t group, int (*body)(void));

/* One whose effective uid alone is nobody's. */
int run_as_effective_nobody(int (*body)(void));

#endif
