// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel log of this domain.
 */
#include "kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KERN_WARNING_LEVEL	4

static int kmsg = -1;

int kmsg_listen(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (log < 0)
		return -errno;
	lseek(log, 0, SEEK_END);
	return log;
}

int kmsg_open(void)
{
	kmsg = kmsg_listen();
	return kmsg < 0 ? kmsg : 0;
}

/*
 * A record is "priority,number,time,...;text\n". Returns its text. @lost counts
 * how often there was a gap before it.
 */
static char *record_of(int log, char *record, size_t size, int *level,
		       int *lost)
{
	char *text;
	ssize_t got;

	*lost = 0;
	do {
		got = read(log, record, size - 1);
		*lost += got < 0 && errno == EPIPE;
	} while (got < 0 && (errno == EPIPE || errno == EINTR));
	if (got <= 0)
		return NULL;
	record[got] = '\0';
	*level = atoi(record) & 7;
	text = strchr(record, ';');
	text = text ? text + 1 : record;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static char *next_record(char *record, size_t size, int *level)
{
	int lost;

	return record_of(kmsg, record, size, level, &lost);
}

int kmsg_heard(int log, int level, const char *word, int *higher, int *lost)
{
	char record[4096];
	int of_level, gaps, found = 0;
	char *text;

	*higher = *lost = 0;
	while ((text = record_of(log, record, sizeof(record), &of_level,
				 &gaps))) {
		*lost += gaps;
		if (!strstr(text, word))
			continue;
		if (of_level <= level)
			found++;
		else
			++*higher;
	}
	return found;
}

/*
 * KCSAN reports the races of the whole kernel. The harness says which of them
 * are our module's, because it has the whole report.
 */
static bool of_race(const char *text)
{
	static bool inside;

	if (strstr(text, "BUG: KCSAN"))
		inside = true;
	else if (!strncmp(text, "=====", 5))
		inside = false;
	return inside;
}

static bool begins_trace(const char *text)
{
	return strstr(text, "Call Trace") || strstr(text, "Call trace");
}

/*
 * The trace of a thread that went to sleep when its time had passed already, as
 * vivid's does on a busy machine. The harness sees whether it is that of vivid.
 */
static bool of_late_sleep(const char *text)
{
	static bool expected;

	if (strstr(text, "schedule_timeout: wrong timeout value")) {
		expected = true;
	} else if (expected && begins_trace(text)) {
		expected = false;
		return true;
	}
	return false;
}

/* Is this about something that the harness judges? Gets each line once. */
static bool is_for_harness(const char *text)
{
	return of_race(text) || of_late_sleep(text);
}

static bool is_cry(const char *text)
{
	static const char *const cries[] = {
		"BUG", "WARNING", "Oops", "Call Trace",
		"Call trace", "Bad page",
		"leaking g.e.", "general protection", "rcu: INFO",
		"blocked for more than", "soft lockup", "refcount_t",
		"Bad rss-counter", "corrupt", "oom-killer",
	};
	size_t i;

	for (i = 0; i < sizeof(cries) / sizeof(*cries); i++)
		if (strstr(text, cries[i]))
			return true;
	return false;
}

static bool is_complaint(int level, const char *text)
{
	if (is_for_harness(text))
		return false;
	return is_cry(text) ||
	       (level <= KERN_WARNING_LEVEL && strstr(text, "gntalloc"));
}

/* What the kernel logs when memory runs out, which a test may want. */
static bool of_oom(const char *text)
{
	return strstr(text, "oom-killer") || begins_trace(text);
}

/*
 * The first line that kmsg_mentions() has read and that is a complaint. The
 * next kmsg_complaints() returns it.
 */
static char passed_over[256];

int kmsg_complaints(char *line, size_t size)
{
	char record[4096];
	char *text;
	int found = 0;
	int level;

	if (*passed_over) {
		snprintf(line, size, "%s", passed_over);
		*passed_over = '\0';
		found++;
	}
	while ((text = next_record(record, sizeof(record), &level)))
		if (is_complaint(level, text) && !found++)
			snprintf(line, size, "%s", text);
	return found;
}

int kmsg_mentions(const char *word)
{
	return kmsg_mentions_any((const char *[]){ word, NULL });
}

static bool has_any(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strstr(text, *words))
			return true;
	return false;
}

int kmsg_mentions_any(const char *const *words)
{
	char record[4096];
	char *text;
	int found = 0;
	int level;

	while ((text = next_record(record, sizeof(record), &level))) {
		if (has_any(text, words))
			found++;
		if (!is_for_harness(text) && is_cry(text) && !of_oom(text) &&
		    !*passed_over)
			snprintf(passed_over, sizeof(passed_over), "%s", text);
	}
	return found;
}
