// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device under test, used by bare system calls.
 */
#include "device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#define COUNTERS	"/sys/class/misc/xen!gntalloc/"
#define MODULE		"/sys/module/xen_gntalloc"

static int result(long ret)
{
	return ret < 0 ? -errno : (int)ret;
}

bool kernel_since(int major, int minor)
{
	struct utsname kernel;
	int is_major, is_minor;

	if (uname(&kernel) ||
	    sscanf(kernel.release, "%d.%d.", &is_major, &is_minor) != 2)
		abort();
	return is_major > major || (is_major == major && is_minor >= minor);
}

static int from_environment(const char *name)
{
	const char *text = getenv(name);
	int n = text ? atoi(text) : 1;

	return n > 1 ? n : 1;
}

int slowness(void)
{
	return from_environment("SLOWNESS");
}

int patience(void)
{
	return from_environment("CK_TIMEOUT_MULTIPLIER");
}

long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void sleep_ms(long milliseconds)
{
	struct timespec ts = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000,
	};

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

int device_open(void)
{
	return result(open(DEVICE_PATH, O_RDWR | O_CLOEXEC));
}

int device_alloc_2010(int fd, uint16_t domid, uint32_t readonly,
		      uint32_t *gref, uint32_t *page_idx)
{
	struct gntalloc_2010_alloc arg = {
		.foreign_domid = domid,
		.readonly = readonly,
	};

	if (ioctl(fd, GNTALLOC_2010_ALLOC, &arg) < 0)
		return -errno;
	if (gref)
		*gref = arg.gref_id;
	if (page_idx)
		*page_idx = arg.page_idx;
	return 0;
}

int device_dealloc_2010(int fd, uint32_t gref)
{
	struct gntalloc_2010_dealloc arg = { .gref_id = gref };

	return result(ioctl(fd, GNTALLOC_2010_DEALLOC, &arg));
}

int device_alloc(int fd, uint16_t domid, uint16_t flags, uint32_t count,
		 uint64_t *index, uint32_t *grefs)
{
	size_t size = sizeof(struct gntalloc_2011_alloc) +
		      (size_t)count * sizeof(uint32_t);
	struct gntalloc_2011_alloc *arg = calloc(1, size);
	int ret = 0;

	if (!arg)
		return -ENOMEM;
	arg->domid = domid;
	arg->flags = flags;
	arg->count = count;
	if (ioctl(fd, GNTALLOC_2011_ALLOC, arg) < 0) {
		ret = -errno;
	} else {
		if (index)
			*index = arg->index;
		if (grefs)
			memcpy(grefs, arg->gref_ids,
			       (size_t)count * sizeof(uint32_t));
	}
	free(arg);
	return ret;
}

int device_dealloc(int fd, uint64_t index, uint32_t count)
{
	struct gntalloc_2011_dealloc arg = { .index = index, .count = count };

	return result(ioctl(fd, GNTALLOC_2011_DEALLOC, &arg));
}

int device_notify(int fd, uint64_t index, uint32_t action, uint32_t port)
{
	struct gntalloc_2011_notify arg = {
		.index = index,
		.action = action,
		.event_channel_port = port,
	};

	return result(ioctl(fd, GNTALLOC_2011_NOTIFY, &arg));
}

int device_map(int fd, uint64_t index, size_t pages, void **address)
{
	void *mapped = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, (off_t)index);

	if (mapped == MAP_FAILED)
		return -errno;
	*address = mapped;
	return 0;
}

/* The device, or a dma-buf, which may be of its pages */
static bool is_ours(const char *path)
{
	return strstr(path, DEVICE_PATH) || strstr(path, "/dmabuf:");
}

static void unmap_all(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long start, end;

		if (is_ours(line) &&
		    sscanf(line, "%lx-%lx", &start, &end) == 2)
			munmap((void *)start, end - start);
	}
	if (maps)
		fclose(maps);
}

void device_let_go(void)
{
	DIR *links = opendir("/proc/self/fd");
	char target[64];
	struct dirent *entry;

	unmap_all();
	while (links && (entry = readdir(links))) {
		ssize_t n = readlinkat(dirfd(links), entry->d_name, target,
				       sizeof(target) - 1);

		if (n < 0)
			continue;
		target[n] = '\0';
		if (is_ours(target))
			close(atoi(entry->d_name));
	}
	if (links)
		closedir(links);
}

char *cliff(void)
{
	char *address = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (address == MAP_FAILED)
		abort();
	munmap(address + PAGE, PAGE);
	return address + PAGE;
}

bool memory_is(const void *address, unsigned char byte, size_t size)
{
	const unsigned char *bytes = address;

	return bytes[0] == byte && !memcmp(bytes, bytes + 1, size - 1);
}

int device_read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, text, size - 1);
	if (got < 0)
		got = -errno;
	close(fd);
	if (got < 0)
		return (int)got;
	text[got] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

long device_counter(const char *name)
{
	char path[128], text[32];
	int ret;

	snprintf(path, sizeof(path), COUNTERS "%s", name);
	ret = device_read_text(path, text, sizeof(text));
	return ret < 0 ? ret : strtol(text, NULL, 10);
}

long device_await(const char *name, long value, long milliseconds)
{
	long start = now_ms();

	for (;;) {
		long is = device_counter(name);
		long spent = now_ms() - start;

		if (is < 0)
			return is;
		if (is == value)
			return spent;
		if (spent > milliseconds * slowness())
			return -ETIMEDOUT;
		sleep_ms(5);
	}
}

long device_read_number(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	const size_t length = strlen(name);
	long value = -ENODATA;
	char line[256];

	if (!file)
		return -errno;
	while (value == -ENODATA && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, length) && line[length] == ':')
			value = strtol(line + length + 1, NULL, 10);
	fclose(file);
	return value;
}

long pinned_pages(void)
{
	long kb = device_read_number("/proc/self/status", "VmPin");

	return kb < 0 ? kb : kb * 1024 / (long)PAGE;
}

static void parameter_path(char *path, size_t size, const char *name)
{
	snprintf(path, size, MODULE "/parameters/%s", name);
}

int device_read_parameter(const char *name, char *text, size_t size)
{
	char path[128];

	parameter_path(path, sizeof(path), name);
	return device_read_text(path, text, size);
}

int device_write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int device_write_parameter(const char *name, const char *text)
{
	char path[128];

	parameter_path(path, sizeof(path), name);
	return device_write_text(path, text);
}

long long device_limit(void)
{
	char text[32];
	int ret = device_read_parameter("limit", text, sizeof(text));

	return ret < 0 ? ret : strtoll(text, NULL, 10);
}

int device_set_limit(long long limit)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", limit);
	return device_write_parameter("limit", text);
}

int module_loaded(char *version, size_t size)
{
	char state[16];

	if (version) {
		version[0] = '\0';
		device_read_text(MODULE "/version", version, size);
	}
	return device_read_text(MODULE "/initstate", state, sizeof(state)) == 0;
}

int module_unload(void)
{
	return result(syscall(SYS_delete_module, "xen_gntalloc", O_NONBLOCK));
}

int module_load(const char *parameters)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "modprobe xen-gntalloc %s 2>/dev/null", parameters);
	return system(command) ? -EINVAL : 0;
}
