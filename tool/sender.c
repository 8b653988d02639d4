// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sender of a transfer. The other domain may write to the first page at any
 * moment, whatever the rules are; the worst that it can do is to end the
 * transfer.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

void transfer_offer(struct transfer *t)
{
	struct transfer_page *page = t->page;

	page->magic = TRANSFER_MAGIC;
	page->version = TRANSFER_VERSION;
	page->slots = t->slots;
	page->slot_size = t->slot_size;
	page->hashed = t->hashed;
	page->size = t->progress.total.known ? t->progress.total.value :
					       UINT64_MAX;
	page->sender = TRANSFER_RUNS;
	page->sender_is_there = 1;
	if (t->hashed)
		sha256_init(&t->hash);
}

int transfer_await(struct transfer *t, int64_t deadline)
{
	while (atomic_load(&t->page->receiver) == 0)
		if (transfer_sleep(t, -1, 0, NULL, deadline))
			return FAILED;
	progress_start(&t->progress);
	return DONE;
}

/* Is the receiver still there? @done: has it stored all? */
static int check_receiver(struct transfer *t, bool *done)
{
	/* In this order, since a receiver is done before it ends. */
	bool there = atomic_load(&t->page->receiver_is_there);
	uint32_t state = atomic_load(&t->page->receiver);

	*done = state == TRANSFER_DONE;
	if (state == TRANSFER_FAILED)
		return say("the receiver has given up");
	if (!there && !*done)
		return say("the receiver has ended");
	return DONE;
}

/* Wait until a slot is free. */
static int await_slot(struct transfer *t)
{
	for (;;) {
		uint32_t used;
		bool done;

		if (check_receiver(t, &done))
			return FAILED;
		/* More than were filled are a large number, too. */
		used = t->count - atomic_load(&t->page->emptied);
		if (done || used > t->slots)
			return say("the receiver breaks the rules");
		if (used < t->slots)
			return DONE;
		if (transfer_sleep_for_event(t))
			return FAILED;
	}
}

/* Can read() wait for somebody who writes? */
static bool may_wait(int fd)
{
	struct stat st;

	return fstat(fd, &st) || !S_ISREG(st.st_mode);
}

/* Wait until there is something to read, or the receiver ends. */
static int await_input(struct transfer *t, int fd)
{
	bool ready = false, done;

	while (!ready) {
		if (transfer_sleep(t, fd, POLLIN, &ready, -1) ||
		    check_receiver(t, &done))
			return FAILED;
	}
	return DONE;
}

static int await_stored(struct transfer *t)
{
	bool done = false;

	for (;;) {
		if (check_receiver(t, &done))
			return FAILED;
		if (done)
			return DONE;
		if (transfer_sleep_for_event(t))
			return FAILED;
	}
}

static int send_all(struct transfer *t, int fd)
{
	bool waits = may_wait(fd);
	ssize_t got;

	for (;;) {
		if (await_slot(t) || (waits ? await_input(t, fd) :
					      transfer_check_signals()))
			return FAILED;
		got = read(fd, transfer_slot(t), t->slot_size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return say("the input cannot be read: %s",
				   strerror(errno));
		if (!got)
			return DONE;
		if (t->hashed)
			sha256_update(&t->hash, (size_t)got,
				      (uint8_t *)transfer_slot(t));
		atomic_store(&t->page->length[t->count % t->slots],
			     (uint32_t)got);
		atomic_store(&t->page->filled, ++t->count);
		transfer_slot_done(t);
		progress_add(&t->progress, (uint64_t)got);
	}
}

int transfer_send(struct transfer *t, int fd)
{
	int result = send_all(t, fd);

	if (result) {
		atomic_store(&t->page->sender, TRANSFER_FAILED);
		transfer_send_event(t);
		return result;
	}
	if (t->hashed) {
		sha256_digest(&t->hash, sizeof(t->digest), t->digest);
		memcpy(t->page->digest, t->digest, sizeof(t->digest));
	}
	atomic_store(&t->page->total, t->progress.done);
	atomic_store(&t->page->sender, TRANSFER_DONE);
	transfer_send_event(t);
	return await_stored(t);
}
