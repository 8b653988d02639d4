// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Out of memory: each call that needs some fails with ENOMEM, and leaves
 * everything as it was. The caller is in a memory cgroup that is full.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cgroup.h"
#include "device.h"
#include "kmsg.h"
#include "native.h"
#include "stage.h"
#include "suites.h"

#define MUCH		0x7fffffff
#define PEER		77
#define LARGE		20000U	/* pages; an array of refs is 80 KB */
#define REGIONS		4000
#define MAX		(4L << 20)
#define MAX_OF_STRUCTS	(256L << 10)	/* where pages are not charged */

/* What the child finds: made outside of its cgroup. */
static int large;		/* an open file with a region of that size */
static int regions;		/* one with many, of a page each */
static uint64_t ids[REGIONS];

/* A call that takes little memory may still find some: how often it did. */
static int until_enomem(int (*call)(int i), int most)
{
	int i, ret;

	for (i = 0; i < most; i++) {
		ret = call(i);
		if (ret)
			return ret == -ENOMEM ? i : -1;
	}
	return -1;
}

static int create(int i)
{
	(void)i;
	return native_create(large, 1, NULL, NULL);
}

static int set_notification(int i)
{
	return device_notify(large, (uint64_t)i * PAGE,
			     GNTALLOC_2011_CLEAR_BYTE, 0);
}

static int destroy_with_event(int i)
{
	return native_destroy_event(regions, ids[i]);
}

/* The number of what did not fail as it should. */
static int calls_when_it_is_full(void)
{
	void *address;

	if (until_enomem(create, 4000) < 0)
		return 1;
	if (native_create(large, 1, NULL, NULL) != -ENOMEM ||
	    native_create_at(large, 1ULL << 40, 1, NULL) != -ENOMEM)
		return 2;
	if (native_grant(large, 0, LARGE, PEER, 0, NULL) != -ENOMEM)
		return 3;
	if (device_alloc(large, PEER, 0, 1, NULL, NULL) != -ENOMEM)
		return 4;
	if (device_alloc_2010(large, PEER, 0, NULL, NULL) != -ENOMEM)
		return 5;
	if (device_map(large, 0, LARGE, &address) != -ENOMEM)
		return 6;
	if (until_enomem(set_notification, LARGE) < 0)
		return 7;
	if (until_enomem(destroy_with_event, REGIONS) < 0)
		return 8;
	return 0;
}

START_TEST(calls_are_enomem_when_the_memory_cgroup_is_full)
{
	struct gntalloc_native_query query;
	long pages;
	void *address;
	int i;

	must(device_set_limit(MUCH));
	large = (int)must(device_open());
	must(native_create_at(large, 0, LARGE, NULL));
	regions = (int)must(device_open());
	for (i = 0; i < REGIONS; i++)
		must(native_create(regions, 1, NULL, &ids[i]));

	cgroup_make();
	must(cgroup_max(cgroup_has_pages() ? MAX : MAX_OF_STRUCTS));
	ck_assert_int_eq(cgroup_run_unkillable(calls_when_it_is_full), 0);
	ck_assert_int_gt(kmsg_mentions("no killable processes"), 0);

	/* the grant has left nothing, and the region is as it was */
	must(native_query(large, &query));
	ck_assert_uint_eq(query.grants, 0);
	fails(native_revoke(large, 0, LARGE, PEER), ENOENT);
	/* out here there is memory */
	must(native_grant(large, 0, LARGE, PEER, 0, NULL));
	must(device_map(large, 0, LARGE, &address));
	must(device_notify(large, (LARGE - 1) * PAGE, GNTALLOC_2011_CLEAR_BYTE,
			   0));
	/* the region whose destroy failed is the first that is still there */
	for (i = 0; i < REGIONS; i++)
		if (native_state(regions, ids[i]) == GNTALLOC_STATE_LIVE)
			break;
	ck_assert_int_lt(i, REGIONS);
	pages = device_counter("pages");
	must(native_destroy_event(regions, ids[i]));
	ck_assert_int_eq(device_counter("pages"), pages - 1);

	munmap(address, LARGE * PAGE);
	close(large);
	close(regions);
	ck_assert_int_eq(device_counter("pages"), 0);
	cgroup_remove();
}
END_TEST

void native_memory(TCase *tc)
{
	tcase_add_test(tc, calls_are_enomem_when_the_memory_cgroup_is_full);
}
