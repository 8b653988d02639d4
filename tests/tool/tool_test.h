/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tests of the command-line tool. Each test has files of its own below a root
 * of its own, on which it runs the whole tool in a child. The device is the fake
 * one of the library's tests, and xenstore is a folder.
 */
#ifndef TOOL_TEST_H
#define TOOL_TEST_H

#include <check.h>
#include <stdbool.h>
#include <sys/types.h>

#include "fake_os.h"
#include "tool.h"

struct Suite *table_suite(void);
struct Suite *list_suite(void);
struct Suite *status_suite(void);
struct Suite *param_suite(void);
struct Suite *check_suite(void);
struct Suite *share_suite(void);
struct Suite *map_suite(void);
struct Suite *usage_suite(void);
struct Suite *transfer_suite(void);
struct Suite *connect_suite(void);

/* Of tests/unit/runner.c */
int run_all(struct SRunner *runner, const char *name);
_Noreturn void end_child(int status);

/* A suite with one case, whose tests begin with an empty root. */
struct Suite *tool_suite(const char *name, struct TCase **tests);

/* Write a file below the root, with the folders that lead to it. */
void put_file(const char *path, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Make a symbolic link there. */
void put_link(const char *path, const char *target);

void remove_file(const char *path);
void chmod_file(const char *path, mode_t mode);

/* Read a file below the root; an empty text if there is none. */
const char *get_file(const char *path);

/* The files of a driver that is ours, with a limit of 1000. */
void put_driver(void);

/* Let the caller see no device. */
void no_device(void);

/* What the child does before it runs the tool. */
extern void (*in_child)(void);

/* What the tool has printed and returned. */
struct result {
	int code;
	char out[65536], err[16384];
};

extern struct result result;

/*
 * Run the tool with @input as standard input, or with an empty one if it is NULL,
 * and wait for its end. The arguments are one text, separated by blanks.
 */
void run(const char *input, const char *arguments);

/* Run it, and let its standard input stay open. */
pid_t start(const char *arguments);

/* Wait until its output has this text. */
void await(const char *text);

/* It goes on for a while. */
void assert_running(pid_t child);

/* End its standard input. */
void end_input(void);

/* Wait for its end, after a signal if that is not 0. */
void stop(pid_t child, int signal);

void assert_code(int code);
void assert_out(const char *text);	/* the output has this text */
void assert_no_out(const char *text);
void assert_err(const char *text);
void assert_quiet(void);		/* there is no message */

/* The output is JSON, which the caller frees. */
struct json_object *out_json(void);

/* Called when the tool asks for the id of its domain, which share does. */
extern void (*on_domid)(void);

/* An event channel between two processes, of which each is one side, 0 or 1. */
xenevtchn_handle *make_channel(int side);

/* How many events came for this side since the last call. */
uint64_t take_events(int side);

/* Let "open" or "bind" of an event channel fail from now on. */
void fail_evtchn(const char *call, int err);

/* The other end of a channel that the tool will have, the first one first. */
int make_end(void);
void forget_ends(void);

/* The tool runs, and has its ends: they are not the test's any more. */
void give_ends(void);

/* Channels fail from now on. */
void fail_chan(int err);

/* All calls of xs_*() fail from now on. */
void fail_xenstore(int err);

#endif /* TOOL_TEST_H */
