// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare share: share memory with another domain. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
"usage: gntshare share --to DOM\n"
"                      (--pages N | --file F | --stdin | --memfd-of PID:FD)\n"
"                      [--write] [--name KEY] [--hold | --seconds S]\n"
"                      [--until-released] [--json]\n"
"\n"
"Share pages with the domain DOM, and print their grefs. Then read commands\n"
"from standard input, one in each line, until its end: revoke, destroy,\n"
"wait [SECONDS], status, quit. In the end, the pages are revoked and destroyed.\n"
"\n"
"  -t, --to DOM          the peer: the id of a domain or, where xenstore tells\n"
"                        it, the domain's name\n"
"  -n, --pages N         N pages that are zero\n"
"  -f, --file F          pages with the contents of the file F\n"
"  -i, --stdin           pages with what standard input has, instead of\n"
"                        commands; needs --hold or --seconds\n"
"  -m, --memfd-of PID:FD the pages of a file in memory, which the process PID\n"
"                        has open as FD: nothing is copied\n"
"  -w, --write           the peer may write to them\n"
"  -k, --name KEY        announce them in xenstore, for gntshare map --name\n"
"  -H, --hold            the end of standard input does not end it\n"
"  -S, --seconds S       end after S seconds, and not before\n"
"  -u, --until-released  in the end, wait until the peer holds none of them\n"
"  -j, --json            each line of the output is an object of JSON\n";

/*
 * What the options ask for.
 *
 * @pages: 0 if they do not ask for a number
 * @path: where the file @memfd is found
 */
struct choice {
	const char *to, *file, *memfd;
	uint64_t pages;
	bool input, write;
	char path[64];
};

/* What the pages will have, which is @size bytes. */
struct content {
	char *bytes;
	size_t size;
};

/* Read all of a file, whatever kind it is. Returns FAILED after a message. */
static int read_content(struct content *c, int fd, const char *name)
{
	size_t room = 0;
	ssize_t got;

	do {
		if (c->size == room) {
			room = room ? room * 2 : 65536;
			c->bytes = text_alloc(c->bytes, room, 1);
		}
		got = read(fd, c->bytes + c->size, room - c->size);
		if (got > 0)
			c->size += (size_t)got;
	} while (got > 0);
	if (got < 0)
		return say("%s cannot be read: %s", name, strerror(errno));
	return c->size ? DONE : say("%s is empty", name);
}

static int find_content(const struct choice *c, struct content *content)
{
	int fd, result;

	if (c->input)
		return read_content(content, STDIN_FILENO, "standard input");
	if (!c->file) {
		content->size = (size_t)c->pages * PAGE;
		return DONE;
	}
	fd = open(c->file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return say("%s cannot be opened: %s", c->file, strerror(errno));
	result = read_content(content, fd, c->file);
	close(fd);
	return result;
}

/* Print what the peer has to be told. */
static void print_grefs(const struct sharing *s, const char *grefs, size_t size)
{
	struct figure domid = { .value = 0 };

	domid.known = store_domid(&domid.value);
	if (s->json) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "state", "shared");
		json_add_figure(o, "domid", domid);
		json_add_text(o, "grefs", grefs);
		json_add_number(o, "size", size);
		json_add_text(o, "name", s->key);
		print_json_line(o);
	} else {
		if (domid.known)
			printf("domid %llu\n",
			       (unsigned long long)domid.value);
		printf("grefs %s\nsize %zu\n", grefs, size);
		if (s->key)
			printf("name %s\n", s->key);
	}
	fflush(stdout);
}

/* Tell the peer of the region, by the output and by xenstore. */
static int announce(struct sharing *s, const uint32_t *grefs, size_t size,
		    bool write)
{
	size_t pages = gntshare_region_pages(s->region);
	size_t room = GNTSHARE_GREFS_TEXT_SIZE(pages);
	const struct announcement a = {
		.grefs = text_alloc(NULL, room, 1), .size = size,
		.writable = write,
	};
	int err;

	err = gntshare_grefs_format(grefs, pages, a.grefs, room);
	if (!err && s->key) {
		err = store_announce(s->key, s->peer, &a);
		if (err)
			say("data/gntshare/%s of xenstore cannot be written: %s",
			    s->key, strerror(-err));
	}
	if (!err)
		print_grefs(s, a.grefs, size);
	free(a.grefs);
	return err ? FAILED : DONE;
}

/* Tell the peer, and do what standard input says. */
static int announce_and_serve(struct sharing *s, const uint32_t *grefs,
			      size_t size, bool write)
{
	int result;

	s->id = gntshare_region_id(s->region);
	result = announce(s, grefs, size, write);
	return result == DONE ? serve(s) : result;
}

/* Share new pages, into which the content is copied. */
static int share_content(const struct choice *c, struct sharing *s,
			 const struct content *content)
{
	int err;

	err = gntshare_region_share(s->share, &s->region, s->peer,
				    (content->size - 1) / PAGE + 1,
				    c->write ? GNTSHARE_WRITABLE : 0);
	if (err)
		return say("cannot share: %s", text_error(err));
	if (content->bytes)
		memcpy(gntshare_region_address(s->region), content->bytes,
		       content->size);
	return announce_and_serve(s, gntshare_region_grefs(s->region),
				  content->size, c->write);
}

/* Share the pages of a file in memory, which is open as @fd. */
static int share_memfd(const struct choice *c, struct sharing *s, int fd)
{
	unsigned int flags = c->write ? GNTSHARE_WRITABLE : 0;
	uint32_t *grefs;
	struct stat st;
	size_t pages;
	int err, result = FAILED;

	if (fstat(fd, &st) || st.st_size <= 0)
		return say("%s is empty", c->path);
	pages = ((size_t)st.st_size - 1) / PAGE + 1;
	err = gntshare_region_from_memfd(s->share, &s->region, fd, 0, pages,
					 GNTSHARE_ANY_OFFSET, flags);
	if (err)
		return say("%s cannot be shared: %s", c->path,
			   text_error(err));
	grefs = text_alloc(NULL, pages, sizeof(*grefs));
	err = gntshare_region_grant(s->region, 0, pages, s->peer, flags, grefs);
	if (err)
		say("cannot share: %s", text_error(err));
	else
		result = announce_and_serve(s, grefs, (size_t)st.st_size,
					    c->write);
	free(grefs);
	return result;
}

/* Find the file PID:FD in /proc. Returns false if the text is something else. */
static bool find_memfd(struct choice *c)
{
	const char *colon = strchr(c->memfd, ':');
	uint64_t pid, fd;
	char text[16];

	if (!colon || colon - c->memfd >= (int)sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)(colon - c->memfd), c->memfd);
	if (!text_number(text, INT32_MAX, &pid) ||
	    !text_number(colon + 1, INT32_MAX, &fd))
		return false;
	snprintf(c->path, sizeof(c->path), "/proc/%u/fd/%u", (unsigned int)pid,
		 (unsigned int)fd);
	return true;
}

static int open_memfd(const struct choice *c, int *out)
{
	int fd = path_fd(c->path, c->write ? O_RDWR : O_RDONLY);

	if (fd < 0)
		return say("%s cannot be opened: %s", c->path, strerror(-fd));
	*out = fd;
	return DONE;
}

static int run(const struct choice *c, struct sharing *s)
{
	struct content content = { .size = 0 };
	int fd = -1, err, result;

	result = c->memfd ? open_memfd(c, &fd) : find_content(c, &content);
	if (result)
		goto out;
	signals_catch();
	err = gntshare_open(&s->share, NULL);
	if (err) {
		result = say("cannot share: %s", text_error(err));
		goto out;
	}
	result = c->memfd ? share_memfd(c, s, fd) :
			    share_content(c, s, &content);
	gntshare_close(s->share);
out:
	if (fd >= 0)
		close(fd);
	free(content.bytes);
	return result;
}

static int check(struct choice *c, struct sharing *s)
{
	if (!c->to)
		return wrong("share", "--to is missing");
	if (!!c->pages + !!c->file + !!c->memfd + c->input != 1)
		return wrong("share", "one of --pages, --file, --memfd-of and --stdin is needed");
	if (c->memfd && !find_memfd(c))
		return wrong("share", "%s is not PID:FD", c->memfd);
	if (s->hold && s->seconds)
		return wrong("share", "either --hold or --seconds");
	if (c->input && !s->hold && !s->seconds)
		return wrong("share", "--stdin needs --hold or --seconds");
	if (s->key && !store_key_is_right(s->key))
		return wrong("share", "a KEY has at most 64 letters, digits, - and _");
	if (names_parse_domain("share", c->to, &s->peer))
		return WRONG;
	return run(c, s);
}

int command_share(int argc, char **argv)
{
	static const struct option options[] = {
		{ "to", required_argument, NULL, 't' },
		{ "pages", required_argument, NULL, 'n' },
		{ "file", required_argument, NULL, 'f' },
		{ "stdin", no_argument, NULL, 'i' },
		{ "memfd-of", required_argument, NULL, 'm' },
		{ "write", no_argument, NULL, 'w' },
		{ "name", required_argument, NULL, 'k' },
		{ "hold", no_argument, NULL, 'H' },
		{ "seconds", required_argument, NULL, 'S' },
		{ "until-released", no_argument, NULL, 'u' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct sharing s = { .id = 0 };
	struct choice c = { .pages = 0 };
	int option;

	while ((option = getopt_long(argc, argv, "t:n:f:im:wk:HS:ujh", options,
				     NULL)) >= 0) {
		switch (option) {
		case 't':
			c.to = optarg;
			break;
		case 'n':
			if (!text_number(optarg, SIZE_MAX / PAGE / 2,
					 &c.pages) || !c.pages)
				return wrong("share", "%s is no number of pages",
					     optarg);
			break;
		case 'f':
			c.file = optarg;
			break;
		case 'i':
			c.input = true;
			break;
		case 'm':
			c.memfd = optarg;
			break;
		case 'w':
			c.write = true;
			break;
		case 'k':
			s.key = optarg;
			break;
		case 'H':
			s.hold = true;
			break;
		case 'S':
			if (!text_seconds("share", optarg, &s.seconds))
				return WRONG;
			break;
		case 'u':
			s.until_released = true;
			break;
		case 'j':
			s.json = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return DONE;
		default:
			return wrong("share", "wrong options");
		}
	}
	if (optind < argc)
		return wrong("share", "%s is too much", argv[optind]);
	return check(&c, &s);
}
