// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level: what a search for consecutive grefs may take, and who has
 * to wait for it. For some milliseconds, a search may have nearly all entries
 * that are free. Nobody is refused an entry because of that, and whoever needs
 * no entry does not wait.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "climb.h"
#include "device.h"
#include "fixture.h"
#include "native.h"
#include "stress.h"
#include "suite.h"

#define MUCH		0x7fffffff

/* --- a full table --------------------------------------------------------- */

#define REGION		4096U

static int full, another;	/* the file that has it, another file */

/*
 * The table is full, except for every second entry of those that were granted
 * first. A search for two consecutive grefs takes all of these, and finds no
 * row.
 */
static void leave_no_row(uint32_t rows)
{
	uint32_t run, first;
	uint64_t i;

	must(device_set_limit(MUCH));
	full = (int)must(device_open());
	another = (int)must(device_open());
	must(native_create_at(another, 0, 2, NULL));
	must(native_create_at(full, 0, REGION, NULL));
	must(native_create_at(full, REGION * PAGE, REGION, NULL));
	/* first the first region by rows, then all other entries */
	for (i = 0; i < rows; i++)
		must(native_grant_run(full, 0, REGION, 10 + (uint16_t)i, 0,
				      &first));
	for (run = REGION; run; run /= 4)
		while (!native_grant(full, REGION * PAGE, run, 7, 0, NULL))
			;
	for (i = 0; i < (uint64_t)rows * REGION; i += 2)
		must(native_revoke(full, i % REGION * PAGE, 1,
				   10 + (uint16_t)(i / REGION)));
	fails(native_grant_run(full, 0, 2, 8, 0, &first), ENOSPC);
}

/* --- the attack ----------------------------------------------------------- */

#define ROUNDS		300
#define ROUNDS_MS	4000	/* a search of a large table takes long */

/*
 * The number of frames, of 512 entries each: four times the row, then what the
 * bounds and the headroom take, then the two frames that a row may add.
 */
#define ENOUGH		((4 * CLIMB_ROW + CLIMB_QUOTA + 200) / 512 + 1 + 2)

/*
 * First the table is as it is. Then both users have only what half a row
 * leaves.
 */
START_LOOP_TEST(a_search_at_its_quota_takes_nothing_from_another_user, 0, 2)
{
	const struct climb *told;
	long frames, grown;

	must(device_set_limit(1024));
	if (_i)
		leave_no_row(1);
	frames = must(table_frames(SELF));
	must(climb(ROUNDS, ROUNDS_MS, &told));
	grown = must(table_frames(SELF));
	fprintf(stderr, "figure: search: %ld rows, %ld refused; %ld frames, then %ld\n",
		told->rows, told->refused, frames, grown);
	fprintf(stderr, "figure: another user: %ld rounds, %s\n",
		told->rounds,
		told->error ? strerror(told->error) : "no error");
	ck_assert_int_eq(told->error, 0);
	ck_assert_int_gt(told->rounds, 1);
	ck_assert_int_gt(told->rows + told->refused, 0);
	/*
	 * A table with this number of frames has enough for a search, and does
	 * not grow.
	 */
	ck_assert_int_le(grown, frames < ENOUGH ? ENOUGH : frames);
}
END_TEST

/* --- what has to wait for a search ---------------------------------------- */

#define LOOKS		20
#define ROWS		5U

/* The microseconds that one search takes alone. */
static int64_t search_takes(void)
{
	int64_t start = now_us();
	uint32_t first;
	int i;

	for (i = 0; i < 4; i++)
		fails(native_grant_run(full, 0, 2, 8, 0, &first), ENOSPC);
	return (now_us() - start) / 4;
}

static pid_t start_searcher(int where)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		uint32_t first;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			if (native_grant_run(where, 0, 2, 8, 0, &first) !=
			    -ENOSPC)
				_exit(1);
	}
	return pid;
}

static void stop(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
}

/*
 * The microseconds until a process has ended that maps a page of the same file.
 */
static int64_t end_of_a_holder(void)
{
	int ready[2], go[2], status;
	int64_t start;
	char byte = 0;
	pid_t pid;

	ck_assert(!pipe(ready) && !pipe(go));
	pid = fork();
	if (!pid) {
		void *address;

		if (device_map(full, PAGE, 1, &address) ||
		    write(ready[1], &byte, 1) != 1 ||
		    read(go[0], &byte, 1) != 1)
			_exit(1);
		pause();
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	usleep(1000);
	start = now_us();
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	start = now_us() - start;
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	close(go[1]);
	return start;
}

static int64_t munmap_of_a_page(void)
{
	void *address;
	int64_t start;

	must(device_map(full, 0, 1, &address));
	usleep(1000);
	start = now_us();
	munmap(address, PAGE);
	return now_us() - start;
}

/*
 * How long both take while another process always searches for the file @where.
 */
static void look_beside(int where, int64_t *unmap, int64_t *end)
{
	pid_t searcher = start_searcher(where);
	int i;

	*unmap = 0;
	*end = 0;
	for (i = 0; i < LOOKS; i++) {
		*unmap += munmap_of_a_page();
		*end += end_of_a_holder();
	}
	*unmap /= LOOKS;
	*end /= LOOKS;
	stop(searcher);
}

/* For comparison, a search for another file needs the same processor time. */
START_TEST(neither_munmap_nor_exit_waits_for_a_search)
{
	long before = must(stress_free_entries());
	int64_t search, other_unmap, other_end, unmap, end;

	leave_no_row(ROWS);
	search = search_takes();
	look_beside(another, &other_unmap, &other_end);
	look_beside(full, &unmap, &end);
	fprintf(stderr, "figure: beside a search of %lld us munmap takes %lld us",
		(long long)search, (long long)unmap);
	fprintf(stderr, " (another file's: %lld), an end %lld us (%lld)\n",
		(long long)other_unmap, (long long)end, (long long)other_end);
	ck_assert_int_lt(unmap, other_unmap + search / 2);
	ck_assert_int_lt(end, other_end + search / 2);
	/* All entries are free again, whenever the searcher was killed. */
	close(full);
	close(another);
	ck_assert_int_eq(must(stress_free_entries()), before);
}
END_TEST
