// SPDX-License-Identifier: GPL-2.0-or-later
/* The objects that exist before an operation whose failures are tested. */
#include "preconditions.h"

struct preconditions now;

const uint32_t peer_grefs[3] = { 31, 5, 77 };

_Alignas(FAKE_PAGE_SIZE) char memory[3 * FAKE_PAGE_SIZE];

void with_nothing(void)
{
	now = (struct preconditions){ .descriptor = -1 };
	fake_set_old_driver(false);
}

void with_descriptor(void)
{
	with_nothing();
	now.descriptor = fake_open("/dev/xen/gntalloc");
}

void with_allocator(void)
{
	with_nothing();
	now.allocator = open_allocator();
}

void with_old_allocator(void)
{
	with_allocator();
	fake_set_old_driver(true);
}

void with_event(void)
{
	with_allocator();
	fake_restore();
}

void with_region(void)
{
	with_allocator();
	now.region = share_region(now.allocator, 3, 0);
}

void with_regions(void)
{
	with_region();
	share_region(now.allocator, 2, 0);
}

void with_old_region(void)
{
	with_old_allocator();
	now.region = share_region(now.allocator, 3, 0);
}

void with_old_regions(void)
{
	with_old_region();
	share_region(now.allocator, 2, 0);
}

void with_native_region(void)
{
	with_allocator();
	now.region = create_region(now.allocator, 3);
}

void with_granted_region(void)
{
	uint32_t grefs[3];

	with_native_region();
	grant_region(now.region, PEER, grefs);
}

void with_native_regions(void)
{
	with_granted_region();
	create_region(now.allocator, 2);
}

void with_memory_region(void)
{
	uint32_t grefs[3];

	with_allocator();
	now.region = create_from_memory(now.allocator, memory, 3,
					GNTSHARE_WRITABLE);
	grant_region(now.region, PEER, grefs);
}

void with_memory_regions(void)
{
	with_memory_region();
	create_from_memory(now.allocator, memory + FAKE_PAGE_SIZE, 2, 0);
}

void with_view(void)
{
	with_native_region();
	now.view = create_view(now.allocator, FAKE_PAGE_SIZE, 2);
}

void with_view_alone(void)
{
	with_view();
	ck_assert_int_eq(gntshare_region_destroy(now.region), 0);
	now.region = NULL;
}

void with_mapper(void)
{
	with_nothing();
	now.mapper = open_mapper();
}

void with_mapping(void)
{
	with_mapper();
	now.mapping = create_mapping(now.mapper, peer_grefs, 3, 0);
}

void with_mappings(void)
{
	with_mapping();
	create_mapping(now.mapper, peer_grefs, 2, 0);
}

void close_all(void)
{
	ck_assert_int_eq(gntshare_close(now.allocator), 0);
	ck_assert_int_eq(gntshare_mapper_close(now.mapper), 0);
	/* If there is an allocator, the descriptor is its own. */
	if (now.descriptor >= 0 && !now.allocator)
		fake_close(now.descriptor);
}
