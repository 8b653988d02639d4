/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A user without rights searches for consecutive grefs so that the table has to
 * grow, again and again. Meanwhile another user wants one page at a time.
 */
#ifndef VM_CLIMB_H
#define VM_CLIMB_H

#include <stdint.h>

#define CLIMB_ROW	600	/* pages of one search */
#define CLIMB_QUOTA	650

/* What came of it. */
struct climb {
	/* How many searches found grefs, and how many did not. */
	volatile long rows, refused;
	volatile long rounds;		/* of the other user */
	volatile int error;		/* the other user's last error, or 0 */
	volatile int end;
};

/*
 * Runs both users, for at most @count searches and about @ms milliseconds, or
 * until another process in this domain calls end_climb(). Returns 0, with the
 * results in @climb, or -errno. Afterwards there is no quota, and only root may
 * open the device.
 */
int climb(long count, long ms, const struct climb **climb);
int end_climb(void);

/*
 * The number of frames of the grant table of @domid, or of this domain if
 * @domid is SELF. Xen tells it to a domain that may make hypercalls. Returns
 * -errno if Xen does not tell it.
 */
#define SELF		0x7ff0
long table_frames(uint16_t domid);

#endif
