// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two users at the same time, one of which makes the grant table grow if it
 * can: see climb.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "climb.h"
#include "device.h"
#include "fd_pass.h"
#include "native.h"

/* While there is this file, no search begins. */
#define ENDED "/tmp/climb-ended"

static struct climb *told;
static long rounds, until;

/*
 * Each grant is revoked except for one entry, which stays where it is. So the
 * next row has to be in another place, higher up in the table. At the quota,
 * all these entries are given back, and the search continues.
 */
static int walk_up_the_table(void)
{
	const uint64_t end = (CLIMB_ROW - 1) * PAGE;
	int ret, file = device_open();
	uint32_t first;

	if (file < 0 || native_create_at(file, 0, CLIMB_ROW, NULL))
		return 1;
	while (rounds-- && now_ms() < until && access(ENDED, F_OK)) {
		ret = native_grant_run(file, 0, CLIMB_ROW, 7, 0, &first);
		if (!ret) {
			told->rows++;
			ret = (int)native_revoke(file, 0, CLIMB_ROW - 1, 7);
		} else if (ret == -EDQUOT) {
			/*
			 * At the quota. The row that the search had found was
			 * given back.
			 */
			ret = (int)native_revoke(file, end, 1, 7);
		} else if (ret == -ENOSPC) {
			told->refused++;
			ret = native_grant(file, 0, CLIMB_ROW, 7, 0, NULL);
			if (ret == -EDQUOT)
				ret = (int)native_revoke(file, end, 1, 7);
			else if (!ret)
				ret = (int)native_revoke(file, 0,
							 CLIMB_ROW - 1, 7);
		}
		if (ret)
			return 2;
	}
	return 0;
}

/* Shares one page at a time, at each level. There is always room for that. */
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

/*
 * Called while all users may open the device, and with the quota that one of
 * the two users is to reach.
 */
static int both_climb(void)
{
	int ret, status;
	pid_t other = start_another_user();

	if (other < 0)
		return -errno;
	ret = run_as_nobody(0, walk_up_the_table);
	told->end = 1;
	if (waitpid(other, &status, 0) != other || status)
		return -EPROTO;
	return ret ? -EBADE : 0;
}

int climb(long count, long ms, const struct climb **climb)
{
	char quota[16];
	int ret;

	rounds = count;
	until = now_ms() + ms;
	told = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED)
		return -ENOMEM;
	*climb = told;
	snprintf(quota, sizeof(quota), "%d", CLIMB_QUOTA);
	ret = device_write_parameter("quota", quota);
	if (!ret && chmod(DEVICE_PATH, 0666))
		ret = -errno;
	if (!ret)
		ret = both_climb();
	unlink(ENDED);
	chmod(DEVICE_PATH, 0600);
	device_write_parameter("quota", "0");
	return ret;
}

int end_climb(void)
{
	int fd = open(ENDED, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	return fd < 0 || close(fd) < 0 ? -errno : 0;
}

/* Xen tells the size of the table by the hypercall that its own tools use. */
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

long table_frames(uint16_t domid)
{
	struct table_size *size = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct hypercall call = {
		HYPERCALL_GRANT_TABLE, { QUERY_SIZE, (uintptr_t)size, 1 },
	};
	int fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	long frames;

	if (size == MAP_FAILED)
		return -ENOMEM;
	size->domid = domid;
	if (fd < 0 || mlock(size, PAGE) ||
	    ioctl(fd, _IOC(_IOC_NONE, 'P', 0, sizeof(call)), &call))
		frames = -errno;
	else
		frames = size->status ? -EPROTO : (long)size->frames;
	if (fd >= 0)
		close(fd);
	munmap(size, PAGE);
	return frames;
}
