// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stress: which calls are made, and what they may return.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "dmabuf.h"
#include "native.h"
#include "stress.h"

#define OFFSETS		64U	/* in pages: small, so that regions collide */
#define PAGES		8U	/* most of a region */

/* --- arguments ------------------------------------------------------------ */

static struct piece *some_piece(struct stressor *r)
{
	return &r->file->piece[stress_any(r, STRESS_PIECES)];
}

/*
 * Pages of some piece, in most cases; otherwise any pages at the low offsets.
 */
static void some_run(struct stressor *r, uint64_t *first, uint32_t *count)
{
	struct piece *p = some_piece(r);

	if (p->count && stress_any(r, 4)) {
		uint32_t skip = stress_any(r, 3) ? 0 : stress_any(r, p->count);

		*first = p->first + skip;
		*count = stress_any(r, 3) ? p->count - skip : 1;
		if (!*count || *count > PAGES)
			*count = 1;
	} else {
		*first = stress_any(r, OFFSETS);
		*count = 1 + stress_any(r, PAGES);
	}
}

/* --- calls ---------------------------------------------------------------- */

static bool map_any(struct stressor *r)
{
	uint64_t first;
	uint32_t count;

	some_run(r, &first, &count);
	return stress_map(r, first, count, false);
}

/*
 * At a low offset, another party's region may have taken the place meanwhile.
 * The offsets above are chosen by the driver, which gives none of them twice.
 */
static bool made(struct stressor *r, struct piece *p, uint64_t first,
		 uint32_t count, uint32_t gref, uint64_t id)
{
	*p = (struct piece) { first, count, gref, id };
	return stress_any(r, 2) ?
	       stress_map(r, first, count, first >= OFFSETS + PAGES) : true;
}

static bool dealloc_run(struct stressor *r, uint64_t first, uint32_t count)
{
	return MAY(r, "2011 dealloc",
		   device_dealloc(r->file->fd, first * PAGE, count), EINVAL);
}

/* Ends what is left of a piece, of which others may have ended some or all. */
static bool end_piece(struct stressor *r, struct piece *p)
{
	int fd = r->file->fd;
	uint32_t i, count = p->count;

	if (!count)
		return true;
	if (p->id && stress_any(r, 4)) {
		uint32_t how = stress_any(r, 3);
		int ret = how == 0 ? native_destroy(fd, p->id) :
			  how == 1 ? native_destroy_event(fd, p->id) :
			  native_destroy_eventfd(fd, p->id, r->eventfd);

		return MAY(r, "destroy", ret, ENOENT);
	}
	if (p->gref && stress_any(r, 2))
		return MAY(r, "2010 dealloc",
			   device_dealloc_2010(fd, p->gref), ENOENT);
	if (stress_any(r, 2))
		return dealloc_run(r, p->first, count);
	for (i = 0; i < count; i++)
		if (!dealloc_run(r, p->first + i, 1))
			return false;
	return true;
}

static bool dealloc_any(struct stressor *r)
{
	uint64_t first;
	uint32_t count;

	some_run(r, &first, &count);
	return dealloc_run(r, first, count);
}

static bool alloc_2010(struct stressor *r)
{
	struct piece *p = some_piece(r);
	uint32_t gref, index;
	int ret;

	if (!end_piece(r, p))
		return false;
	ret = device_alloc_2010(r->file->fd, r->domid, stress_any(r, 2), &gref,
				&index);
	if (!MAY(r, "2010 alloc", ret, ENOSPC))
		return false;
	return ret || made(r, p, index, 1, gref, 0);
}

static bool alloc_2011(struct stressor *r)
{
	struct piece *p = some_piece(r);
	uint32_t count = 1 + stress_any(r, PAGES);
	uint64_t index;
	int ret;

	if (!end_piece(r, p))
		return false;
	ret = device_alloc(r->file->fd, r->domid, (uint16_t)stress_any(r, 2),
			   count, &index, NULL);
	if (!MAY(r, "2011 alloc", ret, ENOSPC))
		return false;
	return ret || made(r, p, index / PAGE, count, 0, 0);
}

static bool create(struct stressor *r)
{
	struct piece *p = some_piece(r);
	uint32_t count = 1 + stress_any(r, PAGES);
	uint64_t at = stress_any(r, OFFSETS) * PAGE, id;
	bool fixed = stress_any(r, 2);
	int ret;

	if (!end_piece(r, p))
		return false;
	ret = fixed ? native_create_at(r->file->fd, at, count, &id) :
		      native_create(r->file->fd, count, &at, &id);
	if (!MAY(r, "create", ret, EDQUOT, fixed ? EEXIST : EDQUOT))
		return false;
	return ret || made(r, p, at / PAGE, count, 0, id);
}

/* Memory of this process, all of whose threads make regions of it. */
static char memory[2 * PAGES * PAGE] __attribute__((aligned(4096)));

/*
 * Some of the pages may be taken away while they are pinned, or after that. No
 * region of memory can be mapped, so its content is not compared.
 */
static bool create_of_memory(struct stressor *r)
{
	struct piece *p = some_piece(r);
	uint32_t first = stress_any(r, PAGES);
	struct gntalloc_native_create op = {
		.offset = stress_any(r, OFFSETS) * PAGE,
		.pages = 1 + stress_any(r, PAGES),
		.flags = GNTALLOC_CREATE_MEMORY | stress_any(r, 8),
		.address = (uintptr_t)memory + first * PAGE,
	};
	int ret;

	if (!end_piece(r, p))
		return false;
	if (stress_any(r, 2))
		madvise(memory + first * PAGE, (1 + stress_any(r, PAGES)) *
			PAGE, MADV_DONTNEED);
	if (stress_any(r, 2))
		memory[first * PAGE]++;
	ret = native_call(r->file->fd, GNTALLOC_NATIVE_CREATE, &op);
	if (!MAY(r, "create of memory", ret, EDQUOT,
		 op.flags & GNTALLOC_CREATE_FIXED ? EEXIST : EDQUOT))
		return false;
	if (!ret)
		*p = (struct piece) { op.offset / PAGE, op.pages, 0, op.id };
	return true;
}

/* All threads make regions of it. */
static int dmabuf = -1;

static void open_dmabuf(void)
{
	dmabuf = dmabuf_any(PAGES);
}

void stress_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, open_dmabuf);
}

int stress_keep_mapped(void)
{
	int ret, fd;

	stress_prepare();
	if (dmabuf < 0)
		return dmabuf;
	fd = device_open();
	if (fd < 0)
		return fd;
	ret = native_create_dmabuf(fd, dmabuf, 0, 1, 0, NULL, NULL);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

static bool create_of_dmabuf(struct stressor *r)
{
	struct piece *p = some_piece(r);
	uint32_t first = stress_any(r, PAGES);
	struct gntalloc_native_create op = {
		.offset = stress_any(r, OFFSETS) * PAGE,
		.pages = 1 + stress_any(r, PAGES - first),
		.flags = GNTALLOC_CREATE_DMABUF | stress_any(r, 2) |
			 (stress_any(r, 2) ? GNTALLOC_CREATE_WRITABLE : 0),
		.address = first * PAGE,
	};
	int ret;

	if (dmabuf < 0)
		return true;
	op.fd = dmabuf;
	if (!end_piece(r, p))
		return false;
	ret = native_call(r->file->fd, GNTALLOC_NATIVE_CREATE, &op);
	if (!MAY(r, "create of a dma-buf", ret, EDQUOT,
		 op.flags & GNTALLOC_CREATE_FIXED ? EEXIST : EDQUOT))
		return false;
	if (!ret)
		*p = (struct piece) { op.offset / PAGE, op.pages, 0, op.id };
	return true;
}

static bool create_any(struct stressor *r)
{
	switch (stress_any(r, 6)) {
	case 0:
		return create_of_dmabuf(r);
	case 1:
	case 2:
		return create_of_memory(r);
	default:
		return create(r);
	}
}

/* Any pages of the file; the dma-buf is closed after it was mapped, or not. */
static bool export(struct stressor *r)
{
	uint32_t count;
	uint64_t first;
	void *address;
	int fd;

	some_run(r, &first, &count);
	fd = native_export(r->file->fd, first * PAGE, count, 0);
	if (fd < 0)
		return MAY(r, "export", fd, ENOENT, ENODEV);
	if (stress_any(r, 2)) {
		address = mmap(NULL, count * PAGE, PROT_READ, MAP_SHARED,
			       fd, 0);
		if (address != MAP_FAILED)
			munmap(address, count * PAGE);
	}
	close(fd);
	return true;
}

/* The same with a grant, by one call. */
static bool share(struct stressor *r)
{
	struct piece *p = some_piece(r);
	struct gntalloc_native_share op = {
		.offset = stress_any(r, OFFSETS) * PAGE,
		.pages = 1 + stress_any(r, PAGES),
		.domid = r->domid,
		.flags = stress_any(r, 8),
	};
	uint32_t grefs[PAGES];
	int ret;

	if (!end_piece(r, p))
		return false;
	ret = native_share_call(r->file->fd, &op,
				stress_any(r, 2) ? grefs : NULL);
	if (!MAY(r, "share", ret, EDQUOT, ENOSPC,
		 op.flags & GNTALLOC_SHARE_FIXED ? EEXIST : EDQUOT))
		return false;
	return ret || made(r, p, op.offset / PAGE, op.pages, 0, op.id);
}

static bool grant(struct stressor *r)
{
	uint32_t count, grefs[PAGES];
	uint64_t first;

	some_run(r, &first, &count);
	return MAY(r, "grant",
		   native_grant(r->file->fd, first * PAGE, count, r->domid,
				stress_any(r, 4), stress_any(r,
							     2) ? grefs : NULL),
		   ENOENT, EDQUOT, ENOSPC, EACCES);
}

static bool revoke_some(struct stressor *r)
{
	uint32_t count;
	uint64_t first;

	some_run(r, &first, &count);
	return MAY(r, "revoke",
		   native_revoke(r->file->fd, first * PAGE, count, r->domid),
		   ENOENT);
}

/*
 * 0x7fffffff is the number of no port. CLEAR_BYTE and 0 are valid, so they fail
 * only when the page is dead; or, for CLEAR_BYTE, if it may only be read.
 */
static bool notify(struct stressor *r)
{
	uint32_t count, how = stress_any(r, 6);
	uint64_t first;

	some_run(r, &first, &count);
	if (how == 5)
		return MAY(r, "notify",
			   device_notify(r->file->fd, first * PAGE,
					 GNTALLOC_2011_SEND_EVENT, 0x7fffffff),
			   ENOENT, EINVAL);
	return MAY(r, "notify",
		   device_notify(r->file->fd, first * PAGE + stress_any(r, 800),
				 how ? GNTALLOC_2011_CLEAR_BYTE : 0, 0),
		   ENOENT, how ? EACCES : ENOENT);
}

static bool wait_for(struct stressor *r)
{
	static const uint32_t flags[] = {
		0, GNTALLOC_WAIT_RELEASED, GNTALLOC_WAIT_GONE
	};
	struct piece *p = some_piece(r);

	return MAY(r, "wait",
		   native_wait(r->file->fd, p->id, flags[stress_any(r, 3)],
			       stress_any(r, 2) ? r->domid : -1,
			       stress_any(r, 2) * 500000, NULL, NULL),
		   ENOENT, ETIMEDOUT);
}

/*
 * Reads without waiting. It polls first, because O_NONBLOCK would hold for all
 * parties that use the same open file.
 */
static bool read_event(struct stressor *r)
{
	struct pollfd ready = { .fd = r->eventfd, .events = POLLIN };
	struct gntalloc_native_info info;
	uint64_t count;

	if (!MAY(r, "poll", native_polls(r->file->fd, 0), 0))
		return false;
	if (poll(&ready, 1, 0) == 1 &&
	    read(r->eventfd, &count, sizeof(count)) != sizeof(count) &&
	    errno != EAGAIN && !r->faults)
		return stress_wrong(r, "read of an eventfd", -errno);
	return MAY(r, "info", native_info(r->file->fd, &info), 0);
}

/*
 * Opens a file of its own, and closes it before what is mapped from it is
 * unmapped.
 */
static bool brief_file(struct stressor *r)
{
	struct stress_map *m = &r->map[stress_any(r, STRESS_MAPS)];
	struct gntalloc_native_event event;
	uint16_t domids[] = { r->domid };
	int ret, fd = device_open();
	uint64_t id;
	void *address;

	if (fd < 0)
		return r->unloads ?
			MAY(r, "open", fd, ENOENT, ENODEV, ENXIO) :
			MAY(r, "open", fd, 0);
	if (!MAY(r, "restrict", native_restrict(fd, GNTALLOC_RESTRICT_PAGES |
						GNTALLOC_RESTRICT_DOMIDS, 3,
						domids, 1), 0))
		goto out;
	ret = native_create_at(fd, 0, 3, &id);
	MAY(r, "create in a new file", ret, EDQUOT);
	if (!ret && stress_unmap(r, m) &&
	    !device_map(fd, 0, 3, &address))
		*m = (struct stress_map) { address, 0, 3 };
	ret = native_grant(fd, 0, 3, r->domid, GNTALLOC_GRANT_WRITABLE, NULL);
	MAY(r, "grant in a new file", ret, ENOENT, EDQUOT, ENOSPC);
	ret = device_notify(fd, 0, GNTALLOC_2011_SEND_EVENT, 1);
	if (ret != -EPERM && ret != -ENOENT && !r->faults)
		stress_wrong(r, "notify that is restricted", ret);
	ret = native_grant(fd, 0, 1, (uint16_t)(r->domid + 1), 0, NULL);
	if (ret != -EPERM && !r->faults)
		stress_wrong(r, "grant that is restricted", ret);
	ret = native_create(fd, 4, NULL, NULL);
	if (ret != -EDQUOT && !r->faults)
		stress_wrong(r, "create of too much", ret);
	if (stress_any(r, 2))
		MAY(r, "destroy", native_destroy_event(fd, 1), ENOENT);
	MAY(r, "read", native_event(fd, &event), EAGAIN);
out:
	close(fd);
	return !*r->wrong;
}

/* Opens another file in place of this one. What is mapped stays mapped. */
/*
 * Reads what the module tells of this file, or of all, in pieces of any size. A
 * process that is not root cannot open the tables, and while the module is being
 * unloaded nobody can.
 */
static bool look(struct stressor *r)
{
	static const char *const tables[] = { "regions", "draining", "peers" };
	uint32_t what = stress_any(r, 4);
	size_t size = 1 + stress_any(r, 2000);
	char path[64], text[2000];
	ssize_t got = 0;
	int fd;

	if (what < 3)
		snprintf(path, sizeof(path),
			 "/sys/kernel/debug/xen-gntalloc/%s", tables[what]);
	else
		snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d",
			 r->file->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	while (stress_any(r, 50) && (got = read(fd, text, size)) > 0)
		;
	if (got < 0)
		got = -errno;
	close(fd);
	return got >= 0 || r->unloads || MAY(r, "look", got, EINTR);
}

static bool reopen(struct stressor *r)
{
	int ret = stress_open(r->file);

	memset(r->file->piece, 0, sizeof(r->file->piece));
	return MAY(r, "open", ret, 0);
}

/* A child inherits everything, and gives it up in an order of its own. */
static bool spread(struct stressor *r)
{
	int status = 0;
	pid_t pid;

	if (!r->spreads)
		return true;
	if (!stress_any(r, 8) || !r->forks)
		return reopen(r);
	pid = fork();
	if (!pid) {
		stress_unmap(r, &r->map[stress_any(r, STRESS_MAPS)]);
		end_piece(r, some_piece(r));
		_exit(*r->wrong ? 1 : 0);
	}
	if (pid < 0)
		return MAY(r, "fork", -errno, EAGAIN);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status ? stress_wrong(r, "a child's end", status) : true;
}

bool stress_call(struct stressor *r)
{
	uint32_t what = stress_any(r, 100);

	r->calls++;
	if (what < 8)
		return alloc_2010(r);
	if (what < 18)
		return alloc_2011(r);
	if (what < 25)
		return create_any(r);
	if (what < 32)
		return share(r);
	if (what < 44)
		return grant(r);
	if (what < 52)
		return revoke_some(r);
	if (what < 58)
		return notify(r);
	if (what < 63)
		return wait_for(r);
	if (what < 66)
		return read_event(r);
	if (what < 72)
		return dealloc_any(r);
	if (what < 74)
		return brief_file(r);
	if (what < 75)
		return export(r);
	if (what < 82)
		return map_any(r);
	if (what < 90)
		return stress_touch(r, &r->map[stress_any(r, STRESS_MAPS)]);
	if (what < 93)
		return stress_remap(r, &r->map[stress_any(r, STRESS_MAPS)]);
	if (what < 98)
		return stress_unmap(r, &r->map[stress_any(r, STRESS_MAPS)]);
	if (what < 99)
		return look(r);
	return spread(r);
}
