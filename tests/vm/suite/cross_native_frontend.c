// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Headroom: while the driver is at its bound, a disk still connects to the same
 * domU. Without headroom it does not.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend_device.h"
#include "climb.h"
#include "cross_native.h"
#include "device.h"

#define DISK_MS		(15000 * patience())
#define DISK_BYTES	1048576

/* Only domUs have frontends. */
SUITE(.wanted = owner_is_domu);

/*
 * Each test has a disk of its own, so that it does not find what another test
 * has left.
 */
#define VBD(number)	{ "vbd", number, "device/vbd/" #number }

static const struct disk first = { VBD(51712), "xvda", 1 };
static const struct disk second = { VBD(51728), "xvdb", 2 };
static const struct disk third = { VBD(51744), "xvdc", 3 };
static const struct disk fourth = { VBD(51760), "xvdd", 4 };
static const struct disk fifth = { VBD(51776), "xvde", 5 };

static void attach(const struct disk *disk, int domid)
{
	run_in_dom0("modprobe brd");
	run_in_dom0("yes gntalloc | dd of=/dev/ram%d bs=64k count=16 "
		    "iflag=fullblock 2>/dev/null", disk->ram);
	disk_attach(disk, domid);
}

/*
 * The entries that a search takes for a moment and gives back are there for the
 * disk when it needs them. This is the first test, because the table must not
 * have its largest size yet.
 */
START_TEST(a_disk_connects_beside_a_search_at_its_quota)
{
	DECLARE_WORKERS;
	const struct domain *d = worker_domain(owner);
	struct worker *reader = worker_start(d);
	long searches, rounds, frames, grown;
	int error;

	must(set_limit(owner, 1024));
	frames = must(table_frames((uint16_t)d->domid));
	rpc_send(owner, "climb %d %d", INT_MAX, INT_MAX);
	attach(&fifth, d->domid);
	must(rpc(reader, "read_disk %s %d %d", fifth.name, DISK_MS,
		 DISK_BYTES));
	ck_assert(!rpc_has_reply(owner));
	must(rpc(reader, "end_climb"));
	searches = must(rpc_receive(owner));
	ck_assert_int_eq(sscanf(reply(owner), "%ld %d", &rounds, &error), 2);
	grown = must(table_frames((uint16_t)d->domid));
	fprintf(stderr,
		"figure: %s: a disk beside %ld searches, and %ld rounds of another user; %ld frames, then %ld\n",
		d->name, searches, rounds, frames, grown);
	ck_assert_int_eq(error, 0);
	ck_assert_int_gt(rounds, 1);
	ck_assert_int_gt(searches, 1);
	backend_detach(&fifth.device, d->domid);
	must(rpc(peer, "counters"));
}
END_TEST

#define HEADROOM	128
/*
 * For how many entries at once the driver checks the headroom, and for how many
 * it did so in older versions.
 */
#define CREDIT		16
#define OLD_CREDIT	256

/* How many entries are left for the domain's disks and networks. */
static long left_in(const struct domain *d)
{
	struct worker *scout = worker_start(d);
	long left;

	must(rpc(scout, "headroom 0"));
	left = must(rpc(scout, "take_all"));
	must(rpc(scout, "headroom %d", HEADROOM));
	fails(rpc(scout, "die"), ECHILD);
	return left;
}

/* The connection failed, and the frontend gives this reason in xenstore. */
static void failed_for_want_of_an_entry(const struct disk *disk, int domid)
{
	char command[256], why[128] = "";
	FILE *output;

	snprintf(command, sizeof(command),
		 "for i in $(seq 100); do "
		 "xenstore-read /local/domain/%d/error/device/vbd/%d/error "
		 "2>/dev/null && break; sleep 0.1; done",
		 domid, disk->device.number);
	output = popen(command, "re");
	ck_assert_ptr_nonnull(output);
	ck_assert_ptr_nonnull(fgets(why, sizeof(why), output));
	pclose(output);
	ck_assert_msg(strstr(why, "grant"), "the frontend says: %s", why);
}

/*
 * Here the kernel gets no entry. So it is the headroom that helps in the
 * others.
 */
START_TEST(without_headroom_a_disk_does_not_connect)
{
	DECLARE_WORKERS;
	const struct domain *d = worker_domain(owner);
	long got;

	must(rpc(owner, "headroom 0"));
	must(set_limit(owner, 0x7fffffff));
	got = must(rpc(owner, "take_all"));
	ck_assert_int_gt(got, 10000);
	attach(&second, d->domid);
	fails(rpc(owner, "read_disk %s 3000", second.name), ENOENT);
	failed_for_want_of_an_entry(&second, d->domid);
	counters(owner, got, 0);
	must(rpc(owner, "headroom 128"));
	backend_detach_by_force(&second.device, d->domid);
	must(rpc(peer, "counters"));
}
END_TEST

/*
 * A disk takes entries that the driver has just found free when it checked the
 * headroom, and the driver continues to grant. After that there is still room
 * for another disk.
 */
START_TEST(disks_connect_between_small_grants_up_to_the_bound)
{
	DECLARE_WORKERS;
	const struct domain *d = worker_domain(owner);
	struct worker *scout = worker_start(d);
	long all, most, more, left;

	must(set_limit(owner, 0x7fffffff));
	all = must(rpc(scout, "take_all"));
	fails(rpc(scout, "die"), ECHILD);
	becomes(owner, "entries", 0, 3000);
	/*
	 * By the older size of a group, the last of these grants is the first
	 * of its group, for all of which the driver checked the headroom.
	 */
	most = all / OLD_CREDIT * OLD_CREDIT - OLD_CREDIT + 1;
	rpc_send(owner, "take_singles %ld", most);
	ck_assert_int_eq(rpc_receive_within(owner, 60000 * patience()), most);

	attach(&third, d->domid);
	must(rpc(owner, "read_disk %s %d %d", third.name, DISK_MS,
		 DISK_BYTES));
	more = must(rpc(owner, "take_singles %ld", all));
	left = left_in(d);
	fprintf(stderr,
		"figure: %s: %ld of %ld entries, a disk, %ld more; %ld left\n",
		d->name, most, all, more, left);
	ck_assert_int_ge(left, HEADROOM - CREDIT);

	attach(&fourth, d->domid);
	must(rpc(owner, "read_disk %s %d", fourth.name, DISK_MS));
	counters(owner, most + more, 0);
	backend_detach(&third.device, d->domid);
	backend_detach(&fourth.device, d->domid);
	must(rpc(peer, "counters"));
}
END_TEST

START_TEST(a_disk_connects_while_the_driver_has_all_that_it_may_have)
{
	DECLARE_WORKERS;
	long got;

	must(set_limit(owner, 0x7fffffff));
	got = must(rpc(owner, "take_all"));
	ck_assert_int_gt(got, 10000);
	attach(&first, worker_domain(owner)->domid);
	/* The driver still gets no more entries. */
	must(rpc(owner, "read_disk %s %d", first.name, DISK_MS));
	ck_assert_int_eq(rpc(owner, "take_all"), 0);
	counters(owner, got, 0);
	backend_detach(&first.device, worker_domain(owner)->domid);
	must(rpc(peer, "counters"));
}
END_TEST
