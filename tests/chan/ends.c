// SPDX-License-Identifier: GPL-2.0-or-later
/* What many tests begin with: listeners, channels with both ends. */
#include "chan_test.h"

struct gntchan_listener *listen_to(uint32_t domid, size_t read_size,
				   size_t write_size)
{
	const struct gntchan_listen_options options = {
		.name = "test",
		.domids = &domid,
		.count = 1,
		.read_size = read_size,
		.write_size = write_size,
	};
	struct gntchan_listener *l = NULL;

	ck_assert_int_eq(gntchan_listen(&l, &options, sizeof(options)), 0);
	ck_assert_ptr_nonnull(l);
	return l;
}

void open_ends(struct ends *e, size_t read_size, size_t write_size)
{
	e->listener = listen_to(HERE, read_size, write_size);
	ck_assert_int_eq(gntchan_connect(&e->client, HERE, "test", 0), 0);
	e->page = page_of(OWN_PATH);
	ck_assert_int_eq(gntchan_accept(e->listener, &e->server, 0), 0);
	gntchan_set_timeout(e->client, 0);
	gntchan_set_timeout(e->server, 0);
}

void close_ends(struct ends *e)
{
	gntchan_close(e->client);
	gntchan_close(e->server);
	gntchan_listener_close(e->listener);
}

struct vchan_interface *page_of(const char *path)
{
	char node[128];

	snprintf(node, sizeof(node), "%s/ring-ref", path);
	ck_assert_ptr_nonnull(fake_node(node));
	return fake_page((uint32_t)atoi(fake_node(node)));
}
