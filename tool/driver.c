// SPDX-License-Identifier: GPL-2.0-or-later
/* Which driver there is, its figures, and which of its bounds are near. */
#include <string.h>
#include <sys/utsname.h>

#include "tool.h"

static const char * const bounds[BOUNDS] = {
	[BOUND_LIMIT]		= "limit",
	[BOUND_QUOTA]		= "quota",
	[BOUND_RESTRICTION]	= "restriction",
	[BOUND_HEADROOM]	= "headroom",
	[BOUND_TABLE]		= "table",
};

const char *driver_bound(int bound)
{
	return bounds[bound];
}

/* Is a driver of this name a part of the kernel that runs? */
static bool is_built_in(void)
{
	struct utsname name;
	char path[256], line[256];
	bool found = false;
	FILE *file;

	/* The kernel has these folders only for what has parameters. */
	if (path_exists(MODULE))
		return !path_exists(MODULE "/initstate");
	if (uname(&name))
		return false;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin",
		 name.release);
	file = path_open(path);
	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, "/xen-gntalloc.ko");
	if (file)
		fclose(file);
	return found;
}

static void read_kind(struct driver *d)
{
	d->built_in = is_built_in();
	if (!path_line(MODULE "/version", d->version, sizeof(d->version)))
		d->kind = DRIVER_OURS;
	else if (path_exists(MODULE) || path_exists(CLASS))
		d->kind = DRIVER_LINUX;
	text_clean(d->version);
}

/* Where the caller may not open the device, these files tell most figures. */
static void read_files(struct driver *d)
{
	char path[128];
	int i;

	d->limit = path_figure(MODULE "/parameters/limit");
	d->quota = path_figure(MODULE "/parameters/quota");
	d->headroom = path_figure(MODULE "/parameters/headroom");
	d->pages = path_figure(CLASS "/pages");
	d->entries = path_figure(CLASS "/entries");
	d->draining = path_figure(CLASS "/draining");
	for (i = 0; i < BOUNDS; i++) {
		snprintf(path, sizeof(path), CLASS "/hits/%s", bounds[i]);
		d->hits[i] = path_figure(path);
		snprintf(path, sizeof(path), CLASS "/last_hit/%s", bounds[i]);
		d->last[i] = path_figure(path);
	}
}

static struct figure known(uint64_t value)
{
	return (struct figure){ .known = true, .value = value };
}

/* All of these figures are of the same moment, which those of files are not. */
static void read_info(struct driver *d)
{
	struct gntshare_info info;
	struct gntshare *share;

	d->open_error = gntshare_open(&share, NULL);
	if (d->open_error)
		return;
	if (!gntshare_info(share, &info, sizeof(info)) && info.features) {
		d->features = info.features;
		d->limit = known(info.limit);
		d->quota = known(info.quota);
		d->headroom = known(info.headroom);
		d->pages = known(info.pages);
		d->entries = known(info.entries);
		d->draining = known(info.draining);
		d->user_pages = known(info.user_pages);
		d->user_entries = known(info.user_entries);
	}
	gntshare_close(share);
}

void driver_read(struct driver *d)
{
	memset(d, 0, sizeof(*d));
	read_kind(d);
	read_files(d);
	read_info(d);
	/* A device of another name than the usual one is still a driver. */
	if (d->kind == DRIVER_NONE && !d->open_error)
		d->kind = d->features ? DRIVER_OURS : DRIVER_LINUX;
}

static uint64_t larger(struct figure a, struct figure b)
{
	if (!a.known || (b.known && b.value > a.value))
		a = b;
	return a.known ? a.value : 0;
}

/* How much of the bound is in use, in percent; 0 if that is not known. */
static unsigned int used_percent(const struct driver *d, int bound)
{
	struct figure most = bound == BOUND_LIMIT ? d->limit : d->quota;
	uint64_t used;

	if (bound == BOUND_LIMIT)
		used = larger(d->pages, d->entries);
	else if (bound == BOUND_QUOTA)
		used = larger(d->user_pages, d->user_entries);
	else
		return 0;
	/* A quota of 0 is none, and with a limit of 0 nobody wants to share. */
	if (!most.known || !most.value)
		return 0;
	return used >= most.value ? 100 : (unsigned int)(used * 100 /
							 most.value);
}

static const char * const cures[BOUNDS] = {
	[BOUND_LIMIT] =
		"`gntshare list` shows who holds pages, and `gntshare limit N` "
		"sets another limit",
	[BOUND_QUOTA] =
		"`gntshare list` shows who holds pages, and `gntshare quota N` "
		"sets another quota for each user",
	[BOUND_RESTRICTION] =
		"a program has passed on a descriptor with a bound of its own, "
		"which only that program can choose differently",
	[BOUND_HEADROOM] =
		"the grant table is full, except for what is left to disks and "
		"networks; `gntshare list` shows who holds entries, and a larger table needs max_grant_frames, see "
		"gntalloc(4), XEN'S BOUNDS",
	[BOUND_TABLE] =
		"the grant table is full; `gntshare list` shows who holds entries, "
		"and a larger one needs max_grant_frames, see gntalloc(4), XEN'S "
		"BOUNDS",
};

bool driver_advice(const struct driver *d, int bound, uint64_t now,
		   char text[ADVICE_SIZE])
{
	unsigned int percent = used_percent(d, bound);
	struct figure hits = d->hits[bound], last = d->last[bound];

	if (hits.known && hits.value && last.known && last.value &&
	    now < last.value + 3600)
		snprintf(text, ADVICE_SIZE,
			 "%s: calls were refused in the last hour; %s.",
			 bounds[bound], cures[bound]);
	else if (percent > 80)
		snprintf(text, ADVICE_SIZE, "%s: %u %% are in use; %s.",
			 bounds[bound], percent, cures[bound]);
	else
		return false;
	return true;
}
