// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How two domains wait for each other, through xenstore. Neither polls while
 * the other one measures.
 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenstore.h>

/* Keys below a domain's own directory, where the domain may write. */
#define REQUEST	"data/bench/request"
#define ANSWER	"data/bench/answer"
#define DONE	"done"
#define END	"end"

static struct xs_handle *store_open(void)
{
	struct xs_handle *store = xs_open(0);

	if (!store)
		fail_errno("xs_open");
	return store;
}

static void store_write(struct xs_handle *store, const char *path,
			const char *text)
{
	if (!xs_write(store, XBT_NULL, path, text, (unsigned int)strlen(text)))
		fail_errno(path);
}

/* Returns the value, or "" if the key does not exist. The caller frees it. */
static char *store_read(struct xs_handle *store, const char *path)
{
	char *text = xs_read(store, XBT_NULL, path, NULL);

	if (!text && errno != ENOENT)
		fail_errno(path);
	return text ? text : strdup("");
}

/* Wait until a watch fires. It fires once when it is set, too. */
static void store_wait(struct xs_handle *store)
{
	unsigned int count;
	char **event = xs_read_watch(store, &count);

	if (!event)
		fail_errno("xs_read_watch");
	free(event);
}

void store_await(const char *path, const char *value)
{
	struct xs_handle *store = store_open();
	bool there = false;

	if (!xs_watch(store, path, "await"))
		fail_errno(path);
	while (!there) {
		char *text;

		store_wait(store);
		text = store_read(store, path);
		there = !strcmp(text, value);
		free(text);
	}
	xs_close(store);
}

/*
 * This polls. A watch would start a second thread in this process, and from
 * then on system calls of the process would cost more.
 */
void store_ask(const char *text)
{
	struct xs_handle *store = store_open();
	bool done = false;

	store_write(store, ANSWER, "");
	store_write(store, REQUEST, text);
	while (!done && strcmp(text, END)) {
		char *answer;

		usleep(10000);
		answer = store_read(store, ANSWER);
		if (*answer && strcmp(answer, DONE))
			fail("the peer: %s", answer);
		done = *answer;
		free(answer);
	}
	xs_close(store);
}

void store_serve(int domid, void (*serve)(int domid, const char *text))
{
	struct xs_handle *store = store_open();
	char request[64], answer[64];
	bool end = false;

	sprintf(request, "/local/domain/%d/" REQUEST, domid);
	sprintf(answer, "/local/domain/%d/" ANSWER, domid);
	if (!xs_watch(store, request, "serve"))
		fail_errno(request);
	while (!end) {
		char *text;

		store_wait(store);
		text = store_read(store, request);
		end = !strcmp(text, END);
		if (*text && !end) {
			serve(domid, text);
			store_write(store, request, "");
			store_write(store, answer, DONE);
		}
		free(text);
	}
	xs_close(store);
}
