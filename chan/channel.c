// SPDX-License-Identifier: LGPL-2.1-or-later
/* The handle of a channel: it is made, looked at and closed here. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/*
 * After so many events in a row that told nothing new, the next one is taken
 * with the next tick of the timer only. Nobody can keep a processor busy so.
 */
#define USELESS_MAX	64

/* How many looks there are until all is looked at. */
#define RARELY		10

int gntchan__new(struct gntchan **out, uint32_t domid, const char *path,
		 bool server)
{
	struct gntchan *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->running = gntchan__process();
	c->process = *c->running;
	c->domid = domid;
	snprintf(c->path, sizeof(c->path), "%s", path);
	c->server = server;
	c->timeout = -1;
	err = gntchan__store_domid(&c->self);
	if (!err)
		err = gntchan__bell_open(&c->bell);
	if (err) {
		free(c);
		return err;
	}
	*out = c;
	return 0;
}

void gntchan__set_page(struct gntchan *c, void *address)
{
	struct vchan_interface *page = address;

	c->page = page;
	if (c->server) {
		c->own_live = &page->srv_live;
		c->other_live = &page->cli_live;
		/* cli_notify is what the client is to tell. */
		c->asks = &page->cli_notify;
		c->asked = &page->srv_notify;
	} else {
		c->own_live = &page->cli_live;
		c->other_live = &page->srv_live;
		c->asks = &page->srv_notify;
		c->asked = &page->cli_notify;
	}
}

/* The byte to clear is in the first page of the region, or of the mapping. */
static int notify(struct gntchan *c, unsigned int actions)
{
	if (c->server)
		return gntshare_region_notify(c->region,
			offsetof(struct vchan_interface, srv_live), actions,
			c->bell.port);
	return gntshare_mapping_notify(c->mappings[0],
		offsetof(struct vchan_interface, cli_live), actions,
		c->bell.port);
}

int gntchan__notify_end(struct gntchan *c)
{
	int err = notify(c, GNTSHARE_NOTIFY_CLEAR_BYTE |
			    GNTSHARE_NOTIFY_SEND_EVENT);

	/* A restricted descriptor may have no right to send events. */
	if (err == -EPERM)
		err = notify(c, GNTSHARE_NOTIFY_CLEAR_BYTE);
	return err;
}

void gntchan__take_event(struct gntchan *c)
{
	if (!gntchan__bell_take(&c->bell, c->useless >= USELESS_MAX))
		return;
	c->stats.events_got++;
	if (c->moved) {
		c->useless = 0;
	} else {
		c->useless++;
		c->stats.events_useless++;
	}
	c->moved = false;
}

/* A restored domain may have the same id, but not what it had in xenstore. */
static bool lost_its_own(const struct gntchan *c)
{
	if (c->server)
		return c->announced && !gntchan__store_has(c->path);
	return c->marked && !gntchan__store_has_marked(c->domid);
}

/* Domain 0 is never restored. */
static bool has_another_id(const struct gntchan *c)
{
	uint32_t self;

	return c->self && !gntchan__store_domid(&self) && self != c->self;
}

bool gntchan__is_restored(const struct gntchan *c)
{
	return has_another_id(c) || (c->self && lost_its_own(c));
}

/*
 * A client of libxenvchan leaves no mark. Then Xen is asked, which forgets the domain
 * when nobody has any of its pages.
 */
static bool client_exists(struct gntchan *c)
{
	bool marked = gntchan__store_is_marked(c->domid, c->self);

	c->marked |= marked;
	return c->marked ? marked :
			   gntchan__bell_domain_exists(&c->bell, c->domid);
}

/* Only domain 0 is told of all by xenstore. A client's server has its keys there. */
static bool other_exists(struct gntchan *c)
{
	if (!c->self)
		return gntchan__store_exists(c->domid);
	return c->server ? client_exists(c) : gntchan__store_has(c->path);
}

void gntchan__look_at_domains(struct gntchan *c)
{
	bool lost = !other_exists(c) || has_another_id(c);

	/* The same id is rare, and to find out takes a request of its own. */
	if (!lost && (c->doubted || !(c->looks++ % RARELY)))
		lost = c->self && lost_its_own(c);
	/* A server of libxenvchan that closes takes its keys away first. */
	if (lost && c->doubted)
		c->error = -ECONNRESET;
	else if (lost)
		gntchan__bell_hurry(&c->bell);
	c->doubted = lost;
}

void gntchan__send_event(struct gntchan *c)
{
	gntchan__bell_ring(&c->bell);
	c->stats.events_sent++;
}

/* In a child, all this frees the child's copies only. */
static void release(struct gntchan *c)
{
	unsigned int i;

	if (c->server) {
		gntshare_region_destroy(c->region);
		gntchan__allocator_put(c->allocator);
		return;
	}
	/* The page is the last one, since the other side sees it go. */
	for (i = 3; i--;)
		gntshare_mapping_destroy(c->mappings[i]);
	gntshare_mapper_close(c->mapper);
}

void gntchan_close(struct gntchan *c)
{
	bool ours;

	if (!c)
		return;
	/* A child must not ask xenstore, nor has it the page. */
	ours = gntchan__is_ours(c);
	if (c->page && ours) {
		__atomic_store_n(c->own_live, GNTCHAN__GONE, __ATOMIC_RELEASE);
		gntchan__bell_ring(&c->bell);
	}
	release(c);
	gntchan__bell_close(&c->bell, ours && gntchan__is_restored(c));
	free(c);
}

int gntchan_fd(struct gntchan *c)
{
	return gntchan__bell_fd(&c->bell);
}

uint32_t gntchan_domid(const struct gntchan *c)
{
	return c->domid;
}

int gntchan_set_timeout(struct gntchan *c, int timeout)
{
	if (!c)
		return -EINVAL;
	c->timeout = timeout;
	return 0;
}

int gntchan_stats(const struct gntchan *c, struct gntchan_stats *stats,
		  size_t size)
{
	const size_t have = sizeof(c->stats);

	if (!c || !stats || size < have)
		return -EINVAL;
	memcpy(stats, &c->stats, have);
	memset((char *)stats + have, 0, size - have);
	return 0;
}
