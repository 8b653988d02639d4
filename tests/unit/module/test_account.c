// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * module/account.c in a program. The tests show for which user a file counts,
 * and that a call that is refused by bounds of its own takes nothing from
 * others, not even for a moment.
 *
 * ThreadSanitizer checks the threads.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "gntalloc.h"
#include "kernel.h"
#include "tests.h"

#define ROUNDS	200000

struct user_namespace init_user_ns;
bool gntalloc_debug;

static struct gntalloc_user *user_of(uid_t uid)
{
	struct cred cred = { .euid = { uid }, .user_ns = &init_user_ns };

	return gntalloc_user_get(&cred);
}

/* Set those members that open() sets for the accounting. */
static void file_open(struct gntalloc_file *file, uid_t uid)
{
	memset(file, 0, sizeof(*file));
	pthread_mutex_init(&file->lock.lock, NULL);
	file->user = user_of(uid);
	file->bound = GNTALLOC_BOTH(INT_MAX);
}

static void file_close(struct gntalloc_file *file)
{
	gntalloc_user_put(file->user);
	pthread_mutex_destroy(&file->lock.lock);
}

static void file_bound(struct gntalloc_file *file, u32 more)
{
	mutex_lock(&file->lock);
	file->limits.any = true;
	gntalloc_bound(file, more);
	mutex_unlock(&file->lock);
}

static int charge(struct gntalloc_file *file, u64 what)
{
	enum gntalloc_bound_kind bound;

	return gntalloc_charge(file, what, &bound);
}

/* The charge is refused, and by this bound. */
static void is_refused(struct gntalloc_file *file, u64 what,
		       enum gntalloc_bound_kind expected)
{
	enum gntalloc_bound_kind bound;

	ck_assert_int_eq(gntalloc_charge(file, what, &bound), -EDQUOT);
	ck_assert_int_eq(bound, expected);
}

static int hits;

void gntalloc_hit(const struct gntalloc_file *file,
		  enum gntalloc_bound_kind bound, u64 what)
{
	(void)file;
	(void)what;
	ck_assert_int_eq(bound, GNTALLOC_BOUND_RESTRICTION);
	hits++;
}

/* @users is charged to this user, and @all to all users together. */
static void used_is(struct gntalloc_user *user, u64 all, u64 users)
{
	u64 used;

	ck_assert_uint_eq(gntalloc_used(user, &used), all);
	ck_assert_uint_eq(used, users);
}

/* --- threads ----------------------------------------------------------------- */

/* A caller that charges @what to @file, and uncharges it when it has got it. */
struct caller {
	struct gntalloc_file *file;
	u64 what;
	long refused;
	pthread_t thread;
};

static pthread_barrier_t start;
static volatile int running;

static bool try_once(struct caller *c)
{
	if (charge(c->file, c->what))
		return false;
	gntalloc_charge_drop(c->file, c->what, 0);
	return true;
}

static void *hammers(void *arg)
{
	struct caller *c = arg;

	pthread_barrier_wait(&start);
	while (__atomic_load_n(&running, __ATOMIC_RELAXED))
		if (!try_once(c))
			c->refused++;
	return NULL;
}

static void *is_good(void *arg)
{
	struct caller *c = arg;
	long i;

	pthread_barrier_wait(&start);
	for (i = 0; i < ROUNDS; i++)
		if (!try_once(c))
			c->refused++;
	__atomic_store_n(&running, 0, __ATOMIC_RELAXED);
	return NULL;
}

/* Run @greedy and a second caller like it at the same time as @good. */
static void crowd(struct caller *greedy, struct caller *good)
{
	struct caller twin = *greedy;

	running = 1;
	ck_assert_int_eq(pthread_barrier_init(&start, NULL, 3), 0);
	ck_assert_int_eq(pthread_create(&greedy->thread, NULL, hammers,
					greedy), 0);
	ck_assert_int_eq(pthread_create(&twin.thread, NULL, hammers, &twin), 0);
	ck_assert_int_eq(pthread_create(&good->thread, NULL, is_good, good), 0);
	pthread_join(good->thread, NULL);
	pthread_join(greedy->thread, NULL);
	pthread_join(twin.thread, NULL);
	pthread_barrier_destroy(&start);
	printf("of %d calls that are right %ld were refused, beside %ld that are not\n",
	       ROUNDS, good->refused, greedy->refused + twin.refused);
	ck_assert_int_gt(greedy->refused, 0);
	ck_assert_int_eq(good->refused, 0);
	used_is(good->file->user, 0, 0);
}

/* @two asks for all that its bounds allow, while @one exceeds a bound. */
static void beside(uid_t one_uid, uid_t two_uid, bool bounded,
		   unsigned int quota)
{
	struct gntalloc_file one, two;
	struct caller greedy = { &one, GNTALLOC_BOTH(90), 0, 0 };
	struct caller good = { &two, GNTALLOC_BOTH(quota ? quota : 100), 0, 0 };

	gntalloc_limit = 100;
	gntalloc_quota = quota;
	file_open(&one, one_uid);
	file_open(&two, two_uid);
	if (bounded)
		file_bound(&one, 5);
	crowd(&greedy, &good);
	file_close(&one);
	file_close(&two);
	gntalloc_quota = 0;
}

START_TEST(a_user_over_the_bound_of_a_file_takes_nothing_from_another_user)
{
	beside(1, 2, true, 0);
}
END_TEST

START_TEST(a_file_over_its_bound_takes_nothing_from_its_user)
{
	beside(1, 1, true, 0);
}
END_TEST

START_TEST(a_user_over_a_quota_takes_nothing_from_another_user)
{
	beside(1, 2, false, 50);
}
END_TEST

START_TEST(a_file_over_its_bound_takes_nothing_of_the_quota)
{
	beside(1, 1, true, 95);
}
END_TEST

static void *opens(void *arg)
{
	struct gntalloc_file *file = arg;
	long i;

	for (i = 0; i < 20000; i++) {
		file_open(file, 1 + 256 * (uid_t)(i % 3));
		if (!charge(file, GNTALLOC_PAGES(1))) {
			mutex_lock(&file->lock);
			if (gntalloc_charge_keep(file, GNTALLOC_PAGES(1)))
				abort();
			mutex_unlock(&file->lock);
			gntalloc_uncharge(file, GNTALLOC_PAGES(1));
		}
		file_close(file);
	}
	return NULL;
}

/* All of these users are in the same slot of the table. */
START_TEST(users_come_and_go_in_many_threads)
{
	struct gntalloc_file files[3];
	struct gntalloc_user *user;
	pthread_t threads[3];
	int i;

	gntalloc_limit = 100;
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, opens,
						&files[i]), 0);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	user = user_of(1);
	used_is(user, 0, 0);
	gntalloc_user_put(user);
}
END_TEST

/* --- the user for which a file counts -------------------------------------------- */

START_TEST(two_files_of_a_user_have_one_count_and_two_users_two)
{
	struct gntalloc_user *a = user_of(1), *again = user_of(1);
	struct gntalloc_user *b = user_of(257);

	ck_assert_ptr_eq(a, again);
	ck_assert_ptr_ne(a, b);
	gntalloc_user_put(a);
	gntalloc_user_put(again);
	gntalloc_user_put(b);
}
END_TEST

START_TEST(all_in_a_user_namespace_count_for_the_owner_of_the_outermost)
{
	struct user_namespace outer = { &init_user_ns, { 1000 } };
	struct user_namespace inner = { &outer, { 100001 } };
	struct user_namespace others = { &init_user_ns, { 1001 } };
	struct cred creds[] = {
		{ { 100000 }, &outer }, { { 100007 }, &outer },
		{ { 1000 }, &outer }, { { 100009 }, &inner },
	};
	struct cred stranger = { { 100000 }, &others };
	struct gntalloc_user *owner = user_of(1000), *user;
	size_t i;

	for (i = 0; i < sizeof(creds) / sizeof(*creds); i++) {
		user = gntalloc_user_get(&creds[i]);
		ck_assert_ptr_eq(user, owner);
		gntalloc_user_put(user);
	}
	user = gntalloc_user_get(&stranger);
	ck_assert_ptr_ne(user, owner);
	ck_assert_uint_eq(user->uid.val, 1001);
	gntalloc_user_put(user);
	gntalloc_user_put(owner);
}
END_TEST

/* --- bounds ----------------------------------------------------------------------- */

START_TEST(a_charge_that_is_refused_changes_no_count)
{
	struct gntalloc_file one, two;
	const u64 far = GNTALLOC_PAGES(0xffffffff);

	gntalloc_limit = 100;
	gntalloc_quota = 50;
	file_open(&one, 1);
	file_open(&two, 1);
	file_bound(&one, 10);
	ck_assert_int_eq(charge(&two, GNTALLOC_PAGES(45)), 0);
	/* by the quota, for pages and for entries; by the file's bound */
	is_refused(&one, GNTALLOC_PAGES(6), GNTALLOC_BOUND_QUOTA);
	is_refused(&two, GNTALLOC_ENTRIES(51), GNTALLOC_BOUND_QUOTA);
	is_refused(&two, far, GNTALLOC_BOUND_LIMIT);
	gntalloc_quota = 0;
	is_refused(&two, GNTALLOC_PAGES(56), GNTALLOC_BOUND_LIMIT);
	gntalloc_quota = 50;
	is_refused(&two, far << 32, GNTALLOC_BOUND_LIMIT);
	is_refused(&one, GNTALLOC_ENTRIES(11), GNTALLOC_BOUND_RESTRICTION);
	ck_assert_int_eq(charge(&one, GNTALLOC_ENTRIES(10)), 0);
	used_is(one.user, GNTALLOC_PAGES(45) | GNTALLOC_ENTRIES(10),
		GNTALLOC_PAGES(45) | GNTALLOC_ENTRIES(10));
	gntalloc_charge_drop(&one, GNTALLOC_ENTRIES(10), 0);
	gntalloc_charge_drop(&two, GNTALLOC_PAGES(45), 0);
	file_close(&one);
	file_close(&two);
	gntalloc_quota = 0;
}
END_TEST

START_TEST(what_is_being_made_when_a_bound_comes_is_beyond_it)
{
	struct gntalloc_file file;

	gntalloc_limit = 100;
	file_open(&file, 1);
	ck_assert_int_eq(charge(&file, GNTALLOC_BOTH(5)), 0);
	mutex_lock(&file.lock);
	ck_assert_int_eq(gntalloc_charge_keep(&file, GNTALLOC_BOTH(5)), 0);
	mutex_unlock(&file.lock);
	/* Five exist, eight are being made, and the bound allows two more. */
	ck_assert_int_eq(charge(&file, GNTALLOC_BOTH(8)), 0);
	file_bound(&file, 2);
	mutex_lock(&file.lock);
	hits = 0;
	ck_assert_int_eq(gntalloc_charge_keep(&file, GNTALLOC_BOTH(8)),
			 -EDQUOT);
	ck_assert_int_eq(hits, 1);
	mutex_unlock(&file.lock);
	gntalloc_charge_drop(&file, GNTALLOC_BOTH(8), 0);
	is_refused(&file, GNTALLOC_BOTH(3), GNTALLOC_BOUND_RESTRICTION);
	ck_assert_int_eq(charge(&file, GNTALLOC_BOTH(2)), 0);
	mutex_lock(&file.lock);
	ck_assert_int_eq(gntalloc_charge_keep(&file, GNTALLOC_BOTH(2)), 0);
	mutex_unlock(&file.lock);
	gntalloc_uncharge(&file, GNTALLOC_BOTH(7));
	used_is(file.user, 0, 0);
	file_close(&file);
}
END_TEST

/* Of several calls that have charged, the first to keep its charge gets it. */
START_TEST(room_that_a_bound_leaves_is_for_the_first_that_asks)
{
	struct gntalloc_file file;

	gntalloc_limit = 100;
	file_open(&file, 1);
	ck_assert_int_eq(charge(&file, GNTALLOC_BOTH(3)), 0);
	ck_assert_int_eq(charge(&file, GNTALLOC_BOTH(4)), 0);
	ck_assert_int_eq(charge(&file, GNTALLOC_ENTRIES(2)), 0);
	file_bound(&file, 5);
	mutex_lock(&file.lock);
	ck_assert_int_eq(gntalloc_charge_keep(&file, GNTALLOC_BOTH(4)), 0);
	ck_assert_int_eq(gntalloc_charge_keep(&file, GNTALLOC_BOTH(3)),
			 -EDQUOT);
	ck_assert_int_eq(gntalloc_charge_keep(&file, GNTALLOC_ENTRIES(2)),
			 -EDQUOT);
	mutex_unlock(&file.lock);
	gntalloc_charge_drop(&file, GNTALLOC_BOTH(3), 0);
	gntalloc_charge_drop(&file, GNTALLOC_ENTRIES(2), 0);
	is_refused(&file, GNTALLOC_BOTH(2), GNTALLOC_BOUND_RESTRICTION);
	ck_assert_int_eq(charge(&file, GNTALLOC_BOTH(1)), 0);
	gntalloc_charge_drop(&file, GNTALLOC_BOTH(1), 0);
	gntalloc_uncharge(&file, GNTALLOC_BOTH(4));
	used_is(file.user, 0, 0);
	file_close(&file);
}
END_TEST

/* A peer may still hold entries that a failed call has to end. */
START_TEST(what_drains_is_counted_until_it_has_drained)
{
	struct gntalloc_file file;

	gntalloc_limit = 100;
	file_open(&file, 1);
	ck_assert_int_eq(charge(&file, GNTALLOC_BOTH(8)), 0);
	gntalloc_charge_drop(&file, GNTALLOC_BOTH(8), GNTALLOC_ENTRIES(3));
	used_is(file.user, GNTALLOC_ENTRIES(3), GNTALLOC_ENTRIES(3));
	/* That call has ended: nothing is still being made when the bound comes. */
	file_bound(&file, 4);
	gntalloc_uncharge(&file, GNTALLOC_ENTRIES(3));
	used_is(file.user, 0, 0);
	file_close(&file);
}
END_TEST

void add_tests(TCase *tc)
{
	tcase_add_test(tc,
		       a_user_over_the_bound_of_a_file_takes_nothing_from_another_user);
	tcase_add_test(tc, a_file_over_its_bound_takes_nothing_from_its_user);
	tcase_add_test(tc, a_user_over_a_quota_takes_nothing_from_another_user);
	tcase_add_test(tc, a_file_over_its_bound_takes_nothing_of_the_quota);
	tcase_add_test(tc, users_come_and_go_in_many_threads);
	tcase_add_test(tc, two_files_of_a_user_have_one_count_and_two_users_two);
	tcase_add_test(tc,
		       all_in_a_user_namespace_count_for_the_owner_of_the_outermost);
	tcase_add_test(tc, a_charge_that_is_refused_changes_no_count);
	tcase_add_test(tc, what_is_being_made_when_a_bound_comes_is_beyond_it);
	tcase_add_test(tc,
		       room_that_a_bound_leaves_is_for_the_first_that_asks);
	tcase_add_test(tc, what_drains_is_counted_until_it_has_drained);
}
