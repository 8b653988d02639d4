// SPDX-License-Identifier: GPL-2.0-or-later
/* The rows of who holds what in an order, and the sums of each peer. */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static uint64_t entries(const struct holder *r)
{
	return r->readonly + r->writable + r->draining;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* The functions for qsort(). Numbers of things come with the largest first. */
static int by_pages(const struct holder *a, const struct holder *b)
{
	return compare(b->pages, a->pages);
}

static int by_live(const struct holder *a, const struct holder *b)
{
	return compare(b->live.value, a->live.value);
}

static int by_entries(const struct holder *a, const struct holder *b)
{
	return compare(entries(b), entries(a));
}

static int by_readonly(const struct holder *a, const struct holder *b)
{
	return compare(b->readonly, a->readonly);
}

static int by_writable(const struct holder *a, const struct holder *b)
{
	return compare(b->writable, a->writable);
}

static int by_draining(const struct holder *a, const struct holder *b)
{
	return compare(b->draining, a->draining);
}

static int by_since(const struct holder *a, const struct holder *b)
{
	return compare(b->since, a->since);
}

static int by_age(const struct holder *a, const struct holder *b)
{
	return compare(b->age, a->age);
}

static int by_pid(const struct holder *a, const struct holder *b)
{
	return compare(a->pid, b->pid);
}

static int by_region(const struct holder *a, const struct holder *b)
{
	return compare(a->id, b->id);
}

static int by_peer(const struct holder *a, const struct holder *b)
{
	return compare(a->domid, b->domid);
}

static int by_command(const struct holder *a, const struct holder *b)
{
	return strcmp(a->command, b->command);
}

static int by_user(const struct holder *a, const struct holder *b)
{
	return strcmp(names_user(a->uid), names_user(b->uid));
}

typedef int compare_fn(const struct holder *a, const struct holder *b);

static compare_fn *sort_key;

/* What is equal by the key is in the same order each time. */
static int in_order(const void *a, const void *b)
{
	static compare_fn * const rest[] = { by_entries, by_pid, by_region,
					     by_peer };
	int result = sort_key(a, b);
	size_t i;

	for (i = 0; !result && i < ARRAY_SIZE(rest); i++)
		result = rest[i](a, b);
	return result;
}

bool holders_sort(struct holders *h, const char *key)
{
	static const struct {
		const char *name;
		compare_fn *fn;
	} keys[] = {
		{ "pages", by_pages }, { "live", by_live },
		{ "entries", by_entries }, { "readonly", by_readonly },
		{ "writable", by_writable }, { "draining", by_draining },
		{ "for", by_since }, { "age", by_age }, { "pid", by_pid },
		{ "user", by_user }, { "command", by_command },
		{ "region", by_region }, { "peer", by_peer },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].name, key))
			continue;
		sort_key = keys[i].fn;
		if (h->count)
			qsort(h->rows, h->count, sizeof(*h->rows), in_order);
		return true;
	}
	return false;
}

static int by_held(const void *a, const void *b)
{
	const struct peer *one = a, *other = b;
	int result = compare(other->readonly + other->writable +
			     other->draining, one->readonly + one->writable +
			     one->draining);

	return result ? result : compare(one->domid, other->domid);
}

static void sort_peers(struct peer *peers, size_t count)
{
	if (count)
		qsort(peers, count, sizeof(*peers), by_held);
}

static int by_peer_and_file(const void *a, const void *b)
{
	const struct holder *one = a, *other = b;
	int result = compare(one->domid, other->domid);

	return result ? result : compare(one->file, other->file);
}

/* The rows that have a peer, all of one peer and file next to each other. */
static struct holder *peer_rows(const struct holders *h, size_t *count)
{
	struct holder *rows = text_alloc(NULL, h->count, sizeof(*rows));
	size_t i;

	*count = 0;
	for (i = 0; i < h->count; i++) {
		if (h->rows[i].domid != NO_DOMID)
			rows[(*count)++] = h->rows[i];
	}
	if (*count)
		qsort(rows, *count, sizeof(*rows), by_peer_and_file);
	return rows;
}

struct peer *holders_peers(const struct holders *h, size_t *count)
{
	size_t row_count, i;
	struct holder *rows = peer_rows(h, &row_count);
	struct peer *peers = text_alloc(NULL, row_count, sizeof(*peers));
	struct peer *p = peers;

	*count = 0;
	for (i = 0; i < row_count; i++) {
		const struct holder *r = &rows[i];
		bool first = !i || r[-1].domid != r->domid;

		if (first) {
			p = &peers[(*count)++];
			memset(p, 0, sizeof(*p));
			p->domid = r->domid;
		}
		p->readonly += r->readonly;
		p->writable += r->writable;
		p->draining += r->draining;
		if (r->since > p->since)
			p->since = r->since;
		p->files += first || r[-1].file != r->file;
	}
	free(rows);
	sort_peers(peers, *count);
	return peers;
}

struct peer *holders_driver_peers(size_t *count)
{
	struct peer *peers = NULL;
	struct table t;

	*count = 0;
	if (table_open(&t, DEBUG "/peers"))
		return NULL;
	while (table_next(&t)) {
		struct peer p = { .since = 0 };
		uint64_t domid;

		if (!table_number(&t, "domid", UINT16_MAX, &domid) ||
		    !table_number(&t, "readonly", UINT64_MAX, &p.readonly) ||
		    !table_number(&t, "writable", UINT64_MAX, &p.writable) ||
		    !table_number(&t, "draining", UINT64_MAX, &p.draining))
			continue;
		p.domid = (uint32_t)domid;
		table_number(&t, "for", UINT64_MAX, &p.since);
		table_number(&t, "files", UINT64_MAX, &p.files);
		peers = text_alloc(peers, *count + 1, sizeof(*peers));
		peers[(*count)++] = p;
	}
	table_close(&t);
	sort_peers(peers, *count);
	return peers ? peers : text_alloc(NULL, 1, sizeof(*peers));
}
