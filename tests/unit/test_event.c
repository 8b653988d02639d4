// SPDX-License-Identifier: GPL-2.0-or-later
/* Regions that are destroyed with a notice, and events: lib/wait.c */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

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

static int destroy_event(struct gntshare_region *r, unsigned int flags,
			 int eventfd, uint64_t *id)
{
	return gntshare_region_destroy_event(r, flags, eventfd, id);
}

START_TEST(destroy_event_destroys_then_unmaps)
{
	struct gntshare_region *r = create_region(a, 3);
	uint64_t id = 0, expected = gntshare_region_id(r);

	fake_log_start();
	ck_assert_int_eq(destroy_event(r, GNTSHARE_DESTROY_EVENT, -1, &id), 0);
	assert_log("DESTROY(id=1 flags=1)", "munmap(3)");
	ck_assert_uint_eq(id, expected);
	ck_assert_uint_eq(fake_account().pages, 0);
	ck_assert_uint_eq(fake_account().blocks, 1);
	/* A caller that does not want the id passes NULL. */
	ck_assert_int_eq(destroy_event(create_region(a, 1), 0, -1, NULL), 0);
}
END_TEST

START_TEST(an_event_tells_that_a_region_is_gone_and_not_before)
{
	struct gntshare_event event;
	uint32_t grefs[3];
	struct gntshare_region *r = region_in_use(grefs);
	uint64_t id;

	fake_set_nonblock(true);
	ck_assert_int_eq(destroy_event(r, GNTSHARE_DESTROY_EVENT, -1, &id), 0);
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)),
			 -EAGAIN);
	let_go(grefs);
	memset(&event, 0x5a, sizeof(event));
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)), 0);
	ck_assert_uint_eq(event.type, GNTSHARE_EVENT_GONE);
	ck_assert_uint_eq(event.reserved, 0);
	ck_assert_uint_eq(event.id, id);
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)),
			 -EAGAIN);
}
END_TEST

START_TEST(a_region_without_an_event_goes_silently)
{
	struct gntshare_event event;

	fake_set_nonblock(true);
	ck_assert_int_eq(gntshare_region_destroy(create_region(a, 1)), 0);
	ck_assert_int_eq(destroy_event(create_region(a, 1), 0, -1, NULL), 0);
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)),
			 -EAGAIN);
}
END_TEST

START_TEST(an_eventfd_tells_that_a_region_is_gone)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	uint32_t grefs[3];
	struct gntshare_region *r = region_in_use(grefs);
	eventfd_t value = 0;

	ck_assert_int_ge(fd, 0);
	fake_log_start();
	ck_assert_int_eq(destroy_event(r, GNTSHARE_DESTROY_EVENTFD, fd, NULL), 0);
	assert_log("DESTROY(id=1 flags=2)", "munmap(3)");
	ck_assert_int_eq(eventfd_read(fd, &value), -1);
	let_go(grefs);
	ck_assert_int_eq(eventfd_read(fd, &value), 0);
	ck_assert_uint_eq(value, 1);
	close(fd);
}
END_TEST

START_TEST(a_wrong_eventfd_leaves_the_region_as_it_was)
{
	struct gntshare_region *r = create_region(a, 2);
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct fake_account before = fake_account();
	uint64_t id = 77;
	uint32_t grefs[2];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(destroy_event(r, GNTSHARE_DESTROY_EVENTFD, fd, &id), -EINVAL);
	close(fd);
	ck_assert_int_eq(destroy_event(r, GNTSHARE_DESTROY_EVENTFD, fd, &id), -EBADF);
	ck_assert_int_eq(destroy_event(r, GNTSHARE_DESTROY_EVENTFD, -1, &id), -EBADF);
	ck_assert_uint_eq(id, 77);
	fake_assert_account(before);
	memset(gntshare_region_address(r), 1, gntshare_region_size(r));
	grant_region(r, PEER, grefs);
}
END_TEST

START_TEST(destroy_event_refuses_what_makes_no_sense)
{
	struct gntshare_region *r = create_region(a, 1);

	fake_log_start();
	ck_assert_int_eq(destroy_event(r, 4, -1, NULL), -EINVAL);
	ck_assert_int_eq(destroy_event(r, ~0u, -1, NULL), -EINVAL);
	ck_assert_int_eq(destroy_event(NULL, 0, -1, NULL), -EINVAL);
	assert_log(NULL);
}
END_TEST

START_TEST(a_destroy_that_could_not_unmap_can_be_tried_again)
{
	struct gntshare_region *r = create_region(a, 2);
	struct gntshare_event event;
	uint64_t id = 77;
	uint32_t grefs[2];

	fake_set_nonblock(true);
	fake_fail(2, ENOMEM, 0);
	ck_assert_int_eq(destroy_event(r, GNTSHARE_DESTROY_EVENT, -1, &id), -ENOMEM);
	ck_assert_str_eq(fake_failed(), "munmap");
	fake_fail_stop();
	ck_assert_uint_eq(id, 77);
	/* The region is destroyed, but it is still mapped. */
	memset(gntshare_region_address(r), 1, gntshare_region_size(r));
	ck_assert_int_eq(gntshare_region_grant(r, 0, 2, PEER, 0, grefs),
			 -ENOENT);
	ck_assert_uint_eq(fake_account().pages, 2);

	fake_log_start();
	if (_i)
		ck_assert_int_eq(destroy_event(r, 0, -1, &id), 0);
	else
		ck_assert_int_eq(gntshare_region_destroy(r), 0);
	assert_log("munmap(2)");
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)), 0);
	ck_assert_uint_eq(event.id, 1);
	ck_assert_uint_eq(id, _i ? 1 : 77);
}
END_TEST

START_TEST(a_restore_is_an_event)
{
	struct gntshare_event event = { 0 };

	fake_restore();
	fake_log_start();
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)), 0);
	assert_log("read()");
	ck_assert_uint_eq(event.type, GNTSHARE_EVENT_RESTORED);
	ck_assert_uint_eq(event.id, 2);
}
END_TEST

START_TEST(a_newer_programs_event_is_filled_up_with_zeros)
{
	struct { struct gntshare_event old; uint32_t more; } event;

	memset(&event, 0x5a, sizeof(event));
	fake_restore();
	ck_assert_int_eq(gntshare_read_event(a, &event.old, sizeof(event)),
			 0);
	ck_assert_uint_eq(event.old.type, GNTSHARE_EVENT_RESTORED);
	ck_assert_uint_eq(event.more, 0);
}
END_TEST

START_TEST(a_failed_read_leaves_the_event_alone)
{
	struct gntshare_event event, before;

	memset(&before, 0x5a, sizeof(before));
	event = before;
	fake_restore();
	fake_fail(1, EINTR, 0);
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)),
			 -EINTR);
	fake_fail_stop();
	fake_log_start();
	ck_assert_int_eq(gntshare_read_event(NULL, &event, sizeof(event)),
			 -EINVAL);
	ck_assert_int_eq(gntshare_read_event(a, NULL, sizeof(event)),
			 -EINVAL);
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event) - 1),
			 -EINVAL);
	assert_log(NULL);
	ck_assert_mem_eq(&event, &before, sizeof(event));
	/* The event was not lost. */
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)), 0);
}
END_TEST

START_TEST(events_need_the_native_level)
{
	struct gntshare_event event;

	fake_set_old_driver(true);
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)),
			 -EOPNOTSUPP);
}
END_TEST

START_TEST(a_region_that_was_created_for_a_peer_can_be_waited_for)
{
	struct gntshare_region *r = share_region(a, 3, 0);
	const uint32_t grefs[] = {
		gntshare_region_grefs(r)[0], gntshare_region_grefs(r)[1],
		gntshare_region_grefs(r)[2],
	};
	struct gntshare_state state = { 0 };
	struct gntshare_event event = { 0 };
	size_t held = 77;
	uint64_t id = 0;

	fake_set_nonblock(true);
	fake_hold(grefs[0], true);
	fake_hold(grefs[2], true);
	ck_assert_int_eq(gntshare_region_revoke(r, 0, 3, PEER, &held), 0);
	ck_assert_uint_eq(held, 2);
	ck_assert_int_eq(gntshare_region_wait(r, GNTSHARE_WAIT_RELEASED, PEER,
					      0, &state, sizeof(state)),
			 -ETIMEDOUT);
	ck_assert_uint_eq(state.held, 2);
	ck_assert_int_eq(destroy_event(r, GNTSHARE_DESTROY_EVENT, -1, &id), 0);
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)),
			 -EAGAIN);
	let_go(grefs);
	ck_assert_int_eq(gntshare_wait(a, id, GNTSHARE_WAIT_GONE, PEER, -1,
				       NULL, 0), 0);
	ck_assert_int_eq(gntshare_read_event(a, &event, sizeof(event)), 0);
	ck_assert_uint_eq(event.id, id);
}
END_TEST

START_TEST(a_region_of_the_2011_level_can_not_be_waited_for)
{
	struct gntshare_region *r;

	fake_set_old_driver(true);
	r = share_region(a, 1, 0);
	fake_log_start();
	ck_assert_int_eq(gntshare_region_wait(r, 0, PEER, 0, NULL, 0),
			 -EOPNOTSUPP);
	ck_assert_int_eq(destroy_event(r, 0, -1, NULL), -EOPNOTSUPP);
	assert_log(NULL);
	memset(gntshare_region_address(r), 1, FAKE_PAGE_SIZE);
}
END_TEST

struct Suite *event_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("event", &tests);

	tcase_add_checked_fixture(tests, open_it, close_it);
	tcase_add_test(tests, destroy_event_destroys_then_unmaps);
	tcase_add_test(tests,
		       an_event_tells_that_a_region_is_gone_and_not_before);
	tcase_add_test(tests, a_region_without_an_event_goes_silently);
	tcase_add_test(tests, an_eventfd_tells_that_a_region_is_gone);
	tcase_add_test(tests, a_wrong_eventfd_leaves_the_region_as_it_was);
	tcase_add_test(tests, destroy_event_refuses_what_makes_no_sense);
	tcase_add_loop_test(tests,
			    a_destroy_that_could_not_unmap_can_be_tried_again,
			    0, 2);
	tcase_add_test(tests, a_restore_is_an_event);
	tcase_add_test(tests, a_failed_read_leaves_the_event_alone);
	tcase_add_test(tests, events_need_the_native_level);
	tcase_add_test(tests,
		       a_region_that_was_created_for_a_peer_can_be_waited_for);
	tcase_add_test(tests, a_region_of_the_2011_level_can_not_be_waited_for);
	tcase_add_test(tests, a_newer_programs_event_is_filled_up_with_zeros);
	return suite;
}
