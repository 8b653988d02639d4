// SPDX-License-Identifier: GPL-2.0-or-later
/* RAM disks of dom0 as disks of a domU: see disk.h. */
#include "disk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <check.h>

#define CLOSING	5
#define CLOSED	6

void disk_run(const char *format, ...)
{
	char command[512];
	va_list list;

	va_start(list, format);
	vsnprintf(command, sizeof(command), format, list);
	va_end(list);
	ck_assert_msg(!system(command), "%s", command);
}

/* The directories of the backend and of the frontend. */
static char backend[64], frontend[64];

static void directories_of(const struct disk *disk, int domid)
{
	snprintf(backend, sizeof(backend),
		 "/local/domain/0/backend/vbd/%d/%d", domid, disk->number);
	snprintf(frontend, sizeof(frontend), "/local/domain/%d/%s", domid,
		 disk->place);
}

/*
 * "state" is written last, for both at once. By its "state" the device exists,
 * and a backend whose frontend has none goes away.
 */
void disk_attach(const struct disk *disk, int domid)
{
	directories_of(disk, domid);
	disk_run("modprobe -a brd xen-blkback");
	disk_run("xenstore-write %s/backend %s %s/backend-id 0 "
		 "%s/virtual-device %d %s/device-type disk", frontend, backend,
		 frontend, frontend, disk->number, frontend);
	disk_run("xenstore-write %s/frontend %s %s/frontend-id %d %s/online 1 "
		 "%s/type phy %s/dev %s %s/mode w %s/params /dev/ram%d "
		 "%s/physical-device 1:%d %s/hotplug-status connected", backend,
		 frontend, backend, domid, backend, backend, backend,
		 disk->name, backend, backend, disk->ram, backend, disk->ram,
		 backend);
	disk_run("xenstore-chmod -r %s n0 r%d", backend, domid);
	disk_run("xenstore-chmod -r %s n%d r0", frontend, domid);
	disk_run("xenstore-write %s/state 1 %s/state 1", frontend, backend);
	disk_run("xenstore-chmod %s/state n%d r0", frontend, domid);
	disk_run("xenstore-chmod %s/state n0 r%d", backend, domid);
}

void disk_await_state(const struct disk *disk, int domid, int state)
{
	directories_of(disk, domid);
	disk_run("for i in $(seq 100); do "
		 "[ $(xenstore-read %s/state) = %d ] && exit 0; sleep 0.1; "
		 "done; exit 1", backend, state);
}

void disk_detach(const struct disk *disk, int domid)
{
	directories_of(disk, domid);
	disk_run("xenstore-write %s/online 0 %s/state %d", backend, backend,
		 CLOSING);
	disk_await_state(disk, domid, CLOSED);
	disk_run("xenstore-rm %s; xenstore-rm %s", frontend, backend);
}

void disk_detach_by_force(const struct disk *disk, int domid)
{
	directories_of(disk, domid);
	disk_run("xenstore-rm %s", frontend);
	disk_run("for i in $(seq 100); do "
		 "[ -e /sys/bus/xen-backend/devices/vbd-%d-%d ] || exit 0; "
		 "sleep 0.1; done; exit 1", domid, disk->number);
	disk_run("xenstore-rm %s", backend);
}
