// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Races at the bounds. A call that asks for more than its user may have takes
 * nothing from others, not even for a moment. What a restriction forbids does
 * not appear after it.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "fd_pass.h"
#include "fixture.h"
#include "native.h"
#include "stress.h"
#include "suite.h"

#define MS	300	/* of each race, if $RACE_MS is not set */
#define LIMIT	100U
#define QUOTA	95U

static long ms(void)
{
	return stress_amount("RACE_MS", MS * 2) / 2;
}

/* --- charges -------------------------------------------------------------- */

/* What the processes report of their calls. */
static struct {
	volatile bool end;
	volatile long good, refused, wrong;
	volatile int error;
} *told;

/* Asks for more pages and entries than this user or this file may have. */
static int is_over(int file, uint32_t pages)
{
	struct gntalloc_native_share op = { .pages = pages, .domid = NOBODY };

	if (native_create(file, pages, NULL, NULL) != -EDQUOT ||
	    native_share_call(file, &op, NULL) != -EDQUOT)
		return -EPROTO;
	told->refused++;
	return 0;
}

/* Takes all that a user may have, and gives it up. */
static int is_within(int file, uint32_t pages)
{
	struct gntalloc_native_share op = { .pages = pages, .domid = NOBODY };
	int ret = native_share_call(file, &op, NULL);

	if (!ret)
		ret = native_destroy(file, op.id);
	told->good++;
	return ret;
}

static pid_t start_user(uid_t uid, int (*call)(int file, uint32_t pages),
			uint32_t pages, bool restricted)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		int ret, file;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		device_let_go();
		if (setgid(uid) || setuid(uid))
			_exit(1);
		file = device_open();
		ret = file < 0 ? file : 0;
		if (!ret && restricted)
			ret = native_restrict(file, GNTALLOC_RESTRICT_PAGES, 5,
					      NULL, 0);
		while (!told->end && !ret)
			ret = call(file, pages);
		if (ret) {
			told->wrong++;
			told->error = -ret;
		}
		_exit(0);
	}
	return pid;
}

static void beside(const char *race, uint32_t good, uint32_t greedy,
		   bool restricted, uid_t uid)
{
	pid_t pids[3];
	int i, status;

	told = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(told, MAP_FAILED);
	must(device_set_limit(LIMIT));
	ck_assert_int_eq(chmod(DEVICE_PATH, 0666), 0);
	pids[0] = start_user(1, is_within, good, false);
	pids[1] = start_user(uid, is_over, greedy, restricted);
	pids[2] = start_user(uid, is_over, greedy, restricted);
	sleep_ms(ms());
	told->end = true;
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(chmod(DEVICE_PATH, 0600), 0);
	fprintf(stderr, "figure: %s: %ld calls that are right beside %ld pairs that are not: %s\n",
		race, told->good, told->refused,
		told->wrong ? strerror(told->error) : "no error");
	ck_assert_int_eq(told->wrong, 0);
	ck_assert_int_gt(told->good, 0);
	ck_assert_int_gt(told->refused, 0);
}

START_TEST(a_user_over_the_bound_of_a_file_takes_nothing_from_another_user)
{
	beside("beside a file's bound", LIMIT, 90, true, 2);
}
END_TEST

START_TEST(a_file_over_its_bound_takes_nothing_from_its_user)
{
	must(device_write_parameter("quota", "95"));
	beside("beside the own file's bound", QUOTA, 90, true, 1);
	must(device_write_parameter("quota", "0"));
}
END_TEST

START_TEST(a_user_over_a_quota_takes_nothing_from_another_user)
{
	must(device_write_parameter("quota", "95"));
	beside("beside a quota", QUOTA, QUOTA + 1, false, 2);
	must(device_write_parameter("quota", "0"));
}
END_TEST

/* --- restrictions --------------------------------------------------------- */

#define PAGES	3000U
#define PEER	9

static int shared;		/* the open file of both threads */

/*
 * Each function makes something of the pages from PAGES on, or of those from 0
 * on.
 */
static int make_region(void)
{
	return native_create(shared, PAGES, NULL, NULL);
}

static int make_both(void)
{
	struct gntalloc_native_share op = { .pages = PAGES, .domid = PEER };

	return native_share_call(shared, &op, NULL);
}

static int make_of_2011(void)
{
	return device_alloc(shared, PEER, 0, PAGES, NULL, NULL);
}

static int make_grant(void)
{
	return native_grant(shared, 0, PAGES, PEER, 0, NULL);
}

/* Does the region exist? */
static bool has_region(void)
{
	int ret = device_notify(shared, PAGES * PAGE, 0, 0);

	ck_assert(!ret || ret == -ENOENT);
	return !ret;
}

static bool has_grant(void)
{
	long ret = native_revoke(shared, 0, PAGES, PEER);

	ck_assert(!ret || ret == -ENOENT);
	return !ret;
}

static const struct maker {
	const char *name;
	int (*make)(void);
	bool (*is_there)(void);
	int edquot;		/* the error for the bound of pages */
} makers[] = {
	{ "create", make_region, has_region, EDQUOT },
	{ "share", make_both, has_region, EDQUOT },
	{ "2011 alloc", make_of_2011, has_region, ENOSPC },
	{ "grant", make_grant, has_grant, EDQUOT },
};

#define MAKERS	((int)(sizeof(makers) / sizeof(*makers)))

static volatile bool begun;

static void *make(void *arg)
{
	const struct maker *m = arg;

	begun = true;
	return (void *)(intptr_t)-m->make();
}

/*
 * Makes one call, and a restriction while the call runs or is about to start.
 */
static void restrict_meanwhile(const struct maker *m, uint32_t flags,
			       int error, useconds_t delay, long *failed)
{
	static const uint16_t other[] = { PEER + 1 };
	bool to_other = flags & GNTALLOC_RESTRICT_DOMIDS;
	pthread_t thread;
	void *ended;
	bool there;
	int ret;

	shared = (int)must(device_open());
	must(native_create_at(shared, 0, PAGES, NULL));
	begun = false;
	ck_assert(!pthread_create(&thread, NULL, make, (void *)m));
	while (!begun)
		usleep(50);
	usleep(delay);
	must(native_restrict(shared, flags, 0, to_other ? other : NULL,
			     to_other));
	there = m->is_there();
	pthread_join(thread, &ended);
	ret = (int)(intptr_t)ended;
	ck_assert_msg(there ? !ret : ret == error,
		      "%s, restriction %#x, which found %s: %s", m->name,
		      flags, there ? "it there" : "nothing", strerror(ret));
	*failed += ret != 0;
	close(shared);
}

/* What a call makes exists when the restriction is made, or it never exists. */
START_LOOP_TEST(a_restriction_forbids_what_is_under_way, 0, MAKERS)
{
	const struct maker *m = &makers[_i];
	long until = now_ms() + ms(), tries = 0, failed = 0;

	must(device_set_limit(4 * PAGES));
	for (; now_ms() < until || !failed; tries++) {
		useconds_t delay = (useconds_t)(tries * 337 % 3000);

		restrict_meanwhile(m, GNTALLOC_RESTRICT_NO_CREATE, EPERM,
				   delay, &failed);
		restrict_meanwhile(m, GNTALLOC_RESTRICT_PAGES, m->edquot,
				   delay, &failed);
		if (m->make != make_region)
			restrict_meanwhile(m, GNTALLOC_RESTRICT_DOMIDS, EPERM,
					   delay, &failed);
	}
	fprintf(stderr, "figure: %s: of %ld tries with each restriction %ld calls failed\n",
		m->name, tries, failed);
}
END_TEST
