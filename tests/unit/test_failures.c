// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every operation, with each of its calls to the system failing in turn. The
 * operation returns the error of that call, and leaves nothing of what it had
 * done before. The operations that destroy and close are in test_releases.c.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "preconditions.h"

static int do_open(void)
{
	return gntshare_open(&now.allocator, NULL);
}

static int do_adopt(void)
{
	return gntshare_adopt(&now.allocator, now.descriptor);
}

static int do_info(void)
{
	struct gntshare_info info;

	return gntshare_info(now.allocator, &info, sizeof(info));
}

static int do_restrict(void)
{
	return gntshare_restrict(now.allocator, GNTSHARE_RESTRICT_NO_CREATE, 0,
				 NULL, 0);
}

static int do_share_region(void)
{
	return gntshare_region_share(now.allocator, &now.region, PEER, 3, 0);
}

static int do_notify_region(void)
{
	return gntshare_region_notify(now.region, 0,
				      GNTSHARE_NOTIFY_CLEAR_BYTE, 0);
}

static int do_alloc_region(void)
{
	return gntshare_region_create(now.allocator, &now.region, 3, 0);
}

static int do_from_memory(void)
{
	return gntshare_region_from_memory(now.allocator, &now.region, memory,
					   3, 0, GNTSHARE_WRITABLE);
}

static int do_from_memfd(void)
{
	int err, fd = memfd_create("memory", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, 4 * FAKE_PAGE_SIZE), 0);
	err = gntshare_region_from_memfd(now.allocator, &now.region, fd,
					 FAKE_PAGE_SIZE, 3, 0, 0);
	ck_assert_int_eq(close(fd), 0);
	return err;
}

static int do_from_dmabuf(void)
{
	int err, fd = memfd_create("memory", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, 3 * FAKE_PAGE_SIZE), 0);
	err = gntshare_region_from_dmabuf(now.allocator, &now.region, fd, 0, 3,
					  0, 0);
	ck_assert_int_eq(close(fd), 0);
	return err;
}

static int do_grant(void)
{
	uint32_t grefs[2];

	return gntshare_region_grant(now.region, 1, 2, PEER, 0, grefs);
}

static int do_export(void)
{
	int fd, err = gntshare_region_export(now.region, 1, 2, 0, &fd);

	if (!err)
		ck_assert_int_eq(close(fd), 0);
	return err;
}

static int do_revoke(void)
{
	return gntshare_region_revoke(now.region, 1, 2, PEER, NULL);
}

static int do_wait(void)
{
	return gntshare_region_wait(now.region, 0, PEER, 0, NULL, 0);
}

static int do_release(void)
{
	return gntshare_region_destroy_event(now.region, GNTSHARE_DESTROY_EVENT,
					     -1, NULL);
}

static int do_read_event(void)
{
	struct gntshare_event event;

	return gntshare_read_event(now.allocator, &event, sizeof(event));
}

static int do_create_view(void)
{
	return gntshare_view_create(now.allocator, &now.view, FAKE_PAGE_SIZE,
				    2);
}

static int do_open_mapper(void)
{
	return gntshare_mapper_open(&now.mapper, NULL);
}

static int do_create_mapping(void)
{
	return gntshare_mapping_create(now.mapper, &now.mapping, PEER,
				       peer_grefs, 3, 0);
}

static int do_export_grefs(void)
{
	int fd, err = gntshare_mapper_export(now.mapper, PEER, peer_grefs, 3,
					     GNTSHARE_WRITABLE, &fd);

	if (!err)
		ck_assert_int_eq(close(fd), 0);
	return err;
}

static int do_notify_mapping(void)
{
	return gntshare_mapping_notify(now.mapping, 0,
				       GNTSHARE_NOTIFY_CLEAR_BYTE, 0);
}

/*
 * Operations, with the calls of each. The list shows that every call has failed
 * once. If the call @last fails, the operation has succeeded nevertheless, and
 * one mapping is left.
 */
static const struct {
	void (*before)(void);
	int (*run)(void);
	const char *calls[10];
	const char *last;
} making[] = {
	{ with_nothing, do_open,
	  { "alloc", "open", "fstat", "open", "read", "close", "mmap",
	    "madvise" } },
	{ with_descriptor, do_adopt,
	  { "alloc", "fstat", "open", "read", "close", "mmap", "madvise",
	    "set_cloexec" } },
	{ with_allocator, do_info, { "INFO" } },
	{ with_allocator, do_restrict, { "RESTRICT" } },
	{ with_allocator, do_share_region,
	  { "alloc", "SHARE", "mmap", "madvise" } },
	{ with_old_allocator, do_share_region,
	  { "alloc", "SHARE", "alloc", "ALLOC", "mmap", "madvise" } },
	{ with_old_region, do_share_region,
	  { "alloc", "alloc", "ALLOC", "mmap", "madvise" } },
	{ with_region, do_notify_region, { "NOTIFY" } },
	{ with_old_region, do_notify_region, { "NOTIFY" } },
	{ with_region, do_grant, { "GRANT" } },
	{ with_region, do_revoke, { "REVOKE" } },
	{ with_region, do_export, { "EXPORT" } },
	{ with_region, do_wait, { "WAIT" } },
	{ with_region, do_release, { "DESTROY", "munmap" } },
	{ with_allocator, do_alloc_region,
	  { "alloc", "CREATE", "mmap", "madvise" } },
	{ with_allocator, do_from_memory, { "alloc", "CREATE" } },
	{ with_allocator, do_from_memfd,
	  { "fstat", "mmap", "alloc", "CREATE" }, "munmap" },
	{ with_allocator, do_from_dmabuf, { "alloc", "CREATE" } },
	{ with_memory_region, do_notify_region, { "NOTIFY" } },
	{ with_memory_region, do_grant, { "GRANT" } },
	{ with_memory_region, do_revoke, { "REVOKE" } },
	{ with_memory_region, do_wait, { "WAIT" } },
	{ with_memory_region, do_release, { "DESTROY" } },
	{ with_native_region, do_notify_region, { "NOTIFY" } },
	{ with_native_region, do_grant, { "GRANT" } },
	{ with_granted_region, do_revoke, { "REVOKE" } },
	{ with_native_region, do_wait, { "WAIT" } },
	{ with_granted_region, do_release, { "DESTROY", "munmap" } },
	{ with_event, do_read_event, { "read" } },
	{ with_native_region, do_create_view, { "alloc", "mmap", "madvise" } },
	{ with_nothing, do_open_mapper,
	  { "alloc", "open", "fstat", "open", "read", "close", "mmap",
	    "madvise" } },
	{ with_mapper, do_create_mapping,
	  { "alloc", "alloc", "MAP", "mmap", "madvise" } },
	{ with_mapping, do_notify_mapping, { "NOTIFY" } },
	{ with_mapper, do_export_grefs, { "alloc", "EXP_FROM_REFS" } },
};

START_TEST(a_call_that_fails_leaves_everything_as_it_was)
{
	unsigned int nth;

	for (nth = 0; making[_i].calls[nth]; nth++) {
		const char *call = making[_i].calls[nth];
		struct fake_account before;
		struct preconditions then;
		int err;

		making[_i].before();
		before = fake_account();
		then = now;

		fake_fail(nth + 1, FIRST_ERROR, 0);
		err = making[_i].run();
		ck_assert_pstr_eq(fake_failed(), call);
		fake_fail_stop();

		ck_assert_int_eq(err, strcmp(call, "alloc") ? -FIRST_ERROR :
							      -ENOMEM);
		fake_assert_account(before);
		ck_assert_mem_eq(&now, &then, sizeof(now));

		/* Now the operation succeeds. */
		ck_assert_int_eq(making[_i].run(), 0);
		close_all();
		fake_finish();
	}

	/* The operation makes no further call that could fail. */
	making[_i].before();
	fake_fail(nth + 1, FIRST_ERROR, 0);
	ck_assert_int_eq(making[_i].run(), 0);
	ck_assert_pstr_eq(fake_failed(), making[_i].last);
	fake_fail_stop();
	close_all();
	ck_assert_uint_eq(fake_account().mappings, !!making[_i].last);
	fake_drop_mappings();
}
END_TEST

START_TEST(when_the_undoing_fails_too_the_first_error_is_told)
{
	unsigned int nth;

	for (nth = 0; making[_i].calls[nth]; nth++) {
		struct fake_account before, after;
		int err;

		making[_i].before();
		before = fake_account();
		fake_fail(nth + 1, FIRST_ERROR, LATER_ERROR);
		err = making[_i].run();
		fake_fail_stop();
		ck_assert_int_eq(err, strcmp(making[_i].calls[nth], "alloc") ?
				 -FIRST_ERROR : -ENOMEM);

		/* Memory and descriptors are freed, since that never fails. */
		after = fake_account();
		ck_assert_uint_eq(after.blocks, before.blocks);
		ck_assert_uint_eq(after.files, before.files);

		close_all();
		fake_drop_mappings();
		fake_finish();
	}
}
END_TEST

struct Suite *failure_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("failures", &tests);

	tcase_add_loop_test(tests,
			    a_call_that_fails_leaves_everything_as_it_was, 0,
			    ARRAY_SIZE(making));
	tcase_add_loop_test(tests,
			    when_the_undoing_fails_too_the_first_error_is_told,
			    0, ARRAY_SIZE(making));
	return suite;
}
