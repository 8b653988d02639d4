/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The demo: what its two programs agree on
 *
 * offer shares a file with another domain; take, in that domain, maps it. The
 * file's bytes fill the first pages of one region, and its last page is for
 * talking. The grefs of the region are too many for xenstore, so they are in a
 * second region, the list, and only the list's own grefs go through xenstore:
 * the key that both were told has "BYTES GREF...".
 */
#ifndef DEMO_H
#define DEMO_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096u

/* The last page of the region. */
struct talk {
	/* 1 while the owner shares; the driver clears it when it is gone */
	atomic_uchar alive;
	/* 1 when the peer has written its reply */
	atomic_uchar replied;
	char reply[256];
};

static inline size_t pages_for(size_t bytes)
{
	return (bytes + PAGE - 1) / PAGE;
}

/*
 * A line of the story: on the console; or, where STORY is in the environment,
 * through that key of xenstore, which someone in dom0 reads and removes. A domU's
 * console is a way of its own to dom0's, and would bring lines later than what
 * was done after them. Either way it is told when this returns.
 */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* End the program with a line that says why; error is an errno value or 0. */
void die(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

double milliseconds(void);

/* SHA-256 of memory, by sha256sum(1), in hexadecimal. */
void sha256(const void *memory, size_t bytes, char hex[65]);

/*
 * xenstore: write a key; wait until a key is there and read it; wait until it is
 * there no more.
 */
void publish(const char *key, const char *text);
char *await(const char *key);
void await_gone(const char *key);

#endif
