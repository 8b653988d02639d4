// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who waits while the domU is saved. All tasks are frozen for that, which the
 * kernel does by a signal that no program sees: a wait goes on afterwards, for
 * what was left of its time, whether the domU was restored or not.
 */
#include <errno.h>
#include <stdlib.h>

#include "native_stage.h"
#include "save.h"

/* Longer than a test: no wait here ends by itself. */
#define LONG_MS		300000

/*
 * The ways to wait, each for the end of a region of its own, which is destroyed
 * and held by the peer: with a time-out, in the library without one, in poll(),
 * in read().
 */
enum { TIMED, UNTIMED, POLLING, READING, SLEEPERS };

struct scene {
	struct actor *peer, *sleepers[SLEEPERS];
	struct share s[SLEEPERS], m[SLEEPERS];
};

static void fall_asleep(struct scene *scene, int pair)
{
	int i;

	scene->peer = actor_start(pairs[pair].peer);
	for (i = 0; i < SLEEPERS; i++) {
		struct actor *a = actor_start(pairs[pair].owner);
		struct share *s = &scene->s[i];

		scene->sleepers[i] = a;
		must(share(s, a, i == UNTIMED ? "regions" : "native",
			   scene->peer, 2, WRITABLE, 1));
		must(map(&scene->m[i], scene->peer, "xengnttab", s, WRITABLE,
			 1));
		destroy(s, "event");
	}
	tell(scene->sleepers[TIMED], "wait %ld %u -1 %d",
	     scene->s[TIMED].thing, GNTALLOC_WAIT_GONE, LONG_MS);
	tell(scene->sleepers[UNTIMED], "wait %ld %u -1 -1",
	     scene->s[UNTIMED].thing, GNTALLOC_WAIT_GONE);
	tell(scene->sleepers[POLLING], "restored %ld %d",
	     scene->s[POLLING].thing, LONG_MS);
	tell(scene->sleepers[READING], "next_event %ld",
	     scene->s[READING].thing);
	sleep_ms(300);
}

/* It said: state, held, microseconds. */
static void is_gone(struct actor *a)
{
	must(hear(a));
	ck_assert_int_eq(atoi(said(a)), GNTALLOC_STATE_GONE);
}

START_TEST(who_waits_sleeps_on_through_a_save_without_a_restore)
{
	struct actor *witness;
	struct scene scene;
	int i;

	fall_asleep(&scene, _i);
	save_and_go_on(actor_domain(scene.sleepers[0]));

	/* none of the waits is over, and nothing was let go of */
	witness = actor_start(pairs[_i].owner);
	counters(witness, 2 * SLEEPERS, 2 * SLEEPERS);
	sleep_ms(500);
	for (i = 0; i < SLEEPERS; i++)
		ck_assert(!has_answered(scene.sleepers[i]));
	for (i = 0; i < SLEEPERS; i++)
		must(release(&scene.m[i]));
	is_gone(scene.sleepers[TIMED]);
	is_gone(scene.sleepers[UNTIMED]);
	/* the event is that the region is gone, and no other came before */
	fails(hear(scene.sleepers[POLLING]), EPROTO);
	ck_assert_int_eq(atoi(said(scene.sleepers[POLLING])),
			 GNTALLOC_EVENT_GONE);
	ck_assert_int_eq(hear(scene.sleepers[READING]), GNTALLOC_EVENT_GONE);
	counters(witness, 0, 0);
}
END_TEST

START_TEST(who_waits_is_woken_by_a_restore)
{
	struct scene scene;
	struct actor *witness;
	long generation;

	fall_asleep(&scene, _i);
	save_and_restore(actor_domain(scene.sleepers[0]));

	/* its grants are gone, and the regions with them */
	is_gone(scene.sleepers[TIMED]);
	is_gone(scene.sleepers[UNTIMED]);
	generation = must(hear(scene.sleepers[POLLING]));
	ck_assert_int_eq(hear(scene.sleepers[READING]),
			 GNTALLOC_EVENT_RESTORED);
	ck_assert_int_eq(atoi(said(scene.sleepers[READING])), generation);
	witness = actor_start(pairs[_i].owner);
	ck_assert_int_eq(ask(witness, "generation"), generation);
	counters(witness, 0, 0);
}
END_TEST

void native_asleep(TCase *tc, int pair)
{
	/* only a domU can be saved */
	if (!pairs[pair].owner->remote)
		return;
	tcase_set_timeout(tc, SAVE_TIMEOUT);
	if (can_go_on())
		add(who_waits_sleeps_on_through_a_save_without_a_restore);
	add(who_waits_is_woken_by_a_restore);
}
