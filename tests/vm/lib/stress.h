/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stress: random calls of all levels, by threads and processes at a time, on
 * one descriptor or on several. No model can say what each of them returns,
 * so only what it may return is checked: a few errors for each call; and that
 * a page has what its only writer wrote.
 */
#ifndef VM_STRESS_H
#define VM_STRESS_H

#include <stdbool.h>
#include <stdint.h>

#define STRESS_PIECES	24
#define STRESS_MAPS	8
#define STRESS_WRONG	160

/* An open file, and what was made there lately: it may be gone. */
struct stress_file {
	volatile int fd;
	struct piece {
		volatile uint64_t first;	/* in pages */
		volatile uint32_t count;
		volatile uint32_t gref;		/* of level 2010 */
		volatile uint64_t id;		/* of the native level */
	} piece[STRESS_PIECES];
};

/* One who takes part: a thread or a process. */
struct stressor {
	struct stress_file *file;	/* others may have it, too */
	uint16_t domid;		/* the peer */
	/* What is told apart, when it is set: */
	bool unread;		/* a peer, or another file, writes there, too */
	bool unloads;		/* the module comes and goes */
	bool faults;		/* calls are made to fail */
	bool spreads;		/* it may open another file, */
	bool forks;		/* and then fork, too */
	/* its own */
	uint64_t state;
	int eventfd;
	struct stress_map {
		char *address;
		uint64_t tag;	/* what is in each page; 0: another's page */
		uint32_t count;
	} map[STRESS_MAPS];
	long calls;
	long done;		/* system calls that did what they are for, */
	long failed;		/* or ended with an error that may be */
	long faulted;		/* with one that comes of @faults */
	char wrong[STRESS_WRONG];	/* what may not be, or empty */
};

/* Those of one stress run have the same seed, and each its own number. */
void stress_join(struct stressor *r, struct stress_file *file, uint64_t seed,
		 unsigned int number);

/* Makes one call. False with @wrong set when that was not right. */
bool stress_call(struct stressor *r);

/* Makes calls for so long, and gives up what it has mapped. */
bool stress_for(struct stressor *r, long ms);

/*
 * The same by some threads that have all in common with @like but what is
 * their own, which goes to @like when they end: all calls, and what was wrong.
 */
bool stress_threads(struct stressor *like, unsigned int threads, uint64_t seed,
		    long ms);

/* A number below that one. */
uint32_t stress_any(struct stressor *r, uint32_t below);

/* A new file in place of @file's, or its first. 0 or -errno. */
int stress_open(struct stress_file *file);

/*
 * How much of it, and from where: a number in the environment, or that one.
 * Without $RACE_SEED each test has another seed each time; it says which.
 */
long stress_amount(const char *variable, long usual);
uint64_t stress_seed(const char *test);

/* Free entries of the grant table, which is full for a moment. Or -errno. */
long stress_free_entries(void);

/* --- of the calls, for each other --------------------------------------------- */

bool stress_wrong(struct stressor *r, const char *what, long ret);
bool stress_may(struct stressor *r, const char *what, long ret,
		const int *errors);

/* The call may return these errors: at least one, or 0 for none. */
#define MAY(r, what, ret, ...)						\
	stress_may(r, what, ret, (const int[]){ __VA_ARGS__, 0 })

/* @fresh: pages of a region that this one has just made. */
bool stress_map(struct stressor *r, uint64_t first, uint32_t count, bool fresh);
bool stress_unmap(struct stressor *r, struct stress_map *m);
bool stress_remap(struct stressor *r, struct stress_map *m);
/* What is there is what was written, and then it is something else. */
bool stress_touch(struct stressor *r, struct stress_map *m);

#endif
