// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where things are mapped. The addresses are far from everything else in the
 * process, and they are the same for every driver and every version of this
 * program.
 */
#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define WINDOW			((char *)0x100000000000)
#define WINDOW_FOR_LIVE		((char *)0x180000000000)

/* Every second page is mapped, so that the kernel does not merge them. */
#define FILLERS			((char *)WINDOW - 2 * ROUNDS_MAX * PAGE)

static void map_at(char *address, int protection)
{
	if (mmap(address, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS |
		 MAP_FIXED_NOREPLACE, -1, 0) != address)
		fail_errno("mmap in a window");
}

/*
 * Map a page at the start of a window, which stays there. Because of it, the
 * last level of page tables exists already when a small run is mapped, as in a
 * process that does something else, too.
 */
static void *anchor(char *address)
{
	map_at(address, PROT_READ | PROT_WRITE);
	*address = 1;
	return address + PAGE;
}

void *window(void)
{
	static void *address;

	if (!address)
		address = anchor(WINDOW);
	return address;
}

void *window_for_live(void)
{
	static void *address;

	if (!address)
		address = anchor(WINDOW_FOR_LIVE);
	return address;
}

void stir(unsigned int round)
{
	if (!round && munmap(FILLERS, 2 * ROUNDS_MAX * PAGE) < 0)
		fail_errno("munmap in a window");
	map_at(FILLERS + 2 * round * PAGE, PROT_NONE);
}
