/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A peer that is a whole domain, and nothing else.
 */
#ifndef VM_PEER_DOMAIN_H
#define VM_PEER_DOMAIN_H

#include "fixture.h"

/*
 * Creates a domain that maps @owner's pages, of which it guesses the grefs: those
 * that the command "around" has said. Returns its id. One at a time.
 */
int peer_domain_create(const struct domain *owner, const char *grefs);
void peer_domain_destroy(void);

#endif
