/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A riot: random calls of all levels, by threads and processes at a time, on
 * one descriptor or on several. No model can say what each of them returns,
 * so only what it may return is checked: a few errors for each call; and that
 * a page has what its only writer wrote.
 */
#ifndef VM_RIOT_H
#define VM_RIOT_H

#include <stdbool.h>
#include <stdint.h>

#define RIOT_PIECES	24
#define RIOT_MAPS	8
#define RIOT_WRONG	160

/* An open file, and what was made there lately: it may be gone. */
struct riot_file {
	volatile int fd;
	struct piece {
		volatile uint64_t first;	/* in pages */
		volatile uint32_t count;
		volatile uint32_t gref;		/* of level 2010 */
		volatile uint64_t id;		/* of the native level */
	} piece[RIOT_PIECES];
};

/* One who takes part: a thread or a process. */
struct rioter {
	struct riot_file *file;	/* others may have it, too */
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
	struct riot_map {
		char *address;
		uint64_t tag;	/* what is in each page; 0: another's page */
		uint32_t count;
	} map[RIOT_MAPS];
	long calls;
	long done;		/* system calls that did what they are for, */
	long failed;		/* or ended with an error that may be */
	long faulted;		/* with one that comes of @faults */
	char wrong[RIOT_WRONG];	/* what may not be: empty if all went well */
};

/* Those of one riot have the same seed, and each its own number. */
void riot_join(struct rioter *r, struct riot_file *file, uint64_t seed,
	       unsigned int number);

/* Makes one call. False with @wrong set when that was not right. */
bool riot_call(struct rioter *r);

/* Makes calls for so long, and gives up what it has mapped. */
bool riot_for(struct rioter *r, long ms);

/*
 * The same by some threads that have all in common with @like but what is
 * their own, which goes to @like when they end: all calls, and what was wrong.
 */
bool riot_crowd(struct rioter *like, unsigned int threads, uint64_t seed,
		long ms);

/* A number below that one. */
uint32_t riot_any(struct rioter *r, uint32_t below);

/* A new file in place of @file's, or its first. 0 or -errno. */
int riot_open(struct riot_file *file);

/*
 * How much of it, and from where: a number in the environment, or that one.
 * Without $RACE_SEED each test has another seed each time; it says which.
 */
long riot_amount(const char *variable, long usual);
uint64_t riot_seed(const char *test);

/* Free entries of the grant table, which is full for a moment. Or -errno. */
long riot_free_entries(void);

/* --- of the calls, for each other --------------------------------------------- */

bool riot_wrong(struct rioter *r, const char *what, long ret);
bool riot_may(struct rioter *r, const char *what, long ret, const int *errors);

/* The call may return these errors: at least one, or 0 for none. */
#define MAY(r, what, ret, ...)						\
	riot_may(r, what, ret, (const int[]){ __VA_ARGS__, 0 })

/* @fresh: pages of a region that this one has just made. */
bool riot_map(struct rioter *r, uint64_t first, uint32_t count, bool fresh);
bool riot_unmap(struct rioter *r, struct riot_map *m);
bool riot_remap(struct rioter *r, struct riot_map *m);
/* What is there is what was written, and then it is something else. */
bool riot_touch(struct rioter *r, struct riot_map *m);

#endif
