// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare limit, quota and headroom: show and set a parameter of the module. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "tool.h"

/* The entries of Xen's usual table: 64 frames, 512 entries of version 1 each. */
#define USUAL_ENTRIES	32768u

/*
 * A parameter of the module.
 *
 * @max: the largest value that the module takes
 * @usual: the value without any setting
 * @line: what it is
 */
struct param {
	const char *name;
	uint64_t max, usual;
	const char *line;
};

static const struct param limit = {
	"limit", 2147483647, 1024,
	"how many pages live, and how many grant entries there are, at most",
};

static const struct param quota = {
	"quota", 2147483647, 0, "the same bound for each user; 0 is no bound",
};

static const struct param headroom = {
	"headroom", 65023, 128,
	"how many free entries of the grant table are left to the kernel",
};

static void print_usage(const struct param *p)
{
	printf("usage: gntshare %s [N] [--boot] [--json]\n"
	       "\n"
	       "Show the module's parameter %s, or set it to N, which only root can do:\n"
	       "%s.\n"
	       "N is from 0 to %llu; %llu by default.\n"
	       "\n"
	       "  -b, --boot  with N, also write it to %s\n"
	       "  -j, --json  as JSON\n",
	       p->name, p->name, p->line, (unsigned long long)p->max,
	       (unsigned long long)p->usual, BOOT_FILE);
}

static struct figure value_now(const struct param *p)
{
	char path[128];

	snprintf(path, sizeof(path), MODULE "/parameters/%s", p->name);
	return path_figure(path);
}

static int show(const struct param *p, bool json)
{
	struct figure now = value_now(p);
	char boot[BOOT_SIZE], from[512];
	bool set = boot_value(p->name, boot, from, sizeof(from));

	if (json) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "name", p->name);
		json_add_figure(o, "now", now);
		json_add_text(o, "boot", set ? boot : NULL);
		json_add_text(o, "boot_from", set ? from : NULL);
		json_add_number(o, "default", p->usual);
		print_json(o);
	} else {
		if (now.known)
			printf("now      %llu\n",
			       (unsigned long long)now.value);
		else
			printf("now      not known\n");
		if (set)
			printf("at boot  %s (%s)\n", boot, from);
		else
			printf("at boot  %llu (the default)\n",
			       (unsigned long long)p->usual);
	}
	if (!now.known)
		return say("%s/parameters/%s cannot be read: %s", MODULE,
			   p->name, path_exists(MODULE) ?
			   "this driver has no such parameter" :
			   "no driver is loaded");
	return DONE;
}

/* A limit that Xen does not let the domain reach is only a wrong promise. */
static void warn(const struct param *p, uint64_t value)
{
	if (p == &limit && value > USUAL_ENTRIES)
		say("warning: with Xen's default of 64 frames, this domain's "
		    "grant table has %u entries, or half of that if the kernel "
		    "uses version 2 of the table; see gntalloc(4), "
		    "XEN'S BOUNDS", USUAL_ENTRIES);
}

static int set_now(const struct param *p, uint64_t value)
{
	char path[128], text[32];
	int err;

	snprintf(path, sizeof(path), MODULE "/parameters/%s", p->name);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	err = path_write(path, text);
	if (err)
		return say("%s cannot be written: %s", path, strerror(-err));
	printf("now      %s\n", text);
	return DONE;
}

static int set_boot(const struct param *p, uint64_t value)
{
	char boot[BOOT_SIZE], from[512], text[32];
	int err = boot_set(p->name, value);

	if (err)
		return say("%s cannot be written: %s", BOOT_FILE,
			   strerror(-err));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	printf("at boot  %s (%s)\n", text, BOOT_FILE);
	if (boot_value(p->name, boot, from, sizeof(from)) && strcmp(boot, text))
		say("warning: %s has %s=%s, which takes precedence at boot",
		    from, p->name, boot);
	return DONE;
}

static int set(const struct param *p, const char *argument, bool boot)
{
	uint64_t value;
	int result = DONE;

	if (!text_number(argument, p->max, &value))
		return wrong(p->name, "%s is no number from 0 to %llu",
			     argument, (unsigned long long)p->max);
	warn(p, value);
	/* For the next boot, the driver need not be loaded now. */
	if (path_exists(MODULE) || !boot)
		result = set_now(p, value);
	if (boot && result == DONE)
		result = set_boot(p, value);
	return result;
}

static int run(const struct param *p, int argc, char **argv)
{
	static const struct option options[] = {
		{ "boot", no_argument, NULL, 'b' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool boot = false, json = false;
	int option;

	while ((option = getopt_long(argc, argv, "bjh", options, NULL)) >= 0) {
		switch (option) {
		case 'b':
			boot = true;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			print_usage(p);
			return DONE;
		default:
			return wrong(p->name, "wrong options");
		}
	}
	if (argc - optind > 1)
		return wrong(p->name, "%s is too much", argv[optind + 1]);
	if (optind == argc)
		return boot ? wrong(p->name, "--boot needs a number") :
			      show(p, json);
	if (json)
		return wrong(p->name, "--json is for showing it");
	return set(p, argv[optind], boot);
}

int command_limit(int argc, char **argv)
{
	return run(&limit, argc, argv);
}

int command_quota(int argc, char **argv)
{
	return run(&quota, argc, argv);
}

int command_headroom(int argc, char **argv)
{
	return run(&headroom, argc, argv);
}
