// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the counts of pages and entries, and their bounds
 *
 * Live pages and grant entries are counted for the whole module, for the user
 * who opened the device, and for the open file. Each count has a bound, which
 * is the same for pages and for entries: the parameter "limit", the parameter
 * "quota", and the restriction of the file.
 *
 * All counts change together, under one lock. So a call that is refused by one
 * bound has changed no count, not even for a moment in which another call would
 * be refused for it.
 */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>

#include "gntalloc.h"

unsigned int gntalloc_limit = 1024;
unsigned int gntalloc_quota;

/* Guards all that follows, and the members for which gntalloc.h says so. */
static DEFINE_SPINLOCK(account_lock);
static u64 total;
static DEFINE_HASHTABLE(users, 8);

/*
 * The user for whom a file counts. A user can be given thousands of ids in a
 * user namespace. So a file that is opened there counts for the owner of the
 * outermost of these namespaces.
 */
static kuid_t account_uid(const struct cred *cred)
{
	const struct user_namespace *ns = cred->user_ns;

	if (ns == &init_user_ns)
		return cred->euid;
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	return ns->owner;
}

static struct gntalloc_user *user_find(kuid_t uid)
{
	struct gntalloc_user *user;

	hash_for_each_possible(users, user, node, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

/**
 * gntalloc_user_get - get the counts of the user who opens the device
 * @cred: the credentials with which it is opened
 *
 * Return: the counts, with a reference for the caller, or NULL if there is no
 * memory.
 */
struct gntalloc_user *gntalloc_user_get(const struct cred *cred)
{
	const kuid_t uid = account_uid(cred);
	struct gntalloc_user *user, *fresh;

	fresh = kzalloc(sizeof(*fresh), GNTALLOC_GFP_META);
	if (!fresh)
		return NULL;
	fresh->refs = 1;
	fresh->uid = uid;

	spin_lock(&account_lock);
	user = user_find(uid);
	if (user) {
		user->refs++;
	} else {
		user = fresh;
		fresh = NULL;
		hash_add(users, &user->node, __kuid_val(uid));
	}
	spin_unlock(&account_lock);

	kfree(fresh);
	return user;
}

/**
 * gntalloc_user_put - give back a reference from gntalloc_user_get()
 * @user: may be freed when this returns
 */
void gntalloc_user_put(struct gntalloc_user *user)
{
	bool last;

	spin_lock(&account_lock);
	last = !--user->refs;
	if (last)
		hash_del(&user->node);
	spin_unlock(&account_lock);
	if (last)
		kfree(user);
}

static bool half_fits(u32 used, u32 bound, u32 more)
{
	return !more || (u64)used + more <= bound;
}

static bool both_fit(u64 used, u64 bound, u64 more)
{
	return half_fits(lower_32_bits(used), lower_32_bits(bound),
			 lower_32_bits(more)) &&
	       half_fits(upper_32_bits(used), upper_32_bits(bound),
			 upper_32_bits(more));
}

/*
 * Does @what fit into all bounds, if the counts are these three so far? If not,
 * sets @bound to the first one that it exceeds.
 */
static bool all_fit(const struct gntalloc_file *file, u64 of_file, u64 of_user,
		    u64 of_all, u64 what, enum gntalloc_bound_kind *bound)
{
	const unsigned int quota = READ_ONCE(gntalloc_quota);

	lockdep_assert_held(&account_lock);

	/* A file without a restriction has a bound that no limit exceeds. */
	*bound = file->bound == GNTALLOC_BOTH(INT_MAX) ?
		 GNTALLOC_BOUND_LIMIT : GNTALLOC_BOUND_RESTRICTION;
	if (!both_fit(of_file, file->bound, what))
		return false;
	*bound = GNTALLOC_BOUND_QUOTA;
	if (!both_fit(of_user, GNTALLOC_BOTH(quota ? quota : INT_MAX), what))
		return false;
	*bound = GNTALLOC_BOUND_LIMIT;
	return both_fit(of_all, GNTALLOC_BOTH(READ_ONCE(gntalloc_limit)), what);
}

/**
 * gntalloc_charge - count pages and entries that are about to be made
 * @file: the open file that they are for
 * @what: GNTALLOC_PAGES(), GNTALLOC_ENTRIES(), or both; any numbers
 * @bound: is set to the bound that refuses it, if one does
 *
 * The caller has to call gntalloc_charge_keep() or gntalloc_charge_drop()
 * later.
 *
 * Return: 0, or -EDQUOT with nothing changed if a bound would be exceeded. A
 * bound may have been set to less than what is counted already.
 */
int gntalloc_charge(struct gntalloc_file *file, u64 what,
		    enum gntalloc_bound_kind *bound)
{
	int err = -EDQUOT;

	spin_lock(&account_lock);
	if (all_fit(file, file->used, file->user->used, total, what, bound)) {
		file->used += what;
		atomic64_add(what, &file->making);
		file->user->used += what;
		total += what;
		err = 0;
	}
	spin_unlock(&account_lock);
	return err;
}

/**
 * gntalloc_charge_may_fit - could @what be charged if nothing else was?
 * @file: as for gntalloc_charge()
 * @what: as for gntalloc_charge()
 */
bool gntalloc_charge_may_fit(struct gntalloc_file *file, u64 what)
{
	enum gntalloc_bound_kind bound;
	bool fits;

	spin_lock(&account_lock);
	fits = all_fit(file, 0, 0, 0, what, &bound);
	spin_unlock(&account_lock);
	return fits;
}

/*
 * The count of a file without what is still being made. A call that is undone
 * may leave entries that drain, and are uncharged, before it calls
 * gntalloc_charge_drop(). So @making can be more than what @used has of it.
 */
static u64 existing(const struct gntalloc_file *file)
{
	u64 making = atomic64_read(&file->making);
	u32 pages = min(lower_32_bits(file->used), lower_32_bits(making));
	u32 entries = min(upper_32_bits(file->used), upper_32_bits(making));

	lockdep_assert_held(&account_lock);

	return file->used - (GNTALLOC_PAGES(pages) | GNTALLOC_ENTRIES(entries));
}

/**
 * gntalloc_charge_keep - say that what was charged exists now
 * @file: as for gntalloc_charge(); locked
 * @what: as for gntalloc_charge()
 *
 * Return: 0; or -EDQUOT if @what no longer fits, because the file was
 * restricted meanwhile. Then the caller still has to drop it.
 */
int gntalloc_charge_keep(struct gntalloc_file *file, u64 what)
{
	bool fits = true;

	lockdep_assert_held(&file->lock);

	if (file->limits.any) {
		spin_lock(&account_lock);
		fits = both_fit(existing(file), file->bound, what);
		spin_unlock(&account_lock);
	}
	if (!fits) {
		gntalloc_hit(file, GNTALLOC_BOUND_RESTRICTION, what);
		return -EDQUOT;
	}
	atomic64_sub(what, &file->making);
	return 0;
}

static void uncharge(struct gntalloc_file *file, u64 what)
{
	file->used -= what;
	file->user->used -= what;
	total -= what;
}

/**
 * gntalloc_charge_drop - say that what was charged was not made after all
 * @file: as for gntalloc_charge()
 * @what: as for gntalloc_charge()
 * @drains: the part of @what that a peer holds nevertheless. It stays counted
 *	until it has finished draining.
 */
void gntalloc_charge_drop(struct gntalloc_file *file, u64 what, u64 drains)
{
	spin_lock(&account_lock);
	atomic64_sub(what, &file->making);
	uncharge(file, what - drains);
	spin_unlock(&account_lock);
}

/**
 * gntalloc_uncharge - no longer count what has ended
 * @file: as for gntalloc_charge()
 * @what: a part of what was kept by gntalloc_charge_keep(), or drained
 */
void gntalloc_uncharge(struct gntalloc_file *file, u64 what)
{
	if (!what)
		return;
	spin_lock(&account_lock);
	uncharge(file, what);
	spin_unlock(&account_lock);
}

/**
 * gntalloc_bound - bound a file by what it has now and a number beyond that
 * @file: the open file, locked
 * @more: number of further pages, and of further entries; any number
 *
 * What is still being made is not part of what the file has, but of @more. A
 * bound that is lower already stays.
 */
void gntalloc_bound(struct gntalloc_file *file, u32 more)
{
	u64 used, pages, entries;

	lockdep_assert_held(&file->lock);

	spin_lock(&account_lock);
	used = existing(file);
	pages = min_t(u64, lower_32_bits(file->bound),
		      (u64)lower_32_bits(used) + more);
	entries = min_t(u64, upper_32_bits(file->bound),
			(u64)upper_32_bits(used) + more);
	file->bound = GNTALLOC_PAGES(pages) | GNTALLOC_ENTRIES(entries);
	spin_unlock(&account_lock);
}

/**
 * gntalloc_used_by_file - get the count of a file, and its bound
 * @file: the open file
 * @used: is set to the count
 * @bound: is set to the bound, of which a half is INT_MAX if it is none
 */
void gntalloc_used_by_file(const struct gntalloc_file *file, u64 *used,
			   u64 *bound)
{
	spin_lock(&account_lock);
	*used = file->used;
	*bound = file->bound;
	spin_unlock(&account_lock);
}

/**
 * gntalloc_used - get the count of the whole module
 * @user: a user, or NULL
 * @used: is set to the count of that user; not used if @user is NULL
 */
u64 gntalloc_used(const struct gntalloc_user *user, u64 *used)
{
	u64 all;

	spin_lock(&account_lock);
	all = total;
	if (user)
		*used = user->used;
	spin_unlock(&account_lock);
	return all;
}
