// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An actor: a process that does in some domain what a test asks for.
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

#include "actor.h"

static const struct verb *find_verb(const char *name, size_t length)
{
	static const struct verb *const tables[] = {
		page_verbs, event_verbs, module_verbs, vchan_verbs,
		native_verbs, library_verbs, race_verbs, domain_verbs,
	};
	const struct verb *verb;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (verb = tables[i]; verb->name; verb++)
			if (strlen(verb->name) == length &&
			    !memcmp(verb->name, name, length))
				return verb;
	return NULL;
}

static void serve(int fd)
{
	char request[WIRE_MAX + 1], reply[WIRE_MAX + 1];

	for (;;) {
		ssize_t got = recv(fd, request, WIRE_MAX, 0);
		char text[GREFS_TEXT + 1] = "";
		const struct verb *verb;
		const char *args;
		size_t length;
		long result = -ENOSYS;
		int n;

		if (got <= 0)
			exit(0);
		request[got] = '\0';
		length = strcspn(request, " ");
		args = request + length + strspn(request + length, " ");
		verb = find_verb(request, length);
		grefs_withdraw();
		if (verb)
			result = verb->run(args, text);
		n = snprintf(reply, sizeof(reply), "%ld %s", result, text);
		if (send(fd, reply, (size_t)n, MSG_NOSIGNAL) < 0)
			exit(1);
	}
}

pid_t actor_fork(int *fd)
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
