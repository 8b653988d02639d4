// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The functions of libxenstore that the tool uses, on files below the root: the
 * node /a/b is the file xenstore/a/b, and xenstore/a/b.perms has its permissions.
 * There are no real transactions, and a watch tells ten times a second that
 * something may have changed. A domain exists unless the file
 * xenstore/gone/DOMID does.
 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <xenstore.h>

#include "tool_test.h"

void (*on_domid)(void);

static int failure;
static int only_handle;

void fail_xenstore(int err)
{
	failure = err;
}

static bool fails(void)
{
	errno = failure;
	return failure;
}

/* A path that does not begin with a slash is below the domain's own folder. */
static const char *path_of(const char *path)
{
	static char text[PATH_MAX];

	if (*path == '/')
		snprintf(text, sizeof(text), "/xenstore%s", path);
	else
		snprintf(text, sizeof(text), "/xenstore/local/domain/4/%s",
			 path);
	return text;
}

struct xs_handle *xs_open(unsigned long flags)
{
	(void)flags;
	return fails() ? NULL : (struct xs_handle *)&only_handle;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
	      unsigned int *len)
{
	char real[PATH_MAX];
	const char *text;
	struct stat st;

	(void)h;
	(void)t;
	if (!strcmp(path, "domid") && on_domid)
		on_domid();
	snprintf(real, sizeof(real), "%s%s", getenv("GNTSHARE_TEST_ROOT"),
		 path_of(path));
	if (fails() || stat(real, &st) || !S_ISREG(st.st_mode))
		return NULL;
	text = get_file(path_of(path));
	*len = (unsigned int)st.st_size;
	return strdup(text);
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path,
	      const void *data, unsigned int len)
{
	(void)h;
	(void)t;
	/* A daemon does not take more from a domain. */
	if (len > 2000) {
		errno = E2BIG;
		return false;
	}
	if (fails())
		return false;
	put_file(path_of(path), "%.*s", (int)len, (const char *)data);
	return true;
}

bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	(void)h;
	(void)t;
	(void)path;
	return !fails();
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	(void)h;
	(void)t;
	if (fails())
		return false;
	remove_file(path_of(path));
	errno = ENOENT;
	return false;
}

bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t,
			const char *path, struct xs_permissions *perms,
			unsigned int count)
{
	char text[PATH_MAX + 8];

	(void)h;
	(void)t;
	if (fails() || count != 2)
		return false;
	snprintf(text, sizeof(text), "%s.perms", path_of(path));
	put_file(text, "%u:%d %u:%d", perms[0].id, (int)perms[0].perms,
		 perms[1].id, (int)perms[1].perms);
	return true;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	(void)h;
	return fails() ? XBT_NULL : 1;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	(void)h;
	(void)t;
	(void)abort;
	return true;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
		    unsigned int *count)
{
	char real[PATH_MAX], *text;
	struct dirent *entry;
	char **list;
	DIR *dir;

	(void)h;
	(void)t;
	snprintf(real, sizeof(real), "%s%s", getenv("GNTSHARE_TEST_ROOT"),
		 path_of(path));
	dir = fails() ? NULL : opendir(real);
	if (!dir)
		return NULL;
	/* One block of memory, as the library returns it. */
	list = calloc(1, 8192);
	text = (char *)list + 1024;
	*count = 0;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		list[(*count)++] = text;
		text += sprintf(text, "%s", entry->d_name) + 1;
	}
	closedir(dir);
	return list;
}

static int timer = -1;

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
	static const struct itimerspec often = {
		.it_value = { .tv_nsec = 1 },
		.it_interval = { .tv_nsec = 100000000 },
	};

	(void)h;
	(void)path;
	(void)token;
	if (fails())
		return false;
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	return !timerfd_settime(timer, 0, &often, NULL);
}

int xs_fileno(struct xs_handle *h)
{
	(void)h;
	return timer;
}

char **xs_check_watch(struct xs_handle *h)
{
	uint64_t count;

	(void)h;
	/* One block of memory for each event. */
	return read(timer, &count, sizeof(count)) > 0 ? calloc(1, 16) : NULL;
}

bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid)
{
	char path[64];
	struct stat st;

	(void)h;
	snprintf(path, sizeof(path), "/xenstore/gone/%u", domid);
	return path_stat(path, &st);
}
