/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of libgntchan share. Nothing of it is visible outside of the
 * library. Names begin with gntchan__.
 *
 * Layers of files, the highest first. A file calls only files of lower layers,
 * which tests/lint/layers holds:
 *
 *	listener connect	what makes channels
 *	io			reading, writing, and waiting for both
 *	server client		the pages and the event channel of each side
 *	channel			the handle: made, looked at, closed
 *	bell allocator store	event channel and timer; open gntalloc; xenstore
 *	names process clock ring	what needs no device
 */
#ifndef GNTCHAN_INTERNAL_H
#define GNTCHAN_INTERNAL_H

#include <gntshare.h>
#include <xenevtchn.h>

#include "ring.h"

/*
 * The library is compiled with hidden visibility. Only what the public header
 * declares is visible.
 */
#pragma GCC visibility push(default)
#include <gntchan.h>
#pragma GCC visibility pop

/* A page of Xen, which is the unit of a grant. */
#define GNTCHAN__PAGE_SIZE	4096u

/* The first domain id that no domain has (DOMID_FIRST_RESERVED of xen/xen.h). */
#define GNTCHAN__FIRST_RESERVED	0x7FF0u

/* Deadlines: clock.c */

#define GNTCHAN__NEVER		INT64_MAX

/* The time in milliseconds, of a clock that only goes forward. */
int64_t gntchan__now(void);

/* When @timeout milliseconds from now are over; if it is negative, never. */
int64_t gntchan__deadline(int timeout);

/* The milliseconds until then: 0 if it is over, or GNTCHAN__NEVER. */
int64_t gntchan__left(int64_t deadline);

/*
 * Wait until @fd is readable, which returns 1, or for @ms milliseconds, which returns
 * 0. -EINTR is after a signal.
 */
int gntchan__poll(int fd, int64_t ms);

/* Which process this is: process.c */

/*
 * Where a number is that is another one in a child of fork(), also if the child's id
 * is the same. It is 0 in a child that has not called this, or if there is no memory
 * to find that out.
 */
const uint64_t *gntchan__process(void);

/* Names and numbers in xenstore: names.c */

#define GNTCHAN__PATH_SIZE	192

/*
 * The path at which a client, @client, finds a listener of domain @server. A
 * listener need not know its own domain, and has @server NULL: such a path is
 * below that of its domain. Returns false if @name is wrong.
 */
bool gntchan__path(char path[GNTCHAN__PATH_SIZE], const uint32_t *server,
		   const char *name, uint32_t client);

/* Is it a path, and no name? */
bool gntchan__is_path(const char *name);

/* A decimal number without a sign, of at most 32 bits. */
bool gntchan__number(const char *text, uint32_t *value);

/* Xenstore: store.c. The process has one connection. */

/*
 * What a server announces.
 *
 * @gref: of the page
 * @port: the unbound event channel
 * @fresh: each client gets pages of its own, so it must find nobody there. Only
 *	a server of this library says so.
 */
struct gntchan__keys {
	uint32_t gref, port;
	bool fresh;
};

/* All return 0 or an error. Only @domid may read the keys. */
int gntchan__store_announce(const char *path, uint32_t domid,
			    const struct gntchan__keys *keys);

/*
 * Take the keys away, if they still are these. The folder stays, since channels look
 * whether it is there.
 */
void gntchan__store_withdraw(const char *path,
			     const struct gntchan__keys *keys);

/* -ENOENT if there are none, -EPROTO if they are wrong. */
int gntchan__store_read(const char *path, struct gntchan__keys *keys);

/* The id of this domain. */
int gntchan__store_domid(uint32_t *domid);

/*
 * Does xenstore know the domain? Only domain 0 is told. It is asked at most some 20
 * times a second for each domain, however many ask.
 */
bool gntchan__store_exists(uint32_t domid);

/*
 * Is there what a server has announced, or its folder? Both go when the server's
 * domain does.
 */
bool gntchan__store_has(const char *path);

/*
 * What a client leaves in its own part of xenstore, for the domain of its server: as
 * long as it is there, so is the client's domain. It stays for later clients.
 */
int gntchan__store_mark(uint32_t server);
bool gntchan__store_is_marked(uint32_t client, uint32_t server);

/* Has this domain left one? */
bool gntchan__store_has_marked(uint32_t server);

/* An event channel, and a clock: bell.c */

/*
 * struct gntchan__bell
 *
 * @evtchn, @port: the event channel; its descriptor does not block
 * @next: when it ticks, if nobody sleeps
 * @fd: an epoll(7) for both, which a program can wait for; -1 if none has asked for it
 * @timer: a timer for @fd, which then ticks in the place of @next
 * @masked: the last event was taken, and the next one will not come before the
 *	timer
 * @hurries: the next tick comes soon
 */
struct gntchan__bell {
	xenevtchn_handle *evtchn;
	evtchn_port_t port;
	int64_t next;
	int fd, timer;
	bool masked, hurries;
};

/* Have no event channel yet. */
int gntchan__bell_open(struct gntchan__bell *bell);

/*
 * If the domain was @restored, the event channel stays open: Linux does not know its
 * port any more, and BUG_ON() in evtchn_unbind_from_user() stops the kernel, up to
 * 6.12 at least. The end of the process does the same, which nobody can help.
 */
void gntchan__bell_close(struct gntchan__bell *bell, bool restored);

/* Make a port for @domid, or bind that domain's. */
int gntchan__bell_offer(struct gntchan__bell *bell, uint32_t domid);
int gntchan__bell_bind(struct gntchan__bell *bell, uint32_t domid,
		       uint32_t port);

void gntchan__bell_ring(struct gntchan__bell *bell);

/* Does Xen know the domain? One that was destroyed may still be known for a while. */
bool gntchan__bell_domain_exists(struct gntchan__bell *bell, uint32_t domid);

/*
 * Take the event, if one has come. The next one can come at once, or if @slow,
 * with the next tick.
 */
bool gntchan__bell_take(struct gntchan__bell *bell, bool slow);

/* Tick a second time soon, unless a program waits for the timer. */
void gntchan__bell_hurry(struct gntchan__bell *bell);

/* Have the descriptor for programs tell once more. */
void gntchan__bell_again(struct gntchan__bell *bell);

/* Has it ticked? */
bool gntchan__bell_ticked(struct gntchan__bell *bell);

/*
 * Sleep until an event has come, which returns 1, or until the next tick, which
 * returns 0. -EAGAIN if it is @deadline already, or -EINTR.
 *
 * A tick is so long after the begin of the sleep. So one who is woken by events does
 * not ask for the time.
 */
int gntchan__bell_sleep(struct gntchan__bell *bell, int64_t deadline);

/* The descriptor for programs, or an error. */
int gntchan__bell_fd(struct gntchan__bell *bell);

/* Have @epoll tell when @fd is readable. */
int gntchan__watch(int epoll, int fd);

/* A descriptor that is readable every @ms milliseconds, or an error. */
int gntchan__timer(int ms);

/* The allocator that a listener and its channels use: allocator.c */

struct gntchan__allocator;

/* A program's own @share stays open; without one, the device is opened. */
int gntchan__allocator_open(struct gntchan__allocator **out,
			    struct gntshare *share);
struct gntshare *gntchan__allocator_get(struct gntchan__allocator *allocator);
void gntchan__allocator_put(struct gntchan__allocator *allocator);

/* One side of a channel: channel.c */

/*
 * The values of cli_live and srv_live in the page. The last one is not in
 * libxenvchan, for which the side is there.
 */
enum {
	GNTCHAN__GONE	 = 0,	/* the side was there, and is not any more */
	GNTCHAN__THERE	 = 1,
	GNTCHAN__AWAITED = 2,	/* the client, before it is there */
	GNTCHAN__SILENT	 = 3,	/* it is there, but will write no more */
};

/*
 * struct gntchan
 *
 * It belongs to the thread that uses it.
 *
 * @process: who made it, as a number of gntchan__process()
 * @running: where the number is of the process that runs
 * @domid: the domain of the other side
 * @path: where the server has announced it
 * @server: this side has made the pages
 * @allocator, @region: of a server, the pages: that of struct vchan_interface
 *	first, then those of both rings
 * @mapper, @mappings: of a client, the same, in a mapping each
 * @page: what both sides write
 * @own_live, @other_live: in the page, whether each side is there
 * @asks, @asked: in the page, the requests of this side, and those of the other
 * @in, @out: the rings
 * @bell: how each side wakes the other
 * @timeout: as in gntchan_set_timeout()
 * @error: why the channel cannot be used any more; 0 if it can
 * @announced: of a server, its keys are in xenstore
 * @marked: the client has left a mark
 * @doubted: the last look at the domains has found that one is not there
 * @self: the id of this domain when the channel was made
 * @gone: the other side is not there any more
 * @silent: it will write no more
 * @shut: this side will write no more
 * @moved: the other side has done something since its last event
 * @waits: which requests a call has left behind that has returned -EAGAIN
 * @looks: how often the domains were looked at
 * @useless: so many events came in a row without that
 * @stats: the figures
 */
struct gntchan {
	uint64_t process;
	const uint64_t *running;
	uint32_t domid, self;
	char path[GNTCHAN__PATH_SIZE];
	bool server;
	struct gntchan__allocator *allocator;
	struct gntshare_region *region;
	struct gntshare_mapper *mapper;
	struct gntshare_mapping *mappings[3];
	struct vchan_interface *page;
	uint8_t *own_live, *other_live;
	uint8_t *asks, *asked;
	struct gntchan__ring in, out;
	struct gntchan__bell bell;
	int timeout, error;
	bool announced, marked, doubted, gone, silent, shut, moved;
	uint8_t waits;
	unsigned int looks, useless;
	struct gntchan_stats stats;
};

/* A handle for a side that has neither pages nor an event channel yet. */
int gntchan__new(struct gntchan **out, uint32_t domid, const char *path,
		 bool server);

/* The page is at @address: set the pointers into it. */
void gntchan__set_page(struct gntchan *channel, void *address);

/* What the page says of the other side now. */
static inline uint8_t gntchan__other_live(const struct gntchan *channel)
{
	/* What the other side did before it ended is seen after this. */
	return __atomic_load_n(channel->other_live, __ATOMIC_ACQUIRE);
}

/* Have the other side learn that this one has ended, however it ends. */
int gntchan__notify_end(struct gntchan *channel);

/* Take an event, if one has come, and count it. */
void gntchan__take_event(struct gntchan *channel);

/* This domain was restored since the channel was made. */
bool gntchan__is_restored(const struct gntchan *channel);

/*
 * Look whether both domains are those that they were: nobody sends an event when one
 * is destroyed, or restored.
 */
void gntchan__look_at_domains(struct gntchan *channel);

/* Send an event. */
void gntchan__send_event(struct gntchan *channel);

/* Has this process made it, and not a parent? */
static inline bool gntchan__is_ours(const struct gntchan *channel)
{
	return channel->process ==
	       __atomic_load_n(channel->running, __ATOMIC_RELAXED);
}

/* The two sides: server.c, client.c */

/* The smallest ring of a server, and the largest, as powers of two. */
#define GNTCHAN__ORDER_MIN	12u
#define GNTCHAN__ORDER_MAX	20u

/*
 * Make a channel for a client in @domid to come. @in and @out are the orders of
 * the rings, @keys is what has to be announced.
 */
int gntchan__serve(struct gntchan **out, struct gntchan__allocator *allocator,
		   uint32_t domid, const char *path, uint32_t in_order,
		   uint32_t out_order, struct gntchan__keys *keys);

/*
 * Become the client of what was announced. -ECONNREFUSED if there is nobody any
 * more, or somebody else is the client.
 */
int gntchan__join(struct gntchan **out, uint32_t domid, const char *path,
		  const struct gntchan__keys *keys);

#endif /* GNTCHAN_INTERNAL_H */
