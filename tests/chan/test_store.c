// SPDX-License-Identifier: GPL-2.0-or-later
/* What xenstore itself can do: end and begin again, fail, and say nonsense. */
#include "chan_test.h"

#define RING	4096u

static char bytes[16];

/* A server in domain 0, whose clients are those of libxenvchan, in both domains. */
#define LIKE_THERE	(THERE + 64)

static struct gntchan_listener *listen_in_domain_0(struct gntchan *c[2])
{
	static const uint32_t domids[] = { THERE, LIKE_THERE };
	const struct gntchan_listen_options options = {
		.name = "test", .domids = domids, .count = 2,
		.read_size = RING, .write_size = RING,
	};
	struct gntchan_listener *l;
	unsigned int i;

	fake_set_domain(0);
	ck_assert_int_eq(gntchan_listen(&l, &options, sizeof(options)), 0);
	page_of("/local/domain/0/data/gntchan/test/7")->cli_live = 1;
	page_of("/local/domain/0/data/gntchan/test/71")->cli_live = 1;
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(gntchan_accept(l, &c[i], 0), 0);
		gntchan_set_timeout(c[i], 0);
	}
	ck_assert_uint_eq(gntchan_domid(c[0]), THERE);
	ck_assert_uint_eq(gntchan_domid(c[1]), LIKE_THERE);
	return l;
}

static ssize_t read_often(struct gntchan *c)
{
	unsigned int i;

	for (i = 0; i < 3 && gntchan_read(c, bytes, 1) == -EAGAIN; i++)
		;
	return gntchan_read(c, bytes, 1);
}

START_TEST(domain_0_sees_the_end_of_a_domain_with_another_xenstore)
{
	struct gntchan_listener *l;
	struct gntchan *c[2];

	l = listen_in_domain_0(c);
	fake_let_time_fly(true);
	fake_stop_xenstore();
	ck_assert_int_eq(read_often(c[0]), -EAGAIN);
	fake_start_xenstore();
	fake_destroy_domain(THERE);
	ck_assert_int_eq(read_often(c[0]), -ECONNRESET);
	ck_assert_int_eq(read_often(c[1]), -EAGAIN);
	gntchan_close(c[0]);
	gntchan_close(c[1]);
	gntchan_listener_close(l);
}
END_TEST

struct Suite *store_suite(void)
{
	struct TCase *tests;
	struct Suite *suite = chan_suite("store", &tests);

	tcase_add_test(tests,
		       domain_0_sees_the_end_of_a_domain_with_another_xenstore);
	return suite;
}
