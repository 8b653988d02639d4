/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices of a domU with a backend in dom0's kernel, attached as xl would do it: by
 * keys in xenstore. If a step fails, the test fails.
 */
#ifndef VM_BACKEND_DEVICE_H
#define VM_BACKEND_DEVICE_H

/*
 * struct backend_device
 *
 * @type: vbd or vif
 * @number: of the device, in xenstore
 * @place: where the frontend is, below the domU's own path; its last part has to
 *	be @number
 */
struct backend_device {
	const char *type;
	int number;
	const char *place;
};

/*
 * Attaches it. The keys of both sides are pairs of a path, below $front or $back, and
 * a value, as words for the shell.
 */
void backend_attach(const struct backend_device *device, int domid,
		    const char *keys);

/* Waits until the backend has that state, one of enum xenbus_state. */
void backend_await_state(const struct backend_device *device, int domid,
			 int state);

/* Removes the device as a toolstack does: the frontend has to close. */
void backend_detach(const struct backend_device *device, int domid);

/*
 * Removes the device by force, for a frontend that has given up. In that case,
 * Linux's frontend waits for its backend to close, and the backend waits for
 * the frontend.
 */
void backend_detach_by_force(const struct backend_device *device, int domid);

/*
 * struct disk - a RAM disk of dom0
 *
 * @name: what the domU calls it
 * @ram: its number, /dev/ram1 and so on
 */
struct disk {
	struct backend_device device;
	const char *name;
	int ram;
};

void disk_attach(const struct disk *disk, int domid);

/* Runs a command of the shell in dom0. */
void run_in_dom0(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
