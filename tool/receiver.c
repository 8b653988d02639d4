// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The receiver of a transfer. The other domain may write to the first page at any
 * moment, whatever the rules are; the worst that it can do is to end the
 * transfer.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

int transfer_accept(struct transfer *t, size_t count)
{
	volatile struct transfer_page *page = t->page;
	uint64_t size = page->size;

	if (page->magic != TRANSFER_MAGIC || page->version != TRANSFER_VERSION)
		return say("this is not of gntshare send, or of another version");
	t->slots = page->slots;
	t->slot_size = page->slot_size;
	if (!t->slots || t->slots > TRANSFER_SLOTS_MAX || !t->slot_size ||
	    t->slot_size % PAGE || t->slot_size > TRANSFER_PAGES_MAX * PAGE ||
	    (size_t)t->slots * (t->slot_size / PAGE) != count)
		return say("the sender breaks the rules");
	t->compares = page->hashed;
	t->hashed |= t->compares;
	if (t->hashed) {
		sha256_init(&t->hash);
		t->copy = text_alloc(NULL, t->slot_size, 1);
	}
	t->progress.total.known = size != UINT64_MAX;
	t->progress.total.value = size;
	page->receiver_is_there = 1;
	atomic_store(&t->page->receiver, TRANSFER_RUNS);
	transfer_send_event(t);
	progress_start(&t->progress);
	return DONE;
}

/* Can write() wait for somebody who reads? */
static bool may_wait(int fd)
{
	struct stat st;

	return isatty(fd) || (!fstat(fd, &st) && (S_ISFIFO(st.st_mode) ||
						  S_ISSOCK(st.st_mode)));
}

/*
 * Write it all. A pipe takes at least PIPE_BUF bytes without a wait when it is
 * ready, and a wait in write() would not be ended by a signal.
 */
static int write_all(struct transfer *t, int fd, const char *bytes,
		     size_t size, bool waits)
{
	while (size) {
		size_t part = waits && size > PIPE_BUF ? PIPE_BUF : size;
		bool ready = !waits;
		ssize_t done;

		while (!ready)
			if (transfer_sleep(t, fd, POLLOUT, &ready, -1))
				return FAILED;
		done = write(fd, bytes, part);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return say("the output cannot be written: %s",
				   strerror(errno));
		bytes += done;
		size -= (size_t)done;
	}
	return DONE;
}

/*
 * Write what is in the next slot. The sender may change it meanwhile, so what is
 * hashed has to be a copy.
 */
static int empty_slot(struct transfer *t, int fd, bool waits)
{
	uint32_t length = atomic_load(&t->page->length[t->count % t->slots]);
	const char *bytes = transfer_slot(t);

	if (!length || length > t->slot_size)
		return say("the sender breaks the rules");
	if (t->hashed) {
		memcpy(t->copy, bytes, length);
		bytes = t->copy;
		sha256_update(&t->hash, length, (uint8_t *)t->copy);
	}
	if (write_all(t, fd, bytes, length, waits))
		return FAILED;
	atomic_store(&t->page->emptied, ++t->count);
	transfer_slot_done(t);
	progress_add(&t->progress, length);
	return DONE;
}

/* Wait until a slot is filled, or the sender is @done. */
static int await_filled(struct transfer *t, bool *done)
{
	for (;;) {
		/* In this order: see check_receiver(). */
		bool there = atomic_load(&t->page->sender_is_there);
		uint32_t state = atomic_load(&t->page->sender);
		uint32_t filled = atomic_load(&t->page->filled) - t->count;

		*done = false;
		if (filled > t->slots)
			return say("the sender breaks the rules");
		if (filled)
			return DONE;
		*done = state == TRANSFER_DONE;
		if (*done)
			return DONE;
		if (state == TRANSFER_FAILED)
			return say("the sender has given up");
		if (!there)
			return say("the sender has ended");
		if (transfer_sleep_for_event(t))
			return FAILED;
	}
}

static int check_end(struct transfer *t)
{
	uint8_t digest[TRANSFER_DIGEST];

	if (atomic_load(&t->page->total) != t->progress.done)
		return say("the sender breaks the rules");
	if (!t->hashed)
		return DONE;
	sha256_digest(&t->hash, sizeof(t->digest), t->digest);
	memcpy(digest, t->page->digest, sizeof(digest));
	if (t->compares && memcmp(digest, t->digest, sizeof(digest)))
		return say("the checksums of the two sides differ");
	return DONE;
}

int transfer_receive(struct transfer *t, int fd)
{
	bool done = false, waits = may_wait(fd);

	while (!done) {
		if (transfer_check_signals() || await_filled(t, &done) ||
		    (!done && empty_slot(t, fd, waits)))
			return FAILED;
	}
	return check_end(t);
}

void transfer_confirm(struct transfer *t, bool stored)
{
	atomic_store(&t->page->receiver,
		     stored ? TRANSFER_DONE : TRANSFER_FAILED);
	transfer_send_event(t);
}
