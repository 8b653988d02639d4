// SPDX-License-Identifier: GPL-2.0-or-later
/* Grants to any number of peers: lib/grant.c */
#include <errno.h>

#include "unit.h"

static struct gntshare *a;

static void open_it(void)
{
	a = open_allocator();
}

static void close_it(void)
{
	ck_assert_int_eq(gntshare_close(a), 0);
}

START_TEST(two_peers_can_have_the_same_pages)
{
	struct gntshare_region *r = create_region(a, 3);
	uint32_t ro[3], rw[3];
	int i;

	fake_log_start();
	ck_assert_int_eq(gntshare_region_grant(r, 0, 3, PEER, 0, ro), 0);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 3, OTHER_PEER,
					       GNTSHARE_WRITABLE, rw), 0);
	assert_log("GRANT(0 pages=3 domid=7 flags=0)",
		   "GRANT(0 pages=3 domid=9 flags=1)");
	for (i = 0; i < 3; i++) {
		ck_assert_uint_eq(fake_grant(ro[i])->domid, PEER);
		ck_assert(!fake_grant(ro[i])->writable);
		ck_assert_uint_eq(fake_grant(rw[i])->domid, OTHER_PEER);
		ck_assert(fake_grant(rw[i])->writable);
	}
	ck_assert_uint_eq(fake_account().entries, 6);
}
END_TEST

START_TEST(a_part_of_a_region_can_be_granted)
{
	uint32_t grefs[3] = { 1, 2, 3 };
	struct gntshare_region *r;

	create_region(a, 2);
	r = create_region(a, 5);
	ck_assert_int_eq(gntshare_region_grant(r, 3, 2, PEER, 0, grefs), 0);
	/* An offset in the device is counted from the device's first page. */
	ck_assert_uint_eq(fake_grant(grefs[0])->offset, 5 * FAKE_PAGE_SIZE);
	ck_assert_uint_eq(fake_grant(grefs[1])->offset, 6 * FAKE_PAGE_SIZE);
	ck_assert_uint_eq(grefs[2], 3);
	ck_assert_uint_eq(fake_account().entries, 2);
}
END_TEST

START_TEST(grefs_are_consecutive_if_that_is_asked)
{
	struct gntshare_region *r = create_region(a, 6);
	uint32_t grefs[6];
	int i;

	ck_assert_int_eq(gntshare_region_grant(r, 0, 6, PEER,
					       GNTSHARE_CONSECUTIVE, grefs), 0);
	for (i = 0; i < 6; i++)
		ck_assert_uint_eq(grefs[i], grefs[0] + (uint32_t)i);
}
END_TEST

START_TEST(a_region_that_was_created_for_a_peer_can_have_further_ones)
{
	struct gntshare_region *r = share_region(a, 2, 0);
	const uint32_t *first = gntshare_region_grefs(r);
	uint32_t grefs[2];
	size_t held = 5;

	grant_region(r, OTHER_PEER, grefs);
	ck_assert_uint_eq(fake_grant(grefs[1])->offset,
			  gntshare_region_offset(r) + FAKE_PAGE_SIZE);
	/* The grant with which it was created can be revoked. */
	ck_assert(fake_grant(first[0])->live);
	fake_hold(first[1], true);
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 2, PEER, &held), 0);
	ck_assert_uint_eq(held, 1);
	ck_assert_ptr_null(fake_grant(first[0]));
	ck_assert(!fake_grant(first[1])->live);
	ck_assert(fake_grant(grefs[0])->live);
	fake_hold(first[1], false);
	ck_assert_ptr_null(fake_grant(first[1]));
}
END_TEST

START_TEST(a_bound_on_entries_is_edquot_and_a_full_table_enospc)
{
	struct gntshare_region *r = create_region(a, FAKE_LIMIT / 2 + 1);
	uint32_t grefs[FAKE_LIMIT];

	grant_region(r, PEER, grefs);
	ck_assert_int_eq(gntshare_region_grant(r, 0, FAKE_LIMIT / 2, PEER, 0,
					       grefs), -EDQUOT);
	fake_set_table(FAKE_LIMIT / 2 + 1);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 1, PEER, 0, grefs),
			 -ENOSPC);
	ck_assert_uint_eq(fake_account().entries, FAKE_LIMIT / 2 + 1);
}
END_TEST

/* In each row one argument is wrong, so that no driver is called. */
static const struct {
	size_t first, pages;
	uint32_t domid;
	unsigned int flags;
} wrong_run[] = {
	{ 0, 0, PEER, 0 },
	{ 0, 5, PEER, 0 },
	{ 4, 1, PEER, 0 },
	{ 3, 2, PEER, 0 },
	{ SIZE_MAX, 1, PEER, 0 },
	{ 1, SIZE_MAX, PEER, 0 },
	{ SIZE_MAX, 2, PEER, 0 },
#if SIZE_MAX > UINT32_MAX
	{ (size_t)UINT32_MAX + 1, 1, PEER, 0 },
	{ 0, (size_t)UINT32_MAX + 2, PEER, 0 },
#endif
	{ 0, 1, 0x7ff0, 0 },
	{ 0, 1, 0x10007, 0 },
	{ 0, 1, PEER, 4 },
	{ 0, 1, PEER, ~0u },
};

START_TEST(grant_and_revoke_refuse_what_makes_no_sense)
{
	struct gntshare_region *r = create_region(a, 4);
	uint32_t grefs[5] = { 1 };
	size_t held = 77;

	/* The next page of the device belongs to another region. */
	create_region(a, 1);
	fake_log_start();
	ck_assert_int_eq(gntshare_region_grant(r, wrong_run[_i].first,
					       wrong_run[_i].pages,
					       wrong_run[_i].domid,
					       wrong_run[_i].flags, grefs),
			 -EINVAL);
	if (!wrong_run[_i].flags)
		ck_assert_int_eq(gntshare_region_revoke(r, wrong_run[_i].first,
							wrong_run[_i].pages,
							wrong_run[_i].domid,
							&held), -EINVAL);
	ck_assert_int_eq(gntshare_region_grant(NULL, 0, 1, PEER, 0, grefs),
			 -EINVAL);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 1, PEER, 0, NULL),
			 -EINVAL);
	ck_assert_int_eq(gntshare_region_revoke(NULL, 0, 1, PEER, NULL),
			 -EINVAL);
	assert_log(NULL);
	ck_assert_uint_eq(grefs[0], 1);
	ck_assert_uint_eq(held, 77);
}
END_TEST

START_TEST(to_revoke_one_peer_leaves_the_other_its_grants)
{
	struct gntshare_region *r = create_region(a, 3);
	uint32_t ours[3], others[3];
	size_t held = 77;
	int i;

	grant_region(r, PEER, ours);
	grant_region(r, OTHER_PEER, others);
	fake_log_start();
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 3, PEER, &held), 0);
	assert_log("REVOKE(0 pages=3 domid=7)");
	ck_assert_uint_eq(held, 0);
	for (i = 0; i < 3; i++) {
		ck_assert_ptr_null(fake_grant(ours[i]));
		ck_assert(fake_grant(others[i])->live);
	}
}
END_TEST

START_TEST(a_part_can_be_revoked)
{
	struct gntshare_region *r = create_region(a, 4);
	uint32_t grefs[4];

	grant_region(r, PEER, grefs);
	ck_assert_int_eq(gntshare_region_revoke(r, 1, 2, PEER, NULL), 0);
	ck_assert_ptr_nonnull(fake_grant(grefs[0]));
	ck_assert_ptr_null(fake_grant(grefs[1]));
	ck_assert_ptr_null(fake_grant(grefs[2]));
	ck_assert_ptr_nonnull(fake_grant(grefs[3]));
}
END_TEST

START_TEST(revoke_says_how_many_entries_that_peer_still_holds)
{
	struct gntshare_region *r = create_region(a, 3);
	uint32_t ours[3], others[3];
	size_t held = 77;

	grant_region(r, PEER, ours);
	grant_region(r, OTHER_PEER, others);
	fake_hold(ours[0], true);
	fake_hold(ours[2], true);
	fake_hold(others[1], true);
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 1, PEER, &held), 0);
	ck_assert_uint_eq(held, 1);
	/* Entries that were revoked before count, too. */
	ck_assert_int_eq(gntshare_region_revoke(r, 1, 2, PEER, &held), 0);
	ck_assert_uint_eq(held, 2);
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 3, OTHER_PEER, &held),
			 0);
	ck_assert_uint_eq(held, 1);
	fake_hold(ours[0], false);
	fake_hold(ours[2], false);
	fake_hold(others[1], false);
}
END_TEST

START_TEST(to_revoke_what_is_not_granted_is_enoent)
{
	struct gntshare_region *r = create_region(a, 3);
	size_t held = 77;
	uint32_t grefs[2];

	ck_assert_int_eq(gntshare_region_grant(r, 0, 2, PEER, 0, grefs), 0);
	ck_assert_int_eq(gntshare_region_revoke(r, 2, 1, PEER, &held),
			 -ENOENT);
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 3, OTHER_PEER, &held),
			 -ENOENT);
	ck_assert_uint_eq(held, 77);
	/* It is enough if some of the pages are granted. */
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 3, PEER, &held), 0);
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 3, PEER, &held),
			 -ENOENT);
}
END_TEST

START_TEST(pages_that_are_deallocated_can_not_be_granted)
{
	struct gntshare_region *r = create_region(a, 2);
	uint64_t id = gntshare_region_id(r);
	uint32_t grefs[2];

	ck_assert_int_eq(gntshare_region_grant(r, 0, 2, PEER, 0, grefs), 0);
	/* This is as if a program had used the descriptor itself. */
	fake_destroy(gntshare_fd(a), id);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 2, PEER, 0, grefs),
			 -ENOENT);
	ck_assert_int_eq(gntshare_region_destroy(r), -ENOENT);
}
END_TEST

START_TEST(grant_and_revoke_need_the_native_level)
{
	struct gntshare_region *old;
	uint32_t grefs[1];

	fake_set_old_driver(true);
	old = share_region(a, 1, 0);
	ck_assert_int_eq(gntshare_region_grant(old, 0, 1, PEER, 0, grefs),
			 -EOPNOTSUPP);
	ck_assert_int_eq(gntshare_region_revoke(old, 0, 1, PEER, NULL),
			 -EOPNOTSUPP);
}
END_TEST

struct Suite *grant_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("grant", &tests);

	tcase_add_checked_fixture(tests, open_it, close_it);
	tcase_add_test(tests, two_peers_can_have_the_same_pages);
	tcase_add_test(tests, a_part_of_a_region_can_be_granted);
	tcase_add_test(tests, grefs_are_consecutive_if_that_is_asked);
	tcase_add_test(tests,
		       a_region_that_was_created_for_a_peer_can_have_further_ones);
	tcase_add_test(tests,
		       a_bound_on_entries_is_edquot_and_a_full_table_enospc);
	tcase_add_loop_test(tests, grant_and_revoke_refuse_what_makes_no_sense,
			    0, ARRAY_SIZE(wrong_run));
	tcase_add_test(tests, to_revoke_one_peer_leaves_the_other_its_grants);
	tcase_add_test(tests, a_part_can_be_revoked);
	tcase_add_test(tests,
		       revoke_says_how_many_entries_that_peer_still_holds);
	tcase_add_test(tests, to_revoke_what_is_not_granted_is_enoent);
	tcase_add_test(tests, pages_that_are_deallocated_can_not_be_granted);
	tcase_add_test(tests, grant_and_revoke_need_the_native_level);
	return suite;
}
