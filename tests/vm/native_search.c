// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native level: what a search for consecutive refs may take, and whom it
 * keeps waiting. It may have nearly all entries that are free for some
 * milliseconds; nobody is refused any for that, and nobody waits who needs none.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "native.h"
#include "pass.h"
#include "riot.h"
#include "stage.h"
#include "suites.h"

#define MUCH		0x7fffffff

/* --- a full table ----------------------------------------------------------------- */

#define REGION		4096U

static int full, another;	/* the one that has taken it, and one more */

/*
 * The table is full, but for every second entry of what was granted first: a
 * search for two in a row takes all of these, and finds none.
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
	/* the first region in rows, then all that there is */
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

/* --- the attack ------------------------------------------------------------------ */

#define ATTACK_PAGES	600
#define ROUNDS		300
#define ROUNDS_MS	4000	/* a search of a large table takes long */

/*
 * Frames, of 512 entries: four times the row, what the bounds and the headroom
 * take, and the two that a row may add.
 */
#define ENOUGH		((4 * ATTACK_PAGES + 650 + 200) / 512 + 1 + 2)

/* What the two processes tell. */
struct told {
	volatile bool end;
	volatile long rounds;		/* of the one that behaves */
	volatile int error;		/* and what it got, if it did */
	volatile long rows, refused;	/* of the attacker */
};

static struct told *told;

static void share_told(void)
{
	told = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(told, MAP_FAILED);
}

/*
 * One entry stays of each grant, in its place, so that the next row has to be
 * elsewhere: up the table. At the quota all are given back, and it goes on.
 */
static int walk_up_the_table(void)
{
	const uint64_t end = (ATTACK_PAGES - 1) * PAGE;
	const long until = now_ms() + ROUNDS_MS;
	uint32_t first;
	int i, ret, file = device_open();

	if (file < 0 || native_create_at(file, 0, ATTACK_PAGES, NULL))
		return 1;
	for (i = 0; i < ROUNDS && now_ms() < until; i++) {
		ret = native_grant_run(file, 0, ATTACK_PAGES, 7, 0, &first);
		if (!ret) {
			told->rows++;
			ret = (int)native_revoke(file, 0, ATTACK_PAGES - 1, 7);
		} else if (ret == -EDQUOT) {
			/* at the quota; the row that was searched is gone */
			ret = (int)native_revoke(file, end, 1, 7);
		} else if (ret == -ENOSPC) {
			told->refused++;
			ret = native_grant(file, 0, ATTACK_PAGES, 7, 0, NULL);
			if (ret == -EDQUOT)
				ret = (int)native_revoke(file, end, 1, 7);
			else if (!ret)
				ret = (int)native_revoke(file, 0,
							 ATTACK_PAGES - 1, 7);
		}
		if (ret)
			return 2;
	}
	return 0;
}

/* A page at a time, in each way: for that there is always room. */
static int behaves(int file)
{
	struct gntalloc_native_share op = { .pages = 1, .domid = 7 };
	uint64_t index;
	int ret;

	ret = device_alloc(file, 7, 0, 1, &index, NULL);
	if (!ret)
		ret = device_dealloc(file, index, 1);
	if (!ret)
		ret = native_share_call(file, &op, NULL);
	if (!ret)
		ret = native_destroy(file, op.id);
	return ret;
}

static pid_t start_another_user(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		int ret = 0, file;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		device_let_go();
		if (setgid(1) || setuid(1))
			_exit(1);
		file = device_open();
		while (!told->end && !ret) {
			ret = file < 0 ? file : behaves(file);
			told->rounds++;
		}
		told->error = -ret;
		_exit(0);
	}
	return pid;
}

/* What Xen says of it, on the way that its tools in dom0 take. */
struct hypercall {
	uint64_t op;
	uint64_t arg[5];
};

struct table_size {
	uint16_t domid;
	uint32_t frames;
	uint32_t frames_max;
	int16_t status;
};

#define HYPERCALL_GRANT_TABLE	20
#define QUERY_SIZE		6
#define SELF			0x7ff0

/* Frames of this domain's table; -1 in a domU, which Linux does not let ask. */
static long table_frames(void)
{
	struct table_size *size = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct hypercall call = {
		HYPERCALL_GRANT_TABLE, { QUERY_SIZE, (uintptr_t)size, 1 },
	};
	int ret, fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	long frames = -1;

	ck_assert_ptr_ne(size, MAP_FAILED);
	size->domid = SELF;
	ck_assert_int_eq(mlock(size, PAGE), 0);
	ret = ioctl(fd, _IOC(_IOC_NONE, 'P', 0, sizeof(call)), &call);
	if (!ret && !size->status)
		frames = size->frames;
	else
		ck_assert_msg(strcmp(stage_here(), "dom0"), "privcmd: %s",
			      strerror(errno));
	if (fd >= 0)
		close(fd);
	munmap(size, PAGE);
	return frames;
}

/* The table is as it is; or the two have what half a row leaves. */
START_TEST(a_search_at_its_quota_takes_nothing_from_another_user)
{
	long frames, grown;
	int status, ret;
	pid_t other;

	share_told();
	must(device_set_limit(1024));
	if (_i)
		leave_no_row(1);
	frames = table_frames();
	must(device_write_parameter("quota", "650"));
	ck_assert_int_eq(chmod(DEVICE_PATH, 0666), 0);
	other = start_another_user();
	ret = run_as_nobody(0, walk_up_the_table);
	told->end = true;
	ck_assert_int_eq(waitpid(other, &status, 0), other);
	grown = table_frames();
	ck_assert_int_eq(chmod(DEVICE_PATH, 0600), 0);
	must(device_write_parameter("quota", "0"));
	fprintf(stderr, "figure: search: %ld rows, %ld refused; %ld frames, then %ld\n",
		told->rows, told->refused, frames, grown);
	fprintf(stderr, "figure: another user: %ld rounds, %s\n",
		told->rounds,
		told->error ? strerror(told->error) : "no error");
	ck_assert_int_eq(ret, 0);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(told->error, 0);
	ck_assert_int_gt(told->rounds, 1);
	ck_assert_int_gt(told->rows + told->refused, 0);
	/* a table of so many has enough for a search, and does not grow */
	ck_assert_int_le(grown, frames < ENOUGH ? ENOUGH : frames);
}
END_TEST

/* --- who waits for a search ------------------------------------------------------- */

#define LOOKS		20
#define ROWS		5U

/* Microseconds that one search takes, alone. */
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

/* A process that maps a page of the same file ends when it is told to. */
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

/* What both take beside one who always searches for @where. */
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

/* A search for another file takes as much of the processor. */
START_TEST(neither_munmap_nor_exit_waits_for_a_search)
{
	long before = must(riot_free_entries());
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
	/* all entries are free again, whenever the searcher was killed */
	close(full);
	close(another);
	ck_assert_int_eq(must(riot_free_entries()), before);
}
END_TEST

void native_search(TCase *tc)
{
	tcase_add_loop_test(tc,
			    a_search_at_its_quota_takes_nothing_from_another_user,
			    0, 2);
	tcase_add_test(tc, neither_munmap_nor_exit_waits_for_a_search);
}
