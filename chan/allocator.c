// SPDX-License-Identifier: LGPL-2.1-or-later
/* The allocator that a listener and the channels that it has made use. */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

/*
 * struct gntchan__allocator
 *
 * @users: how many have it. Channels may be used by different threads.
 * @own: close it when nobody has it
 */
struct gntchan__allocator {
	struct gntshare *share;
	unsigned int users;
	bool own;
};

int gntchan__allocator_open(struct gntchan__allocator **out,
			    struct gntshare *share)
{
	struct gntchan__allocator *a = calloc(1, sizeof(*a));
	int err;

	if (!a)
		return -ENOMEM;
	a->users = 1;
	a->share = share;
	if (!share) {
		a->own = true;
		err = gntshare_open(&a->share, NULL);
		if (err) {
			free(a);
			return err;
		}
	}
	*out = a;
	return 0;
}

struct gntshare *gntchan__allocator_get(struct gntchan__allocator *a)
{
	__atomic_fetch_add(&a->users, 1, __ATOMIC_RELAXED);
	return a->share;
}

void gntchan__allocator_put(struct gntchan__allocator *a)
{
	if (__atomic_fetch_sub(&a->users, 1, __ATOMIC_ACQ_REL) > 1)
		return;
	if (a->own)
		gntshare_close(a->share);
	free(a);
}
