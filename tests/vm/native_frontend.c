// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Headroom: with the driver at its bound, a disk still connects to the same
 * domU. The disk is a RAM disk of dom0, and is attached as xl would do it:
 * by nodes in xenstore.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "native_stage.h"

#define DISK_MS		15000

static void run(const char *format, ...)
{
	char command[512];
	va_list list;

	va_start(list, format);
	vsnprintf(command, sizeof(command), format, list);
	va_end(list);
	ck_assert_msg(!system(command), "%s", command);
}

/* The directories of the backend and the frontend of /dev/xvda. */
static char backend[64], frontend[64];

/*
 * "state" comes last, for both at once: with it the device is there, and a
 * backend whose frontend has none goes away.
 */
static void attach(int domid)
{
	snprintf(backend, sizeof(backend),
		 "/local/domain/0/backend/vbd/%d/51712", domid);
	snprintf(frontend, sizeof(frontend),
		 "/local/domain/%d/device/vbd/51712", domid);
	run("modprobe -a brd xen-blkback");
	run("yes gntalloc | dd of=/dev/ram1 bs=64k count=16 iflag=fullblock "
	    "2>/dev/null");
	run("xenstore-write %s/backend %s %s/backend-id 0 "
	    "%s/virtual-device 51712 %s/device-type disk", frontend, backend,
	    frontend, frontend, frontend);
	run("xenstore-write %s/frontend %s %s/frontend-id %d %s/online 1 "
	    "%s/type phy %s/dev xvda %s/mode w %s/params /dev/ram1 "
	    "%s/physical-device 1:1 %s/hotplug-status connected", backend,
	    frontend, backend, domid, backend, backend, backend, backend,
	    backend, backend, backend);
	run("xenstore-chmod -r %s n0 r%d", backend, domid);
	run("xenstore-chmod -r %s n%d r0", frontend, domid);
	run("xenstore-write %s/state 1 %s/state 1", frontend, backend);
	run("xenstore-chmod %s/state n%d r0", frontend, domid);
	run("xenstore-chmod %s/state n0 r%d", backend, domid);
}

/* As when a toolstack takes a disk away. */
static void detach(void)
{
	run("xenstore-write %s/online 0 %s/state 5", backend, backend);
	run("for i in $(seq 100); do "
	    "[ $(xenstore-read %s/state) = 6 ] && exit 0; sleep 0.1; done; "
	    "exit 1", backend);
	run("xenstore-rm %s; xenstore-rm %s", frontend, backend);
}

START_TEST(a_disk_connects_while_the_driver_has_all_that_it_may_have)
{
	CAST;
	long got;

	must(set_limit(owner, 0x7fffffff));
	got = must(ask(owner, "take_all"));
	ck_assert_int_gt(got, 10000);
	attach(actor_domain(owner)->domid);
	/* the driver still cannot have more */
	must(ask(owner, "read_disk %d", DISK_MS));
	ck_assert_int_eq(ask(owner, "take_all"), 0);
	counters(owner, got, 0);
	detach();
	must(ask(peer, "counters"));
}
END_TEST

void native_frontend(TCase *tc, int pair)
{
	/* frontends are in domUs */
	if (pairs[pair].owner->remote)
		add(a_disk_connects_while_the_driver_has_all_that_it_may_have);
}
