// SPDX-License-Identifier: GPL-2.0-or-later
/* The names of domains, users and processes. */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

/* A name that was looked up already. */
struct known {
	struct known *next;
	uint32_t number;
	char name[64];
};

/*
 * Find the name of @number in the list, or make room for it. Returns true if it
 * was there.
 */
static bool find(struct known **list, uint32_t number, struct known **out)
{
	struct known *k;

	for (k = *list; k; k = k->next) {
		if (k->number == number) {
			*out = k;
			return true;
		}
	}
	k = text_alloc(NULL, 1, sizeof(*k));
	k->next = *list;
	k->number = number;
	*list = k;
	*out = k;
	return false;
}

const char *names_domain(uint32_t domid)
{
	static struct known *list;
	struct known *k;
	char path[64], *text;

	if (domid == NO_DOMID)
		return "-";
	if (find(&list, domid, &k))
		return k->name;
	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	text = store_read(path);
	snprintf(k->name, sizeof(k->name), "%s", text && *text ? text : "-");
	text_clean(k->name);
	free(text);
	return k->name;
}

int names_check_owner(uint32_t domid)
{
	char type[32];
	uint64_t self;

	if (store_domid(&self) && self == domid &&
	    !path_line("/sys/hypervisor/guest_type", type, sizeof(type)) &&
	    strcmp(type, "PV"))
		return say("a PVH or HVM domain must not map pages of its own");
	return DONE;
}

const char *names_user(uint32_t uid)
{
	static struct known *list;
	struct passwd *user;
	struct known *k;

	if (find(&list, uid, &k))
		return k->name;
	user = getpwuid((uid_t)uid);
	if (user)
		snprintf(k->name, sizeof(k->name), "%s", user->pw_name);
	else
		snprintf(k->name, sizeof(k->name), "%u", uid);
	text_clean(k->name);
	return k->name;
}

static bool names_find_domain(const char *text, uint32_t *domid)
{
	uint64_t value;

	if (text_number(text, FIRST_RESERVED - 1, &value)) {
		*domid = (uint32_t)value;
		return true;
	}
	return store_find(text, domid);
}

int names_parse_domain(const char *command, const char *text, uint32_t *domid)
{
	if (names_find_domain(text, domid))
		return DONE;
	return wrong(command, "%s is no id of a domain, and xenstore knows no such name",
		     text);
}

const char *names_split(const char *command, const char *text,
			char domain[DOMAIN_SIZE])
{
	const char *colon = strrchr(text, ':');

	if (!colon || colon == text || (size_t)(colon - text) >= DOMAIN_SIZE) {
		wrong(command, "%s is not DOM:NAME", text);
		return NULL;
	}
	memcpy(domain, text, (size_t)(colon - text));
	domain[colon - text] = '\0';
	return colon + 1;
}

/*
 * For how many seconds the process has existed. Its name in the file is between
 * brackets, and may itself have brackets and blanks, so the last one counts.
 */
static bool process_age(uint32_t pid, uint64_t *age)
{
	double uptime, started;
	char path[64], text[1024], *rest;
	int field;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	if (path_line(path, text, sizeof(text)))
		return false;
	rest = strrchr(text, ')');
	for (field = 2; rest && field < 22; field++)
		rest = strchr(rest + 1, ' ');
	if (!rest)
		return false;
	started = strtod(rest, NULL) / (double)sysconf(_SC_CLK_TCK);
	if (path_line("/proc/uptime", text, sizeof(text)))
		return false;
	uptime = strtod(text, NULL);
	*age = uptime > started ? (uint64_t)(uptime - started) : 0;
	return true;
}

/* The process that was asked for last: the rows of one process are many. */
static struct {
	bool valid, exists, has_age;
	uint32_t pid;
	uint64_t age;
	char name[64];
} last;

void names_forget(void)
{
	last.valid = false;
}

static void look_up(uint32_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	last.pid = pid;
	last.exists = !path_line(path, last.name, sizeof(last.name));
	last.has_age = last.exists && process_age(pid, &last.age);
	last.valid = true;
	if (last.exists)
		text_clean(last.name);
}

bool names_process(uint32_t pid, uint64_t age, char *text, size_t size)
{
	if (!last.valid || last.pid != pid)
		look_up(pid);
	/* Both ages are whole seconds, and were not taken at the same time. */
	if (!last.exists || (last.has_age && last.age + 2 < age))
		return false;
	snprintf(text, size, "%s", last.name);
	return true;
}
