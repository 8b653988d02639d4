// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the native level
 *
 * Each call copies its struct in, checks all of it, does one thing, and copies
 * the answer out. If the answer cannot be copied to the caller, what the call
 * has made is undone.
 */
#include <linux/err.h>
#include <linux/dma-buf.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <gntshare/gntalloc.h>

#include "compat.h"
#include "gntalloc.h"
#include "gntalloc_trace.h"

/*
 * Copies in the caller's struct, which has @size bytes. The struct has @op_size
 * bytes here, and had @first bytes in its first version. A struct that is
 * shorter than the first version is refused. Otherwise a shorter struct is
 * extended by zeros, and the excess of a longer one has to be zeros.
 */
static int native_in(void *op, size_t op_size, size_t first,
		     const void __user *uop, size_t size)
{
	if (size < first)
		return -EINVAL;
	return copy_struct_from_user(op, op_size, uop, size);
}

/*
 * Copies out as much of @op as the caller's struct has room for. For a caller
 * that is not older that is all of it, a size that the compiler knows.
 */
static __always_inline int native_out(const void *op, size_t op_size,
				      void __user *uop, size_t size)
{
	return (size < op_size ? copy_to_user(uop, op, size) :
				 copy_to_user(uop, op, op_size)) ? -EFAULT : 0;
}

#ifdef CONFIG_DMA_SHARED_BUFFER
#define DMABUF_FEATURE	GNTALLOC_FEATURE_DMABUF
#else
#define DMABUF_FEATURE	0
#endif

static int native_info(struct gntalloc_file *file, void __user *uop,
		       size_t size)
{
	u64 user, used = gntalloc_used(file->user, &user);
	struct gntalloc_native_info op = {
		.features = GNTALLOC_FEATURE_CONSECUTIVE |
			    GNTALLOC_FEATURE_GENERATION |
			    GNTALLOC_FEATURE_MEMORY | DMABUF_FEATURE,
		.generation = gntalloc_generation(),
		.limit = READ_ONCE(gntalloc_limit),
		.quota = READ_ONCE(gntalloc_quota),
		.pages = lower_32_bits(used),
		.entries = upper_32_bits(used),
		.draining = gntalloc_draining(),
		.user_pages = lower_32_bits(user),
		.user_entries = upper_32_bits(user),
		.headroom = READ_ONCE(gntalloc_headroom),
	};

	/* The struct has answers only, so it may have any size. */
	if (size > sizeof(op)) {
		if (clear_user(uop + sizeof(op), size - sizeof(op)))
			return -EFAULT;
		size = sizeof(op);
	}
	return copy_to_user(uop, &op, size) ? -EFAULT : 0;
}

static int place_region(struct gntalloc_region *region, bool fixed, u64 offset)
{
	if (fixed)
		return gntalloc_region_place_at(region, offset >> PAGE_SHIFT);
	return gntalloc_region_place(region, U64_MAX);
}

static int region_publish(struct gntalloc_region *region)
{
	struct gntalloc_file *file = region->file;
	int err;

	err = gntalloc_lock(file);
	if (err)
		return err;
	err = gntalloc_region_publish(region);
	mutex_unlock(&file->lock);
	return err;
}

static int native_create(struct gntalloc_file *file,
			 struct gntalloc_native_create *op,
			 void __user *uop, size_t size)
{
	struct gntalloc_region *region;
	int err;

	const u32 kinds = GNTALLOC_CREATE_MEMORY | GNTALLOC_CREATE_DMABUF;
	const u32 existing = op->flags & kinds;

	if ((op->flags & ~(GNTALLOC_CREATE_FIXED | GNTALLOC_CREATE_WRITABLE |
			   kinds)) ||
	    !op->pages || op->reserved || existing == kinds)
		return -EINVAL;
	if ((op->flags & GNTALLOC_CREATE_FIXED) && offset_in_page(op->offset))
		return -EINVAL;
	if (existing ? offset_in_page(op->address) :
	    op->address || (op->flags & GNTALLOC_CREATE_WRITABLE))
		return -EINVAL;
	if (op->fd && !(op->flags & GNTALLOC_CREATE_DMABUF))
		return -EINVAL;

	region = gntalloc_region_create(file, op);
	if (IS_ERR(region))
		return PTR_ERR(region);

	err = place_region(region, op->flags & GNTALLOC_CREATE_FIXED,
			   op->offset);
	if (err)
		goto abandon;

	gntalloc_id_add(region);
	op->offset = region->first << PAGE_SHIFT;
	op->id = region->id;
	err = native_out(op, sizeof(*op), uop, size);
	if (!err)
		err = region_publish(region);
	if (err)
		goto abandon;

	gntalloc_dbg("region %llu: %u pages at offset %#llx\n", op->id,
		     op->pages, op->offset);
	return 0;

abandon:
	gntalloc_region_abandon(region);
	return err;
}

/* Returns the answer flag: whether the grefs are consecutive. */
static u16 grefs_answer(const u32 *grefs, unsigned int count)
{
	unsigned int i;

	for (i = 1; i < count; i++)
		if (grefs[i] != grefs[0] + i)
			return 0;
	return GNTALLOC_GRANTED_CONSECUTIVE;
}

/* Copies the grefs out, if the caller gave an address for them. */
static int grefs_out(const u32 *grefs, unsigned int count, u64 ugrefs)
{
	if (ugrefs && copy_to_user(u64_to_user_ptr(ugrefs), grefs,
				   array_size(count, sizeof(grefs[0]))))
		return -EFAULT;
	return 0;
}

static int native_share(struct gntalloc_file *file,
			struct gntalloc_native_share *op,
			void __user *uop, size_t size)
{
	struct gntalloc_region *region;
	const u32 *grefs;
	int err;

	if ((op->flags & ~(GNTALLOC_SHARE_WRITABLE |
			   GNTALLOC_SHARE_CONSECUTIVE |
			   GNTALLOC_SHARE_FIXED)) || !op->pages)
		return -EINVAL;
	if ((op->flags & GNTALLOC_SHARE_FIXED) && offset_in_page(op->offset))
		return -EINVAL;

	region = gntalloc_region_share(file, op->domid,
				       !(op->flags & GNTALLOC_SHARE_WRITABLE),
				       op->pages,
				       op->flags & GNTALLOC_SHARE_CONSECUTIVE ?
				       GNTALLOC_GREFS_CONSECUTIVE_ONLY :
				       GNTALLOC_GREFS_CONSECUTIVE, &grefs);
	if (IS_ERR(region))
		return PTR_ERR(region);

	err = place_region(region, op->flags & GNTALLOC_SHARE_FIXED,
			   op->offset);
	if (err)
		goto abandon;

	gntalloc_id_add(region);
	op->offset = region->first << PAGE_SHIFT;
	op->id = region->id;
	op->first_gref = grefs[0];
	op->answer = grefs_answer(grefs, op->pages);
	err = grefs_out(grefs, op->pages, op->grefs);
	if (!err)
		err = native_out(op, sizeof(*op), uop, size);
	if (!err)
		err = region_publish(region);
	if (err)
		goto abandon;

	gntalloc_dbg("region %llu: %u pages at offset %#llx for domain %u\n",
		     op->id, op->pages, op->offset, op->domid);
	return 0;

abandon:
	gntalloc_region_abandon(region);
	return err;
}

/* Returns the region that has all pages of a range, or NULL. */
static struct gntalloc_region *find_region_of_range(struct gntalloc_file *file,
						    u64 first, u32 pages)
{
	struct gntalloc_region *region = gntalloc_region_find(file, first);

	if (!region || !region->published ||
	    pages > region->count - (first - region->first))
		return NULL;
	return region;
}

/*
 * Returns the region of the pages that @op grants; or -ENOENT if they are not
 * all allocated, or -EACCES if they cannot be granted as @op asks for.
 */
static struct gntalloc_region *
find_region_to_grant(struct gntalloc_file *file,
		     const struct gntalloc_native_grant *op)
{
	u64 first = op->offset >> PAGE_SHIFT;
	struct gntalloc_region *region;

	region = find_region_of_range(file, first, op->pages);
	if (!region || !gntalloc_range_allocated(file, first, op->pages))
		return ERR_PTR(-ENOENT);
	if ((op->flags & GNTALLOC_GRANT_WRITABLE) &&
	    gntalloc_memory_readonly(region))
		return ERR_PTR(-EACCES);
	return region;
}

/*
 * Checks whether the pages that @op grants are there, before entries are taken
 * or searched for. Entries of earlier generations are not charged afterwards.
 */
static int grant_check(struct gntalloc_file *file,
		       const struct gntalloc_native_grant *op)
{
	struct gntalloc_region *region;

	if (gntalloc_lock(file))
		return -EINTR;
	region = find_region_to_grant(file, op);
	if (!IS_ERR(region))
		gntalloc_grants_renew(region);
	mutex_unlock(&file->lock);
	return PTR_ERR_OR_ZERO(region);
}

/* Charges and takes the entries for the grant that @op asks for. */
static struct gntalloc_grant *grant_new(struct gntalloc_file *file,
					const struct gntalloc_native_grant *op)
{
	const u64 charge = GNTALLOC_ENTRIES(op->pages);
	struct gntalloc_grant *grant;
	int err;

	err = gntalloc_drain_charge(file, charge, op->pages);
	if (err)
		return ERR_PTR(err);
	grant = gntalloc_grant_new(file, NULL, op->pages,
				   op->flags & GNTALLOC_GRANT_CONSECUTIVE ?
				   GNTALLOC_GREFS_CONSECUTIVE_ONLY :
				   GNTALLOC_GREFS_CONSECUTIVE);
	if (IS_ERR(grant))
		gntalloc_charge_drop(file, charge, 0);
	return grant;
}

/* Grants the pages of @op, if they are still there, and fills in the answer. */
static int grant_write(struct gntalloc_file *file,
		       struct gntalloc_native_grant *op,
		       struct gntalloc_grant *grant)
{
	struct gntalloc_region *region;
	int err;

	lockdep_assert_held(&file->lock);

	region = find_region_to_grant(file, op);
	if (IS_ERR(region))
		return PTR_ERR(region);
	err = gntalloc_check_still(file, op->domid);
	if (!err)
		err = gntalloc_charge_keep(file, GNTALLOC_ENTRIES(op->pages));
	if (err)
		return err;

	gntalloc_grants_renew(region);
	gntalloc_grants_reap(region);
	op->first_gref = grant->grefs[0];
	op->answer = grefs_answer(grant->grefs, op->pages);
	gntalloc_grant_write(grant, region,
			     (op->offset >> PAGE_SHIFT) - region->first,
			     op->domid, !(op->flags & GNTALLOC_GRANT_WRITABLE));
	grant->busy = true;
	kref_get(&region->kref);
	return 0;
}

/*
 * Makes the grant that @op asks for. It is marked busy, and its region has one
 * more reference, so that neither is freed before grant_finish().
 */
static struct gntalloc_grant *grant_begin(struct gntalloc_file *file,
					  struct gntalloc_native_grant *op)
{
	struct gntalloc_grant *grant;
	int err;

	err = grant_check(file, op);
	if (err)
		return ERR_PTR(err);
	grant = grant_new(file, op);
	if (IS_ERR(grant))
		return grant;

	err = gntalloc_lock(file);
	if (!err) {
		err = grant_write(file, op, grant);
		mutex_unlock(&file->lock);
	}
	if (err) {
		gntalloc_grant_drop(grant);
		gntalloc_charge_drop(file, GNTALLOC_ENTRIES(op->pages), 0);
		return ERR_PTR(err);
	}
	return grant;
}

static void grant_finish(struct gntalloc_file *file,
			 struct gntalloc_grant *grant, bool undo)
{
	struct gntalloc_region *region = grant->region;
	unsigned int ended = 0;

	mutex_lock(&file->lock);
	grant->busy = false;
	/* Without live entries it was revoked meanwhile, or its pages died. */
	if (undo || !grant->live)
		ended = gntalloc_grant_end(grant, 0, region->count);
	gntalloc_uncharge(file, GNTALLOC_ENTRIES(ended));
	mutex_unlock(&file->lock);
	gntalloc_region_put(region);
}

static int native_grant(struct gntalloc_file *file,
			struct gntalloc_native_grant *op,
			void __user *uop, size_t size)
{
	struct gntalloc_grant *grant;
	int err;

	if ((op->flags & ~(GNTALLOC_GRANT_WRITABLE |
			   GNTALLOC_GRANT_CONSECUTIVE)) ||
	    !op->pages || offset_in_page(op->offset))
		return -EINVAL;
	err = gntalloc_check_grant(file, op->domid);
	if (err)
		return err;

	grant = grant_begin(file, op);
	if (IS_ERR(grant))
		return PTR_ERR(grant);

	/*
	 * Not under the lock, since this may fault. The grant is not freed
	 * meanwhile, see grant_begin(). If another call revokes it now, the
	 * grefs mean nothing anyway.
	 */
	err = grefs_out(grant->grefs, op->pages, op->grefs);
	if (!err)
		err = native_out(op, sizeof(*op), uop, size);
	grant_finish(file, grant, err);

	gntalloc_dbg("grant of %u pages at offset %#llx to domain %u: %d\n",
		     op->pages, op->offset, op->domid, err);
	return err;
}

static int native_revoke(struct gntalloc_file *file,
			 struct gntalloc_native_revoke *op,
			 void __user *uop, size_t size)
{
	struct gntalloc_grant *grant, *next;
	struct gntalloc_region *region;
	unsigned int ended = 0;
	bool found = false;
	int err;

	if (op->flags || op->reserved || !op->pages ||
	    offset_in_page(op->offset))
		return -EINVAL;
	/*
	 * A revoke cannot be undone. So this checks before it whether an answer
	 * can be copied out. The caller's struct does not change by that.
	 */
	err = native_out(op, sizeof(*op), uop, size);
	if (!err)
		err = gntalloc_lock(file);
	if (err)
		return err;
	region = find_region_of_range(file, op->offset >> PAGE_SHIFT,
				      op->pages);
	if (region) {
		unsigned int from = (op->offset >> PAGE_SHIFT) - region->first;

		gntalloc_grants_reap(region);
		list_for_each_entry_safe(grant, next, &region->grants,
					 region_node) {
			if (grant->domid != op->domid ||
			    !gntalloc_grant_has(grant, from, from + op->pages))
				continue;
			found = true;
			ended += gntalloc_grant_end(grant, from,
						    from + op->pages);
		}
		gntalloc_uncharge(file, GNTALLOC_ENTRIES(ended));
		op->held = gntalloc_drain_held(region, op->domid);
		if (found)
			trace_gntalloc_revoke(region, from, op);
	}
	mutex_unlock(&file->lock);

	gntalloc_dbg("revoke of %u pages at offset %#llx from domain %u\n",
		     op->pages, op->offset, op->domid);
	return found ? native_out(op, sizeof(*op), uop, size) : -ENOENT;
}

static int native_destroy(struct gntalloc_file *file,
			  struct gntalloc_native_destroy *op,
			  void __user *uop, size_t size)
{
	struct gntalloc_event *event = NULL;
	struct eventfd_ctx *eventfd = NULL;
	struct gntalloc_region *region;
	int err;

	if ((op->flags & ~(GNTALLOC_DESTROY_EVENT |
			   GNTALLOC_DESTROY_EVENTFD)) ||
	    (op->eventfd && !(op->flags & GNTALLOC_DESTROY_EVENTFD)))
		return -EINVAL;

	if (op->flags & GNTALLOC_DESTROY_EVENTFD) {
		eventfd = eventfd_ctx_fdget(op->eventfd);
		if (IS_ERR(eventfd))
			return PTR_ERR(eventfd);
	}
	if (op->flags & GNTALLOC_DESTROY_EVENT) {
		event = gntalloc_event_new(file, op->id);
		if (IS_ERR(event)) {
			err = PTR_ERR(event);
			event = NULL;
			goto out;
		}
	}

	region = gntalloc_id_get(file, op->id);
	if (!region) {
		err = -ENOENT;
		goto out;
	}

	err = gntalloc_lock(file);
	if (err)
		goto put;
	err = -ENOENT;
	if (region->published) {
		region->published = false;
		gntalloc_wait_tell(region, event, eventfd);
		event = NULL;
		eventfd = NULL;
		/* All its pages may have been deallocated by offset already. */
		if (region->live)
			gntalloc_range_dealloc(file, region->first,
					       region->count);
		err = 0;
	}
	mutex_unlock(&file->lock);
put:
	gntalloc_region_put(region);
out:
	if (eventfd)
		eventfd_ctx_put(eventfd);
	gntalloc_event_drop(file, event);
	gntalloc_dbg("destroy of region %llu: %d\n", op->id, err);
	return err;
}

static int native_wait(struct gntalloc_file *file,
		       struct gntalloc_native_wait *op,
		       void __user *uop, size_t size)
{
	int err, out;

	if ((op->flags & ~(GNTALLOC_WAIT_RELEASED | GNTALLOC_WAIT_GONE |
			   GNTALLOC_WAIT_DOMID)) ||
	    (op->domid && !(op->flags & GNTALLOC_WAIT_DOMID)) || op->reserved)
		return -EINVAL;

	/*
	 * The answer is also copied out if the time is over, or if a signal has
	 * come: then it has the time that is left.
	 */
	err = gntalloc_wait(file, op);
	trace_gntalloc_wait(file, op, err);
	if (err && err != -ETIMEDOUT && err != -ERESTARTNOHAND)
		return err;
	out = native_out(op, sizeof(*op), uop, size);
	return out ? out : err;
}

static int native_restrict(struct gntalloc_file *file,
			   struct gntalloc_native_restrict *op,
			   void __user *uop, size_t size)
{
	u16 domids[GNTALLOC_RESTRICT_DOMIDS_MAX];

	if (!(op->flags & ~GNTALLOC_RESTRICT_KEEP_SEND_EVENT) || op->reserved ||
	    (op->flags & ~(GNTALLOC_RESTRICT_NO_CREATE |
			   GNTALLOC_RESTRICT_PAGES |
			   GNTALLOC_RESTRICT_DOMIDS |
			   GNTALLOC_RESTRICT_KEEP_SEND_EVENT)) ||
	    (op->pages && !(op->flags & GNTALLOC_RESTRICT_PAGES)) ||
	    ((op->count || op->domids) &&
	     !(op->flags & GNTALLOC_RESTRICT_DOMIDS)))
		return -EINVAL;
	if (op->count > ARRAY_SIZE(domids))
		return -E2BIG;
	if (copy_from_user(domids, u64_to_user_ptr(op->domids),
			   op->count * sizeof(domids[0])))
		return -EFAULT;

	return gntalloc_restrict(file, op, domids);
}

static int native_export(struct gntalloc_file *file,
			 struct gntalloc_native_export *op,
			 void __user *uop, size_t size)
{
	struct dma_buf *buf;
	int err;

	if ((op->flags & ~GNTALLOC_EXPORT_WRITABLE) || !op->pages ||
	    op->reserved || offset_in_page(op->offset))
		return -EINVAL;

	op->fd = get_unused_fd_flags(O_CLOEXEC);
	if (op->fd < 0)
		return op->fd;
	buf = gntalloc_export(file, op->offset >> PAGE_SHIFT, op->pages,
			      op->flags & GNTALLOC_EXPORT_WRITABLE);
	if (IS_ERR(buf)) {
		put_unused_fd(op->fd);
		return PTR_ERR(buf);
	}
	err = native_out(op, sizeof(*op), uop, size);
	if (err) {
		put_unused_fd(op->fd);
		fput(buf->file);
		return err;
	}
	fd_install(op->fd, buf->file);

	gntalloc_dbg("export of %u pages at offset %#llx\n", op->pages,
		     op->offset);
	return 0;
}

/* No struct of the native level has padding: the layout is one for all callers. */
static_assert(sizeof(struct gntalloc_native_info) == 48);
static_assert(sizeof(struct gntalloc_native_create) == 40);
static_assert(sizeof(struct gntalloc_native_grant) == 32);
static_assert(sizeof(struct gntalloc_native_revoke) == 24);
static_assert(sizeof(struct gntalloc_native_destroy) == 16);
static_assert(sizeof(struct gntalloc_native_wait) == 32);
static_assert(sizeof(struct gntalloc_native_restrict) == 24);
static_assert(sizeof(struct gntalloc_native_share) == 40);
static_assert(sizeof(struct gntalloc_native_export) == 24);
static_assert(sizeof(struct gntalloc_native_event) == 16);

/*
 * Carries out one call of the switch below: copies in its struct, which had
 * @first bytes in its first version, and calls its function. A table of
 * functions would make each call slower by some 25 instructions.
 */
#define CALL(name, first)						\
({									\
	struct gntalloc_native_##name op;				\
	int err = native_in(&op, sizeof(op), first, arg, size);		\
									\
	err ? err : native_##name(file, &op, arg, size);		\
})

/**
 * gntalloc_native_ioctl - carry out a call of the native level
 * @file: the open file
 * @cmd: the number of the call, with the size of the caller's struct in it
 * @arg: the caller's struct
 *
 * Return: what gntalloc_native(4) says of the call; -ENOTTY if no call has that
 * number.
 */
long gntalloc_native_ioctl(struct gntalloc_file *file, unsigned int cmd,
			   void __user *arg)
{
	size_t size = _IOC_SIZE(cmd);

	if (_IOC_TYPE(cmd) != 'G' || _IOC_DIR(cmd) != (_IOC_READ | _IOC_WRITE))
		return -ENOTTY;

	switch (_IOC_NR(cmd)) {
	case _IOC_NR(GNTALLOC_NATIVE_INFO):
		return native_info(file, arg, size);
	case _IOC_NR(GNTALLOC_NATIVE_CREATE):
		return CALL(create, 24);
	case _IOC_NR(GNTALLOC_NATIVE_GRANT):
		return CALL(grant, 32);
	case _IOC_NR(GNTALLOC_NATIVE_REVOKE):
		return CALL(revoke, 24);
	case _IOC_NR(GNTALLOC_NATIVE_DESTROY):
		return CALL(destroy, 16);
	case _IOC_NR(GNTALLOC_NATIVE_WAIT):
		return CALL(wait, 32);
	case _IOC_NR(GNTALLOC_NATIVE_RESTRICT):
		return CALL(restrict, 24);
	case _IOC_NR(GNTALLOC_NATIVE_SHARE):
		return CALL(share, 40);
	case _IOC_NR(GNTALLOC_NATIVE_EXPORT):
		return CALL(export, 24);
	default:
		return -ENOTTY;
	}
}
