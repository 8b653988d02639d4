// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a child of fork() may do with handles, and that it cannot harm its
 * parent by them.
 *
 * The exit status of a child says which line has found an error. libcheck's
 * assertions cannot be used: a child in which one fails would continue as
 * the test.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../lib/internal.h"
#include "unit.h"

static const uint32_t grefs[] = { 31, 5, 77 };
static struct gntshare *allocator;
static struct gntshare_region *region, *other_region, *native_region;
static struct gntshare_region *memory_region;
static _Alignas(FAKE_PAGE_SIZE) char memory[FAKE_PAGE_SIZE];
static struct gntshare_view *view;
static struct gntshare_mapper *mapper;
static struct gntshare_mapping *mapping, *other_mapping;

static void open_all(void)
{
	allocator = open_allocator();
	region = share_region(allocator, 3, 0);
	other_region = share_region(allocator, 1, 0);
	native_region = create_region(allocator, 2);
	memory_region = create_from_memory(allocator, memory, 1, 0);
	view = create_view(allocator, gntshare_region_offset(native_region),
			   1);
	mapper = open_mapper();
	mapping = create_mapping(mapper, grefs, 3, 0);
	other_mapping = create_mapping(mapper, grefs, 1, 0);
}

static void close_all(void)
{
	ck_assert_int_eq(gntshare_close(allocator), 0);
	ck_assert_int_eq(gntshare_mapper_close(mapper), 0);
}

/* When this is subtracted from a line, the result fits into an exit status. */
#define FIRST_LINE	85

#define CHILD_ASSERT(condition)						\
	do {								\
		_Static_assert(__LINE__ > FIRST_LINE &&			\
			       __LINE__ <= FIRST_LINE + 255,		\
			       "the line fits into an exit status");	\
		if (!(condition))					\
			end_child(__LINE__ - FIRST_LINE);		\
	} while (0)

static pid_t start_child(void (*child)(void))
{
	pid_t pid = fork();

	if (!pid) {
		alarm(30);
		child();
		end_child(0);
	}
	return pid;
}

static void finish_child(pid_t pid)
{
	int status;

	ck_assert_int_ge(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "the child died of signal %d",
		      WTERMSIG(status));
	ck_assert_msg(!WEXITSTATUS(status), "wrong in the child: line %d",
		      WEXITSTATUS(status) + FIRST_LINE);
}

static void run_child(void (*child)(void))
{
	finish_child(start_child(child));
}

static bool is_mapped(void *address)
{
	unsigned char resident;

	return !mincore(address, FAKE_PAGE_SIZE, &resident);
}

static void sees_no_shared_memory(void)
{
	CHILD_ASSERT(!is_mapped(gntshare_region_address(region)));
	CHILD_ASSERT(!is_mapped(gntshare_region_address(native_region)));
	CHILD_ASSERT(!is_mapped(gntshare_view_address(view)));
	CHILD_ASSERT(!is_mapped(gntshare_mapping_address(mapping)));
}

START_TEST(shared_memory_is_not_inherited)
{
	ck_assert(is_mapped(gntshare_region_address(region)));
	ck_assert(is_mapped(gntshare_region_address(native_region)));
	ck_assert(is_mapped(gntshare_view_address(view)));
	ck_assert(is_mapped(gntshare_mapping_address(mapping)));
	run_child(sees_no_shared_memory);
}
END_TEST

static void sees_the_memory(void)
{
	CHILD_ASSERT(!gntshare_region_address(memory_region));
	CHILD_ASSERT(is_mapped(memory));
	CHILD_ASSERT(!strcmp(memory, "here"));
}

START_TEST(memory_that_was_there_before_is_inherited)
{
	strcpy(memory, "here");
	run_child(sees_the_memory);
}
END_TEST

static void is_refused(void)
{
	struct gntshare_region *r = NULL;
	struct gntshare_mapping *m = NULL;
	int fd;

	fake_log_start();
	CHILD_ASSERT(gntshare_region_share(allocator, &r, PEER, 1, 0) ==
		     -EPERM);
	CHILD_ASSERT(!r);
	CHILD_ASSERT(gntshare_region_notify(region, 0, 0, 0) == -EPERM);
	CHILD_ASSERT(gntshare_mapping_create(mapper, &m, PEER, grefs, 1, 0) ==
		     -EPERM);
	CHILD_ASSERT(!m);
	CHILD_ASSERT(gntshare_mapping_notify(mapping, 0, 0, 0) == -EPERM);
	CHILD_ASSERT(gntshare_mapper_export(mapper, PEER, grefs, 1,
					    GNTSHARE_WRITABLE, &fd) == -EPERM);
	CHILD_ASSERT(!strcmp(fake_log(), ""));
}

START_TEST(a_child_may_not_use_the_parents_handles)
{
	run_child(is_refused);
}
END_TEST

static void is_refused_the_native_level(void)
{
	struct gntshare_region *r = NULL;
	struct gntshare_view *v = NULL;
	struct gntshare_event event;
	struct gntshare_info info;
	uint32_t gref;
	int fd;

	fake_log_start();
	CHILD_ASSERT(gntshare_info(allocator, &info, sizeof(info)) == -EPERM);
	CHILD_ASSERT(gntshare_restrict(allocator, GNTSHARE_RESTRICT_NO_CREATE,
				       0, NULL, 0) == -EPERM);
	CHILD_ASSERT(gntshare_region_create(allocator, &r, 1,
					    GNTSHARE_ANY_OFFSET) == -EPERM);
	CHILD_ASSERT(gntshare_region_from_memory(allocator, &r, memory, 1, 0,
						 0) == -EPERM);
	CHILD_ASSERT(gntshare_region_from_memfd(allocator, &r, -1, 0, 1, 0,
						0) == -EPERM);
	CHILD_ASSERT(gntshare_region_from_dmabuf(allocator, &r, -1, 0, 1, 0,
						 0) == -EPERM);
	CHILD_ASSERT(gntshare_region_grant(native_region, 0, 1, PEER, 0,
					   &gref) == -EPERM);
	CHILD_ASSERT(gntshare_region_revoke(native_region, 0, 1, PEER,
					    NULL) == -EPERM);
	CHILD_ASSERT(gntshare_region_export(native_region, 0, 1, 0, &fd) ==
		     -EPERM);
	CHILD_ASSERT(gntshare_wait(allocator, 1, 0, PEER, 0, NULL, 0) ==
		     -EPERM);
	CHILD_ASSERT(gntshare_region_wait(native_region, 0, PEER, 0, NULL,
					  0) == -EPERM);
	CHILD_ASSERT(gntshare_region_destroy_event(native_region, 0, -1,
						   NULL) == -EPERM);
	CHILD_ASSERT(gntshare_read_event(allocator, &event, sizeof(event)) ==
		     -EPERM);
	CHILD_ASSERT(gntshare_view_create(allocator, &v, 0, 1) == -EPERM);
	CHILD_ASSERT(!strcmp(fake_log(), ""));
	CHILD_ASSERT(!r && !v);
}

START_TEST(a_child_may_not_use_the_native_level)
{
	run_child(is_refused_the_native_level);
}
END_TEST

static void reads_handles(void)
{
	CHILD_ASSERT(gntshare_fd(allocator) >= 0);
	CHILD_ASSERT(gntshare_mapper_fd(mapper) >= 0);
	CHILD_ASSERT(gntshare_region_pages(region) == 3);
	CHILD_ASSERT(gntshare_region_size(region) == 3 * FAKE_PAGE_SIZE);
	CHILD_ASSERT(gntshare_region_grefs(region)[2]);
	CHILD_ASSERT(gntshare_region_id(native_region));
	CHILD_ASSERT(gntshare_region_offset(native_region) ==
		     4 * FAKE_PAGE_SIZE);
	CHILD_ASSERT(gntshare_region_size(memory_region) == FAKE_PAGE_SIZE);
	CHILD_ASSERT(gntshare_view_size(view) == FAKE_PAGE_SIZE);
	CHILD_ASSERT(gntshare_mapping_pages(mapping) == 3);
}

START_TEST(a_child_can_read_what_handles_say)
{
	run_child(reads_handles);
}
END_TEST

static void destroys(void)
{
	struct fake_account before = fake_account();
	struct fake_account after;

	fake_log_start();
	CHILD_ASSERT(!gntshare_region_destroy(region));
	CHILD_ASSERT(!gntshare_region_destroy(native_region));
	CHILD_ASSERT(!gntshare_region_destroy(memory_region));
	CHILD_ASSERT(!gntshare_view_destroy(view));
	CHILD_ASSERT(!gntshare_mapping_destroy(mapping));
	CHILD_ASSERT(!strcmp(fake_log(), ""));
	after = fake_account();
	CHILD_ASSERT(!memcmp(&before, &after, sizeof(before)));
	/* To close the allocator and the mapper frees no handle twice. */
	CHILD_ASSERT(!gntshare_close(allocator));
	CHILD_ASSERT(!gntshare_mapper_close(mapper));
	CHILD_ASSERT(!fake_account().blocks);
}

START_TEST(to_destroy_in_a_child_does_nothing)
{
	run_child(destroys);
}
END_TEST

static void closes(void)
{
	fake_log_start();
	CHILD_ASSERT(!gntshare_close(allocator));
	/* The mapping is the handle's own, which a child inherits. */
	CHILD_ASSERT(!strcmp(fake_log(), "munmap(1) close()"));
	fake_log_start();
	CHILD_ASSERT(!gntshare_mapper_close(mapper));
	CHILD_ASSERT(!strcmp(fake_log(), "munmap(1) close()"));
	CHILD_ASSERT(!fake_account().blocks);
	CHILD_ASSERT(!fake_account().files);
}

START_TEST(to_close_in_a_child_releases_the_childs_copies_only)
{
	struct fake_account before = fake_account();

	run_child(closes);
	fake_assert_account(before);
	memset(gntshare_region_address(region), 1,
	       gntshare_region_size(region));
	ck_assert_int_eq(gntshare_region_destroy(region), 0);
	ck_assert_int_eq(gntshare_mapping_destroy(mapping), 0);
}
END_TEST

static void forks_and_closes(void)
{
	int status;
	pid_t pid = fork();

	CHILD_ASSERT(pid >= 0);
	if (!pid) {
		is_refused();
		closes();
		end_child(0);
	}
	CHILD_ASSERT(waitpid(pid, &status, 0) == pid);
	CHILD_ASSERT(!status);
	closes();
}

START_TEST(a_grandchild_is_no_more_than_a_child)
{
	run_child(forks_and_closes);
}
END_TEST

static void adopts_what_it_has(void)
{
	struct gntshare_region *r = NULL;
	struct gntshare *a = NULL;

	/* The child has the descriptor, too, and can make a handle for it. */
	CHILD_ASSERT(!gntshare_adopt(&a, gntshare_fd(allocator)));
	CHILD_ASSERT(!gntshare_region_share(a, &r, PEER, 1, 0));
	CHILD_ASSERT(!gntshare_close(a));
}

START_TEST(a_child_can_adopt_the_descriptor)
{
	run_child(adopts_what_it_has);
}
END_TEST

static void opens_its_own(void)
{
	struct gntshare *a = NULL;
	struct gntshare_region *r = NULL;

	CHILD_ASSERT(!gntshare_close(allocator));
	CHILD_ASSERT(!gntshare_open(&a, NULL));
	CHILD_ASSERT(!gntshare_region_share(a, &r, PEER, 1, 0));
	CHILD_ASSERT(!gntshare_region_destroy(r));
	CHILD_ASSERT(!gntshare_close(a));
}

START_TEST(a_child_can_open_its_own)
{
	run_child(opens_its_own);
}
END_TEST

static void closes_what_is_locked(void)
{
	fake_log_start();
	CHILD_ASSERT(!gntshare_close(allocator));
	CHILD_ASSERT(!strcmp(fake_log(), "munmap(1) close()"));
	CHILD_ASSERT(!gntshare_mapper_close(mapper));
	CHILD_ASSERT(!fake_account().files);
}

START_TEST(a_fork_while_a_thread_has_the_lock_hangs_no_child)
{
	pid_t pid;

	pthread_mutex_lock(&allocator->device.lock);
	pthread_mutex_lock(&mapper->device.lock);
	pid = start_child(closes_what_is_locked);
	pthread_mutex_unlock(&allocator->device.lock);
	pthread_mutex_unlock(&mapper->device.lock);
	finish_child(pid);
}
END_TEST

struct Suite *fork_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = fake_suite("fork", &tests);

	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_test(tests, shared_memory_is_not_inherited);
	tcase_add_test(tests, memory_that_was_there_before_is_inherited);
	tcase_add_test(tests, a_child_may_not_use_the_parents_handles);
	tcase_add_test(tests, a_child_may_not_use_the_native_level);
	tcase_add_test(tests, a_child_can_read_what_handles_say);
	tcase_add_test(tests, to_destroy_in_a_child_does_nothing);
	tcase_add_test(tests,
		       to_close_in_a_child_releases_the_childs_copies_only);
	tcase_add_test(tests, a_grandchild_is_no_more_than_a_child);
	tcase_add_test(tests, a_child_can_adopt_the_descriptor);
	tcase_add_test(tests, a_child_can_open_its_own);
	tcase_add_test(tests,
		       a_fork_while_a_thread_has_the_lock_hangs_no_child);
	return suite;
}
