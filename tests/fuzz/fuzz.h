/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: what its parts have in common. Each do_*() makes one call, or one step
 * of several calls, and compares the result with the model.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include <gntshare/gntalloc.h>

#include "model.h"

extern struct file files[FILES];
extern int fds[FILES];		/* -1: not open here */

/* fuzz.c: pseudo-random numbers, of each thread's own; 0 if @below is 0 */
void any_seed(uint64_t seed);
uint32_t any(uint32_t below);

/*
 * Counts the call that is made next, and keeps it, to print it after a failure.
 */
void note(const char *what, long a, long b, long c);
long noted(void);
void wrong(const char *what, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void result(long ret, long expected);

/*
 * Fails unless the module's counters are what the model says, or soon may be.
 */
void compare_counters(void);

/*
 * A kind of step, which is made @share times in 1000. A list of them ends where
 * there is no function. The steps that no list has are mappings. @wrong makes
 * the same call with one field that is wrong.
 */
struct step {
	uint32_t share;
	void (*make)(struct file *f, int fd);
	void (*wrong)(int fd);
};

/* All lists; the last pointer is NULL. */
extern const struct step *const all_steps[];

/* calls.c: arguments, and the calls of the levels 2010 and 2011 */
extern const struct step old_steps[];
uint32_t some_count(void);
unsigned int some_offset(struct file *f);
unsigned int some_run(struct file *f, unsigned int *count);
unsigned int some_domid(void);
struct region *some_native(struct file *f);
void new_grefs(struct file *f, unsigned int first, unsigned int count,
	       unsigned int domid, const uint32_t *grefs);
void do_open_close(int i);

/* native_calls.c: regions and grants of the native level */
void place_export(void);
extern const struct step native_steps[];

/* query_calls.c: states, events, and what may be done */
extern const struct step query_steps[];
int signals_fd(void);
void compare_signals(bool last);

/* memory.c: mappings */
void place_slots(void);
void do_mapping(struct file *f, int fd);
void slots_unmap(void);
void slots_end(void);

/*
 * Compares the bytes of a page with what they should be, and writes others. If
 * they are wrong, it is called @what @number.
 */
void touch_page(char *at, struct bytes *is, bool writes, const char *what,
		int number);

/* Calls @one for each page that is mapped here. */
void slots_each(void (*one)(struct file *f, unsigned int offset));

/* own_memory.c: regions of memory that this program has already */
extern const struct step own_steps[];
void own_start(void);
void own_end(void);

/* Sets the arguments, and what the model has to know about the memory. */
void some_memory(struct gntalloc_native_create *op, struct memory *memory);

/* process.c: other processes */
void do_process(void);
void process_end(void);

/* peer.c: a domain, here this one, that maps what is granted to it */
bool peer_starts(void);
void do_peer(struct file *f);
void peer_ends(void);

/* invalid_calls.c: calls that are always wrong */

/* A bit that has no meaning, in a number of which @known bits have one. */
uint32_t unknown(unsigned int known);

/* A value that is not 0. */
uint16_t some_word(void);

/* A call with a wrong field, of which @what says which one. */
void wrong_field(int fd, unsigned long request, void *op, unsigned int what,
		 int expected);
void place_invalid(void);
void do_invalid(struct file *f, int fd);
void do_nonsense(int fd, char *place, bool limits);

/* concurrent.c: several processes and threads at the same time */
long concurrent(uint64_t seed, long calls, void (*work)(long calls));

#endif
