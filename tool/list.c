// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare list: who holds what. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
"usage: gntshare list [--draining] [--peers] [--sort KEY] [--json]\n"
"\n"
"Show who holds what: for root each region and peer, for other users the open\n"
"files of their own processes.\n"
"\n"
"  -d, --draining  only what drains: a peer still holds it\n"
"  -p, --peers     the sums of each peer\n"
"  -s, --sort KEY  sort by another column than pages:\n"
"                  live entries readonly writable draining for age pid\n"
"                  user command region peer\n"
"  -j, --json      as JSON\n";

static void put_number(char text[CELL_SIZE], uint64_t value)
{
	snprintf(text, CELL_SIZE, "%llu", (unsigned long long)value);
}

static void put_since(char text[CELL_SIZE], uint64_t draining, uint64_t since)
{
	char age[AGE_SIZE];

	text_age(age, since);
	snprintf(text, CELL_SIZE, "%s", draining ? age : "-");
}

static void put_peer(char text[CELL_SIZE], uint32_t domid)
{
	if (domid == NO_DOMID)
		snprintf(text, CELL_SIZE, "-");
	else
		snprintf(text, CELL_SIZE, "%u (%s)", domid,
			 names_domain(domid));
}

enum {
	PID,
	COMMAND,
	USER,
	REGION,
	PAGES,
	KIND,
	PEER,
	READONLY,
	WRITABLE,
	DRAINING,
	SINCE,
};

static const struct column columns[] = {
	[PID]		= { "PID", true },
	[COMMAND]	= { "COMMAND", false },
	[USER]		= { "USER", false },
	[REGION]	= { "REGION", true },
	[PAGES]		= { "PAGES", true },
	[KIND]		= { "KIND", false },
	[PEER]		= { "PEER", false },
	[READONLY]	= { "READONLY", true },
	[WRITABLE]	= { "WRITABLE", true },
	[DRAINING]	= { "DRAINING", true },
	[SINCE]		= { "FOR", true },
};

/* What the driver does not tell is a dash. */
static void list_cell(const void *rows, size_t row, size_t column,
		      char text[CELL_SIZE])
{
	const struct holders *h = rows;
	const struct holder *r = &h->rows[row];

	snprintf(text, CELL_SIZE, "-");
	switch (column) {
	case PID:
		put_number(text, r->pid);
		return;
	case COMMAND:
		snprintf(text, CELL_SIZE, "%s%s", r->command,
			 r->gone ? " (gone)" : "");
		return;
	case USER:
		snprintf(text, CELL_SIZE, "%s", names_user(r->uid));
		return;
	case REGION:
		if (h->regions && r->id)
			put_number(text, r->id);
		return;
	case PAGES:
		if (r->live.known)
			snprintf(text, CELL_SIZE, "%llu/%llu",
				 (unsigned long long)r->live.value,
				 (unsigned long long)r->pages);
		else if (r->file)
			put_number(text, r->pages);
		return;
	case KIND:
		if (*r->kind)
			snprintf(text, CELL_SIZE, "%s", r->kind);
		return;
	case PEER:
		put_peer(text, r->domid);
		return;
	case READONLY:
		if (r->domid != NO_DOMID)
			put_number(text, r->readonly);
		return;
	case WRITABLE:
		if (r->domid != NO_DOMID)
			put_number(text, r->writable);
		return;
	case DRAINING:
		if (r->domid != NO_DOMID)
			put_number(text, r->draining);
		return;
	default:
		put_since(text, r->draining, r->since);
	}
}

void list_print(const struct holders *h, size_t most)
{
	print_table(columns, ARRAY_SIZE(columns), list_cell, h, h->count, most);
}

void list_complain(const struct holders *h)
{
	const char *whose = geteuid() ? "your own" : "all";

	if (!h->regions && h->sizes)
		say("%s cannot be read: these are the open files of %s "
		    "processes, without their regions, and without what drains "
		    "of closed files", DEBUG, whose);
	else if (!h->regions && h->count)
		say("this driver does not tell what a process holds: these are "
		    "%s processes that have the device open", whose);
	else if (!h->regions)
		say("%s cannot be read, and of %s processes none has the "
		    "device open", DEBUG, whose);
	if (h->skipped)
		say("could not read %zu of the driver's lines", h->skipped);
}

/* The process has ended, but a peer keeps its pages. */
static bool is_left(const struct holder *r)
{
	return r->gone && r->draining && !r->live.value;
}

/* Name the peers that keep pages of owners that are gone. */
static void print_left(const struct holders *h)
{
	struct holders left = { .count = 0 };
	struct peer *peers;
	size_t i, count;

	left.rows = text_alloc(NULL, h->count, sizeof(*left.rows));
	for (i = 0; i < h->count; i++) {
		if (is_left(&h->rows[i]))
			left.rows[left.count++] = h->rows[i];
	}
	peers = holders_peers(&left, &count);
	if (count)
		printf("Peers that hold pages of owners that are gone:");
	for (i = 0; i < count; i++)
		printf("%s %u (%s) %llu", i ? "," : "", peers[i].domid,
		       names_domain(peers[i].domid),
		       (unsigned long long)peers[i].draining);
	if (count)
		putchar('\n');
	free(peers);
	free(left.rows);
}

static void add_peer(struct json_object *o, uint32_t domid, uint64_t readonly,
		     uint64_t writable, uint64_t draining, uint64_t since)
{
	const char *name = names_domain(domid);
	bool known = domid != NO_DOMID;
	struct figure figure = { .known = known, .value = domid };

	json_add_figure(o, "domid", figure);
	json_add_text(o, "domain", strcmp(name, "-") ? name : NULL);
	figure.value = readonly;
	json_add_figure(o, "readonly", figure);
	figure.value = writable;
	json_add_figure(o, "writable", figure);
	figure.value = draining;
	json_add_figure(o, "draining", figure);
	figure.known = known && draining;
	figure.value = since;
	json_add_figure(o, "draining_seconds", figure);
}

static struct json_object *json_row(const struct holders *h,
				    const struct holder *r)
{
	struct json_object *o = json_object_new_object();
	struct figure figure = { .known = r->file, .value = r->file };

	json_add_figure(o, "file", figure);
	json_add_number(o, "pid", r->pid);
	json_add_text(o, "command", r->command);
	json_add_bool(o, "gone", r->gone);
	json_add_number(o, "uid", r->uid);
	json_add_text(o, "user", names_user(r->uid));
	figure.value = r->id;
	figure.known = h->regions && r->id;
	json_add_figure(o, "region", figure);
	figure.value = r->pages;
	figure.known = r->file;
	json_add_figure(o, "pages", figure);
	json_add_figure(o, "live", r->live);
	json_add_text(o, "kind", *r->kind ? r->kind : NULL);
	figure.value = r->age;
	figure.known = h->regions;
	json_add_figure(o, "age_seconds", figure);
	add_peer(o, r->domid, r->readonly, r->writable, r->draining, r->since);
	return o;
}

static void print_rows_json(const struct holders *h)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < h->count; i++)
		json_object_array_add(list, json_row(h, &h->rows[i]));
	print_json(list);
}

static const struct column peer_columns[] = {
	{ "PEER", false }, { "READONLY", true }, { "WRITABLE", true },
	{ "DRAINING", true }, { "FOR", true }, { "FILES", true },
};

static void peer_cell(const void *rows, size_t row, size_t column,
		      char text[CELL_SIZE])
{
	const struct peer *p = (const struct peer *)rows + row;

	switch (column) {
	case 0:
		put_peer(text, p->domid);
		break;
	case 1:
		put_number(text, p->readonly);
		break;
	case 2:
		put_number(text, p->writable);
		break;
	case 3:
		put_number(text, p->draining);
		break;
	case 4:
		put_since(text, p->draining, p->since);
		break;
	default:
		put_number(text, p->files);
	}
}

static void print_peers_json(const struct peer *peers, size_t count)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < count; i++) {
		const struct peer *p = &peers[i];
		struct json_object *o = json_object_new_object();

		add_peer(o, p->domid, p->readonly, p->writable, p->draining,
			 p->since);
		json_add_number(o, "files", p->files);
		json_object_array_add(list, o);
	}
	print_json(list);
}

/* Only what drains is in @h if that was asked for, so it has to be summed up. */
static void print_peers(const struct holders *h, bool drains, bool json)
{
	size_t count;
	struct peer *peers = drains ? NULL : holders_driver_peers(&count);

	if (!peers)
		peers = holders_peers(h, &count);
	if (json)
		print_peers_json(peers, count);
	else
		print_table(peer_columns, ARRAY_SIZE(peer_columns), peer_cell,
			    peers, count, SIZE_MAX);
	free(peers);
}

/* What the options ask for. */
struct choice {
	bool drains, peers, json;
	const char *key;
};

static int show(const struct choice *c)
{
	struct holders h;
	int err = holders_read(&h, c->drains);

	if (err)
		return say("/proc cannot be read: %s", strerror(-err));
	if (!holders_sort(&h, c->key)) {
		holders_free(&h);
		return wrong("list", "there is no key %s; there are %s", c->key,
			     HOLDERS_KEYS);
	}
	if (c->peers)
		print_peers(&h, c->drains, c->json);
	else if (c->json)
		print_rows_json(&h);
	else
		list_print(&h, SIZE_MAX);
	if (c->drains && !c->peers && !c->json)
		print_left(&h);
	list_complain(&h);
	holders_free(&h);
	return DONE;
}

int command_list(int argc, char **argv)
{
	static const struct option options[] = {
		{ "draining", no_argument, NULL, 'd' },
		{ "peers", no_argument, NULL, 'p' },
		{ "sort", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct choice c = { .key = "pages" };
	int option;

	while ((option = getopt_long(argc, argv, "dps:jh", options, NULL)) >=
	       0) {
		switch (option) {
		case 'd':
			c.drains = true;
			break;
		case 'p':
			c.peers = true;
			break;
		case 's':
			c.key = optarg;
			break;
		case 'j':
			c.json = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return DONE;
		default:
			return wrong("list", "wrong options");
		}
	}
	if (optind < argc)
		return wrong("list", "%s is too much", argv[optind]);
	return show(&c);
}
