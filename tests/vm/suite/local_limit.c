// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The limit: what all programs together may have.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "device.h"
#include "fixture.h"
#include "suite.h"

#define RACERS	8

START_TEST(the_limit_can_be_read_and_set)
{
	must(device_set_limit(77));
	ck_assert_int_eq(device_limit(), 77);
	must(device_write_parameter("limit", "2147483647\n"));
	ck_assert_int_eq(device_limit(), 2147483647);
}
END_TEST

START_TEST(a_limit_that_is_no_number_is_einval)
{
	static const char *const bad[] = { "many", "-1", "12x", "1 2" };
	long long before = device_limit();
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		fails(device_write_parameter("limit", bad[i]), EINVAL);
		ck_assert_int_eq(device_limit(), before);
	}
}
END_TEST

START_TEST(a_limit_of_more_than_31_bits_is_erange)
{
	long long before = device_limit();

	fails(device_write_parameter("limit", "2147483648"), ERANGE);
	fails(device_write_parameter("limit", "4294967296"), ERANGE);
	fails(device_write_parameter("limit", "99999999999999999999"), ERANGE);
	ck_assert_int_eq(device_limit(), before);
}
END_TEST

START_TEST(pages_up_to_the_limit_can_be_had_and_no_more)
{
	int file = (int)must(device_open());

	must(device_set_limit(10));
	must(device_alloc(file, NOBODY, 0, 7, NULL, NULL));
	must(device_alloc_2010(file, NOBODY, 0, NULL, NULL));
	must(device_alloc(file, NOBODY, 0, 2, NULL, NULL));
	fails(device_alloc(file, NOBODY, 0, 1, NULL, NULL), ENOSPC);
	fails(device_alloc_2010(file, NOBODY, 0, NULL, NULL), ENOSPC);
	ck_assert_int_eq(device_counter("entries"), 10);
}
END_TEST

START_TEST(an_alloc_gets_all_its_pages_or_none)
{
	int file = (int)must(device_open());
	uint64_t index;

	must(device_set_limit(10));
	must(device_alloc(file, NOBODY, 0, 7, NULL, NULL));
	fails(device_alloc(file, NOBODY, 0, 4, NULL, NULL), ENOSPC);
	ck_assert_int_eq(device_counter("entries"), 7);
	must(device_alloc(file, NOBODY, 0, 3, &index, NULL));
	ck_assert_uint_eq(index, 7 * PAGE);
}
END_TEST

START_TEST(no_count_is_too_large_to_be_refused)
{
	int file = (int)must(device_open());
	struct {
		uint16_t domid, flags;
		uint32_t count;
		uint64_t index;
		uint32_t grefs[2];
	} arg = { .domid = NOBODY };
	static const uint32_t counts[] = {
		11, 0x3fffffff, 0x40000000, 0x40000001, 0x7fffffff,
		0x80000000, 0xfffffff5, 0xffffffff,
	};
	size_t i;

	must(device_set_limit(10));
	must(device_alloc(file, NOBODY, 0, 5, NULL, NULL));
	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		arg.count = counts[i];
		ck_assert_int_eq(ioctl(file, GNTALLOC_2011_ALLOC, &arg), -1);
		ck_assert_int_eq(errno, ENOSPC);
		ck_assert_int_eq(device_counter("entries"), 5);
	}
}
END_TEST

START_TEST(an_alloc_of_no_pages_needs_no_room)
{
	int file = (int)must(device_open());

	must(device_set_limit(1));
	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	must(device_alloc(file, NOBODY, 0, 0, NULL, NULL));
}
END_TEST

START_TEST(the_limit_counts_the_pages_of_all_files)
{
	int one = (int)must(device_open());
	int two = (int)must(device_open());

	must(device_set_limit(10));
	must(device_alloc(one, NOBODY, 0, 6, NULL, NULL));
	must(device_alloc(two, NOBODY, 0, 4, NULL, NULL));
	fails(device_alloc(two, NOBODY, 0, 1, NULL, NULL), ENOSPC);
	close(one);
	must(device_alloc(two, NOBODY, 0, 6, NULL, NULL));
}
END_TEST

START_TEST(pages_that_are_only_mapped_count)
{
	int file = (int)must(device_open());
	void *address;

	must(device_set_limit(4));
	must(device_alloc(file, NOBODY, 0, 4, NULL, NULL));
	must(device_map(file, 0, 4, &address));
	must(device_dealloc(file, 0, 4));
	fails(device_alloc(file, NOBODY, 0, 1, NULL, NULL), ENOSPC);
	munmap(address, PAGE);
	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	fails(device_alloc(file, NOBODY, 0, 1, NULL, NULL), ENOSPC);
}
END_TEST

START_TEST(a_limit_below_what_is_used_takes_nothing_away)
{
	int file = (int)must(device_open());
	void *address;

	must(device_alloc(file, NOBODY, 0, 10, NULL, NULL));
	must(device_set_limit(5));
	ck_assert_int_eq(device_counter("entries"), 10);
	must(device_map(file, 0, 10, &address));
	fails(device_alloc(file, NOBODY, 0, 1, NULL, NULL), ENOSPC);
	munmap(address, 10 * PAGE);
	must(device_dealloc(file, 0, 5));
	fails(device_alloc(file, NOBODY, 0, 1, NULL, NULL), ENOSPC);
	must(device_dealloc(file, 5 * PAGE, 1));
	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
}
END_TEST

START_TEST(a_limit_of_zero_refuses_every_page)
{
	int file = (int)must(device_open());

	must(device_set_limit(0));
	fails(device_alloc(file, NOBODY, 0, 1, NULL, NULL), ENOSPC);
	fails(device_alloc_2010(file, NOBODY, 0, NULL, NULL), ENOSPC);
}
END_TEST

/* Starts RACERS processes at once. Returns the sum of what they return. */
static int race(int (*racer)(int number, volatile int *worst), int *worst)
{
	volatile int *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int sums[2], i, sum = 0;
	pid_t pids[RACERS];

	ck_assert_int_eq(pipe(sums), 0);
	for (i = 0; i < RACERS; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			int got;

			while (!shared[0])
				sleep_ms(1);
			got = racer(i, &shared[2]);
			if (write(sums[1], &got, sizeof(got)) < 0)
				_exit(1);
			/* It keeps its pages until all have reported. */
			while (!shared[1])
				sleep_ms(1);
			_exit(0);
		}
	}
	shared[0] = 1;
	for (i = 0; i < RACERS; i++) {
		int got;

		ck_assert_int_eq(read(sums[0], &got, sizeof(got)),
				 sizeof(got));
		ck_assert_int_ge(got, 0);
		sum += got;
	}
	*worst = shared[2];
	shared[1] = 1;
	for (i = 0; i < RACERS; i++)
		waitpid(pids[i], NULL, 0);
	return sum;
}

/* Takes as many single pages as it can get. */
static int take_pages(int number, volatile int *worst)
{
	int file = device_open();
	int i, got = 0;

	(void)worst;
	for (i = 0; i < 60; i++) {
		int ret = (i + number) % 2 ?
			  device_alloc(file, NOBODY, 0, 1, NULL, NULL) :
			  device_alloc_2010(file, NOBODY, 0, NULL, NULL);

		if (!ret)
			got++;
		else if (ret != -ENOSPC)
			return ret;
	}
	return got;
}

START_TEST(racing_processes_together_get_exactly_the_limit)
{
	int worst;

	must(device_set_limit(200));
	ck_assert_int_eq(race(take_pages, &worst), 200);
}
END_TEST

/*
 * Takes and gives back runs of all sizes, and reads the counter all the time.
 */
static int churn(int number, volatile int *worst)
{
	unsigned int state = (unsigned int)number;
	int file = device_open();
	int i;

	for (i = 0; i < 150; i++) {
		uint32_t count = (uint32_t)rand_r(&state) % 60 + 1;
		uint64_t index;
		int ret = device_alloc(file, NOBODY, 0, count, &index, NULL);
		long now = device_counter("entries");

		if (now > *worst)
			*worst = (int)now;
		if (!ret)
			ret = device_dealloc(file, index, count);
		else if (ret == -ENOSPC)
			ret = 0;
		if (ret)
			return ret;
	}
	return 0;
}

START_TEST(racing_processes_never_exceed_the_limit)
{
	int worst;

	must(device_set_limit(100));
	ck_assert_int_eq(race(churn, &worst), 0);
	ck_assert_int_gt(worst, 0);
	ck_assert_int_le(worst, 100);
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST
