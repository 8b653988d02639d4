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
"usage: gntshare share --to DOM (--pages N | --file F | --stdin) [--write]\n"
"                      [--name KEY] [--hold | --seconds S]\n"
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
"  -w, --write           the peer may write to them\n"
"  -k, --name KEY        announce them in xenstore, for gntshare map --name\n"
"  -H, --hold            the end of standard input does not end it\n"
"  -S, --seconds S       end after S seconds, and not before\n"
"  -u, --until-released  in the end, wait until the peer holds none of them\n"
"  -j, --json            each line of the output is an object of JSON\n";

/* What the options ask for. @pages: 0 if they do not ask for a number */
struct choice {
	const char *to, *file;
	uint64_t pages;
	bool input, write;
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
	char *domid = store_read("domid");
	uint64_t number;
	bool known = text_number(domid, FIRST_RESERVED - 1, &number);

	if (s->json) {
		struct json_object *o = json_object_new_object();
		struct figure figure = { .known = known, .value = number };

		json_add_text(o, "state", "shared");
		json_add_figure(o, "domid", figure);
		json_add_text(o, "grefs", grefs);
		json_add_number(o, "size", size);
		json_add_text(o, "name", s->key);
		print_json_line(o);
	} else {
		if (known)
			printf("domid %s\n", domid);
		printf("grefs %s\nsize %zu\n", grefs, size);
		if (s->key)
			printf("name %s\n", s->key);
	}
	fflush(stdout);
	free(domid);
}

/* Tell the peer of the region, by the output and by xenstore. */
static int announce(struct sharing *s, size_t size, bool write)
{
	size_t pages = gntshare_region_pages(s->region);
	size_t room = GNTSHARE_GREFS_TEXT_SIZE(pages);
	char *grefs = text_alloc(NULL, room, 1);
	const struct announcement a = {
		.key = s->key, .peer = s->peer, .grefs = grefs, .size = size,
		.writable = write,
	};
	int err;

	err = gntshare_grefs_format(gntshare_region_grefs(s->region), pages,
				    grefs, room);
	if (!err && s->key) {
		err = store_announce(&a);
		if (err)
			say("data/gntshare/%s of xenstore cannot be written: %s",
			    s->key, strerror(-err));
	}
	if (!err)
		print_grefs(s, grefs, size);
	free(grefs);
	return err ? FAILED : DONE;
}

static int run(const struct choice *c, struct sharing *s)
{
	struct content content = { .size = 0 };
	int err, result = find_content(c, &content);

	if (result) {
		free(content.bytes);
		return result;
	}
	serve_catch_signals();
	err = gntshare_open(&s->share, NULL);
	if (err)
		goto out;
	err = gntshare_region_share(s->share, &s->region, s->peer,
				    (content.size - 1) / PAGE + 1,
				    c->write ? GNTSHARE_WRITABLE : 0);
	if (err)
		goto out_close;
	if (content.bytes)
		memcpy(gntshare_region_address(s->region), content.bytes,
		       content.size);
	s->id = gntshare_region_id(s->region);
	result = announce(s, content.size, c->write);
	if (result == DONE)
		result = serve(s);
out_close:
	gntshare_close(s->share);
out:
	free(content.bytes);
	if (err)
		return say("cannot share: %s", text_error(err));
	return result;
}

static int check(const struct choice *c, struct sharing *s)
{
	if (!c->to)
		return wrong("share", "--to is missing");
	if (!!c->pages + !!c->file + c->input != 1)
		return wrong("share", "one of --pages, --file and --stdin is needed");
	if (s->hold && s->seconds)
		return wrong("share", "either --hold or --seconds");
	if (c->input && !s->hold && !s->seconds)
		return wrong("share", "--stdin needs --hold or --seconds");
	if (s->key && !store_key_is_right(s->key))
		return wrong("share", "a KEY has at most 64 letters, digits, - and _");
	if (!names_find_domain(c->to, &s->peer))
		return wrong("share", "%s is no id of a domain, and xenstore knows no such name",
			     c->to);
	return run(c, s);
}

int command_share(int argc, char **argv)
{
	static const struct option options[] = {
		{ "to", required_argument, NULL, 't' },
		{ "pages", required_argument, NULL, 'n' },
		{ "file", required_argument, NULL, 'f' },
		{ "stdin", no_argument, NULL, 'i' },
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

	while ((option = getopt_long(argc, argv, "t:n:f:iwk:HS:ujh", options,
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
			if (!text_number(optarg, 1000000000, &s.seconds) ||
			    !s.seconds)
				return wrong("share", "%s is no number of seconds",
					     optarg);
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
