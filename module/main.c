// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: a program in a Xen guest shares its pages with another domain
 *
 * This file has the parameters, and loads and unloads the module. The interface
 * of the device is described in <gntshare/gntalloc.h>, the objects of the
 * driver in gntalloc.h.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include <xen/page.h>
#include <xen/xen.h>

#include "gntalloc.h"

static int bounded_set(const char *val, const struct kernel_param *kp,
		       unsigned int max)
{
	unsigned int bound;
	int err;

	err = kstrtouint(val, 0, &bound);
	if (err)
		return err;
	if (bound > max)
		return -ERANGE;

	/* Calls may read it at the same time. */
	WRITE_ONCE(*(unsigned int *)kp->arg, bound);
	return 0;
}

/* Also for the quota. The sum of two bounds then fits into half of a count. */
static int limit_set(const char *val, const struct kernel_param *kp)
{
	return bounded_set(val, kp, INT_MAX);
}

static const struct kernel_param_ops limit_ops = {
	.set = limit_set,
	.get = param_get_uint,
};

/* The kernel is asked for a batch and the headroom at once, in 16 bits. */
static int headroom_set(const char *val, const struct kernel_param *kp)
{
	return bounded_set(val, kp, U16_MAX - GNTALLOC_BATCH);
}

static const struct kernel_param_ops headroom_ops = {
	.set = headroom_set,
	.get = param_get_uint,
};

module_param_cb(limit, &limit_ops, &gntalloc_limit, 0644);
__MODULE_PARM_TYPE(limit, "uint");
MODULE_PARM_DESC(limit,
		 "Maximum pages and maximum grant entries of all programs together, including entries that a peer still holds (default 1024)");

module_param_cb(quota, &limit_ops, &gntalloc_quota, 0644);
__MODULE_PARM_TYPE(quota, "uint");
MODULE_PARM_DESC(quota,
		 "Maximum pages and maximum grant entries per user, including entries that a peer still holds, 0 = unlimited (default 0)");

module_param_cb(headroom, &headroom_ops, &gntalloc_headroom, 0644);
__MODULE_PARM_TYPE(headroom, "uint");
MODULE_PARM_DESC(headroom,
		 "Free grant entries that are left for the kernel's own frontends (default 128)");

bool gntalloc_debug;
module_param_named(debug, gntalloc_debug, bool, 0644);
MODULE_PARM_DESC(debug, "Log what programs do, at a bounded rate (default N)");

static struct miscdevice gntalloc_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "xen/gntalloc",
	.mode	= 0600,
	.fops	= &gntalloc_fops,
	.groups	= gntalloc_sysfs_groups,
};

static int __init gntalloc_init(void)
{
	int err;

	/* No message: the package has it loaded at boot on any machine. */
	if (!xen_domain() || !gntalloc_entries_exist())
		return -ENODEV;

	/*
	 * An entry grants XEN_PAGE_SIZE bytes. A larger page would need several
	 * entries, but levels 2010 and 2011 return one gref for each page.
	 */
	if (PAGE_SIZE != XEN_PAGE_SIZE) {
		pr_err("pages of %lu bytes cannot be granted, only of %lu\n",
		       (unsigned long)PAGE_SIZE, (unsigned long)XEN_PAGE_SIZE);
		return -EOPNOTSUPP;
	}

	err = gntalloc_dmabuf_init();
	if (err)
		return err;
	err = gntalloc_drain_init();
	if (err)
		goto dmabuf_exit;
	err = gntalloc_restore_init();
	if (err)
		goto drain_exit;
	err = misc_register(&gntalloc_device);
	if (err)
		goto restore_exit;
	gntalloc_debugfs_init();
	return 0;

restore_exit:
	gntalloc_restore_exit();
drain_exit:
	gntalloc_drain_exit();
dmabuf_exit:
	gntalloc_dmabuf_exit();
	return err;
}
module_init(gntalloc_init);

/* No descriptor is open now, since each of them holds the module. */
static void __exit gntalloc_exit(void)
{
	gntalloc_debugfs_exit();
	misc_deregister(&gntalloc_device);
	gntalloc_restore_exit();
	gntalloc_drain_exit();
	gntalloc_dmabuf_exit();
}
module_exit(gntalloc_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The gntalloc developers");
MODULE_DESCRIPTION("Xen: share memory of programs with other domains");
MODULE_VERSION(GNTALLOC_VERSION);
