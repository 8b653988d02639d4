/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RAM disks of dom0 as disks of a domU, attached as xl would do it: by nodes in
 * xenstore, for xen-blkback. If a step fails, the test fails.
 */
#ifndef VM_DISK_H
#define VM_DISK_H

/*
 * struct disk
 *
 * @place: where the frontend is, below the domU's own path; its last part has to
 *	be @number
 * @name: what the domU calls it
 * @number: of @name, in the protocol
 * @ram: the number of the RAM disk, /dev/ram1 and so on
 */
struct disk {
	const char *place, *name;
	int number, ram;
};

void disk_attach(const struct disk *disk, int domid);

/* Waits until the backend has that state, one of enum xenbus_state. */
void disk_await_state(const struct disk *disk, int domid, int state);

/* Removes the disk as a toolstack does: the frontend has to close. */
void disk_detach(const struct disk *disk, int domid);

/*
 * Removes the disk by force, for a frontend that has given up. In that case,
 * Linux's frontend waits for its backend to close, and the backend waits for
 * the frontend.
 */
void disk_detach_by_force(const struct disk *disk, int domid);

/* Runs a command of the shell in dom0. */
void disk_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
