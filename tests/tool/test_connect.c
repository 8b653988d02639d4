// SPDX-License-Identifier: GPL-2.0-or-later
/* gntshare connect and listen: tool/connect.c, tool/listen.c, tool/proxy.c. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tool_test.h"

static char bytes[300000];

static pid_t start_and_give(const char *arguments)
{
	pid_t child = start(arguments);

	give_ends();
	return child;
}

static void say_and_end(int end, const char *text)
{
	ck_assert_int_eq(write(end, text, strlen(text)),
			 (ssize_t)strlen(text));
	shutdown(end, SHUT_WR);
}

static void assert_come(int end, const char *text)
{
	size_t length = strlen(text), done = 0;

	while (done < length) {
		ssize_t got = read(end, bytes + done, length - done);

		ck_assert_int_gt(got, 0);
		done += (size_t)got;
	}
	ck_assert_mem_eq(bytes, text, length);
}

static void assert_end(int end)
{
	ck_assert_int_eq(read(end, bytes, 1), 0);
}

START_TEST(both_directions_of_a_connection_end_it)
{
	int end = make_end();

	say_and_end(end, "from there\n");
	run("from here\n", "connect 7:name");
	assert_code(DONE);
	assert_out("from there\n");
	assert_come(end, "from here\n");
	assert_quiet();
	close(end);
}
END_TEST

START_TEST(a_listener_serves_the_first_one_that_comes)
{
	int end = make_end();

	say_and_end(end, "from there\n");
	run("from here\n", "listen name --from 7 --from 9");
	assert_code(DONE);
	assert_out("from there\n");
	assert_come(end, "from here\n");
	assert_err("listen name 2 7");
	close(end);
}
END_TEST

START_TEST(the_end_of_one_direction_does_not_end_the_other)
{
	int end = make_end();
	pid_t child = start_and_give("connect 7:name");

	end_input();
	assert_end(end);
	say_and_end(end, "late\n");
	await("late\n");
	stop(child, 0);
	assert_code(DONE);
	close(end);
}
END_TEST

START_TEST(if_the_other_side_goes_it_is_over)
{
	int end = make_end();
	pid_t child = start_and_give("connect 7:name");

	ck_assert_int_eq(write(end, "hello\n", 6), 6);
	await("hello\n");
	close(end);
	stop(child, 0);
	assert_code(DONE);
}
END_TEST

START_TEST(more_than_a_channel_has_room_for_goes_through)
{
	int end = make_end();
	size_t i, done = 0;
	pid_t child;

	for (i = 0; i < sizeof(bytes) - 1; i++)
		bytes[i] = (char)('a' + i % 26);
	child = start_and_give("connect 7:name");
	end_input();
	assert_end(end);
	while (done < 200000) {
		ssize_t n = write(end, bytes + done, 200000 - done);

		ck_assert_int_gt(n, 0);
		done += (size_t)n;
	}
	shutdown(end, SHUT_WR);
	stop(child, 0);
	assert_code(DONE);
	ck_assert_int_eq(memcmp(result.out, bytes, 60000), 0);
	close(end);
}
END_TEST

START_TEST(a_signal_ends_a_connection)
{
	int end = make_end();
	pid_t child = start_and_give("connect 7:name");

	ck_assert_int_eq(write(end, "hello\n", 6), 6);
	await("hello\n");
	stop(child, SIGTERM);
	assert_code(FAILED);
	assert_err("ended by a signal");
	assert_end(end);
	close(end);
}
END_TEST

START_TEST(if_nobody_listens_it_fails_in_time)
{
	run(NULL, "connect 7:nobody --wait 1");
	assert_code(FAILED);
	assert_err("no connection to nobody in domain 7: nobody listens");
}
END_TEST

START_TEST(a_signal_ends_the_wait_for_a_listener)
{
	pid_t child = start_and_give("connect 7:nobody");

	assert_running(child);
	stop(child, SIGINT);
	assert_code(FAILED);
}
END_TEST

START_TEST(a_signal_ends_the_wait_for_a_client)
{
	pid_t child = start_and_give("listen name --from 7");

	assert_running(child);
	stop(child, SIGINT);
	assert_code(FAILED);
	assert_err("ended by a signal");
}
END_TEST

START_TEST(an_error_of_the_library_is_told)
{
	fail_chan(EACCES);
	run(NULL, "connect 7:name");
	assert_code(FAILED);
	assert_err("no connection to name in domain 7: Permission denied");
	run(NULL, "listen name --from 7");
	assert_code(FAILED);
	assert_err("nobody can be let in");
	fail_chan(ENOSPC);
	run(NULL, "listen name --from 7");
	assert_code(FAILED);
	assert_err("the next channel cannot be made");
}
END_TEST

static const char *socket_path(void)
{
	static char path[108];

	snprintf(path, sizeof(path), "%s/socket",
		 getenv("GNTSHARE_TEST_ROOT"));
	return path;
}

static struct sockaddr_un socket_address(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, socket_path());
	return address;
}

static pid_t start_with_socket(const char *arguments)
{
	char line[256];

	snprintf(line, sizeof(line), "%s --unix %s", arguments, socket_path());
	return start_and_give(line);
}

START_TEST(each_program_at_the_socket_has_a_connection)
{
	struct sockaddr_un address = socket_address();
	int one = make_end(), two = make_end(), first, second;
	pid_t child = start_with_socket("connect 7:name");

	first = socket(AF_UNIX, SOCK_STREAM, 0);
	second = socket(AF_UNIX, SOCK_STREAM, 0);
	while (connect(first, (void *)&address, sizeof(address)))
		usleep(10000);
	ck_assert_int_eq(write(first, "first", 5), 5);
	assert_come(one, "first");
	ck_assert_int_eq(connect(second, (void *)&address, sizeof(address)),
			 0);
	ck_assert_int_eq(write(second, "second", 6), 6);
	assert_come(two, "second");
	say_and_end(one, "answer");
	assert_come(first, "answer");
	assert_end(first);
	/* The other one goes on, and nobody is there for a third. */
	ck_assert_int_eq(write(two, "more", 4), 4);
	assert_come(second, "more");
	close(first);
	first = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(first, (void *)&address, sizeof(address)), 0);
	assert_end(first);
	stop(child, SIGTERM);
	assert_code(DONE);
	assert_err("nobody listens");
	ck_assert_int_eq(access(socket_path(), F_OK), -1);
	close(one);
	close(two);
	close(first);
	close(second);
}
END_TEST

START_TEST(each_client_is_connected_to_the_socket)
{
	struct sockaddr_un address = socket_address();
	int server = socket(AF_UNIX, SOCK_STREAM, 0), one, two, fd;
	pid_t child;

	one = make_end();
	two = make_end();
	ck_assert_int_eq(bind(server, (void *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(server, 5), 0);
	ck_assert_int_eq(write(one, "hello", 5), 5);
	ck_assert_int_eq(write(two, "hello", 5), 5);
	child = start_with_socket("listen name --from 7");
	fd = accept(server, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	assert_come(fd, "hello");
	say_and_end(fd, "answer");
	assert_come(one, "answer");
	assert_end(one);
	close(fd);
	fd = accept(server, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	assert_come(fd, "hello");
	stop(child, SIGTERM);
	assert_code(DONE);
	assert_end(fd);
	close(fd);
	close(server);
	close(one);
	close(two);
}
END_TEST

START_TEST(a_socket_that_is_not_there_ends_the_client_only)
{
	int end = make_end();
	pid_t child = start_with_socket("listen name --from 7");

	assert_end(end);
	assert_running(child);
	stop(child, SIGTERM);
	assert_code(DONE);
	assert_err("no connection to");
	close(end);
}
END_TEST

START_TEST(a_socket_that_cannot_be_made_is_an_error)
{
	char line[300];

	run(NULL, "connect 7:name --unix /nonexistent/folder/socket");
	assert_code(FAILED);
	assert_err("/nonexistent/folder/socket cannot be made");
	snprintf(line, sizeof(line), "connect 7:name --unix /%0120d", 0);
	run(NULL, line);
	assert_code(FAILED);
	assert_err("File name too long");
}
END_TEST

static const char *const wrong_usage[] = {
	"connect", "connect 7", "connect :name", "connect 7:name more",
	"connect nosuchdomain:name", "connect 7:name --nonsense",
	"connect 7:name --wait 0", "connect 7:name --wait x", "listen",
	"listen name", "listen name more --from 7", "listen name --from x",
	"listen name --from 7 --nonsense",
};

START_TEST(wrong_usage_is_told)
{
	run(NULL, wrong_usage[_i]);
	assert_code(WRONG);
}
END_TEST

START_TEST(too_many_domains_are_wrong_usage)
{
	char line[300] = "listen name";
	int i;

	for (i = 0; i < 65; i++)
		strcat(line, " -f7");
	run(NULL, line);
	assert_code(WRONG);
	assert_err("too many domains");
}
END_TEST

START_TEST(help_is_printed)
{
	run(NULL, "connect --help");
	assert_code(DONE);
	assert_out("usage: gntshare connect");
	run(NULL, "listen --help");
	assert_code(DONE);
	assert_out("usage: gntshare listen");
}
END_TEST

struct Suite *connect_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = tool_suite("connect", &tests);

	tcase_add_checked_fixture(tests, forget_ends, NULL);
	tcase_add_test(tests, both_directions_of_a_connection_end_it);
	tcase_add_test(tests, a_listener_serves_the_first_one_that_comes);
	tcase_add_test(tests, the_end_of_one_direction_does_not_end_the_other);
	tcase_add_test(tests, if_the_other_side_goes_it_is_over);
	tcase_add_test(tests, more_than_a_channel_has_room_for_goes_through);
	tcase_add_test(tests, a_signal_ends_a_connection);
	tcase_add_test(tests, if_nobody_listens_it_fails_in_time);
	tcase_add_test(tests, a_signal_ends_the_wait_for_a_listener);
	tcase_add_test(tests, a_signal_ends_the_wait_for_a_client);
	tcase_add_test(tests, an_error_of_the_library_is_told);
	tcase_add_test(tests, each_program_at_the_socket_has_a_connection);
	tcase_add_test(tests, each_client_is_connected_to_the_socket);
	tcase_add_test(tests, a_socket_that_is_not_there_ends_the_client_only);
	tcase_add_test(tests, a_socket_that_cannot_be_made_is_an_error);
	tcase_add_loop_test(tests, wrong_usage_is_told, 0,
			    (int)ARRAY_SIZE(wrong_usage));
	tcase_add_test(tests, too_many_domains_are_wrong_usage);
	tcase_add_test(tests, help_is_printed);
	return suite;
}
