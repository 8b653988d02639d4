// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every failure of the calls of the native level.
 */
#include "fail_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device.h"
#include "dmabuf.h"
#include "fixture.h"
#include "native.h"
#include "suite.h"

#define PAGES	16
#define PAGES_MANY	300
#define GAPS	64

SUITE(.timeout = FAIL_TIMEOUT);

static int file;
static int event = -1;
static uint64_t id;
static uint32_t pages;
static uint32_t grefs[PAGES_MANY];
static long kept;		/* grants that remain, with gaps between them */
static struct gntalloc_native_event events[2];

static void open_file(void)
{
	file = (int)must(device_open());
}

static void prepare_region(void)
{
	open_file();
	must(native_create_at(file, 0, pages, &id));
}

/* Grants to two peers, of which one is a grant of a part of the region. */
static void prepare_grants(void)
{
	prepare_region();
	must(native_grant(file, 0, pages, NOBODY, 0, NULL));
	must(native_grant(file, 4 * PAGE, 4, 7, 0, NULL));
}

static void counts_are(long live, long grants)
{
	ck_assert_int_eq(device_counter("pages"), live);
	ck_assert_int_eq(device_counter("entries"), grants);
}

/* --- info and create ------------------------------------------------------ */

static struct gntalloc_native_info info;

static long do_info(void)
{
	return native_info(file, &info);
}

static void check_info(void)
{
	ck_assert_uint_eq(info.headroom, 128);
}

static long create(void)
{
	return native_create(file, pages, NULL, &id);
}

static long create_fixed(void)
{
	return native_create_at(file, 64 * PAGE, pages, &id);
}

static void check_create(void)
{
	ck_assert_uint_ne(id, 0);
	counts_are(pages, 0);
}

START_TEST(every_failure_of_an_info_call)
{
	WALK("info", open_file, do_info, check_info);
}
END_TEST

static char own[PAGES_MANY * PAGE] __attribute__((aligned(PAGE)));

static void prepare_memory(void)
{
	memset(own, 1, sizeof(own));
	open_file();
}

static long create_of_memory(void)
{
	return native_create_memory(file, own, pages, GNTALLOC_CREATE_WRITABLE,
				    NULL, &id);
}

static long create_to_be_read(void)
{
	return native_create_memory(file, own, pages, 0, NULL, &id);
}

static int dmabuf;

/*
 * Another region has the dma-buf mapped for the kernel already. To map it is a
 * call of the heap, and when that lacks memory, the kernel complains.
 */
static void prepare_dmabuf(void)
{
	uint64_t other;

	dmabuf = (int)must(dmabuf_new("heap", PAGES_MANY, false));
	open_file();
	must(native_create_dmabuf(file, dmabuf, 0, 1, GNTALLOC_CREATE_WRITABLE,
				  NULL, &other));
	open_file();
}

static long create_of_dmabuf(void)
{
	return native_create_dmabuf(file, dmabuf, 0, pages,
				    GNTALLOC_CREATE_WRITABLE, NULL, &id);
}

static void check_dmabuf(void)
{
	ck_assert_uint_ne(id, 0);
	/* All of a dma-buf counts, for each of the two regions. */
	counts_are(2 * PAGES_MANY, 0);
	/* Of the descriptor, and of each region: none of a failed call. */
	ck_assert(dmabuf_becomes(dmabuf, 3));
}

static int exported;

static long export_some(void)
{
	exported = native_export(file, 0, pages, GNTALLOC_EXPORT_WRITABLE);
	return exported;
}

static void check_export(void)
{
	ck_assert_int_ge(exported, 0);
	ck_assert_int_eq(dmabuf_references(exported), 1);
	close(exported);
	counts_are(pages, 0);
}

static struct gntalloc_native_share shared;

static long share_some(void)
{
	shared = (struct gntalloc_native_share) {
		.pages = pages, .domid = NOBODY,
		.flags = GNTALLOC_SHARE_WRITABLE,
	};
	return native_share_call(file, &shared, grefs);
}

static long share_fixed(void)
{
	shared = (struct gntalloc_native_share) {
		.offset = 64 * PAGE, .pages = pages, .domid = NOBODY,
		.flags = GNTALLOC_SHARE_FIXED,
	};
	return native_share_call(file, &shared, NULL);
}

static void check_share(void)
{
	ck_assert_uint_ne(shared.id, 0);
	ck_assert_uint_ge(shared.first_gref, 8);
	counts_are(pages, pages);
}

START_TEST(every_failure_of_a_create)
{
	pages = 1;
	WALK("create of 1 page", open_file, create, check_create);
	pages = PAGES;
	WALK("create of 16 pages", open_file, create, check_create);
	WALK("create at an offset", open_file, create_fixed, check_create);
}
END_TEST

START_TEST(every_failure_of_a_create_of_memory)
{
	pages = 1;
	WALK("create of 1 page of memory", prepare_memory, create_of_memory,
	     check_create);
	pages = PAGES;
	WALK("create of 16 pages of memory", prepare_memory, create_of_memory,
	     check_create);
	WALK("create of memory to be read", prepare_memory, create_to_be_read,
	     check_create);
	pages = PAGES_MANY;
	WALK("create of 300 pages of memory", prepare_memory, create_of_memory,
	     check_create);
}
END_TEST

START_TEST(every_failure_of_a_create_of_a_dmabuf)
{
	pages = 1;
	WALK("create of 1 page of a dma-buf", prepare_dmabuf, create_of_dmabuf,
	     check_dmabuf);
	pages = PAGES_MANY;
	WALK("create of 300 pages of a dma-buf", prepare_dmabuf,
	     create_of_dmabuf, check_dmabuf);
}
END_TEST

START_TEST(every_failure_of_an_export)
{
	pages = 1;
	WALK("export of 1 page", prepare_region, export_some, check_export);
	pages = PAGES_MANY;
	WALK("export of 300 pages", prepare_region, export_some, check_export);
}
END_TEST

START_TEST(every_failure_of_a_create_of_300_pages)
{
	pages = PAGES_MANY;
	WALK("create of 300 pages", open_file, create, check_create);
}
END_TEST

START_TEST(every_failure_of_a_share)
{
	pages = 1;
	WALK("share of 1 page", open_file, share_some, check_share);
	pages = PAGES;
	WALK("share of 16 pages", open_file, share_some, check_share);
	WALK("share at an offset", open_file, share_fixed, check_share);
}
END_TEST

START_TEST(every_failure_of_a_share_of_300_pages)
{
	pages = PAGES_MANY;
	WALK("share of 300 pages", open_file, share_some, check_share);
}
END_TEST

/* --- grant and revoke ----------------------------------------------------- */

static long grant(void)
{
	return native_grant(file, 0, pages, NOBODY, GNTALLOC_GRANT_WRITABLE,
			    grefs);
}

static long grant_run(void)
{
	return native_grant_run(file, 0, pages, NOBODY, 0, grefs);
}

static void check_grant(void)
{
	ck_assert_uint_ge(grefs[0], 8);
	counts_are(pages, pages);
}

static void check_second_grant(void)
{
	counts_are(pages, 2 * pages + 4);
}

/* The next free entries are even ones, of which no two are consecutive. */
static void prepare_gaps(void)
{
	uint32_t gaps[GAPS];
	uint64_t i;

	prepare_region();
	must(native_create_at(file, GAPS * PAGE, GAPS, NULL));
	must(native_grant(file, GAPS * PAGE, GAPS, NOBODY, 0, gaps));
	kept = GAPS;
	for (i = 0; i < GAPS; i++) {
		if (gaps[i] % 2)
			continue;
		must(native_revoke(file, (GAPS + i) * PAGE, 1, NOBODY));
		kept--;
	}
}

static void check_row(void)
{
	ck_assert_uint_ge(grefs[0], 8);
	counts_are(pages + GAPS, pages + kept);
}

static long share_run(void)
{
	shared = (struct gntalloc_native_share) {
		.pages = pages, .domid = NOBODY,
		.flags = GNTALLOC_SHARE_CONSECUTIVE,
	};
	return native_share_call(file, &shared, NULL);
}

static void check_shared_row(void)
{
	ck_assert_uint_eq(shared.answer, GNTALLOC_GRANTED_CONSECUTIVE);
	counts_are(2 * pages + GAPS, pages + kept);
}

START_TEST(every_failure_of_a_grant)
{
	pages = PAGES;
	WALK("grant of 16 pages", prepare_region, grant, check_grant);
	WALK("grant, consecutive", prepare_region, grant_run, check_grant);
	WALK("grant, a row searched", prepare_gaps, grant_run, check_row);
	WALK("share, a row searched", prepare_gaps, share_run,
	     check_shared_row);
	WALK("grant, one more", prepare_grants, grant, check_second_grant);
}
END_TEST

START_TEST(every_failure_of_a_grant_of_300_pages)
{
	pages = PAGES_MANY;
	WALK("grant of 300 pages", prepare_region, grant, check_grant);
}
END_TEST

static long revoke_some(void)
{
	return native_revoke(file, 2 * PAGE, 8, NOBODY);
}

static void check_revoke(void)
{
	counts_are(pages, pages + 4 - 8);
}

START_TEST(every_failure_of_a_revoke)
{
	static const struct walk w = {
		"revoke", prepare_grants, revoke_some, check_revoke, ENOENT
	};

	pages = PAGES;
	walk(&w);
}
END_TEST

/* --- destroy, wait, read -------------------------------------------------- */

static long destroy(void)
{
	return native_destroy(file, id);
}

static long destroy_event(void)
{
	return native_destroy_event(file, id);
}

static void prepare_eventfd(void)
{
	prepare_grants();
	if (event < 0)
		event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ck_assert_int_ge(event, 0);
}

static long destroy_eventfd(void)
{
	return native_destroy_eventfd(file, id, event);
}

static void check_gone(void)
{
	counts_are(0, 0);
}

static void check_event(void)
{
	check_gone();
	ck_assert_int_eq(native_event(file, events), sizeof(*events));
	ck_assert_uint_eq(events[0].id, id);
}

static void check_eventfd(void)
{
	uint64_t number;

	check_gone();
	ck_assert_int_eq(read(event, &number, sizeof(number)), sizeof(number));
	ck_assert_uint_eq(number, 1);
}

static uint32_t state;

static long ask_state(void)
{
	return native_wait(file, id, 0, -1, 0, &state, NULL);
}

static long wait_released(void)
{
	return native_wait(file, id, GNTALLOC_WAIT_RELEASED, NOBODY,
			   1000000000, &state, NULL);
}

static void check_live(void)
{
	ck_assert_uint_eq(state, GNTALLOC_STATE_LIVE);
	counts_are(pages, pages + 4);
}

static void prepare_event(void)
{
	prepare_grants();
	must(native_destroy_event(file, id));
}

static long read_event(void)
{
	ssize_t got = read(file, events, sizeof(events));

	return got < 0 ? -errno : got == sizeof(*events) ? 0 : -EPROTO;
}

static void check_read(void)
{
	ck_assert_uint_eq(events[0].type, GNTALLOC_EVENT_GONE);
	ck_assert_uint_eq(events[0].id, id);
	/* The event comes only once. */
	ck_assert_int_eq(native_event(file, events), -EAGAIN);
}

START_TEST(every_failure_of_a_destroy)
{
	pages = PAGES;
	WALK("destroy", prepare_grants, destroy, check_gone);
	WALK("destroy with an event", prepare_grants, destroy_event,
	     check_event);
	WALK("destroy with an eventfd", prepare_eventfd, destroy_eventfd,
	     check_eventfd);
}
END_TEST

START_TEST(every_failure_of_a_wait)
{
	pages = PAGES;
	WALK("wait, state only", prepare_grants, ask_state, check_live);
	WALK("wait, released", prepare_grants, wait_released, check_live);
}
END_TEST

START_TEST(every_failure_of_a_read)
{
	pages = PAGES;
	WALK("read of an event", prepare_event, read_event, check_read);
}
END_TEST

/* --- restrict ------------------------------------------------------------- */

static long restrict_domids(void)
{
	static const uint16_t domids[] = { 7, NOBODY };

	return native_restrict(file, GNTALLOC_RESTRICT_DOMIDS |
			       GNTALLOC_RESTRICT_PAGES, 3, domids, 2);
}

static void check_restrict(void)
{
	fails(native_grant(file, 0, 1, 5, 0, NULL), EPERM);
	fails(native_create(file, 4, NULL, NULL), EDQUOT);
	must(native_create(file, 3, NULL, NULL));
}

START_TEST(every_failure_of_a_restrict)
{
	pages = PAGES;
	WALK("restrict", prepare_region, restrict_domids, check_restrict);
}
END_TEST
