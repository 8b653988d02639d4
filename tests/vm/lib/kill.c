// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owners of pages, which are killed at any moment.
 */
#include "kill.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "stress.h"

#define LIFE_US		25000	/* an owner's longest life at first */
#define LIVES		8	/* up to 8 times this while none made a call */
#define FOR_EVER	3600000	/* ms */
#define CLEAN_MS	10000
#define SOON_MS		100

/* @r is in memory that is still there when the owner is dead. */
static void own(const struct stressor *like, uint64_t seed, struct stressor *r)
{
	struct stress_file file = { .fd = -1 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (stress_open(&file)) {
		strcpy(r->wrong, "the device does not open");
		_exit(1);
	}
	if (seed % 2) {
		*r = *like;
		r->file = &file;
		stress_threads(r, 2, seed, FOR_EVER);
	} else {
		stress_join(r, &file, seed, 0);
		r->domid = like->domid;
		r->unread = like->unread;
		stress_for(r, FOR_EVER);
	}
	/* Only a kill should have ended it, so this is a failure. */
	_exit(1);
}

/*
 * Entries that a peer holds may end between the reads of two counters, so the
 * comparison is repeated. As long as a peer holds entries of a dma-buf, and for
 * a moment more, all of the dma-buf counts as pages.
 */
static int all_is_back(char *text)
{
	long soon = now_ms() + SOON_MS * slowness();
	long end = now_ms() + CLEAN_MS;
	long pages, entries, draining;

	do {
		pages = device_counter("pages");
		entries = device_counter("entries");
		draining = device_counter("draining");
		if (entries == draining && (!pages || draining))
			return 0;
	} while (now_ms() < (pages && !draining ? soon : end));
	sprintf(text, "%ld pages and %ld entries are left, %ld of them drain",
		pages, entries, draining);
	return -1;
}

int kill_owners(long count, uint64_t seed, uint16_t peer, char *text)
{
	struct stressor like = { .domid = peer, .unread = true }, r;
	struct stressor *owner = mmap(NULL, sizeof(*owner),
				      PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0, ret = 0;
	long i, calls = 0;

	/* This also prepares for all owners. */
	stress_join(&r, NULL, seed, 0);
	/*
	 * Owners live longer where other processes leave them little time on a
	 * processor.
	 */
	for (i = 0; !ret && (i < count || (!calls && i < LIVES * count)); i++) {
		pid_t pid;

		memset(owner, 0, sizeof(*owner));
		pid = fork();
		if (!pid)
			own(&like, seed + (uint64_t)i, owner);
		usleep(stress_any(&r, LIFE_US * (1 + (uint32_t)(i / count))));
		if (pid < 0 || kill(pid, SIGKILL) ||
		    waitpid(pid, &status, 0) != pid) {
			strcpy(text, "no owner to kill");
			ret = -1;
		} else if (!WIFSIGNALED(status) ||
			   WTERMSIG(status) != SIGKILL) {
			sprintf(text, "owner %ld ended with %#x: %s", i,
				status, owner->wrong);
			ret = -1;
		} else {
			ret = all_is_back(text);
		}
		/*
		 * Only owners without threads are counted here: with threads,
		 * the calls are added up at the end, which a killed owner does
		 * not reach.
		 */
		calls += owner->calls;
	}
	if (!ret && !calls) {
		strcpy(text, "no owner has lived to make a call");
		ret = -1;
	}
	close(r.eventfd);
	munmap(owner, sizeof(*owner));
	return ret;
}
