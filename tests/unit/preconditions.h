/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The objects that exist before an operation whose failures are tested. Each
 * function makes the objects that its name says, and forgets all earlier ones.
 */
#ifndef PRECONDITIONS_H
#define PRECONDITIONS_H

#include "unit.h"

/* Errors that neither the library nor the fake ever returns by itself. */
#define FIRST_ERROR	EDOM
#define LATER_ERROR	ERANGE

/* All objects that exist now. NULL or -1: there is none. */
extern struct preconditions {
	int descriptor;
	struct gntshare *allocator;
	struct gntshare_region *region;
	struct gntshare_view *view;
	struct gntshare_mapper *mapper;
	struct gntshare_mapping *mapping;
} now;

/* Grefs of the peer's grants to us. */
extern const uint32_t peer_grefs[3];

void with_nothing(void);
void with_descriptor(void);
void with_allocator(void);
/* The same, on a driver without the native level. */
void with_old_allocator(void);
void with_event(void);

/*
 * These regions have three pages. The first one is created for a peer, and so
 * is the second one, on the 2011 level. The third one is granted to nobody, and
 * the fourth one is created in the same way and then granted.
 */
void with_region(void);
void with_old_region(void);
void with_native_region(void);
void with_granted_region(void);

/* These have the same region, and a second one, of two pages. */
void with_regions(void);
void with_old_regions(void);
void with_native_regions(void);

/*
 * The same of a granted region of the pages of memory, which may be granted for
 * writing; with a second one, too.
 */
extern char memory[3 * FAKE_PAGE_SIZE];
void with_memory_region(void);
void with_memory_regions(void);

/*
 * A view of two pages of a region of three; and the same after the region is
 * destroyed.
 */
void with_view(void);
void with_view_alone(void);

/* A mapper; with a mapping of three pages; with a second mapping, of two. */
void with_mapper(void);
void with_mapping(void);
void with_mappings(void);

/* Close everything that is open. This has to succeed. */
void close_all(void);

#endif /* PRECONDITIONS_H */
