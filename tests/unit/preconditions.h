/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is there before an operation whose failures are tested. Each function
 * begins anew: it makes what it is named for, and forgets what was before.
 */
#ifndef PRECONDITIONS_H
#define PRECONDITIONS_H

#include "unit.h"

/* Errors that no call of the library or the fake comes up with by itself. */
#define FIRST_ERROR	EDOM
#define LATER_ERROR	ERANGE

/* All that there is. NULL or -1: nothing. */
extern struct preconditions {
	int descriptor;
	struct gntshare *allocator;
	struct gntshare_region *region;
	struct gntshare_view *view;
	struct gntshare_mapper *mapper;
	struct gntshare_mapping *mapping;
} now;

/* Grefs of the peer. */
extern const uint32_t peer_grefs[3];

void with_nothing(void);
void with_descriptor(void);
void with_allocator(void);
/* On a driver without the native level. */
void with_old_allocator(void);
void with_event(void);

/*
 * Of three pages: for a peer from the start, the same of the 2011 level,
 * granted to nobody, and that one granted.
 */
void with_region(void);
void with_old_region(void);
void with_native_region(void);
void with_granted_region(void);

/* And a second one, of two pages. */
void with_regions(void);
void with_old_regions(void);
void with_native_regions(void);

/* Of two pages of a region of three; the same when that is destroyed. */
void with_view(void);
void with_view_alone(void);

/* Of three pages; and a second one, of two. */
void with_mapper(void);
void with_mapping(void);
void with_mappings(void);

/* Close what is open. The close succeeds. */
void close_all(void);

#endif /* PRECONDITIONS_H */
