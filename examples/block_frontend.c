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
#include "frontend.h"
#include <xen/io/protocols.h>
#include <xen/io/blkif.h>

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

static int is_connected(void)
{
	return backend_state == XenbusStateConnected;
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

static int connect_backend(void)
{
	unsigned long most;
	unsigned int i;
	int err = 0;

	most = read_number(backend, "feature-max-indirect-segments");
	segments = most < SEGMENTS ? BLKIF_MAX_SEGMENTS_PER_REQUEST : SEGMENTS;
	most = read_number(backend, "multi-queue-max-queues");
	queue_count = most < 1 ? 1 : most < QUEUES ? most : QUEUES;
	/* What an earlier frontend has said of its rings does not hold any more. */
	forget("ring-page-order");
	if (most)
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
	q->req_prod++;
	push_requests(q->ring, q->port, q->req_prod, q->req_prod - 1);
}

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
		err = await_backend(end);
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
		ssize_t got = look(STDIN_FILENO, -1);

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

static int copy(int writes)
{
	unsigned long sectors = read_number(backend, "sectors");
	unsigned long sector_size = read_number(backend, "sector-size");

	if (!sectors || sectors > UINT64_MAX / SECTOR / 2 ||
	    (sector_size != SECTOR && sector_size != PAGE))
		return -ENXIO;
	return writes ? write_disk(sectors, sector_size) : read_disk(sectors);
}

int main(int argc, char **argv)
{
	int err;

	if (argc < 3) {
		fprintf(stderr, "usage: block_frontend PATH read|write\n");
		return 2;
	}
	err = frontend_open(argv[1]);
	if (!err)
		err = connect_backend();
	if (!err)
		err = copy(!strcmp(argv[2], "write"));
	frontend_close();
	if (err)
		fprintf(stderr, "block_frontend: %s\n", strerror(-err));
	return err ? 1 : 0;
}
