// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker's commands for pages: share, map, fill, check, give up.
 *
 *   share BACKEND PEER PAGES WRITABLE SEED  -> thing, "grefs"
 *   map BACKEND OWNER WRITABLE FIRST PAGES SEED GREFS
 *                                           -> thing; PAGES of GREFS from FIRST
 *   xengntshr_notify PEER OFFSET PORT       -> thing, "grefs": one page, which
 *                                              notifies from the start
 *   xengnttab_notify OWNER OFFSET PORT GREFS -> thing, the same
 *   fill|check THING FIRST PAGES SEED
 *   poke THING OFFSET BYTE LENGTH
 *   peek THING OFFSET -> byte
 *   zeros THING      -> number of bytes that are zero, "offset of the last"
 *   notify THING OFFSET ACTIONS PORT
 *   munmap|dealloc THING FIRST PAGES
 *   close THING      only its descriptor, for a bare device
 *   give_up THING    all that is left of it
 *
 * With a SEED that is not 0, share fills the pages and map checks them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "device.h"
#include "worker.h"

static struct thing things[64];

struct thing *new_thing(size_t pages)
{
	size_t i;

	for (i = 0; i < sizeof(things) / sizeof(*things); i++) {
		struct thing *t = &things[i];

		if (t->backend)
			continue;
		memset(t, 0, sizeof(*t));
		t->fd = -1;
		t->tells = -1;
		t->memfd = -1;
		t->pages = pages;
		t->grefs = calloc(pages + 1, sizeof(*t->grefs));
		return t->grefs ? t : NULL;
	}
	return NULL;
}

struct thing *find_thing(size_t number)
{
	if (number >= sizeof(things) / sizeof(*things) ||
	    !things[number].backend)
		return NULL;
	return &things[number];
}

struct thing *parse_thing(const char **args)
{
	char *rest;
	struct thing *t = find_thing(strtoul(*args, &rest, 10));

	*args = rest + strspn(rest, " ");
	return t;
}

long thing_number(const struct thing *t)
{
	return t - things;
}

static void forget(struct thing *t)
{
	free(t->grefs);
	t->backend = NULL;
}

static const struct backend *find_backend(const char *name, bool shares)
{
	static const struct backend *const backends[] = {
		&share_2010, &share_2011, &share_gntshare, &share_xengntshr,
		&share_native, &share_regions, &share_memory, &share_memfd,
		&share_vgem, &share_heap, &share_udmabuf, &share_camera,
		&map_gntdev, &map_gntshare, &map_xengnttab, &map_dmabuf,
	};
	size_t i;

	for (i = 0; i < sizeof(backends) / sizeof(*backends); i++)
		if (!strcmp(backends[i]->name,
			    name) && !!backends[i]->share == shares)
			return backends[i];
	return NULL;
}

/* What a word holds depends on its place, so that no two pages are alike. */
static uint64_t pattern(uint64_t seed, size_t word)
{
	return (seed << 32 | word) * 0x9e3779b97f4a7c15;
}

static void fill_pages(struct thing *t, size_t first, size_t pages,
		       uint64_t seed)
{
	uint64_t *word = (uint64_t *)t->address;
	size_t i;

	for (i = first * PAGE / 8; i < (first + pages) * PAGE / 8; i++)
		word[i] = pattern(seed, i);
}

/* Returns -EILSEQ when a word is different, which @text then names. */
static long check_pages(const struct thing *t, size_t first, size_t pages,
			uint64_t seed, char *text)
{
	const uint64_t *word = (const uint64_t *)t->address;
	size_t i;

	for (i = first * PAGE / 8; i < (first + pages) * PAGE / 8; i++) {
		if (word[i] != pattern(seed, i)) {
			sprintf(text, "page %zu, byte %zu: %" PRIx64,
				i * 8 / PAGE, i * 8 % PAGE, word[i]);
			return -EILSEQ;
		}
	}
	return 0;
}

long finish_share(struct thing *t, const struct backend *backend,
		  unsigned int peer, bool writable, char *text)
{
	long ret = backend->share(t, (uint16_t)peer, writable);

	if (!ret) {
		t->backend = backend;
		ret = grefs_publish(text, GREFS_TEXT, (uint16_t)peer, t->grefs,
				    t->pages);
		if (ret)
			backend->give_up(t);
	}
	if (ret) {
		forget(t);
		return ret;
	}
	return t - things;
}

static long cmd_share(const char *args, char *text)
{
	const struct backend *backend;
	struct thing *t;
	char name[16];
	unsigned int peer, writable, seed;
	size_t pages;
	long ret;

	if (sscanf(args, "%15s %u %zu %u %u", name, &peer, &pages, &writable,
		   &seed) != 5)
		return -EBADMSG;
	backend = find_backend(name, true);
	t = new_thing(pages);
	if (!backend || !t)
		return -EBADMSG;
	ret = finish_share(t, backend, peer, writable, text);
	if (ret >= 0 && seed)
		fill_pages(t, 0, pages, seed);
	return ret;
}

static long cmd_share_notify(const char *args, char *text)
{
	struct thing *t = new_thing(1);
	unsigned int peer;

	if (!t || sscanf(args, "%u %u %u", &peer, &t->offset, &t->port) != 3)
		return -EBADMSG;
	t->notifies = true;
	return finish_share(t, &share_xengntshr, peer, true, text);
}

/* Maps as many of the grefs as @t has pages, from @first on. */
static long finish_map(struct thing *t, const struct backend *backend,
		       unsigned int owner, bool writable, size_t first,
		       const char *text)
{
	static uint32_t grefs[GREFS_MAX];
	long ret = grefs_collect(text, (uint16_t)owner, grefs, GREFS_MAX);

	if (ret >= 0 && first + t->pages > (size_t)ret)
		ret = -ERANGE;
	if (ret >= 0) {
		memcpy(t->grefs, grefs + first, t->pages * sizeof(*grefs));
		ret = backend->map(t, (uint16_t)owner, writable);
	}
	if (ret) {
		forget(t);
		return ret;
	}
	t->backend = backend;
	return t - things;
}

static long cmd_map(const char *args, char *text)
{
	const struct backend *backend;
	struct thing *t;
	char name[16];
	unsigned int owner, writable, seed;
	size_t first, pages;
	int used = 0;
	long ret, seen;

	if (sscanf(args, "%15s %u %u %zu %zu %u %n", name, &owner, &writable,
		   &first, &pages, &seed, &used) != 6 || !used)
		return -EBADMSG;
	backend = find_backend(name, false);
	t = new_thing(pages);
	if (!backend || !t)
		return -EBADMSG;
	ret = finish_map(t, backend, owner, writable, first, args + used);
	if (ret < 0 || !seed)
		return ret;
	seen = check_pages(t, 0, pages, seed, text);
	return seen ? seen : ret;
}

static long cmd_map_notify(const char *args, char *text)
{
	struct thing *t = new_thing(1);
	unsigned int owner;
	int used = 0;

	(void)text;
	if (!t || sscanf(args, "%u %u %u %n", &owner, &t->offset, &t->port,
			 &used) != 3 || !used)
		return -EBADMSG;
	t->notifies = true;
	return finish_map(t, &map_xengnttab, owner, true, 0, args + used);
}

/* Reads THING FIRST PAGES, where the thing has to have these pages. */
static struct thing *parse_run(const char *args, size_t *first, size_t *pages,
			       const char **rest)
{
	struct thing *t;
	size_t number;
	int used;

	if (sscanf(args, "%zu %zu %zu%n", &number, first, pages, &used) != 3)
		return NULL;
	t = find_thing(number);
	if (!t || *first > t->pages || *pages > t->pages - *first)
		return NULL;
	*rest = args + used;
	return t;
}

static long cmd_fill(const char *args, char *text)
{
	size_t first, pages;
	const char *rest;
	struct thing *t = parse_run(args, &first, &pages, &rest);

	(void)text;
	if (!t)
		return -EBADMSG;
	fill_pages(t, first, pages, strtoull(rest, NULL, 10));
	return 0;
}

static long cmd_check(const char *args, char *text)
{
	size_t first, pages;
	const char *rest;
	struct thing *t = parse_run(args, &first, &pages, &rest);

	if (!t)
		return -EBADMSG;
	return check_pages(t, first, pages, strtoull(rest, NULL, 10), text);
}

static long cmd_peek(const char *args, char *text)
{
	struct thing *t;
	size_t number, offset;

	(void)text;
	if (sscanf(args, "%zu %zu", &number, &offset) != 2)
		return -EBADMSG;
	t = find_thing(number);
	if (!t || offset >= t->pages * PAGE)
		return -EBADMSG;
	return *(volatile unsigned char *)(t->address + offset);
}

static long cmd_poke(const char *args, char *text)
{
	struct thing *t;
	size_t number, offset, length;
	unsigned int byte;

	(void)text;
	if (sscanf(args, "%zu %zu %u %zu", &number, &offset, &byte,
		   &length) != 4)
		return -EBADMSG;
	t = find_thing(number);
	if (!t || offset + length > t->pages * PAGE)
		return -EBADMSG;
	memset(t->address + offset, (int)byte, length);
	return 0;
}

static long cmd_zeros(const char *args, char *text)
{
	struct thing *t = find_thing(strtoul(args, NULL, 10));
	long count = 0;
	size_t i, last = 0;

	if (!t)
		return -EBADMSG;
	for (i = 0; i < t->pages * PAGE; i++) {
		if (!t->address[i]) {
			count++;
			last = i;
		}
	}
	sprintf(text, "%zu", last);
	return count;
}

static long cmd_notify(const char *args, char *text)
{
	struct thing *t;
	size_t number;
	uint64_t offset;
	uint32_t actions, port;

	(void)text;
	if (sscanf(args, "%zu %" SCNu64 " %u %u", &number, &offset, &actions,
		   &port) != 4)
		return -EBADMSG;
	t = find_thing(number);
	if (!t || !t->backend->notify)
		return -EBADMSG;
	return t->backend->notify(t, offset, actions, port);
}

/*
 * Something else is mapped to the addresses at once, so that the thing, when it
 * is released later, cannot unmap what does not belong to it.
 */
static long cmd_unmap_run(const char *args, char *text)
{
	size_t first, pages;
	const char *rest;
	struct thing *t = parse_run(args, &first, &pages, &rest);
	void *hole;

	(void)text;
	if (!t)
		return -EBADMSG;
	/* The library has already unmapped what it has destroyed. */
	if (!t->address)
		return 0;
	hole = mmap(t->address + first * PAGE, pages * PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	return hole == MAP_FAILED ? -errno : 0;
}

static long cmd_dealloc(const char *args, char *text)
{
	size_t first, pages;
	const char *rest;
	struct thing *t = parse_run(args, &first, &pages, &rest);

	(void)text;
	if (!t || !t->backend->dealloc)
		return -EBADMSG;
	return t->backend->dealloc(t, first, pages);
}

static long cmd_close_thing(const char *args, char *text)
{
	struct thing *t = find_thing(strtoul(args, NULL, 10));

	(void)text;
	if (!t || !t->backend->close)
		return -EBADMSG;
	return t->backend->close(t);
}

long give_up_thing(struct thing *t)
{
	long ret = t->backend->give_up(t);

	forget(t);
	return ret;
}

static long cmd_give_up(const char *args, char *text)
{
	struct thing *t = find_thing(strtoul(args, NULL, 10));

	(void)text;
	return t ? give_up_thing(t) : -EBADMSG;
}

const struct command page_commands[] = {
	{ "share", cmd_share },
	{ "map", cmd_map },
	{ "xengntshr_notify", cmd_share_notify },
	{ "xengnttab_notify", cmd_map_notify },
	{ "fill", cmd_fill },
	{ "check", cmd_check },
	{ "peek", cmd_peek },
	{ "poke", cmd_poke },
	{ "zeros", cmd_zeros },
	{ "notify", cmd_notify },
	{ "munmap", cmd_unmap_run },
	{ "dealloc", cmd_dealloc },
	{ "close", cmd_close_thing },
	{ "give_up", cmd_give_up },
	{ NULL, NULL }
};
