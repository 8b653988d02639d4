// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare status: which driver it is, and how full. */
#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "tool.h"

static const char usage[] =
"usage: gntshare status [--json | --prometheus]\n"
"\n"
"Show which driver runs, how full it is, and which bounds have refused calls.\n"
"\n"
"  -j, --json        as JSON\n"
"  -P, --prometheus  in the text format of Prometheus, such as for the\n"
"                    textfile collector of its node_exporter\n";

static const struct {
	uint64_t bit;
	const char *name;
} features[] = {
	{ GNTSHARE_FEATURE_NATIVE, "native" },
	{ GNTSHARE_FEATURE_CONSECUTIVE, "consecutive" },
	{ GNTSHARE_FEATURE_GENERATION, "generation" },
	{ GNTSHARE_FEATURE_MEMORY, "memory" },
	{ GNTSHARE_FEATURE_DMABUF, "dmabuf" },
};

static const char * const kinds[] = {
	[DRIVER_NONE]	= "none",
	[DRIVER_LINUX]	= "in-tree",
	[DRIVER_OURS]	= "gntalloc",
};

/* Print one line of the text for people. */
static void line(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void line(const char *name, const char *format, ...)
{
	va_list arguments;

	printf("%-14s", name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

static void figure_line(const char *name, struct figure figure)
{
	if (figure.known)
		line(name, "%llu", (unsigned long long)figure.value);
	else
		line(name, "not known");
}

static void print_driver(const struct driver *d)
{
	size_t i;

	if (d->kind == DRIVER_NONE)
		line("driver", "none");
	else if (d->kind == DRIVER_OURS)
		line("driver", "xen-gntalloc %s of gntalloc-dkms", d->version);
	else
		line("driver", "xen-gntalloc of Linux%s",
		     d->built_in ? ", built into the kernel" : "");
	if (!d->features)
		return;
	printf("%-13s", "features");
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		if (d->features & features[i].bit)
			printf(" %s", features[i].name);
	}
	putchar('\n');
}

static void print_figures(const struct driver *d)
{
	figure_line("limit", d->limit);
	figure_line("pages", d->pages);
	figure_line("entries", d->entries);
	figure_line("draining", d->draining);
	if (d->quota.known && !d->quota.value)
		line("quota", "none");
	else
		figure_line("quota", d->quota);
	if (d->user_pages.known)
		line("yours", "%llu pages, %llu entries",
		     (unsigned long long)d->user_pages.value,
		     (unsigned long long)d->user_entries.value);
	figure_line("headroom", d->headroom);
}

static void print_hits(const struct driver *d, uint64_t now)
{
	bool any = false;
	char age[AGE_SIZE];
	int i;

	for (i = 0; i < BOUNDS; i++) {
		any |= d->hits[i].known;
		if (!d->hits[i].known || !d->hits[i].value)
			continue;
		printf("%-14s%llu %s", driver_bound(i),
		       (unsigned long long)d->hits[i].value,
		       d->hits[i].value == 1 ? "call" : "calls");
		if (d->last[i].known && d->last[i].value) {
			text_age(age, now > d->last[i].value ?
				 now - d->last[i].value : 0);
			printf(" refused, the last one %s ago\n", age);
		} else {
			printf(" refused\n");
		}
	}
	if (!any)
		line("refused", "not known");
}

static void print_text(const struct driver *d, uint64_t now)
{
	char advice[ADVICE_SIZE];
	int i;

	print_driver(d);
	if (d->kind == DRIVER_NONE)
		return;
	print_figures(d);
	print_hits(d, now);
	for (i = 0; i < BOUNDS; i++) {
		if (driver_advice(d, i, now, advice))
			puts(advice);
	}
}

static struct json_object *json_features(const struct driver *d)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct json_object *name;

		if (!(d->features & features[i].bit))
			continue;
		name = json_object_new_string(features[i].name);
		json_object_array_add(list, name);
	}
	return list;
}

static struct json_object *json_hits(const struct driver *d)
{
	struct json_object *bounds = json_object_new_object();
	int i;

	for (i = 0; i < BOUNDS; i++) {
		struct json_object *bound = json_object_new_object();

		json_add_figure(bound, "hits", d->hits[i]);
		json_add_figure(bound, "last", d->last[i]);
		json_object_object_add(bounds, driver_bound(i), bound);
	}
	return bounds;
}

static void print_status_json(const struct driver *d, uint64_t now)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();
	char advice[ADVICE_SIZE];
	int i;

	json_add_text(o, "driver", kinds[d->kind]);
	json_add_text(o, "version", *d->version ? d->version : NULL);
	json_add_bool(o, "built_in", d->built_in);
	json_object_object_add(o, "features", json_features(d));
	json_add_figure(o, "limit", d->limit);
	json_add_figure(o, "pages", d->pages);
	json_add_figure(o, "entries", d->entries);
	json_add_figure(o, "draining", d->draining);
	json_add_figure(o, "quota", d->quota);
	json_add_figure(o, "user_pages", d->user_pages);
	json_add_figure(o, "user_entries", d->user_entries);
	json_add_figure(o, "headroom", d->headroom);
	json_object_object_add(o, "bounds", json_hits(d));
	for (i = 0; i < BOUNDS; i++) {
		if (driver_advice(d, i, now, advice))
			json_object_array_add(list,
					      json_object_new_string(advice));
	}
	json_object_object_add(o, "advice", list);
	print_json(o);
}

/* Say why something is not known. */
static void complain(const struct driver *d)
{
	if (d->kind == DRIVER_LINUX)
		say("the driver of Linux only tells its limit");
	else if (d->open_error)
		say("what only the device tells is missing, since it cannot be opened: %s",
		    text_error(d->open_error));
	if (d->kind == DRIVER_OURS && !d->hits[BOUND_LIMIT].known)
		say("%s/hits does not exist: an older module does not count refused calls",
		    CLASS);
}

int command_status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "prometheus", no_argument, NULL, 'P' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool json = false, prometheus = false;
	struct driver d;
	int option;

	while ((option = getopt_long(argc, argv, "jPh", options, NULL)) >= 0) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'P':
			prometheus = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return DONE;
		default:
			return wrong("status", "wrong options");
		}
	}
	if (optind < argc)
		return wrong("status", "%s is too much", argv[optind]);
	if (json && prometheus)
		return wrong("status", "either --json or --prometheus");

	driver_read(&d);
	if (prometheus)
		prometheus_print(&d);
	else if (json)
		print_status_json(&d, (uint64_t)time(NULL));
	else
		print_text(&d, (uint64_t)time(NULL));
	if (d.kind == DRIVER_NONE)
		return say("no driver is loaded; gntshare check tells why");
	if (!prometheus)
		complain(&d);
	return DONE;
}
