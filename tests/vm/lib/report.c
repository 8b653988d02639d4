// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the module tells root. debugfs is mounted, and has the trace, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "report.h"

#define DEBUGFS	"/sys/kernel/debug"
#define TRACING	DEBUGFS "/tracing"

static long lines(const char *path, const char *pattern, char *line,
		  size_t size)
{
	FILE *file = fopen(path, "re");
	long found = 0;
	char text[512];

	if (!file)
		return -errno;
	while (fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = '\0';
		if (fnmatch(pattern, text, 0))
			continue;
		if (!found++ && line)
			snprintf(line, size, "%s", text);
	}
	if (ferror(file))
		found = -EIO;
	fclose(file);
	return found;
}

long report_lines(const char *table, const char *pattern, char *line,
		  size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "/xen-gntalloc/%s", table);
	return lines(path, pattern, line, size);
}

static long number(const char *folder, const char *bound)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/%s", folder, bound);
	return device_counter(name);
}

long report_hits(const char *bound)
{
	return number("hits", bound);
}

long report_last_hit(const char *bound)
{
	return number("last_hit", bound);
}

int trace_start(void)
{
	/* This empties it. */
	int ret, fd = open(TRACING "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	ret = device_write_text(TRACING "/tracing_on", "1");
	return ret ? ret : device_write_text(TRACING "/events/gntalloc/enable",
					     "1");
}

void trace_stop(void)
{
	device_write_text(TRACING "/events/gntalloc/enable", "0");
}

long trace_lines(const char *pattern)
{
	return lines(TRACING "/trace", pattern, NULL, 0);
}
