// SPDX-License-Identifier: GPL-2.0-or-later
/* Mappings: lib/mapping.c */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

static const uint32_t grefs[] = { 41, 8, 300, 9, 10, 77, 78, 12 };
static struct gntshare_mapper *mapper;

static void open_it(void)
{
	mapper = open_mapper();
}

static void close_it(void)
{
	ck_assert_int_eq(gntshare_mapper_close(mapper), 0);
}

START_TEST(create_is_one_ioctl_and_one_mmap)
{
	struct gntshare_mapping *m;

	fake_log_start();
	m = create_mapping(mapper, grefs, 5, GNTSHARE_WRITABLE);
	assert_log("alloc()", "alloc()", "MAP(count=5)", "mmap(5 rw shared)",
		   "madvise(5 dontfork)");
	fake_log_start();
	ck_assert_int_eq(gntshare_mapping_destroy(m), 0);
	assert_log("munmap(5)", "UNMAP(0 count=5)");
}
END_TEST

START_TEST(the_driver_gets_all_grefs_in_order)
{
	size_t count = (size_t)_i, i;
	struct gntshare_mapping *m = create_mapping(mapper, grefs, count, 0);
	const struct fake_grants *grants;

	ck_assert_uint_eq(gntshare_mapping_pages(m), count);
	ck_assert_uint_eq(gntshare_mapping_size(m), count * FAKE_PAGE_SIZE);
	grants = fake_grants(gntshare_mapping_address(m));
	ck_assert_uint_eq(grants->count, count);
	for (i = 0; i < count; i++) {
		ck_assert_uint_eq(grants->domid[i], PEER);
		ck_assert_uint_eq(grants->gref[i], grefs[i]);
	}
}
END_TEST

START_TEST(a_mapping_is_writable_only_if_the_flag_says_so)
{
	struct gntshare_mapping *ro = create_mapping(mapper, grefs, 1, 0);
	struct gntshare_mapping *rw = create_mapping(mapper, grefs, 1,
						     GNTSHARE_WRITABLE);

	ck_assert_int_eq(fake_protection(gntshare_mapping_address(ro)),
			 PROT_READ);
	ck_assert_int_eq(fake_protection(gntshare_mapping_address(rw)),
			 PROT_READ | PROT_WRITE);
}
END_TEST

START_TEST(a_gref_that_xen_refuses_fails_the_whole)
{
	static const uint32_t mixed[] = { 41, FAKE_NO_GREF, 8 };
	void *const before = (void *)&before;
	struct gntshare_mapping *m = before;

	fake_log_start();
	ck_assert_int_eq(gntshare_mapping_create(mapper, &m, PEER, mixed, 3,
						 0), -EINVAL);
	assert_log("alloc()", "alloc()", "MAP(count=3)", "mmap(3 r shared)",
		   "UNMAP(0 count=3)");
	ck_assert_ptr_eq(m, before);
}
END_TEST

START_TEST(a_read_only_gref_can_be_read_only)
{
	static const uint32_t readonly = FAKE_READONLY_GREF;
	struct gntshare_mapping *m;

	ck_assert_int_eq(gntshare_mapping_create(mapper, &m, PEER, &readonly,
						 1, GNTSHARE_WRITABLE),
			 -EINVAL);
	ck_assert_int_eq(gntshare_mapping_create(mapper, &m, PEER, &readonly,
						 1, 0), 0);
}
END_TEST

static const struct {
	uint32_t domid;
	size_t count;
	unsigned int flags;
} wrong[] = {
	{ 0x7ff0, 1, 0 },
	{ 0x10007, 1, 0 },
	{ UINT32_MAX, 1, 0 },
	{ PEER, 0, 0 },
	{ PEER, SIZE_MAX, 0 },
#if SIZE_MAX > UINT32_MAX
	{ PEER, (size_t)UINT32_MAX + 1, 0 },
	{ PEER, (size_t)UINT32_MAX + 2, 0 },
#endif
	{ PEER, 1, 2 },
	{ PEER, 1, ~0u },
};

START_TEST(wrong_arguments_reach_no_driver)
{
	void *const before = (void *)&before;
	struct gntshare_mapping *m = before;

	fake_log_start();
	ck_assert_int_eq(gntshare_mapping_create(mapper, &m, wrong[_i].domid,
						 grefs, wrong[_i].count,
						 wrong[_i].flags), -EINVAL);
	assert_log(NULL);
	ck_assert_ptr_eq(m, before);
}
END_TEST

START_TEST(create_needs_its_pointers)
{
	struct gntshare_mapping *m;

	ck_assert_int_eq(gntshare_mapping_create(NULL, &m, PEER, grefs, 1, 0),
			 -EINVAL);
	ck_assert_int_eq(gntshare_mapping_create(mapper, NULL, PEER, grefs, 1,
						 0), -EINVAL);
	ck_assert_int_eq(gntshare_mapping_create(mapper, &m, PEER, NULL, 1, 0),
			 -EINVAL);
}
END_TEST

START_TEST(bytes_that_overflow_are_refused)
{
	struct gntshare_mapping *m;

	fake_set_page_size((SIZE_MAX >> 1) + 1);
	ck_assert_int_eq(gntshare_mapping_create(mapper, &m, PEER, grefs, 2, 0),
			 -EINVAL);
	fake_set_page_size(FAKE_PAGE_SIZE);
}
END_TEST

START_TEST(a_place_that_was_given_back_can_be_used_again)
{
	struct gntshare_mapping *first = create_mapping(mapper, grefs, 2, 0);
	struct gntshare_mapping *second = create_mapping(mapper, grefs, 3, 0);

	ck_assert_int_eq(gntshare_mapping_destroy(first), 0);
	first = create_mapping(mapper, grefs + 4, 2, 0);
	ck_assert_uint_eq(fake_grants(gntshare_mapping_address(first))->index,
			  0);
	ck_assert_uint_eq(fake_grants(gntshare_mapping_address(second))->gref[0],
			  grefs[0]);
	ck_assert_int_eq(gntshare_mapping_destroy(second), 0);
	ck_assert_uint_eq(fake_grants(gntshare_mapping_address(first))->gref[0],
			  grefs[4]);
}
END_TEST

START_TEST(destroying_null_does_nothing)
{
	fake_log_start();
	ck_assert_int_eq(gntshare_mapping_destroy(NULL), 0);
	assert_log(NULL);
}
END_TEST

START_TEST(notify_reaches_the_byte_that_was_meant)
{
	struct gntshare_mapping *first = create_mapping(mapper, grefs, 2, 0);
	struct gntshare_mapping *m = create_mapping(mapper, grefs, 3,
						    GNTSHARE_WRITABLE);
	const size_t offset = FAKE_PAGE_SIZE + 6;
	const struct fake_grants *grants;

	ck_assert_int_eq(gntshare_mapping_notify(m, offset,
						 GNTSHARE_NOTIFY_CLEAR_BYTE |
						 GNTSHARE_NOTIFY_SEND_EVENT,
						 FAKE_PORT), 0);
	grants = fake_grants(gntshare_mapping_address(m));
	ck_assert_uint_eq(grants->notify_index, 2 * FAKE_PAGE_SIZE + offset);
	ck_assert_uint_eq(grants->action, 3);
	ck_assert_uint_eq(grants->port, FAKE_PORT);
	ck_assert_uint_eq(fake_grants(gntshare_mapping_address(first))->action,
			  0);

	ck_assert_int_eq(gntshare_mapping_notify(m, 0, 0, 0), 0);
	ck_assert_uint_eq(grants->action, 0);
}
END_TEST

START_TEST(notify_refuses_what_is_outside)
{
	struct gntshare_mapping *m = create_mapping(mapper, grefs, 2, 0);
	size_t size = gntshare_mapping_size(m);

	create_mapping(mapper, grefs, 1, 0);
	fake_log_start();
	ck_assert_int_eq(gntshare_mapping_notify(m, size, 1, 0), -EINVAL);
	ck_assert_int_eq(gntshare_mapping_notify(m, SIZE_MAX, 1, 0), -EINVAL);
	ck_assert_int_eq(gntshare_mapping_notify(m, 0, 4, 0), -EINVAL);
	ck_assert_int_eq(gntshare_mapping_notify(NULL, 0, 1, 0), -EINVAL);
	assert_log(NULL);
	ck_assert_int_eq(gntshare_mapping_notify(m, size - 1, 1, 0), 0);
}
END_TEST

START_TEST(notify_passes_on_that_a_port_is_not_bound)
{
	struct gntshare_mapping *m = create_mapping(mapper, grefs, 1, 0);

	ck_assert_int_eq(gntshare_mapping_notify(m, 0,
						 GNTSHARE_NOTIFY_SEND_EVENT,
						 FAKE_PORT + 1), -EINVAL);
}
END_TEST

static int export(struct gntshare_mapper *from, const uint32_t *which,
		  size_t count, int *fd)
{
	return gntshare_mapper_export(from, PEER, which, count,
				      GNTSHARE_WRITABLE, fd);
}

START_TEST(to_export_is_one_ioctl)
{
	uint32_t gref;
	int fd = -1, i;

	fake_log_start();
	ck_assert_int_eq(export(mapper, grefs, 5, &fd), 0);
	assert_log("alloc()", "EXP_FROM_REFS(count=5 domid=7)");
	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(pread(fd, &gref, sizeof(gref),
				       (off_t)(i * FAKE_PAGE_SIZE)),
				 sizeof(gref));
		ck_assert_uint_eq(gref, grefs[i]);
	}
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 5 * FAKE_PAGE_SIZE);
	close(fd);
}
END_TEST

START_TEST(a_wrong_export_reaches_no_driver)
{
	int none = 4711;

	fake_log_start();
	ck_assert_int_eq(gntshare_mapper_export(mapper, wrong[_i].domid, grefs,
						wrong[_i].count,
						wrong[_i].flags |
						GNTSHARE_WRITABLE, &none),
			 -EINVAL);
	assert_log(NULL);
	ck_assert_int_eq(none, 4711);
}
END_TEST

START_TEST(an_export_can_fail)
{
	static const uint32_t mixed[] = { 41, FAKE_READONLY_GREF, 8 };
	int none = 4711;

	fake_log_start();
	ck_assert_int_eq(export(NULL, grefs, 1, &none), -EINVAL);
	ck_assert_int_eq(export(mapper, NULL, 1, &none), -EINVAL);
	ck_assert_int_eq(export(mapper, grefs, 1, NULL), -EINVAL);
	ck_assert_int_eq(gntshare_mapper_export(mapper, PEER, grefs, 1, 0,
						&none), -EOPNOTSUPP);
	assert_log(NULL);
	ck_assert_int_eq(export(mapper, mixed, 3, &none), -EINVAL);
	/* A kernel that has no such dma-bufs. */
	fake_fail(2, ENOTTY, 0);
	ck_assert_int_eq(export(mapper, grefs, 1, &none), -EOPNOTSUPP);
	fake_fail_stop();
	ck_assert_int_eq(none, 4711);
}
END_TEST

struct Suite *mapping_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("mapping", &tests);

	tcase_add_checked_fixture(tests, open_it, close_it);
	tcase_add_test(tests, create_is_one_ioctl_and_one_mmap);
	tcase_add_loop_test(tests, the_driver_gets_all_grefs_in_order, 1, 9);
	tcase_add_test(tests, a_mapping_is_writable_only_if_the_flag_says_so);
	tcase_add_test(tests, a_gref_that_xen_refuses_fails_the_whole);
	tcase_add_test(tests, a_read_only_gref_can_be_read_only);
	tcase_add_loop_test(tests, wrong_arguments_reach_no_driver, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_test(tests, create_needs_its_pointers);
	tcase_add_test(tests, bytes_that_overflow_are_refused);
	tcase_add_test(tests, a_place_that_was_given_back_can_be_used_again);
	tcase_add_test(tests, destroying_null_does_nothing);
	tcase_add_test(tests, notify_reaches_the_byte_that_was_meant);
	tcase_add_test(tests, notify_refuses_what_is_outside);
	tcase_add_test(tests, notify_passes_on_that_a_port_is_not_bound);
	tcase_add_test(tests, to_export_is_one_ioctl);
	tcase_add_loop_test(tests, a_wrong_export_reaches_no_driver, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_test(tests, an_export_can_fail);
	return suite;
}
