// SPDX-License-Identifier: GPL-2.0-or-later
/* States of regions, and waits: lib/wait.c */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "unit.h"

#define MS	INT64_C(1000000)
#define FOREVER	INT64_C(-1)

static struct gntshare *a;

static void open_it(void)
{
	a = open_allocator();
}

static void close_it(void)
{
	ck_assert_int_eq(gntshare_close(a), 0);
}

static void assert_state(uint64_t id, uint32_t domid, uint32_t state,
			 uint32_t held)
{
	struct gntshare_state got;

	memset(&got, 0x5a, sizeof(got));
	ck_assert_int_eq(gntshare_wait(a, id, 0, domid, 0, &got, sizeof(got)),
			 0);
	ck_assert_uint_eq(got.state, state);
	ck_assert_uint_eq(got.held, held);
}

/* A region of three pages, of which the peer has mapped two. */
static struct gntshare_region *region_in_use(uint32_t *grefs)
{
	struct gntshare_region *r = create_region(a, 3);

	grant_region(r, PEER, grefs);
	fake_hold(grefs[0], true);
	fake_hold(grefs[2], true);
	return r;
}

static void let_go(const uint32_t *grefs)
{
	fake_hold(grefs[0], false);
	fake_hold(grefs[2], false);
}

START_TEST(a_region_lives_drains_and_is_gone)
{
	uint32_t grefs[3];
	struct gntshare_region *r = region_in_use(grefs);
	uint64_t id = 0;

	assert_state(gntshare_region_id(r), GNTSHARE_ANY_DOMID,
		     GNTSHARE_STATE_LIVE, 0);
	ck_assert_int_eq(gntshare_region_destroy_event(r, 0, -1, &id), 0);
	assert_state(id, GNTSHARE_ANY_DOMID, GNTSHARE_STATE_DRAINING, 2);
	fake_hold(grefs[2], false);
	assert_state(id, GNTSHARE_ANY_DOMID, GNTSHARE_STATE_DRAINING, 1);
	fake_hold(grefs[0], false);
	assert_state(id, GNTSHARE_ANY_DOMID, GNTSHARE_STATE_GONE, 0);
}
END_TEST

START_TEST(entries_of_one_peer_can_be_looked_at_alone)
{
	struct gntshare_region *r = create_region(a, 3);
	uint32_t ours[3], others[3];

	grant_region(r, PEER, ours);
	grant_region(r, OTHER_PEER, others);
	fake_hold(ours[0], true);
	fake_hold(others[1], true);
	fake_hold(others[2], true);
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 3, PEER, NULL), 0);
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 3, OTHER_PEER, NULL),
			 0);
	assert_state(gntshare_region_id(r), PEER, GNTSHARE_STATE_LIVE, 1);
	assert_state(gntshare_region_id(r), OTHER_PEER, GNTSHARE_STATE_LIVE,
		     2);
	assert_state(gntshare_region_id(r), 0, GNTSHARE_STATE_LIVE, 0);
	assert_state(gntshare_region_id(r), GNTSHARE_ANY_DOMID,
		     GNTSHARE_STATE_LIVE, 3);
	fake_hold(ours[0], false);
	fake_hold(others[1], false);
	fake_hold(others[2], false);
}
END_TEST

START_TEST(what_is_waited_for_reaches_the_driver)
{
	struct gntshare_region *r = create_region(a, 1);

	fake_log_start();
	ck_assert_int_eq(gntshare_region_wait(r, GNTSHARE_WAIT_RELEASED,
					      0x7fef, INT64_MAX, NULL, 0), 0);
	ck_assert_int_eq(gntshare_region_wait(r, 0, 0, INT64_MIN, NULL, 0),
			 0);
	ck_assert_int_eq(gntshare_wait(a, 1, GNTSHARE_WAIT_GONE |
					     GNTSHARE_WAIT_RELEASED,
				       GNTSHARE_ANY_DOMID, 0, NULL, 0),
			 -ETIMEDOUT);
	assert_log("WAIT(id=1 flags=5 domid=32751 9223372036854775807)",
		   "WAIT(id=1 flags=4 domid=0 -9223372036854775808)",
		   "WAIT(id=1 flags=3 domid=0 0)");
}
END_TEST

START_TEST(a_wait_that_times_out_says_how_it_stands)
{
	struct gntshare_state state = { 0 };
	struct timespec begin, end;
	uint32_t grefs[3];
	struct gntshare_region *r = region_in_use(grefs);

	ck_assert_int_eq(gntshare_region_revoke(r, 0, 3, PEER, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	ck_assert_int_eq(gntshare_region_wait(r, GNTSHARE_WAIT_RELEASED, PEER,
					      20 * MS, &state, sizeof(state)),
			 -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &end);
	ck_assert_int_ge((end.tv_sec - begin.tv_sec) * 1000 * MS +
			 end.tv_nsec - begin.tv_nsec, 20 * MS);
	ck_assert_uint_eq(state.state, GNTSHARE_STATE_LIVE);
	ck_assert_uint_eq(state.held, 2);
	let_go(grefs);
	ck_assert_int_eq(gntshare_region_wait(r, GNTSHARE_WAIT_RELEASED, PEER,
					      FOREVER, &state, sizeof(state)),
			 0);
	ck_assert_uint_eq(state.held, 0);
}
END_TEST

START_TEST(any_other_failure_of_a_wait_leaves_the_state_alone)
{
	struct gntshare_state state = { 77, 78 };
	struct gntshare_region *r = create_region(a, 1);
	uint64_t id = gntshare_region_id(r);

	fake_fail(1, EINTR, 0);
	ck_assert_int_eq(gntshare_wait(a, id, 0, GNTSHARE_ANY_DOMID, 0,
				       &state, sizeof(state)), -EINTR);
	fake_fail_stop();
	ck_assert_int_eq(gntshare_wait(a, id + 1, 0, GNTSHARE_ANY_DOMID, 0,
				       &state, sizeof(state)), -ENOENT);
	ck_assert_int_eq(gntshare_wait(a, 0, 0, GNTSHARE_ANY_DOMID, 0,
				       &state, sizeof(state)), -ENOENT);
	ck_assert_uint_eq(state.state, 77);
	ck_assert_uint_eq(state.held, 78);
}
END_TEST

/* In each row one argument is wrong, so that no driver is called. */
static const struct {
	unsigned int until;
	uint32_t domid;
	size_t size;
} wrong[] = {
	{ 4, PEER, sizeof(struct gntshare_state) },	/* GNTALLOC_WAIT_DOMID */
	{ 8, PEER, sizeof(struct gntshare_state) },
	{ ~0u, PEER, sizeof(struct gntshare_state) },
	{ 0, 0x7ff0, sizeof(struct gntshare_state) },
	{ 0, 0x10007, sizeof(struct gntshare_state) },
	{ 0, UINT32_MAX - 1, sizeof(struct gntshare_state) },
	{ 0, PEER, sizeof(struct gntshare_state) - 1 },
	{ 0, PEER, 0 },
};

START_TEST(wait_refuses_what_makes_no_sense)
{
	struct gntshare_region *r = create_region(a, 1);
	struct gntshare_state state = { 77, 78 };

	fake_log_start();
	ck_assert_int_eq(gntshare_wait(a, 1, wrong[_i].until, wrong[_i].domid,
				       0, &state, wrong[_i].size), -EINVAL);
	ck_assert_int_eq(gntshare_region_wait(r, wrong[_i].until,
					      wrong[_i].domid, 0, &state,
					      wrong[_i].size), -EINVAL);
	ck_assert_int_eq(gntshare_wait(NULL, 1, 0, PEER, 0, NULL, 0),
			 -EINVAL);
	ck_assert_int_eq(gntshare_region_wait(NULL, 0, PEER, 0, NULL, 0),
			 -EINVAL);
	assert_log(NULL);
	ck_assert_uint_eq(state.state, 77);
}
END_TEST

START_TEST(a_newer_programs_state_is_filled_up_with_zeros)
{
	struct { struct gntshare_state old; uint32_t more; } state;
	struct gntshare_region *r = create_region(a, 1);

	memset(&state, 0x5a, sizeof(state));
	ck_assert_int_eq(gntshare_region_wait(r, 0, PEER, 0, &state.old,
					      sizeof(state)), 0);
	ck_assert_uint_eq(state.old.state, GNTSHARE_STATE_LIVE);
	ck_assert_uint_eq(state.more, 0);
}
END_TEST

START_TEST(wait_needs_the_native_level)
{
	fake_set_old_driver(true);
	ck_assert_int_eq(gntshare_wait(a, 1, 0, PEER, 0, NULL, 0),
			 -EOPNOTSUPP);
}
END_TEST

struct Suite *wait_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("wait", &tests);

	tcase_add_checked_fixture(tests, open_it, close_it);
	tcase_add_test(tests, a_region_lives_drains_and_is_gone);
	tcase_add_test(tests, entries_of_one_peer_can_be_looked_at_alone);
	tcase_add_test(tests, what_is_waited_for_reaches_the_driver);
	tcase_add_test(tests, a_wait_that_times_out_says_how_it_stands);
	tcase_add_test(tests,
		       any_other_failure_of_a_wait_leaves_the_state_alone);
	tcase_add_loop_test(tests, wait_refuses_what_makes_no_sense, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_test(tests, a_newer_programs_state_is_filled_up_with_zeros);
	tcase_add_test(tests, wait_needs_the_native_level);
	return suite;
}
