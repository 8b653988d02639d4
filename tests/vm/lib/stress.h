/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stress: random calls of all levels, made by threads and processes at the same
 * time, on one descriptor or on several. No model can say what each of the
 * calls returns. So only two things are checked: a call that fails returns one
 * of a few errors, and a page has the bytes that its only writer wrote.
 */
#ifndef VM_STRESS_H
#define VM_STRESS_H

#include <stdbool.h>
#include <stdint.h>

#define STRESS_PIECES	24
#define STRESS_MAPS	8
#define STRESS_WRONG	160

/* An open file, and what was made there lately and may be gone already. */
struct stress_file {
	volatile int fd;
	struct piece {
		volatile uint64_t first;	/* in pages */
		volatile uint32_t count;
		volatile uint32_t gref;		/* of level 2010 */
		volatile uint64_t id;		/* of the native level */
	} piece[STRESS_PIECES];
};

/* A party of a stress run: a thread or a process. */
struct stressor {
	struct stress_file *file;	/* others may use it, too */
	uint16_t domid;		/* the peer */
	/* These are set by the test. What is checked depends on them: */
	bool unread;		/* another writes to its pages, too */
	bool unloads;		/* others unload and load the module */
	bool faults;		/* calls are made to fail */
	bool spreads;		/* it may open another file, */
	bool forks;		/* and then it may also fork */
	/* The rest is the party's own. */
	uint64_t state;
	int eventfd;
	struct stress_map {
		char *address;
		uint64_t tag;	/* in each page; 0 if not its own */
		uint32_t count;
	} map[STRESS_MAPS];
	long calls;
	long done;		/* system calls that succeeded */
	long failed;		/* that failed as they may */
	long faulted;		/* failed because of @faults */
	char wrong[STRESS_WRONG];	/* what was wrong, or empty */
};

/*
 * Makes what the calls use besides the device, which can take a second. So it is
 * done before processes are forked that have little time. And a process that may
 * be killed must not start programs for it: until they run, they have its
 * descriptors. (stress_join() does so, too, if nobody has done it.)
 */
void stress_prepare(void);

/*
 * Has the dma-buf of the calls mapped for the kernel as long as the returned
 * descriptor is open. If it had to be mapped in a call that is made to fail, its
 * own driver could fail, of which the kernel complains. Returns -errno if that
 * cannot be done.
 */
int stress_keep_mapped(void);

/* The parties of one run have the same seed, and each has another @number. */
void stress_join(struct stressor *r, struct stress_file *file, uint64_t seed,
		 unsigned int number);

/* Makes one call. Returns false if that went wrong, which @wrong then says. */
bool stress_call(struct stressor *r);

/* Makes calls for @ms milliseconds, and gives up what it has mapped. */
bool stress_for(struct stressor *r, long ms);

/*
 * The same by several threads. All of them have the settings of @like, and each
 * has a state of its own. When they end, @like gets the sum of their calls, and
 * what was wrong.
 */
bool stress_threads(struct stressor *like, unsigned int threads, uint64_t seed,
		    long ms);

/* A random number that is less than @below. */
uint32_t stress_any(struct stressor *r, uint32_t below);

/*
 * Opens a new file in place of @file's, or its first one. Returns 0 or -errno.
 */
int stress_open(struct stress_file *file);

/*
 * How much a test does, or the seed it begins with: the number in the
 * environment variable, or @usual without one. Without $RACE_SEED, a test has
 * another seed each time, and prints it.
 */
long stress_amount(const char *variable, long usual);
uint64_t stress_seed(const char *test);

/*
 * The number of free entries of the grant table, or -errno. To count them, all
 * of them are taken for a moment.
 */
long stress_free_entries(void);

/* --- what the calls use among themselves ---------------------------------- */

bool stress_wrong(struct stressor *r, const char *what, long ret);
bool stress_may(struct stressor *r, const char *what, long ret,
		const int *errors);

/* The call may fail by these errors. At least one is named, 0 for none. */
#define MAY(r, what, ret, ...)						\
	stress_may(r, what, ret, (const int[]){ __VA_ARGS__, 0 })

/* @fresh: these are pages of a region that this party has just made. */
bool stress_map(struct stressor *r, uint64_t first, uint32_t count, bool fresh);
bool stress_unmap(struct stressor *r, struct stress_map *m);
bool stress_remap(struct stressor *r, struct stress_map *m);
/*
 * Checks that each page has what was written there, and writes something else.
 */
bool stress_touch(struct stressor *r, struct stress_map *m);

#endif
