// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Bytes from one program to another in a different domain, by a ring in a page
 * that both can write to, and an event channel. The owner of the page sends its
 * input:
 *
 *	ring PEER			prints what the peer needs
 *	ring OWNER GREF PORT		prints what comes
 *
 * cc ring.c $(pkg-config --cflags --libs gntshare) -lxenevtchn
 *
 * Use libgntchan instead of this, if you can; see gntchan(7). The rules for
 * memory that somebody else may change at any time hold for both: what the other
 * side writes is read once, and checked; from then on only the copy is used. What
 * this side writes is never read there. And the other side may end at any time. If
 * its whole domain is destroyed, no event tells that: a real program also watches
 * xenstore, as libgntchan does.
 */
#include <errno.h>
#include <gntshare.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenevtchn.h>

#define SIZE	2048u /* a power of two */

/*
 * The numbers count bytes, modulo 2^32. The last two bytes are 1 as long as that
 * side is there: its driver makes it 0, however the program ends. The peer's is
 * AWAITED at first.
 */
struct page {
	uint32_t sent;		/* only the owner writes it */
	uint32_t received;	/* only the peer writes it */
	char bytes[SIZE];
	uint8_t owner_is_there, peer_is_there;
};

#define AWAITED	2
#define END	(GNTSHARE_NOTIFY_CLEAR_BYTE | GNTSHARE_NOTIFY_SEND_EVENT)

static struct page *page;
static xenevtchn_handle *evtchn;
static xenevtchn_port_or_error_t port;

/*
 * What is read after these was written before them by the other side, and what
 * was done before publish() is seen there.
 */
#define read_once(number)	__atomic_load_n(&(number), __ATOMIC_ACQUIRE)

#define publish(number, value)						\
do {									\
	__atomic_store_n(&(number), value, __ATOMIC_RELEASE);		\
	xenevtchn_notify(evtchn, port);					\
} while (0)

/* Sleep until the other side has done something, or its program has ended. */
static int sleep_once(void)
{
	xenevtchn_port_or_error_t pending = xenevtchn_pending(evtchn);

	return pending < 0 ? -errno : xenevtchn_unmask(evtchn, pending);
}

/* Wait until there is room for so many bytes. */
static int await_room(uint32_t sent, uint32_t count)
{
	for (;;) {
		uint8_t is_there = read_once(page->peer_is_there);
		uint32_t waiting = sent - read_once(page->received);

		if (waiting > SIZE)
			return -EPROTO;
		if (!is_there)
			return -EPIPE;
		if (SIZE - waiting >= count)
			return 0;
		if (sleep_once())
			return -EIO;
	}
}

static int send_input(void)
{
	uint32_t sent = 0, i;
	char bytes[SIZE];
	ssize_t count;
	int err;

	while ((count = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0) {
		err = await_room(sent, (uint32_t)count);
		if (err)
			return err;
		for (i = 0; i < (uint32_t)count; i++)
			page->bytes[(sent + i) % SIZE] = bytes[i];
		sent += (uint32_t)count;
		publish(page->sent, sent);
	}
	return count < 0 ? -errno : 0;
}

static int print_all(void)
{
	uint32_t received = 0, sent, i;
	uint8_t is_there;

	for (;;) {
		/* This first: what was sent before the end is seen after it. */
		is_there = read_once(page->owner_is_there);
		sent = read_once(page->sent);
		if (sent - received > SIZE)
			return -EPROTO;
		for (i = received; i != sent; i++)
			putchar(page->bytes[i % SIZE]);
		fflush(stdout);
		if (sent != received) {
			received = sent;
			publish(page->received, received);
		} else if (!is_there) {
			return 0;
		} else if (sleep_once()) {
			return -EIO;
		}
	}
}

static int own(unsigned int peer)
{
	struct gntshare_region *region;
	struct gntshare *share;
	int err = gntshare_open(&share, NULL);

	if (!err)
		err = gntshare_region_share(share, &region, peer, 1,
					    GNTSHARE_WRITABLE);
	if (err)
		return err;
	port = xenevtchn_bind_unbound_port(evtchn, peer);
	if (port < 0)
		return -errno;
	page = (struct page *)gntshare_region_address(region);
	page->owner_is_there = 1;
	page->peer_is_there = AWAITED;
	err = gntshare_region_notify(region,
				     offsetof(struct page, owner_is_there),
				     END, port);
	printf("%u %d\n", gntshare_region_grefs(region)[0], port);
	fflush(stdout);
	if (!err)
		err = send_input();
	/* The peer keeps the page until it lets go of it. */
	gntshare_close(share);
	return err;
}

static int join(unsigned int owner, uint32_t gref, uint32_t remote)
{
	struct gntshare_mapping *mapping;
	struct gntshare_mapper *mapper;
	int err = gntshare_mapper_open(&mapper, NULL);

	if (!err)
		err = gntshare_mapping_create(mapper, &mapping, owner, &gref, 1,
					      GNTSHARE_WRITABLE);
	if (err)
		return err;
	port = xenevtchn_bind_interdomain(evtchn, owner, remote);
	if (port < 0)
		return -errno;
	page = (struct page *)gntshare_mapping_address(mapping);
	err = gntshare_mapping_notify(mapping,
				      offsetof(struct page, peer_is_there),
				      END, port);
	publish(page->peer_is_there, 1);
	if (!err)
		err = print_all();
	gntshare_mapper_close(mapper);
	return err;
}

int main(int argc, char **argv)
{
	unsigned int other = argc > 1 ? atoi(argv[1]) : 0;
	int err = -ENODEV;

	evtchn = xenevtchn_open(NULL, 0);
	if (evtchn && argc > 3)
		err = join(other, strtoul(argv[2], NULL, 10), atoi(argv[3]));
	else if (evtchn)
		err = own(other);
	if (err)
		fprintf(stderr, "ring: %s\n", strerror(-err));
	return err ? 1 : 0;
}
