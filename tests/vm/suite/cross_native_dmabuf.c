// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dma-bufs are shared with a peer: how long the driver keeps them, and the
 * frames of a camera. What holds for other memory, too, is in
 * cross_native_own_memory.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cross_native.h"
#include "device.h"
#include "dmabuf.h"

SUITE(.between_domus = true, .timeout = 300);

/*
 * The references on a dma-buf: those of the owner's descriptor and mapping, if
 * the exporter counts mappings, and that of the driver.
 */
#define OF_DRIVER	1

static long of_owner(struct worker *owner, const char *kind)
{
	return must(rpc(owner, "references_of %s", kind));
}

START_LOOP_TEST(a_dmabuf_stays_until_no_peer_holds_it, 0,
		DMABUF_EXPORTERS)
{
	DECLARE_WORKERS_BY_KIND(dmabuf_exporters);
	struct share s, m;

	if (!share_existing(owner, peer, kind, &s, &m, 100))
		return;
	must(close_file(&s));
	counters(owner, 100, 100);
	ck_assert_int_eq(rpc(owner, "references %ld", s.thing),
			 of_owner(owner, kind) + OF_DRIVER);
	must(check(&m, 1));
	must(fill(&m, 2));
	must(check(&s, 2));
	must(give_up(&m));
	becomes(owner, "draining", 0, 1000);
	becomes(owner, "pages", 0, 1000);
	must(rpc(owner, "let_go %ld %ld", s.thing, of_owner(owner, kind)));
}
END_TEST

START_LOOP_TEST(the_module_unloads_while_a_peer_holds_a_dmabuf, 0,
		DMABUF_EXPORTERS)
{
	DECLARE_WORKERS_BY_KIND(dmabuf_exporters);
	struct share s, m;

	if (!share_existing(owner, peer, kind, &s, &m, 20))
		return;
	must(close_file(&s));
	counters(owner, 20, 20);
	must(rpc(owner, "unload"));
	/* Nobody can give it back any more. */
	ck_assert_int_eq(rpc(owner, "references %ld", s.thing),
			 of_owner(owner, kind) + OF_DRIVER);
	must(rpc(owner, "lose %ld all", s.thing));
	stay_over_a_load(owner, peer, kind, &m);
}
END_TEST

START_TEST(a_peer_has_what_it_is_granted_as_a_dmabuf)
{
	DECLARE_WORKERS;
	long ret, able = rpc(peer, "exports_grefs");
	struct share s, m;

	must(share(&s, owner, "regions", peer, 20, WRITABLE, 1));
	fails(map(&m, peer, "dmabuf", &s, READONLY, 0), EOPNOTSUPP);
	ret = map(&m, peer, "dmabuf", &s, WRITABLE, 0);
	if (able) {
		ck_assert_int_eq(ret, able);
		return;
	}
	must(ret);
	/* These are the owner's pages, and no region can have them. */
	fails(rpc(peer, "from_dmabuf %ld", m.thing), EOPNOTSUPP);
	must(close_file(&m));
	must(rpc(owner, "destroy %ld quiet", s.thing));
	is_state(&s, GNTALLOC_STATE_DRAINING, 20);
	fails(wait_for(&s, GNTALLOC_WAIT_GONE, 50), ETIMEDOUT);
	must(give_up(&m));
	must(wait_for(&s, GNTALLOC_WAIT_GONE, 5000));
}
END_TEST

/* The owner has the camera's buffer mapped, and the peer by its grefs. */
static void film(struct share *s, struct share *m)
{
	long sum, last = -1;
	unsigned int frame;

	for (frame = 0; frame < 10; frame++) {
		must(rpc(s->worker, "frame %ld", s->thing));
		sum = rpc(s->worker, "sum %ld", s->thing);
		ck_assert_int_ge(sum, 0);
		/* The picture has a clock, and moves. */
		ck_assert_int_ne(sum, last);
		ck_assert_int_eq(rpc(m->worker, "sum %ld", m->thing), sum);
		last = sum;
	}
}

START_TEST(a_peer_sees_each_frame_of_a_camera)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "camera", peer, CAMERA_PAGES, READONLY, 0));
	must(map(&m, peer, "gntshare", &s, READONLY, 0));
	film(&s, &m);
}
END_TEST

START_TEST(a_camera_writes_to_pages_of_a_region)
{
	DECLARE_WORKERS;
	struct share s, m;

	must(share(&s, owner, "regions", peer, CAMERA_PAGES, READONLY, 1));
	must(map(&m, peer, "gntshare", &s, READONLY, 1));
	must(rpc(owner, "film %ld", s.thing));
	film(&s, &m);
}
END_TEST
