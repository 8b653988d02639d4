// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Regions: lib/region.c. Most tests run twice: on a driver with the native
 * level, and on one without.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "unit.h"

static struct gntshare *a;

static void open_it(void)
{
	a = open_allocator();
}

static void open_old(void)
{
	fake_set_old_driver(true);
	a = open_allocator();
}

static void close_it(void)
{
	ck_assert_int_eq(gntshare_close(a), 0);
}

START_TEST(share_is_one_ioctl_and_one_mmap)
{
	struct gntshare_region *r;

	fake_log_start();
	r = share_region(a, 5, GNTSHARE_WRITABLE);
	assert_log("alloc()", "SHARE(pages=5 domid=7 flags=1)",
		   "mmap(5 rw shared)", "madvise(5 dontfork)");
	fake_log_start();
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	assert_log("munmap(5)", "DESTROY(id=1 flags=0)");
}
END_TEST

START_TEST(a_driver_that_can_not_share_so_is_asked_once)
{
	struct gntshare *b = open_allocator();
	struct gntshare_region *r;

	fake_log_start();
	share_region(a, 1, 0);
	assert_log("alloc()", "SHARE(pages=1 domid=7 flags=0)", "alloc()",
		   "ALLOC(domid=7 flags=0 count=1)", "mmap(1 rw shared)",
		   "madvise(1 dontfork)");
	fake_log_start();
	r = share_region(a, 5, GNTSHARE_WRITABLE);
	assert_log("alloc()", "alloc()", "ALLOC(domid=7 flags=1 count=5)",
		   "mmap(5 rw shared)", "madvise(5 dontfork)");
	/* The blocks of memory are those of two allocators and two regions. */
	ck_assert_uint_eq(fake_account().blocks, 4);
	fake_log_start();
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	assert_log("munmap(5)", "DEALLOC(4096 count=5)");
	/* The library knows this only for that open file. */
	fake_log_start();
	share_region(b, 1, 0);
	assert_log("alloc()", "SHARE(pages=1 domid=7 flags=0)", "alloc()",
		   "ALLOC(domid=7 flags=0 count=1)", "mmap(1 rw shared)",
		   "madvise(1 dontfork)");
	ck_assert_int_eq(gntshare_close(b), 0);
}
END_TEST

/* The errors that a driver that has the call may return. */
static const int refusals[] = {
	EDQUOT, ENOSPC, EPERM, EINVAL, ENOMEM, EINTR, EFAULT, EEXIST, E2BIG,
};

START_TEST(no_other_error_has_the_2011_call_tried)
{
	struct gntshare_region *r;

	fake_log_start();
	fake_fail(2, refusals[_i], 0);
	ck_assert_int_eq(gntshare_region_share(a, &r, PEER, 1, 0),
			 -refusals[_i]);
	fake_fail_stop();
	assert_log("alloc()", "SHARE(pages=1 domid=7 flags=0)");
	/* The next call does not try it either. */
	ck_assert_uint_ne(gntshare_region_id(share_region(a, 1, 0)), 0);
}
END_TEST

START_TEST(a_region_has_an_id_if_the_driver_has_any)
{
	struct gntshare_region *first = share_region(a, 2, 0);
	struct gntshare_region *second = share_region(a, 1, 0);

	ck_assert_uint_eq(gntshare_region_id(first), _i ? 0 : 1);
	ck_assert_uint_eq(gntshare_region_id(second), _i ? 0 : 2);
	ck_assert_uint_eq(gntshare_region_offset(first), 0);
	ck_assert_uint_eq(gntshare_region_offset(second), 2 * FAKE_PAGE_SIZE);
}
END_TEST

static const size_t sizes[] = { 1, 2, 3, 17, FAKE_LIMIT };

START_TEST(a_region_is_as_long_as_was_asked)
{
	struct gntshare_region *r = share_region(a, sizes[_i], 0);
	char *address = gntshare_region_address(r);

	ck_assert_uint_eq(gntshare_region_pages(r), sizes[_i]);
	ck_assert_uint_eq(gntshare_region_size(r), sizes[_i] * FAKE_PAGE_SIZE);
	ck_assert_uint_eq(fake_account().pages, sizes[_i]);
	memset(address, 0x5a, gntshare_region_size(r));
	ck_assert_int_eq(gntshare_region_destroy(r), 0);
	ck_assert_uint_eq(fake_account().pages, 0);
}
END_TEST

START_TEST(grefs_are_the_drivers_in_the_order_of_the_pages)
{
	struct gntshare_region *r = share_region(a, sizes[_i], 0);
	const uint32_t *grefs = gntshare_region_grefs(r);
	size_t i;

	for (i = 0; i < sizes[_i]; i++) {
		ck_assert_ptr_nonnull(fake_grant(grefs[i]));
		ck_assert_uint_eq(fake_grant(grefs[i])->offset,
				  i * FAKE_PAGE_SIZE);
	}
}
END_TEST

START_TEST(the_peer_may_write_only_if_the_flag_says_so)
{
	struct gntshare_region *ro = share_region(a, 1, 0);
	struct gntshare_region *rw = share_region(a, 1, GNTSHARE_WRITABLE);

	ck_assert(!fake_grant(*gntshare_region_grefs(ro))->writable);
	ck_assert(fake_grant(*gntshare_region_grefs(rw))->writable);
	/* The owner may always write. */
	ck_assert_int_eq(fake_protection(gntshare_region_address(ro)),
			 PROT_READ | PROT_WRITE);
}
END_TEST

START_TEST(the_grant_is_for_the_domain_that_was_asked)
{
	struct gntshare_region *r;

	ck_assert_int_eq(gntshare_region_share(a, &r, 0x7fef, 1, 0), 0);
	ck_assert_uint_eq(fake_grant(*gntshare_region_grefs(r))->domid, 0x7fef);
	ck_assert_int_eq(gntshare_region_share(a, &r, 0, 1, 0), 0);
	ck_assert_uint_eq(fake_grant(*gntshare_region_grefs(r))->domid, 0);
}
END_TEST

/* In each row one argument is wrong, so that no driver is called. */
static const struct {
	uint32_t domid;
	size_t pages;
	unsigned int flags;
} wrong[] = {
	{ 0x7ff0, 1, 0 },		/* DOMID_SELF */
	{ 0x7fff, 1, 0 },
	{ 0x10007, 1, 0 },		/* 7, if cut to 16 bits */
	{ UINT32_MAX, 1, 0 },
	{ PEER, 0, 0 },
	{ PEER, SIZE_MAX, 0 },
#if SIZE_MAX > UINT32_MAX
	{ PEER, (size_t)UINT32_MAX + 1, 0 },
	{ PEER, (size_t)UINT32_MAX + 2, 0 },	/* 1, if cut to 32 bits */
#endif
	{ PEER, 1, 2 },
	{ PEER, 1, 0x10001 },		/* 1, if cut to 16 bits */
	{ PEER, 1, ~0u },
};

START_TEST(wrong_arguments_reach_no_driver)
{
	void *const before = (void *)&before;
	struct gntshare_region *r = before;

	fake_log_start();
	ck_assert_int_eq(gntshare_region_share(a, &r, wrong[_i].domid,
					       wrong[_i].pages,
					       wrong[_i].flags), -EINVAL);
	assert_log(NULL);
	ck_assert_ptr_eq(r, before);
}
END_TEST

START_TEST(bytes_that_overflow_are_refused)
{
	struct gntshare_region *r;

	fake_set_page_size((SIZE_MAX >> 1) + 1);
	fake_log_start();
	ck_assert_int_eq(gntshare_region_share(a, &r, PEER, 2, 0), -EINVAL);
	assert_log(NULL);
	fake_set_page_size(FAKE_PAGE_SIZE);
}
END_TEST

START_TEST(share_needs_an_allocator_and_a_place_for_the_handle)
{
	struct gntshare_region *r;

	ck_assert_int_eq(gntshare_region_share(NULL, &r, PEER, 1, 0),
			 -EINVAL);
	ck_assert_int_eq(gntshare_region_share(a, NULL, PEER, 1, 0), -EINVAL);
}
END_TEST

/* The second driver has one error for both its limit and a full grant table. */
static const int bound[] = { -EDQUOT, -ENOSPC };

START_TEST(the_limit_is_told_as_it_is)
{
	void *const before = (void *)&before;
	struct gntshare_region *r = before, *full;

	ck_assert_int_eq(gntshare_region_share(a, &r, PEER, FAKE_LIMIT + 1,
					       0), bound[_i]);
	ck_assert_ptr_eq(r, before);
	full = share_region(a, FAKE_LIMIT, 0);
	ck_assert_int_eq(gntshare_region_share(a, &r, PEER, 1, 0), bound[_i]);
	ck_assert_int_eq(gntshare_region_destroy(full), 0);
	share_region(a, FAKE_LIMIT, 0);
}
END_TEST

START_TEST(a_full_grant_table_is_enospc)
{
	void *const before = (void *)&before;
	struct gntshare_region *r = before;

	fake_set_table(4);
	share_region(a, 3, 0);
	ck_assert_int_eq(gntshare_region_share(a, &r, PEER, 2, 0), -ENOSPC);
	ck_assert_ptr_eq(r, before);
	ck_assert_uint_eq(fake_account().pages, 3);
	share_region(a, 1, 0);
}
END_TEST

START_TEST(regions_go_in_any_order)
{
	static const int orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	struct gntshare_region *r[3];
	int i;

	for (i = 0; i < 3; i++)
		r[i] = share_region(a, 2, 0);
	/* The close of the allocator destroys the last region of each order. */
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(gntshare_region_destroy(r[orders[_i][i]]), 0);
	ck_assert_uint_eq(fake_account().pages, 2);
	r[0] = r[orders[_i][2]];
	ck_assert_ptr_nonnull(fake_page(*gntshare_region_grefs(r[0])));
}
END_TEST

START_TEST(destroying_null_does_nothing)
{
	fake_log_start();
	ck_assert_int_eq(gntshare_region_destroy(NULL), 0);
	assert_log(NULL);
}
END_TEST

START_TEST(notify_reaches_the_byte_that_was_meant)
{
	struct gntshare_region *first = share_region(a, 1, 0);
	struct gntshare_region *r = share_region(a, 3, 0);
	const size_t offset = 2 * FAKE_PAGE_SIZE + 5;
	const struct fake_page *page;

	ck_assert_int_eq(gntshare_region_notify(r, offset,
						GNTSHARE_NOTIFY_CLEAR_BYTE |
						GNTSHARE_NOTIFY_SEND_EVENT,
						FAKE_PORT), 0);
	page = fake_page(gntshare_region_grefs(r)[2]);
	/* An offset in the device is counted from the device's first page. */
	ck_assert_uint_eq(page->notify_index, FAKE_PAGE_SIZE + offset);
	ck_assert_uint_eq(page->action, 3);
	ck_assert_uint_eq(page->port, FAKE_PORT);
	ck_assert_uint_eq(fake_page(gntshare_region_grefs(r)[1])->action, 0);
	ck_assert_uint_eq(fake_page(gntshare_region_grefs(first)[0])->action,
			  0);

	ck_assert_int_eq(gntshare_region_notify(r, offset, 0, 0), 0);
	ck_assert_uint_eq(page->action, 0);
}
END_TEST

START_TEST(notify_refuses_what_is_outside)
{
	struct gntshare_region *r = share_region(a, 2, 0);
	size_t size = gntshare_region_size(r);

	/* The next page of the device belongs to another region. */
	share_region(a, 1, 0);
	fake_log_start();
	ck_assert_int_eq(gntshare_region_notify(r, size, 1, 0), -EINVAL);
	ck_assert_int_eq(gntshare_region_notify(r, SIZE_MAX, 1, 0), -EINVAL);
	ck_assert_int_eq(gntshare_region_notify(r, 0, 4, 0), -EINVAL);
	ck_assert_int_eq(gntshare_region_notify(NULL, 0, 1, 0), -EINVAL);
	assert_log(NULL);
	ck_assert_int_eq(gntshare_region_notify(r, size - 1, 1, 0), 0);
}
END_TEST

START_TEST(notify_passes_on_that_a_port_is_not_bound)
{
	struct gntshare_region *r = share_region(a, 1, 0);

	ck_assert_int_eq(gntshare_region_notify(r, 0,
						GNTSHARE_NOTIFY_SEND_EVENT,
						FAKE_PORT + 1), -EINVAL);
	ck_assert_uint_eq(fake_page(*gntshare_region_grefs(r))->action, 0);
}
END_TEST

/* @old is 1 for the driver without the native level, and 0 otherwise. */
static void add_tests(struct TCase *tests, int old)
{
	tcase_add_loop_test(tests, a_region_has_an_id_if_the_driver_has_any,
			    old, old + 1);
	tcase_add_loop_test(tests, a_region_is_as_long_as_was_asked, 0,
			    ARRAY_SIZE(sizes));
	tcase_add_loop_test(tests,
			    grefs_are_the_drivers_in_the_order_of_the_pages, 0,
			    ARRAY_SIZE(sizes));
	tcase_add_test(tests, the_peer_may_write_only_if_the_flag_says_so);
	tcase_add_test(tests, the_grant_is_for_the_domain_that_was_asked);
	tcase_add_loop_test(tests, wrong_arguments_reach_no_driver, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_test(tests, bytes_that_overflow_are_refused);
	tcase_add_test(tests,
		       share_needs_an_allocator_and_a_place_for_the_handle);
	tcase_add_loop_test(tests, the_limit_is_told_as_it_is, old, old + 1);
	tcase_add_test(tests, a_full_grant_table_is_enospc);
	tcase_add_loop_test(tests, regions_go_in_any_order, 0, 6);
	tcase_add_test(tests, destroying_null_does_nothing);
	tcase_add_test(tests, notify_reaches_the_byte_that_was_meant);
	tcase_add_test(tests, notify_refuses_what_is_outside);
	tcase_add_test(tests, notify_passes_on_that_a_port_is_not_bound);
}

struct Suite *region_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("region", &tests);

	tcase_add_checked_fixture(tests, open_it, close_it);
	tcase_add_test(tests, share_is_one_ioctl_and_one_mmap);
	tcase_add_loop_test(tests, no_other_error_has_the_2011_call_tried, 0,
			    ARRAY_SIZE(refusals));
	add_tests(tests, 0);

	tests = fake_case(suite, "region without the native level");
	tcase_add_checked_fixture(tests, open_old, close_it);
	tcase_add_test(tests, a_driver_that_can_not_share_so_is_asked_once);
	add_tests(tests, 1);
	return suite;
}
