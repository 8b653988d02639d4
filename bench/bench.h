/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench: what the calls of /dev/xen/gntalloc cost
 *
 * Every failure ends the program, since the time of a call that failed is not a
 * figure.
 *
 * Layers of files, the highest first. A file calls only files of lower layers,
 * which tests/lint/layers holds:
 *
 *	bench				the command line
 *	draining baseline live_regions memory parallel existing	the cases
 *	peer region			the peer that maps; sharing a region
 *	device xenstore_sync		the device's calls; xenstore
 *	clock vma_placement		times; addresses of mappings
 *	base				failures
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE	4096UL

/* --- base.c ---------------------------------------------------------------- */

__attribute__((noreturn, format(printf, 1, 2)))
void fail(const char *format, ...);

/* fail(), with the text of errno */
#define fail_errno(what)	fail("%s: %s", what, strerror(errno))

/*
 * Get memory for the program itself. Its pages are present, so that using it
 * causes no page faults while something is measured.
 */
void *reserve(size_t size);

/* A memfd of that many pages, none of which is there yet. */
int make_memfd(size_t pages);

/* --- clock.c: times, and the median of many ------------------------------- */

#define STEPS_MAX	10
#define ROUNDS_MAX	101

struct timing {
	const char *name;		/* of the case */
	size_t size;			/* pages, or what the case counts */
	unsigned int steps;
	struct step {
		const char *name;
		unsigned int rounds;
		uint64_t ns[ROUNDS_MAX];
	} step[STEPS_MAX];
};

/* The time now, in ns. */
uint64_t now(void);

/* The cost of now() itself, which is part of every difference of two times. */
uint64_t clock_cost(void);

void timing_start(struct timing *timing, const char *name, size_t size);

/* Add the time of a step in one round, from which this takes clock_cost(). */
void timing_add(struct timing *timing, const char *step, uint64_t ns);

/* Print "CASE SIZE STEP NS" for each step, with the median of its rounds. */
void timing_report(const struct timing *timing);

/* The number of rounds for something of that many pages. It is odd. */
unsigned int rounds_for(size_t pages);

/* --- device.c: the calls -------------------------------------------------- */

/* Pages that were allocated by one call. */
struct run {
	void *address;
	uint64_t offset;
	uint64_t id;
	uint32_t pages;
};

struct level {
	const char *name;
	void (*alloc)(int fd, struct run *run);
	void (*dealloc)(int fd, const struct run *run);
};

extern const struct level level_2011, level_native;

/* The choices of the command line. */
extern const struct level *level;
extern uint16_t peer;

int device_open(void);
bool device_has_native(void);

/* Reserve room for the grefs of the largest run that will be allocated. */
void reserve_grefs(size_t pages);

/* The grefs of the run that was allocated last. */
const uint32_t *last_grefs(void);

void run_alloc(int fd, struct run *run, size_t pages);
/* The native calls: a region of memory that is there, granted to the peer. */
void run_of_memory(int fd, struct run *run, void *address, size_t pages);

void run_dealloc(int fd, const struct run *run);
void run_notify(int fd, const struct run *run);

/* mmap() at @address, which nothing else uses */
void run_map(int fd, struct run *run, void *address);
void run_unmap(const struct run *run);

/* --- vma_placement.c: where things are mapped ------------------------------ */

/* The address for the mapping that is measured. */
void *window(void);

/* The address for live regions, which only have to exist. */
void *window_for_live(void);

/*
 * Call this before each round: it maps something next to the window. A mapping
 * costs more if its node in the kernel's tree is full or nearly empty. With
 * this function that is so in a few rounds. Without it, that would be so in all
 * rounds or in none, by chance.
 */
void stir(unsigned int round);

/* --- the cases ------------------------------------------------------------- */

/* Live pages are allocated by one call per descriptor, to save time. */
extern bool live_in_bulk;

#define ROUND_WRITE	1U	/* write to each page while it is shared */
#define ROUND_NOTIFY	2U	/* set a notification */

/* Share and unshare a region once. */
void share_round(struct timing *timing, int fd, size_t pages,
		 unsigned int what);

void bench_region(const char *name, size_t pages);
void bench_written(const char *name, size_t pages);
void bench_map(const char *name, size_t pages);
void bench_live1(const char *name, size_t live);
void bench_live100(const char *name, size_t live);
void bench_unmapped1(const char *name, size_t live);
void bench_draining(const char *name, size_t draining);
void bench_memory(const char *name, size_t pages);
void bench_baseline(const char *name, size_t pages);
void bench_parallel(const char *name, size_t pages);
void bench_existing(const char *name, size_t pages);

/* --- peer.c: the peer, which maps ------------------------------------------ */

/* The peer is in another domain: it is "bench peer" in dom0. */
extern bool peer_is_remote;

/* In dom0, map what domain @domid asks for, until it asks to end. */
void peer_serve(int domid);

/* Make the peer map pages, and unmap all that it has mapped. */
void peer_map(const uint32_t *grefs, size_t count);
void peer_unmap(void);

/* --- xenstore_sync.c: xenstore --------------------------------------------- */

/* Wait until a key has a certain value. */
void store_await(const char *path, const char *value);

/*
 * Ask the peer in dom0 for something, and wait until it is done.
 * @text has at most 2000 bytes, as many as a key of xenstore can hold.
 */
void store_ask(const char *text);

/* Do what domain @domid asks for, until it asks to end. */
void store_serve(int domid, void (*serve)(int domid, const char *text));

#endif
