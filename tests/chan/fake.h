/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Xen of the tests of channels: what libgntshare, libxenevtchn and libxenstore
 * do of it, in memory that the processes of a test share. Each process is a domain,
 * or several are one.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct epoll_event;
struct itimerspec;

/* Begin a test: nothing is there, and this process is in domain @domid. */
void fake_begin(uint32_t domid);

/* End it: fails if this process has anything left. */
void fake_end(void);

/* This process has no handle and no more files than at the beginning. */
void fake_assert_clean(void);

/* So many event channels are left open, which the test does not close. */
void fake_expect_open_ports(unsigned int count);

/* How many files this process has open. */
unsigned int fake_files(void);

/* This process is in that domain from now on. */
void fake_set_domain(uint32_t domid);

/* What the kernel does when a process has ended without closing anything. */
void fake_reap(int pid);

/* A domain is destroyed: xenstore does not know it any more. */
void fake_destroy_domain(uint32_t domid);

/* Xen knows destroyed domains, as long as somebody has a page of them. */
void fake_keep_zombies(void);

/*
 * Let the @nth call from now on fail with @err: those of the devices, of xenstore
 * and of the system, but not those that close or destroy. 0 is none.
 */
void fake_fail(unsigned int nth, int err);
bool fake_failed(void);

/* Let all allocations of memory of this process fail, with ENOMEM. */
void fake_refuse_memory(bool refuse);

/*
 * Each look at the clock finds it 100 ms later, and timers that are set tick all the
 * time. So nothing that xenstore has told is believed for a while.
 */
void fake_let_time_fly(bool fly);

/* Call this once, when the library makes memory that a child has no copy of. */
void fake_while_wiping(void (*function)(void));

/* Xenstore ends; and another one begins, to which nobody is connected yet. */
void fake_stop_xenstore(void);
void fake_start_xenstore(void);

/* Let the next @count transactions of xenstore fail, since somebody was faster. */
void fake_set_busy(unsigned int count);

/* Refuse to send events when a side has ended, as a restricted descriptor does. */
void fake_refuse_send_event(bool refuse);

/* A node of xenstore, and who may read it; NULL if there is none. */
const char *fake_node(const char *path);
int fake_node_reader(const char *path);
void fake_put_node(const char *path, const char *text);
void fake_put_bytes(const char *path, const void *bytes, size_t length);

/* The node is gone, and all whose paths begin with this one. */
void fake_remove_nodes(const char *path);

/* The page that has the lowest gref, as both sides have it. */
void *fake_page(uint32_t gref);

/* How many grefs live, and how many ports are open. */
unsigned int fake_grefs(void);
unsigned int fake_ports(void);

/* Send an event to a port, as a side that sends many of them. */
void fake_send(uint32_t port);

/* The functions that the linker puts in the place of the system's, and those. */
void *__real_calloc(size_t count, size_t size);
int __real_epoll_create1(int flags);
int __real_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
int __real_timerfd_create(int clock, int flags);
int __real_timerfd_settime(int fd, int flags, const struct itimerspec *new,
			   struct itimerspec *old);
int __real_madvise(void *address, size_t size, int advice);
void *__real_mmap64(void *address, size_t size, int prot, int flags, int fd,
		    off64_t offset);
int __real_fcntl64(int fd, int command, ...);
int __real_clock_gettime(clockid_t clock, struct timespec *now);

void *__wrap_calloc(size_t count, size_t size);
int __wrap_epoll_create1(int flags);
int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
int __wrap_timerfd_create(int clock, int flags);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new,
			   struct itimerspec *old);
int __wrap_madvise(void *address, size_t size, int advice);
void *__wrap_mmap64(void *address, size_t size, int prot, int flags, int fd,
		    off64_t offset);
int __wrap_fcntl64(int fd, int command, ...);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

#endif /* FAKE_H */
