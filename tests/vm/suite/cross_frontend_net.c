// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A network frontend in userspace: examples/net_frontend.c of a domU answers what
 * dom0's kernel asks by its own backend, xen-netback. It is attached as xl would do
 * it, but at a place where the domU's kernel does not look.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend_device.h"
#include "cross.h"
#include "device.h"

#define OWN		"10.77.0.1"
#define ADDRESS		"10.77.0.2"
#define PING_BYTES	1000
#define PING_MS		2000
#define PINGS		40

/* The backend is dom0's. The kernels that look for bugs have none. */
static bool has_frontend(const struct pair *pair)
{
	return owner_is_domu(pair) && !pair->peer->is_domu &&
	       !access("./example-net_frontend", X_OK) &&
	       !system("modprobe -q -n xen-netback");
}

SUITE(.timeout = 240, .wanted = has_frontend);

#define MAC		"00:16:3e:77:00:02"

static const struct backend_device vif = { "vif", 7, "data/vif/7" };

/* There is what Linux's own frontend leaves when it is unbound. */
static void attach(int domid)
{
	run_in_dom0("modprobe xen-netback");
	backend_attach(&vif, domid,
		       "$front/handle 7 $front/mac " MAC " $back/handle 7 "
		       "$back/mac " MAC " $back/type vif $back/script none "
		       "$front/event-channel-tx 2 $front/event-channel-rx 2 "
		       "$front/multi-queue-num-queues 2 $front/feature-sg 2 "
		       "$front/feature-gso-tcpv4 2 $front/feature-gso-tcpv6 2 "
		       "$front/feature-ipv6-csum-offload 2");
}

static struct sockaddr_in internet(const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	ck_assert_int_eq(inet_pton(AF_INET, text, &address.sin_addr), 1);
	return address;
}

/* Gives dom0's side of the interface an address, and has it up. */
static void set_up(int domid)
{
	struct sockaddr_in own = internet(OWN), mask = internet("255.255.255.0");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	ck_assert_int_ge(fd, 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "vif%d.%d", domid,
		 vif.number);
	memcpy(&request.ifr_addr, &own, sizeof(own));
	ck_assert_int_eq(ioctl(fd, SIOCSIFADDR, &request), 0);
	memcpy(&request.ifr_netmask, &mask, sizeof(mask));
	ck_assert_int_eq(ioctl(fd, SIOCSIFNETMASK, &request), 0);
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
}

/* Has an answer come, with what was sent? The kernel knows which one it is. */
static bool ping(const char *address, unsigned int number)
{
	struct timeval time_out = { .tv_sec = PING_MS / 1000 * patience() };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	struct sockaddr_in to = internet(address);
	char packet[sizeof(struct icmphdr) + PING_BYTES], got[2048];
	struct icmphdr head = {
		.type = ICMP_ECHO, .un.echo.sequence = htons(number),
	};
	uint32_t sum = 0;
	size_t i;
	ssize_t size;

	ck_assert_int_ge(fd, 0);
	memset(packet, (int)number + 1, sizeof(packet));
	memcpy(packet, &head, sizeof(head));
	for (i = 0; i < sizeof(packet); i += 2)
		sum += (uint32_t)(unsigned char)packet[i] << 8 |
		       (unsigned char)packet[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	head.checksum = htons((uint16_t)~(sum + (sum >> 16)));
	memcpy(packet, &head, sizeof(head));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time_out, sizeof(time_out));
	size = sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&to,
		      sizeof(to));
	ck_assert_int_eq(size, sizeof(packet));
	do {
		size = recv(fd, got, sizeof(got), 0);
		/* The address of the sender is at the 12th byte of a packet. */
	} while (size >= 0 && memcmp(got + 12, &to.sin_addr, 4));
	close(fd);
	return size == 20 + (ssize_t)sizeof(packet) && !got[20] &&
	       !memcmp(got + 28, packet + 8, PING_BYTES);
}

START_TEST(a_program_answers_pings)
{
	DECLARE_WORKERS;
	const int domid = worker_domain(owner)->domid;
	unsigned int i;

	attach(domid);
	must(rpc(owner, "tool_program example-net_frontend"));
	must(rpc(owner, "tool_start %s " ADDRESS, vif.place));
	must(rpc(owner, "tool_say "));
	ck_assert_str_eq(reply(owner), "connected");
	set_up(domid);
	/* More than there are pages. */
	for (i = 0; i < PINGS; i++)
		ck_assert_msg(ping(ADDRESS, i), "%u", i);
	must(rpc(owner, "tool_say "));
	ck_assert_str_eq(reply(owner), "arp");
	must(rpc(owner, "tool_say "));
	ck_assert_str_eq(reply(owner), "ping of 1028 bytes");
	ck_assert_int_eq(rpc(owner, "tool_end"), 0);
	becomes(owner, "entries", 0, 1000);
	backend_detach_by_force(&vif, domid);
	must(rpc(peer, "counters"));
}
END_TEST
