// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A frontend of a disk, as a program: it talks with the backend of a kernel, such
 * as xen-blkback in dom0, and copies the disk:
 *
 *	block_frontend PATH read >file
 *	block_frontend PATH write <file		then has it written to the disk
 *
 * PATH is where the frontend's keys are in xenstore, and where the toolstack has
 * made "backend" and "backend-id". Its last part is the number of the disk. For a
 * disk of `xl block-attach` it is device/vbd/NUMBER, if the kernel's own frontend
 * does not use it:
 *
 *	echo vbd-NUMBER >/sys/bus/xen/drivers/vbd/unbind
 *
 *	cc block_frontend.c $(pkg-config --cflags --libs gntshare) -lxenevtchn \
 *		-lxenstore
 *
 * The protocol is in Xen's public headers xen/io/blkif.h and xen/io/ring.h. Up to
 * 16 requests of up to 128 KB are on their way at a time, in up to two rings.
 * What the backend may write to is read once, and checked.
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <gntshare.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xenevtchn.h>
#include <xenstore.h>
#include <xen/io/protocols.h>
#include <xen/io/xenbus.h>
#include <xen/io/blkif.h>

#define PAGE		4096u
/*
 * The unit in requests, and of "sectors", as Linux's backend has it, whatever the
 * "sector-size" of the disk is. (The header says that it is the latter.)
 */
#define SECTOR		512u
#define SECTORS		(PAGE / SECTOR)
#define QUEUES		2u
#define DEPTH		8u	/* requests of a queue, fewer than a ring has */
#define RING_SLOTS	32u	/* of a page */
#define SEGMENTS	32u	/* pages of a request */
#define WAIT_MS		10000
#define NEVER		-1

/* The pages of a queue: the ring, lists of segments, and what is read or written. */
#define LIST(slot)	(1 + (slot))
#define DATA(slot)	(1 + DEPTH + (slot) * SEGMENTS)
#define QUEUE_PAGES	DATA(DEPTH)

/*
 * @ring: in the shared page; req_prod is only written there, and rsp_prod only
 *	read by collect()
 * @busy: which slots have a request that has not been answered
 */
struct queue {
	struct gntshare_region *region;
	const uint32_t *grefs;
	char *memory;
	blkif_sring_t *ring;
	xenevtchn_port_or_error_t port;
	uint32_t req_prod, rsp_cons;
	int busy[DEPTH];
};

static struct queue queues[QUEUES];
static unsigned int queue_count, segments;
static struct gntshare *share;
static xenevtchn_handle *evtchn;
static struct xs_handle *xs;
static const char *frontend;
static char *backend;
static unsigned int backend_domid;

/* Keys in xenstore. A number that is not there is 0. */

static unsigned long read_number(const char *folder, const char *key)
{
	unsigned long number;
	char path[256], *text;

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	text = (char *)xs_read(xs, XBT_NULL, path, NULL);
	number = text ? strtoul(text, NULL, 10) : 0;
	free(text);
	return number;
}

static int write_text(const char *key, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", frontend, key);
	return xs_write(xs, XBT_NULL, path, text, strlen(text)) ? 0 : -errno;
}

static int write_number(const char *key, unsigned long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", number);
	return write_text(key, text);
}

static int set_state(enum xenbus_state state)
{
	return write_number("state", state);
}

static enum xenbus_state backend_state(void)
{
	return (enum xenbus_state)read_number(backend, "state");
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until then the backend has to do what is waited for, whatever else it does. */
static int64_t deadline(void)
{
	return now_ms() + WAIT_MS;
}

/*
 * Wait until something has happened: an event, a change of the backend's state, or
 * input, if @input is not -1; but not after @end, if that is not NEVER. Returns 1 if
 * there is input, 0 if not, or an error.
 */
static int await_any(int input, int64_t end)
{
	int64_t left = end == NEVER ? -1 : end - now_ms();
	struct pollfd fds[3];
	xenevtchn_port_or_error_t port;
	int i, count;
	char **watch;

	fds[0].fd = xs_fileno(xs);
	fds[1].fd = xenevtchn_fd(evtchn);
	fds[2].fd = input;
	for (i = 0; i < 3; i++) {
		fds[i].events = POLLIN;
		fds[i].revents = 0;
	}
	if (end != NEVER && left <= 0)
		return -ETIMEDOUT;
	count = poll(fds, 3, (int)left);
	if (count < 0)
		return -errno;
	if (fds[0].revents) {
		watch = xs_check_watch(xs);
		free(watch);
	}
	if (fds[1].revents) {
		port = xenevtchn_pending(evtchn);
		if (port < 0 || xenevtchn_unmask(evtchn, port))
			return -errno;
	}
	return !!fds[2].revents;
}

/* The backend has to reach that state. If it is beyond, it has gone. */
static int await_state(enum xenbus_state state)
{
	const int64_t end = deadline();
	enum xenbus_state now;
	int err = 0;

	while (!err && (now = backend_state()) != state) {
		if (now > state || (!now && state > XenbusStateInitWait))
			return -ECONNRESET;
		err = await_any(-1, end);
	}
	return err;
}

static int is_connected(void)
{
	return backend_state() == XenbusStateConnected;
}

/* Rings */

static int open_queue(struct queue *q)
{
	int err;

	err = gntshare_region_share(share, &q->region, backend_domid,
				    QUEUE_PAGES, GNTSHARE_WRITABLE);
	if (err)
		return err;
	q->grefs = gntshare_region_grefs(q->region);
	q->memory = (char *)gntshare_region_address(q->region);
	q->ring = (blkif_sring_t *)q->memory;
	q->ring->req_event = 1;
	q->ring->rsp_event = 1;
	q->port = xenevtchn_bind_unbound_port(evtchn, backend_domid);
	return q->port < 0 ? -errno : 0;
}

/* With one queue, the keys are where they were before there could be more. */
static int announce_queue(unsigned int i)
{
	char folder[24] = "", key[64];
	int err;

	if (queue_count > 1)
		snprintf(folder, sizeof(folder), "queue-%u/", i);
	snprintf(key, sizeof(key), "%sring-ref", folder);
	err = write_number(key, queues[i].grefs[0]);
	if (err)
		return err;
	snprintf(key, sizeof(key), "%sevent-channel", folder);
	return write_number(key, (unsigned long)queues[i].port);
}

static int await_other_than(enum xenbus_state state)
{
	const int64_t end = deadline();
	int err = 0;

	while (!err && backend_state() == state)
		err = await_any(-1, end);
	return err;
}

/* The backend unmaps all when it closes. */
static void disconnect(void)
{
	set_state(XenbusStateClosing);
	await_other_than(XenbusStateConnected);
	set_state(XenbusStateClosed);
	await_other_than(XenbusStateClosing);
}

static void forget(const char *key)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", frontend, key);
	xs_rm(xs, XBT_NULL, path);
}

/* A backend that is closed begins anew when its frontend does. */
static int connect_backend(void)
{
	unsigned int i, most;
	char path[256];
	int err;

	snprintf(path, sizeof(path), "%s/state", backend);
	if (!xs_watch(xs, path, "state"))
		return -errno;
	/* An earlier frontend may have ended without a word. */
	if (backend_state() >= XenbusStateInitialised)
		disconnect();
	err = set_state(XenbusStateInitialising);
	if (!err)
		err = await_other_than(XenbusStateClosed);
	if (!err)
		err = await_state(XenbusStateInitWait);
	if (err)
		return err;

	most = read_number(backend, "multi-queue-max-queues");
	queue_count = most < 1 ? 1 : most < QUEUES ? most : QUEUES;
	most = read_number(backend, "feature-max-indirect-segments");
	segments = most < SEGMENTS ? BLKIF_MAX_SEGMENTS_PER_REQUEST : SEGMENTS;
	/* What an earlier frontend has said of its rings does not hold any more. */
	forget("ring-page-order");
	if (read_number(backend, "multi-queue-max-queues"))
		err = write_number("multi-queue-num-queues", queue_count);
	for (i = 0; i < queue_count && !err; i++) {
		err = open_queue(&queues[i]);
		if (!err)
			err = announce_queue(i);
	}
	if (!err)
		err = write_text("protocol", XEN_IO_PROTO_ABI_NATIVE);
	if (!err)
		err = write_number("feature-persistent", 1);
	if (!err)
		err = set_state(XenbusStateInitialised);
	if (!err)
		err = await_state(XenbusStateConnected);
	return err ? err : set_state(XenbusStateConnected);
}

static void fill_segments(struct blkif_request_segment *list,
			  const struct queue *q, unsigned int slot,
			  unsigned int sectors)
{
	unsigned int i;

	for (i = 0; i * SECTORS < sectors; i++) {
		unsigned int left = sectors - i * SECTORS;

		list[i].gref = q->grefs[DATA(slot) + i];
		list[i].first_sect = 0;
		list[i].last_sect = (left < SECTORS ? left : SECTORS) - 1;
	}
}

/* A request and its response share a place in the ring. */
static union blkif_sring_entry *entry(struct queue *q, uint32_t number)
{
	union blkif_sring_entry *first = q->ring->ring;

	return first + number % RING_SLOTS;
}

static void send(struct queue *q, unsigned int slot, unsigned int operation,
		 uint64_t sector, unsigned int sectors)
{
	const unsigned int count = (sectors + SECTORS - 1) / SECTORS;
	blkif_request_indirect_t *indirect;
	blkif_request_t *request;
	uint32_t prod, event;

	request = &entry(q, q->req_prod)->req;
	memset(request, 0, sizeof(*request));
	if (count > BLKIF_MAX_SEGMENTS_PER_REQUEST) {
		indirect = (blkif_request_indirect_t *)request;
		indirect->operation = BLKIF_OP_INDIRECT;
		indirect->indirect_op = operation;
		indirect->nr_segments = count;
		indirect->id = slot;
		indirect->sector_number = sector;
		indirect->indirect_grefs[0] = q->grefs[LIST(slot)];
		fill_segments((struct blkif_request_segment *)
			      (q->memory + LIST(slot) * PAGE),
			      q, slot, sectors);
	} else {
		request->operation = operation;
		request->nr_segments = count;
		request->id = slot;
		request->sector_number = sector;
		fill_segments(request->seg, q, slot, sectors);
	}
	q->busy[slot] = 1;
	prod = q->req_prod++;
	__atomic_store_n(&q->ring->req_prod, q->req_prod, __ATOMIC_SEQ_CST);
	/* The backend says from which request on it has to be told. */
	event = __atomic_load_n(&q->ring->req_event, __ATOMIC_SEQ_CST);
	if (q->req_prod - event < q->req_prod - prod)
		xenevtchn_notify(evtchn, q->port);
}

/* The compiler must not read the shared memory again in place of the copy. */
#define copy_once(to, from)						\
do {									\
	memcpy(to, from, sizeof(*(to)));				\
	__asm__ __volatile__("" : : : "memory");			\
} while (0)

/* Take all responses of a queue. */
static int collect(struct queue *q)
{
	uint32_t prod;

	do {
		prod = __atomic_load_n(&q->ring->rsp_prod, __ATOMIC_ACQUIRE);
		/* At most what was asked for can be answered. */
		if (prod - q->rsp_cons > q->req_prod - q->rsp_cons)
			return -EPROTO;
		for (; q->rsp_cons != prod; q->rsp_cons++) {
			blkif_response_t answer;

			copy_once(&answer, &entry(q, q->rsp_cons)->rsp);
			if (answer.id >= DEPTH || !q->busy[answer.id])
				return -EPROTO;
			if (answer.status != BLKIF_RSP_OKAY)
				return -EIO;
			q->busy[answer.id] = 0;
		}
		/* Be told of the next one; what came meanwhile is seen here. */
		__atomic_store_n(&q->ring->rsp_event, q->rsp_cons + 1,
				 __ATOMIC_SEQ_CST);
		prod = __atomic_load_n(&q->ring->rsp_prod, __ATOMIC_SEQ_CST);
	} while (prod != q->rsp_cons);
	return 0;
}

/* Wait until the slot's request is answered. */
static int await_slot(struct queue *q, unsigned int slot)
{
	const int64_t end = deadline();
	int err = collect(q);

	while (!err && q->busy[slot]) {
		if (!is_connected())
			return -ECONNRESET;
		err = await_any(-1, end);
		if (!err)
			err = collect(q);
	}
	return err;
}

/* Copying */

/* Request number N of a copy is in one of the queues, in turns. */
static struct queue *queue_of(uint64_t number)
{
	return &queues[number % queue_count];
}

static unsigned int slot_of(uint64_t number)
{
	return number / queue_count % DEPTH;
}

static char *data_of(uint64_t number)
{
	return queue_of(number)->memory + DATA(slot_of(number)) * PAGE;
}

static int read_disk(uint64_t sectors)
{
	const unsigned int size = segments * SECTORS;
	const uint64_t all = (sectors + size - 1) / size;
	uint64_t sent = 0, done;
	int err;

	for (done = 0; done < all; done++) {
		uint64_t left = sectors - done * size;

		for (; sent < all && sent < done + queue_count * DEPTH; sent++)
			send(queue_of(sent), slot_of(sent), BLKIF_OP_READ,
			     sent * size, sectors - sent * size < size ?
			     sectors - sent * size : size);
		err = await_slot(queue_of(done), slot_of(done));
		if (err)
			return err;
		/* It goes to somebody who knows that a disk may change. */
		if (!fwrite(data_of(done), (left < size ? left : size) * SECTOR,
			    1, stdout))
			return -EIO;
	}
	return fflush(stdout) ? -errno : 0;
}

/* Returns how many bytes of input there were, or an error. */
static ssize_t fill(char *memory, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = await_any(STDIN_FILENO, NEVER);

		if (got >= 0 && !is_connected())
			return -ECONNRESET;
		if (!got)
			continue;
		if (got > 0)
			got = read(STDIN_FILENO, memory + done, size - done);
		if (got < 0)
			return -errno;
		if (!got)
			break;
		done += got;
	}
	return done;
}

static int flush_disk(void)
{
	if (!read_number(backend, "feature-flush-cache"))
		return 0;
	send(&queues[0], 0, BLKIF_OP_FLUSH_DISKCACHE, 0, 0);
	return await_slot(&queues[0], 0);
}

/* A last sector that is not full keeps no bytes of what it had before. */
static int write_disk(uint64_t sectors, unsigned int sector_size)
{
	const unsigned int size = segments * PAGE;
	uint64_t number = 0, sector = 0;
	unsigned int whole;
	ssize_t got;
	int err = 0;

	do {
		err = await_slot(queue_of(number), slot_of(number));
		if (err)
			return err;
		got = fill(data_of(number), size);
		if (got < 0)
			return got;
		if (!got)
			break;
		whole = (got + sector_size - 1) / sector_size * sector_size;
		if (sector + whole / SECTOR > sectors)
			return -ENOSPC;
		memset(data_of(number) + got, 0, whole - got);
		send(queue_of(number), slot_of(number), BLKIF_OP_WRITE, sector,
		     whole / SECTOR);
		sector += whole / SECTOR;
		number++;
	} while ((size_t)got == size);
	for (number = 0; number < queue_count * DEPTH && !err; number++)
		err = await_slot(queue_of(number), slot_of(number));
	return err ? err : flush_disk();
}

static int run(int writes)
{
	unsigned long sectors, sector_size;
	char path[256];
	int err;

	snprintf(path, sizeof(path), "%s/backend", frontend);
	backend = (char *)xs_read(xs, XBT_NULL, path, NULL);
	if (!backend)
		return -ENOENT;
	backend_domid = read_number(frontend, "backend-id");
	evtchn = xenevtchn_open(NULL, 0);
	err = evtchn ? gntshare_open(&share, NULL) : -errno;
	if (err)
		return err;
	err = connect_backend();
	if (!err) {
		sectors = read_number(backend, "sectors");
		sector_size = read_number(backend, "sector-size");
		if (!sectors || sectors > UINT64_MAX / SECTOR / 2 ||
		    (sector_size != SECTOR && sector_size != PAGE))
			err = -ENXIO;
		else if (writes)
			err = write_disk(sectors, sector_size);
		else
			err = read_disk(sectors);
	}
	disconnect();
	gntshare_close(share);
	return err;
}

int main(int argc, char **argv)
{
	int err;

	if (argc < 3) {
		fprintf(stderr, "usage: block_frontend PATH read|write\n");
		return 2;
	}
	frontend = argv[1];
	xs = xs_open(0);
	err = xs ? run(!strcmp(argv[2], "write")) : -errno;
	if (err)
		fprintf(stderr, "block_frontend: %s\n", strerror(-err));
	return err ? 1 : 0;
}
