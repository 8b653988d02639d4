// SPDX-License-Identifier: GPL-2.0-or-later
/* The native level of the fake gntalloc, which behaves like the module's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "fake_internal.h"

#define RUN_IS_WRONG(op) \
	(!(op)->pages || (op)->offset % FAKE_PAGE_SIZE || \
	 (op)->domid >= GNTALLOC_DOMID_FIRST_RESERVED)

static int native_info(struct fake_file *file, void *arg)
{
	struct gntalloc_native_info *op = arg;

	/* Each open file counts as another user: user_pages are the file's. */
	*op = (struct gntalloc_native_info){
		.features = 1ull << 40 |
			    (fake.lesser_driver ? 0 :
			     GNTALLOC_FEATURE_CONSECUTIVE |
			     GNTALLOC_FEATURE_GENERATION |
			     GNTALLOC_FEATURE_MEMORY |
			     GNTALLOC_FEATURE_DMABUF),
		.generation = fake.generation,
		.limit = FAKE_LIMIT,
		.quota = FAKE_QUOTA,
		.pages = fake.pages_used,
		.entries = fake.entries_used,
		.user_pages = fake_file_pages(file),
		.user_entries = fake_file_entries(file),
		.headroom = FAKE_HEADROOM,
	};
	for (int i = 0; i < FAKE_GRANTS; i++)
		op->draining += file->entries[i].used &&
				!file->entries[i].grant.live;
	return 0;
}

static bool create_is_wrong(const struct gntalloc_native_create *op)
{
	const uint32_t known = GNTALLOC_CREATE_FIXED | GNTALLOC_CREATE_MEMORY |
			       GNTALLOC_CREATE_WRITABLE |
			       GNTALLOC_CREATE_DMABUF;
	const bool memory = op->flags & GNTALLOC_CREATE_MEMORY;
	const bool dmabuf = op->flags & GNTALLOC_CREATE_DMABUF;

	if ((op->flags & ~known) || !op->pages || op->reserved ||
	    (memory && dmabuf) || (op->fd && !dmabuf) ||
	    ((op->flags & GNTALLOC_CREATE_FIXED) &&
	     op->offset % FAKE_PAGE_SIZE))
		return true;
	if (memory || dmabuf)
		return op->address % FAKE_PAGE_SIZE;
	return op->address || (op->flags & GNTALLOC_CREATE_WRITABLE);
}

static int native_create(struct fake_file *file, void *arg)
{
	struct gntalloc_native_create *op = arg;
	struct fake_region *region;
	uint64_t offset = op->offset;
	bool fixed = op->flags & GNTALLOC_CREATE_FIXED;
	bool memory = op->flags & GNTALLOC_CREATE_MEMORY;
	bool dmabuf = op->flags & GNTALLOC_CREATE_DMABUF;
	bool writable = op->flags & GNTALLOC_CREATE_WRITABLE;
	char first[FAKE_LIMIT];
	uint32_t i;
	int err;

	if (create_is_wrong(op))
		return fake_nonsense("CREATE");
	if (file->restriction.flags & GNTALLOC_RESTRICT_NO_CREATE)
		return -EPERM;
	err = fake_charge(file, op->pages, 0);
	if (!err && memory)
		err = fake_memory_pin(op->address, op->pages, writable, first);
	if (!err && dmabuf)
		err = fake_dmabuf_pages(op->fd, op->address, op->pages,
					writable, first);
	if (err)
		return err;
	region = fake_region_create(file, op->pages, fixed ? &offset : NULL,
				    &err);
	if (!region)
		return err;
	for (i = 0; (memory || dmabuf) && i < op->pages; i++) {
		struct fake_page *page = &file->pages[region->first + i];

		page->memory = true;
		page->writable = writable;
		page->first = first[i];
	}
	region->id = ++file->last_id;
	op->id = region->id;
	op->offset = (uint64_t)region->first * FAKE_PAGE_SIZE;
	return 0;
}

bool fake_may_grant(const struct fake_file *file, uint16_t domid)
{
	const struct fake_restriction *restriction = &file->restriction;
	uint32_t i;

	if (restriction->flags & GNTALLOC_RESTRICT_NO_CREATE)
		return false;
	for (i = 0; i < restriction->count; i++) {
		if (restriction->domids[i] == domid)
			return true;
	}
	return !(restriction->flags & GNTALLOC_RESTRICT_DOMIDS);
}

static uint16_t granted(uint32_t pages, bool consecutive)
{
	return consecutive || pages == 1 ? GNTALLOC_GRANTED_CONSECUTIVE : 0;
}

static int native_grant(struct fake_file *file, void *arg)
{
	struct gntalloc_native_grant *op = arg;
	const uint32_t known = GNTALLOC_GRANT_WRITABLE |
			       GNTALLOC_GRANT_CONSECUTIVE;
	uint64_t first = op->offset / FAKE_PAGE_SIZE;
	bool consecutive = op->flags & GNTALLOC_GRANT_CONSECUTIVE;
	uint32_t *grefs = (uint32_t *)(uintptr_t)op->grefs;
	const struct fake_grant grant = {
		.domid = op->domid,
		.writable = op->flags & GNTALLOC_GRANT_WRITABLE,
		.offset = op->offset,
	};
	struct fake_region *region;
	int err;

	if ((op->flags & ~known) || RUN_IS_WRONG(op))
		return fake_nonsense("GRANT");
	if (!fake_may_grant(file, op->domid))
		return -EPERM;
	region = fake_region_at(file, first, op->pages);
	if (!region || !fake_allocated(file, first, op->pages))
		return -ENOENT;
	if (grant.writable && fake_is_readonly(&file->pages[first]))
		return -EACCES;
	if (fake_charge(file, 0, op->pages))
		return -EDQUOT;
	if (fake.entries_used + op->pages > fake.table)
		return -ENOSPC;
	err = fake_region_grant(file, region, &grant, op->pages, consecutive,
				grefs);
	op->first_gref = grefs[0];
	op->answer = granted(op->pages, consecutive);
	return err;
}

static int native_share(struct fake_file *file, void *arg)
{
	struct gntalloc_native_share *op = arg;
	uint32_t *grefs = (uint32_t *)(uintptr_t)op->grefs;
	struct fake_region *region;
	struct fake_grant grant;
	int err;

	/* The library uses no other flag, and no offset. */
	if ((op->flags & ~GNTALLOC_SHARE_WRITABLE) || op->offset ||
	    RUN_IS_WRONG(op))
		return fake_nonsense("SHARE");
	if (!fake_may_grant(file, op->domid))
		return -EPERM;
	err = fake_charge(file, op->pages, op->pages);
	if (err)
		return err;
	if (fake.entries_used + op->pages > fake.table)
		return -ENOSPC;
	region = fake_region_create(file, op->pages, NULL, &err);
	if (!region)
		return err;
	region->id = ++file->last_id;
	op->id = region->id;
	op->offset = (uint64_t)region->first * FAKE_PAGE_SIZE;
	grant = (struct fake_grant){
		.domid = op->domid,
		.writable = op->flags & GNTALLOC_SHARE_WRITABLE,
		.offset = op->offset,
	};
	err = fake_region_grant(file, region, &grant, op->pages, false, grefs);
	op->first_gref = grefs[0];
	op->answer = granted(op->pages, false);
	return err;
}

static int native_revoke(struct fake_file *file, void *arg)
{
	struct gntalloc_native_revoke *op = arg;
	uint64_t first = op->offset / FAKE_PAGE_SIZE;
	struct fake_region *region;
	bool found = false;
	int i;

	if (op->flags || op->reserved || RUN_IS_WRONG(op))
		return fake_nonsense("REVOKE");
	region = fake_region_at(file, first, op->pages);
	if (!region)
		return -ENOENT;
	for (i = 0; i < FAKE_GRANTS; i++) {
		struct fake_entry *entry = &file->entries[i];

		if (!entry->used || !entry->grant.live ||
		    entry->grant.domid != op->domid || entry->page < first ||
		    entry->page - first >= op->pages)
			continue;
		fake_entry_end(file, entry);
		found = true;
	}
	if (!found)
		return -ENOENT;
	op->held = fake_region_held(file, region, op->domid);
	return 0;
}

/* Returns a duplicate of an eventfd, or the error if @fd is none. */
static int eventfd_get(int fd)
{
	char link[64], path[64];
	ssize_t length;

	if (fcntl(fd, F_GETFD) < 0)
		return -EBADF;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return fake_nonsense("/proc");
	link[length] = '\0';
	return strcmp(link, "anon_inode:[eventfd]") ? -EINVAL : dup(fd);
}

static int native_destroy(struct fake_file *file, void *arg)
{
	const struct gntalloc_native_destroy *op = arg;
	const uint32_t known = GNTALLOC_DESTROY_EVENT |
			       GNTALLOC_DESTROY_EVENTFD;
	struct fake_region *region;
	uint32_t i, first, count;
	int eventfd = 0;

	if ((op->flags & ~known) ||
	    (op->eventfd && !(op->flags & GNTALLOC_DESTROY_EVENTFD)))
		return fake_nonsense("DESTROY");
	if (op->flags & GNTALLOC_DESTROY_EVENTFD) {
		eventfd = eventfd_get(op->eventfd);
		if (eventfd < 0)
			return eventfd;
	}
	region = fake_region_find(file, op->id);
	if (!region || !region->published) {
		if (eventfd)
			close(eventfd);
		return -ENOENT;
	}
	region->published = false;
	region->event = op->flags & GNTALLOC_DESTROY_EVENT;
	region->eventfd = eventfd;
	first = region->first;
	count = region->count;
	for (i = first; i < first + count; i++) {
		if (file->owners[i] == region && file->pages[i].allocated)
			fake_page_put(file, i, false);
	}
	return 0;
}

/*
 * Returns 1 if @op need not wait any longer, 0 if it has to, or an error. Fills
 * in the answer of @op.
 */
static int wait_over(struct fake_file *file, struct gntalloc_native_wait *op)
{
	int domid = op->flags & GNTALLOC_WAIT_DOMID ? op->domid : -1;
	struct fake_region *region = fake_region_find(file, op->id);

	op->held = 0;
	op->state = GNTALLOC_STATE_GONE;
	if (!region)
		return op->id && op->id <= file->last_id ? 1 : -ENOENT;
	op->held = fake_region_held(file, region, domid);
	op->state = fake_region_lives(file, region) ? GNTALLOC_STATE_LIVE :
						      GNTALLOC_STATE_DRAINING;
	if (op->flags & GNTALLOC_WAIT_GONE)
		return 0;
	return !(op->flags & GNTALLOC_WAIT_RELEASED) || !op->held;
}

static int native_wait(struct fake_file *file, void *arg)
{
	struct gntalloc_native_wait *op = arg;
	const uint32_t known = GNTALLOC_WAIT_RELEASED | GNTALLOC_WAIT_GONE |
			       GNTALLOC_WAIT_DOMID;
	struct timespec end;
	int over;

	if ((op->flags & ~known) || op->reserved ||
	    (op->domid && !(op->flags & GNTALLOC_WAIT_DOMID)))
		return fake_nonsense("WAIT");
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (op->timeout > 0) {
		end.tv_sec += op->timeout / 1000000000;
		end.tv_nsec += op->timeout % 1000000000;
		end.tv_sec += end.tv_nsec / 1000000000;
		end.tv_nsec %= 1000000000;
	}
	while (!(over = wait_over(file, op))) {
		if (fake_sleep(op->timeout < 0 ? NULL : &end))
			return wait_over(file, op) ? 0 : -ETIMEDOUT;
	}
	return over < 0 ? over : 0;
}

static int native_restrict(struct fake_file *file, void *arg)
{
	const struct gntalloc_native_restrict *op = arg;
	const uint32_t restrictions = GNTALLOC_RESTRICT_NO_CREATE |
				      GNTALLOC_RESTRICT_PAGES |
				      GNTALLOC_RESTRICT_DOMIDS;
	const uint32_t known = restrictions | GNTALLOC_RESTRICT_KEEP_SEND_EVENT;
	const uint16_t *domids = (const uint16_t *)(uintptr_t)op->domids;
	struct fake_restriction *restriction = &file->restriction;
	uint32_t i, kept = 0;

	if (!(op->flags & restrictions) || (op->flags & ~known) ||
	    op->reserved || op->count > 16 ||
	    (!(op->flags & GNTALLOC_RESTRICT_PAGES) && op->pages) ||
	    (!(op->flags & GNTALLOC_RESTRICT_DOMIDS) &&
	     (op->count || op->domids)))
		return fake_nonsense("RESTRICT");
	if (op->flags & GNTALLOC_RESTRICT_PAGES) {
		uint32_t pages = fake_file_pages(file) + op->pages;
		uint32_t entries = fake_file_entries(file) + op->pages;
		bool bound = restriction->flags & GNTALLOC_RESTRICT_PAGES;

		if (!bound || pages < restriction->pages)
			restriction->pages = pages;
		if (!bound || entries < restriction->entries)
			restriction->entries = entries;
	}
	if (restriction->flags & op->flags & GNTALLOC_RESTRICT_DOMIDS) {
		for (i = 0; i < restriction->count; i++) {
			uint16_t domid = restriction->domids[i];
			uint32_t j;

			for (j = 0; j < op->count && domids[j] != domid; j++)
				;
			if (j < op->count)
				restriction->domids[kept++] = domid;
		}
		restriction->count = kept;
	} else if (op->flags & GNTALLOC_RESTRICT_DOMIDS) {
		for (i = 0; i < op->count; i++)
			restriction->domids[i] = domids[i];
		restriction->count = op->count;
	}
	if (!(op->flags & GNTALLOC_RESTRICT_KEEP_SEND_EVENT))
		restriction->no_send_event = true;
	restriction->flags |= op->flags & restrictions;
	return 0;
}

/* A file that is as long takes the place of the dma-buf. */
static int native_export(struct fake_file *file, void *arg)
{
	struct gntalloc_native_export *op = arg;
	uint64_t i, first = op->offset / FAKE_PAGE_SIZE;

	if ((op->flags & ~GNTALLOC_EXPORT_WRITABLE) || op->reserved ||
	    !op->pages || op->offset % FAKE_PAGE_SIZE)
		return fake_nonsense("EXPORT");
	if (!fake_allocated(file, first, op->pages))
		return -ENOENT;
	for (i = first; i < first + op->pages; i++)
		if (file->pages[i].memory)
			return -ENODEV;
	op->fd = memfd_create("dma-buf", MFD_CLOEXEC);
	if (op->fd < 0)
		return -errno;
	return ftruncate(op->fd, (off_t)(op->pages * FAKE_PAGE_SIZE)) ?
		-errno : 0;
}

/*
 * The calls of this level. The log shows a call's name, and its arguments if the
 * call has a case in fake_native_describe(). If a struct has grown, @first is the
 * size of its first version.
 */
static const struct call {
	unsigned long request;
	const char *name;
	int (*make)(struct fake_file *file, void *arg);
	size_t first;
} calls[] = {
	{ GNTALLOC_NATIVE_INFO, "INFO", native_info, 0 },
	{ GNTALLOC_NATIVE_CREATE, "CREATE", native_create, 24 },
	{ GNTALLOC_NATIVE_GRANT, "GRANT", native_grant, 0 },
	{ GNTALLOC_NATIVE_REVOKE, "REVOKE", native_revoke, 0 },
	{ GNTALLOC_NATIVE_DESTROY, "DESTROY", native_destroy, 0 },
	{ GNTALLOC_NATIVE_WAIT, "WAIT", native_wait, 0 },
	{ GNTALLOC_NATIVE_RESTRICT, "RESTRICT", native_restrict, 0 },
	{ GNTALLOC_NATIVE_SHARE, "SHARE", native_share, 0 },
	{ GNTALLOC_NATIVE_EXPORT, "EXPORT", native_export, 0 },
	{}
};

/* The number of a request without the size of its struct. */
#define NUMBER(request) \
	((request) & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT))

static const struct call *call_of(unsigned long request)
{
	const struct call *call = calls;

	while (call->make &&
	       (call->first ? NUMBER(call->request) != NUMBER(request) :
			      call->request != request))
		call++;
	return call;
}

const char *fake_native_name(unsigned long request)
{
	const struct call *call = call_of(request);

	return call->make ? call->name : "?";
}

void fake_native_describe(unsigned long request, const void *arg, char *text,
			  size_t size)
{
	const struct gntalloc_native_create *create = arg;
	const struct gntalloc_native_grant *grant = arg;
	const struct gntalloc_native_revoke *revoke = arg;
	const struct gntalloc_native_destroy *destroy = arg;
	const struct gntalloc_native_wait *wait = arg;
	const struct gntalloc_native_restrict *give_up = arg;
	const struct gntalloc_native_share *share = arg;
	const struct gntalloc_native_export *export = arg;
	const struct call *call = call_of(request);
	int length;

	if (!call->make) {
		snprintf(text, size, "ioctl(%lx)", request);
		return;
	}
	length = snprintf(text, size, "%s", call->name);
	text += length;
	size -= (size_t)length;
	switch (call->request) {
	case GNTALLOC_NATIVE_CREATE:
		snprintf(text, size, "(%llu pages=%u flags=%u)",
			 create->offset, create->pages, create->flags);
		break;
	case GNTALLOC_NATIVE_GRANT:
		snprintf(text, size, "(%llu pages=%u domid=%u flags=%u)",
			 grant->offset, grant->pages, grant->domid,
			 grant->flags);
		break;
	case GNTALLOC_NATIVE_REVOKE:
		snprintf(text, size, "(%llu pages=%u domid=%u)",
			 revoke->offset, revoke->pages, revoke->domid);
		break;
	case GNTALLOC_NATIVE_DESTROY:
		snprintf(text, size, "(id=%llu flags=%u)", destroy->id,
			 destroy->flags);
		break;
	case GNTALLOC_NATIVE_WAIT:
		snprintf(text, size, "(id=%llu flags=%u domid=%u %lld)",
			 wait->id, wait->flags, wait->domid, wait->timeout);
		break;
	case GNTALLOC_NATIVE_RESTRICT:
		snprintf(text, size, "(flags=%u pages=%u count=%u)",
			 give_up->flags, give_up->pages, give_up->count);
		break;
	case GNTALLOC_NATIVE_SHARE:
		snprintf(text, size, "(pages=%u domid=%u flags=%u)",
			 share->pages, share->domid, share->flags);
		break;
	case GNTALLOC_NATIVE_EXPORT:
		snprintf(text, size, "(%llu pages=%u flags=%u)",
			 export->offset, export->pages, export->flags);
		break;
	default:
		snprintf(text, size, "()");
	}
}

/*
 * Make a call whose struct has grown. The caller's struct has @size bytes. What
 * it has beyond those that the driver knows has to be zero.
 */
static int make_any_size(struct fake_file *file, const struct call *call,
			 char *arg, size_t size)
{
	union {
		struct gntalloc_native_create create;
		char bytes[sizeof(struct gntalloc_native_create)];
	} op = { .create = { 0 } };
	size_t i, known = fake.lesser_driver ? call->first : sizeof(op);
	int err;

	if (size < call->first)
		return -EINVAL;
	for (i = known; i < size; i++) {
		if (arg[i])
			return -E2BIG;
	}
	if (size > known)
		size = known;
	memcpy(op.bytes, arg, size);
	err = call->make(file, &op);
	memcpy(arg, op.bytes, size);
	return err;
}

int fake_native_ioctl(struct fake_file *file, unsigned long request, void *arg)
{
	const struct call *call = call_of(request);

	if (fake.old_driver)
		return -ENOTTY;
	if (!call->make)
		return fake_nonsense("ioctl");
	return call->first ? make_any_size(file, call, arg, _IOC_SIZE(request)) :
			     call->make(file, arg);
}

int fake_native_read(struct fake_file *file, void *buf, size_t size)
{
	struct gntalloc_native_event event = { 0 };

	if (fake.old_driver)
		return -EINVAL;
	if (size != sizeof(event))
		return fake_nonsense("read");
	while (file->generation == fake.generation &&
	       file->events_read == file->events_written) {
		if (fake.nonblock)
			return -EAGAIN;
		fake_sleep(NULL);
	}
	if (file->generation != fake.generation) {
		file->generation = fake.generation;
		event.type = GNTALLOC_EVENT_RESTORED;
		event.id = fake.generation;
	} else {
		event.type = GNTALLOC_EVENT_GONE;
		event.id = file->events[file->events_read++ % FAKE_EVENTS];
	}
	memcpy(buf, &event, sizeof(event));
	return sizeof(event);
}
