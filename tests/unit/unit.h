/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The suites: one for each file of the library, and one for each rule. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <gntshare.h>

#include "fake_os.h"

struct Suite *create_suite(void);
struct Suite *allocator_suite(void);
struct Suite *device_suite(void);
struct Suite *failure_suite(void);
struct Suite *fork_suite(void);
struct Suite *grant_suite(void);
struct Suite *mapper_suite(void);
struct Suite *mapping_suite(void);
struct Suite *dmabuf_suite(void);
struct Suite *memory_suite(void);
struct Suite *native_suite(void);
struct Suite *grefs_suite(void);
struct Suite *region_suite(void);
struct Suite *release_suite(void);
struct Suite *thread_suite(void);
struct Suite *event_suite(void);
struct Suite *view_suite(void);
struct Suite *wait_suite(void);

/*
 * Run the suites that were added to @runner, print libcheck's summary, and
 * append "@name passed failed skipped" to the file that the environment
 * variable RESULTS names, if it is set. Returns the value that main() has to
 * return.
 */
int run_all(struct SRunner *runner, const char *name);

/*
 * End a child, without calling the functions that the parent has registered for
 * its own end. If gcov is used, its counts are written nevertheless.
 */
_Noreturn void end_child(int status);

#define ARRAY_SIZE(array)	((int)(sizeof(array) / sizeof((array)[0])))

/* The domains that are used as peers. */
#define PEER		7u
#define OTHER_PEER	9u

static inline struct gntshare *open_allocator(void)
{
	struct gntshare *a = NULL;

	ck_assert_int_eq(gntshare_open(&a, NULL), 0);
	ck_assert_ptr_nonnull(a);
	return a;
}

static inline struct gntshare_region *
share_region(struct gntshare *a, size_t pages, unsigned int flags)
{
	struct gntshare_region *r = NULL;

	ck_assert_int_eq(gntshare_region_share(a, &r, PEER, pages, flags), 0);
	ck_assert_ptr_nonnull(r);
	return r;
}

/* The region is granted to nobody. */
static inline struct gntshare_region *create_region(struct gntshare *a,
						    size_t pages)
{
	struct gntshare_region *r = NULL;

	ck_assert_int_eq(gntshare_region_create(a, &r, pages,
						GNTSHARE_ANY_OFFSET), 0);
	ck_assert_ptr_nonnull(r);
	return r;
}

/* The region is of memory that is there, and granted to nobody. */
static inline struct gntshare_region *
create_from_memory(struct gntshare *a, void *address, size_t pages,
		   unsigned int flags)
{
	struct gntshare_region *r = NULL;

	ck_assert_int_eq(gntshare_region_from_memory(a, &r, address, pages,
						     GNTSHARE_ANY_OFFSET,
						     flags), 0);
	ck_assert_ptr_nonnull(r);
	return r;
}

/* Grant all pages of the region. */
static inline void grant_region(struct gntshare_region *r, uint32_t domid,
				uint32_t *grefs)
{
	ck_assert_int_eq(gntshare_region_grant(r, 0, gntshare_region_pages(r),
					       domid, 0, grefs), 0);
}

static inline struct gntshare_view *
create_view(struct gntshare *a, uint64_t offset, size_t pages)
{
	struct gntshare_view *v = NULL;

	ck_assert_int_eq(gntshare_view_create(a, &v, offset, pages), 0);
	ck_assert_ptr_nonnull(v);
	return v;
}

static inline struct gntshare_mapper *open_mapper(void)
{
	struct gntshare_mapper *m = NULL;

	ck_assert_int_eq(gntshare_mapper_open(&m, NULL), 0);
	ck_assert_ptr_nonnull(m);
	return m;
}

static inline struct gntshare_mapping *
create_mapping(struct gntshare_mapper *mapper, const uint32_t *grefs,
	       size_t count, unsigned int flags)
{
	struct gntshare_mapping *m = NULL;

	ck_assert_int_eq(gntshare_mapping_create(mapper, &m, PEER, grefs, count,
						 flags), 0);
	ck_assert_ptr_nonnull(m);
	return m;
}

/* A case whose tests start with fake_reset() and end with fake_finish(). */
static inline struct TCase *fake_case(struct Suite *suite, const char *name)
{
	struct TCase *tests = tcase_create(name);

	tcase_add_checked_fixture(tests, fake_reset, fake_finish);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return tests;
}

/* One suite with one such case. */
static inline struct Suite *fake_suite(const char *name, struct TCase **tests)
{
	struct Suite *suite = suite_create(name);

	*tests = fake_case(suite, name);
	return suite;
}

#endif /* UNIT_H */
