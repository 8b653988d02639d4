// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker's commands for what runs for a while, in several domains at once.
 * Each returns when its time is over, with how much it has done.
 *
 *   around PEER         -> "GREF GREF ...": those that are given out next
 *   stress MS SEED PEER THREADS       -> calls
 *   bounds MS SEED                    -> changes of limit, quota and headroom
 *   kills COUNT SEED PEER             -> owners that were killed
 *   cycles COUNT SEED PEER            -> unloads with draining pages, of COUNT
 *                                        unloads, each with a load after it
 *   attack MS SEED OWNER MOST GREF GREF ...
 *                       -> pages mapped by guessing grefs, MOST at a time
 *   scribble THING MS SEED            -> bytes written
 *   entries                           -> free entries of the grant table
 *   end_climb           ends the climb of another worker of this domain
 *   climb ROUNDS MS     -> searches of a user at its quota; "rounds error" of
 *                          another user
 *   fuzz SEED CALLS                   -> 0; else "its last line"
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/ioctl.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/gntdev.h>

#include "climb.h"
#include "device.h"
#include "kill.h"
#include "native.h"
#include "stress.h"
#include "worker.h"

/* Something in a stress run was not as it has to be. @text says what. */
#define WRONG	(-EPROTO)

#define SINGLES		64	/* given out in the order of their return */
#define ROW		10	/* consecutive ones, which may need a search; */
#define ROWS		3	/* several rows: others may use up one */
#define GREFS		(SINGLES + ROWS * ROW)

#define TRIES		5	/* to have a page drain at an unload */

static void write_grefs(const uint32_t *grefs, int count, char *text)
{
	int i;

	text += strlen(text);
	for (i = 0; i < count; i++)
		text += sprintf(text, "%u ", grefs[i]);
}

static int read_grefs(const char *text, uint32_t *grefs)
{
	int used, count = 0;

	while (count < GREFS && sscanf(text, "%u%n", &grefs[count], &used) == 1) {
		text += used;
		count++;
	}
	return count;
}

/* These grefs are freed at the end, so the kernel takes them first. */
static long cmd_around(const char *args, char *text)
{
	uint16_t peer = (uint16_t)atoi(args);
	int ret, fd = device_open();
	uint32_t grefs[GREFS];
	uint64_t offset;
	int i;

	if (fd < 0)
		return fd;
	ret = device_alloc(fd, peer, 0, SINGLES, NULL, grefs);
	for (i = SINGLES; !ret && i < GREFS; i += ROW) {
		ret = native_create(fd, ROW, &offset, NULL);
		if (!ret)
			ret = native_grant(fd, offset, ROW, peer,
					   GNTALLOC_GRANT_CONSECUTIVE,
					   grefs + i);
	}
	if (!ret)
		write_grefs(grefs, GREFS, text);
	close(fd);
	return ret;
}

static long cmd_stress(const char *args, char *text)
{
	struct stress_file file = { .fd = -1 };
	struct stressor like = { .file = &file, .unread = true };
	unsigned int peer, threads;
	unsigned long long seed;
	long ms, ret;

	if (sscanf(args, "%ld %llu %u %u", &ms, &seed, &peer, &threads) != 4)
		return -EBADMSG;
	like.domid = (uint16_t)peer;
	ret = stress_open(&file);
	if (ret)
		return ret;
	ret = stress_threads(&like, threads, seed, ms) ? like.calls : WRONG;
	close(file.fd);
	strcpy(text, like.wrong);
	return ret;
}

static long cmd_bounds(const char *args, char *text)
{
	static const char *const limits[] = { "0", "10", "150", "2147483647" };
	static const char *const quotas[] = { "0", "20", "100", "2147483647" };
	static const char *const rooms[] = { "0", "128", "1000", "40000" };
	struct stressor r;
	unsigned long long seed;
	long ms, end, changes = 0;

	(void)text;
	if (sscanf(args, "%ld %llu", &ms, &seed) != 2)
		return -EBADMSG;
	stress_join(&r, NULL, seed, 200);
	for (end = now_ms() + ms; now_ms() < end; changes += 3) {
		int ret = device_write_parameter("limit",
						 limits[stress_any(&r, 4)]);

		if (!ret)
			ret = device_write_parameter("quota",
						     quotas[stress_any(&r, 4)]);
		if (!ret)
			ret = device_write_parameter("headroom",
						     rooms[stress_any(&r, 4)]);
		if (ret)
			return ret;
		usleep(stress_any(&r, 3000));
	}
	device_write_parameter("limit", "1024");
	device_write_parameter("quota", "0");
	device_write_parameter("headroom", "128");
	close(r.eventfd);
	return changes;
}

static long cmd_kills(const char *args, char *text)
{
	unsigned long long seed;
	unsigned int peer;
	long count;

	if (sscanf(args, "%ld %llu %u", &count, &seed, &peer) != 3)
		return -EBADMSG;
	return kill_owners(count, seed, (uint16_t)peer, text) ? WRONG : count;
}

/* Opens the device, makes some calls, waits for the peer, and closes it. */
static long brief_riot(struct stress_file *file, struct stressor *r, char *text)
{
	int i, ret = stress_open(file);

	if (ret)
		return ret;
	for (i = 0; i < 60 && stress_call(r); i++)
		;
	usleep(stress_any(r, 20000));
	if (!stress_for(r, 0)) {
		strcpy(text, r->wrong);
		ret = WRONG;
	}
	close(file->fd);
	file->fd = -1;
	memset(file->piece, 0, sizeof(file->piece));
	return ret;
}

/* Tries to have an entry that drains when the module is unloaded. */
static long cycle(struct stress_file *file, struct stressor *r, char *text)
{
	long ret = 0, draining = 0;
	int i;

	for (i = 0; i < TRIES && !ret && !draining; i++) {
		ret = brief_riot(file, r, text);
		draining = device_counter("draining");
	}
	if (!ret)
		ret = module_unload();
	if (!ret)
		ret = module_load("");
	return ret ? ret : draining > 0;
}

static long cmd_cycles(const char *args, char *text)
{
	struct stress_file file = { .fd = -1 };
	struct stressor r;
	unsigned long long seed;
	long i, ret, count, drained = 0;
	unsigned int peer;

	if (sscanf(args, "%ld %llu %u", &count, &seed, &peer) != 3)
		return -EBADMSG;
	stress_join(&r, &file, seed, 100);
	r.domid = (uint16_t)peer;
	r.unread = true;
	for (i = 0; i < count; i++) {
		ret = cycle(&file, &r, text);
		if (ret < 0)
			return ret;
		drained += ret;
	}
	close(r.eventfd);
	return drained;
}

/* --- the peer ------------------------------------------------------------- */

#define HELD_MAX	32

static void scribble_page(struct stressor *r, char *page)
{
	uint64_t *word = (uint64_t *)page;
	size_t i;

	/*
	 * Changes the whole page quickly: the owner may find this at any
	 * moment.
	 */
	for (i = 0; i < PAGE / sizeof(*word); i += 1 + stress_any(r, 8))
		word[i] = r->state;
}

/*
 * By bare calls, since most of them fail, and Xen's library would report each
 * failure on the console.
 */
static char *map_gref(int fd, unsigned int owner, uint32_t gref, bool writable,
		      uint64_t *index)
{
	struct ioctl_gntdev_map_grant_ref op = {
		.count = 1,
		.refs[0] = { .domid = owner, .ref = gref },
	};
	char *address;

	if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, &op))
		return NULL;
	*index = op.index;
	address = mmap(NULL, PAGE, writable ? PROT_READ | PROT_WRITE :
		       PROT_READ, MAP_SHARED, fd, (off_t)op.index);
	return address == MAP_FAILED ? NULL : address;
}

static void unmap_gref(int fd, char *address, uint64_t index)
{
	struct ioctl_gntdev_unmap_grant_ref op = { .index = index, .count = 1 };

	if (address)
		munmap(address, PAGE);
	ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op);
}

static long cmd_attack(const char *args, char *text)
{
	int fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	char *held[HELD_MAX] = { NULL };
	uint64_t index[HELD_MAX];
	bool writable[HELD_MAX];
	unsigned int owner, most, i;
	uint32_t grefs[GREFS], count;
	unsigned long long seed;
	struct stressor r;
	long ms, end, got = 0;
	int used = 0;

	(void)text;
	if (fd < 0)
		return -errno;
	if (sscanf(args, "%ld %llu %u %u %n", &ms, &seed, &owner, &most,
		   &used) != 4 || !used || most > HELD_MAX)
		return -EBADMSG;
	count = (uint32_t)read_grefs(args + used, grefs);
	if (!count)
		return -EBADMSG;
	stress_join(&r, NULL, seed, 201);
	for (end = now_ms() + ms; now_ms() < end; ) {
		uint32_t gref = grefs[stress_any(&r, count)];

		i = stress_any(&r, most);
		if (held[i] && stress_any(&r, 4)) {
			if (writable[i])
				scribble_page(&r, held[i]);
			continue;
		}
		if (held[i])
			unmap_gref(fd, held[i], index[i]);
		writable[i] = stress_any(&r, 4) != 0;
		held[i] = map_gref(fd, owner, gref, writable[i], &index[i]);
		if (held[i])
			got++;
		else
			unmap_gref(fd, NULL, index[i]);
	}
	for (i = 0; i < most; i++)
		if (held[i])
			unmap_gref(fd, held[i], index[i]);
	close(fd);
	close(r.eventfd);
	return got;
}

static long cmd_scribble(const char *args, char *text)
{
	unsigned long long seed;
	struct stressor r;
	struct thing *t;
	size_t number, i;
	long ms, end, pages = 0;

	(void)text;
	if (sscanf(args, "%zu %ld %llu", &number, &ms, &seed) != 3)
		return -EBADMSG;
	t = find_thing(number);
	if (!t)
		return -EBADMSG;
	stress_join(&r, NULL, seed, 202);
	for (end = now_ms() + ms; now_ms() < end; pages += (long)t->pages)
		for (i = 0; i < t->pages; i++)
			scribble_page(&r, t->address + i * PAGE);
	close(r.eventfd);
	return pages;
}

static long cmd_entries(const char *args, char *text)
{
	(void)args;
	(void)text;
	return stress_free_entries();
}

static long cmd_fuzz(const char *args, char *text)
{
	char command[128];
	FILE *output;
	int status;

	snprintf(command, sizeof(command), "./fuzz %s | tail -n 1", args);
	output = popen(command, "re");
	if (!output)
		return -errno;
	if (!fgets(text, WIRE_MAX / 2, output))
		*text = '\0';
	status = pclose(output);
	return status || !strstr(text, "nothing found") ? WRONG : 0;
}

static long cmd_climb_here(const char *args, char *text)
{
	const struct climb *told;
	long count, ms, ret;

	if (sscanf(args, "%ld %ld", &count, &ms) != 2)
		return -EBADMSG;
	ret = climb(count, ms, &told);
	if (ret)
		return ret;
	sprintf(text, "%ld %d", told->rounds, told->error);
	return told->rows + told->refused;
}

static long cmd_end_climb(const char *args, char *text)
{
	(void)args;
	(void)text;
	return end_climb();
}

const struct command race_commands[] = {
	{ "around", cmd_around },
	{ "stress", cmd_stress },
	{ "bounds", cmd_bounds },
	{ "kills", cmd_kills },
	{ "cycles", cmd_cycles },
	{ "attack", cmd_attack },
	{ "scribble", cmd_scribble },
	{ "entries", cmd_entries },
	{ "climb", cmd_climb_here },
	{ "end_climb", cmd_end_climb },
	{ "fuzz", cmd_fuzz },
	{ NULL, NULL }
};
