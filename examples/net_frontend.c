// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A frontend of a network interface, as a program: it talks with the backend of a
 * kernel, such as xen-netback in dom0, and answers ARP and ping for one address,
 * until its input ends:
 *
 *	net_frontend PATH ADDRESS
 *
 * PATH is where the frontend's keys are in xenstore, as in block_frontend.c, for
 * example device/vif/0, and ADDRESS is like 10.0.0.2.
 *
 *	cc net_frontend.c $(pkg-config --cflags --libs gntshare) -lxenevtchn \
 *		-lxenstore
 *
 * The protocol is in Xen's public header xen/io/netif.h: one ring for each
 * direction, and a page for each packet. What the backend may write to is read
 * once, and checked; a packet is copied before it is looked at.
 */
#define _DEFAULT_SOURCE
#include "frontend.h"
#include <arpa/inet.h>
#include <xen/io/netif.h>

#define SLOTS		256u	/* of each ring */
#define BUFFERS		32u	/* pages for each direction */
#define FRAME_MAX	1514u

/* The pages: two rings, then those of received packets, then those to send. */
#define RX_PAGE(id)	(2 + (id))
#define TX_PAGE(id)	(2 + BUFFERS + (id))
#define PAGES		(2 + 2 * BUFFERS)

/* In network order, as in a packet */
struct ethernet {
	uint8_t to[6], from[6];
	uint16_t type;
};

struct arp {
	struct ethernet head;
	uint16_t hardware, protocol;
	uint8_t hardware_size, protocol_size;
	uint16_t operation;
	uint8_t from_mac[6], from_ip[4], to_mac[6], to_ip[4];
};

struct icmp {
	struct ethernet head;
	uint8_t version_size, service;
	uint16_t size, id, fragment;
	uint8_t ttl, protocol;
	uint16_t checksum;
	uint8_t from_ip[4], to_ip[4];
	uint8_t type, code;
	uint16_t icmp_checksum;
};

#define ETH_ARP		0x0806
#define ETH_IP		0x0800
#define IP_ICMP		1
#define ECHO_REQUEST	8

static xenevtchn_port_or_error_t port;
static const uint32_t *grefs;
static char *memory;
static netif_rx_sring_t *rx;
static netif_tx_sring_t *tx;
static uint32_t rx_prod, rx_cons, tx_prod, tx_cons;

/* With the backend, or this side, which may send or receive it */
static int rx_theirs[BUFFERS], tx_theirs[BUFFERS];

static uint8_t own_mac[6];
static uint8_t own_ip[4];

/* Rings */

/* The place of a request in a ring, and of its response */
#define slot(shared, number)						\
	((char *)(shared)->ring +					\
	 (number) % SLOTS * sizeof((shared)->ring[0]))

static void offer_page(unsigned int id)
{
	netif_rx_request_t *request =
		(netif_rx_request_t *)slot(rx, rx_prod);

	request->id = id;
	request->pad = 0;
	request->gref = grefs[RX_PAGE(id)];
	rx_theirs[id] = 1;
	rx_prod++;
}

static int open_rings(void)
{
	struct gntshare_region *region;
	unsigned int id;
	int err;

	err = gntshare_region_share(share, &region, backend_domid, PAGES,
				    GNTSHARE_WRITABLE);
	if (err)
		return err;
	grefs = gntshare_region_grefs(region);
	memory = (char *)gntshare_region_address(region);
	rx = (netif_rx_sring_t *)memory;
	tx = (netif_tx_sring_t *)(memory + PAGE);
	rx->req_event = 1;
	rx->rsp_event = 1;
	tx->req_event = 1;
	tx->rsp_event = 1;
	for (id = 0; id < BUFFERS; id++)
		offer_page(id);
	rx->req_prod = rx_prod;
	port = xenevtchn_bind_unbound_port(evtchn, backend_domid);
	return port < 0 ? -errno : 0;
}

/* What an earlier frontend could do may still be there. This one cannot. */
static int forget_features(void)
{
	static const char *const features[] = {
		"feature-sg", "feature-gso-tcpv4", "feature-gso-tcpv6",
		"feature-ipv6-csum-offload", "feature-multicast-control",
		"feature-ctrl-ring", "xdp-headroom",
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < sizeof(features) / sizeof(*features) && !err; i++)
		err = write_number(features[i], 0);
	forget("event-channel-tx");
	forget("event-channel-rx");
	if (!err && read_number(backend, "multi-queue-max-queues"))
		err = write_number("multi-queue-num-queues", 1);
	return err;
}

/* The address that the toolstack has given to the interface */
static int read_mac(void)
{
	char *text = read_text(frontend, "mac");
	int count;

	count = text ? sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx",
			      &own_mac[0], &own_mac[1], &own_mac[2],
			      &own_mac[3], &own_mac[4], &own_mac[5]) : 0;
	free(text);
	return count == 6 ? 0 : -ENXIO;
}

static int connect_backend(void)
{
	int err = read_mac();

	if (!err)
		err = forget_features();
	if (!err)
		err = open_rings();
	if (!err)
		err = write_number("rx-ring-ref", grefs[0]);
	if (!err)
		err = write_number("tx-ring-ref", grefs[1]);
	if (!err)
		err = write_number("event-channel", (unsigned long)port);
	if (!err)
		err = write_number("request-rx-copy", 1);
	if (!err)
		err = write_number("feature-rx-notify", 1);
	if (!err)
		err = write_number("feature-no-csum-offload", 1);
	if (!err)
		err = set_state(XenbusStateConnected);
	return err ? err : await_state(XenbusStateConnected);
}

/* If no page is free, the packet is lost, as packets may be. */
static void send_frame(const void *frame, unsigned int size)
{
	netif_tx_request_t *request;
	unsigned int id = 0;

	while (id < BUFFERS && tx_theirs[id])
		id++;
	if (id == BUFFERS)
		return;
	memcpy(memory + TX_PAGE(id) * PAGE, frame, size);
	request = (netif_tx_request_t *)slot(tx, tx_prod);
	request->gref = grefs[TX_PAGE(id)];
	request->offset = 0;
	request->flags = 0;
	request->id = id;
	request->size = size;
	tx_theirs[id] = 1;
	tx_prod++;
	push_requests(tx, port, tx_prod, tx_prod - 1);
}

/* Take the pages back that were sent. */
static int collect_sent(void)
{
	uint32_t prod = __atomic_load_n(&tx->rsp_prod, __ATOMIC_ACQUIRE);

	if (prod - tx_cons > tx_prod - tx_cons)
		return -EPROTO;
	for (; tx_cons != prod; tx_cons++) {
		netif_tx_response_t answer;

		copy_once(&answer, slot(tx, tx_cons));
		if (answer.id >= BUFFERS || !tx_theirs[answer.id])
			return -EPROTO;
		tx_theirs[answer.id] = 0;
	}
	return 0;
}

/* What is answered */

static uint16_t checksum(const void *bytes, unsigned int size)
{
	const uint8_t *b = (const uint8_t *)bytes;
	uint32_t sum = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		sum += i % 2 ? b[i] : (uint32_t)b[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void turn_around(struct ethernet *head)
{
	memcpy(head->to, head->from, sizeof(head->to));
	memcpy(head->from, own_mac, sizeof(head->from));
}

/* "Who has this address?" */
static void answer_arp(const char *frame, unsigned int size)
{
	struct arp arp;

	if (size < sizeof(arp))
		return;
	memcpy(&arp, frame, sizeof(arp));
	if (ntohs(arp.operation) != 1 || memcmp(arp.to_ip, own_ip, 4))
		return;
	turn_around(&arp.head);
	arp.operation = htons(2);
	memcpy(arp.to_mac, arp.from_mac, sizeof(arp.to_mac));
	memcpy(arp.to_ip, arp.from_ip, sizeof(arp.to_ip));
	memcpy(arp.from_mac, own_mac, sizeof(arp.from_mac));
	memcpy(arp.from_ip, own_ip, sizeof(arp.from_ip));
	send_frame(&arp, sizeof(arp));
	printf("arp\n");
}

/* "Are you there?" Packets with options, or in fragments, are left alone. */
static void answer_ping(char *frame, unsigned int size)
{
	const unsigned int before = sizeof(struct ethernet) + 20;
	struct icmp icmp;
	unsigned int ip_size;

	if (size < sizeof(icmp))
		return;
	memcpy(&icmp, frame, sizeof(icmp));
	ip_size = ntohs(icmp.size);
	if (icmp.version_size != 0x45 || icmp.protocol != IP_ICMP ||
	    icmp.type != ECHO_REQUEST || memcmp(icmp.to_ip, own_ip, 4) ||
	    (ntohs(icmp.fragment) & 0x3fff) || ip_size < 28 ||
	    ip_size > size - sizeof(struct ethernet))
		return;
	size = ip_size + sizeof(struct ethernet);
	turn_around(&icmp.head);
	memcpy(icmp.to_ip, icmp.from_ip, sizeof(icmp.to_ip));
	memcpy(icmp.from_ip, own_ip, sizeof(icmp.from_ip));
	icmp.type = 0;
	icmp.checksum = 0;
	icmp.icmp_checksum = 0;
	memcpy(frame, &icmp, sizeof(icmp));
	icmp.checksum = checksum(frame + sizeof(struct ethernet), 20);
	icmp.icmp_checksum = checksum(frame + before, size - before);
	memcpy(frame, &icmp, sizeof(icmp));
	send_frame(frame, size);
	printf("ping of %u bytes\n", ip_size);
}

static void answer(char *frame, unsigned int size)
{
	struct ethernet head;

	if (size < sizeof(head))
		return;
	memcpy(&head, frame, sizeof(head));
	if (ntohs(head.type) == ETH_ARP)
		answer_arp(frame, size);
	else if (ntohs(head.type) == ETH_IP)
		answer_ping(frame, size);
	fflush(stdout);
}

/* Take all packets that have come, and offer their pages again. */
static int receive(void)
{
	static int is_chained;
	const uint32_t old = rx_prod;
	int was_chained;
	uint32_t prod = __atomic_load_n(&rx->rsp_prod, __ATOMIC_ACQUIRE);

	if (prod - rx_cons > rx_prod - rx_cons)
		return -EPROTO;
	for (; rx_cons != prod; rx_cons++) {
		netif_rx_response_t packet;
		char frame[FRAME_MAX];

		copy_once(&packet, slot(rx, rx_cons));
		if (packet.id >= BUFFERS || !rx_theirs[packet.id] ||
		    packet.offset > PAGE ||
		    packet.status > (int)(PAGE - packet.offset) ||
		    (packet.flags & NETRXF_extra_info))
			return -EPROTO;
		rx_theirs[packet.id] = 0;
		/* A packet in several pages is left alone, up to its end. */
		was_chained = is_chained;
		is_chained = packet.flags & NETRXF_more_data;
		if (packet.status > 0 && packet.status <= (int)FRAME_MAX &&
		    !was_chained && !is_chained) {
			memcpy(frame, memory + RX_PAGE(packet.id) * PAGE +
			       packet.offset, packet.status);
			answer(frame, packet.status);
		}
		offer_page(packet.id);
	}
	push_requests(rx, port, rx_prod, old);
	return 0;
}

/* Ask for an event for the next packet, and look once more after that. */
static int is_idle(void)
{
	__atomic_store_n(&rx->rsp_event, rx_cons + 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&tx->rsp_event, tx_cons + 1, __ATOMIC_SEQ_CST);
	return __atomic_load_n(&rx->rsp_prod, __ATOMIC_SEQ_CST) == rx_cons &&
	       __atomic_load_n(&tx->rsp_prod, __ATOMIC_SEQ_CST) == tx_cons;
}

static int serve(void)
{
	int err = 0;

	printf("connected\n");
	fflush(stdout);
	while (err >= 0) {
		/* Packets may come without a pause. */
		err = look(STDIN_FILENO, is_idle() ? -1 : 0);
		if (err > 0)
			return 0;
		if (!err && backend_state != XenbusStateConnected)
			err = -ECONNRESET;
		if (!err)
			err = collect_sent();
		if (!err)
			err = receive();
	}
	return err;
}

int main(int argc, char **argv)
{
	int err;

	if (argc < 3 || inet_pton(AF_INET, argv[2], own_ip) != 1) {
		fprintf(stderr, "usage: net_frontend PATH ADDRESS\n");
		return 2;
	}
	err = frontend_open(argv[1]);
	if (!err)
		err = connect_backend();
	if (!err)
		err = serve();
	frontend_close();
	if (err)
		fprintf(stderr, "net_frontend: %s\n", strerror(-err));
	return err ? 1 : 0;
}
