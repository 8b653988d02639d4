// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An actor's verbs for Xen's libxenvchan, as it is: two rings of shared pages
 * and an event channel.
 *
 *   vchan_serve CLIENT PATH     -> 0 when a client can come
 *   vchan_connect SERVER PATH
 *   vchan_echo BYTES            server: send back what comes
 *   vchan_send BYTES SEED       client: send, and compare what comes back
 *   vchan_close
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libxenvchan.h>

#include "actor.h"

/* What is on its way at once: no more than a ring holds. */
#define CHUNK	16384

static struct libxenvchan *channel;

static long vchan_serve(const char *args, char *text)
{
	unsigned int domain;
	char path[128];

	(void)text;
	if (sscanf(args, "%u %127s", &domain, path) != 2)
		return -EBADMSG;
	channel = libxenvchan_server_init(NULL, (int)domain, path, 2 * CHUNK,
					  2 * CHUNK);
	if (!channel)
		return errno ? -errno : -EIO;
	channel->blocking = 1;
	return 0;
}

static long vchan_connect(const char *args, char *text)
{
	unsigned int domain;
	char path[128];

	(void)text;
	if (sscanf(args, "%u %127s", &domain, path) != 2)
		return -EBADMSG;
	channel = libxenvchan_client_init(NULL, (int)domain, path);
	if (!channel)
		return errno ? -errno : -EIO;
	channel->blocking = 1;
	return 0;
}

static long vchan_echo(const char *args, char *text)
{
	size_t left = strtoul(args, NULL, 10);
	char bytes[CHUNK];

	(void)text;
	while (left) {
		int got = libxenvchan_read(channel, bytes, sizeof(bytes));

		if (got <= 0 || (size_t)got > left ||
		    libxenvchan_send(channel, bytes, (size_t)got) != got)
			return -EIO;
		left -= (size_t)got;
	}
	return 0;
}

static long vchan_send(const char *args, char *text)
{
	uint32_t out[CHUNK / 4], in[CHUNK / 4];
	uint32_t state;
	size_t left, i;

	if (sscanf(args, "%zu %" SCNu32, &left, &state) != 2 || left % CHUNK)
		return -EBADMSG;
	for (; left; left -= CHUNK) {
		for (i = 0; i < CHUNK / 4; i++) {
			state = state * 1664525 + 1013904223;
			out[i] = state;
		}
		if (libxenvchan_send(channel, out, CHUNK) != CHUNK ||
		    libxenvchan_recv(channel, in, CHUNK) != CHUNK)
			return -EIO;
		for (i = 0; i < CHUNK / 4; i++) {
			if (in[i] == out[i])
				continue;
			sprintf(text, "%zu bytes before the end", left - i * 4);
			return -EILSEQ;
		}
	}
	return 0;
}

static long vchan_close(const char *args, char *text)
{
	(void)args;
	(void)text;
	libxenvchan_close(channel);
	channel = NULL;
	return 0;
}

const struct verb vchan_verbs[] = {
	{ "vchan_serve", vchan_serve },
	{ "vchan_connect", vchan_connect },
	{ "vchan_echo", vchan_echo },
	{ "vchan_send", vchan_send },
	{ "vchan_close", vchan_close },
	{ NULL, NULL }
};
