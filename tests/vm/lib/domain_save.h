/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * To save a domU, and to restore it or not. A test that cannot has failed.
 */
#ifndef VM_DOMAIN_SAVE_H
#define VM_DOMAIN_SAVE_H

#include "fixture.h"

/* Seconds for a test that does */
#define SAVE_TIMEOUT	240

/* It has another id afterwards. */
void save_and_restore(const struct domain *d);

/* Saved, and then going on where it is: what a failed migration does. */
void save_and_go_on(const struct domain *d);

/*
 * Linux 5.10 in a domain of Xen 4.14 takes that for a restore, with or without
 * us, and dies of it in evtchn_fifo_resume().
 */
bool can_go_on(const struct pair *pair);

#endif
