// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker's commands for the native level. A THING is a region that was shared
 * by the backend "native" or "regions": created, granted to the peer by
 * consecutive grefs, and mapped.
 *
 *   grant THING FIRST PAGES DOMAIN FLAGS  -> 0, "grefs"
 *   revoke THING FIRST PAGES DOMAIN       -> entries that DOMAIN still holds
 *   destroy THING quiet|event|eventfd
 *   state THING DOMAIN                    -> state, "held"; -1: by any peer
 *   wait THING FLAGS DOMAIN MS            -> 0, "state held microseconds"
 *   told THING MS       -> 1 if the next event is that it is gone, 0 if there
 *                          is none
 *   signalled THING MS  -> what its eventfd says, 0 for nothing
 *   restored THING MS   -> the generation that the next event tells of
 *   next_event THING    -> the type of the next event, "id"; waits for it
 *   wake THING PORT HOW -> microseconds from an event on PORT to the end of
 *                          the wait: gone, released, event, eventfd
 *   release_on_event THING MS   for the worker at the other end of PORT
 *   die_waiting THING   by SIGKILL
 *   kworkers MS         -> microseconds that the kernel's kworkers run
 *                          within MS
 *   generation          -> that of the guest
 *   only_for THING DOMAIN  from now on its file may grant to no other domain
 *   take_all            -> how many grants it could make: all that it may have
 *   take_singles MOST   -> how many grants of one page it could make, at most
 *                          MOST: the next call makes more
 *   read_disk NAME MS [BYTES]  read what the peer's disk has, and write to it
 *   headroom N          set it
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenevtchn.h>

#include "device.h"
#include "native.h"
#include "worker.h"

#define NS_MS		1000000LL
#define WAKE_MS		5000

static struct thing *parse_region(const char **args)
{
	struct thing *t = parse_thing(args);

	return t && t->backend->native ? t : NULL;
}

/* The time in which something has to come, if it has to come at all. */
static long in_time(long ms)
{
	return ms > 0 ? ms * slowness() : ms;
}

static long cmd_grant(const char *args, char *text)
{
	struct thing *t = parse_region(&args);
	unsigned int first, pages, domid, flags;
	uint32_t *grefs;
	long ret;

	if (!t || sscanf(args, "%u %u %u %u", &first, &pages, &domid,
			 &flags) != 4)
		return -EBADMSG;
	grefs = calloc(pages, sizeof(*grefs));
	if (!grefs)
		return -ENOMEM;
	ret = t->backend->native->grant(t, first, pages, (uint16_t)domid, flags,
					grefs);
	if (!ret)
		ret = grefs_format(text, GREFS_TEXT, grefs, pages);
	free(grefs);
	return ret;
}

static long cmd_revoke_from(const char *args, char *text)
{
	struct thing *t = parse_region(&args);
	unsigned int first, pages, domid;

	(void)text;
	if (!t || sscanf(args, "%u %u %u", &first, &pages, &domid) != 3)
		return -EBADMSG;
	return t->backend->native->revoke(t, first, pages, (uint16_t)domid);
}

static long cmd_destroy(const char *args, char *text)
{
	struct thing *t = parse_region(&args);

	(void)text;
	if (!t)
		return -EBADMSG;
	if (strcmp(args, "eventfd"))
		return t->backend->native->destroy(t, !strcmp(args, "event"),
						   -1);
	t->tells = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->tells < 0)
		return -errno;
	return t->backend->native->destroy(t, false, t->tells);
}

static long cmd_state(const char *args, char *text)
{
	struct thing *t = parse_region(&args);
	uint32_t is, held;
	int domid;
	long ret;

	if (!t || sscanf(args, "%d", &domid) != 1)
		return -EBADMSG;
	ret = t->backend->native->wait(t, 0, domid, 0, &is, &held);
	if (ret)
		return ret;
	sprintf(text, "%u", held);
	return is;
}

static long cmd_wait_for(const char *args, char *text)
{
	struct thing *t = parse_region(&args);
	uint32_t is = 0, held = 0;
	unsigned int flags;
	int64_t start;
	long ms, ret;
	int domid;

	if (!t || sscanf(args, "%u %d %ld", &flags, &domid, &ms) != 3)
		return -EBADMSG;
	start = now_us();
	ret = t->backend->native->wait(t, flags, domid, in_time(ms) * NS_MS,
				       &is, &held);
	sprintf(text, "%u %u %lld", is, held, (long long)(now_us() - start));
	return ret;
}

static long cmd_told(const char *args, char *text)
{
	struct thing *t = parse_region(&args);
	struct gntalloc_native_event event;
	long ret;

	if (!t)
		return -EBADMSG;
	ret = native_polls(t->fd, (int)in_time(atoi(args)));
	if (ret <= 0)
		return ret;
	ret = t->backend->native->event(t, &event);
	if (ret < 0)
		return ret;
	sprintf(text, "%u %llu", event.type, (unsigned long long)event.id);
	return event.type == GNTALLOC_EVENT_GONE && event.id == t->id ?
	       1 : -EPROTO;
}

static long cmd_signalled(const char *args, char *text)
{
	struct thing *t = parse_region(&args);
	uint64_t count;

	(void)text;
	if (!t || t->tells < 0)
		return -EBADMSG;
	if (native_polls(t->tells, (int)in_time(atoi(args))) <= 0)
		return 0;
	return read(t->tells, &count, sizeof(count)) < 0 ? -errno :
	       (long)count;
}

static long cmd_restored(const char *args, char *text)
{
	struct thing *t = parse_region(&args);
	struct gntalloc_native_event event;
	void *volatile nowhere = NULL;
	long ret;

	if (!t)
		return -EBADMSG;
	ret = native_polls(t->fd, (int)in_time(atoi(args)));
	if (ret <= 0)
		return ret ? ret : -ETIMEDOUT;
	/*
	 * An event is not lost by a read to an address where nothing is mapped.
	 */
	if (read(t->fd, nowhere, sizeof(event)) >= 0 || errno != EFAULT)
		return -EPROTO;
	ret = t->backend->native->event(t, &event);
	if (ret < 0)
		return ret;
	sprintf(text, "%u", event.type);
	return event.type == GNTALLOC_EVENT_RESTORED ? (long)event.id :
	       -EPROTO;
}

static long cmd_next_event(const char *args, char *text)
{
	struct thing *t = parse_region(&args);
	struct gntalloc_native_event event;

	if (!t)
		return -EBADMSG;
	if (read(t->fd, &event, sizeof(event)) != sizeof(event))
		return -errno;
	sprintf(text, "%llu", (unsigned long long)event.id);
	return event.type;
}

static long wait_how(struct thing *t, const char *how)
{
	uint32_t flags = 0;

	if (!strcmp(how, "event"))
		return native_polls(t->fd, WAKE_MS) == 1 ? 0 : -ETIMEDOUT;
	if (!strcmp(how, "eventfd"))
		return native_polls(t->tells, WAKE_MS) == 1 ?
		       0 : -ETIMEDOUT;
	if (!strcmp(how, "gone"))
		flags = GNTALLOC_WAIT_GONE;
	else if (!strcmp(how, "released"))
		flags = GNTALLOC_WAIT_RELEASED;
	return flags ? t->backend->native->wait(t, flags, -1, WAKE_MS * NS_MS,
						NULL, NULL) : -EBADMSG;
}

/*
 * The time begins when the peer is told to release the pages, which is before
 * it does so. So it may be too long, but not too short, and one clock measures
 * all of it.
 */
static long cmd_wake(const char *args, char *text)
{
	struct thing *t = parse_region(&args);
	xenevtchn_handle *events = event_handle();
	unsigned int port;
	int64_t start;
	char how[16];
	long ret;

	(void)text;
	if (!t || !events || sscanf(args, "%u %15s", &port, how) != 2)
		return -EBADMSG;
	start = now_us();
	if (xenevtchn_notify(events, port) < 0)
		return -errno;
	ret = wait_how(t, how);
	return ret ? ret : now_us() - start;
}

static long cmd_die_waiting(const char *args, char *text)
{
	struct thing *t = parse_region(&args);
	pid_t pid = getpid();

	(void)text;
	if (!t)
		return -EBADMSG;
	if (!fork()) {
		sleep_ms(100);
		kill(pid, SIGKILL);
		_exit(0);
	}
	return t->backend->native->wait(t, GNTALLOC_WAIT_GONE, -1, -1, NULL,
					NULL);
}

static long cmd_release_on_event(const char *args, char *text)
{
	struct pollfd ready = { .events = POLLIN };
	xenevtchn_handle *events = event_handle();
	struct thing *t;
	size_t number;
	int ms, port;

	(void)text;
	if (!events || sscanf(args, "%zu %d", &number, &ms) != 2)
		return -EBADMSG;
	t = find_thing(number);
	if (!t)
		return -EBADMSG;
	ready.fd = xenevtchn_fd(events);
	if (poll(&ready, 1, (int)in_time(ms)) != 1)
		return -ETIMEDOUT;
	give_up_thing(t);
	port = xenevtchn_pending(events);
	if (port < 0 || xenevtchn_unmask(events, (evtchn_port_t)port) < 0)
		return -errno;
	return 0;
}

#define MOST_KWORKERS	500

struct kworker {
	int pid;
	long long ns;
};

/* The time of one process, or -1 if that is not a kworker of the kernel. */
static long long kworker_ns(const char *pid)
{
	char path[300], name[64] = "";
	long long ns = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file || !fgets(name, sizeof(name), file) ||
	    strncmp(name, "kworker/", 8)) {
		if (file)
			fclose(file);
		return -1;
	}
	fclose(file);
	snprintf(path, sizeof(path), "/proc/%s/schedstat", pid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%lld", &ns) != 1)
		ns = -1;
	if (file)
		fclose(file);
	return ns;
}

static long read_kworkers(struct kworker *all)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	long count = 0;
	long long ns;

	if (!processes)
		return -errno;
	while ((entry = readdir(processes)) && count < MOST_KWORKERS) {
		int pid = atoi(entry->d_name);

		ns = pid ? kworker_ns(entry->d_name) : -1;
		if (ns < 0)
			continue;
		all[count].pid = pid;
		all[count++].ns = ns;
	}
	closedir(processes);
	return count;
}

static long long ns_before(const struct kworker *before, long count, int pid)
{
	while (count--)
		if (before[count].pid == pid)
			return before[count].ns;
	return 0;
}

/*
 * The module's work runs in one of the kworkers, and the kernel does not say
 * in which. So a share that is computed from this may be too large. The kernel
 * starts and ends kworkers as it likes; those that have ended meanwhile are
 * left out, since most of their time was before.
 */
static long cmd_kworkers(const char *args, char *text)
{
	struct kworker before[MOST_KWORKERS], now[MOST_KWORKERS];
	long old, count, i;
	long long ns = 0;

	(void)text;
	old = read_kworkers(before);
	if (old < 0)
		return old;
	usleep((useconds_t)(atol(args) * 1000));
	count = read_kworkers(now);
	for (i = 0; i < count; i++)
		ns += now[i].ns - ns_before(before, old, now[i].pid);
	return count < 0 ? count : ns / 1000;
}

static long cmd_generation(const char *args, char *text)
{
	struct gntalloc_native_info info;
	int file = device_open();
	long ret;

	(void)args;
	(void)text;
	if (file < 0)
		return file;
	ret = native_info(file, &info);
	close(file);
	return ret ? ret : (long)info.generation;
}

static long cmd_only_for(const char *args, char *text)
{
	struct thing *t = parse_region(&args);
	uint16_t domid = (uint16_t)atoi(args);

	(void)text;
	if (!t)
		return -EBADMSG;
	return native_restrict(t->fd, GNTALLOC_RESTRICT_DOMIDS, 0, &domid, 1);
}

/* Grants one region again and again. Its grants stay. */
static long cmd_take_all(const char *args, char *text)
{
	const uint32_t most = 1024;
	int file = device_open();
	long got = 0;
	uint32_t run;
	int ret;

	(void)args;
	(void)text;
	ret = file < 0 ? file : native_create(file, most, NULL, NULL);
	if (ret)
		return ret;
	for (run = most; run; run /= 4) {
		while (!(ret = native_grant(file, 0, run, 0, 0, NULL)))
			got += run;
		if (ret != -ENOSPC)
			return ret;
	}
	return got;
}

/* Grants one page again and again. Its grants stay. */
static long cmd_take_singles(const char *args, char *text)
{
	static int file = -1;
	long got, most = strtol(args, NULL, 10);
	int ret = 0;

	(void)text;
	if (file < 0) {
		file = device_open();
		ret = file < 0 ? file : native_create_at(file, 0, 1, NULL);
		if (ret)
			return ret;
	}
	for (got = 0; got < most; got++) {
		ret = native_grant(file, 0, 1, 0, 0, NULL);
		if (ret)
			break;
	}
	return ret && ret != -ENOSPC ? ret : got;
}

#define DISK_SIZE	65536
#define DISK_MOST	1048576

static long cmd_read_disk(const char *args, char *text)
{
	static char bytes[DISK_MOST] __attribute__((aligned(4096)));
	char path[32] = "/dev/";
	size_t size = DISK_SIZE;
	long ms, end;
	int fd;

	(void)text;
	if (sscanf(args, "%15s %ld %zu", path + strlen(path), &ms, &size) < 2 ||
	    size > DISK_MOST)
		return -EBADMSG;
	end = now_ms() + ms;
	if (system("modprobe xen-blkfront"))
		return -ENODEV;
	while ((fd = open(path, O_RDWR | O_CLOEXEC | O_DIRECT)) < 0) {
		if (now_ms() > end)
			return -errno;
		sleep_ms(20);
	}
	if (pread(fd, bytes, size, 0) != (ssize_t)size ||
	    memcmp(bytes, "gntalloc\ngntalloc\n", 18) ||
	    pwrite(fd, bytes, DISK_SIZE, DISK_SIZE) != DISK_SIZE) {
		close(fd);
		return -EIO;
	}
	close(fd);
	return 0;
}

static long cmd_headroom(const char *args, char *text)
{
	(void)text;
	return device_write_parameter("headroom", args);
}

const struct command native_commands[] = {
	{ "grant", cmd_grant },
	{ "revoke", cmd_revoke_from },
	{ "destroy", cmd_destroy },
	{ "state", cmd_state },
	{ "wait", cmd_wait_for },
	{ "told", cmd_told },
	{ "signalled", cmd_signalled },
	{ "restored", cmd_restored },
	{ "next_event", cmd_next_event },
	{ "wake", cmd_wake },
	{ "release_on_event", cmd_release_on_event },
	{ "die_waiting", cmd_die_waiting },
	{ "kworkers", cmd_kworkers },
	{ "generation", cmd_generation },
	{ "only_for", cmd_only_for },
	{ "take_all", cmd_take_all },
	{ "take_singles", cmd_take_singles },
	{ "read_disk", cmd_read_disk },
	{ "headroom", cmd_headroom },
	{ NULL, NULL }
};
