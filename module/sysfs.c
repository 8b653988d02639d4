// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: counters for the administrator
 *
 * They are in the device's folder of sysfs.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>

#include "gntalloc.h"

/* Live pages, which count toward the limit. */
static ssize_t pages_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%u\n", lower_32_bits(gntalloc_used(NULL, NULL)));
}
static DEVICE_ATTR_RO(pages);

/* Grant entries, including those that drain; they count toward it, too. */
static ssize_t entries_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%u\n", upper_32_bits(gntalloc_used(NULL, NULL)));
}
static DEVICE_ATTR_RO(entries);

/* Grant entries that drain. */
static ssize_t draining_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%u\n", gntalloc_draining());
}
static DEVICE_ATTR_RO(draining);

static struct attribute *counter_attrs[] = {
	&dev_attr_pages.attr,
	&dev_attr_entries.attr,
	&dev_attr_draining.attr,
	NULL
};

static const struct attribute_group counter_group = {
	.attrs = counter_attrs,
};

const struct attribute_group *gntalloc_sysfs_groups[] = {
	&counter_group,
	NULL
};
