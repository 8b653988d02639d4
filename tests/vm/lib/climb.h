/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A user without rights who searches for consecutive grefs so that the table
 * has to grow, again and again, beside another one who wants a page at a time.
 */
#ifndef VM_CLIMB_H
#define VM_CLIMB_H

#include <stdint.h>

#define CLIMB_ROW	600	/* pages that the grefs are for */
#define CLIMB_QUOTA	650

/* What comes of it. */
struct climb {
	volatile long rows, refused;	/* of those that were searched for */
	volatile long rounds;		/* of the other user */
	volatile int error;		/* what that one got at last, if it did */
	volatile int end;
};

/*
 * Both, for @count rounds, or @ms milliseconds and a little longer. There is no
 * quota afterwards, and the device is root's. The answer is in @climb. 0 or
 * -errno.
 */
int climb(long count, long ms, const struct climb **climb);

/*
 * Frames of the grant table of @domid or, if that is SELF, of this domain; Xen
 * tells it to who may make hypercalls. -errno if it does not.
 */
#define SELF		0x7ff0
long table_frames(uint16_t domid);

#endif
