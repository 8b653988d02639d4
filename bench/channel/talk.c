// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * talk SIDE LIBRARY DOMID PATH MODE CHANNELS SIZE COUNT: two programs of two domains,
 * by channels of our library or of Xen's libxenvchan, which are used in the same way.
 *
 * SIDE is serve or call, LIBRARY gntchan or libxenvchan. MODE is stream, in which the
 * caller writes COUNT pieces of SIZE bytes, or pingpong, in which each comes back
 * before the next one is written. With more than one channel, the pieces take turns.
 *
 * The caller prints the time from the first piece until all have come, and how many
 * events woke it: "talk LIBRARY MODE CHANNELS SIZE COUNT NS EVENTS".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <gntchan.h>
#include <libxenvchan.h>

#define RING		65536
#define CHANNELS_MAX	64
#define MINUTE		60000

/* One of both, by the library. */
struct end {
	struct gntchan *ours;
	struct libxenvchan *xens;
};

static struct end ends[CHANNELS_MAX];
static char buffer[RING];

static void check(int right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "talk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_all(struct end *e, size_t size)
{
	ssize_t done = e->ours ? gntchan_write(e->ours, buffer, size) :
		       libxenvchan_send(e->xens, buffer, size);

	check(done == (ssize_t)size, "write");
}

static void read_all(struct end *e, size_t size)
{
	while (size) {
		ssize_t got = e->ours ? gntchan_read(e->ours, buffer, size) :
			      libxenvchan_read(e->xens, buffer, size);

		check(got > 0, "read");
		size -= (size_t)got;
	}
}

static void serve_ours(uint32_t domid, const char *path, int channels)
{
	struct gntchan_listen_options options = {
		.name = path, .domids = &domid, .count = 1,
	};
	struct gntchan_listener *listener;
	int i;

	check(!gntchan_listen(&listener, &options, sizeof(options)), "listen");
	for (i = 0; i < channels; i++)
		check(!gntchan_accept(listener, &ends[i].ours, MINUTE),
		      "accept");
}

static void call_ours(uint32_t domid, const char *path, int channels)
{
	int i;

	for (i = 0; i < channels; i++)
		check(!gntchan_connect(&ends[i].ours, domid, path, MINUTE),
		      "connect");
}

/* It has one client for each path. */
static void open_xens(int serves, uint32_t domid, const char *path, int channels)
{
	char name[64];
	int i;

	for (i = 0; i < channels; i++) {
		struct libxenvchan *c;

		snprintf(name, sizeof(name), "%s/%d", path, i);
		do {
			c = serves ? libxenvchan_server_init(NULL, (int)domid,
							     name, RING, RING) :
				     libxenvchan_client_init(NULL, (int)domid,
							     name);
			/* The server may not be there yet. */
		} while (!c && !serves && !usleep(10000));
		check(!!c, "init");
		c->blocking = 1;
		ends[i].xens = c;
	}
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* How many events have come for this process, by the kernel's count of interrupts. */
static long count_events(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	long count, sum = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "evtchn:talk") &&
		    sscanf(line, " %*[^:]: %ld", &count) == 1)
			sum += count;
	if (file)
		fclose(file);
	return sum;
}

int main(int argc, char **argv)
{
	int serves, pingpong, channels, count, i;
	long long start;
	uint32_t domid;
	size_t size;
	long events;

	check(argc == 9, "usage");
	serves = !strcmp(argv[1], "serve");
	domid = (uint32_t)atoi(argv[3]);
	pingpong = !strcmp(argv[5], "pingpong");
	channels = atoi(argv[6]);
	size = strtoul(argv[7], NULL, 10);
	count = atoi(argv[8]);
	check(channels <= CHANNELS_MAX && size <= sizeof(buffer), "usage");
	if (strcmp(argv[2], "gntchan"))
		open_xens(serves, domid, argv[4], channels);
	else if (serves)
		serve_ours(domid, argv[4], channels);
	else
		call_ours(domid, argv[4], channels);
	/* Both sides are there, and the memory was used once. */
	for (i = 0; i < channels; i++) {
		if (serves)
			write_all(&ends[i], 1);
		else
			read_all(&ends[i], 1);
	}
	events = count_events();
	start = now_ns();
	for (i = 0; i < count; i++) {
		struct end *e = &ends[i % channels];

		if (serves) {
			read_all(e, size);
			if (pingpong)
				write_all(e, size);
		} else {
			write_all(e, size);
			if (pingpong)
				read_all(e, size);
		}
	}
	if (serves) {
		write_all(&ends[0], 1);
		/* Until the caller has read it. */
		sleep(1);
		return 0;
	}
	read_all(&ends[0], 1);
	printf("talk %s %s %d %zu %d %lld %ld\n", argv[2], argv[5], channels,
	       size, count, now_ns() - start, count_events() - events);
	return 0;
}
