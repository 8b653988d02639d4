/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saves a domU, and restores it or lets it continue. If that does not work, the
 * test fails.
 */
#ifndef VM_DOMAIN_SAVE_H
#define VM_DOMAIN_SAVE_H

#include "fixture.h"

/* seconds for a test that saves a domain */
#define SAVE_TIMEOUT	240

/* Saves and restores the domain, which has another id afterwards. */
void save_and_restore(const struct domain *d);

/*
 * Saves the domain, which then continues where it is, as after a failed
 * migration.
 */
void save_and_go_on(const struct domain *d);

/*
 * Linux 5.10 in a domain of Xen 4.14 takes a failed save for a restore, also
 * without our module, and crashes in evtchn_fifo_resume().
 */
bool can_go_on(const struct pair *pair);

#endif
