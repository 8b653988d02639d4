// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker's commands for Xen's libxenvchan: two rings of shared pages and an
 * event channel.
 *
 *   vchan_serve CLIENT PATH [RING]  -> 0 when a client can come; each ring has
 *                                      at least RING bytes
 *   vchan_connect SERVER PATH
 *   vchan_echo BYTES            server: send back what comes
 *   vchan_send BYTES SEED [CHUNK]  client: send, and compare what comes back,
 *                                  CHUNK bytes at a time
 *   vchan_close
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libxenvchan.h>

#include "worker.h"

/* How much is on its way at the same time: no more than a ring holds. */
#define CHUNK	16384

static struct libxenvchan *channel;

static long cmd_vchan_serve(const char *args, char *text)
{
	unsigned int domain;
	size_t ring = 2 * CHUNK;
	char path[128];

	(void)text;
	if (sscanf(args, "%u %127s %zu", &domain, path, &ring) < 2)
		return -EBADMSG;
	channel = libxenvchan_server_init(NULL, (int)domain, path, ring, ring);
	if (!channel)
		return errno ? -errno : -EIO;
	channel->blocking = 1;
	return 0;
}

static long cmd_vchan_connect(const char *args, char *text)
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

static long cmd_vchan_echo(const char *args, char *text)
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

static long cmd_vchan_send(const char *args, char *text)
{
	uint32_t out[CHUNK / 4], in[CHUNK / 4];
	size_t left, i, chunk = CHUNK;
	uint32_t state;

	if (sscanf(args, "%zu %" SCNu32 " %zu", &left, &state, &chunk) < 2 ||
	    chunk > CHUNK || left % chunk || chunk % 4)
		return -EBADMSG;
	for (; left; left -= chunk) {
		for (i = 0; i < chunk / 4; i++) {
			state = state * 1664525 + 1013904223;
			out[i] = state;
		}
		if (libxenvchan_send(channel, out, chunk) != (int)chunk ||
		    libxenvchan_recv(channel, in, chunk) != (int)chunk)
			return -EIO;
		for (i = 0; i < chunk / 4; i++) {
			if (in[i] == out[i])
				continue;
			sprintf(text, "%zu bytes before the end", left - i * 4);
			return -EILSEQ;
		}
	}
	return 0;
}

static long cmd_vchan_close(const char *args, char *text)
{
	(void)args;
	(void)text;
	libxenvchan_close(channel);
	channel = NULL;
	return 0;
}

const struct command vchan_commands[] = {
	{ "vchan_serve", cmd_vchan_serve },
	{ "vchan_connect", cmd_vchan_connect },
	{ "vchan_echo", cmd_vchan_echo },
	{ "vchan_send", cmd_vchan_send },
	{ "vchan_close", cmd_vchan_close },
	{ NULL, NULL }
};
