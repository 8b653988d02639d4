// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Callers that make mistakes or intend harm: bad memory and unknown calls. A
 * call that fails leaves everything as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gntshare/gntalloc.h>

#include "device.h"
#include "fixture.h"
#include "kmsg.h"
#include "suite.h"

static const unsigned long calls[] = {
	GNTALLOC_2010_ALLOC, GNTALLOC_2010_DEALLOC, GNTALLOC_2011_ALLOC,
	GNTALLOC_2011_DEALLOC, GNTALLOC_2011_NOTIFY,
};

#define CALLS	(sizeof(calls) / sizeof(*calls))

static int call(int file, unsigned long request, void *arg)
{
	return ioctl(file, request, arg) < 0 ? -errno : 0;
}

/* Nothing is shared, and the next allocation is the first of the file. */
static void nothing_happened(int file)
{
	uint64_t index;

	ck_assert_int_eq(device_counter("entries"), 0);
	ck_assert_int_eq(device_counter("draining"), 0);
	must(device_alloc(file, NOBODY, 0, 1, &index, NULL));
	ck_assert_uint_eq(index, 0);
}

START_TEST(arguments_that_cannot_be_read_are_efault)
{
	int file = (int)must(device_open());
	size_t i;

	for (i = 0; i < CALLS; i++) {
		fails(call(file, calls[i], NULL), EFAULT);
		fails(call(file, calls[i], (void *)0xffff888000000000), EFAULT);
		/* The first bytes can be read, the rest cannot. */
		fails(call(file, calls[i], cliff() - 2), EFAULT);
	}
	nothing_happened(file);
}
END_TEST

START_TEST(a_2010_result_that_cannot_be_written_is_efault_and_undone)
{
	int file = (int)must(device_open());
	struct gntalloc_2010_alloc *arg;

	arg = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fails(call(file, GNTALLOC_2010_ALLOC, arg), EFAULT);
	fails(call(file, GNTALLOC_2010_ALLOC, arg), EFAULT);
	nothing_happened(file);
}
END_TEST

START_TEST(a_2011_result_that_cannot_be_written_is_efault_and_undone)
{
	int file = (int)must(device_open());
	struct gntalloc_2011_alloc *arg;

	arg = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	arg->count = 4;
	ck_assert_int_eq(mprotect(arg, PAGE, PROT_READ), 0);
	fails(call(file, GNTALLOC_2011_ALLOC, arg), EFAULT);
	nothing_happened(file);
}
END_TEST

START_TEST(grefs_that_cannot_all_be_written_are_efault_and_undone)
{
	int file = (int)must(device_open());
	struct gntalloc_2011_alloc *arg;
	size_t room;

	/*
	 * There is room for none of the grefs, for the first, for all but one.
	 */
	for (room = 0; room < 8; room += room ? 6 : 1) {
		arg = (void *)(cliff() - room * sizeof(uint32_t) -
			       offsetof(struct gntalloc_2011_alloc, gref_ids));
		arg->domid = NOBODY;
		arg->flags = GNTALLOC_2011_WRITABLE;
		arg->count = 8;
		fails(call(file, GNTALLOC_2011_ALLOC, arg), EFAULT);
		ck_assert_int_eq(device_counter("entries"), 0);
	}
	nothing_happened(file);
}
END_TEST

START_TEST(many_grefs_that_cannot_all_be_written_are_efault_and_undone)
{
	int file = (int)must(device_open());
	struct gntalloc_2011_alloc *arg;

	must(device_set_limit(5000));
	arg = (void *)(cliff() - PAGE);
	arg->domid = NOBODY;
	arg->count = 5000;	/* 1024 of them fit in the page */
	fails(call(file, GNTALLOC_2011_ALLOC, arg), EFAULT);
	nothing_happened(file);
}
END_TEST

START_TEST(an_alloc_writes_up_to_the_last_byte_of_the_memory_given)
{
	int file = (int)must(device_open());
	struct gntalloc_2011_alloc *arg;

	arg = (void *)(cliff() - 8 * sizeof(uint32_t) -
		       offsetof(struct gntalloc_2011_alloc, gref_ids));
	arg->domid = NOBODY;
	arg->count = 8;
	must(call(file, GNTALLOC_2011_ALLOC, arg));
	ck_assert_int_eq(device_counter("entries"), 8);
}
END_TEST

START_TEST(unknown_calls_are_enotty)
{
	int file = (int)must(device_open());
	char arg[256] = { 0 };

	fails(call(file, 0, arg), ENOTTY);
	fails(call(file, _IOC(_IOC_NONE, 'G', 200, 16), arg), ENOTTY);
	fails(call(file, _IOC(_IOC_NONE, 'g', 5, 24), arg), ENOTTY);
	fails(call(file, 0xffffffff, arg), ENOTTY);
	nothing_happened(file);
}
END_TEST

START_TEST(known_numbers_with_another_size_or_direction_are_enotty)
{
	int file = (int)must(device_open());
	char arg[256] = { 0 };
	size_t i;

	for (i = 0; i < CALLS; i++) {
		unsigned int number = _IOC_NR(calls[i]);
		unsigned int size = _IOC_SIZE(calls[i]);

		fails(call(file, _IOC(_IOC_NONE, 'G', number, 0), arg), ENOTTY);
		fails(call(file, _IOC(_IOC_NONE, 'G', number, size + 4), arg),
		      ENOTTY);
		fails(call(file, _IOC(_IOC_READ | _IOC_WRITE, 'G', number,
				      size), arg), ENOTTY);
	}
	nothing_happened(file);
}
END_TEST

START_TEST(numbers_of_32_bit_callers_are_enotty_for_others)
{
	int file = (int)must(device_open());
	char arg[256] = { 0 };

	fails(call(file, _IOC(_IOC_NONE, 'G', 5, 20), arg), ENOTTY);
	fails(call(file, _IOC(_IOC_NONE, 'G', 6, 12), arg), ENOTTY);
}
END_TEST

START_TEST(the_device_is_not_read_or_written)
{
	int file = (int)must(device_open());
	char byte = 0;

	ck_assert_int_eq(read(file, &byte, 1), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(write(file, &byte, 1), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(the_counters_cannot_be_written)
{
	int fd = open("/sys/class/misc/xen!gntalloc/entries", O_WRONLY);

	/* Root may open the file, but sysfs has no function to write it. */
	if (fd >= 0) {
		ck_assert_int_eq(write(fd, "1", 1), -1);
		ck_assert_int_eq(errno, EIO);
	} else {
		ck_assert_int_eq(errno, EACCES);
	}
	ck_assert_int_eq(device_counter("entries"), 0);
}
END_TEST

START_TEST(calls_that_fail_say_nothing_in_the_log)
{
	int file = (int)must(device_open());
	char arg[256] = { 0 };
	void *address;
	size_t i;
	int round;

	kmsg_mentions("");
	for (round = 0; round < 20; round++) {
		for (i = 0; i < CALLS; i++)
			call(file, calls[i], NULL);
		call(file, _IOC(_IOC_NONE, 'G', 200, 16), arg);
		device_alloc(file, 0x7ff0, 0, 1, NULL, NULL);
		device_alloc(file, NOBODY, 0xffff, 1, NULL, NULL);
		device_alloc(file, NOBODY, 0, 1000000, NULL, NULL);
		device_dealloc(file, 0, 1);
		device_dealloc_2010(file, 77);
		device_notify(file, 0, 0xffffffff, 0);
		device_map(file, 0, 1, &address);
		mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);
	}
	/* The kernel's grant table logs nothing because of us, either. */
	ck_assert_int_eq(kmsg_mentions_any((const char *[]){
		"gntalloc", "grant", "gnttab", "g.e.", NULL }), 0);
}
END_TEST
