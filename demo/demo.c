// SPDX-License-Identifier: GPL-2.0-or-later
/* The demo: functions of both programs for printing, hashing and xenstore. */
#include "demo.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

static struct xs_handle *connect_store(void)
{
	static struct xs_handle *handle;

	if (!handle)
		handle = xs_open(0);
	return handle;
}

static void line(const char *format, va_list args)
{
	const char *story = getenv("STORY");
	static bool again;	/* a call from publish(): xenstore failed */
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	if (story && !again && connect_store()) {
		again = true;
		publish(story, text);
		await_gone(story);
		again = false;
		return;
	}
	printf("demo: %s\n", text);
	fflush(stdout);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(format, args);
	va_end(args);
}

void die(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(format, args);
	va_end(args);
	if (error)
		say("  %s", strerror(error));
	exit(1);
}

double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void sha256(const void *memory, size_t bytes, char hex[65])
{
	char name[64], command[128];
	FILE *file;

	snprintf(name, sizeof(name), "/tmp/sha256.%d", (int)getpid());
	snprintf(command, sizeof(command), "sha256sum >%s", name);
	file = popen(command, "w");
	if (!file || fwrite(memory, 1, bytes, file) != bytes || pclose(file))
		die(0, "sha256sum does not run");
	file = fopen(name, "r");
	if (!file || fscanf(file, "%64[0-9a-f]", hex) != 1)
		die(0, "sha256sum gives no sum");
	fclose(file);
	unlink(name);
}

static struct xs_handle *store(void)
{
	struct xs_handle *handle = connect_store();

	if (!handle)
		die(0, "no xenstore");
	return handle;
}

void publish(const char *key, const char *text)
{
	unsigned int length = (unsigned int)strlen(text);

	if (!xs_write(store(), XBT_NULL, key, text, length))
		die(0, "cannot write %s to xenstore", key);
}

/*
 * Wait until the key exists (@there), or does not exist. Returns its value, or
 * NULL.
 */
static char *watch(const char *key, bool there)
{
	unsigned int count;
	char *text;

	/* A watch fires once when it is made, then at each change. */
	if (!xs_watch(store(), key, "demo"))
		die(0, "cannot watch %s in xenstore", key);
	while (!!(text = xs_read(store(), XBT_NULL, key, &count)) != there) {
		free(text);
		free(xs_read_watch(store(), &count));
	}
	xs_unwatch(store(), key, "demo");
	return text;
}

char *await(const char *key)
{
	return watch(key, true);
}

void await_gone(const char *key)
{
	watch(key, false);
}
