// SPDX-License-Identifier: GPL-2.0-or-later
/* The program that tests the library of channels. */
#include <sys/wait.h>

#include "chan_test.h"

static void begin(void)
{
	fake_begin(HERE);
}

struct Suite *chan_suite(const char *name, struct TCase **tests)
{
	struct Suite *suite = suite_create(name);

	*tests = tcase_create(name);
	tcase_add_checked_fixture(*tests, begin, fake_end);
	tcase_set_timeout(*tests, 60);
	suite_add_tcase(suite, *tests);
	return suite;
}

int start_child(void (*function)(void), uint32_t domid)
{
	int pid = fork();

	if (pid)
		return pid;
	fake_set_domain(domid);
	function();
	end_child(EXIT_SUCCESS);
}

void await_child(int pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

int main(void)
{
	struct SRunner *runner = srunner_create(ring_suite());

	srunner_add_suite(runner, channel_suite());
	srunner_add_suite(runner, listen_suite());
	srunner_add_suite(runner, peer_suite());
	srunner_add_suite(runner, end_suite());
	srunner_add_suite(runner, failures_suite());
	srunner_add_suite(runner, store_suite());
	srunner_add_suite(runner, thread_suite());
	return run_all(runner, "chan");
}
