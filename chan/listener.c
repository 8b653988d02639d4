// SPDX-License-Identifier: LGPL-2.1-or-later
/* Listening, and accepting channels. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "internal.h"

/*
 * How often to look for a client of an older libxenvchan, which sends no event, in
 * milliseconds.
 */
#define TICK	50

/* After how many of these to look whether all is announced. */
#define RARELY	20

/*
 * struct place - where the clients of one domain come
 *
 * @channel: the one that is announced; NULL if it could not be made
 */
struct place {
	char path[GNTCHAN__PATH_SIZE];
	uint32_t domid;
	struct gntchan *channel;
	struct gntchan__keys keys;
};

/*
 * struct gntchan_listener
 *
 * It belongs to the thread that uses it.
 *
 * @self: the id of this domain when the channels were announced
 * @fd: an epoll(7) for the timer, and for the events of announced channels
 * @ticks: of the timer
 * @next: the place to begin with, so that no domain can keep others from being
 *	accepted
 */
struct gntchan_listener {
	uint64_t process;
	struct gntchan__allocator *allocator;
	uint32_t in_order, out_order, self;
	int fd, timer;
	unsigned int ticks;
	size_t count, next;
	struct place places[];
};

/* Returns GNTCHAN__ORDER_MAX + 1 if it is too large. */
static uint32_t order_of(size_t size)
{
	uint32_t order = GNTCHAN__ORDER_MIN;

	if (!size)
		size = 65536;
	while (order <= GNTCHAN__ORDER_MAX && (size_t)1 << order < size)
		order++;
	return order;
}

static int event_fd(const struct gntchan *c)
{
	return xenevtchn_fd(c->bell.evtchn);
}

/* The place has no channel any more. Returns the one that it had. */
static struct gntchan *leave(struct gntchan_listener *l, struct place *p)
{
	struct gntchan *c = p->channel;

	/* A child of fork() may have the file, too, so a close is not enough. */
	if (c)
		epoll_ctl(l->fd, EPOLL_CTL_DEL, event_fd(c), NULL);
	p->channel = NULL;
	return c;
}

/* Make and announce the next channel of a place. */
static int prepare(struct gntchan_listener *l, struct place *p)
{
	struct gntchan *c = NULL;
	int err;

	err = gntchan__serve(&c, l->allocator, p->domid, p->path, l->in_order,
			     l->out_order, &p->keys);
	if (err)
		return err;
	p->channel = c;
	err = gntchan__watch(l->fd, event_fd(c));
	if (!err)
		err = gntchan__store_announce(p->path, p->domid, &p->keys);
	if (err)
		gntchan_close(leave(l, p));
	else
		c->announced = true;
	return err;
}

static int prepare_all(struct gntchan_listener *l)
{
	size_t i;
	int err;

	err = gntchan__store_domid(&l->self);
	for (i = 0; i < l->count && !err; i++)
		err = prepare(l, &l->places[i]);
	return err;
}

static int open_all(struct gntchan_listener *l, struct gntshare *share)
{
	int err;

	l->fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->fd < 0)
		return -errno;
	l->timer = gntchan__timer(TICK);
	if (l->timer < 0)
		return l->timer;
	err = gntchan__watch(l->fd, l->timer);
	if (!err)
		err = gntchan__allocator_open(&l->allocator, share);
	return err ? err : prepare_all(l);
}

static bool is_right(const struct gntchan_listen_options *o)
{
	size_t i, j;

	if (!o->name || !o->domids || !o->count ||
	    o->count > GNTCHAN_DOMIDS_MAX ||
	    (o->count > 1 && gntchan__is_path(o->name)))
		return false;
	for (i = 0; i < o->count; i++) {
		if (o->domids[i] >= GNTCHAN__FIRST_RESERVED)
			return false;
		for (j = 0; j < i; j++)
			if (o->domids[j] == o->domids[i])
				return false;
	}
	return true;
}

/* What a later version has at the end must be zero, since it is not known. */
static int read_options(struct gntchan_listen_options *o,
			const struct gntchan_listen_options *options,
			size_t size)
{
	const char *bytes = (const char *)options;
	size_t i;

	if (!options || size < sizeof(*o))
		return -EINVAL;
	for (i = sizeof(*o); i < size; i++)
		if (bytes[i])
			return -E2BIG;
	*o = *options;
	return is_right(o) ? 0 : -EINVAL;
}

int gntchan_listen(struct gntchan_listener **out,
		   const struct gntchan_listen_options *options, size_t size)
{
	struct gntchan_listen_options o;
	struct gntchan_listener *l;
	int err;

	err = out ? read_options(&o, options, size) : -EINVAL;
	if (err)
		return err;
	l = calloc(1, sizeof(*l) + o.count * sizeof(*l->places));
	if (!l)
		return -ENOMEM;
	l->process = *gntchan__process();
	l->timer = -1;
	l->fd = -1;
	l->in_order = order_of(o.read_size);
	l->out_order = order_of(o.write_size);
	/* There may be no memory to find out which process this is. */
	err = l->process ? 0 : -ENOMEM;
	if (l->in_order > GNTCHAN__ORDER_MAX ||
	    l->out_order > GNTCHAN__ORDER_MAX)
		err = -EINVAL;
	for (; l->count < o.count && !err; l->count++) {
		struct place *p = &l->places[l->count];

		p->domid = o.domids[l->count];
		if (!gntchan__path(p->path, NULL, o.name, p->domid))
			err = -EINVAL;
	}
	if (!err)
		err = open_all(l, o.share);
	if (err) {
		gntchan_listener_close(l);
		return err;
	}
	*out = l;
	return 0;
}

/*
 * Take the channel of a place, if a client has come. One that has come and gone
 * counts, since it may have written something.
 */
static bool take(struct gntchan_listener *l, struct place *p,
		 struct gntchan **out)
{
	struct gntchan *c = p->channel;

	if (!c || gntchan__other_live(c) == GNTCHAN__AWAITED)
		return false;
	leave(l, p);
	/* Its domain was there, and may have gone meanwhile. */
	gntchan__look_at_domains(c);
	*out = c;
	return true;
}

static void take_event(struct place *p)
{
	if (!p->channel)
		return;
	gntchan__bell_ticked(&p->channel->bell);
	gntchan__take_event(p->channel);
}

/*
 * If this domain was restored, what was announced is void, and is at the path of
 * another domain. All is announced anew.
 */
static void look_at_domain(struct gntchan_listener *l)
{
	uint32_t self;
	size_t i;

	if (gntchan__store_domid(&self) || self == l->self)
		return;
	l->self = self;
	for (i = 0; i < l->count; i++)
		gntchan_close(leave(l, &l->places[i]));
}

/*
 * Another listener at the same path takes its own keys away in the end, and then
 * nobody is announced. If even the folder has gone, the domain was restored, with the
 * same id.
 */
static void look_at_keys(struct gntchan_listener *l, struct place *p)
{
	struct gntchan__keys there;

	if (!p->channel || gntchan__store_read(p->path, &there) != -ENOENT)
		return;
	if (gntchan__store_has(p->path))
		gntchan__store_announce(p->path, p->domid, &p->keys);
	else
		gntchan_close(leave(l, p));
}

/*
 * Returns 0 and a channel, or NULL if there is none. It is an error only if nobody at
 * all can come, since no channel could be made for the next clients.
 */
static int accept_one(struct gntchan_listener *l, struct gntchan **out)
{
	size_t i, ready = 0;
	uint64_t ticks;
	bool ticked, rarely;
	int err = 0;

	*out = NULL;
	ticked = read(l->timer, &ticks, sizeof(ticks)) > 0;
	rarely = ticked && !(++l->ticks % RARELY);
	if (ticked)
		look_at_domain(l);
	for (i = 0; i < l->count && !*out; i++) {
		struct place *p = &l->places[(l->next + i) % l->count];
		bool came;

		take_event(p);
		came = take(l, p, out);
		if (rarely)
			look_at_keys(l, p);
		if (!p->channel) {
			int failed = prepare(l, p);

			err = failed ? failed : err;
		}
		ready += came || p->channel;
	}
	if (*out)
		l->next = (l->next + i) % l->count;
	return ready ? 0 : err;
}

int gntchan_accept(struct gntchan_listener *l, struct gntchan **out,
		   int timeout)
{
	struct gntchan *c;
	int64_t deadline, left;
	int err;

	if (!l || !out)
		return -EINVAL;
	if (l->process != *gntchan__process())
		return -EPERM;
	deadline = gntchan__deadline(timeout);
	for (;;) {
		err = accept_one(l, &c);
		if (err)
			return err;
		if (c)
			break;
		left = gntchan__left(deadline);
		err = left ? gntchan__poll(l->fd, left) : -EAGAIN;
		if (err < 0)
			return err;
	}
	*out = c;
	return 0;
}

int gntchan_listener_fd(const struct gntchan_listener *l)
{
	return l->fd;
}

void gntchan_listener_close(struct gntchan_listener *l)
{
	bool ours;
	size_t i;

	if (!l)
		return;
	ours = l->process == *gntchan__process();
	for (i = 0; i < l->count; i++) {
		struct place *p = &l->places[i];

		if (!p->channel)
			continue;
		if (ours)
			gntchan__store_withdraw(p->path, &p->keys);
		gntchan_close(p->channel);
	}
	if (l->allocator)
		gntchan__allocator_put(l->allocator);
	if (l->timer >= 0)
		close(l->timer);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}
