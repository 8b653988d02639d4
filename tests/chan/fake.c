// SPDX-License-Identifier: GPL-2.0-or-later
/* The Xen of the tests: see fake.h. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <gntshare.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <xenevtchn.h>
#include <xenstore.h>

#include "fake.h"

#define PAGE	4096u
#define GREFS	8192u
#define PORTS	64u
#define NODES	64u
#define ENDS	64u
#define DOMAINS	128u
#define PATH_SIZE	200u

/* How much later each look at the clock finds it when time flies. */
#define STEP	100

enum port_state { CLOSED, OPEN, UNBOUND, CONNECTED };

/* A gref is the number of its page, too. 0 is none. */
struct gref {
	bool live;
	uint32_t domid;		/* who may map it */
	uint32_t owner;
};

struct port {
	enum port_state state;
	int pid;
	uint32_t domid, remote, other;
	bool masked, pending;
};

struct node {
	char path[PATH_SIZE], text[32];
	unsigned int length;
	int reader;
};

/* What happens when a region, or a mapping, of a process ends: @who it is. */
struct end {
	int pid;
	const void *who;
	uint32_t gref, offset, actions, port;
};

struct shared {
	pthread_mutex_t lock;
	struct gref grefs[GREFS];
	uint32_t next_gref;
	struct port ports[PORTS];
	struct node nodes[NODES];
	struct end ends[ENDS];
	bool destroyed[DOMAINS];
	bool refuse_send_event, zombies;
	bool no_xenstore;
	unsigned int xenstore;	/* how often it has ended */
};

static struct shared *all;
static int memory = -1;
static int events[PORTS];	/* an eventfd for each port */
static uint32_t self;

/* Those of this process */
static unsigned int handles, files;
static unsigned int fail_at;
static int fail_with;
static bool failed;
static unsigned int busy;
static bool no_memory;
static bool flies;
static int64_t ahead;	/* of the system's clock, in milliseconds */
static void (*while_wiping)(void);

unsigned int fake_files(void)
{
	unsigned int count = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* A test may kill a process that has it. */
static void lock(void)
{
	if (pthread_mutex_lock(&all->lock) == EOWNERDEAD)
		pthread_mutex_consistent(&all->lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&all->lock);
}

void fake_begin(uint32_t domid)
{
	pthread_mutexattr_t attr;
	unsigned int i;

	all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(all, MAP_FAILED);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&all->lock, &attr);
	all->next_gref = 8;
	memory = memfd_create("pages", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(memory, GREFS * PAGE), 0);
	for (i = 1; i < PORTS; i++)
		events[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	self = domid;
	handles = 0;
	files = fake_files();
	fake_fail(0, 0);
	fake_let_time_fly(false);
}

void fake_assert_clean(void)
{
	ck_assert_uint_eq(handles, 0);
	ck_assert_uint_eq(fake_files(), files);
}

void fake_end(void)
{
	unsigned int i;

	fake_fail(0, 0);
	fake_assert_clean();
	ck_assert_uint_eq(fake_grefs(), 0);
	ck_assert_uint_eq(fake_ports(), 0);
	for (i = 0; i < ENDS; i++)
		ck_assert_int_eq(all->ends[i].pid, 0);
	for (i = 1; i < PORTS; i++)
		close(events[i]);
	close(memory);
	munmap(all, sizeof(*all));
}

void fake_expect_open_ports(unsigned int count)
{
	ck_assert_uint_eq(fake_ports(), count);
	fake_reap(getpid());
	handles -= count;
	files += count;
}

void fake_set_domain(uint32_t domid)
{
	self = domid;
}

void fake_fail(unsigned int nth, int err)
{
	fail_at = nth;
	fail_with = err;
	failed = false;
}

bool fake_failed(void)
{
	return failed;
}

static bool fails(void)
{
	if (!fail_at || --fail_at)
		return false;
	failed = true;
	errno = fail_with;
	return true;
}

void fake_refuse_memory(bool refuse)
{
	no_memory = refuse;
}

void fake_let_time_fly(bool fly)
{
	flies = fly;
}

void fake_while_wiping(void (*function)(void))
{
	while_wiping = function;
}

void fake_stop_xenstore(void)
{
	all->no_xenstore = true;
	all->xenstore++;
}

void fake_start_xenstore(void)
{
	all->no_xenstore = false;
}

void fake_set_busy(unsigned int count)
{
	busy = count;
}

void fake_refuse_send_event(bool refuse)
{
	all->refuse_send_event = refuse;
}

void fake_destroy_domain(uint32_t domid)
{
	all->destroyed[domid] = true;
}

void fake_keep_zombies(void)
{
	all->zombies = true;
}

unsigned int fake_grefs(void)
{
	unsigned int count = 0, i;

	for (i = 0; i < GREFS; i++)
		count += all->grefs[i].live;
	return count;
}

unsigned int fake_ports(void)
{
	unsigned int count = 0, i;

	for (i = 0; i < PORTS; i++)
		count += all->ports[i].state != CLOSED;
	return count;
}

void *fake_page(uint32_t gref)
{
	static void *pages[8];
	static unsigned int next;
	void **page = &pages[next++ % 8];

	if (*page)
		munmap(*page, PAGE);
	*page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory,
		     gref * PAGE);
	return *page;
}

/*
 * Functions of the system that the library calls, and that can fail. The linker
 * puts these in their place (--wrap), for the files of tests, too; so those call the
 * real ones.
 */
void *__wrap_calloc(size_t count, size_t size)
{
	return no_memory || fails() ? NULL : __real_calloc(count, size);
}

int __wrap_epoll_create1(int flags)
{
	return fails() ? -1 : __real_epoll_create1(flags);
}

int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	if (op == EPOLL_CTL_ADD && fails())
		return -1;
	return __real_epoll_ctl(epoll, op, fd, event);
}

int __wrap_timerfd_create(int clock, int flags)
{
	return fails() ? -1 : __real_timerfd_create(clock, flags);
}

int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new,
			   struct itimerspec *old)
{
	static const struct itimerspec often = {
		.it_value = { .tv_nsec = 1000000 },
		.it_interval = { .tv_nsec = 1000000 },
	};

	/* Nobody sets a timer that is not there. */
	ck_assert_int_ge(fd, 0);
	if (fails())
		return -1;
	return __real_timerfd_settime(fd, flags, flies ? &often : new, old);
}

int __wrap_madvise(void *address, size_t size, int advice)
{
	void (*function)(void) = while_wiping;

	if (advice == MADV_WIPEONFORK && fails())
		return -1;
	if (advice == MADV_WIPEONFORK && function) {
		while_wiping = NULL;
		function();
	}
	return __real_madvise(address, size, advice);
}

/* Only memory that the library makes for itself, and not what others map here. */
void *__wrap_mmap64(void *address, size_t size, int prot, int flags, int fd,
		    off64_t offset)
{
	if (prot != PROT_NONE && flags == (MAP_PRIVATE | MAP_ANONYMOUS) &&
	    fails())
		return MAP_FAILED;
	return __real_mmap64(address, size, prot, flags, fd, offset);
}

int __wrap_fcntl64(int fd, int command, ...)
{
	va_list args;
	int flags = 0;

	if (command == F_SETFL) {
		va_start(args, command);
		flags = va_arg(args, int);
		va_end(args);
	}
	if ((command == F_GETFL || command == F_SETFL) && fails())
		return -1;
	return __real_fcntl64(fd, command, flags);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = __real_clock_gettime(clock, now);
	int64_t more;

	if (result || clock != CLOCK_MONOTONIC)
		return result;
	more = __atomic_add_fetch(&ahead, flies ? STEP : 0, __ATOMIC_RELAXED);
	now->tv_sec += more / 1000;
	now->tv_nsec += more % 1000 * 1000000;
	now->tv_sec += now->tv_nsec / 1000000000;
	now->tv_nsec %= 1000000000;
	return 0;
}

/* Event channels */

/* With the lock. The device masks a port when it tells of an event. */
static void send_event(uint32_t port)
{
	struct port *p = &all->ports[port];

	if (p->state != CONNECTED)
		return;
	p = &all->ports[p->other];
	if (p->masked) {
		p->pending = true;
		return;
	}
	p->masked = true;
	eventfd_write(events[all->ports[port].other], 1);
}

void fake_send(uint32_t port)
{
	lock();
	send_event(all->ports[port].other);
	unlock();
}

/* Each handle has one port. */
struct xenevtchn_handle {
	uint32_t port;
	int fd;
};

/* One that is left open for good is no leak. */
static xenevtchn_handle *opened[PORTS];

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger,
				 unsigned int flags)
{
	struct xenevtchn_handle *h;
	uint32_t port = 1;
	eventfd_t count;

	(void)logger;
	(void)flags;
	if (fails())
		return NULL;
	h = __real_calloc(1, sizeof(*h));
	lock();
	while (all->ports[port].state != CLOSED)
		port++;
	ck_assert_uint_lt(port, PORTS);
	eventfd_read(events[port], &count);
	all->ports[port] = (struct port) {
		.state = OPEN, .pid = getpid(), .domid = self
	};
	unlock();
	h->port = port;
	h->fd = dup(events[port]);
	opened[port] = h;
	__atomic_add_fetch(&handles, 1, __ATOMIC_RELAXED);
	return h;
}

static void close_port(uint32_t port)
{
	struct port *p = &all->ports[port];

	if (p->state == CONNECTED)
		all->ports[p->other].state = UNBOUND;
	memset(p, 0, sizeof(*p));
}

int xenevtchn_close(xenevtchn_handle *h)
{
	lock();
	if (all->ports[h->port].pid == getpid())
		close_port(h->port);
	unlock();
	close(h->fd);
	free(h);
	__atomic_sub_fetch(&handles, 1, __ATOMIC_RELAXED);
	return 0;
}

int xenevtchn_fd(xenevtchn_handle *h)
{
	return h->fd;
}

int xenevtchn_notify(xenevtchn_handle *h, evtchn_port_t port)
{
	if (port != h->port) {
		errno = ENOTCONN;
		return -1;
	}
	lock();
	send_event(port);
	unlock();
	return 0;
}

xenevtchn_port_or_error_t xenevtchn_bind_unbound_port(xenevtchn_handle *h,
						      uint32_t domid)
{
	if (fails())
		return -1;
	lock();
	all->ports[h->port].state = UNBOUND;
	all->ports[h->port].remote = domid;
	unlock();
	return (xenevtchn_port_or_error_t)h->port;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *h,
						     uint32_t domid,
						     evtchn_port_t other)
{
	struct port *own = &all->ports[h->port], *p;

	if (fails())
		return -1;
	if (all->destroyed[domid % DOMAINS]) {
		errno = all->zombies ? EINVAL : ESRCH;
		return -1;
	}
	lock();
	p = other < PORTS ? &all->ports[other] : NULL;
	if (!p || p->state != UNBOUND || p->domid != domid ||
	    p->remote != self) {
		unlock();
		errno = EINVAL;
		return -1;
	}
	p->state = CONNECTED;
	own->state = CONNECTED;
	p->other = h->port;
	own->remote = domid;
	own->other = other;
	unlock();
	return (xenevtchn_port_or_error_t)h->port;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *h)
{
	eventfd_t count;

	return eventfd_read(h->fd, &count) ? -1 :
	       (xenevtchn_port_or_error_t)h->port;
}

int xenevtchn_unmask(xenevtchn_handle *h, evtchn_port_t port)
{
	struct port *p = &all->ports[port];

	ck_assert_uint_eq(h->port, port);
	lock();
	p->masked = p->pending;
	if (p->pending)
		eventfd_write(events[port], 1);
	p->pending = false;
	unlock();
	return 0;
}

/* The ends of pages */

static void carry_out(struct end *e)
{
	if (e->actions & GNTSHARE_NOTIFY_CLEAR_BYTE)
		((char *)fake_page(e->gref))[e->offset] = 0;
	if (e->actions & GNTSHARE_NOTIFY_SEND_EVENT)
		send_event(e->port);
	memset(e, 0, sizeof(*e));
}

static struct end *find_end(int pid, const void *who)
{
	unsigned int i;

	for (i = 0; i < ENDS; i++)
		if (all->ends[i].pid == pid && all->ends[i].who == who)
			return &all->ends[i];
	return NULL;
}

static int set_end(const void *who, uint32_t gref, size_t offset,
		   unsigned int actions, uint32_t port)
{
	struct end *e;
	int err = 0;

	if (fails())
		return -fail_with;
	lock();
	if ((actions & GNTSHARE_NOTIFY_SEND_EVENT) && all->refuse_send_event) {
		err = -EPERM;
	} else {
		e = find_end(0, NULL);
		ck_assert_ptr_nonnull(e);
		*e = (struct end) {
			getpid(), who, gref, (uint32_t)offset, actions, port
		};
	}
	unlock();
	return err;
}

static void end_page(int pid, const void *who)
{
	struct end *e = find_end(pid, who);

	if (e)
		carry_out(e);
}

void fake_reap(int pid)
{
	unsigned int i;

	lock();
	for (i = 0; i < ENDS; i++)
		if (all->ends[i].pid == pid)
			carry_out(&all->ends[i]);
	for (i = 0; i < GREFS; i++)
		if (all->grefs[i].owner == (uint32_t)pid)
			all->grefs[i].live = false;
	for (i = 1; i < PORTS; i++)
		if (all->ports[i].pid == pid)
			close_port(i);
	unlock();
}

/* Sharing */

struct gntshare {
	int pid;
};

struct gntshare_region {
	void *address;
	uint32_t pages;
	int pid;
	uint32_t grefs[];
};

int gntshare_open(struct gntshare **out, const char *path)
{
	ck_assert_ptr_null(path);
	if (fails())
		return -fail_with;
	*out = __real_calloc(1, sizeof(**out));
	(*out)->pid = getpid();
	__atomic_add_fetch(&handles, 1, __ATOMIC_RELAXED);
	return 0;
}

int gntshare_close(struct gntshare *share)
{
	free(share);
	__atomic_sub_fetch(&handles, 1, __ATOMIC_RELAXED);
	return 0;
}

int gntshare_region_share(struct gntshare *share, struct gntshare_region **out,
			  uint32_t domid, size_t pages, unsigned int flags)
{
	struct gntshare_region *r;
	uint32_t i;

	ck_assert_ptr_nonnull(share);
	ck_assert_uint_eq(flags, GNTSHARE_WRITABLE);
	if (fails())
		return -fail_with;
	r = __real_calloc(1, sizeof(*r) + pages * sizeof(*r->grefs));
	r->pages = (uint32_t)pages;
	r->pid = getpid();
	lock();
	ck_assert_uint_lt(all->next_gref + pages, GREFS);
	for (i = 0; i < pages; i++) {
		r->grefs[i] = all->next_gref++;
		all->grefs[r->grefs[i]] = (struct gref) {
			true, domid, (uint32_t)getpid()
		};
	}
	unlock();
	r->address = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, memory, r->grefs[0] * PAGE);
	__real_madvise(r->address, pages * PAGE, MADV_DONTFORK);
	__atomic_add_fetch(&handles, 1, __ATOMIC_RELAXED);
	*out = r;
	return 0;
}

void *gntshare_region_address(const struct gntshare_region *r)
{
	return r->address;
}

size_t gntshare_region_pages(const struct gntshare_region *r)
{
	return r->pages;
}

const uint32_t *gntshare_region_grefs(const struct gntshare_region *r)
{
	return r->grefs;
}

int gntshare_region_notify(struct gntshare_region *r, size_t offset,
			   unsigned int actions, uint32_t port)
{
	return set_end(r, r->grefs[0], offset, actions, port);
}

int gntshare_region_destroy(struct gntshare_region *r)
{
	uint32_t i;

	if (!r)
		return 0;
	/* In a child only the copy goes. */
	if (r->pid == getpid()) {
		lock();
		end_page(r->pid, r);
		for (i = 0; i < r->pages; i++)
			all->grefs[r->grefs[i]].live = false;
		unlock();
		munmap(r->address, r->pages * PAGE);
	}
	free(r);
	__atomic_sub_fetch(&handles, 1, __ATOMIC_RELAXED);
	return 0;
}

/* Mapping */

struct gntshare_mapper {
	int pid;
};

struct gntshare_mapping {
	char *address;
	size_t count;
	uint32_t gref;
	int pid;
};

int gntshare_mapper_open(struct gntshare_mapper **out, const char *path)
{
	ck_assert_ptr_null(path);
	if (fails())
		return -fail_with;
	*out = __real_calloc(1, sizeof(**out));
	__atomic_add_fetch(&handles, 1, __ATOMIC_RELAXED);
	return 0;
}

int gntshare_mapper_close(struct gntshare_mapper *mapper)
{
	if (!mapper)
		return 0;
	free(mapper);
	__atomic_sub_fetch(&handles, 1, __ATOMIC_RELAXED);
	return 0;
}

int gntshare_mapping_create(struct gntshare_mapper *mapper,
			    struct gntshare_mapping **out, uint32_t domid,
			    const uint32_t *grefs, size_t count,
			    unsigned int flags)
{
	struct gntshare_mapping *m;
	size_t i;

	(void)domid;
	ck_assert_ptr_nonnull(mapper);
	ck_assert_uint_eq(flags, GNTSHARE_WRITABLE);
	if (fails())
		return -fail_with;
	for (i = 0; i < count; i++)
		if (grefs[i] >= GREFS || !all->grefs[grefs[i]].live ||
		    all->grefs[grefs[i]].domid != self)
			return -EINVAL;
	m = __real_calloc(1, sizeof(*m));
	m->pid = getpid();
	m->count = count;
	m->gref = grefs[0];
	m->address = mmap(NULL, count * PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < count; i++)
		mmap(m->address + i * PAGE, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_FIXED, memory, grefs[i] * PAGE);
	__real_madvise(m->address, count * PAGE, MADV_DONTFORK);
	__atomic_add_fetch(&handles, 1, __ATOMIC_RELAXED);
	*out = m;
	return 0;
}

void *gntshare_mapping_address(const struct gntshare_mapping *m)
{
	return m->address;
}

int gntshare_mapping_notify(struct gntshare_mapping *m, size_t offset,
			    unsigned int actions, uint32_t port)
{
	return set_end(m, m->gref, offset, actions, port);
}

int gntshare_mapping_destroy(struct gntshare_mapping *m)
{
	if (!m)
		return 0;
	if (m->pid == getpid()) {
		lock();
		end_page(m->pid, m);
		unlock();
		munmap(m->address, m->count * PAGE);
	}
	free(m);
	__atomic_sub_fetch(&handles, 1, __ATOMIC_RELAXED);
	return 0;
}

/* Xenstore */

/* The xenstore to which this process has connected, by that number. */
static unsigned int connection;

struct xs_handle *xs_open(unsigned long flags)
{
	(void)flags;
	if (fails())
		return NULL;
	if (all->no_xenstore) {
		errno = ECONNREFUSED;
		return NULL;
	}
	connection = all->xenstore;
	return (struct xs_handle *)&connection;
}

/* The connection to a xenstore that has ended stays broken. */
static bool xenstore_fails(struct xs_handle *h)
{
	ck_assert_ptr_eq(h, &connection);
	if (connection == all->xenstore)
		return fails();
	errno = EBADF;
	return true;
}

/* A path that does not begin with a slash is below the domain's own folder. */
static void find_path(char whole[PATH_SIZE], const char *path)
{
	snprintf(whole, PATH_SIZE, "/local/domain/%u/%s", self, path);
	if (*path == '/')
		snprintf(whole, PATH_SIZE, "%s", path);
}

/* Who may not read a folder is not told whether something is there. */
static int missing(const char *path)
{
	char whole[PATH_SIZE], own[PATH_SIZE];

	find_path(whole, path);
	find_path(own, "");
	return strncmp(whole, own, strlen(own)) ? EACCES : ENOENT;
}

static struct node *find_node(const char *path, bool make)
{
	char whole[PATH_SIZE];
	unsigned int domid, i;

	find_path(whole, path);
	/* What a destroyed domain had there goes with it. */
	if (sscanf(whole, "/local/domain/%u/", &domid) == 1 &&
	    all->destroyed[domid % DOMAINS])
		return NULL;
	for (i = 0; i < NODES; i++)
		if (!strcmp(all->nodes[i].path, whole))
			return &all->nodes[i];
	for (i = 0; make && i < NODES; i++) {
		if (*all->nodes[i].path)
			continue;
		strcpy(all->nodes[i].path, whole);
		all->nodes[i].reader = -1;
		return &all->nodes[i];
	}
	return NULL;
}

const char *fake_node(const char *path)
{
	struct node *n = find_node(path, false);

	return n ? n->text : NULL;
}

int fake_node_reader(const char *path)
{
	return find_node(path, false)->reader;
}

void fake_put_bytes(const char *path, const void *bytes, size_t length)
{
	struct node *n = find_node(path, true);

	ck_assert_uint_lt(length, sizeof(n->text));
	memset(n->text, 0, sizeof(n->text));
	memcpy(n->text, bytes, length);
	n->length = (unsigned int)length;
}

void fake_put_node(const char *path, const char *text)
{
	fake_put_bytes(path, text, strlen(text));
}

void fake_remove_nodes(const char *path)
{
	char whole[PATH_SIZE];
	unsigned int i;

	find_path(whole, path);
	for (i = 0; i < NODES; i++)
		if (!strncmp(all->nodes[i].path, whole, strlen(whole)))
			*all->nodes[i].path = '\0';
}

/*
 * What was there before a transaction. It is copied back if that is given up. No
 * other process may write in between.
 */
static struct node before[NODES];
static bool changed;

static void begin_change(xs_transaction_t t)
{
	if (t == XBT_NULL || changed)
		return;
	memcpy(before, all->nodes, sizeof(before));
	changed = true;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
	      unsigned int *len)
{
	struct node *n;
	char *text = NULL;

	(void)t;
	if (xenstore_fails(h))
		return NULL;
	if (!strcmp(path, "domid")) {
		text = malloc(16);
		*len = (unsigned int)snprintf(text, 16, "%u", self);
		return text;
	}
	lock();
	n = find_node(path, false);
	if (n) {
		text = malloc(sizeof(n->text));
		memcpy(text, n->text, sizeof(n->text));
		*len = n->length;
	}
	unlock();
	if (!text)
		errno = missing(path);
	return text;
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path,
	      const void *data, unsigned int len)
{
	if (xenstore_fails(h))
		return false;
	lock();
	begin_change(t);
	fake_put_bytes(path, data, len);
	unlock();
	return true;
}

bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	return xs_write(h, t, path, "", 0);
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	bool there;

	if (xenstore_fails(h))
		return false;
	lock();
	begin_change(t);
	there = find_node(path, false);
	if (there)
		fake_remove_nodes(path);
	else
		errno = missing(path);
	unlock();
	return there;
}

bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t,
			const char *path, struct xs_permissions *perms,
			unsigned int count)
{
	if (xenstore_fails(h))
		return false;
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(perms[0].id, self);
	ck_assert_uint_eq(perms[0].perms, XS_PERM_NONE);
	ck_assert_uint_eq(perms[1].perms, XS_PERM_READ);
	begin_change(t);
	find_node(path, false)->reader = (int)perms[1].id;
	return true;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	return xenstore_fails(h) ? XBT_NULL : 1;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	bool ended = true;

	(void)t;
	if (!abort && busy) {
		busy--;
		errno = EAGAIN;
		ended = false;
	} else if (xenstore_fails(h)) {
		ended = false;
	}
	lock();
	if (changed && (abort || !ended))
		memcpy(all->nodes, before, sizeof(before));
	changed = false;
	unlock();
	return ended;
}

bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid)
{
	return !xenstore_fails(h) && !all->destroyed[domid % DOMAINS];
}
