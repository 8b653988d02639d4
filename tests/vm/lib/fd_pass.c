// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors that are passed to another process, usually an unprivileged one.
 */
#include "fd_pass.h"

#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"

#define FAILED	120

bool send_file(int socket, int file)
{
	char space[CMSG_SPACE(sizeof(file))] = { 0 }, byte = 0;
	struct iovec io = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space),
	};
	struct cmsghdr *control = CMSG_FIRSTHDR(&message);

	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(file));
	memcpy(CMSG_DATA(control), &file, sizeof(file));
	return sendmsg(socket, &message, 0) == 1;
}

int receive_file(int socket)
{
	char space[CMSG_SPACE(sizeof(int))], byte;
	struct iovec io = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space),
	};
	int file;

	if (recvmsg(socket, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(file));
	return file;
}

static void become_nobody(gid_t group)
{
	if (setgroups(group != 0, &group) || setgid(NOBODY_UID) || setuid(NOBODY_UID))
		_exit(FAILED);
}

static int result(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == FAILED)
		return -1;
	return WEXITSTATUS(status);
}

int pass_to_nobody(int file, int (*body)(int file))
{
	int ends[2], passed, sent;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return -1;
	pid = fork();
	if (!pid) {
		/* The child must not use what it has inherited by the fork. */
		device_let_go();
		become_nobody(0);
		passed = receive_file(ends[1]);
		_exit(passed < 0 ? FAILED : body(passed));
	}
	sent = send_file(ends[0], file);
	close(ends[0]);
	close(ends[1]);
	return sent ? result(pid) : -1;
}

int run_as_nobody(gid_t group, int (*body)(void))
{
	pid_t pid = fork();

	if (!pid) {
		device_let_go();
		become_nobody(group);
		_exit(body());
	}
	return result(pid);
}

int run_as_effective_nobody(int (*body)(void))
{
	pid_t pid = fork();

	if (!pid) {
		device_let_go();
		_exit(seteuid(NOBODY_UID) ? FAILED : body());
	}
	return result(pid);
}
