// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare check: is this machine able to share? */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
"usage: gntshare check [--json]\n"
"\n"
"Check whether this machine, and the caller, can share memory with another\n"
"domain. Each \"no\" has a cure. The exit code is 1 if sharing cannot work.\n"
"\n"
"  -j, --json  as JSON\n";

/*
 * The answers so far.
 *
 * @json: the list of them, or NULL if they are printed
 * @able: nothing was found that makes it impossible to share
 */
struct answers {
	struct json_object *json;
	bool able;
};

/*
 * @needed: without it sharing cannot work
 * @cure: for a "no", what to do; it may be NULL
 */
static void answer(struct answers *a, bool yes, bool needed, const char *what,
		   const char *found, const char *cure)
{
	if (needed && !yes)
		a->able = false;
	if (a->json) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "what", what);
		json_add_bool(o, "ok", yes);
		json_add_bool(o, "needed", needed);
		json_add_text(o, "found", found);
		json_add_text(o, "cure", yes ? NULL : cure);
		json_object_array_add(a->json, o);
		return;
	}
	printf("%-4s %s: %s\n", yes ? "yes" : needed ? "no" : "note", what,
	       found);
	if (!yes && cure)
		printf("     %s\n", cure);
}

static void check_guest(struct answers *a)
{
	char type[32] = "";
	bool yes;

	path_line("/sys/hypervisor/type", type, sizeof(type));
	yes = !strcmp(type, "xen");
	answer(a, yes, true, "Xen domain", yes ? "yes" : "no",
	       "Only a domain of Xen can share memory: start this system as one.");
}

static void check_driver(struct answers *a, const struct driver *d)
{
	char found[80];

	if (d->kind == DRIVER_NONE) {
		answer(a, false, true, "driver", "none is loaded",
		       "Run modprobe xen-gntalloc. For that, gntalloc-dkms has to be installed, "
		       "or the kernel built with CONFIG_XEN_GRANT_DEV_ALLOC.");
	} else if (d->kind == DRIVER_OURS) {
		snprintf(found, sizeof(found), "the module of gntalloc-dkms, %s",
			 d->version);
		answer(a, true, true, "driver", found, NULL);
	} else {
		answer(a, true, true, "driver", d->built_in ?
		       "that of Linux, built into the kernel" :
		       "that of Linux", NULL);
		answer(a, false, false, "native level", "not there",
		       d->built_in ?
		       "To have it, use a kernel with CONFIG_XEN_GRANT_DEV_ALLOC=m, "
		       "and gntalloc-dkms." :
		       "To have it, install gntalloc-dkms, and run "
		       "modprobe -r xen-gntalloc; modprobe xen-gntalloc.");
	}
}

/* Who may open a device, as ls shows it. */
static void owners(const struct stat *st, char *text, size_t size)
{
	struct group *group = getgrgid(st->st_gid);
	char name[32];

	if (group)
		snprintf(name, sizeof(name), "%s", group->gr_name);
	else
		snprintf(name, sizeof(name), "%u", (unsigned int)st->st_gid);
	snprintf(text, size, "mode %04o, user %s, group %s",
		 (unsigned int)(st->st_mode & 07777), names_user(st->st_uid),
		 name);
}

static void check_node(struct answers *a, const char *path, const char *purpose,
		       bool needed, const char *missing, const char *denied)
{
	char what[96], who[128], found[256];
	struct stat st;
	int err = path_stat(path, &st);

	snprintf(what, sizeof(what), "%s, %s", path, purpose);
	if (err) {
		answer(a, false, needed, what, "does not exist", missing);
		return;
	}
	owners(&st, who, sizeof(who));
	err = path_access(path, R_OK | W_OK);
	snprintf(found, sizeof(found), "%s (%s)",
		 err ? "you may not open it" : "you may open it", who);
	answer(a, !err, needed, what, found, denied);
}

static void check_nodes(struct answers *a)
{
	static const char rule[] =
		"Be root, or add a rule of udev: gntshare(7), PERMISSIONS, has one.";

	check_node(a, "/dev/xen/gntalloc", "to share", true,
		   "Load the driver: modprobe xen-gntalloc.",
		   "Be root, or a member of the group gntalloc; this holds from the next login on.");
	check_node(a, "/dev/xen/gntdev", "to map", false,
		   "Load the driver: modprobe xen-gntdev.", rule);
	check_node(a, "/dev/xen/evtchn", "for event channels", false,
		   "Load the driver: modprobe xen-evtchn.", rule);
	check_node(a, "/dev/xen/xenbus", "for xenstore", false,
		   "Load the driver: modprobe xenfs, or mount a devtmpfs on /dev.",
		   rule);
}

static void check_group(struct answers *a)
{
	bool member;
	gid_t gid;

	if (path_group("gntalloc", &gid, &member)) {
		answer(a, false, false, "group gntalloc", "does not exist",
		       "Only root can open the device; gntalloc-dkms creates the group.");
		return;
	}
	answer(a, member || !geteuid(), false, "group gntalloc",
	       member ? "you are a member" :
	       geteuid() ? "you are no member" :
	       "you are no member, and as root need not be",
	       "As root, run adduser USER gntalloc; this holds from the user's next login on.");
}

/* May more be had, of pages as of entries, than there is already? */
static void check_room(struct answers *a, const char *what, struct figure most,
		       struct figure pages, struct figure entries,
		       const char *cure)
{
	uint64_t used = pages.value > entries.value ? pages.value :
						      entries.value;
	char found[80];

	snprintf(found, sizeof(found), "%llu of %llu are in use",
		 (unsigned long long)used, (unsigned long long)most.value);
	answer(a, used < most.value, true, what, found, cure);
}

static void check_bounds(struct answers *a, const struct driver *d)
{
	uint64_t now = (uint64_t)time(NULL);
	char advice[ADVICE_SIZE];
	int i;

	for (i = 0; i < BOUNDS; i++) {
		if (driver_advice(d, i, now, advice))
			answer(a, false, false, "bound", driver_bound(i),
			       advice);
	}
	/* With a limit of 0, or when it is reached, no page can be shared. */
	if (d->limit.known && d->pages.known && d->entries.known)
		check_room(a, "limit", d->limit, d->pages, d->entries,
			   "Set a larger one: gntshare limit N.");
	if (d->quota.known && d->quota.value && d->user_pages.known)
		check_room(a, "your quota", d->quota, d->user_pages,
			   d->user_entries,
			   "Set a larger one: gntshare quota N.");
}

static int run(bool json)
{
	struct answers a = {
		.json = json ? json_object_new_array() : NULL,
		.able = true,
	};
	struct driver d;

	driver_read(&d);
	check_guest(&a);
	check_driver(&a, &d);
	check_nodes(&a);
	check_group(&a);
	if (d.kind != DRIVER_NONE)
		check_bounds(&a, &d);
	if (json) {
		struct json_object *o = json_object_new_object();

		json_add_bool(o, "able", a.able);
		json_object_object_add(o, "answers", a.json);
		print_json(o);
	} else {
		printf("%s\n", a.able ? "Sharing can work here." :
		       "Sharing cannot work here.");
	}
	return a.able ? DONE : FAILED;
}

int command_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "jh", options, NULL)) >= 0) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return DONE;
		default:
			return wrong("check", "wrong options");
		}
	}
	if (optind < argc)
		return wrong("check", "%s is too much", argv[optind]);
	return run(json);
}
