/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every failure of a call, one after the other. In a debug kernel, the n-th
 * allocation or copy of one call is made to fail, for n = 1, 2, ... until the
 * call makes fewer than n of them.
 */
#ifndef VM_FAIL_WALK_H
#define VM_FAIL_WALK_H

/* Seconds for one test, which repeats each call many times in a slow kernel. */
#define FAIL_TIMEOUT	300

struct walk {
	const char *name;
	/* Makes what the call needs: open files, regions. */
	void (*prepare)(void);
	/*
	 * Makes the call, by one system call, and without touching any memory
	 * for the first time. Returns what the system call returns, or -errno.
	 */
	long (*call)(void);
	/* Checks, after a call that succeeded, that it has done its work. */
	void (*check)(void);
	/*
	 * Not 0 for a call that ends what cannot be had back. If only the copy
	 * of its answer fails, the call may have done its work already. The
	 * next try then fails with this error.
	 */
	int once;
};

/*
 * Walks through all points, and prints how many there are. A call that fails at
 * a point has to fail with ENOMEM or EFAULT, has to leave the module's counters
 * and the number of free entries of the grant table as they were, and has to
 * succeed the next time. When everything is closed, the counters have to be
 * zero again, and the entries free.
 */
void walk(const struct walk *w);

#define WALK(name, prepare, call, check)				\
	walk(&(struct walk) { name, prepare, call, check, 0 })

/* Prepares the kernel, once in a run. Returns 0 or -errno. */
int fail_walk_start(void);

#endif
