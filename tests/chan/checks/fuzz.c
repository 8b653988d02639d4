// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer against one side of a channel: the input is the page that a client
 * finds, and then what the other side writes between the calls of this side.
 * Whatever it is, each call returns what it may return, and nothing is left.
 */
#include <stdio.h>

#include "../chan_test.h"

#define RING	4096u

/*
 * In place of libcheck's function: no test is running that could fail. As it does not
 * return there, so it must not here.
 */
void _ck_assert_failed(const char *file, int line, const char *expr,
		       const char *msg, ...)
{
	(void)msg;
	fprintf(stderr, "%s:%d: %s\n", file, line, expr);
	abort();
}

void _mark_point(const char *file, int line)
{
	(void)file;
	(void)line;
}

static const uint8_t *input;
static size_t left;

static uint32_t take(size_t bytes)
{
	uint32_t value = 0;

	while (bytes-- && left) {
		value = value << 8 | *input++;
		left--;
	}
	return value;
}

/* What the other side writes. */
static void spoil(struct vchan_interface *page)
{
	uint32_t what = take(1), value = take(what & 0x80 ? 4 : 1);
	uint32_t *numbers[] = {
		&page->left.cons, &page->left.prod, &page->right.cons,
		&page->right.prod,
	};
	uint8_t *bytes[] = {
		&page->cli_live, &page->srv_live, &page->cli_notify,
		&page->srv_notify,
	};

	if (what & 0x40)
		*bytes[what & 3] = (uint8_t)value;
	else if (what & 0x20)
		*numbers[what & 3] += value;
	else
		*numbers[what & 3] = value;
}

static void may_be(ssize_t result, ssize_t most)
{
	switch (result) {
	case -EAGAIN:
	case -EPROTO:
	case -EPIPE:
		return;
	default:
		if (result < 0 || result > most)
			abort();
	}
}

static void use(struct gntchan *c)
{
	static char buffer[3 * RING];
	size_t size = take(2) % sizeof(buffer);
	const void *bytes;
	void *room;
	ssize_t got;

	switch (take(1) % 4) {
	case 0:
		may_be(gntchan_read(c, buffer, size), (ssize_t)size);
		break;
	case 1:
		may_be(gntchan_write(c, buffer, size), (ssize_t)size);
		break;
	case 2:
		got = gntchan_peek(c, &bytes);
		may_be(got, 2 << 20);
		if (got > 0) {
			/* Each of them can be read. */
			memcpy(buffer, bytes, (size_t)got < sizeof(buffer) ?
			       (size_t)got : sizeof(buffer));
			if (gntchan_consume(c, (size_t)got))
				abort();
		}
		break;
	default:
		got = gntchan_reserve(c, &room);
		may_be(got, 2 << 20);
		if (got > 0) {
			memset(room, 1, (size_t)got);
			if (gntchan_commit(c, (size_t)got))
				abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gntchan_listener *l;
	struct vchan_interface *page;
	struct gntchan *client = NULL, *server = NULL;
	int err;

	input = data;
	left = size;
	fake_begin(HERE);
	l = listen_to(HERE, RING, RING);
	page = page_of(OWN_PATH);
	/* Some pages are spoilt from the start. */
	if (take(1) & 1) {
		page->left_order = (uint16_t)take(1);
		page->right_order = (uint16_t)take(1);
		page->left.prod = take(2);
		page->right.prod = take(2);
		page->cli_live = (uint8_t)take(1);
	}
	err = gntchan_connect(&client, HERE, "test", 0);
	if (err && err != -EPROTO && err != -ECONNREFUSED && err != -EINVAL)
		abort();
	if (!gntchan_accept(l, &server, 0))
		gntchan_set_timeout(server, 0);
	gntchan_set_timeout(client, 0);
	while (left) {
		spoil(page);
		if (client)
			use(client);
		if (server)
			use(server);
	}
	gntchan_close(client);
	gntchan_close(server);
	gntchan_listener_close(l);
	fake_end();
	return 0;
}
