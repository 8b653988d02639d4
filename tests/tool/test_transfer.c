// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gntshare send and receive: tool/send.c, tool/receive.c, tool/sender.c,
 * tool/receiver.c, tool/transfer.c. The two sides of a transfer run in processes of
 * their own on memory that both have; and each subcommand runs alone on the fake
 * devices.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool_test.h"

#define SLOTS		3u
#define SLOT_SIZE	(2 * PAGE)
#define SENDER		0
#define RECEIVER	1
#define RULES		"breaks the rules"

static struct transfer_page *page;
static bool hashed, hashed_by_receiver;

/* The state of one side, as its subcommand would make it. */
static struct transfer side(int which)
{
	struct transfer t = {
		.page = page, .memory = (char *)page + PAGE,
		.events = make_channel(which), .port = FAKE_PORT, .peer = 7,
	};

	if (which == SENDER) {
		t.slots = SLOTS;
		t.slot_size = SLOT_SIZE;
		t.hashed = hashed;
	}
	return t;
}

static void make_pages(void)
{
	struct transfer t;

	page = mmap(NULL, PAGE + SLOTS * SLOT_SIZE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(page, MAP_FAILED);
	make_channel(SENDER);
	t = side(SENDER);
	transfer_offer(&t);
	page->receiver_is_there = 1;
}

/* A child, whose messages are in a file. */
static pid_t fork_side(const char *err)
{
	char path[128];
	pid_t child;

	put_file(err, "%s", "");
	snprintf(path, sizeof(path), "%s%s", getenv("GNTSHARE_TEST_ROOT"), err);
	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		signals_catch();
		if (!freopen(path, "w", stderr))
			_exit(97);
	}
	return child;
}

static void end_side(int ret)
{
	fflush(NULL);
	end_child(ret);
}

/* Run the sender with this input. */
static pid_t start_sender(int fd)
{
	pid_t child = fork_side("/sender");
	struct transfer t;

	if (child)
		return child;
	t = side(SENDER);
	if (t.hashed)
		sha256_init(&t.hash);
	if (transfer_await(&t, -1))
		end_side(FAILED);
	end_side(transfer_send(&t, fd));
	return 0;
}

/* Run the receiver, and let it say that it has stored all if it has got it. */
static pid_t start_receiver(int fd)
{
	pid_t child = fork_side("/receiver");
	struct transfer t;
	int ret;

	if (child)
		return child;
	t = side(RECEIVER);
	t.hashed = hashed_by_receiver;
	ret = transfer_accept(&t, SLOTS * (SLOT_SIZE / PAGE));
	if (ret == DONE) {
		ret = transfer_receive(&t, fd);
		transfer_confirm(&t, ret == DONE);
	}
	free(t.copy);
	end_side(ret);
	return 0;
}

static int code(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* It has failed, and says so. */
static void fails_with(pid_t child, const char *err, const char *message)
{
	ck_assert_int_eq(code(child), FAILED);
	ck_assert_msg(strstr(get_file(err), message), "no '%s' in: %s",
		      message, get_file(err));
}

static int memory_file(void)
{
	int fd = memfd_create("test", 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void write_bytes(int fd, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)(i * 31 + (i >> 8) * 7);

		ck_assert_int_eq(write(fd, &byte, 1), 1);
	}
}

static void assert_bytes(int fd, size_t size)
{
	char *bytes = malloc(size + 1);
	size_t i;

	ck_assert_int_eq(pread(fd, bytes, size + 1, 0), (ssize_t)size);
	for (i = 0; i < size; i++)
		ck_assert_int_eq((unsigned char)bytes[i],
				 (unsigned char)(i * 31 + (i >> 8) * 7));
	free(bytes);
}

static const size_t sizes[] = {
	0, 1, SLOT_SIZE - 1, SLOT_SIZE, SLOT_SIZE + 1, SLOTS * SLOT_SIZE,
	10 * SLOT_SIZE + 17,
};

START_TEST(what_was_sent_is_received)
{
	size_t size = sizes[(size_t)_i / 3];
	int in = memory_file(), out = memory_file();
	pid_t sender, receiver;

	hashed = _i % 3 == 1;
	hashed_by_receiver = _i % 3 == 2;
	make_pages();
	write_bytes(in, size);
	ck_assert_int_eq(lseek(in, 0, SEEK_SET), 0);
	sender = start_sender(in);
	receiver = start_receiver(out);
	ck_assert_int_eq(code(sender), DONE);
	ck_assert_int_eq(code(receiver), DONE);
	assert_bytes(out, size);
	ck_assert_str_eq(get_file("/sender"), "");
	ck_assert_str_eq(get_file("/receiver"), "");
}
END_TEST

START_TEST(pipes_are_sent_and_received)
{
	size_t size = 20 * SLOT_SIZE + 5;
	int in[2], out[2], file = memory_file();
	pid_t writer, sender, receiver;
	char bytes[1000];
	ssize_t got;

	ck_assert_int_eq(pipe(in) || pipe(out), 0);
	make_pages();
	writer = fork_side("/writer");
	if (!writer) {
		write_bytes(in[1], size);
		end_side(DONE);
	}
	close(in[1]);
	sender = start_sender(in[0]);
	receiver = start_receiver(out[1]);
	close(out[1]);
	while ((got = read(out[0], bytes, sizeof(bytes))) > 0)
		ck_assert_int_eq(write(file, bytes, (size_t)got), got);
	ck_assert_int_eq(code(writer), DONE);
	ck_assert_int_eq(code(sender), DONE);
	ck_assert_int_eq(code(receiver), DONE);
	assert_bytes(file, size);
}
END_TEST

START_TEST(an_event_tells_of_half_of_the_slots_or_comes_before_a_sleep)
{
	int in = memory_file(), some[2];
	unsigned int i;
	pid_t child;

	ck_assert_int_eq(pipe(some), 0);
	make_pages();
	page->receiver = TRANSFER_RUNS;
	write_bytes(in, (SLOTS + 1) * SLOT_SIZE);
	ck_assert_int_eq(lseek(in, 0, SEEK_SET), 0);
	child = start_sender(in);
	assert_running(child);
	ck_assert_uint_eq(page->filled, SLOTS);
	ck_assert_uint_eq(take_events(RECEIVER), 2);
	page->emptied = SLOTS;
	xenevtchn_notify(make_channel(RECEIVER), FAKE_PORT);
	assert_running(child);
	ck_assert_uint_eq(page->filled, SLOTS + 1);
	ck_assert_uint_eq(take_events(RECEIVER), 1);
	page->receiver = TRANSFER_DONE;
	xenevtchn_notify(make_channel(RECEIVER), FAKE_PORT);
	ck_assert_int_eq(code(child), DONE);

	/* The first one of a receiver tells that it is there. */
	make_pages();
	page->filled = SLOTS;
	for (i = 0; i < SLOTS; i++)
		page->length[i] = SLOT_SIZE;
	child = start_receiver(memory_file());
	assert_running(child);
	ck_assert_uint_eq(page->emptied, SLOTS);
	ck_assert_uint_eq(take_events(SENDER), 1 + 2);
	kill(child, SIGTERM);
	fails_with(child, "/receiver", "ended by a signal");

	/* Nobody knows when more will come through a pipe. */
	make_pages();
	page->receiver = TRANSFER_RUNS;
	take_events(RECEIVER);
	child = start_sender(some[0]);
	write_bytes(some[1], 1);
	assert_running(child);
	ck_assert_uint_eq(page->filled, 1);
	ck_assert_uint_eq(take_events(RECEIVER), 1);
	kill(child, SIGTERM);
	fails_with(child, "/sender", "ended by a signal");
}
END_TEST

START_TEST(the_checksums_of_both_sides_are_those_of_the_file)
{
	/* By sha256sum of "abc". */
	static const uint8_t right[4] = { 0xba, 0x78, 0x16, 0xbf };
	int in = memory_file(), out = memory_file();
	pid_t sender, receiver;

	hashed = true;
	make_pages();
	ck_assert_int_eq(pwrite(in, "abc", 3, 0), 3);
	sender = start_sender(in);
	receiver = start_receiver(out);
	ck_assert_int_eq(code(sender), DONE);
	ck_assert_int_eq(code(receiver), DONE);
	ck_assert_mem_eq(page->digest, right, sizeof(right));
}
END_TEST

/* What the other domain writes into the first page. */
struct change {
	bool used;
	size_t field;
	uint32_t value;
};

#define SET(field, value) { true, offsetof(struct transfer_page, field), value }

struct wrong {
	struct change changes[4];
	const char *message;
};

static void change_page(const struct wrong *wrong)
{
	const struct change *c;

	for (c = wrong->changes; c->used; c++)
		*(uint32_t *)((char *)page + c->field) = c->value;
}

static const struct wrong wrong_pages[] = {
	{ { SET(magic, 1) }, "not of gntshare send" },
	{ { SET(version, 2) }, "of another version" },
	{ { SET(slots, 0) }, RULES },
	{ { SET(slots, TRANSFER_SLOTS_MAX + 1) }, RULES },
	{ { SET(slots, SLOTS - 1) }, RULES },
	{ { SET(slot_size, 0) }, RULES },
	{ { SET(slot_size, PAGE / 2) }, RULES },
	{ { SET(slot_size, UINT32_MAX - PAGE + 1) }, RULES },
};

START_TEST(a_first_page_that_is_wrong_is_refused)
{
	pid_t receiver;

	make_pages();
	change_page(&wrong_pages[_i]);
	receiver = start_receiver(memory_file());
	fails_with(receiver, "/receiver", wrong_pages[_i].message);
	ck_assert_int_eq(page->receiver, 0);
}
END_TEST

static const struct wrong bad_senders[] = {
	{ { SET(filled, SLOTS + 1) }, RULES },
	{ { SET(filled, UINT32_MAX) }, RULES },
	{ { SET(filled, 1) }, RULES },
	{ { SET(filled, 1), SET(length, SLOT_SIZE + 1) }, RULES },
	{ { SET(filled, 1), SET(length, 100), SET(total, 99) }, RULES },
	{ { SET(sender, TRANSFER_FAILED) }, "the sender has given up" },
	{ { SET(sender_is_there, 0) }, "the sender has ended" },
	{ { SET(hashed, 1) }, "checksums of the two sides differ" },
};

/* Those of them that are seen only after all has come. */
static bool at_the_end(const struct wrong *wrong)
{
	return wrong->changes[2].used || strstr(wrong->message, "checksum");
}

START_TEST(a_sender_that_breaks_the_rules_ends_the_receiver)
{
	pid_t receiver;

	make_pages();
	change_page(&bad_senders[_i]);
	if (at_the_end(&bad_senders[_i]))
		page->sender = TRANSFER_DONE;
	receiver = start_receiver(memory_file());
	fails_with(receiver, "/receiver", bad_senders[_i].message);
	ck_assert_int_eq(page->receiver, TRANSFER_FAILED);
}
END_TEST

static const struct wrong bad_receivers[] = {
	{ { SET(receiver, TRANSFER_RUNS), SET(emptied, 1) }, RULES },
	{ { SET(receiver, TRANSFER_RUNS), SET(emptied, UINT32_MAX - SLOTS) },
	  RULES },
	{ { SET(receiver, TRANSFER_DONE) }, RULES },
	{ { SET(receiver, TRANSFER_FAILED) }, "the receiver has given up" },
	{ { SET(receiver, TRANSFER_RUNS), SET(receiver_is_there, 0) },
	  "the receiver has ended" },
};

START_TEST(a_receiver_that_breaks_the_rules_ends_the_sender)
{
	int in = memory_file();
	pid_t sender;

	make_pages();
	write_bytes(in, 5 * SLOT_SIZE);
	ck_assert_int_eq(lseek(in, 0, SEEK_SET), 0);
	change_page(&bad_receivers[_i]);
	sender = start_sender(in);
	fails_with(sender, "/sender", bad_receivers[_i].message);
}
END_TEST

START_TEST(a_domain_that_is_destroyed_ends_the_other_side)
{
	int file = memory_file();

	pid_t child;

	make_pages();
	child = start_sender(file);
	sleep(2);
	put_file("/xenstore/gone/7", "1");
	fails_with(child, "/sender", "domain 7 does not exist any more");
	/* It never was there, as far as anybody can tell. */
	child = start_receiver(file);
	sleep(2);
	assert_running(child);
	remove_file("/xenstore/gone");
	sleep(2);
	put_file("/xenstore/gone/7", "1");
	fails_with(child, "/receiver", "domain 7 does not exist any more");
}
END_TEST

START_TEST(a_receiver_that_ends_while_the_sender_waits_for_input_ends_it)
{
	pid_t sender;
	int in[2];

	ck_assert_int_eq(pipe(in), 0);
	make_pages();
	page->receiver = TRANSFER_RUNS;
	sender = start_sender(in[0]);
	assert_running(sender);
	page->receiver_is_there = 0;
	xenevtchn_notify(make_channel(RECEIVER), FAKE_PORT);
	fails_with(sender, "/sender", "the receiver has ended");
	ck_assert_int_eq(page->sender, TRANSFER_FAILED);
}
END_TEST

START_TEST(a_signal_ends_both_sides_whatever_they_wait_for)
{
	int in[2], out[2];
	unsigned int i;
	pid_t child;

	ck_assert_int_eq(pipe(in) || pipe(out), 0);
	make_pages();
	child = start_sender(in[0]);
	assert_running(child);
	kill(child, SIGTERM);
	fails_with(child, "/sender", "ended by a signal");
	child = start_receiver(out[1]);
	assert_running(child);
	kill(child, SIGINT);
	fails_with(child, "/receiver", "ended by a signal");
	/* Nobody reads the pipe, which is full. */
	page->filled = SLOTS;
	for (i = 0; i < SLOTS; i++)
		page->length[i] = SLOT_SIZE;
	fcntl(out[1], F_SETPIPE_SZ, (int)PAGE);
	page->receiver = 0;
	child = start_receiver(out[1]);
	assert_running(child);
	kill(child, SIGTERM);
	fails_with(child, "/receiver", "ended by a signal");
}
END_TEST

START_TEST(what_cannot_be_read_or_written_is_told_to_both_sides)
{
	int in = memory_file(), full = open("/dev/full", O_WRONLY);
	int folder = open("/", O_RDONLY);
	pid_t sender, receiver;

	make_pages();
	write_bytes(in, 100);
	ck_assert_int_eq(lseek(in, 0, SEEK_SET), 0);
	sender = start_sender(in);
	receiver = start_receiver(full);
	fails_with(receiver, "/receiver", "the output cannot be written");
	fails_with(sender, "/sender", "the receiver has given up");
	make_pages();
	sender = start_sender(folder);
	receiver = start_receiver(in);
	fails_with(sender, "/sender", "the input cannot be read");
	fails_with(receiver, "/receiver", "the sender has given up");
}
END_TEST

/* The subcommands */

static const char *const key = "/xenstore/local/domain/4/data/gntshare/k/";

static const char *node(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s%s", key, name);
	return get_file(path);
}

START_TEST(a_sender_announces_its_pages_until_a_receiver_comes)
{
	pid_t child;

	put_file("/xenstore/local/domain/4/domid", "4");
	child = start("send - 7:k");
	assert_running(child);
	ck_assert_str_eq(node("port"), "9");
	ck_assert_str_eq(node("writable"), "1");
	/* The device's limit leaves room for slots of 8 pages. */
	ck_assert_str_eq(node("size"), "135168");
	ck_assert_str_ne(node("refs"), "");
	ck_assert_str_eq(node("refs.perms"), "4:0 7:1");
	stop(child, SIGTERM);
	assert_code(FAILED);
	assert_err("ended by a signal");
	ck_assert_str_eq(node("refs"), "");
	run(NULL, "send - 7:k --wait 1");
	assert_code(FAILED);
	assert_err("nobody has come in time");
	ck_assert_str_eq(node("refs"), "");
}
END_TEST

static void no_evtchn(void) { fail_evtchn("open", ENOENT); }
static void no_port(void) { fail_evtchn("bind", ENOSPC); }
static void no_xenstore(void) { fail_xenstore(EACCES); }

START_TEST(what_a_sender_lacks_is_told)
{
	put_file("/xenstore/local/domain/4/domid", "4");
	run(NULL, "send /nowhere/file 7:k");
	assert_code(FAILED);
	assert_err("/nowhere/file cannot be opened");
	in_child = no_evtchn;
	run(NULL, "send - 7:k");
	assert_code(FAILED);
	assert_err("/dev/xen/evtchn cannot be opened");
	in_child = no_port;
	run(NULL, "send - 7:k");
	assert_code(FAILED);
	assert_err("no event channel for domain 7");
	in_child = no_xenstore;
	run(NULL, "send - 7:k");
	assert_code(FAILED);
	assert_err("xenstore cannot be written");
	in_child = no_device;
	run(NULL, "send - 7:k");
	assert_code(FAILED);
	assert_err("cannot share");
}
END_TEST

static void announce(const char *refs, const char *port, const char *writable)
{
	const char *folder = "/xenstore/local/domain/7/data/gntshare/k/";
	char path[128];

	snprintf(path, sizeof(path), "%srefs", folder);
	put_file(path, "%s", refs);
	snprintf(path, sizeof(path), "%sport", folder);
	put_file(path, "%s", port);
	snprintf(path, sizeof(path), "%swritable", folder);
	put_file(path, "%s", writable);
}

/* How many files there are beside the one that is received. */
static int files(void)
{
	DIR *dir = path_dir("/folder");
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static const char *receive(const char *options)
{
	static char text[256];

	put_file("/folder/x", "old");
	snprintf(text, sizeof(text), "receive 7:k %s/folder/x %s",
		 getenv("GNTSHARE_TEST_ROOT"), options);
	return text;
}

static const struct {
	const char *refs, *port, *writable, *message;
} announced[] = {
	{ "8-9", "0", "1", "announced is not of" },
	{ "8-9", "", "1", "announced is not of" },
	{ "8-9", "4294967296", "1", "announced is not of" },
	{ "8-9", "5", "0", "announced is not of" },
	{ "8", "5", "1", "announced is not of" },
	{ "x", "5", "1", "announced is not of" },
	{ "0-4294967295", "5", "1", "announced is not of" },
	{ "500-501", "5", "1", "pages cannot be mapped" },
	{ "8,1000", "5", "1", "pages cannot be mapped" },
	{ "8-9", "5", "1", "this is not of gntshare send" },
};

START_TEST(what_a_hostile_sender_announces_does_no_harm)
{
	announce(announced[_i].refs, announced[_i].port, announced[_i].writable);
	run(NULL, receive(""));
	assert_code(FAILED);
	assert_err(announced[_i].message);
	ck_assert_str_eq(get_file("/folder/x"), "old");
	ck_assert_int_eq(files(), 1);
}
END_TEST

START_TEST(a_receiver_waits_for_the_sender)
{
	pid_t child = start(receive(""));

	assert_running(child);
	ck_assert_int_eq(files(), 2);
	announce("8-9", "5", "1");
	stop(child, 0);
	assert_code(FAILED);
	assert_err("this is not of gntshare send");
	remove_file("/xenstore");
	run(NULL, receive("--wait 1"));
	assert_code(FAILED);
	assert_err("nobody has come in time");
	child = start(receive(""));
	assert_running(child);
	stop(child, SIGHUP);
	assert_code(FAILED);
	assert_err("ended by a signal");
	ck_assert_str_eq(get_file("/folder/x"), "old");
	ck_assert_int_eq(files(), 1);
}
END_TEST

START_TEST(what_a_receiver_lacks_is_told)
{
	announce("8-9", "5", "1");
	run(NULL, "receive 7:k /nowhere/file");
	assert_code(FAILED);
	assert_err("/nowhere/file cannot be created");
	in_child = no_evtchn;
	run(NULL, receive(""));
	assert_code(FAILED);
	assert_err("/dev/xen/evtchn cannot be opened");
	in_child = no_port;
	run(NULL, receive(""));
	assert_code(FAILED);
	assert_err("event channel cannot be bound");
	in_child = no_xenstore;
	run(NULL, receive(""));
	assert_code(FAILED);
	assert_err("xenstore cannot be watched");
	ck_assert_int_eq(files(), 1);
}
END_TEST

struct Suite *transfer_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = tool_suite("transfer", &tests);

	tcase_add_loop_test(tests, what_was_sent_is_received, 0,
			    3 * ARRAY_SIZE(sizes));
	tcase_add_test(tests, pipes_are_sent_and_received);
	tcase_add_test(tests,
		       an_event_tells_of_half_of_the_slots_or_comes_before_a_sleep);
	tcase_add_test(tests,
		       the_checksums_of_both_sides_are_those_of_the_file);
	tcase_add_loop_test(tests, a_first_page_that_is_wrong_is_refused, 0,
			    ARRAY_SIZE(wrong_pages));
	tcase_add_loop_test(tests,
			    a_sender_that_breaks_the_rules_ends_the_receiver, 0,
			    ARRAY_SIZE(bad_senders));
	tcase_add_loop_test(tests,
			    a_receiver_that_breaks_the_rules_ends_the_sender, 0,
			    ARRAY_SIZE(bad_receivers));
	tcase_add_test(tests,
		       a_domain_that_is_destroyed_ends_the_other_side);
	tcase_add_test(tests,
		       a_receiver_that_ends_while_the_sender_waits_for_input_ends_it);
	tcase_add_test(tests,
		       a_signal_ends_both_sides_whatever_they_wait_for);
	tcase_add_test(tests,
		       what_cannot_be_read_or_written_is_told_to_both_sides);
	tcase_add_test(tests,
		       a_sender_announces_its_pages_until_a_receiver_comes);
	tcase_add_test(tests, what_a_sender_lacks_is_told);
	tcase_add_loop_test(tests, what_a_hostile_sender_announces_does_no_harm,
			    0, ARRAY_SIZE(announced));
	tcase_add_test(tests, a_receiver_waits_for_the_sender);
	tcase_add_test(tests, what_a_receiver_lacks_is_told);
	return suite;
}
