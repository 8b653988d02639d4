/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory cgroup of this domain, for the processes that a test puts there.
 */
#ifndef VM_CGROUP_H
#define VM_CGROUP_H

#include <stdbool.h>

/*
 * Makes the group, and mounts the domain's cgroups if they are not mounted yet.
 */
void cgroup_make(void);

/* Sets the group's maximum to @bytes from now on. Returns 0 or -errno. */
int cgroup_max(long bytes);

/*
 * Moves this process into the group, or out of it again. Returns 0 or -errno.
 */
int cgroup_enter(void);
int cgroup_leave(void);

/* Bytes that are charged to the group. */
long cgroup_charged(void);

/*
 * Are the pages of a region charged to the group? Linux before 5.11 charges
 * only the driver's structs for them.
 */
bool cgroup_has_pages(void);

/* Removes the group, in which no process is any more. */
void cgroup_remove(void);

/*
 * Runs @body in a child that is in the group. Returns what @body returns, or
 * minus the number of the signal that ended the child. The child is the first
 * process that is killed when memory runs out. What the kernel logs about that
 * does not reach the console.
 */
int cgroup_run(int (*body)(void));

/*
 * The same for a child that the kernel may not kill to get memory, so that its
 * calls fail instead. The child gets the memory that it needs beforehand, and
 * @body must not touch any new memory.
 */
int cgroup_run_unkillable(int (*body)(void));

#endif
