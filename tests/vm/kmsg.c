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

int kmsg_open(void)
{
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0)
		return -errno;
	lseek(kmsg, 0, SEEK_END);
	return 0;
}

/* A record is "priority,number,time,...;text\n". Returns its text. */
static char *next_record(char *record, size_t size, int *level)
{
	char *text;
	ssize_t got;

	do {
		got = read(kmsg, record, size - 1);
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

/*
 * KCSAN reports the races of all the kernel. Which of them are ours is for the
 * harness to say, which has the whole report.
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

static bool is_complaint(int level, const char *text)
{
	static const char *const cries[] = {
		"BUG", "WARNING", "Oops", "Call Trace",
		"Call trace", "Bad page",
		"leaking g.e.", "general protection", "rcu: INFO",
		"blocked for more than", "soft lockup", "refcount_t",
		"Bad rss-counter", "corrupt", "oom-killer",
	};
	size_t i;

	if (of_race(text))
		return false;
	for (i = 0; i < sizeof(cries) / sizeof(*cries); i++)
		if (strstr(text, cries[i]))
			return true;
	return level <= KERN_WARNING_LEVEL && strstr(text, "gntalloc");
}

int kmsg_complaints(char *line, size_t size)
{
	char record[4096];
	char *text;
	int found = 0;
	int level;

	while ((text = next_record(record, sizeof(record), &level)))
		if (is_complaint(level, text) && !found++)
			snprintf(line, size, "%s", text);
	return found;
}

int kmsg_mentions(const char *word)
{
	char record[4096];
	char *text;
	int found = 0;
	int level;

	while ((text = next_record(record, sizeof(record), &level)))
		if (strstr(text, word))
			found++;
	return found;
}
