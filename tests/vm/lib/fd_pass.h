/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors that are passed to another process, usually an unprivileged one.
 */
#ifndef VM_FD_PASS_H
#define VM_FD_PASS_H

#include <stdbool.h>
#include <sys/types.h>

#define NOBODY_UID	65534

/* By SCM_RIGHTS, through a socket. receive_file() returns -1 if none came. */
bool send_file(int socket, int file);
int receive_file(int socket);

/*
 * Sends @file by SCM_RIGHTS to a new process, which has the uid and gid of
 * nobody and no capabilities, and runs @body with the file. Returns what @body
 * returns, or -1 if the process ended in another way.
 */
int pass_to_nobody(int file, int (*body)(int file));

/* The same without a file. The process has no group but @group, if not 0. */
int run_as_nobody(gid_t group, int (*body)(void));

/* The same for a process of which only the effective uid is that of nobody. */
int run_as_effective_nobody(int (*body)(void));

#endif
