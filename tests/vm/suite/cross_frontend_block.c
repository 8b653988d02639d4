// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A frontend in userspace: examples/block_frontend.c of a domU reads and writes a
 * RAM disk of dom0, by Linux's own backend, xen-blkback. The domU's kernel does
 * not look at the place where the disk is attached.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backend_device.h"
#include "cross.h"

#define BYTES		16777216	/* of a RAM disk, by default */
#define CONNECTED	4

static const struct disk disk = {
	{ "vbd", 51792, "data/vbd/51792" }, "xvdf", 6
};

/* The backend is dom0's. */
static bool has_frontend(const struct pair *pair)
{
	return owner_is_domu(pair) && !pair->peer->is_domu &&
	       !access("./example-block_frontend", X_OK);
}

SUITE(.timeout = 240, .wanted = has_frontend);

static void frontend_is(struct worker *owner, const char *how)
{
	must(rpc(owner, "tool_program example-block_frontend"));
	ck_assert_msg(!rpc(owner, "tool %s %s", disk.device.place, how), "%s",
		      reply(owner));
	becomes(owner, "entries", 0, 1000);
}

START_TEST(a_disk_is_read_and_written_by_a_program)
{
	DECLARE_WORKERS;
	const int domid = worker_domain(owner)->domid;

	run_in_dom0("modprobe brd");
	must(rpc(peer, "make_file /dev/ram%d %d 1", disk.ram, BYTES));
	must(rpc(owner, "make_file /tmp/expected %d 1", BYTES));
	disk_attach(&disk, domid);
	frontend_is(owner, "read >/tmp/read");
	ck_assert_int_eq(rpc(owner, "same /tmp/read /tmp/expected"), 1);

	/* Not a whole number of requests or pages. It connects once more. */
	must(rpc(owner, "make_file /tmp/new %d 2", 5000 * 512));
	must(rpc(peer, "make_file /tmp/new-%d %d 2", domid, 5000 * 512));
	frontend_is(owner, "write </tmp/new");
	run_in_dom0("head -c %d /dev/ram%d >/tmp/read-%d", 5000 * 512,
		    disk.ram, domid);
	ck_assert_int_eq(rpc(peer, "same /tmp/new-%d /tmp/read-%d", domid,
			     domid), 1);
	frontend_is(owner, "read >/tmp/read");
	ck_assert_int_eq(rpc(owner, "same /tmp/read /tmp/expected"), 0);
	backend_detach_by_force(&disk.device, domid);
	run_in_dom0("rm /tmp/new-%d /tmp/read-%d", domid, domid);
}
END_TEST

/* Neither side has said that it ends. */
START_TEST(a_frontend_begins_anew_after_one_that_was_killed)
{
	DECLARE_WORKERS;
	const int domid = worker_domain(owner)->domid;

	must(rpc(peer, "make_file /dev/ram%d %d 3", disk.ram, BYTES));
	must(rpc(owner, "make_file /tmp/expected %d 3", BYTES));
	disk_attach(&disk, domid);
	must(rpc(owner, "tool_program example-block_frontend"));
	must(rpc(owner, "tool_start %s write", disk.device.place));
	backend_await_state(&disk.device, domid, CONNECTED);
	ck_assert_int_eq(rpc(owner, "tool_kill 9"), 128 + 9);
	frontend_is(owner, "read >/tmp/read");
	ck_assert_int_eq(rpc(owner, "same /tmp/read /tmp/expected"), 1);
	backend_detach_by_force(&disk.device, domid);
}
END_TEST

START_TEST(a_frontend_ends_with_its_backend)
{
	DECLARE_WORKERS;
	const int domid = worker_domain(owner)->domid;

	disk_attach(&disk, domid);
	must(rpc(owner, "tool_program example-block_frontend"));
	must(rpc(owner, "tool_start %s write", disk.device.place));
	backend_await_state(&disk.device, domid, CONNECTED);
	ck_assert_int_gt(rpc(owner, "entries"), 0);
	backend_detach(&disk.device, domid);
	ck_assert_int_eq(rpc(owner, "tool_await"), 1);
	ck_assert_str_eq(reply(owner),
			 "block_frontend: Connection reset by peer\n");
	becomes(owner, "entries", 0, 1000);
	must(rpc(peer, "counters"));
}
END_TEST
