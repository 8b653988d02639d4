/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every failure of a call in its turn: in a debug kernel, the n-th allocation
 * or copy of one call is made to fail, for n = 1, 2, ... until the call needs
 * no more.
 */
#ifndef VM_FAIL_WALK_H
#define VM_FAIL_WALK_H

/* Seconds for one test: each call is made again and again, in a slow kernel. */
#define FAIL_TIMEOUT	300

struct walk {
	const char *name;
	/* What the call finds: open files, regions. */
	void (*prepare)(void);
	/*
	 * The call, by one system call, without touching memory for the first
	 * time. Returns what it returns, or -errno.
	 */
	long (*call)(void);
	/* Of a call that has succeeded: that it has done its work. */
	void (*check)(void);
	/*
	 * It ends what cannot be had back: if it fails to bring the answer, it
	 * may have done its work. This is what it says to the next try then.
	 */
	int once;
};

/*
 * Walks, and writes how many points there were. At each of them a call that
 * fails does so with ENOMEM or EFAULT, leaves the module's counters and the
 * free entries of the grant table as they were, and succeeds the next time;
 * when all is closed the counters are zero again, and the entries free.
 */
void walk(const struct walk *w);

#define WALK(name, prepare, call, check)				\
	walk(&(struct walk) { name, prepare, call, check, 0 })

/* Once in a run. Returns 0 or -errno. */
int fail_walk_start(void);

#endif
