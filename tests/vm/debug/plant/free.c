// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gntalloc-plant: how many entries of the grant table are free
 *
 * Free entries count up to the largest size that the table can have. The only
 * way to find out is to take entries, for which the table grows. So the first
 * number may be too low. From then on, all numbers have to be the same whenever
 * no entry is in use.
 */
#include <linux/kernel.h>
#include <linux/moduleparam.h>

#include <xen/grant_table.h>

static bool table_has(unsigned int count)
{
	grant_ref_t head;

	if (gnttab_alloc_grant_references(count, &head))
		return false;
	gnttab_free_grant_references(head);
	return true;
}

static int free_entries_get(char *buf, const struct kernel_param *kp)
{
	static unsigned int low;
	unsigned int high = U16_MAX + 1;

	/*
	 * The kernel logs each attempt that fails. Most often the number has
	 * not changed, and then only one attempt fails.
	 */
	if (low && low < U16_MAX && table_has(low) && !table_has(low + 1))
		return sprintf(buf, "%u\n", low);

	low = 0;
	while (high - low > 1) {
		unsigned int middle = low + (high - low) / 2;

		if (table_has(middle))
			low = middle;
		else
			high = middle;
	}
	return sprintf(buf, "%u\n", low);
}

static const struct kernel_param_ops free_entries_ops = {
	.get = free_entries_get,
};
module_param_cb(free_entries, &free_entries_ops, NULL, 0444);
MODULE_PARM_DESC(free_entries, "free entries of the grant table, at most 65535");
