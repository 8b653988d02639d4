// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every failure of the calls of levels 2010 and 2011.
 */
#include "fail_walk.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include <gntshare/gntalloc.h>

#include "device.h"
#include "fixture.h"
#include "suite.h"

SUITE(.timeout = FAIL_TIMEOUT);

static int file;
static union {
	struct gntalloc_2010_alloc alloc_2010;
	struct gntalloc_2010_dealloc dealloc_2010;
	struct gntalloc_2011_alloc alloc;
	struct gntalloc_2011_dealloc dealloc;
	struct gntalloc_2011_notify notify;
	uint32_t space[1024];
} arg;

static uint32_t gref;
static uint32_t count;

static void open_file(void)
{
	file = (int)must(device_open());
}

static long call(unsigned long request)
{
	return ioctl(file, request, &arg) < 0 ? -errno : 0;
}

static void pages_are(long pages)
{
	ck_assert_int_eq(device_counter("pages"), pages);
	ck_assert_int_eq(device_counter("entries"), pages);
}

/* --- 2010 ----------------------------------------------------------------- */

static long alloc_2010(void)
{
	memset(&arg, 0, sizeof(arg));
	arg.alloc_2010.foreign_domid = NOBODY;
	return call(GNTALLOC_2010_ALLOC);
}

static void check_alloc_2010(void)
{
	ck_assert_uint_ge(arg.alloc_2010.gref_id, 8);
	pages_are(1);
}

static void prepare_dealloc_2010(void)
{
	open_file();
	must(device_alloc_2010(file, NOBODY, 0, &gref, NULL));
}

static long dealloc_2010(void)
{
	arg.dealloc_2010.gref_id = gref;
	return call(GNTALLOC_2010_DEALLOC);
}

static void check_none(void)
{
	pages_are(0);
}

START_TEST(every_failure_of_an_alloc_of_2010)
{
	WALK("2010 alloc", open_file, alloc_2010, check_alloc_2010);
}
END_TEST

START_TEST(every_failure_of_a_dealloc_of_2010)
{
	WALK("2010 dealloc", prepare_dealloc_2010, dealloc_2010, check_none);
}
END_TEST

/* --- 2011 ----------------------------------------------------------------- */

static long alloc_2011(void)
{
	memset(&arg, 0, sizeof(arg));
	arg.alloc.domid = NOBODY;
	arg.alloc.flags = GNTALLOC_2011_WRITABLE;
	arg.alloc.count = count;
	return call(GNTALLOC_2011_ALLOC);
}

static void check_alloc_2011(void)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		ck_assert_uint_ge(arg.alloc.gref_ids[i], 8);
	pages_are(count);
}

static void alloc_of(const char *name, uint32_t pages)
{
	count = pages;
	WALK(name, open_file, alloc_2011, check_alloc_2011);
}

START_TEST(every_failure_of_an_alloc_of_2011)
{
	alloc_of("2011 alloc of 1 page", 1);
}
END_TEST

START_TEST(every_failure_of_an_alloc_of_2011_of_16_pages)
{
	alloc_of("2011 alloc of 16 pages", 16);
}
END_TEST

START_TEST(every_failure_of_an_alloc_of_2011_of_300_pages)
{
	alloc_of("2011 alloc of 300 pages", 300);
}
END_TEST

static void prepare_2011(void)
{
	open_file();
	must(device_alloc(file, NOBODY, 0, 16, NULL, NULL));
}

static long dealloc_2011(void)
{
	arg.dealloc.index = 4 * PAGE;
	arg.dealloc.count = 8;
	return call(GNTALLOC_2011_DEALLOC);
}

static void check_dealloc_2011(void)
{
	pages_are(8);
}

START_TEST(every_failure_of_a_dealloc_of_2011)
{
	WALK("2011 dealloc", prepare_2011, dealloc_2011, check_dealloc_2011);
}
END_TEST

static long notify_2011(void)
{
	arg.notify.index = 5 * PAGE + 10;
	arg.notify.action = GNTALLOC_2011_CLEAR_BYTE;
	arg.notify.event_channel_port = 0;
	return call(GNTALLOC_2011_NOTIFY);
}

static void check_notify_2011(void)
{
	pages_are(16);
}

START_TEST(every_failure_of_a_notify_of_2011)
{
	WALK("2011 notify", prepare_2011, notify_2011, check_notify_2011);
}
END_TEST
