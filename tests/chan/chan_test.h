/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tests of channels, on the Xen of fake.h. */
#ifndef CHAN_TEST_H
#define CHAN_TEST_H

#include <check.h>
#include <errno.h>
#include <gntchan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../chan/ring.h"
#include "fake.h"

struct Suite *ring_suite(void);
struct Suite *channel_suite(void);
struct Suite *listen_suite(void);
struct Suite *peer_suite(void);
struct Suite *end_suite(void);
struct Suite *failures_suite(void);
struct Suite *store_suite(void);
struct Suite *thread_suite(void);

/* Of tests/unit/runner.c */
int run_all(struct SRunner *runner, const char *name);
_Noreturn void end_child(int status);

/* The domain of both sides, unless a test says something else. */
#define HERE	4u
#define THERE	7u

/* A suite with one case, whose tests begin in domain HERE. */
struct Suite *chan_suite(const char *name, struct TCase **tests);

/* Listen as "test" to one domain, with rings of these sizes. */
struct gntchan_listener *listen_to(uint32_t domid, size_t read_size,
				   size_t write_size);

/* The two ends of a channel, both in HERE, which never wait; and its page. */
struct ends {
	struct gntchan_listener *listener;
	struct gntchan *server, *client;
	struct vchan_interface *page;
};

void open_ends(struct ends *e, size_t read_size, size_t write_size);
void close_ends(struct ends *e);

/* The page that is announced there, as either side can write to it. */
struct vchan_interface *page_of(const char *path);

/* The path of listen_to(HERE). */
#define OWN_PATH	"/local/domain/4/data/gntchan/test/4"

/* Run @function in a child, which is in @domid, with blocking channels. */
int start_child(void (*function)(void), uint32_t domid);

/* Wait for its end, which must be a success. */
void await_child(int pid);

#endif /* CHAN_TEST_H */
