// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: counters for the administrator
 *
 * They are in the device's folder of sysfs. For each bound, "hits" has a file
 * that says how many calls it has refused, and "last_hit" one that says when.
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

/* A file of "hits" or "last_hit". */
struct hit_attribute {
	struct device_attribute attr;
	enum gntalloc_bound_kind bound;
	unsigned long (*get)(enum gntalloc_bound_kind bound);
};

static ssize_t hit_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	const struct hit_attribute *hit =
		container_of(attr, struct hit_attribute, attr);

	return sysfs_emit(buf, "%lu\n", hit->get(hit->bound));
}

#define HIT(_name, _bound, _get) {					\
	.attr = __ATTR(_name, 0444, hit_show, NULL),			\
	.bound = GNTALLOC_BOUND_##_bound,				\
	.get = _get,							\
}

static struct hit_attribute hits[] = {
	HIT(limit, LIMIT, gntalloc_hits),
	HIT(quota, QUOTA, gntalloc_hits),
	HIT(restriction, RESTRICTION, gntalloc_hits),
	HIT(headroom, HEADROOM, gntalloc_hits),
	HIT(table, TABLE, gntalloc_hits),
};

static struct hit_attribute last_hits[] = {
	HIT(limit, LIMIT, gntalloc_last_hit),
	HIT(quota, QUOTA, gntalloc_last_hit),
	HIT(restriction, RESTRICTION, gntalloc_last_hit),
	HIT(headroom, HEADROOM, gntalloc_last_hit),
	HIT(table, TABLE, gntalloc_last_hit),
};

static struct attribute *hits_attrs[] = {
	&hits[0].attr.attr,
	&hits[1].attr.attr,
	&hits[2].attr.attr,
	&hits[3].attr.attr,
	&hits[4].attr.attr,
	NULL
};

static struct attribute *last_hits_attrs[] = {
	&last_hits[0].attr.attr,
	&last_hits[1].attr.attr,
	&last_hits[2].attr.attr,
	&last_hits[3].attr.attr,
	&last_hits[4].attr.attr,
	NULL
};

static const struct attribute_group hits_group = {
	.name = "hits",
	.attrs = hits_attrs,
};

static const struct attribute_group last_hits_group = {
	.name = "last_hit",
	.attrs = last_hits_attrs,
};

const struct attribute_group *gntalloc_sysfs_groups[] = {
	&counter_group,
	&hits_group,
	&last_hits_group,
	NULL
};
