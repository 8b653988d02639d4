// SPDX-License-Identifier: GPL-2.0-or-later
/* Information about the driver, and restrictions: lib/native.c */
#include <errno.h>
#include <stddef.h>
#include <string.h>

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

START_TEST(info_says_what_the_driver_does)
{
	struct gntshare_region *r = create_region(a, 5);
	struct gntshare_info info;
	uint32_t grefs[5];

	grant_region(r, PEER, grefs);
	grant_region(r, OTHER_PEER, grefs);
	fake_hold(grefs[1], true);
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 5, OTHER_PEER, NULL), 0);
	fake_restore();
	fake_log_start();
	ck_assert_int_eq(gntshare_info(a, &info, sizeof(info)), 0);
	assert_log("INFO()");
	/* A feature for which the library has no name is left out. */
	ck_assert_uint_eq(info.features, GNTSHARE_FEATURE_NATIVE |
					 GNTSHARE_FEATURE_CONSECUTIVE |
					 GNTSHARE_FEATURE_GENERATION |
					 GNTSHARE_FEATURE_MEMORY |
					 GNTSHARE_FEATURE_DMABUF);
	ck_assert_uint_eq(info.generation, 2);
	ck_assert_uint_eq(info.limit, FAKE_LIMIT);
	ck_assert_uint_eq(info.quota, FAKE_QUOTA);
	ck_assert_uint_eq(info.pages, 5);
	ck_assert_uint_eq(info.entries, 6);
	ck_assert_uint_eq(info.draining, 1);
	ck_assert_uint_eq(info.user_pages, 5);
	ck_assert_uint_eq(info.user_entries, 6);
	ck_assert_uint_eq(info.headroom, FAKE_HEADROOM);
	fake_hold(grefs[1], false);
}
END_TEST

START_TEST(info_claims_no_feature_that_the_driver_has_not)
{
	struct gntshare_info info;

	fake_set_lesser_driver();
	ck_assert_int_eq(gntshare_info(a, &info, sizeof(info)), 0);
	ck_assert_uint_eq(info.features, GNTSHARE_FEATURE_NATIVE);
}
END_TEST

START_TEST(info_tells_all_pages_from_the_users)
{
	struct gntshare *b = open_allocator();
	struct gntshare_info info;

	/* For the fake, each open file belongs to another user. */
	create_region(a, 2);
	create_region(b, 3);
	share_region(b, 4, 0);
	ck_assert_int_eq(gntshare_info(b, &info, sizeof(info)), 0);
	ck_assert_uint_eq(info.pages, 9);
	ck_assert_uint_eq(info.user_pages, 7);
	ck_assert_uint_eq(info.entries, 4);
	ck_assert_uint_eq(info.user_entries, 4);
	ck_assert_int_eq(gntshare_close(b), 0);
}
END_TEST

START_TEST(info_of_a_driver_without_the_native_level_is_zero)
{
	struct gntshare_info info, zero = { 0 };

	fake_set_old_driver(true);
	memset(&info, 0x5a, sizeof(info));
	ck_assert_int_eq(gntshare_info(a, &info, sizeof(info)), 0);
	ck_assert_mem_eq(&info, &zero, sizeof(info));
}
END_TEST

START_TEST(info_fills_a_newer_programs_struct_up_with_zeros)
{
	unsigned char bytes[sizeof(struct gntshare_info) + 9];
	struct gntshare_info info;

	memset(bytes, 0x5a, sizeof(bytes));
	ck_assert_int_eq(gntshare_info(a, (struct gntshare_info *)bytes,
				       sizeof(bytes) - 1), 0);
	memcpy(&info, bytes, sizeof(info));
	ck_assert_uint_eq(info.headroom, FAKE_HEADROOM);
	ck_assert_mem_eq(bytes + sizeof(info), "\0\0\0\0\0\0\0\0\x5a", 9);
}
END_TEST

START_TEST(info_refuses_what_makes_no_sense)
{
	struct gntshare_info info, before;

	memset(&before, 0x5a, sizeof(before));
	info = before;
	fake_log_start();
	ck_assert_int_eq(gntshare_info(NULL, &info, sizeof(info)), -EINVAL);
	ck_assert_int_eq(gntshare_info(a, NULL, sizeof(info)), -EINVAL);
	ck_assert_int_eq(gntshare_info(a, &info, sizeof(info) - 1), -EINVAL);
	ck_assert_int_eq(gntshare_info(a, &info, 0), -EINVAL);
	assert_log(NULL);
	ck_assert_mem_eq(&info, &before, sizeof(info));
}
END_TEST

START_TEST(other_errors_of_the_driver_are_passed_on)
{
	static const int errors[] = { EFAULT, E2BIG, EINVAL };
	struct gntshare_info info, before;
	int i;

	memset(&before, 0x5a, sizeof(before));
	info = before;
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		fake_fail(1, errors[i], 0);
		ck_assert_int_eq(gntshare_info(a, &info, sizeof(info)),
				 -errors[i]);
		fake_fail_stop();
	}
	ck_assert_mem_eq(&info, &before, sizeof(info));
}
END_TEST

START_TEST(a_descriptor_can_be_restricted_to_no_more_creates)
{
	void *const before = (void *)&before;
	struct gntshare_region *r = create_region(a, 2), *none = before;
	uint32_t grefs[2];

	grant_region(r, PEER, grefs);
	fake_log_start();
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_NO_CREATE, 0,
					   NULL, 0), 0);
	assert_log("RESTRICT(flags=1 pages=0 count=0)");
	ck_assert_int_eq(gntshare_region_create(a, &none, 1,
						GNTSHARE_ANY_OFFSET),
			 -EPERM);
	ck_assert_int_eq(gntshare_region_share(a, &none, PEER, 1, 0),
			 -EPERM);
	ck_assert_ptr_eq(none, before);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 1, PEER, 0, grefs),
			 -EPERM);
	/* A grant that exists stays, and can be revoked. */
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 2, PEER, NULL), 0);
}
END_TEST

START_TEST(a_descriptor_can_be_restricted_to_so_many_pages_more)
{
	struct gntshare_region *r = create_region(a, 2), *none;
	uint32_t grefs[3];

	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_PAGES, 3, NULL,
					   0), 0);
	ck_assert_int_eq(gntshare_region_create(a, &none, 4,
						GNTSHARE_ANY_OFFSET),
			 -EDQUOT);
	ck_assert_int_eq(gntshare_region_share(a, &none, PEER, 4, 0),
			 -EDQUOT);
	grant_region(r, PEER, grefs);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 2, OTHER_PEER, 0, grefs),
			 -EDQUOT);
	create_region(a, 3);
	ck_assert_int_eq(gntshare_region_create(a, &none, 1,
						GNTSHARE_ANY_OFFSET),
			 -EDQUOT);
}
END_TEST

START_TEST(a_descriptor_can_be_restricted_to_no_more_pages)
{
	struct gntshare_region *none;

	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_PAGES, 0, NULL,
					   0), 0);
	ck_assert_int_eq(gntshare_region_create(a, &none, 1,
						GNTSHARE_ANY_OFFSET),
			 -EDQUOT);
}
END_TEST

START_TEST(a_descriptor_can_be_restricted_to_domains_and_then_to_fewer)
{
	static const uint32_t first[] = { 0x7fef, PEER, 0 };
	static const uint32_t second[] = { PEER, OTHER_PEER };
	struct gntshare_region *r = create_region(a, 1), *none;
	const struct fake_restriction *kept;
	uint32_t grefs[1];

	kept = fake_restriction(gntshare_fd(a));
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_DOMIDS, 0,
					   first, 3), 0);
	ck_assert_uint_eq(kept->count, 3);
	ck_assert_uint_eq(kept->domids[0], 0x7fef);
	ck_assert_uint_eq(kept->domids[1], PEER);
	ck_assert_uint_eq(kept->domids[2], 0);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 1, 0x7fef, 0, grefs), 0);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 1, OTHER_PEER, 0, grefs),
			 -EPERM);
	ck_assert_int_eq(gntshare_region_share(a, &none, OTHER_PEER, 1, 0),
			 -EPERM);

	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_DOMIDS, 0,
					   second, 2), 0);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 1, 0x7fef, 0, grefs),
			 -EPERM);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 1, OTHER_PEER, 0, grefs),
			 -EPERM);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 1, PEER, 0, grefs), 0);
}
END_TEST

START_TEST(a_descriptor_can_be_restricted_to_no_domain)
{
	struct gntshare_region *r = create_region(a, 1);
	uint32_t grefs[1];

	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_DOMIDS, 0,
					   NULL, 0), 0);
	ck_assert_int_eq(gntshare_region_grant(r, 0, 1, PEER, 0, grefs),
			 -EPERM);
}
END_TEST

START_TEST(as_many_domains_can_be_listed_as_the_header_says)
{
	uint32_t domids[GNTSHARE_RESTRICT_DOMIDS_MAX + 1];
	const struct fake_restriction *kept;
	uint32_t i;

	for (i = 0; i <= GNTSHARE_RESTRICT_DOMIDS_MAX; i++)
		domids[i] = 100 + i;
	fake_log_start();
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_DOMIDS, 0,
					   domids,
					   GNTSHARE_RESTRICT_DOMIDS_MAX + 1),
			 -E2BIG);
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_DOMIDS, 0,
					   domids, SIZE_MAX), -E2BIG);
	assert_log(NULL);
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_DOMIDS, 0,
					   domids,
					   GNTSHARE_RESTRICT_DOMIDS_MAX), 0);
	kept = fake_restriction(gntshare_fd(a));
	ck_assert_uint_eq(kept->count, GNTSHARE_RESTRICT_DOMIDS_MAX);
	ck_assert_uint_eq(kept->domids[GNTSHARE_RESTRICT_DOMIDS_MAX - 1],
			  domids[GNTSHARE_RESTRICT_DOMIDS_MAX - 1]);
}
END_TEST

static const uint32_t one_domid[] = { PEER };
static const uint32_t reserved_domid[] = { PEER, 0x7ff0 };
static const uint32_t big_domid[] = { 0x10007 };	/* 7, cut to 16 bits */

static const struct {
	unsigned int flags;
	size_t pages;
	const uint32_t *domids;
	size_t count;
} wrong[] = {
	{ 0, 0, NULL, 0 },
	{ GNTSHARE_RESTRICT_KEEP_SEND_EVENT, 0, NULL, 0 },
	{ GNTSHARE_RESTRICT_KEEP_SEND_EVENT, 0, one_domid, 1 },
	{ 16, 0, NULL, 0 },
	{ GNTSHARE_RESTRICT_NO_CREATE | 16, 0, NULL, 0 },
	{ ~0u, 0, NULL, 0 },
	{ GNTSHARE_RESTRICT_NO_CREATE, 1, NULL, 0 },
	{ GNTSHARE_RESTRICT_DOMIDS, 1, one_domid, 1 },
	{ GNTSHARE_RESTRICT_PAGES, 1, one_domid, 1 },
	{ GNTSHARE_RESTRICT_DOMIDS, 0, NULL, 1 },
	{ GNTSHARE_RESTRICT_DOMIDS, 0, reserved_domid, 2 },
	{ GNTSHARE_RESTRICT_DOMIDS, 0, big_domid, 1 },
#if SIZE_MAX > UINT32_MAX
	{ GNTSHARE_RESTRICT_PAGES, (size_t)UINT32_MAX + 1, NULL, 0 },
#endif
};

START_TEST(restrict_refuses_what_makes_no_sense)
{
	fake_log_start();
	ck_assert_int_eq(gntshare_restrict(a, wrong[_i].flags, wrong[_i].pages,
					   wrong[_i].domids, wrong[_i].count),
			 -EINVAL);
	ck_assert_int_eq(gntshare_restrict(NULL, GNTSHARE_RESTRICT_NO_CREATE,
					   0, NULL, 0), -EINVAL);
	assert_log(NULL);
	ck_assert_uint_eq(fake_restriction(gntshare_fd(a))->flags, 0);
}
END_TEST

static int notify(struct gntshare_region *r, unsigned int actions)
{
	return gntshare_region_notify(r, 0, actions, FAKE_PORT);
}

START_TEST(a_restriction_takes_the_sending_of_events_away)
{
	struct gntshare_region *r = share_region(a, 1, 0);
	const struct fake_page *page = fake_page(*gntshare_region_grefs(r));

	ck_assert_int_eq(notify(r, GNTSHARE_NOTIFY_SEND_EVENT), 0);
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_PAGES, 9, NULL,
					   0), 0);
	ck_assert_int_eq(notify(r, GNTSHARE_NOTIFY_SEND_EVENT), -EPERM);
	ck_assert_int_eq(notify(r, GNTSHARE_NOTIFY_CLEAR_BYTE |
				   GNTSHARE_NOTIFY_SEND_EVENT), -EPERM);
	/* The notification that was set before is still set. */
	ck_assert_uint_eq(page->action, GNTSHARE_NOTIFY_SEND_EVENT);
	ck_assert_int_eq(notify(r, GNTSHARE_NOTIFY_CLEAR_BYTE), 0);
	ck_assert_int_eq(notify(r, 0), 0);
	ck_assert_uint_eq(page->action, 0);
}
END_TEST

START_TEST(a_restriction_can_keep_the_sending_of_events)
{
	struct gntshare_region *r = share_region(a, 1, 0);

	fake_log_start();
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_NO_CREATE |
					   GNTSHARE_RESTRICT_KEEP_SEND_EVENT,
					   0, NULL, 0), 0);
	assert_log("RESTRICT(flags=9 pages=0 count=0)");
	ck_assert_int_eq(notify(r, GNTSHARE_NOTIFY_SEND_EVENT), 0);
	/* A later restriction takes the right away for good. */
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_NO_CREATE, 0,
					   NULL, 0), 0);
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_NO_CREATE |
					   GNTSHARE_RESTRICT_KEEP_SEND_EVENT,
					   0, NULL, 0), 0);
	ck_assert_int_eq(notify(r, GNTSHARE_NOTIFY_SEND_EVENT), -EPERM);
}
END_TEST

START_TEST(restrict_needs_the_native_level)
{
	fake_set_old_driver(true);
	ck_assert_int_eq(gntshare_restrict(a, GNTSHARE_RESTRICT_NO_CREATE, 0,
					   NULL, 0), -EOPNOTSUPP);
}
END_TEST

struct Suite *native_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("native", &tests);

	tcase_add_checked_fixture(tests, open_it, close_it);
	tcase_add_test(tests, info_says_what_the_driver_does);
	tcase_add_test(tests, info_claims_no_feature_that_the_driver_has_not);
	tcase_add_test(tests, info_tells_all_pages_from_the_users);
	tcase_add_test(tests,
		       info_of_a_driver_without_the_native_level_is_zero);
	tcase_add_test(tests, info_fills_a_newer_programs_struct_up_with_zeros);
	tcase_add_test(tests, info_refuses_what_makes_no_sense);
	tcase_add_test(tests, other_errors_of_the_driver_are_passed_on);
	tcase_add_test(tests, a_descriptor_can_be_restricted_to_no_more_creates);
	tcase_add_test(tests,
		       a_descriptor_can_be_restricted_to_so_many_pages_more);
	tcase_add_test(tests, a_descriptor_can_be_restricted_to_no_more_pages);
	tcase_add_test(tests,
		       a_descriptor_can_be_restricted_to_domains_and_then_to_fewer);
	tcase_add_test(tests, a_descriptor_can_be_restricted_to_no_domain);
	tcase_add_test(tests, as_many_domains_can_be_listed_as_the_header_says);
	tcase_add_test(tests, a_restriction_takes_the_sending_of_events_away);
	tcase_add_test(tests, a_restriction_can_keep_the_sending_of_events);
	tcase_add_loop_test(tests, restrict_refuses_what_makes_no_sense, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_test(tests, restrict_needs_the_native_level);
	return suite;
}
