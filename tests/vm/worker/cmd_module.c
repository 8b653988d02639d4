// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker's commands for the module of its domain, and for itself.
 *
 *   counters                -> "entries draining"
 *   await NAME VALUE MS     -> milliseconds until the counter had the value, or
 *                              -ETIMEDOUT
 *   limit N                 set the limit
 *   load PARAMETERS / unload
 *   rows TABLE PATTERN      -> how many lines of a table in debugfs match; the
 *                              first of them
 *   trace / untrace         begin and end a trace of the module's events
 *   traced PATTERN          -> how many lines of it match
 *   pid                     -> its own
 *   suite                   run the local tests here; then "line" gives their
 *   line                    output, some lines at a time: 1, or 0 at its end
 *   die                     by SIGKILL
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "device.h"
#include "report.h"
#include "worker.h"

static int suite_output = -1;

static long cmd_counters(const char *args, char *text)
{
	(void)args;
	sprintf(text, "%ld %ld", device_counter("entries"),
		device_counter("draining"));
	return 0;
}

static long cmd_await(const char *args, char *text)
{
	char name[16];
	long value, ms;

	if (sscanf(args, "%15s %ld %ld", name, &value, &ms) != 3)
		return -EBADMSG;
	value = device_await(name, value, ms);
	if (value == -ETIMEDOUT)
		sprintf(text, "%s is %ld", name, device_counter(name));
	return value;
}

static long cmd_limit(const char *args, char *text)
{
	(void)text;
	return device_set_limit(strtoll(args, NULL, 10));
}

static long cmd_load(const char *args, char *text)
{
	(void)text;
	return module_load(args);
}

static long cmd_unload(const char *args, char *text)
{
	(void)args;
	(void)text;
	return module_unload();
}

static long cmd_rows(const char *args, char *text)
{
	const char *pattern = strchr(args, ' ');
	char table[16] = "";

	if (!pattern || sscanf(args, "%15s", table) != 1)
		return -EBADMSG;
	return report_lines(table, pattern + 1, text, GREFS_TEXT);
}

static long cmd_trace(const char *args, char *text)
{
	(void)args;
	(void)text;
	return trace_start();
}

static long cmd_untrace(const char *args, char *text)
{
	(void)args;
	(void)text;
	trace_stop();
	return 0;
}

static long cmd_traced(const char *args, char *text)
{
	(void)text;
	return trace_lines(args);
}

static long cmd_pid(const char *args, char *text)
{
	(void)args;
	(void)text;
	return getpid();
}

static long cmd_suite(const char *args, char *text)
{
	int ends[2];
	pid_t pid;

	(void)args;
	(void)text;
	if (pipe(ends) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/proc/self/exe", "vmtests", "local", NULL);
		_exit(127);
	}
	close(ends[1]);
	suite_output = ends[0];
	return 0;
}

static long cmd_line(const char *args, char *text)
{
	ssize_t got = read(suite_output, text, GREFS_TEXT);

	(void)args;
	if (got < 0)
		return -errno;
	text[got] = '\0';
	return got > 0;
}

static long cmd_die(const char *args, char *text)
{
	(void)args;
	(void)text;
	return raise(SIGKILL);
}

const struct command module_commands[] = {
	{ "counters", cmd_counters },
	{ "await", cmd_await },
	{ "limit", cmd_limit },
	{ "load", cmd_load },
	{ "unload", cmd_unload },
	{ "rows", cmd_rows },
	{ "trace", cmd_trace },
	{ "untrace", cmd_untrace },
	{ "traced", cmd_traced },
	{ "pid", cmd_pid },
	{ "suite", cmd_suite },
	{ "line", cmd_line },
	{ "die", cmd_die },
	{ NULL, NULL }
};
