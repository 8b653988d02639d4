// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A privileged program opens the device, and gives it to a worker without any
 * rights, which can share one page with one domain, the argument, and do
 * nothing else. The worker shows that, and ends at Enter. Run it as root.
 */
#define _DEFAULT_SOURCE /* for setgroups() */
#include <gntshare.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY	65534

static void try_to_share(struct gntshare *share, unsigned int domid,
			 size_t pages)
{
	struct gntshare_region *region;
	int err = gntshare_region_share(share, &region, domid, pages,
					GNTSHARE_WRITABLE);

	printf("%u pages for %u: ", (unsigned int)pages, domid);
	if (err) {
		printf("%s\n", strerror(-err));
	} else {
		strcpy((char *)gntshare_region_address(region),
		       "from the worker");
		printf("gref %u\n", gntshare_region_grefs(region)[0]);
	}
	fflush(stdout);
}

/* The worker got only the descriptor. Here it is one that fork() has copied. */
static int work(int fd, unsigned int domid)
{
	struct gntshare *share;
	int err;

	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)) {
		perror("setuid");
		return 1;
	}
	err = gntshare_adopt(&share, fd);
	if (err) {
		fprintf(stderr, "worker: %s\n", strerror(-err));
		return 1;
	}
	try_to_share(share, domid, 2);
	try_to_share(share, domid + 1, 1);
	try_to_share(share, domid, 1);
	getchar();
	return gntshare_close(share) ? 1 : 0;
}

int main(int argc, char **argv)
{
	uint32_t domid = argc > 1 ? atoi(argv[1]) : 0;
	struct gntshare *share;
	int err, status;
	pid_t worker;

	err = gntshare_open(&share, NULL);
	if (!err)
		err = gntshare_restrict(share, GNTSHARE_RESTRICT_PAGES |
					GNTSHARE_RESTRICT_DOMIDS, 1, &domid, 1);
	if (err) {
		fprintf(stderr, "%s\n", strerror(-err));
		return 1;
	}
	worker = fork();
	if (!worker)
		_exit(work(dup(gntshare_fd(share)), domid));
	/* What the worker has shared stays until nobody has the descriptor. */
	gntshare_close(share);
	if (worker < 0 || waitpid(worker, &status, 0) != worker)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
