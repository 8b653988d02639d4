// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: open and close the device, and dispatch its calls
 */
#include <linux/build_bug.h>
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <xen/gntalloc.h>

#include <gntshare/gntalloc.h>

#include "compat.h"
#include "gntalloc.h"

static int gntalloc_open(struct inode *inode, struct file *filp)
{
	struct gntalloc_file *file;

	file = kzalloc(sizeof(*file), GNTALLOC_GFP_META);
	if (!file)
		return -ENOMEM;
	file->user = gntalloc_user_get(filp->f_cred);
	if (!file->user) {
		kfree(file);
		return -ENOMEM;
	}

	kref_init(&file->kref);
	file->filp = filp;
	/* Until now this is the struct miscdevice. */
	file->dev = ((struct miscdevice *)filp->private_data)->this_device;
	file->pid = task_tgid_nr(current);
	get_task_comm(file->comm, current->group_leader);
	mutex_init(&file->lock);
	file->regions = RB_ROOT;
	xa_init_flags(&file->by_gref, XA_FLAGS_ACCOUNT);
	file->bound = GNTALLOC_BOTH(INT_MAX);
	gntalloc_events_init(file);
	gntalloc_files_add(file);
	gntalloc_unsigned_offset(filp);
	filp->private_data = file;
	return 0;
}

static int gntalloc_release(struct inode *inode, struct file *filp)
{
	struct gntalloc_file *file = filp->private_data;

	gntalloc_drain_close(file);
	gntalloc_regions_dealloc(file);
	gntalloc_file_put(file);
	return 0;
}

static long gntalloc_ioctl(struct file *filp, unsigned int cmd,
			   unsigned long arg)
{
	struct gntalloc_file *file = filp->private_data;
	void __user *argp = (void __user *)arg;

	switch (cmd) {
	case GNTALLOC_2010_ALLOC:
		return gntalloc_2010_ioctl_alloc(file, argp);
	case GNTALLOC_2010_DEALLOC:
		return gntalloc_2010_ioctl_dealloc(file, argp);
	case GNTALLOC_2011_ALLOC:
		return gntalloc_2011_ioctl_alloc(file, argp);
	case GNTALLOC_2011_DEALLOC:
		return gntalloc_2011_ioctl_dealloc(file, argp);
	case GNTALLOC_2011_NOTIFY:
		return gntalloc_2011_ioctl_notify(file, argp);
	default:
		return gntalloc_native_ioctl(file, cmd, argp);
	}
}

#ifdef CONFIG_COMPAT
/*
 * If the ABI of a 32-bit caller aligns __u64 to four bytes, two structs have no
 * padding at their end there, and so two calls have other numbers. The members
 * before the padding have the same places, and nobody reads or writes padding.
 */
#define GNTALLOC_2011_ALLOC32	_IOC(_IOC_NONE, 'G', 5, 20)
#define GNTALLOC_2011_DEALLOC32	_IOC(_IOC_NONE, 'G', 6, 12)

static_assert(offsetofend(struct gntalloc_2011_alloc, gref_ids) == 20);
static_assert(offsetofend(struct gntalloc_2011_dealloc, count) == 12);

static long gntalloc_compat_ioctl(struct file *filp, unsigned int cmd,
				  unsigned long arg)
{
	if (cmd == GNTALLOC_2011_ALLOC32)
		cmd = GNTALLOC_2011_ALLOC;
	else if (cmd == GNTALLOC_2011_DEALLOC32)
		cmd = GNTALLOC_2011_DEALLOC;

	return gntalloc_ioctl(filp, cmd, (unsigned long)compat_ptr(arg));
}
#else
#define gntalloc_compat_ioctl NULL
#endif

/* Level 2011 is the same as in <xen/gntalloc.h>, to the bit. */
static_assert(GNTALLOC_2011_ALLOC == IOCTL_GNTALLOC_ALLOC_GREF);
static_assert(GNTALLOC_2011_DEALLOC == IOCTL_GNTALLOC_DEALLOC_GREF);
static_assert(GNTALLOC_2011_NOTIFY == IOCTL_GNTALLOC_SET_UNMAP_NOTIFY);
static_assert(GNTALLOC_2011_WRITABLE == GNTALLOC_FLAG_WRITABLE);
static_assert(GNTALLOC_2011_CLEAR_BYTE == UNMAP_NOTIFY_CLEAR_BYTE);
static_assert(GNTALLOC_2011_SEND_EVENT == UNMAP_NOTIFY_SEND_EVENT);
static_assert(offsetof(struct gntalloc_2011_alloc, index) ==
	      offsetof(struct ioctl_gntalloc_alloc_gref, index));
static_assert(offsetof(struct gntalloc_2011_alloc, gref_ids) ==
	      offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids));
static_assert(offsetof(struct gntalloc_2011_alloc, all_gref_ids) ==
	      offsetof(struct gntalloc_2011_alloc, gref_ids));
static_assert(offsetof(struct gntalloc_2011_dealloc, count) ==
	      offsetof(struct ioctl_gntalloc_dealloc_gref, count));
static_assert(offsetof(struct gntalloc_2011_notify, event_channel_port) ==
	      offsetof(struct ioctl_gntalloc_unmap_notify,
		       event_channel_port));
static_assert(sizeof(struct gntalloc_2010_alloc) == 16);
static_assert(sizeof(struct gntalloc_2010_dealloc) == 4);
static_assert(sizeof(grant_ref_t) == sizeof(__u32));

const struct file_operations gntalloc_fops = {
	.owner		= THIS_MODULE,
	GNTALLOC_FOP_FLAGS
	.open		= gntalloc_open,
	.release	= gntalloc_release,
	.unlocked_ioctl	= gntalloc_ioctl,
	.compat_ioctl	= gntalloc_compat_ioctl,
	.mmap		= gntalloc_mmap,
	.poll		= gntalloc_poll,
	.read		= gntalloc_read,
#ifdef CONFIG_PROC_FS
	.show_fdinfo	= gntalloc_show_fdinfo,
#endif
};
