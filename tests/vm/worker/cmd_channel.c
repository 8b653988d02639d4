// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker's commands for channels. A channel has a number; a function's result is
 * that of the command.
 *
 *   chan_listen NAME READ WRITE DOMID [DOMID]
 *   chan_accept MS              -> number
 *   chan_connect DOMID NAME MS  -> number
 *   chan_timeout NUMBER MS
 *   chan_read NUMBER SIZE
 *   chan_write NUMBER SIZE
 *   chan_send NUMBER SIZE SEED CHUNK  writes SIZE bytes, CHUNK at a time, and
 *                               compares what comes back
 *   chan_echo NUMBER            -> bytes; sends back what comes, until the end
 *   chan_shutdown NUMBER
 *   chan_close NUMBER
 *   chan_unlisten
 *   chan_events NUMBER          -> events that were sent and got
 *   chan_victim ROUNDS MS       -> rounds; accepts a channel, and uses it until
 *                               its end. "how many ended by EPROTO"
 *   chan_caller DOMID NAME      -> how many servers have written something;
 *                               connects, and uses the channel until its end,
 *                               up to that of the last server
 *   chan_dying_callers DOMID NAME COUNT SEED -> COUNT; each is a process that
 *                               connects, uses the channel, and is killed
 *   chan_dying_servers DOMID NAME COUNT SEED -> the same, which accept one;
 *                               then the last server, which is not killed
 *   chan_scribbler DOMID PATH ROUNDS WRITES SEED -> writes; the client of each
 *                               round writes what it likes to the first page
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gntchan.h>
#include <xen/io/libxenvchan.h>
#include <xenevtchn.h>
#include <xenstore.h>

#include "device.h"
#include "stress.h"
#include "worker.h"

#define CHANNELS	80
#define CHUNK		65536
#define LIVE		offsetof(struct vchan_interface, cli_live)

static struct gntchan_listener *listener;
static struct gntchan *channels[CHANNELS];

/* Keep the channel, or return why there is none. */
static long keep(int err, struct gntchan *channel)
{
	long i;

	if (err)
		return err;
	for (i = 0; i < CHANNELS; i++) {
		if (!channels[i]) {
			channels[i] = channel;
			return i;
		}
	}
	gntchan_close(channel);
	return -ENFILE;
}

/* Read the number of a channel, and the numbers after it. */
static struct gntchan *parse(const char *args, long *more, int count)
{
	char *end;
	long number = strtol(args, &end, 10);
	int i;

	for (i = 0; i < count; i++)
		more[i] = strtol(end, &end, 10);
	return number >= 0 && number < CHANNELS ? channels[number] : NULL;
}

static long cmd_listen(const char *args, char *text)
{
	struct gntchan_listen_options options = { .count = 1 };
	char name[160];
	uint32_t domids[2];
	int count;

	(void)text;
	count = sscanf(args, "%159s %zu %zu %u %u", name, &options.read_size,
		       &options.write_size, &domids[0], &domids[1]);
	if (count < 4)
		return -EBADMSG;
	options.name = name;
	options.domids = domids;
	options.count = (size_t)count - 3;
	return gntchan_listen(&listener, &options, sizeof(options));
}

static long cmd_accept(const char *args, char *text)
{
	struct gntchan *channel;
	int err = gntchan_accept(listener, &channel, atoi(args));

	(void)text;
	return keep(err, channel);
}

static long cmd_connect(const char *args, char *text)
{
	struct gntchan *channel = NULL;
	char name[160];
	unsigned int domid;
	int ms, err;

	(void)text;
	if (sscanf(args, "%u %159s %d", &domid, name, &ms) != 3)
		return -EBADMSG;
	err = gntchan_connect(&channel, domid, name, ms);
	return keep(err, channel);
}

static long cmd_timeout(const char *args, char *text)
{
	long ms;
	struct gntchan *c = parse(args, &ms, 1);

	(void)text;
	return gntchan_set_timeout(c, (int)ms);
}

static long cmd_read(const char *args, char *text)
{
	static char bytes[CHUNK];
	long size;
	struct gntchan *c = parse(args, &size, 1);

	(void)text;
	return gntchan_read(c, bytes, (size_t)size);
}

static long cmd_write(const char *args, char *text)
{
	static const char bytes[CHUNK];
	long size;
	struct gntchan *c = parse(args, &size, 1);

	(void)text;
	return gntchan_write(c, bytes, (size_t)size);
}

static long read_whole(struct gntchan *c, char *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = gntchan_read(c, bytes + done, size - done);

		if (got <= 0)
			return got ? got : -EPIPE;
		done += (size_t)got;
	}
	return 0;
}

static long cmd_send(const char *args, char *text)
{
	static uint32_t out[CHUNK / 4], in[CHUNK / 4];
	long more[3], left, ret;
	struct gntchan *c = parse(args, more, 3);
	uint32_t state = (uint32_t)more[1];
	size_t chunk = (size_t)more[2], i;

	if (!c || !chunk || chunk > CHUNK || chunk % 4)
		return -EBADMSG;
	for (left = more[0]; left > 0; left -= (long)chunk) {
		for (i = 0; i < chunk / 4; i++) {
			state = state * 1664525 + 1013904223;
			out[i] = state;
		}
		ret = gntchan_write(c, out, chunk);
		if (ret != (long)chunk)
			return ret < 0 ? ret : -EIO;
		ret = read_whole(c, (char *)in, chunk);
		if (ret)
			return ret;
		if (memcmp(in, out, chunk)) {
			sprintf(text, "%ld bytes before the end", left);
			return -EILSEQ;
		}
	}
	return 0;
}

static long cmd_echo(const char *args, char *text)
{
	static char bytes[CHUNK];
	struct gntchan *c = parse(args, NULL, 0);
	long all = 0;
	ssize_t got;

	(void)text;
	while ((got = gntchan_read(c, bytes, sizeof(bytes))) > 0) {
		ssize_t sent = gntchan_write(c, bytes, (size_t)got);

		if (sent != got)
			return sent < 0 ? sent : -EIO;
		all += got;
	}
	return got ? got : all;
}

static long cmd_shutdown(const char *args, char *text)
{
	(void)text;
	return gntchan_shutdown(parse(args, NULL, 0));
}

static long cmd_close(const char *args, char *text)
{
	long number = atol(args);

	(void)text;
	if (number < 0 || number >= CHANNELS)
		return -EBADMSG;
	gntchan_close(channels[number]);
	channels[number] = NULL;
	return 0;
}

static long cmd_unlisten(const char *args, char *text)
{
	(void)args;
	(void)text;
	gntchan_listener_close(listener);
	listener = NULL;
	return 0;
}

static long cmd_events(const char *args, char *text)
{
	struct gntchan *c = parse(args, NULL, 0);
	struct gntchan_stats stats;
	int err = gntchan_stats(c, &stats, sizeof(stats));

	(void)text;
	return err ? err : (long)(stats.events_sent + stats.events_got);
}

/* What the last server writes; all others write zeros. */
#define LAST	1

/* Has the other side written anything, and was that the last server? */
static bool was_read, last_has_come;

/* Read and write what can be, until one of both is an error. */
static int use_until_error(struct gntchan *c)
{
	static char bytes[CHUNK];

	gntchan_set_timeout(c, 20);
	for (;;) {
		ssize_t got = gntchan_read(c, bytes, sizeof(bytes));

		was_read |= got > 0;
		if (got > 0 && *bytes == LAST)
			last_has_come = true;
		if (got > 0 || got == -EAGAIN)
			got = gntchan_write(c, bytes, 100);
		if (got <= 0 && got != -EAGAIN)
			return (int)got;
	}
}

static long cmd_victim(const char *args, char *text)
{
	long rounds, ms, round, broken = 0;

	if (sscanf(args, "%ld %ld", &rounds, &ms) != 2)
		return -EBADMSG;
	for (round = 0; round < rounds; round++) {
		struct gntchan *c;
		int err = gntchan_accept(listener, &c, (int)ms);

		if (err)
			return err;
		err = use_until_error(c);
		gntchan_close(c);
		if (err && err != -EPROTO && err != -EPIPE)
			return err;
		broken += err == -EPROTO;
	}
	sprintf(text, "%ld", broken);
	return rounds;
}

#define COME_MS		20000

static long cmd_caller(const char *args, char *text)
{
	unsigned int domid;
	long rounds;
	char name[160];

	(void)text;
	if (sscanf(args, "%u %159s", &domid, name) != 2)
		return -EBADMSG;
	last_has_come = false;
	for (rounds = 0; !last_has_come; rounds += was_read) {
		struct gntchan *c;
		int err = gntchan_connect(&c, domid, name, COME_MS);

		if (err)
			return err;
		was_read = false;
		err = use_until_error(c);
		gntchan_close(c);
		if (err && err != -EPIPE)
			return err;
	}
	return rounds;
}

static struct gntchan *dying_caller(uint32_t domid, const char *name)
{
	struct gntchan *c;

	return gntchan_connect(&c, domid, name, COME_MS) ? NULL : c;
}

static struct gntchan *dying_server(uint32_t domid, const char *name)
{
	struct gntchan_listen_options options = {
		.name = name, .domids = &domid, .count = 1,
		.read_size = 4096, .write_size = 4096,
	};
	struct gntchan *c;

	if (gntchan_listen(&listener, &options, sizeof(options)) ||
	    gntchan_accept(listener, &c, COME_MS))
		return NULL;
	return c;
}

/* A child that has a channel tells by a byte, and uses it until it is killed. */
static pid_t fork_dying(struct gntchan *(*open)(uint32_t, const char *),
			uint32_t domid, const char *name, int fd)
{
	pid_t pid = fork();
	struct gntchan *c;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	c = open(domid, name);
	if (c && write(fd, "", 1) == 1)
		use_until_error(c);
	/* The other side has to wait for the kill. */
	for (;;)
		pause();
}

static long kill_many(struct gntchan *(*open)(uint32_t, const char *),
		      const char *args)
{
	unsigned long long seed;
	struct stressor r;
	unsigned int domid;
	long count, i;
	char name[160], byte;

	if (sscanf(args, "%u %159s %ld %llu", &domid, name, &count, &seed) != 4)
		return -EBADMSG;
	stress_join(&r, NULL, seed, 204);
	for (i = 0; i < count; i++) {
		int ends[2];
		pid_t pid;

		if (pipe(ends))
			return -errno;
		pid = fork_dying(open, domid, name, ends[1]);
		close(ends[1]);
		if (pid < 0 || read(ends[0], &byte, 1) != 1)
			return -EPROTO;
		usleep(stress_any(&r, 10000));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(ends[0]);
	}
	close(r.eventfd);
	return count;
}

static long cmd_dying_callers(const char *args, char *text)
{
	(void)text;
	return kill_many(dying_caller, args);
}

/*
 * A client can still connect to a server that is being killed, and finds its end
 * at once. So it cannot know by itself which server is the last one.
 */
static long cmd_dying_servers(const char *args, char *text)
{
	static const char last = LAST;
	long count = kill_many(dying_server, args);
	unsigned int domid;
	struct gntchan *c;
	char name[160];

	(void)text;
	if (count < 0 || sscanf(args, "%u %159s", &domid, name) != 2)
		return count;
	c = dying_server(domid, name);
	if (!c || gntchan_write(c, &last, 1) != 1)
		count = -EPIPE;
	gntchan_close(c);
	gntchan_listener_close(listener);
	listener = NULL;
	return count;
}

static long read_key(struct xs_handle *xs, const char *path, const char *name)
{
	char node[200], *value;
	unsigned int length;
	long number;

	snprintf(node, sizeof(node), "%s/%s", path, name);
	value = xs_read(xs, XBT_NULL, node, &length);
	number = value ? atol(value) : -1;
	free(value);
	return number;
}

/* One word after the other of what both sides write, but for whether they live. */
static void scribble(struct vchan_interface *page, long writes,
		     struct stressor *r)
{
	uint32_t *numbers = (uint32_t *)page;
	long i;

	for (i = 0; i < writes; i++) {
		uint32_t n = stress_any(r, 6);
		/* Often near to what is there, which may be possible. */
		uint32_t near = stress_any(r, 2) ? stress_any(r, 5000) :
				(uint32_t)r->state;

		switch (n) {
		case 4:
			page->cli_notify = (uint8_t)r->state;
			break;
		case 5:
			page->srv_notify = (uint8_t)r->state;
			break;
		default:
			((volatile uint32_t *)numbers)[n] = stress_any(r, 2) ?
				numbers[n] + near : near;
		}
	}
}

static long be_client(struct xs_handle *xs, uint32_t domid, const char *path,
		      long writes, struct stressor *r)
{
	uint32_t gref = (uint32_t)read_key(xs, path, "ring-ref");
	uint32_t port = (uint32_t)read_key(xs, path, "event-channel");
	struct gntshare_mapper *mapper;
	struct gntshare_mapping *m;
	struct vchan_interface *page;
	xenevtchn_handle *h;
	long ret;

	ret = gntshare_mapper_open(&mapper, NULL);
	if (ret)
		return ret;
	h = xenevtchn_open(NULL, 0);
	if (!h || xenevtchn_bind_interdomain(h, domid, port) < 0)
		ret = -EAGAIN;
	if (!ret)
		ret = gntshare_mapping_create(mapper, &m, domid, &gref, 1,
					      GNTSHARE_WRITABLE);
	page = ret ? NULL : gntshare_mapping_address(m);
	/* The one before this one may not have been accepted yet. */
	if (page && page->cli_live != 2)
		ret = -EAGAIN;
	if (!ret) {
		gntshare_mapping_notify(m, LIVE, GNTSHARE_NOTIFY_CLEAR_BYTE, 0);
		page->cli_live = 1;
		scribble(page, writes, r);
	}
	gntshare_mapper_close(mapper);
	if (h)
		xenevtchn_close(h);
	return ret;
}

static long cmd_scribbler(const char *args, char *text)
{
	struct xs_handle *xs = xs_open(0);
	long rounds, writes, round = 0, tries = 0;
	unsigned long long seed;
	struct stressor r;
	unsigned int domid;
	char path[160];

	(void)text;
	if (sscanf(args, "%u %159s %ld %ld %llu", &domid, path, &rounds,
		   &writes, &seed) != 5 || !xs)
		return -EBADMSG;
	stress_join(&r, NULL, seed, 203);
	/* The next place may not be announced yet. */
	while (round < rounds && tries++ < 1000 * rounds) {
		if (be_client(xs, domid, path, writes, &r))
			sleep_ms(5);
		else
			round++;
	}
	close(r.eventfd);
	xs_close(xs);
	return round * writes;
}

const struct command channel_commands[] = {
	{ "chan_listen", cmd_listen },
	{ "chan_accept", cmd_accept },
	{ "chan_connect", cmd_connect },
	{ "chan_timeout", cmd_timeout },
	{ "chan_read", cmd_read },
	{ "chan_write", cmd_write },
	{ "chan_send", cmd_send },
	{ "chan_echo", cmd_echo },
	{ "chan_shutdown", cmd_shutdown },
	{ "chan_close", cmd_close },
	{ "chan_unlisten", cmd_unlisten },
	{ "chan_events", cmd_events },
	{ "chan_victim", cmd_victim },
	{ "chan_caller", cmd_caller },
	{ "chan_dying_callers", cmd_dying_callers },
	{ "chan_dying_servers", cmd_dying_servers },
	{ "chan_scribbler", cmd_scribbler },
	{ NULL, NULL }
};
