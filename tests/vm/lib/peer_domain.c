// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer that is a whole domain and does nothing else: see peer/peer.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "peer_domain.h"
#include "xl.h"

#define CONFIG	"/tmp/peer.cfg"

int peer_domain_create(const struct domain *owner, const char *grefs)
{
	FILE *config = fopen(CONFIG, "we");
	char *here = get_current_dir_name();

	ck_assert_ptr_nonnull(config);
	ck_assert_ptr_nonnull(here);
	fprintf(config,
		"name = \"peer\"\ntype = \"pvh\"\nmemory = 8\nvcpus = 1\n"
		"kernel = \"%s/peer\"\nextra = \"%d %s\"\n"
		"cpu_weight = 8\nmax_grant_frames = 4\n"
		"max_maptrack_frames = 4\n",
		here, owner->domid, grefs);
	free(here);
	ck_assert_int_eq(fclose(config), 0);
	xl("create -e -q " CONFIG);
	return xl_domid("peer");
}

void peer_domain_destroy(void)
{
	xl("destroy peer");
}
