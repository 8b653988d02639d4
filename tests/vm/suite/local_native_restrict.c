// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level: descriptors that may do less, and what user nobody can do
 * with a descriptor that it received.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenevtchn.h>

#include <gntshare.h>

#include "device.h"
#include "fd_pass.h"
#include "fixture.h"
#include "native.h"
#include "suite.h"

#define PEER	77
#define OTHER	78

static const uint16_t peers[] = { PEER, OTHER };

static int share_for(int file, uint16_t domid, uint32_t pages)
{
	struct gntalloc_native_share op = { .pages = pages, .domid = domid };

	return native_share_call(file, &op, NULL);
}

START_TEST(no_create_ends_creates_and_grants_on_all_levels)
{
	int file = (int)must(device_open());
	void *address;
	uint64_t id;

	must(native_create(file, 4, NULL, &id));
	must(native_grant(file, 0, 2, PEER, 0, NULL));
	must(native_restrict(file, GNTALLOC_RESTRICT_NO_CREATE, 0, NULL, 0));
	fails(native_create(file, 1, NULL, NULL), EPERM);
	fails(native_create_at(file, 8 * PAGE, 1, NULL), EPERM);
	fails(native_grant(file, 0, 1, PEER, 0, NULL), EPERM);
	fails(share_for(file, PEER, 1), EPERM);
	fails(device_alloc(file, PEER, 0, 1, NULL, NULL), EPERM);
	fails(device_alloc_2010(file, PEER, 0, NULL, NULL), EPERM);
	/* What exists already can be used, and given up. */
	must(device_map(file, 0, 4, &address));
	memset(address, 1, 4 * PAGE);
	must(device_notify(file, 0, GNTALLOC_2011_CLEAR_BYTE, 0));
	must(native_revoke(file, 0, 1, PEER));
	must(device_dealloc(file, PAGE, 1));
	must(native_destroy(file, id));
}
END_TEST

START_TEST(pages_bounds_what_comes_beyond_what_there_is)
{
	int file = (int)must(device_open());
	uint64_t id;

	must(native_create(file, 5, NULL, NULL));
	must(native_restrict(file, GNTALLOC_RESTRICT_PAGES, 3, NULL, 0));
	fails(native_create(file, 4, NULL, NULL), EDQUOT);
	fails(share_for(file, PEER, 4), EDQUOT);
	fails(device_alloc(file, PEER, 0, 4, NULL, NULL), ENOSPC);
	must(native_create(file, 2, NULL, &id));
	must(device_alloc_2010(file, PEER, 0, NULL, NULL));
	fails(native_create(file, 1, NULL, NULL), EDQUOT);
	fails(share_for(file, PEER, 1), EDQUOT);
	fails(device_alloc_2010(file, PEER, 0, NULL, NULL), ENOSPC);
	/* The bound for entries is three, and there is one already. */
	fails(native_grant(file, 0, 3, PEER, 0, NULL), EDQUOT);
	must(native_grant(file, 0, 2, PEER, 0, NULL));
	fails(native_grant(file, 0, 1, PEER, 0, NULL), EDQUOT);
	/* What was given up can be had again. */
	must(native_destroy(file, id));
	must(native_create(file, 2, NULL, NULL));
	must(native_revoke(file, 0, 1, PEER));
	must(native_grant(file, 4 * PAGE, 1, PEER, 0, NULL));
}
END_TEST

START_TEST(domids_bound_whom_pages_are_granted_to)
{
	int file = (int)must(device_open());

	must(native_restrict(file, GNTALLOC_RESTRICT_DOMIDS, 0, peers, 2));
	must(native_create(file, 2, NULL, NULL));
	must(native_grant(file, 0, 2, PEER, 0, NULL));
	must(native_grant(file, 0, 2, OTHER, 0, NULL));
	must(device_alloc(file, PEER, 0, 1, NULL, NULL));
	must(device_alloc_2010(file, OTHER, 0, NULL, NULL));
	must(share_for(file, OTHER, 1));
	fails(native_grant(file, 0, 2, 79, 0, NULL), EPERM);
	fails(share_for(file, 79, 1), EPERM);
	fails(device_alloc(file, 79, 0, 1, NULL, NULL), EPERM);
	fails(device_alloc_2010(file, 79, 0, NULL, NULL), EPERM);
	fails(native_grant(file, 0, 2, 0x7ff0, 0, NULL), EINVAL);
	fails(share_for(file, 0x7ff0, 1), EINVAL);
}
END_TEST

START_TEST(a_restriction_to_no_domain_leaves_no_grants)
{
	int file = (int)must(device_open());

	must(native_restrict(file, GNTALLOC_RESTRICT_DOMIDS, 0, NULL, 0));
	must(native_create(file, 2, NULL, NULL));
	fails(native_grant(file, 0, 1, 0, 0, NULL), EPERM);
	fails(native_grant(file, 0, 1, PEER, 0, NULL), EPERM);
}
END_TEST

START_TEST(restrictions_only_narrow)
{
	static const uint16_t more[] = { OTHER, 79 };
	int file = (int)must(device_open());

	must(native_restrict(file, GNTALLOC_RESTRICT_DOMIDS |
			     GNTALLOC_RESTRICT_PAGES, 4, peers, 2));
	must(native_restrict(file, GNTALLOC_RESTRICT_DOMIDS |
			     GNTALLOC_RESTRICT_PAGES, 100, more, 2));
	must(native_create(file, 1, NULL, NULL));
	/* Only the ids in both lists are allowed. */
	must(native_grant(file, 0, 1, OTHER, 0, NULL));
	fails(native_grant(file, 0, 1, PEER, 0, NULL), EPERM);
	fails(native_grant(file, 0, 1, 79, 0, NULL), EPERM);
	fails(native_create(file, 4, NULL, NULL), EDQUOT);
	must(native_restrict(file, GNTALLOC_RESTRICT_PAGES, 1, NULL, 0));
	fails(native_create(file, 2, NULL, NULL), EDQUOT);
	must(native_create(file, 1, NULL, NULL));
	must(native_restrict(file, GNTALLOC_RESTRICT_NO_CREATE, 0, NULL, 0));
	must(native_restrict(file, GNTALLOC_RESTRICT_PAGES, 100, NULL, 0));
	fails(native_create(file, 1, NULL, NULL), EPERM);
}
END_TEST

START_TEST(a_restriction_is_for_the_open_file_and_no_other)
{
	int file = (int)must(device_open());
	int copy = dup(file);
	int other = (int)must(device_open());

	must(native_restrict(copy, GNTALLOC_RESTRICT_NO_CREATE, 0, NULL, 0));
	fails(native_create(file, 1, NULL, NULL), EPERM);
	must(native_create(other, 1, NULL, NULL));
}
END_TEST

/* --- events --------------------------------------------------------------- */

#define EVENT	GNTALLOC_2011_SEND_EVENT
#define CLEAR	GNTALLOC_2011_CLEAR_BYTE
#define SELF	0x7ff0	/* this domain, for Xen */
#define PORTS	600

/* Both ends of an event channel, each of which could be another process's. */
struct channel {
	xenevtchn_handle *here, *there;
	uint32_t port, end;
};

static void open_channel(struct channel *c)
{
	int port, end;

	c->here = xenevtchn_open(NULL, 0);
	c->there = xenevtchn_open(NULL, 0);
	ck_assert(c->here && c->there);
	end = xenevtchn_bind_unbound_port(c->there, SELF);
	ck_assert_int_gt(end, 0);
	port = xenevtchn_bind_interdomain(c->here, SELF, (uint32_t)end);
	ck_assert_int_gt(port, 0);
	c->port = (uint32_t)port;
	c->end = (uint32_t)end;
	/* It has had an event since it was bound. */
	if (native_polls(xenevtchn_fd(c->there), 100) == 1) {
		ck_assert_int_eq(xenevtchn_pending(c->there), end);
		xenevtchn_unmask(c->there, c->end);
	}
}

static void close_channel(struct channel *c)
{
	xenevtchn_close(c->here);
	xenevtchn_close(c->there);
}

/*
 * The flags are some of NO_CREATE, PAGES and DOMIDS, with or without
 * KEEP_SEND_EVENT.
 */
static void restrict_to(int file, uint32_t flags)
{
	must(native_restrict(file, flags, 0, NULL, 0));
}

static void sends_nothing(int file, uint32_t port)
{
	fails(device_notify(file, 0, EVENT, port), EPERM);
	fails(device_notify(file, 0, EVENT | CLEAR, port), EPERM);
	must(device_notify(file, 0, CLEAR, port));
	must(device_notify(file, 0, 0, port));
}

START_LOOP_TEST(a_restricted_descriptor_sends_no_events_on_any_port, 1, 8)
{
	uint32_t port, flags = (uint32_t)_i;
	struct channel c;
	int file = (int)must(device_open());

	open_channel(&c);
	must(native_create(file, 2, NULL, NULL));
	must(device_notify(file, 0, EVENT, c.port));
	restrict_to(file, flags);
	/* The error does not tell which ports exist. */
	for (port = 0; port < PORTS; port++)
		fails(device_notify(file, 0, EVENT, port), EPERM);
	fails(device_notify(file, 0, EVENT, 0xffffffff), EPERM);
	sends_nothing(file, c.port);
	sends_nothing(file, c.end);
	/* Other mistakes have the same errors as before. */
	fails(device_notify(file, 0, EVENT | 4, c.port), EINVAL);
	fails(device_notify(file, 2 * PAGE, EVENT, c.port), ENOENT);
	/* The right does not come back. */
	restrict_to(file, flags | GNTALLOC_RESTRICT_KEEP_SEND_EVENT);
	sends_nothing(file, c.port);
	close_channel(&c);
}
END_TEST

START_LOOP_TEST(a_restriction_that_says_so_leaves_the_right_to_send_events,
		1, 8)
{
	uint32_t flags = (uint32_t)_i | GNTALLOC_RESTRICT_KEEP_SEND_EVENT;
	struct channel c;
	int file = (int)must(device_open());

	open_channel(&c);
	must(native_create(file, 2, NULL, NULL));
	restrict_to(file, flags);
	restrict_to(file, flags);
	must(device_notify(file, 0, EVENT | CLEAR, c.port));
	fails(device_notify(file, 0, EVENT, 0xffffffff), EINVAL);
	ck_assert_int_eq(native_polls(xenevtchn_fd(c.there), 0), 0);
	must(device_dealloc(file, 0, 1));
	ck_assert_int_eq(native_polls(xenevtchn_fd(c.there), 1000), 1);
	/* The next restriction takes the right away. */
	must(device_notify(file, PAGE, EVENT, c.port));
	restrict_to(file, (uint32_t)_i);
	fails(device_notify(file, PAGE, EVENT, c.port), EPERM);
	close_channel(&c);
}
END_TEST

START_TEST(a_notification_of_before_a_restriction_is_carried_out)
{
	struct channel c;
	int file = (int)must(device_open());

	open_channel(&c);
	must(native_create(file, 2, NULL, NULL));
	must(device_notify(file, 0, EVENT, c.port));
	restrict_to(file, GNTALLOC_RESTRICT_NO_CREATE);
	ck_assert_int_eq(native_polls(xenevtchn_fd(c.there), 0), 0);
	must(device_dealloc(file, 0, 1));
	ck_assert_int_eq(native_polls(xenevtchn_fd(c.there), 1000), 1);
	close_channel(&c);
}
END_TEST

/* --- uid nobody ---------------------------------------------------------- */

/*
 * Checks what user nobody may do. Returns the number of the check that failed.
 */
static int as_nobody(int file)
{
	static const uint16_t all[] = { PEER, OTHER, 79 };
	uint32_t flags = GNTALLOC_GRANT_WRITABLE;
	uint32_t gref, page_idx;
	uint64_t offset, id;
	char *address;
	int ret;

	if (getuid() != NOBODY_UID || device_open() != -EACCES)
		return 1;
	/* A wider restriction has no effect. */
	if (native_restrict(file, GNTALLOC_RESTRICT_DOMIDS |
			    GNTALLOC_RESTRICT_PAGES, 1000, all, 3))
		return 2;

	if (native_create(file, 4, &offset, &id) ||
	    native_grant(file, offset, 4, PEER, flags, NULL) ||
	    device_map(file, offset, 4, (void **)&address))
		return 3;
	memset(address, 0x11, 4 * PAGE);
	if (native_grant(file, offset, 1, OTHER, 0, NULL) != -EPERM ||
	    native_grant(file, offset, 1, 79, 0, NULL) != -EPERM)
		return 4;
	/*
	 * Consecutive grefs are searched among four more entries. There may be
	 * none.
	 */
	ret = native_grant(file, offset, 4, PEER, flags |
			   GNTALLOC_GRANT_CONSECUTIVE, NULL);
	if ((ret && ret != -ENOSPC) ||
	    native_revoke(file, offset, 4, PEER) ||
	    native_grant(file, offset, 4, PEER, flags, NULL))
		return 11;

	if (device_alloc(file, PEER, 0, 2, &offset, NULL) ||
	    device_notify(file, offset, GNTALLOC_2011_CLEAR_BYTE, 0))
		return 5;
	if (device_alloc(file, OTHER, 0, 1, NULL, NULL) != -EPERM)
		return 6;
	if (device_alloc_2010(file, PEER, 0, &gref, &page_idx))
		return 7;
	if (device_alloc_2010(file, OTHER, 0, NULL, NULL) != -EPERM)
		return 8;

	/* It has seven pages of eight. */
	if (native_create(file, 2, NULL, NULL) != -EDQUOT ||
	    device_alloc(file, PEER, 0, 2, NULL, NULL) != -ENOSPC ||
	    native_create(file, 1, NULL, NULL) ||
	    device_alloc_2010(file, PEER, 0, NULL, NULL) != -ENOSPC)
		return 9;

	if (device_dealloc(file, offset, 2) ||
	    device_dealloc_2010(file, gref) ||
	    native_revoke(file, 0, 4, PEER) != 0 ||
	    native_destroy(file, id) || munmap(address, 4 * PAGE))
		return 10;
	return 0;
}

START_TEST(uid_nobody_does_with_a_passed_descriptor_what_it_allows)
{
	static const uint16_t one[] = { PEER };
	int file = (int)must(device_open());

	must(native_restrict(file, GNTALLOC_RESTRICT_DOMIDS |
			     GNTALLOC_RESTRICT_PAGES, 8, one, 1));
	ck_assert_int_eq(pass_to_nobody(file, as_nobody), 0);
	/*
	 * The open file belongs to this process. The one page is all that is
	 * left.
	 */
	ck_assert_int_eq(device_counter("pages"), 1);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

static int as_user_of_what_there_is(int file)
{
	char *address;

	if (native_create(file, 1, NULL, NULL) != -EPERM ||
	    native_grant(file, 0, 1, PEER, 0, NULL) != -EPERM ||
	    device_alloc(file, PEER, 0, 1, NULL, NULL) != -EPERM ||
	    device_alloc_2010(file, PEER, 0, NULL, NULL) != -EPERM)
		return 1;
	if (device_map(file, 0, 2, (void **)&address) ||
	    !memory_is(address, 0x22, 2 * PAGE))
		return 2;
	memset(address, 0x33, 2 * PAGE);
	return 0;
}

START_TEST(uid_nobody_uses_a_region_and_creates_none)
{
	int file = (int)must(device_open());
	char *address;

	must(native_create(file, 2, NULL, NULL));
	must(native_grant(file, 0, 2, PEER, 0, NULL));
	must(device_map(file, 0, 2, (void **)&address));
	memset(address, 0x22, 2 * PAGE);
	must(native_restrict(file, GNTALLOC_RESTRICT_NO_CREATE, 0, NULL, 0));
	ck_assert_int_eq(pass_to_nobody(file, as_user_of_what_there_is), 0);
	ck_assert(memory_is(address, 0x33, 2 * PAGE));
	ck_assert_int_eq(device_counter("entries"), 2);
}
END_TEST

/* The same rights, where both sides use the library. */
static int as_adopter(int file)
{
	struct gntshare *a;
	struct gntshare_region *region, *other;
	uint32_t grefs[6];

	if (gntshare_open(&a, NULL) != -EACCES || gntshare_adopt(&a, file))
		return 1;
	if (gntshare_region_create(a, &region, 6, GNTSHARE_ANY_OFFSET) ||
	    gntshare_region_grant(region, 0, 6, PEER, GNTSHARE_WRITABLE, grefs))
		return 2;
	memset(gntshare_region_address(region), 0x44, 6 * PAGE);
	if (gntshare_region_grant(region, 0, 1, OTHER, 0, grefs) != -EPERM ||
	    gntshare_region_grant(region, 0, 3, PEER, 0, grefs) != -EDQUOT ||
	    gntshare_region_create(a, &other, 3, GNTSHARE_ANY_OFFSET) !=
		    -EDQUOT)
		return 3;
	return gntshare_close(a) ? 4 : 0;
}

START_TEST(uid_nobody_adopts_a_descriptor_that_the_library_restricted)
{
	const uint32_t one[] = { PEER };
	struct gntshare *a;

	must(gntshare_open(&a, NULL));
	must(gntshare_restrict(a, GNTSHARE_RESTRICT_DOMIDS |
			       GNTSHARE_RESTRICT_PAGES, 8, one, 1));
	ck_assert_int_eq(pass_to_nobody(gntshare_fd(a), as_adopter), 0);
	ck_assert_int_eq(device_counter("pages"), 0);
	must(gntshare_close(a));
}
END_TEST
