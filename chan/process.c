// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which process this is. To compare process ids would not be enough: an id is
 * used again, and a child in a new pid namespace can have the id of its parent.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* In a page that the kernel clears in a child. */
static uint64_t *current;

/* The last number that this process, or one that it descends from, has used. */
static uint64_t last;

static uint64_t *make_page(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, size, MADV_WIPEONFORK)) {
		munmap(page, size);
		return NULL;
	}
	return page;
}

const uint64_t *gntchan__process(void)
{
	static const uint64_t unknown;
	uint64_t *page = __atomic_load_n(&current, __ATOMIC_ACQUIRE);

	if (page && __atomic_load_n(page, __ATOMIC_RELAXED))
		return page;
	pthread_mutex_lock(&lock);
	if (!current)
		__atomic_store_n(&current, make_page(), __ATOMIC_RELEASE);
	page = current;
	if (page && !*page)
		__atomic_store_n(page, ++last, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&lock);
	return page ? page : &unknown;
}
