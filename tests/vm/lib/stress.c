// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stress: the parties of a run, the check of what a call returned, and
 * mappings.
 */
#include "stress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "native.h"

uint32_t stress_any(struct stressor *r, uint32_t below)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (uint32_t)(r->state >> 16) % below;
}

void stress_join(struct stressor *r, struct stress_file *file, uint64_t seed,
		 unsigned int number)
{
	stress_prepare();
	memset(r, 0, sizeof(*r));
	r->file = file;
	r->state = (seed << 8 | (number + 1)) * 0x9e3779b97f4a7c15u | 1;
	r->eventfd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

int stress_open(struct stress_file *file)
{
	int ret, fd = device_open();

	if (fd < 0)
		return fd;
	if (file->fd < 0) {
		file->fd = fd;
		return 0;
	}
	/* At no moment the other parties have no open file. */
	ret = dup3(fd, file->fd, O_CLOEXEC) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* --- what a call may return ----------------------------------------------- */

bool stress_wrong(struct stressor *r, const char *what, long ret)
{
	if (!*r->wrong)
		snprintf(r->wrong, sizeof(r->wrong), "call %ld, %s: %ld (%s)",
			 r->calls, what, ret,
			 ret < 0 ? strerror((int)-ret) : "no error");
	return false;
}

bool stress_may(struct stressor *r, const char *what, long ret,
		const int *errors)
{
	if (ret >= 0) {
		r->done++;
		return true;
	}
	r->failed++;
	if (r->faults && (ret == -ENOMEM || ret == -EFAULT)) {
		r->faulted++;
		return true;
	}
	for (; *errors; errors++)
		if (ret == -*errors)
			return true;
	return stress_wrong(r, what, ret);
}

/* --- mappings ------------------------------------------------------------- */

static uint64_t *word(const struct stress_map *m, uint32_t page)
{
	return (uint64_t *)(m->address + page * PAGE) + 100;
}

bool stress_touch(struct stressor *r, struct stress_map *m)
{
	uint64_t tag = (uint64_t)r->state << 1 | 1;
	uint32_t i;

	if (!m->address)
		return true;
	if (!stress_any(r, 3))
		madvise(m->address, m->count * PAGE, MADV_DONTNEED);
	for (i = 0; i < m->count; i++) {
		uint64_t is = *(volatile uint64_t *)word(m, i);

		if (!m->tag)	/* only to be read, or another's */
			continue;
		if (!r->unread && is != m->tag)
			return stress_wrong(r, "a page has another's bytes",
					    (long)is);
		*word(m, i) = tag;
	}
	if (m->tag)
		m->tag = tag;
	return true;
}

bool stress_unmap(struct stressor *r, struct stress_map *m)
{
	uint32_t half = m->count / 2;

	if (!m->address)
		return true;
	/*
	 * Maps something else over one page in the middle, which splits the VMA
	 * in two. A hole would not do, because others might map something into
	 * it.
	 */
	if (half && stress_any(r, 2) &&
	    mmap(m->address + half * PAGE, PAGE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED &&
	    !MAY(r, "mmap of nothing", -errno, 0))
		return false;
	/* munmap() needs memory only after that split. */
	while (munmap(m->address, m->count * PAGE))
		if (!MAY(r, "munmap", -errno, 0))
			return false;
	m->address = NULL;
	return true;
}

bool stress_map(struct stressor *r, uint64_t first, uint32_t count, bool fresh)
{
	struct stress_map *m = &r->map[stress_any(r, STRESS_MAPS)];
	void *address;
	uint32_t i;
	int ret;

	if (!stress_unmap(r, m))
		return false;
	ret = device_map(r->file->fd, first * PAGE, count, &address);
	/* ENODEV: there is memory that somebody had already. */
	if (!MAY(r, "mmap", ret, ENOENT, ENODEV))
		return false;
	if (ret)
		return true;
	*m = (struct stress_map) { address, 0, count };
	if (!fresh)
		return stress_touch(r, m);
	for (i = 0; i < count && !r->unread; i++)
		if (*word(m, i))
			return stress_wrong(r, "a new page is not zeroed",
					    (long)i);
	m->tag = (uint64_t)r->state << 1 | 1;
	for (i = 0; i < count; i++)
		*word(m, i) = m->tag;
	return true;
}

bool stress_remap(struct stressor *r, struct stress_map *m)
{
	void *to;

	if (!m->address)
		return true;
	to = mremap(m->address, m->count * PAGE, PAGE, 0);
	if (to == MAP_FAILED)
		return MAY(r, "mremap", -errno, 0);
	m->count = 1;
	return stress_touch(r, m);
}

bool stress_for(struct stressor *r, long ms)
{
	long end = now_ms() + ms;
	int i;

	while (now_ms() < end && stress_call(r))
		;
	for (i = 0; i < STRESS_MAPS; i++)
		stress_unmap(r, &r->map[i]);
	return !*r->wrong;
}
