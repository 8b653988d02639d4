// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the guest is restored, or migrated
 *
 * It gets a new grant table then, and all grants are gone, whoever held them.
 * That is for the programs to mend, since their peers have to learn new grefs:
 * each is told, by an event, that a new generation has begun. Ending the old
 * entries goes on as if nothing had happened; the new table has none in use.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/pm.h>

#include "gntalloc.h"

/* All open files. */
static LIST_HEAD(files);
static DEFINE_MUTEX(files_lock);

static struct platform_device *device;

/**
 * gntalloc_restore_open - tell a file of what comes
 * @file: the open file
 */
void gntalloc_restore_open(struct gntalloc_file *file)
{
	mutex_lock(&files_lock);
	list_add(&file->open_node, &files);
	mutex_unlock(&files_lock);
}

/**
 * gntalloc_restore_close - take back gntalloc_restore_open()
 * @file: the open file
 */
void gntalloc_restore_close(struct gntalloc_file *file)
{
	mutex_lock(&files_lock);
	list_del(&file->open_node);
	mutex_unlock(&files_lock);
}

static int gntalloc_restore(struct device *dev)
{
	struct gntalloc_file *file;

	mutex_lock(&files_lock);
	gntalloc_generation_next();
	list_for_each_entry(file, &files, open_node)
		gntalloc_wake(file);
	mutex_unlock(&files_lock);
	return 0;
}

/*
 * Xen's suspend calls restore in the new domain, and thaw if it was cancelled
 * and the old one goes on: then nothing has changed.
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
 * gntalloc_restore_init - get ready to be restored
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
 * gntalloc_restore_exit - take back gntalloc_restore_init()
 */
void gntalloc_restore_exit(void)
{
	platform_device_unregister(device);
	platform_driver_unregister(&gntalloc_driver);
}
