// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker's commands for its process, and for what its domain has: memory, a
 * disk, the kernel's log, Xen's answers.
 *
 *   available               -> pages that programs could still have
 *   rounds COUNT PAGES PEER -> 0; COUNT times, one directly after the other,
 *                              shares PAGES pages and gives them up. An error
 *                              has the number of its round in its text
 *   direct THING            its pages become what they were, read from the disk
 *                           by direct I/O
 *   refused OWNER GREFS      -> the index of the first gref of which Xen copies
 *                              nothing, "why"; -ENOENT if it copies a byte of
 *                              each
 *   child                   -> pid of a child that has all that this process
 *                              has, and waits
 *   end PID                 by SIGKILL: this worker's child or another one's
 *   listen                  to what the kernel writes to its log from now on
 *   heard LEVEL WORD        -> lines with WORD of that level or a lower one,
 *                              "those of higher ones, and how often some were
 *                              lost"
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ioctl.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/gntdev.h>

#include "device.h"
#include "kmsg.h"
#include "worker.h"

#define DISK		"/mnt/disk"
#define GREFS_TO_COPY	1024
#define CHILD_SECONDS	60

static int listening = -1;

static long cmd_available(const char *args, char *text)
{
	long kb = device_read_number("/proc/meminfo", "MemAvailable");

	(void)args;
	(void)text;
	return kb < 0 ? kb : kb * 1024 / (long)PAGE;
}

static long cmd_rounds(const char *args, char *text)
{
	unsigned int peer;
	uint32_t pages, *grefs;
	int i, count, file;
	uint64_t index;
	long ret = 0;

	if (sscanf(args, "%d %u %u", &count, &pages, &peer) != 3)
		return -EBADMSG;
	grefs = calloc(pages, sizeof(*grefs));
	if (!grefs)
		return -ENOMEM;
	file = device_open();
	if (file < 0)
		ret = file;
	for (i = 0; !ret && i < count; i++) {
		ret = device_alloc(file, (uint16_t)peer, 0, pages, &index,
				   grefs);
		if (!ret)
			ret = device_dealloc(file, index, pages);
	}
	sprintf(text, "round %d", i);
	if (file >= 0)
		close(file);
	free(grefs);
	return ret;
}

/*
 * Afterwards, the @size bytes at @address are the same as before, but a read
 * from a file has put them there.
 */
static long through_disk(char *address, size_t size)
{
	int file = open(DISK, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char *bytes = malloc(size);
	ssize_t got;
	long ret = 0;

	if (file < 0 || !bytes)
		return -errno;
	memcpy(bytes, address, size);
	if (write(file, bytes, size) != (ssize_t)size || fsync(file))
		ret = -EIO;
	memset(address, 0xff, size);
	if (!ret && fcntl(file, F_SETFL, O_DIRECT))
		ret = -errno;
	if (!ret) {
		got = pread(file, address, size, 0);
		ret = got < 0 ? -errno : got == (ssize_t)size ? 0 : -EIO;
	}
	free(bytes);
	close(file);
	return ret;
}

static long cmd_direct(const char *args, char *text)
{
	struct thing *t = find_thing(strtoul(args, NULL, 10));

	(void)text;
	return t ? through_disk(t->address, t->pages * PAGE) : -EBADMSG;
}

/* A copy tells a status for each gref, which a mapping does not. */
static long cmd_refused(const char *args, char *text)
{
	static struct gntdev_grant_copy_segment segments[GREFS_TO_COPY];
	static uint32_t grefs[GREFS_TO_COPY];
	struct ioctl_gntdev_grant_copy op = { .segments = segments };
	static char byte;
	unsigned int i, owner;
	int used = 0, file;
	long count, ret;

	if (sscanf(args, "%u %n", &owner, &used) != 1 || !used)
		return -EBADMSG;
	count = grefs_collect(args + used, (uint16_t)owner, grefs, GREFS_TO_COPY);
	if (count < 0)
		return count;
	op.count = (unsigned int)count;
	for (i = 0; i < op.count; i++) {
		segments[i].source.foreign.ref = grefs[i];
		segments[i].source.foreign.domid = (domid_t)owner;
		segments[i].dest.virt = &byte;
		segments[i].len = 1;
		segments[i].flags = GNTCOPY_source_gref;
	}
	file = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	if (file < 0)
		return -errno;
	ret = ioctl(file, IOCTL_GNTDEV_GRANT_COPY, &op) ? -errno : -ENOENT;
	close(file);
	for (i = 0; ret == -ENOENT && i < op.count; i++) {
		if (segments[i].status != GNTST_okay) {
			sprintf(text, "%d", segments[i].status);
			ret = i;
		}
	}
	return ret;
}

/*
 * Closes the child's copy of the worker's socket, so that the test notices the
 * worker's death while the child lives.
 */
static void close_sockets(void)
{
	struct stat what;
	int fd;

	for (fd = 0; fd < 256; fd++)
		if (!fstat(fd, &what) && S_ISSOCK(what.st_mode))
			close(fd);
}

/* An alarm ends the child, since the test may end before it ends the child. */
static long cmd_child(const char *args, char *text)
{
	pid_t pid = fork();

	(void)args;
	(void)text;
	if (pid < 0)
		return -errno;
	if (!pid) {
		close_sockets();
		alarm(CHILD_SECONDS);
		for (;;)
			pause();
	}
	return pid;
}

static long cmd_end(const char *args, char *text)
{
	pid_t pid = (pid_t)strtol(args, NULL, 10);

	(void)text;
	if (pid <= 1 || kill(pid, SIGKILL))
		return -ESRCH;
	waitpid(pid, NULL, 0);
	return 0;
}

static long cmd_listen_to_log(const char *args, char *text)
{
	(void)args;
	(void)text;
	listening = kmsg_listen();
	return listening < 0 ? listening : 0;
}

static long cmd_heard(const char *args, char *text)
{
	int level, higher, lost;
	char word[64];
	long found;

	if (sscanf(args, "%d %63[^\n]", &level, word) != 2)
		return -EBADMSG;
	found = kmsg_heard(listening, level, word, &higher, &lost);
	sprintf(text, "%d %d", higher, lost);
	return found;
}

const struct command domain_commands[] = {
	{ "available", cmd_available },
	{ "rounds", cmd_rounds },
	{ "direct", cmd_direct },
	{ "refused", cmd_refused },
	{ "child", cmd_child },
	{ "end", cmd_end },
	{ "listen", cmd_listen_to_log },
	{ "heard", cmd_heard },
	{ NULL, NULL }
};
