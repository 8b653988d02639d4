// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker: a process that does in one domain what a test asks for.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker.h"

static const struct command *find_command(const char *name, size_t length)
{
	static const struct command *const tables[] = {
		page_commands, event_commands, module_commands, vchan_commands,
		native_commands, library_commands, memory_commands,
		race_commands, domain_commands, tool_commands,
		channel_commands,
	};
	const struct command *command;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (command = tables[i]; command->name; command++)
			if (strlen(command->name) == length &&
			    !memcmp(command->name, name, length))
				return command;
	return NULL;
}

static void serve(int fd)
{
	char request[WIRE_MAX + 1], reply[WIRE_MAX + 1];

	for (;;) {
		ssize_t got = recv(fd, request, WIRE_MAX, 0);
		char text[GREFS_TEXT + 1] = "";
		const struct command *command;
		const char *args;
		size_t length;
		long result = -ENOSYS;
		int n;

		if (got <= 0)
			exit(0);
		request[got] = '\0';
		length = strcspn(request, " ");
		args = request + length + strspn(request + length, " ");
		command = find_command(request, length);
		grefs_withdraw();
		if (command)
			result = command->run(args, text);
		n = snprintf(reply, sizeof(reply), "%ld %s", result, text);
		if (send(fd, reply, (size_t)n, MSG_NOSIGNAL) < 0)
			exit(1);
	}
}

pid_t worker_fork(int *fd)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return -errno;
	}
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		serve(ends[1]);
	}
	close(ends[1]);
	*fd = ends[0];
	return pid;
}
