// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare top: the table of list, again and again. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
"usage: gntshare top [--interval S] [--sort KEY] [--batch N]\n"
"\n"
"Show who holds what, again every 2 seconds. The key q ends it.\n"
"\n"
"  -i, --interval S  every S seconds, from 1 to 3600\n"
"  -s, --sort KEY    sort by another column than pages, see gntshare list\n"
"  -b, --batch N     print the table N times and end, for scripts\n";

/* What the options ask for. @batch: 0 if they do not ask for it */
struct choice {
	uint64_t interval, batch;
	const char *key;
};

static void figure(const char *name, struct figure f)
{
	if (f.known)
		printf("  %s %llu", name, (unsigned long long)f.value);
}

static void print_head(void)
{
	time_t now = time(NULL);
	struct driver d;
	struct tm tm;
	char text[32];

	driver_read(&d);
	strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&now, &tm));
	fputs(text, stdout);
	figure("limit", d.limit);
	figure("pages", d.pages);
	figure("entries", d.entries);
	figure("draining", d.draining);
	fputs("\n\n", stdout);
}

/* How many rows fit on the screen below its head. */
static size_t rows_of_screen(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 6)
		return 20;
	return size.ws_row - 4u;
}

static int show(const struct choice *c, size_t most)
{
	struct holders h;
	int err = holders_read(&h, false);

	if (err)
		return say("/proc cannot be read: %s", strerror(-err));
	holders_sort(&h, c->key);
	print_head();
	list_print(&h, most);
	holders_free(&h);
	return fflush(stdout) ? FAILED : DONE;
}

static int64_t next_time(const struct choice *c)
{
	return now_ns() + (int64_t)c->interval * SECOND;
}

static int run_batch(const struct choice *c)
{
	uint64_t i;
	int result = DONE;

	for (i = 0; i < c->batch && !signals_came() && result == DONE; i++) {
		if (i) {
			putchar('\n');
			signals_poll(NULL, 0, next_time(c));
		}
		result = show(c, SIZE_MAX);
	}
	return result;
}

/* Wait for the interval, or for the key q. Returns true if that is the end. */
static bool wait_for_key(const struct choice *c)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char key;

	if (signals_poll(&in, 1, next_time(c)) <= 0)
		return false;
	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q';
}

static int run_screen(const struct choice *c)
{
	struct termios old, raw;
	int result = DONE;

	if (tcgetattr(STDIN_FILENO, &old))
		return say("standard input is no terminal; use --batch N");
	raw = old;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	while (!signals_came() && result == DONE) {
		/* To the first line, and clear what is there. */
		fputs("\033[H\033[2J", stdout);
		result = show(c, rows_of_screen());
		if (result == DONE && wait_for_key(c))
			break;
	}
	tcsetattr(STDIN_FILENO, TCSANOW, &old);
	return result;
}

static bool key_exists(const char *key)
{
	struct holders none = { .count = 0 };

	return holders_sort(&none, key);
}

static int run(const struct choice *c)
{
	/* The terminal has to be as it was in the end. */
	signals_catch();
	return c->batch ? run_batch(c) : run_screen(c);
}

int command_top(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'i' },
		{ "sort", required_argument, NULL, 's' },
		{ "batch", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct choice c = { .interval = 2, .key = "pages" };
	int option;

	while ((option = getopt_long(argc, argv, "i:s:b:h", options, NULL)) >=
	       0) {
		switch (option) {
		case 'i':
			if (!text_number(optarg, 3600, &c.interval) ||
			    !c.interval)
				return wrong("top", "%s is no interval",
					     optarg);
			break;
		case 's':
			c.key = optarg;
			break;
		case 'b':
			if (!text_number(optarg, UINT32_MAX, &c.batch) ||
			    !c.batch)
				return wrong("top", "%s is no number of times",
					     optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			return DONE;
		default:
			return wrong("top", "wrong options");
		}
	}
	if (optind < argc)
		return wrong("top", "%s is too much", argv[optind]);
	if (!key_exists(c.key))
		return wrong("top", "there is no key %s; there are %s", c.key,
			     HOLDERS_KEYS);
	return run(&c);
}
