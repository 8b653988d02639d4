// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: learn that the guest was restored or migrated
 *
 * The guest has a new grant table then, and all earlier grants are void, even
 * those that a peer held. Only the programs can mend that, since their peers
 * have to be told new grefs. So an event tells each program that a new
 * generation has begun. The driver still ends the old entries as before. That
 * succeeds at once, since in the new table nobody uses these entries.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm.h>

#include "gntalloc.h"
#include "gntalloc_trace.h"

static struct platform_device *device;

/* The kernel restores one device at a time, before programs run again. */
static int gntalloc_restore(struct device *dev)
{
	gntalloc_generation_next();
	trace_gntalloc_restored(gntalloc_generation());
	/* A file that is opened from now on begins with this generation. */
	gntalloc_files_wake();
	return 0;
}

/*
 * After a save the kernel calls restore() in the new domain. If the save was
 * cancelled, the old domain runs on, and the kernel calls thaw() instead; then
 * nothing has changed.
 */
static const struct dev_pm_ops gntalloc_pm_ops = {
	.restore = gntalloc_restore,
};

static struct platform_driver gntalloc_driver = {
	.driver = {
		.name = "xen-gntalloc",
		.pm = &gntalloc_pm_ops,
	},
};

/**
 * gntalloc_restore_init - have the kernel tell the driver of a restore
 *
 * Return: 0, or a negative error.
 */
int gntalloc_restore_init(void)
{
	int err;

	err = platform_driver_register(&gntalloc_driver);
	if (err)
		return err;

	device = platform_device_register_simple("xen-gntalloc",
						 PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device)) {
		platform_driver_unregister(&gntalloc_driver);
		return PTR_ERR(device);
	}
	return 0;
}

/**
 * gntalloc_restore_exit - undo gntalloc_restore_init()
 */
void gntalloc_restore_exit(void)
{
	platform_device_unregister(device);
	platform_driver_unregister(&gntalloc_driver);
}
