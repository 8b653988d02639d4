// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: other processes, which have descriptors and mappings, too, and which
 * end
 */
#include "fuzz.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../vm/lib/device.h"
#include "../vm/lib/native.h"

#define KEPT	1024

/* A child that keeps what existed when it was forked, until it is killed. */
static struct {
	pid_t pid;
	unsigned int pages;
	struct {
		struct file *file;
		unsigned int offset;
	} page[KEPT];
	bool opens[FILES];
} keeper;

static void ended(pid_t pid, int expected)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != expected)
		wrong("the child %d did not end well: %#x", (int)pid, status);
}

static void keep(struct file *f, unsigned int offset)
{
	keeper.page[keeper.pages].file = f;
	keeper.page[keeper.pages++].offset = offset;
	model_use(f, offset);
}

static void keeper_starts(void)
{
	int i;

	note("fork of a child that stays", 0, 0, 0);
	keeper.pid = fork();
	if (!keeper.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	keeper.pages = 0;
	slots_each(keep);
	for (i = 0; i < FILES; i++) {
		keeper.opens[i] = fds[i] >= 0;
		files[i].opens += keeper.opens[i];
	}
}

static void keeper_ends(void)
{
	unsigned int i;

	note("the child that stays is killed", 0, 0, 0);
	kill(keeper.pid, SIGKILL);
	ended(keeper.pid, SIGKILL);
	keeper.pid = 0;
	for (i = 0; i < FILES; i++)
		if (keeper.opens[i])
			model_close(&files[i]);
	for (i = 0; i < keeper.pages; i++)
		model_unuse(keeper.page[i].file, keeper.page[i].offset);
}

void process_end(void)
{
	if (keeper.pid)
		keeper_ends();
}

/* The child has everything, too, and gives up a part of it before it ends. */
static void child_ends(void)
{
	pid_t pid;

	note("fork of a child that ends", 0, 0, 0);
	pid = fork();
	if (!pid) {
		slots_unmap();
		close(fds[any(FILES)]);
		_exit(0);
	}
	ended(pid, 0);
}

/* Kills a child during whatever it does on a descriptor of its own. */
static void child_killed(void)
{
	struct timespec soon = { .tv_nsec = 1000 * any(3000) };
	pid_t pid;

	note("a busy child is killed", 0, 0, 0);
	pid = fork();
	if (!pid) {
		for (;;) {
			int fd = device_open();
			void *address;

			device_alloc(fd, 0, 1, 1 + any(40), NULL, NULL);
			native_create(fd, 1 + any(40), NULL, NULL);
			if (!device_map(fd, 0, 1 + any(4), &address))
				memset(address, 1, 8);
			native_grant(fd, 0, 1 + any(4), 1, 0, NULL);
			if (any(2))
				close(fd);
		}
	}
	nanosleep(&soon, NULL);
	kill(pid, SIGKILL);
	ended(pid, SIGKILL);
}

/* For a moment, a descriptor exists only in a message to a socket. */
static void passed(int i)
{
	char room[CMSG_SPACE(sizeof(int))] = {}, byte = 0;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = sizeof(room),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	bool lost = !any(4);
	int ends[2];

	if (fds[i] < 0)
		return;
	note("a descriptor is passed, or lost", i, lost, 0);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &fds[i], sizeof(int));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) ||
	    sendmsg(ends[0], &message, 0) != 1)
		wrong("a descriptor cannot be passed: %s", strerror(errno));
	close(fds[i]);
	fds[i] = -1;
	compare_counters();
	if (!lost) {
		message.msg_controllen = sizeof(room);
		if (recvmsg(ends[1], &message, MSG_CMSG_CLOEXEC) != 1)
			wrong("no descriptor comes: %s", strerror(errno));
		memcpy(&fds[i], CMSG_DATA(CMSG_FIRSTHDR(&message)),
		       sizeof(int));
	}
	close(ends[0]);
	close(ends[1]);
	if (lost)
		model_close(&files[i]);
}

void do_process(void)
{
	switch (any(8)) {
	case 0:
		child_ends();
		break;
	case 1:
		child_killed();
		break;
	case 2:
	case 3:
		if (keeper.pid)
			keeper_ends();
		else
			keeper_starts();
		break;
	default:
		passed((int)any(FILES));
	}
}
