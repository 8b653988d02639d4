/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker: a process that does in one domain what a test asks for.
 *
 * A request is "command arguments", a reply is "result text". Each is one
 * packet on a SOCK_SEQPACKET socket. A negative result is -errno. A worker
 * keeps what it has made in numbered things, and dies with its test.
 */
#ifndef VM_WORKER_H
#define VM_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "grefs.h"

#define WIRE_MAX	1800	/* bytes in a packet; fits a xenstore node */

/* What a test gets when the worker died before its reply. */
#define WORKER_DIED	(-ECHILD)

/* Forks a worker. Returns its pid, and the test's end of its socket in @fd. */
pid_t worker_fork(int *fd);

/* A command. @args is what follows its name, and @text what the reply adds. */
struct command {
	const char *name;
	long (*run)(const char *args, char *text);
};

extern const struct command page_commands[];
extern const struct command event_commands[];
extern const struct command module_commands[];
extern const struct command vchan_commands[];
extern const struct command channel_commands[];
extern const struct command native_commands[];
extern const struct command library_commands[];
extern const struct command memory_commands[];
extern const struct command race_commands[];
extern const struct command domain_commands[];
extern const struct command tool_commands[];

struct camera;

/* Something that a worker has made: pages that it has shared or mapped. */
struct thing {
	const struct backend *backend;	/* NULL: this slot is free */
	char *address;
	size_t pages;
	uint32_t *grefs;		/* of shared pages */
	int fd;			/* of the bare device, or the library's */
	uint64_t index;
	uint64_t id;		/* of a region of the native level */
	int tells;		/* the eventfd for its end, or -1 */
	int memfd;		/* whose pages a region has, or -1 */
	bool dmabuf;		/* it is a dma-buf, and no memfd */
	struct camera *camera;	/* that fills it, or NULL */
	void *handle;		/* a library's allocator or mapper */
	void *object;		/* the library's region or mapping */
	bool notifies;		/* notifies from the start: libxengnttab */
	uint32_t offset;	/* the byte to clear then */
	uint32_t port;		/* the event channel to signal */
};

/*
 * The backends by which a worker can share pages, or map those of a peer. A
 * backend has either @share or @map. A function that it lacks is NULL.
 */
struct backend {
	const char *name;
	long (*share)(struct thing *t, uint16_t peer, bool writable);
	long (*map)(struct thing *t, uint16_t owner, bool writable);
	long (*notify)(struct thing *t, uint64_t offset, uint32_t actions,
		       uint32_t port);
	long (*dealloc)(struct thing *t, size_t first, size_t count);
	/* Closes only the descriptor, or the handle that has it. */
	long (*close)(struct thing *t);
	/* Gives up all that is left, in the right order. */
	long (*give_up)(struct thing *t);
	/* What the native level can do with a region, besides these. */
	const struct native_backend *native;
};

struct gntalloc_native_event;

/* Flags and states are the device's numbers; the library's are the same. */
struct native_backend {
	long (*grant)(struct thing *t, uint32_t first, uint32_t pages,
		      uint16_t domid, uint32_t flags, uint32_t *grefs);
	/* Returns how many entries that peer still holds. */
	long (*revoke)(struct thing *t, uint32_t first, uint32_t pages,
		       uint16_t domid);
	/* @tells is an eventfd to signal, or -1. */
	long (*destroy)(struct thing *t, bool event, int tells);
	/* @domid is -1 for any peer. */
	long (*wait)(struct thing *t, uint32_t flags, int domid, int64_t ns,
		     uint32_t *state, uint32_t *held);
	long (*event)(struct thing *t, struct gntalloc_native_event *event);
};

extern const struct backend share_2010, share_2011, share_gntshare;
extern const struct backend share_xengntshr;
extern const struct backend map_gntdev, map_gntshare, map_xengnttab, map_dmabuf;
extern const struct backend share_native, share_regions, share_beside;
extern const struct backend share_memory, share_memfd;
extern const struct backend share_vgem, share_heap, share_udmabuf, share_camera;

/* For the commands in other files. NULL means that there is no such thing. */
struct thing *find_thing(size_t number);
/* Reads THING, and moves @args to the argument after it. */
struct thing *parse_thing(const char **args);
long give_up_thing(struct thing *t);

/*
 * A new thing has no backend until pages are shared or mapped. finish_share()
 * shares them, and returns the thing's number, or -errno after it has forgotten
 * the thing.
 */
struct thing *new_thing(size_t pages);
long finish_share(struct thing *t, const struct backend *backend,
		  unsigned int peer, bool writable, char *text);
long thing_number(const struct thing *t);

/* This worker's handle for event channels, or NULL if there can be none. */
struct xenevtchn_handle *event_handle(void);

#endif
