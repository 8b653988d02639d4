// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: random calls of the device, each checked against a model
 *
 *   fuzz SEED CALLS
 *
 * All three levels, mappings, descriptors and processes, with arguments that
 * are right most of the time. What a call returns, the module's counters
 * after it, and what is in the pages has to be what the model says. The same
 * seed gives the same calls; it is printed at the start, and with the number
 * of the call at which something was wrong.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../vm/device.h"
#include "../vm/native.h"
#include "model.h"

#define FILES		4
#define SLOTS		16
#define SLOT_PAGES	64
#define LAST		24	/* calls that are told when one was wrong */

static struct file files[FILES];
static int fds[FILES];

/* A place for a mapping. An entry of it: the page at this address. */
static struct slot {
	char *address;
	struct file *file;	/* NULL: free */
	bool split;		/* more than one VMA, or holes */
	int offset[SLOT_PAGES];	/* -1: nothing */
} slots[SLOTS];

static uint64_t state;
static long number;
static char last[LAST][120];

static uint32_t any(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? (uint32_t)(state >> 16) % below : 0;
}

static void wrong(const char *what)
{
	long i;

	for (i = number > LAST ? number - LAST : 0; i <= number; i++)
		printf("fuzz: %ld: %s\n", i, last[i % LAST]);
	printf("fuzz: call %ld: %s\n", number, what);
	exit(1);
}

#define note(...)							\
	snprintf(last[number % LAST], sizeof(*last), __VA_ARGS__)

static void result(long ret, long expected)
{
	char what[100];

	if (ret == expected)
		return;
	snprintf(what, sizeof(what), "%ld (%s), not %ld (%s)", ret,
		 ret < 0 ? strerror((int)-ret) : "", expected,
		 expected < 0 ? strerror((int)-expected) : "");
	wrong(what);
}

/* --- arguments ---------------------------------------------------------------- */

static uint32_t some_count(void)
{
	switch (any(10)) {
	case 0: return 0;
	case 1: return any(150);
	default: return 1 + any(8);
	}
}

/* Of a page that there is, most often; or of any. */
static unsigned int some_offset(struct file *f)
{
	unsigned int i;

	if (f->regions && any(8)) {
		struct region *r = &f->region[any(f->regions)];

		i = r->first + any(r->count ? r->count : 1);
		return i < PAGES ? i : PAGES - 1;
	}
	return any(PAGES);
}

static struct region *some_native(struct file *f)
{
	unsigned int i;

	for (i = 0; i < 8 && f->regions; i++) {
		struct region *r = &f->region[any(f->regions)];

		if (r->id)
			return r;
	}
	return NULL;
}

/* --- calls ---------------------------------------------------------------------- */

static void do_open_close(int i)
{
	struct file *f = &files[i];

	if (!f->open && f->maps)
		return;		/* its mappings have it */
	if (!f->open) {
		note("open %d", i);
		fds[i] = device_open();
		if (fds[i] < 0)
			result(fds[i], 0);
		model_open(f);
	} else if (model_full(f) || !any(12)) {
		note("close %d", i);
		result(close(fds[i]), 0);
		model_close(f);
	} else {
		int other = dup(fds[i]);

		note("dup %d", i);
		close(fds[i]);
		fds[i] = other;
	}
}

static void do_alloc_2010(struct file *f, int fd)
{
	uint32_t domid = any(DOMIDS), ref = 0, index = 0;
	struct region *r;
	int ret;

	note("2010 alloc");
	ret = device_alloc_2010(fd, (uint16_t)domid, any(2), &ref, &index);
	result(ret, model_alloc(f, 1, domid, &r));
	if (ret)
		return;
	if (index != r->first)
		wrong("not at the next offset");
	r->ref = ref;
}

static void do_dealloc_2010(struct file *f, int fd)
{
	uint32_t ref = any(60000);

	if (f->regions && any(8))
		ref = f->region[any(f->regions)].ref;
	note("2010 dealloc %u", ref);
	result(device_dealloc_2010(fd, ref),
	       ref ? model_dealloc_ref(f, ref) : -ENOENT);
}

static void do_alloc_2011(struct file *f, int fd)
{
	uint32_t count = some_count(), domid = any(DOMIDS);
	uint64_t index = 0;
	struct region *r;
	int ret;

	note("2011 alloc of %u", count);
	ret = device_alloc(fd, (uint16_t)domid, (uint16_t)any(2), count,
			   &index, NULL);
	result(ret, model_alloc(f, count, domid, &r));
	if (!ret && index != r->first * PAGE)
		wrong("not at the next offset");
}

static void do_dealloc_2011(struct file *f, int fd)
{
	unsigned int offset = some_offset(f), count = some_count();
	unsigned int odd = any(10) ? 0 : 1 + any(4095);

	note("2011 dealloc of %u at %u + %u", count, offset, odd);
	result(device_dealloc(fd, offset * PAGE + odd, count),
	       odd ? -EINVAL : model_dealloc(f, offset, count));
}

static void do_notify(struct file *f, int fd)
{
	unsigned int offset = some_offset(f), action = any(10) ? any(2) : 4;
	int expected = !model_allocated(f, offset, 1) ? -ENOENT :
		       action == 4 ? -EINVAL : 0;

	note("notify at %u: %u", offset, action);
	/* the last byte: contents are looked for in the first */
	result(device_notify(fd, offset * PAGE + PAGE - 1, action, 0),
	       expected);
}

static void do_create(struct file *f, int fd)
{
	uint32_t count = some_count();
	bool fixed = any(3) == 0;
	unsigned int offset = fixed ? any(PAGES - 200) : 0;
	uint64_t at = 0, id = 0;
	struct region *r;
	int ret;

	note("create of %u, %s %u", count, fixed ? "at" : "anywhere", offset);
	ret = fixed ? native_create_at(fd, offset * PAGE, count, &id) :
		      native_create(fd, count, &at, &id);
	result(ret, model_create(f, count, fixed, offset, &r));
	if (ret)
		return;
	if (!fixed && at != r->first * PAGE)
		wrong("not at the next offset");
	r->id = id;
}

static void do_grant(struct file *f, int fd)
{
	unsigned int offset = some_offset(f), count = some_count();
	unsigned int domid = any(DOMIDS);

	note("grant of %u at %u to %u", count, offset, domid);
	result(native_grant(fd, offset * PAGE, count, (uint16_t)domid,
			    any(2) ? GNTALLOC_GRANT_WRITABLE : 0, NULL),
	       model_grant(f, offset, count, domid));
}

static void do_revoke(struct file *f, int fd)
{
	unsigned int offset = some_offset(f), count = some_count();
	unsigned int domid = any(DOMIDS);

	note("revoke of %u at %u from %u", count, offset, domid);
	result(native_revoke(fd, offset * PAGE, count, (uint16_t)domid),
	       model_revoke(f, offset, count, domid));
}

static void do_destroy(struct file *f, int fd)
{
	struct region *r = some_native(f);

	if (!r)
		return;
	note("destroy of %llu", (unsigned long long)r->id);
	result(native_destroy(fd, r->id), model_destroy(f, r));
}

static void do_state(struct file *f, int fd)
{
	struct region *r = some_native(f);

	if (!r)
		return;
	note("state of %llu", (unsigned long long)r->id);
	result(native_state(fd, r->id),
	       r->live ? GNTALLOC_STATE_LIVE : GNTALLOC_STATE_GONE);
}

static void do_limit(void)
{
	long limit = 100 + any(900);

	note("limit %ld", limit);
	result(device_set_limit(limit), 0);
	model_limit = limit;
}

/* --- mappings ---------------------------------------------------------------------- */

static void do_mmap(struct file *f, int fd, struct slot *s)
{
	unsigned int offset = some_offset(f), i;
	unsigned int count = 1 + any(any(2) ? 4 : SLOT_PAGES);
	void *address;
	int expected = model_allocated(f, offset, count) ? 0 : -ENOENT;

	note("mmap of %u at %u", count, offset);
	address = mmap(s->address, count * PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_FIXED, fd, offset * PAGE);
	result(address == MAP_FAILED ? -errno : 0, expected);
	if (expected)
		return;
	s->file = f;
	s->split = false;
	for (i = 0; i < SLOT_PAGES; i++) {
		s->offset[i] = i < count ? (int)(offset + i) : -1;
		if (i < count)
			model_use(f, offset + i);
	}
}

static void unmap_pages(struct slot *s, unsigned int from, unsigned int to)
{
	bool left = false;
	unsigned int i;

	for (i = 0; i < SLOT_PAGES; i++) {
		if (s->offset[i] >= 0 && i >= from && i < to) {
			model_unuse(s->file, (unsigned int)s->offset[i]);
			s->offset[i] = -1;
		}
		left |= s->offset[i] >= 0;
	}
	s->split = true;
	if (!left)
		s->file = NULL;
}

static void do_munmap(struct slot *s)
{
	unsigned int from = any(3) ? 0 : any(SLOT_PAGES);
	unsigned int to = any(3) ? SLOT_PAGES :
		from + 1 + any(SLOT_PAGES - from);

	note("munmap from %u to %u of slot %ld", from, to, s - slots);
	result(munmap(s->address + from * PAGE, (to - from) * PAGE), 0);
	unmap_pages(s, from, to);
}

static void do_mremap(struct slot *s, struct slot *to)
{
	unsigned int count = 0;
	void *moved;

	if (s->split || to->file)
		return;
	while (count < SLOT_PAGES && s->offset[count] >= 0)
		count++;
	note("mremap of slot %ld to %ld", s - slots, to - slots);
	moved = mremap(s->address, count * PAGE, count * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, to->address);
	result(moved == MAP_FAILED ? -errno : 0, 0);
	to->file = s->file;
	to->split = false;
	memcpy(to->offset, s->offset, sizeof(to->offset));
	s->file = NULL;
}

static void do_touch(struct slot *s)
{
	unsigned int i, start = any(SLOT_PAGES);

	note("touch of slot %ld from %u", s - slots, start);
	if (!any(3))
		madvise(s->address, SLOT_PAGES * PAGE, MADV_DONTNEED);
	for (i = start; i < SLOT_PAGES; i++) {
		struct page *p;

		if (s->offset[i] < 0)
			continue;
		p = &s->file->page[s->offset[i]];
		if ((unsigned char)s->address[i * PAGE] != p->content)
			wrong("a page has what was not written to it");
		p->content = (unsigned char)any(256);
		s->address[i * PAGE] = (char)p->content;
	}
}

/* A child has all of it, too, and leaves some before it ends. */
static void do_fork(struct slot *s)
{
	int status;
	pid_t pid;

	note("fork");
	pid = fork();
	if (!pid) {
		munmap(s->address + any(8) * PAGE, (1 + any(8)) * PAGE);
		close(fds[any(FILES)]);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		wrong("the child did not end well");
}

/* --- all of it ------------------------------------------------------------------------ */

static void one_call(void)
{
	int i = (int)any(FILES);
	struct file *f = &files[i];
	struct slot *s = &slots[any(SLOTS)];
	uint32_t what = any(100);

	note("nothing");
	if (!f->open || model_full(f) || what < 3)
		do_open_close(i);
	else if (what < 8)
		do_alloc_2010(f, fds[i]);
	else if (what < 14)
		do_dealloc_2010(f, fds[i]);
	else if (what < 22)
		do_alloc_2011(f, fds[i]);
	else if (what < 30)
		do_dealloc_2011(f, fds[i]);
	else if (what < 33)
		do_notify(f, fds[i]);
	else if (what < 41)
		do_create(f, fds[i]);
	else if (what < 50)
		do_grant(f, fds[i]);
	else if (what < 56)
		do_revoke(f, fds[i]);
	else if (what < 61)
		do_destroy(f, fds[i]);
	else if (what < 65)
		do_state(f, fds[i]);
	else if (what < 66)
		do_limit();
	else if (!s->file)
		do_mmap(f, fds[i], s);
	else if (what < 80)
		do_munmap(s);
	else if (what < 86)
		do_mremap(s, &slots[any(SLOTS)]);
	else if (what < 99)
		do_touch(s);
	else
		do_fork(s);
}

static void compare_counters(void)
{
	char what[120];
	long pages = device_counter("pages"), grants = device_counter("grants");

	if (pages == model_pages && grants == model_grants)
		return;
	snprintf(what, sizeof(what), "%ld pages, not %ld; %ld grants, not %ld",
		 pages, model_pages, grants, model_grants);
	wrong(what);
}

/* One piece of the address space, with gaps, that nobody else takes. */
static void place_slots(void)
{
	char *start = mmap(NULL, SLOTS * 2 * SLOT_PAGES * PAGE, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int i;

	if (start == MAP_FAILED)
		wrong("no place for mappings");
	for (i = 0; i < SLOTS; i++)
		slots[i].address = start + i * 2 * SLOT_PAGES * PAGE;
}

int main(int argc, char **argv)
{
	unsigned long seed = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	long calls = argc > 2 ? atol(argv[2]) : 1000;
	unsigned int i;

	state = seed * 0x9e3779b97f4a7c15u + 1;
	printf("fuzz: seed %lu, %ld calls\n", seed, calls);
	fflush(stdout);

	model_limit = 1000;
	result(device_set_limit(model_limit), 0);
	place_slots();
	for (number = 0; number < calls; number++) {
		one_call();
		compare_counters();
	}

	note("the end");
	for (i = 0; i < SLOTS; i++)
		if (slots[i].file) {
			munmap(slots[i].address, SLOT_PAGES * PAGE);
			unmap_pages(&slots[i], 0, SLOT_PAGES);
		}
	for (i = 0; i < FILES; i++)
		if (files[i].open) {
			close(fds[i]);
			model_close(&files[i]);
		}
	if (model_pages || model_grants)
		wrong("the model is not empty");
	compare_counters();
	device_set_limit(1024);
	printf("fuzz: seed %lu: nothing found\n", seed);
	return 0;
}
