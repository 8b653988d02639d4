/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory cgroup of this domain, for the processes that a test puts there.
 */
#ifndef VM_CGROUP_H
#define VM_CGROUP_H

#include <stdbool.h>

/* Make it; the domain's cgroups are mounted on the way. */
void cgroup_make(void);

/* No more than so many bytes from now on; 0 or -errno. */
int cgroup_max(long bytes);

/* This process goes in, or back; 0 or -errno. */
int cgroup_enter(void);
int cgroup_leave(void);

/* Bytes that are charged to it. */
long cgroup_charged(void);

/*
 * Are a region's pages charged? Not before Linux 5.11; the structs around them
 * are.
 */
bool cgroup_has_pages(void);

/* Nobody is in it any more. */
void cgroup_remove(void);

/*
 * In a child that is in it: what @body returns, or the signal that ended it,
 * negative. For want of memory it is killed before all others; what the kernel
 * says of that does not get to the console.
 */
int cgroup_run(int (*body)(void));

/*
 * The same for one that the kernel may not kill to get memory: its calls fail.
 * What it needs itself it has before; new memory it must not touch.
 */
int cgroup_run_unkillable(int (*body)(void));

#endif
