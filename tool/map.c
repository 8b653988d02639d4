// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare map: map what another domain shares. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
"usage: gntshare map --from DOM (GREFS | --name KEY) [--write] [--size BYTES]\n"
"                    [--hexdump | --to-file F | --hold]\n"
"\n"
"Map pages that the domain DOM shares with this one, and show them.\n"
"\n"
"  -F, --from DOM     the owner: the id of a domain or, where xenstore tells\n"
"                     it, the domain's name\n"
"  GREFS              the grefs, such as 8-71,80\n"
"  -k, --name KEY     what gntshare share --name has announced in xenstore\n"
"  -w, --write        map the pages for writing, which the owner must permit\n"
"  -s, --size BYTES   show only the first bytes\n"
"  -x, --hexdump      show them as numbers, which is the default\n"
"  -o, --to-file F    write them to the file F; - is standard output\n"
"  -H, --hold         keep the pages mapped until the end of standard input,\n"
"                     or a signal\n";

/*
 * Pages that one call maps, at most. It is the usual bound of xen-gntdev, and
 * no text of another domain can make this program ask for more memory.
 */
#define MOST_PAGES	65536u

/* What the options ask for. @size: 0 for all of the pages */
struct choice {
	const char *from, *grefs, *key, *file;
	uint32_t owner;
	uint64_t size;
	bool write, hexdump, hold;
};

/* Print a line of 16 bytes or less. */
static void print_line(uint64_t offset, const unsigned char *bytes,
		       size_t count)
{
	size_t i;

	printf("%08llx ", (unsigned long long)offset);
	for (i = 0; i < 16; i++) {
		if (i < count)
			printf("%s%02x", i == 8 ? "  " : " ", bytes[i]);
		else
			printf("%s  ", i == 8 ? "  " : " ");
	}
	fputs("  |", stdout);
	for (i = 0; i < count; i++)
		putchar(bytes[i] < 0x7f && isprint(bytes[i]) ? bytes[i] : '.');
	puts("|");
}

/* Lines that are the same as the one before are one line, "*". */
static void hexdump(const unsigned char *bytes, size_t size)
{
	bool starred = false;
	size_t i;

	for (i = 0; i < size; i += 16) {
		size_t count = size - i < 16 ? size - i : 16;

		if (i && count == 16 && !memcmp(bytes + i, bytes + i - 16, 16)) {
			if (!starred)
				puts("*");
			starred = true;
			continue;
		}
		starred = false;
		print_line(i, bytes + i, count);
	}
	printf("%08zx\n", size);
}

static int write_file(const char *name, const char *bytes, size_t size)
{
	int fd = STDOUT_FILENO, err = 0;

	if (strcmp(name, "-"))
		fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return say("%s cannot be opened: %s", name, strerror(errno));
	while (size && !err) {
		ssize_t done = write(fd, bytes, size);

		if (done < 0) {
			err = errno;
		} else {
			bytes += done;
			size -= (size_t)done;
		}
	}
	if (fd != STDOUT_FILENO && close(fd) && !err)
		err = errno;
	return err ? say("%s cannot be written: %s", name, strerror(err)) : DONE;
}

/* The owner can change the pages meanwhile, so a copy of them is shown. */
static int show(const struct choice *c, const void *address, size_t size)
{
	char *copy = text_alloc(NULL, size, 1);
	int result = DONE;

	memcpy(copy, address, size);
	if (c->file)
		result = write_file(c->file, copy, size);
	else
		hexdump((unsigned char *)copy, size);
	free(copy);
	return result;
}

static int map(const struct choice *c, const uint32_t *grefs, size_t count)
{
	size_t size = count * PAGE;
	struct gntshare_mapping *mapping;
	struct gntshare_mapper *mapper;
	int err, result = DONE;

	if (c->size && c->size < size)
		size = (size_t)c->size;
	if (names_check_owner(c->owner))
		return FAILED;
	signals_catch();
	err = gntshare_mapper_open(&mapper, NULL);
	if (err)
		return say("/dev/xen/gntdev cannot be opened: %s",
			   strerror(-err));
	err = gntshare_mapping_create(mapper, &mapping, c->owner, grefs, count,
				      c->write ? GNTSHARE_WRITABLE : 0);
	if (err) {
		gntshare_mapper_close(mapper);
		return say("cannot map: %s", err == -EINVAL ?
			   "Xen refused a gref: its page is not granted to this "
			   "domain, or only for reading, or there are too many "
			   "mappings" :
			   strerror(-err));
	}
	if (c->hold) {
		printf("mapped %zu pages of domain %u\n", count, c->owner);
		fflush(stdout);
		serve_until_signal();
	} else {
		result = show(c, gntshare_mapping_address(mapping), size);
	}
	err = gntshare_mapper_close(mapper);
	if (err)
		return say("cannot unmap: %s", strerror(-err));
	return result;
}

static int parse_and_map(const struct choice *c, const char *text)
{
	uint32_t *grefs;
	size_t count;
	int result;

	/* The first pass only counts, and stops a text that means too many. */
	if (gntshare_grefs_parse(text, NULL, 0, &count))
		return c->key ? say("what domain %u has announced is no list of grefs",
				    c->owner) :
				wrong("map", "%s is no list of grefs", text);
	if (count > MOST_PAGES)
		return say("%zu pages are more than %u", count, MOST_PAGES);
	grefs = text_alloc(NULL, count, sizeof(*grefs));
	result = gntshare_grefs_parse(text, grefs, count, &count) ?
		 FAILED : map(c, grefs, count);
	free(grefs);
	return result;
}

static int find_and_map(struct choice *c)
{
	struct announcement a;
	int result;

	if (!c->key)
		return parse_and_map(c, c->grefs);
	if (!store_announced(c->owner, c->key, &a))
		return say("xenstore has no data/gntshare/%s of domain %u that "
			   "this domain may read", c->key, c->owner);
	if (!c->size)
		c->size = a.size;
	if (c->write && !a.writable)
		result = say("domain %u shares this for reading only",
			     c->owner);
	else
		result = parse_and_map(c, a.grefs);
	free(a.grefs);
	return result;
}

static int check(struct choice *c)
{
	if (!c->from)
		return wrong("map", "--from is missing");
	if (!c->key == !c->grefs)
		return wrong("map", "either GREFS or --name is needed");
	if (c->hexdump + !!c->file + c->hold > 1)
		return wrong("map", "only one of --hexdump, --to-file and --hold");
	if (c->key && !store_key_is_right(c->key))
		return wrong("map", "a KEY has at most 64 letters, digits, - and _");
	if (names_parse_domain("map", c->from, &c->owner))
		return WRONG;
	return find_and_map(c);
}

int command_map(int argc, char **argv)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'F' },
		{ "name", required_argument, NULL, 'k' },
		{ "write", no_argument, NULL, 'w' },
		{ "size", required_argument, NULL, 's' },
		{ "hexdump", no_argument, NULL, 'x' },
		{ "to-file", required_argument, NULL, 'o' },
		{ "hold", no_argument, NULL, 'H' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct choice c = { .size = 0 };
	int option;

	while ((option = getopt_long(argc, argv, "F:k:ws:xo:Hh", options,
				     NULL)) >= 0) {
		switch (option) {
		case 'F':
			c.from = optarg;
			break;
		case 'k':
			c.key = optarg;
			break;
		case 'w':
			c.write = true;
			break;
		case 's':
			if (!text_number(optarg, SIZE_MAX, &c.size) || !c.size)
				return wrong("map", "%s is no number of bytes",
					     optarg);
			break;
		case 'x':
			c.hexdump = true;
			break;
		case 'o':
			c.file = optarg;
			break;
		case 'H':
			c.hold = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return DONE;
		default:
			return wrong("map", "wrong options");
		}
	}
	if (optind < argc)
		c.grefs = argv[optind++];
	if (optind < argc)
		return wrong("map", "%s is too much", argv[optind]);
	return check(&c);
}
