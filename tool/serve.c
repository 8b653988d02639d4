// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What gntshare share does after it has shared a region: it reads commands, and
 * in the end it revokes and destroys the region.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

/*
 * Sleep until @fd has something to read, a signal comes, or it is @deadline; a
 * negative one never comes. Returns true if there is something to read.
 */
static bool sleep_for(int fd, int64_t deadline)
{
	struct pollfd in = { .fd = fd, .events = POLLIN };

	return signals_poll(&in, 1, deadline) > 0;
}

void serve_until_signal(void)
{
	char text[256];

	while (!signals_came()) {
		if (sleep_for(STDIN_FILENO, -1) &&
		    read(STDIN_FILENO, text, sizeof(text)) <= 0)
			return;
	}
}

/*
 * Tell the user, or the program that reads the output, what was done. A negative
 * @held is not known.
 */
static void report(const struct sharing *s, const char *what, int64_t held)
{
	if (s->json) {
		struct json_object *o = json_object_new_object();
		struct figure figure = {
			.known = held >= 0, .value = (uint64_t)held,
		};

		json_add_text(o, "state", what);
		json_add_figure(o, "held", figure);
		print_json_line(o);
	} else if (held >= 0) {
		printf("%s, %lld %s held\n", what, (long long)held,
		       held == 1 ? "entry" : "entries");
	} else {
		printf("%s\n", what);
	}
	fflush(stdout);
}

/* Ask for the state, or wait for no longer than @timeout nanoseconds. */
static int ask(struct sharing *s, unsigned int flags, int64_t timeout,
	       struct gntshare_state *state)
{
	return gntshare_wait(s->share, s->id, flags, s->peer, timeout, state,
			     sizeof(*state));
}

static void withdraw(struct sharing *s)
{
	int err;

	if (!s->key)
		return;
	err = store_withdraw(s->key);
	if (err)
		say("data/gntshare/%s of xenstore could not be removed: %s",
		    s->key, strerror(-err));
	s->key = NULL;
}

static void revoke_region(struct sharing *s)
{
	size_t held, pages = gntshare_region_pages(s->region);
	int err;

	/* Nobody should find grefs that do not work any more. */
	withdraw(s);
	err = gntshare_region_revoke(s->region, 0, pages, s->peer, &held);
	if (err) {
		say("the region could not be revoked: %s", text_error(err));
		return;
	}
	s->revoked = true;
	report(s, "revoked", (int64_t)held);
}

static void destroy_region(struct sharing *s)
{
	struct gntshare_state state;
	int err;

	withdraw(s);
	err = gntshare_region_destroy(s->region);
	if (err)
		say("the region could not be destroyed entirely: %s",
		    text_error(err));
	s->region = NULL;
	s->destroyed = true;
	if (!s->id || ask(s, 0, 0, &state))
		report(s, "destroyed", -1);
	else if (state.state == GNTSHARE_STATE_GONE)
		report(s, "destroyed, gone", -1);
	else
		report(s, "destroyed", state.held);
}

static void show_state(struct sharing *s)
{
	struct gntshare_state state;

	if (!s->id)
		report(s, s->destroyed ? "destroyed" : "live", -1);
	else if (ask(s, 0, 0, &state))
		say("the driver does not tell the state of the region");
	else if (state.state == GNTSHARE_STATE_GONE)
		report(s, "gone", -1);
	else
		report(s, state.state == GNTSHARE_STATE_LIVE ? "live" :
		       "draining", state.held);
}

/*
 * Wait until @deadline, in turns of a second, since a signal that comes just
 * before a turn does not end it. Returns 0, -ETIMEDOUT, -EINTR for a signal, or
 * another error.
 */
static int wait_until(struct sharing *s, unsigned int flags, int64_t deadline,
		      struct gntshare_state *state)
{
	int err;

	do {
		int64_t left = deadline < 0 ? SECOND : deadline - now_ns();

		if (left > SECOND)
			left = SECOND;
		if (left < 0)
			left = 0;
		signals_block(false);
		err = signals_came() ? -EINTR : ask(s, flags, left, state);
		signals_block(true);
	} while ((err == -ETIMEDOUT || (err == -EINTR && !signals_came())) &&
		 (deadline < 0 || now_ns() < deadline));
	return err;
}

/* What to wait for: that the region is gone if it was destroyed already. */
static unsigned int wait_flags(const struct sharing *s)
{
	return s->destroyed ? GNTSHARE_WAIT_GONE : GNTSHARE_WAIT_RELEASED;
}

static void wait_for_peer(struct sharing *s, int64_t deadline)
{
	struct gntshare_state state;
	int err;

	if (!s->id) {
		say("the driver cannot tell what a peer holds; it has no native level");
		return;
	}
	if (!s->revoked && !s->destroyed) {
		say("the region was not revoked, so there is nothing to wait for");
		return;
	}
	err = wait_until(s, wait_flags(s), deadline, &state);
	if (!err)
		report(s, s->destroyed ? "gone" : "released", -1);
	else if (err == -ETIMEDOUT)
		report(s, "not released", state.held);
	else if (err != -EINTR)
		say("the wait has failed: %s", text_error(err));
}

static void command_wait(struct sharing *s, const char *argument)
{
	uint64_t seconds;

	if (!argument)
		wait_for_peer(s, -1);
	else if (text_number(argument, 1000000, &seconds))
		wait_for_peer(s, now_ns() + (int64_t)seconds * SECOND);
	else
		say("%s is no number of seconds", argument);
}

/* Do one command. Returns false if that is the end. */
static bool run_line(struct sharing *s, char *line)
{
	char *rest, *word = strtok_r(line, " \t\r", &rest);
	char *argument = word ? strtok_r(NULL, " \t\r", &rest) : NULL;

	if (!word)
		return true;
	if (!strcmp(word, "wait")) {
		command_wait(s, argument);
	} else if (!strcmp(word, "quit")) {
		return false;
	} else if (!strcmp(word, "status")) {
		show_state(s);
	} else if (strcmp(word, "revoke") && strcmp(word, "destroy")) {
		text_clean(word);
		say("there is no command %s; there are revoke, destroy, "
		    "wait [SECONDS], status, quit", word);
	} else if (s->destroyed) {
		say("the region was destroyed already");
	} else if (!strcmp(word, "revoke")) {
		revoke_region(s);
	} else {
		destroy_region(s);
	}
	return true;
}

/*
 * What was read of standard input and is not done yet.
 *
 * @dropping: the line was too long, and its rest is not read as a command
 */
struct input {
	char text[256];
	size_t length;
	bool dropping;
};

/* Do all whole lines that were read. Returns false if one is the end. */
static bool run_lines(struct sharing *s, struct input *in)
{
	char *end;
	bool more = true;

	while (more && !signals_came() &&
	       (end = memchr(in->text, '\n', in->length))) {
		size_t used = (size_t)(end - in->text) + 1;

		*end = '\0';
		if (!in->dropping)
			more = run_line(s, in->text);
		in->dropping = false;
		in->length -= used;
		memmove(in->text, in->text + used, in->length);
	}
	if (in->length == sizeof(in->text)) {
		if (!in->dropping)
			say("a line is too long");
		in->dropping = true;
		in->length = 0;
	}
	return more;
}

/* Read and do commands until something ends that. */
static void run_commands(struct sharing *s)
{
	int64_t deadline = s->seconds ?
			   now_ns() + (int64_t)s->seconds * SECOND : -1;
	struct input in = { .length = 0 };
	int fd = STDIN_FILENO;
	ssize_t got;

	while (!signals_came() && (deadline < 0 || now_ns() < deadline)) {
		if (!sleep_for(fd, deadline))
			continue;
		got = read(fd, in.text + in.length,
			   sizeof(in.text) - in.length);
		if (got > 0) {
			in.length += (size_t)got;
			if (!run_lines(s, &in))
				return;
			continue;
		}
		/* The last line may have no end. */
		if (in.length && in.length < sizeof(in.text)) {
			in.text[in.length++] = '\n';
			if (!run_lines(s, &in))
				return;
		}
		if (!s->hold && !s->seconds)
			return;
		/* poll() ignores it from now on. */
		fd = -1;
	}
}

int serve(struct sharing *s)
{
	struct gntshare_state state = { .held = 0 };

	run_commands(s);
	/* A second signal ends the wait below. */
	signals_forget();
	if (!s->destroyed) {
		if (s->id && !s->revoked)
			revoke_region(s);
		destroy_region(s);
	}
	if (s->until_released)
		wait_for_peer(s, -1);
	if (s->id && !ask(s, 0, 0, &state) && state.held)
		return HELD;
	return DONE;
}
