// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: how much there is, and may be
 *
 * Live pages and grant entries are counted, each for the module, for the user
 * who opened the device, and for the open file. Each count has a bound, the
 * same for pages and for entries: the parameters "limit" and "quota", and
 * what a file was restricted to.
 */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "gntalloc.h"

unsigned int gntalloc_limit = 1024;
unsigned int gntalloc_quota;

static atomic64_t total = ATOMIC64_INIT(0);

static DEFINE_HASHTABLE(users, 8);
static DEFINE_SPINLOCK(users_lock);

static struct gntalloc_user *user_find(kuid_t uid)
{
	struct gntalloc_user *user;

	hash_for_each_possible(users, user, node, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

/**
 * gntalloc_user_get - the counts of a user
 * @uid: the user
 *
 * Return: the counts, with a reference for the caller, or NULL.
 */
struct gntalloc_user *gntalloc_user_get(kuid_t uid)
{
	struct gntalloc_user *user, *fresh;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return NULL;
	refcount_set(&fresh->refs, 1);
	fresh->uid = uid;

	spin_lock(&users_lock);
	user = user_find(uid);
	if (user) {
		refcount_inc(&user->refs);
	} else {
		user = fresh;
		fresh = NULL;
		hash_add(users, &user->node, __kuid_val(uid));
	}
	spin_unlock(&users_lock);

	kfree(fresh);
	return user;
}

/**
 * gntalloc_user_put - give back a reference of gntalloc_user_get()
 * @user: may be gone when this returns
 */
void gntalloc_user_put(struct gntalloc_user *user)
{
	bool last;

	spin_lock(&users_lock);
	last = refcount_dec_and_test(&user->refs);
	if (last)
		hash_del(&user->node);
	spin_unlock(&users_lock);
	if (last)
		kfree(user);
}

static bool half_fits(u32 used, u32 bound, u32 more)
{
	return !more || (used <= bound && more <= bound - used);
}

static bool count_up(atomic64_t *used, u64 bound, u64 what)
{
	s64 old = atomic64_read(used);

	do {
		if (!half_fits(lower_32_bits(old), lower_32_bits(bound),
			       lower_32_bits(what)) ||
		    !half_fits(upper_32_bits(old), upper_32_bits(bound),
			       upper_32_bits(what)))
			return false;
	} while (!atomic64_try_cmpxchg(used, &old, old + what));
	return true;
}

/**
 * gntalloc_charge - count what is about to be made
 * @file: for which open file
 * @what: GNTALLOC_PAGES(), GNTALLOC_GRANTS(), or both; any numbers
 *
 * Return: 0, or -EDQUOT with nothing changed if a bound would be exceeded.
 * A bound may be lower than what there is.
 */
int gntalloc_charge(struct gntalloc_file *file, u64 what)
{
	unsigned int quota = READ_ONCE(gntalloc_quota);

	if (!count_up(&total, GNTALLOC_BOTH(READ_ONCE(gntalloc_limit)), what))
		return -EDQUOT;
	if (!count_up(&file->user->used,
		      GNTALLOC_BOTH(quota ? quota : INT_MAX), what))
		goto user_full;
	if (!count_up(&file->used, READ_ONCE(file->bound), what))
		goto file_full;
	return 0;

file_full:
	atomic64_sub(what, &file->user->used);
user_full:
	atomic64_sub(what, &total);
	return -EDQUOT;
}

/**
 * gntalloc_uncharge - no longer count what is gone
 * @file: as for gntalloc_charge()
 * @what: of that which was charged
 */
void gntalloc_uncharge(struct gntalloc_file *file, u64 what)
{
	atomic64_sub(what, &file->used);
	atomic64_sub(what, &file->user->used);
	atomic64_sub(what, &total);
}

/**
 * gntalloc_used - how much there is in the whole module
 */
u64 gntalloc_used(void)
{
	return atomic64_read(&total);
}
