// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker's commands for native calls that only the library makes. A THING is
 * a region that was shared by the backend "regions".
 *
 *   beside THING PAGES PEER WRITABLE  -> thing, "grefs": a region of the same
 *                                        allocator, directly after it
 *   view THING PAGES                  -> thing: PAGES from its offset on
 *   region THING PAGES                one more of the same allocator, anywhere
 *   restrict THING FLAGS PAGES DOMAIN   DOMAIN -1: none
 *   info THING     -> features, "generation limit pages entries draining"
 *   read_event THING -> the type of the next event, "id"; waits for it
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <gntshare.h>

#include "device.h"
#include "worker.h"

static struct thing *parse_library(const char **args)
{
	struct thing *t = parse_thing(args);

	return t && t->backend == &share_regions ? t : NULL;
}

static long cmd_beside(const char *args, char *text)
{
	struct thing *t = parse_library(&args), *other;
	unsigned int peer, writable;
	size_t pages;

	if (!t || sscanf(args, "%zu %u %u", &pages, &peer, &writable) != 3)
		return -EBADMSG;
	other = new_thing(pages);
	if (!other)
		return -ENOMEM;
	other->handle = t->handle;
	other->index = t->index + t->pages * PAGE;
	return finish_share(other, &share_beside, peer, writable, text);
}

static long view_give_up(struct thing *t)
{
	return gntshare_view_destroy(t->object);
}

static const struct backend view_backend = {
	.name = "view",
	.give_up = view_give_up,
};

static long cmd_view(const char *args, char *text)
{
	struct thing *t = parse_library(&args), *other;
	struct gntshare_view *made;
	size_t pages;
	long ret;

	(void)text;
	if (!t || sscanf(args, "%zu", &pages) != 1)
		return -EBADMSG;
	ret = gntshare_view_create(t->handle, &made, t->index, pages);
	if (ret)
		return ret;
	other = new_thing(pages);
	if (!other) {
		gntshare_view_destroy(made);
		return -ENOMEM;
	}
	other->backend = &view_backend;
	other->object = made;
	other->address = gntshare_view_address(made);
	return gntshare_view_size(made) == pages * PAGE ?
	       thing_number(other) : -EPROTO;
}

static long cmd_region(const char *args, char *text)
{
	struct thing *t = parse_library(&args);
	struct gntshare_region *made;
	size_t pages;

	(void)text;
	if (!t || sscanf(args, "%zu", &pages) != 1)
		return -EBADMSG;
	return gntshare_region_create(t->handle, &made, pages,
				     GNTSHARE_ANY_OFFSET);
}

static long cmd_restrict_to(const char *args, char *text)
{
	struct thing *t = parse_library(&args);
	unsigned int flags;
	uint32_t domid;
	size_t pages;
	int peer;

	(void)text;
	if (!t || sscanf(args, "%u %zu %d", &flags, &pages, &peer) != 3)
		return -EBADMSG;
	domid = (uint32_t)peer;
	return gntshare_restrict(t->handle, flags, pages,
				 peer < 0 ? NULL : &domid, peer >= 0);
}

static long cmd_info(const char *args, char *text)
{
	struct thing *t = parse_library(&args);
	struct gntshare_info is;
	long ret;

	if (!t)
		return -EBADMSG;
	ret = gntshare_info(t->handle, &is, sizeof(is));
	if (ret)
		return ret;
	sprintf(text, "%llu %u %u %u %u", (unsigned long long)is.generation,
		is.limit, is.pages, is.entries, is.draining);
	return (long)is.features;
}

static long cmd_read_event(const char *args, char *text)
{
	struct thing *t = parse_library(&args);
	struct gntshare_event event;
	long ret;

	if (!t)
		return -EBADMSG;
	ret = gntshare_read_event(t->handle, &event, sizeof(event));
	if (ret)
		return ret;
	sprintf(text, "%llu", (unsigned long long)event.id);
	return event.type;
}

const struct command library_commands[] = {
	{ "beside", cmd_beside },
	{ "view", cmd_view },
	{ "region", cmd_region },
	{ "restrict", cmd_restrict_to },
	{ "info", cmd_info },
	{ "read_event", cmd_read_event },
	{ NULL, NULL }
};
