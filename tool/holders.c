// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who holds what. Root reads it from the driver's files in debugfs, which have
 * each region. Others read it from /proc/PID/fdinfo of their own processes,
 * which have the sums of each open file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static struct holder *add_row(struct holders *h)
{
	/* The room doubles whenever the count is a power of two. */
	if (!(h->count & (h->count - 1)))
		h->rows = text_alloc(h->rows, h->count ? h->count * 2 : 1,
				     sizeof(*h->rows));
	memset(&h->rows[h->count], 0, sizeof(*h->rows));
	h->rows[h->count].domid = NO_DOMID;
	return &h->rows[h->count++];
}

static bool small_number(const struct table *t, const char *name, uint32_t *out)
{
	uint64_t value;

	if (!table_number(t, name, UINT32_MAX, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

/* A peer is a number, or a dash for pages that are granted to nobody. */
static bool read_domid(const char *text, uint32_t *domid)
{
	uint64_t value;

	if (text && !strcmp(text, "-"))
		return true;
	if (!text_number(text, UINT16_MAX, &value))
		return false;
	*domid = (uint32_t)value;
	return true;
}

static bool read_row(const struct table *t, struct holder *r)
{
	const char *kind = table_field(t, "kind");
	const char *comm = table_field(t, "comm");
	char name[64];

	if (!table_number(t, "file", UINT64_MAX, &r->file) ||
	    !small_number(t, "uid", &r->uid) ||
	    !small_number(t, "opener", &r->pid) ||
	    !table_number(t, "id", UINT64_MAX, &r->id) ||
	    !table_number(t, "pages", UINT64_MAX, &r->pages) ||
	    !table_number(t, "live", UINT64_MAX, &r->live.value) ||
	    !table_number(t, "age", UINT64_MAX, &r->age) ||
	    !read_domid(table_field(t, "domid"), &r->domid) ||
	    !table_number(t, "readonly", UINT64_MAX, &r->readonly) ||
	    !table_number(t, "writable", UINT64_MAX, &r->writable) ||
	    !table_number(t, "draining", UINT64_MAX, &r->draining) || !kind)
		return false;
	r->live.known = true;
	/* Where nothing drains there is no time. */
	table_number(t, "for", UINT64_MAX, &r->since);
	table_decode(kind, r->kind, sizeof(r->kind));
	table_decode(comm ? comm : "", r->command, sizeof(r->command));
	if (names_process(r->pid, r->age, name, sizeof(name)))
		snprintf(r->command, sizeof(r->command), "%s", name);
	else
		r->gone = true;
	return true;
}

static int read_debugfs(struct holders *h, const char *path)
{
	struct table t;
	int err = table_open(&t, path);

	if (err)
		return err;
	while (table_next(&t)) {
		if (!read_row(&t, add_row(h))) {
			h->count--;
			h->skipped++;
		}
	}
	h->skipped += t.skipped;
	h->regions = true;
	h->sizes = true;
	table_close(&t);
	return 0;
}

/* One line of a file in fdinfo: what follows @name, or NULL. */
static char *value_of(char *line, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(line, name, length) || line[length] != ':')
		return NULL;
	line += length + 1;
	return line + strspn(line, " \t");
}

/* Read "5 readonly=0 writable=64 draining=3 for=12", in which more can follow. */
static bool read_peer(char *text, struct holder *r)
{
	char *rest, *word = strtok_r(text, " ", &rest);

	if (!read_domid(word, &r->domid))
		return false;
	while ((word = strtok_r(NULL, " ", &rest))) {
		struct {
			const char *name;
			uint64_t *value;
		} known[] = {
			{ "readonly", &r->readonly },
			{ "writable", &r->writable },
			{ "draining", &r->draining },
			{ "for", &r->since },
		};
		char *equals = strchr(word, '=');
		size_t i;

		if (!equals)
			continue;
		*equals = '\0';
		for (i = 0; i < ARRAY_SIZE(known); i++) {
			if (!strcmp(word, known[i].name) &&
			    !text_number(equals + 1, UINT64_MAX,
					 known[i].value))
				return false;
		}
	}
	return true;
}

/* A line of fdinfo is a sum of the open file, or a peer, which gets a row. */
static void read_fdinfo_line(struct holders *h, char *line, struct holder *sums)
{
	uint64_t uid;
	char *value;

	value = value_of(line, "gntalloc-file");
	if (value)
		text_number(value, UINT64_MAX, &sums->file);

	value = value_of(line, "gntalloc-uid");
	if (value && text_number(value, UINT32_MAX, &uid))
		sums->uid = (uint32_t)uid;

	value = value_of(line, "gntalloc-pages");
	if (value) {
		/* The bound of a restricted file may follow. */
		value[strcspn(value, " ")] = '\0';
		text_number(value, UINT64_MAX, &sums->pages);
	}

	value = value_of(line, "gntalloc-peer");
	if (value && !read_peer(value, add_row(h))) {
		h->count--;
		h->skipped++;
	}
}

/* One descriptor that may be of the device: each of its peers gets a row. */
static void read_fdinfo(struct holders *h, FILE *file, bool is_device,
			const struct holder *process)
{
	struct holder sums = *process;
	size_t first = h->count, i;
	char line[512];

	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		read_fdinfo_line(h, line, &sums);
	}
	is_device |= sums.file;
	h->sizes |= sums.file;
	/* Several processes, or descriptors, can have the same open file. */
	for (i = 0; i < first && sums.file; i++) {
		if (h->rows[i].file == sums.file)
			is_device = false;
	}
	if (!is_device) {
		h->count = first;
		return;
	}
	if (h->count == first)
		add_row(h);
	for (i = first; i < h->count; i++) {
		struct holder *r = &h->rows[i];

		r->file = sums.file;
		r->uid = sums.uid;
		r->pages = sums.pages;
		r->pid = sums.pid;
		memcpy(r->command, sums.command, sizeof(r->command));
	}
}

/* All descriptors of one process, as far as the caller may see them. */
static void read_process(struct holders *h, const char *pid)
{
	struct holder process = { .domid = NO_DOMID };
	char path[128], link[64], folder[64];
	struct dirent *entry;
	uint64_t number;
	struct stat st;
	DIR *dir;

	if (!text_number(pid, UINT32_MAX, &number))
		return;
	process.pid = (uint32_t)number;
	snprintf(folder, sizeof(folder), "/proc/%u", process.pid);
	if (!path_stat(folder, &st))
		process.uid = st.st_uid;
	snprintf(path, sizeof(path), "%s/fdinfo", folder);
	dir = path_dir(path);
	if (!dir)
		return;
	names_process(process.pid, 0, process.command,
		      sizeof(process.command));
	while ((entry = readdir(dir))) {
		FILE *file;

		if (!text_number(entry->d_name, INT32_MAX, &number))
			continue;
		snprintf(path, sizeof(path), "%s/fd/%d", folder, (int)number);
		path_link(path, link, sizeof(link));
		snprintf(path, sizeof(path), "%s/fdinfo/%d", folder,
			 (int)number);
		file = path_open(path);
		if (!file)
			continue;
		read_fdinfo(h, file, !strcmp(link, "/dev/xen/gntalloc"),
			    &process);
		fclose(file);
	}
	closedir(dir);
}

static int read_processes(struct holders *h)
{
	DIR *dir = path_dir("/proc");
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		read_process(h, entry->d_name);
	closedir(dir);
	return 0;
}

int holders_read(struct holders *h, bool drains)
{
	size_t in, out = 0;
	int err;

	memset(h, 0, sizeof(*h));
	names_forget();
	err = drains ? read_debugfs(h, DEBUG "/draining") : -ENOENT;
	/* What does not drain is left out below, wherever it comes from. */
	if (err)
		err = read_debugfs(h, DEBUG "/regions");
	if (err)
		err = read_processes(h);
	for (in = 0; drains && in < h->count; in++) {
		if (h->rows[in].draining)
			h->rows[out++] = h->rows[in];
	}
	if (drains)
		h->count = out;
	return err;
}

void holders_free(struct holders *h)
{
	free(h->rows);
	memset(h, 0, sizeof(*h));
}
