// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parameters that the module will get at the next boot: of the files that
 * modprobe.d(5) describes, and of the kernel's command line, which has
 * precedence.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* In the order of their precedence. */
static const char * const folders[] = {
	"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d",
	"/usr/lib/modprobe.d", "/lib/modprobe.d",
};

/* The file that this tool writes is not larger, and nor is any that it reads. */
#define FILE_SIZE	65536

/* One file, which hides those of the same name in later folders. */
struct conf {
	size_t folder;
	char name[256];
};

struct confs {
	struct conf *conf;
	size_t count;
};

static bool is_conf(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && length < 256 &&
	       !strcmp(name + length - 5, ".conf");
}

static void add_conf(struct confs *c, size_t folder, const char *name)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		if (!strcmp(c->conf[i].name, name))
			return;
	}
	c->conf = text_alloc(c->conf, c->count + 1, sizeof(*c->conf));
	c->conf[c->count].folder = folder;
	snprintf(c->conf[c->count].name, sizeof(c->conf[0].name), "%s", name);
	c->count++;
}

static int by_name(const void *a, const void *b)
{
	const struct conf *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static void find_confs(struct confs *c)
{
	struct dirent *entry;
	size_t i;
	DIR *dir;

	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		dir = path_dir(folders[i]);
		while (dir && (entry = readdir(dir))) {
			if (is_conf(entry->d_name))
				add_conf(c, i, entry->d_name);
		}
		if (dir)
			closedir(dir);
	}
	if (c->count)
		qsort(c->conf, c->count, sizeof(*c->conf), by_name);
}

/*
 * Read a whole file, which the caller frees. Returns NULL with errno if that is
 * not possible.
 */
static char *read_file(const char *path)
{
	FILE *file = path_open(path);
	size_t length;
	char *text;

	if (!file)
		return NULL;
	text = text_alloc(NULL, FILE_SIZE + 1, 1);
	length = fread(text, 1, FILE_SIZE, file);
	text[length] = '\0';
	if (ferror(file) || !feof(file) || strlen(text) != length) {
		errno = EFBIG;
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

/*
 * Take one logical line off the text, without its end. A backslash at the end of
 * a line joins it with the next one, which is done in place.
 */
static char *next_line(char **text)
{
	char *line = *text, *out, *in;

	if (!line || !*line)
		return NULL;
	for (in = out = line; *in && *in != '\n'; in++) {
		if (in[0] == '\\' && in[1] == '\n') {
			*out++ = ' ';
			in++;
		} else {
			*out++ = *in;
		}
	}
	*text = *in ? in + 1 : in;
	*out = '\0';
	return line;
}

#define BLANKS	" \t"

static bool is_module(const char *name, size_t length)
{
	/* modprobe(8) takes a dash and a line below for the same. */
	return length == 12 && !strncmp(name, "xen", 3) &&
	       strchr("-_", name[3]) && !strncmp(name + 4, "gntalloc", 8);
}

/* Where the options of our module begin in the line; NULL if it has none. */
static char *options_of(char *line)
{
	line += strspn(line, BLANKS);
	if (strncmp(line, "options", 7) || !strchr(BLANKS, line[7]))
		return NULL;
	line += 7;
	line += strspn(line, BLANKS);
	if (!is_module(line, strcspn(line, BLANKS)))
		return NULL;
	return line + 12;
}

/* Is the word @name=VALUE? Returns the value, or NULL. */
static const char *value_of(const char *word, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(word, name, length) && word[length] == '=' ?
	       word + length + 1 : NULL;
}

static bool find_value(char *text, const char *name, char value[BOOT_SIZE])
{
	char *line, *word, *rest;
	bool found = false;

	while ((line = next_line(&text))) {
		char *options = options_of(line);

		for (word = options ? strtok_r(options, BLANKS, &rest) : NULL;
		     word; word = strtok_r(NULL, BLANKS, &rest)) {
			const char *v = value_of(word, name);

			if (!v)
				continue;
			snprintf(value, BOOT_SIZE, "%s", v);
			found = true;
		}
	}
	return found;
}

static bool find_in_command_line(const char *name, char value[BOOT_SIZE])
{
	char *text = read_file("/proc/cmdline"), *word, *rest;
	bool found = false;

	for (word = text ? strtok_r(text, BLANKS "\n", &rest) : NULL; word;
	     word = strtok_r(NULL, BLANKS "\n", &rest)) {
		const char *v;

		if (!is_module(word, strcspn(word, ".")) || word[12] != '.')
			continue;
		v = value_of(word + 13, name);
		if (!v)
			continue;
		snprintf(value, BOOT_SIZE, "%s", v);
		found = true;
	}
	free(text);
	return found;
}

bool boot_value(const char *name, char value[BOOT_SIZE], char *from,
		size_t size)
{
	struct confs c = { .count = 0 };
	bool found = false;
	char path[512];
	size_t i;

	find_confs(&c);
	/* modprobe(8) passes on all options, and the kernel takes the last. */
	for (i = 0; i < c.count; i++) {
		char *text;

		snprintf(path, sizeof(path), "%s/%s", folders[c.conf[i].folder],
			 c.conf[i].name);
		text = read_file(path);
		if (text && find_value(text, name, value)) {
			snprintf(from, size, "%s", path);
			found = true;
		}
		free(text);
	}
	free(c.conf);
	if (find_in_command_line(name, value)) {
		snprintf(from, size, "/proc/cmdline");
		found = true;
	}
	if (found)
		text_clean(value);
	return found;
}

/* A text that grows. */
struct out {
	char *text;
	size_t length, room;
};

static void put(struct out *o, const char *text, size_t length)
{
	if (o->length + length + 1 > o->room) {
		o->room = (o->length + length + 1) * 2;
		o->text = text_alloc(o->text, o->room, 1);
	}
	memcpy(o->text + o->length, text, length);
	o->length += length;
	o->text[o->length] = '\0';
}

/*
 * Copy a line of options without those words that set @name. If nothing else is
 * left of it, the line is left out.
 */
static void put_others(struct out *o, const char *line, const char *options,
		       const char *name)
{
	size_t begin = o->length;
	bool any = false;

	put(o, line, (size_t)(options - line));
	while (*options) {
		size_t blanks = strspn(options, BLANKS);
		size_t length = strcspn(options + blanks, BLANKS);

		if (length && !value_of(options + blanks, name)) {
			put(o, options, blanks + length);
			any = true;
		}
		options += blanks + length;
	}
	if (any) {
		put(o, "\n", 1);
	} else {
		o->length = begin;
		o->text[begin] = '\0';
	}
}

int boot_set(const char *name, uint64_t value)
{
	char *old = read_file(BOOT_FILE), *rest = old, *line, ours[128];
	struct out o = { .length = 0 };
	int err = old ? 0 : -errno;

	if (err == -ENOENT) {
		static const char head[] =
			"# Written by gntshare(1): limit, quota, headroom with --boot.\n";

		put(&o, head, sizeof(head) - 1);
		err = 0;
	}
	if (err)
		return err;
	while (rest && *rest) {
		char *begin = rest, *copy, *options;
		size_t length;

		/* A line that stays has to stay as it is, joined or not. */
		copy = text_alloc(NULL, strlen(begin) + 1, 1);
		strcpy(copy, begin);
		line = next_line(&rest);
		length = (size_t)(rest - begin);
		options = options_of(line);
		if (options && strstr(options, name)) {
			put_others(&o, line, options, name);
		} else {
			put(&o, copy, length);
			if (copy[length - 1] != '\n')
				put(&o, "\n", 1);
		}
		free(copy);
	}
	snprintf(ours, sizeof(ours), "options xen-gntalloc %s=%llu\n", name,
		 (unsigned long long)value);
	put(&o, ours, strlen(ours));
	err = path_replace(BOOT_FILE, o.text);
	free(o.text);
	free(old);
	return err;
}
