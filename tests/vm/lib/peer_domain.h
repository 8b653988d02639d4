/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A peer that is a whole domain and does nothing else.
 */
#ifndef VM_PEER_DOMAIN_H
#define VM_PEER_DOMAIN_H

#include "fixture.h"

/*
 * Creates a domain that maps the pages of @owner by guessing their grefs. It
 * guesses around @grefs, which are what the command "around" has returned.
 * Returns the id of the domain. There can be only one such domain at a time.
 */
int peer_domain_create(const struct domain *owner, const char *grefs);
void peer_domain_destroy(void);

#endif
