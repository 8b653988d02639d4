// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices of a domU with a backend in dom0: see backend_device.h. */
#include "backend_device.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <check.h>

#define CLOSING	5
#define CLOSED	6

void run_in_dom0(const char *format, ...)
{
	char command[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(command, sizeof(command), format, list);
	va_end(list);
	ck_assert_msg(!system(command), "%s", command);
}

/* Runs commands that use $front and $back, the directories of both sides. */
static void run(const struct backend_device *d, int domid, const char *commands)
{
	run_in_dom0("front=/local/domain/%d/%s; "
		    "back=/local/domain/0/backend/%s/%d/%d; %s", domid,
		    d->place, d->type, domid, d->number, commands);
}

/*
 * "state" is written last, for both at once. By its "state" the device exists,
 * and a backend whose frontend has none goes away.
 */
void backend_attach(const struct backend_device *d, int domid, const char *keys)
{
	char commands[768];

	snprintf(commands, sizeof(commands),
		 "xenstore-write $front/backend $back $front/backend-id 0 "
		 "$back/frontend $front $back/frontend-id %d $back/online 1 "
		 "$back/hotplug-status connected %s && "
		 "xenstore-chmod -r $back n0 r%d && "
		 "xenstore-chmod -r $front n%d r0 && "
		 "xenstore-write $front/state 1 $back/state 1 && "
		 "xenstore-chmod $front/state n%d r0 && "
		 "xenstore-chmod $back/state n0 r%d", domid, keys, domid, domid,
		 domid, domid);
	run(d, domid, commands);
}

void backend_await_state(const struct backend_device *d, int domid, int state)
{
	char commands[128];

	snprintf(commands, sizeof(commands),
		 "for i in $(seq 100); do "
		 "[ $(xenstore-read $back/state) = %d ] && exit 0; sleep 0.1; "
		 "done; exit 1", state);
	run(d, domid, commands);
}

void backend_detach(const struct backend_device *d, int domid)
{
	char commands[64];

	snprintf(commands, sizeof(commands),
		 "xenstore-write $back/online 0 $back/state %d", CLOSING);
	run(d, domid, commands);
	backend_await_state(d, domid, CLOSED);
	run(d, domid, "xenstore-rm $front; xenstore-rm $back");
}

void backend_detach_by_force(const struct backend_device *d, int domid)
{
	char commands[192];

	snprintf(commands, sizeof(commands),
		 "xenstore-rm $front; for i in $(seq 100); do "
		 "[ -e /sys/bus/xen-backend/devices/%s-%d-%d ] || "
		 "{ xenstore-rm $back; exit; }; sleep 0.1; done; exit 1",
		 d->type, domid, d->number);
	run(d, domid, commands);
}

void disk_attach(const struct disk *disk, int domid)
{
	char keys[256];

	run_in_dom0("modprobe -a brd xen-blkback");
	snprintf(keys, sizeof(keys),
		 "$front/virtual-device %d $front/device-type disk "
		 "$back/type phy $back/dev %s $back/mode w "
		 "$back/params /dev/ram%d $back/physical-device 1:%d",
		 disk->device.number, disk->name, disk->ram, disk->ram);
	backend_attach(&disk->device, domid, keys);
}
