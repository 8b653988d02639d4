// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: calls that ask for states and events, and calls that say what may be
 * done; right in most cases, or with one field that is wrong
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "../vm/lib/device.h"
#include "../vm/lib/native.h"

/* --- states --------------------------------------------------------------- */

static void compare_state(const struct region *r, uint32_t state,
			  uint32_t held, int domid)
{
	uint32_t most = r->held + (uint32_t)model_loose, least = r->held;

	if (domid > 0) {
		most = 0;
		least = 0;
	}
	if (held < least || held > most)
		wrong("%u are held, not %u to %u", held, least, most);
	if (state == model_state(r))
		return;
	if (r->live || r->held || !r->drained ||
	    state != GNTALLOC_STATE_DRAINING)
		wrong("the state is %u, not %u", state, model_state(r));
}

/* How a wait has to end: 0, -ETIMEDOUT, or 1 if both are right. */
static int waits(const struct region *r, uint32_t flags, int domid)
{
	uint32_t held = domid > 0 ? 0 : r->held;
	bool perhaps = r->drained && !held;

	if (flags & GNTALLOC_WAIT_GONE) {
		if (r->live || r->held)
			return -ETIMEDOUT;
		return perhaps ? 1 : 0;
	}
	if (flags & GNTALLOC_WAIT_RELEASED) {
		if (held)
			return -ETIMEDOUT;
		return perhaps && domid <= 0 ? 1 : 0;
	}
	return 0;
}

static void do_wait(struct file *f, int fd)
{
	struct region *r = some_native(f);
	uint32_t flags = any(4), state = 0, held = 0;
	int domid = any(2) ? -1 : (int)any(DOMIDS), ret, expected;
	int64_t timeout = any(8) ? 0 : any(100000);

	if (!r || !any(20)) {
		note("wait for no region", 0, 0, 0);
		result(native_wait(fd, any(2) ? 0 : ~0U - any(100), flags, -1,
				   0, NULL, NULL), -ENOENT);
		return;
	}
	/* A region that no peer holds any more will be gone soon. */
	if (!r->live && !r->held && r->drained)
		timeout = 20000000000;
	note("wait for, flags, domid", (long)r->id, flags, domid);
	expected = waits(r, flags, domid);
	ret = native_wait(fd, r->id, flags, domid, timeout, &state, &held);
	if (expected <= 0 || (ret && (timeout > 100000 || ret != -ETIMEDOUT)))
		result(ret, expected > 0 ? 0 : expected);
	compare_state(r, state, held, domid);
	if (state == GNTALLOC_STATE_GONE)
		r->drained = false;
}

static void wrong_wait(int fd)
{
	struct gntalloc_native_wait op = {};
	unsigned int what = any(3);

	if (what == 0)
		op.flags = unknown(3);
	else if (what == 1)
		op.domid = some_word();
	else
		op.reserved = some_word();
	wrong_field(fd, GNTALLOC_NATIVE_WAIT, &op, what, -EINVAL);
}

/* --- events --------------------------------------------------------------- */

static void told(struct file *f, const struct gntalloc_native_event *event)
{
	unsigned int i;

	if (event->type != GNTALLOC_EVENT_GONE || event->reserved)
		wrong("an event of type %u", event->type);
	for (i = 0; i < f->regions; i++) {
		struct region *r = &f->region[i];

		if (r->id != event->id)
			continue;
		if (!r->told || r->live || r->held)
			wrong("an event of region %llu, which is not gone",
			      (unsigned long long)r->id);
		r->told = false;
		return;
	}
	wrong("an event of no region");
}

static void do_read(struct file *f, int fd)
{
	struct gntalloc_native_event events[3];
	size_t size = any(8) ? sizeof(events) : any(sizeof(events));
	ssize_t ret, i;

	note("read of", (long)size, 0, 0);
	memset(events, 0xff, sizeof(events));
	ret = read(fd, events, size);
	if (ret < 0)
		ret = -errno;
	if (size < sizeof(events[0]))
		result(ret, -EINVAL);
	else if (!model_event(f, false) && ret < 0)
		result(ret, -EAGAIN);
	else if (ret <= 0 || ret % (ssize_t)sizeof(events[0]) ||
		 ret > (ssize_t)size)
		wrong("%zd, not some events", ret);
	for (i = 0; i < ret / (ssize_t)sizeof(events[0]); i++)
		told(f, &events[i]);
}

static void do_poll(struct file *f, int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int ret;

	note("poll", 0, 0, 0);
	ret = poll(&ready, 1, 0);
	if (ret != model_event(f, false) && ret != model_event(f, true))
		wrong("poll says %d", ret);
}

static int signals = -1;
static long signals_got;

/* One eventfd is used for all regions that have one. */
int signals_fd(void)
{
	if (signals < 0)
		signals = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return signals;
}

void compare_signals(bool last)
{
	long most = model_signals + model_signals_perhaps;
	uint64_t more;

	if (signals < 0)
		return;
	if (read(signals, &more, sizeof(more)) == sizeof(more))
		signals_got += (long)more;
	if (signals_got < (last ? most : model_signals) || signals_got > most)
		wrong("%ld signals of regions that are gone, not %ld to %ld",
		      signals_got, model_signals, most);
}

/* --- bounds --------------------------------------------------------------- */

/* The struct may have any size. What follows the answer becomes zero. */
static void do_info(struct file *f, int fd)
{
	struct {
		struct gntalloc_native_info q;
		unsigned char behind[64];
	} arg;
	const unsigned char *byte = (const void *)&arg;
	const unsigned int whole = sizeof(arg.q);
	unsigned int size = any(sizeof(arg) + 1), i;

	(void)f;
	note("info of", size, 0, 0);
	memset(&arg, 0xa5, sizeof(arg));
	result(native_call(fd, RESIZED(GNTALLOC_NATIVE_INFO, size), &arg), 0);
	for (i = 0; i < sizeof(arg); i++)
		if ((i >= size && byte[i] != 0xa5) ||
		    (i < size && i >= whole && byte[i]))
			wrong("byte %u is %#x", i, byte[i]);
	if (size < whole || model_concurrent)
		return;
	if ((long)arg.q.limit != model_limit ||
	    (long)arg.q.quota != model_quota ||
	    (long)arg.q.pages != model_pages ||
	    arg.q.user_pages != arg.q.pages)
		wrong("limit %u, quota %u, pages %u, of the user %u",
		      arg.q.limit, arg.q.quota, arg.q.pages,
		      arg.q.user_pages);
}

static void do_restrict(struct file *f, int fd)
{
	uint16_t domids[GNTALLOC_RESTRICT_DOMIDS_MAX];
	uint32_t flags = 0, pages = 0, count = 0, allowed = ~0U, i;
	bool valid, keeps = any(2);

	if (!any(8))
		flags |= GNTALLOC_RESTRICT_NO_CREATE;
	/* How much the file has is not certain while entries may still end. */
	if (any(2) && !model_loose) {
		flags |= GNTALLOC_RESTRICT_PAGES;
		pages = any(100);
	}
	if (any(2)) {
		flags |= GNTALLOC_RESTRICT_DOMIDS;
		count = any(6);
		allowed = 0;
	}
	valid = flags;
	if (keeps)
		flags |= GNTALLOC_RESTRICT_KEEP_SEND_EVENT;
	for (i = 0; i < count; i++) {
		domids[i] = (uint16_t)some_domid();
		if (domids[i] < DOMIDS)
			allowed |= 1U << domids[i];
		else
			valid = false;
	}
	note("restrict, pages, domids", flags, pages, allowed);
	result(native_restrict(fd, flags, pages,
			       flags & GNTALLOC_RESTRICT_DOMIDS ? domids : NULL,
			       count),
	       valid ? 0 : -EINVAL);
	if (valid)
		model_restrict(f, flags & GNTALLOC_RESTRICT_NO_CREATE, !keeps,
			       flags & GNTALLOC_RESTRICT_PAGES ?
			       (long)pages : -1, allowed);
}

static void wrong_restrict(int fd)
{
	struct gntalloc_native_restrict op = {
		.flags = GNTALLOC_RESTRICT_NO_CREATE,
	};
	unsigned int what = any(4);

	if (what == 0)
		op.flags = any(2) ? any(2) * GNTALLOC_RESTRICT_KEEP_SEND_EVENT :
				    unknown(4);
	else if (what == 1)
		op.pages = some_word();
	else if (what == 2)
		op.reserved = some_word();
	else
		op.flags = GNTALLOC_RESTRICT_DOMIDS;
	if (what == 3)
		op.count = GNTALLOC_RESTRICT_DOMIDS_MAX + some_word();
	wrong_field(fd, GNTALLOC_NATIVE_RESTRICT, &op, what,
		    what == 3 ? -E2BIG : -EINVAL);
}

static void set(const char *name, long long value, int expected)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", value);
	note(name, (long)value, 0, 0);
	result(device_write_parameter(name, text), expected);
}

static void do_bounds(struct file *f, int fd)
{
	const long long much = 1LL << 31;
	long value = 100 + any(900);

	(void)f;
	(void)fd;
	switch (any(6)) {
	case 0:
		value = any(2) ? 0 : value;
		set("quota", value, 0);
		model_quota = value;
		break;
	case 1:
		set("headroom", any(2) ? 128 : any(2000), 0);
		break;
	case 2:
		set("limit", much, -ERANGE);
		set("headroom", 65536, -ERANGE);
		break;
	default:
		set("limit", value, 0);
		model_limit = value;
	}
}

const struct step query_steps[] = {
	{ 30, do_wait, wrong_wait },
	{ 20, do_read, NULL },
	{ 10, do_poll, NULL },
	{ 15, do_info, NULL },
	{ 5, do_restrict, wrong_restrict },
	{ 5, do_bounds, NULL },
	{}
};
