// SPDX-License-Identifier: LGPL-2.1-or-later
/* The side that makes the pages. */
#include <errno.h>
#include <string.h>

#include "internal.h"

/* After the first page come those of the left ring, then those of the right. */
static void fill_page(struct gntchan *c, uint32_t in_order, uint32_t out_order)
{
	const uint32_t *grefs = gntshare_region_grefs(c->region);
	size_t rings = gntshare_region_pages(c->region) - 1;
	struct vchan_interface *page = c->page;

	/* The client writes to the left ring. */
	page->left_order = (uint16_t)in_order;
	page->right_order = (uint16_t)out_order;
	memcpy(page->grants, grefs + 1, rings * sizeof(*grefs));
	page->cli_live = GNTCHAN__AWAITED;
	page->srv_live = GNTCHAN__THERE;
	/*
	 * Both sides want to be told of the first bytes. For the client it is
	 * asked here, as libxenvchan's server does.
	 */
	page->cli_notify = VCHAN_NOTIFY_WRITE;
	page->srv_notify = VCHAN_NOTIFY_WRITE;
}

static int make(struct gntchan *c, uint32_t in_order, uint32_t out_order,
		struct gntchan__keys *keys)
{
	const size_t in_size = (size_t)1 << in_order;
	const size_t out_size = (size_t)1 << out_order;
	char *address;
	int err;

	err = gntshare_region_share(gntchan__allocator_get(c->allocator),
				    &c->region, c->domid,
				    1 + (in_size + out_size) / GNTCHAN__PAGE_SIZE,
				    GNTSHARE_WRITABLE);
	if (err)
		return err;
	address = gntshare_region_address(c->region);
	gntchan__set_page(c, address);
	fill_page(c, in_order, out_order);
	/* New pages are all zero, so both rings begin with 0. */
	gntchan__ring_begin(&c->in, &c->page->left, address + GNTCHAN__PAGE_SIZE,
			    (uint32_t)in_size, false);
	gntchan__ring_begin(&c->out, &c->page->right,
			    address + GNTCHAN__PAGE_SIZE + in_size, (uint32_t)out_size,
			    true);
	err = gntchan__bell_offer(&c->bell, c->domid);
	if (!err)
		err = gntchan__notify_end(c);
	keys->gref = *gntshare_region_grefs(c->region);
	keys->port = c->bell.port;
	return err;
}

int gntchan__serve(struct gntchan **out, struct gntchan__allocator *allocator,
		   uint32_t domid, const char *path, uint32_t in_order,
		   uint32_t out_order, struct gntchan__keys *keys)
{
	struct gntchan *c;
	int err;

	err = gntchan__new(&c, domid, path, true);
	if (err)
		return err;
	c->allocator = allocator;
	err = make(c, in_order, out_order, keys);
	if (err) {
		gntchan_close(c);
		return err;
	}
	*out = c;
	return 0;
}
