/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The test files. Each adds its tests to a test case; one of a pair of
 * domains adds them for pairs[pair].
 */
#ifndef VM_SUITES_H
#define VM_SUITES_H

#include <check.h>

/*
 * Local tests grant to dom0, where nobody maps anything: in dom0 that is the
 * domain itself, and a PVH domain must not map its own grants.
 */
#define NOBODY	0

void local_2010(TCase *tc);
void local_2011(TCase *tc);
void local_blocks(TCase *tc);
void local_compat32(TCase *tc);
void local_errors(TCase *tc);
void local_fd(TCase *tc);
void local_limit(TCase *tc);
void local_mmap(TCase *tc);
void local_module(TCase *tc);
void local_udev(TCase *tc);

void native_bounds(TCase *tc);
void native_errors(TCase *tc);
void native_in_one(TCase *tc);
void native_killed(TCase *tc);
void native_memory(TCase *tc);
void native_regions(TCase *tc);
void native_restrictions(TCase *tc);
void native_search(TCase *tc);
void native_users(TCase *tc);

void race_bounds(TCase *tc);
void race_calls(TCase *tc);
void race_kill(TCase *tc);
void race_memory(TCase *tc);
void race_module(TCase *tc);
void race_peer(TCase *tc);

void cross_held(TCase *tc, int pair);
void cross_libxengnttab(TCase *tc, int pair);
void cross_lifetime(TCase *tc, int pair);
void cross_module(TCase *tc, int pair);
void cross_notify(TCase *tc, int pair);
void cross_self(TCase *tc, int pair);
void cross_share(TCase *tc, int pair);
void cross_vchan(TCase *tc, int pair);

void library_share(TCase *tc, int pair);
void native_asleep(TCase *tc, int pair);
void native_drain(TCase *tc, int pair);
void native_frontend(TCase *tc, int pair);
void native_library(TCase *tc, int pair);
void native_many(TCase *tc, int pair);
void native_peers(TCase *tc);
void native_restore(TCase *tc, int pair);
void native_share(TCase *tc, int pair);

void race_kill_cross(TCase *tc, int pair);
void race_module_cross(TCase *tc, int pair);
void race_owner(TCase *tc, int pair);
void race_scribble(TCase *tc, int pair);

void soak(TCase *tc);

#endif
