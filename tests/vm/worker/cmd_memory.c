// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker's commands for regions of memory that exists already. Where it says
 * REGION, it is a thing that was shared by the backend "memory" or "memfd", or
 * by one of those for dma-bufs.
 *
 *   lose REGION HOW        the region's pages are not this process's any more:
 *                          HOW is dontneed or remap of its memory, truncate or
 *                          punch of its memfd. It has others at the same place.
 *                          After "all" it has none, and no descriptor.
 *   region_of THING WRITABLE  makes a region of memory of what THING has mapped
 *   forks REGION           -> 0 if a child of fork() sees what is there, and has
 *                          a copy of its own, or for a memfd the same pages
 *   stirs REGION           moves, merges, splits and swaps out pages; -> how many
 *                          KB were swapped out, none of them of the region
 *   sum THING              -> what has been made of all its bytes
 *   from_dmabuf THING      makes a region of the dma-buf that THING is
 *   exports_grefs          -> 0 if gntdev makes dma-bufs here, or what it fails
 *                          with
 *   refuses EXPORTER       -> 1 if the driver cannot use what it makes
 *   film REGION            has a camera write to REGION, by a dma-buf of it
 *   frame REGION           waits for the next frame of the camera in REGION
 *   references REGION      -> the references on its dma-buf
 *   references_of EXPORTER -> those on one that is only mapped
 *   let_go REGION NUMBER   waits until there are that many
 *   busy MB                takes other memory, and fills it; waits in "idle"
 *   idle                   -> 0 if that memory is unchanged; frees it
 *   pinned                 -> the pages that this process has pinned
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gntshare.h>

#include "device.h"
#include "dmabuf.h"
#include "native.h"
#include "worker.h"

static long cmd_lose(const char *args, char *text)
{
	struct thing *t = parse_thing(&args);
	size_t size;
	int ret = -1;

	(void)text;
	if (!t)
		return -EBADMSG;
	size = t->pages * PAGE;
	if (!strcmp(args, "dontneed"))
		ret = madvise(t->address, size, MADV_DONTNEED);
	else if (!strcmp(args, "remap"))
		ret = mmap(t->address, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		      MAP_FAILED ? -1 : 0;
	else if (!strcmp(args, "truncate"))
		ret = ftruncate(t->memfd, 0) ? -1 :
		      ftruncate(t->memfd, (off_t)size);
	else if (!strcmp(args, "punch"))
		ret = fallocate(t->memfd,
				FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				(off_t)size);
	else if (!strcmp(args, "all"))
		ret = close(t->memfd) || munmap(t->address, size);
	else
		return -EBADMSG;
	return ret ? -errno : 0;
}

static long cmd_region_of(const char *args, char *text)
{
	struct thing *t = parse_thing(&args);
	int ret, file = device_open();

	(void)text;
	if (!t)
		return -EBADMSG;
	if (file < 0)
		return file;
	ret = native_create_memory(file, t->address, (uint32_t)t->pages,
				   atoi(args) ? GNTALLOC_CREATE_WRITABLE : 0,
				   NULL, NULL);
	close(file);
	return ret;
}

/* In the child: returns 0 if it sees what the parent had, and what it writes. */
static int child_writes(struct thing *t, const char *before)
{
	size_t size = t->pages * PAGE;

	if (memcmp(t->address, before, size))
		return 1;
	memset(t->address, 0x5a, size);
	return !memory_is(t->address, 0x5a, size);
}

static long cmd_forks(const char *args, char *text)
{
	struct thing *t = parse_thing(&args);
	size_t size;
	char *before;
	int status = -1;
	pid_t child;
	long ret = 0;

	(void)text;
	if (!t)
		return -EBADMSG;
	size = t->pages * PAGE;
	before = malloc(size);
	if (!before)
		return -ENOMEM;
	memcpy(before, t->address, size);
	child = fork();
	if (!child)
		_exit(child_writes(t, before));
	/* The parent writes while the child is there, too. */
	if (t->memfd < 0)
		t->address[0] = before[0];
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		ret = -EPROTO;
	if (t->memfd < 0 && memcmp(t->address, before, size))
		ret = -EILSEQ;
	if (t->memfd >= 0 && !memory_is(t->address, 0x5a, size))
		ret = -EILSEQ;
	free(before);
	return ret;
}

/*
 * The pages are alike if the test wants it, and KSM would make one of them. Not
 * every kernel has all of this, so no error counts. But one page that nobody has
 * pinned has to be swapped out.
 */
static long cmd_stirs(const char *args, char *text)
{
	struct thing *t = parse_thing(&args);
	char *other;
	size_t size;
	long out;

	(void)text;
	if (!t)
		return -EBADMSG;
	other = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (other == MAP_FAILED)
		return -errno;
	if (system("modprobe brd && mkswap /dev/ram1 >/dev/null && "
		   "swapon /dev/ram1"))
		return -ENODEV;
	memset(other, 1, PAGE);
	size = t->pages * PAGE;
	madvise(t->address, size, MADV_MERGEABLE);
	device_write_text("/sys/kernel/mm/ksm/pages_to_scan", "10000");
	device_write_text("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	device_write_text("/sys/kernel/mm/ksm/run", "1");
	madvise(t->address, size, MADV_HUGEPAGE);
	madvise(t->address, size, 25 /* MADV_COLLAPSE */);
	device_write_text("/proc/sys/vm/compact_memory", "1");
	device_write_text("/proc/sys/vm/drop_caches", "3");
	madvise(t->address, size, MADV_PAGEOUT);
	madvise(other, PAGE, MADV_PAGEOUT);
	sleep_ms(100);
	out = device_read_number("/proc/self/status", "VmSwap");
	madvise(t->address, size, MADV_NOHUGEPAGE);
	madvise(t->address, size, MADV_UNMERGEABLE);
	device_write_text("/sys/kernel/mm/ksm/run", "0");
	munmap(other, PAGE);
	return system("swapoff /dev/ram1") ? -EBUSY : out;
}

/* FNV-1a, of which the lower half is left: a result is not negative. */
static long cmd_sum(const char *args, char *text)
{
	struct thing *t = parse_thing(&args);
	uint64_t sum = 0xcbf29ce484222325;
	size_t i;

	(void)text;
	if (!t)
		return -EBADMSG;
	for (i = 0; i < t->pages * PAGE; i++)
		sum = (sum ^ (uint8_t)t->address[i]) * 0x100000001b3;
	return (long)(sum & 0x7fffffff);
}

static long cmd_refuses(const char *args, char *text)
{
	(void)text;
	return dmabuf_is_refused(args);
}

static long cmd_from_dmabuf(const char *args, char *text)
{
	struct thing *t = parse_thing(&args);
	struct gntshare_region *region;
	struct gntshare *allocator;
	long ret;

	(void)text;
	if (!t)
		return -EBADMSG;
	ret = gntshare_open(&allocator, NULL);
	if (ret)
		return ret;
	ret = gntshare_region_from_dmabuf(allocator, &region, t->memfd, 0,
					  t->pages, GNTSHARE_ANY_OFFSET, 0);
	gntshare_close(allocator);
	return ret;
}

static long cmd_exports_grefs(const char *args, char *text)
{
	(void)args;
	(void)text;
	return dmabuf_of_grefs();
}

static struct camera into_region;

static long cmd_film(const char *args, char *text)
{
	struct thing *t = parse_thing(&args);
	long ret;
	int fd;

	(void)text;
	if (!t || !t->object)
		return -EBADMSG;
	ret = gntshare_region_export(t->object, 0, t->pages, GNTSHARE_WRITABLE,
				     &fd);
	if (ret)
		return ret;
	t->camera = &into_region;
	return camera_open(t->camera, fd);
}

static long cmd_frame(const char *args, char *text)
{
	struct thing *t = parse_thing(&args);

	(void)text;
	return t && t->camera ? camera_frame(t->camera) : -EBADMSG;
}

static long cmd_references(const char *args, char *text)
{
	struct thing *t = parse_thing(&args);

	(void)text;
	return t ? dmabuf_references(t->memfd) : -EBADMSG;
}

static long cmd_references_of(const char *args, char *text)
{
	int fd = dmabuf_new(args, 1, false);
	long references;
	char *memory;

	(void)text;
	if (fd < 0)
		return fd;
	memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	references = memory == MAP_FAILED ? -errno : dmabuf_references(fd);
	munmap(memory, PAGE);
	close(fd);
	return references;
}

static long cmd_let_go(const char *args, char *text)
{
	struct thing *t = parse_thing(&args);

	(void)text;
	if (!t)
		return -EBADMSG;
	return dmabuf_becomes(t->memfd, atol(args)) ? 0 : -EBUSY;
}

static uint64_t *taken;
static size_t taken_size;

static long cmd_busy(const char *args, char *text)
{
	size_t i;

	(void)text;
	taken_size = strtoul(args, NULL, 10) << 20;
	taken = mmap(NULL, taken_size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (taken == MAP_FAILED)
		return -errno;
	for (i = 0; i < taken_size / sizeof(*taken); i++)
		taken[i] = ~i;
	return 0;
}

static long cmd_idle(const char *args, char *text)
{
	long ret = 0;
	size_t i;

	(void)args;
	for (i = 0; i < taken_size / sizeof(*taken) && !ret; i++) {
		if (taken[i] != ~i) {
			sprintf(text, "word %zu", i);
			ret = -EILSEQ;
		}
	}
	munmap(taken, taken_size);
	taken_size = 0;
	return ret;
}

static long cmd_pinned(const char *args, char *text)
{
	(void)args;
	(void)text;
	return pinned_pages();
}

const struct command memory_commands[] = {
	{ "lose", cmd_lose },
	{ "region_of", cmd_region_of },
	{ "forks", cmd_forks },
	{ "stirs", cmd_stirs },
	{ "sum", cmd_sum },
	{ "from_dmabuf", cmd_from_dmabuf },
	{ "exports_grefs", cmd_exports_grefs },
	{ "refuses", cmd_refuses },
	{ "film", cmd_film },
	{ "frame", cmd_frame },
	{ "references", cmd_references },
	{ "references_of", cmd_references_of },
	{ "let_go", cmd_let_go },
	{ "busy", cmd_busy },
	{ "idle", cmd_idle },
	{ "pinned", cmd_pinned },
	{ NULL, NULL }
};
