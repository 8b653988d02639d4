// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The side that maps the pages. What is in them may be wrong, and may change
 * while it is read.
 */
#include <errno.h>
#include <stddef.h>

#include "internal.h"

#define PAGE_SHIFT	12u

/* Rings of these sizes are in the first page, at the offset of their size. */
#define ORDER_INSIDE_MIN	10u
#define ORDER_INSIDE_MAX	11u

/* How many grefs the first page can have. */
#define GREFS_MAX	((GNTCHAN__PAGE_SIZE - offsetof(struct vchan_interface, grants)) / \
			 sizeof(uint32_t))

/*
 * What the first page says, read once.
 *
 * @order: of the left ring, and of the right one
 * @pages: how many pages of its own each has
 */
struct layout {
	uint32_t order[2];
	uint32_t pages[2];
	uint32_t grefs[GREFS_MAX];
};

static uint32_t read_order(const uint16_t *order)
{
	return __atomic_load_n(order, __ATOMIC_RELAXED);
}

static bool is_inside(uint32_t order)
{
	return order <= ORDER_INSIDE_MAX;
}

static bool read_layout(const struct vchan_interface *page, struct layout *l)
{
	size_t end = GNTCHAN__PAGE_SIZE, count = 0, i;

	l->order[0] = read_order(&page->left_order);
	l->order[1] = read_order(&page->right_order);
	for (i = 0; i < 2; i++) {
		uint32_t order = l->order[i];

		if (order < ORDER_INSIDE_MIN || order > GNTCHAN__ORDER_MAX + 1)
			return false;
		l->pages[i] = is_inside(order) ? 0 : 1u << (order - PAGE_SHIFT);
		count += l->pages[i];
		if (is_inside(order) && end > (size_t)1 << order)
			end = (size_t)1 << order;
	}
	/* Two rings at the same place would be one. */
	if (is_inside(l->order[0]) && l->order[0] == l->order[1])
		return false;
	if (offsetof(struct vchan_interface, grants) +
	    count * sizeof(uint32_t) > end)
		return false;
	for (i = 0; i < count; i++)
		l->grefs[i] = __atomic_load_n(&page->grants[i],
					      __ATOMIC_RELAXED);
	return true;
}

/*
 * If a gref is wrong, there is no server any more. Xen does not say whether it is
 * that, or something else.
 */
static int map_grefs(struct gntchan *c, struct gntshare_mapping **out,
		     const uint32_t *grefs, size_t count)
{
	int err = gntshare_mapping_create(c->mapper, out, c->domid, grefs,
					  count, GNTSHARE_WRITABLE);

	return err == -EINVAL ? -ECONNREFUSED : err;
}

/* @grefs: those of the rings that were not mapped yet */
static int map_ring(struct gntchan *c, const struct layout *l, unsigned int i,
		    const uint32_t *grefs, void **out)
{
	int err;

	if (is_inside(l->order[i])) {
		*out = (char *)c->page + ((size_t)1 << l->order[i]);
		return 0;
	}
	err = map_grefs(c, &c->mappings[1 + i], grefs, l->pages[i]);
	if (!err)
		*out = gntshare_mapping_address(c->mappings[1 + i]);
	return err;
}

static int map_rings(struct gntchan *c)
{
	struct vchan_interface *page = c->page;
	void *left = NULL, *right = NULL;
	struct layout l;
	int err;

	if (!read_layout(page, &l))
		return -EPROTO;
	err = map_ring(c, &l, 0, l.grefs, &left);
	if (!err)
		err = map_ring(c, &l, 1, l.grefs + l.pages[0], &right);
	if (err)
		return err;
	/* This side writes to the left one. */
	if (!gntchan__ring_begin(&c->out, &page->left, left, 1u << l.order[0],
				 true) ||
	    !gntchan__ring_begin(&c->in, &page->right, right, 1u << l.order[1],
				 false))
		return -EPROTO;
	return 0;
}

/* Is there a server that has no client? */
static bool is_free(const struct gntchan *c, bool fresh)
{
	uint8_t client = __atomic_load_n(c->own_live, __ATOMIC_RELAXED);

	return gntchan__other_live(c) == GNTCHAN__THERE &&
	       (fresh ? client == GNTCHAN__AWAITED : client != GNTCHAN__THERE);
}

static int map(struct gntchan *c, const struct gntchan__keys *keys)
{
	struct gntshare_mapping *mapping;
	int err;

	err = gntshare_mapper_open(&c->mapper, NULL);
	if (err)
		return err;
	err = map_grefs(c, &mapping, &keys->gref, 1);
	if (err)
		return err;
	c->mappings[0] = mapping;
	gntchan__set_page(c, gntshare_mapping_address(mapping));
	return 0;
}

/*
 * An event channel has one other end. So of two clients that come at the same
 * time the second one fails here, before it has touched the pages.
 */
static int bind(struct gntchan *c, const struct gntchan__keys *keys)
{
	int err = gntchan__bell_bind(&c->bell, c->domid, keys->port);

	return err == -EINVAL || err == -ESRCH || err == -ENOENT ?
	       -ECONNREFUSED : err;
}

static int join(struct gntchan *c, const struct gntchan__keys *keys)
{
	int err;

	err = bind(c, keys);
	if (!err)
		err = map(c, keys);
	if (err)
		return err;
	if (!is_free(c, keys->fresh))
		return -ECONNREFUSED;
	err = map_rings(c);
	if (!err)
		err = gntchan__notify_end(c);
	if (err)
		return err;
	/* A server can do without it. */
	c->marked = !gntchan__store_mark(c->domid);
	__atomic_store_n(c->own_live, GNTCHAN__THERE, __ATOMIC_RELEASE);
	gntchan__send_event(c);
	return 0;
}

int gntchan__join(struct gntchan **out, uint32_t domid, const char *path,
		  const struct gntchan__keys *keys)
{
	struct gntchan *c;
	int err;

	err = gntchan__new(&c, domid, path, false);
	if (err)
		return err;
	err = join(c, keys);
	if (err) {
		/* It never was the client, so it must not say that it ended. */
		c->page = NULL;
		gntchan_close(c);
		return err;
	}
	*out = c;
	return 0;
}
