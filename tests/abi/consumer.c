// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program that was built as a user builds one. It refers to every function,
 * and calls those that say something without Xen.
 */
#include <errno.h>
#include <gntshare.h>
#include <stdio.h>
#include <string.h>

typedef void function(void);

static function *const functions[] = {
	(function *)gntshare_adopt,
	(function *)gntshare_close,
	(function *)gntshare_fd,
	(function *)gntshare_info,
	(function *)gntshare_mapper_close,
	(function *)gntshare_mapper_fd,
	(function *)gntshare_mapper_open,
	(function *)gntshare_mapping_address,
	(function *)gntshare_mapping_create,
	(function *)gntshare_mapping_destroy,
	(function *)gntshare_mapping_notify,
	(function *)gntshare_mapping_pages,
	(function *)gntshare_mapping_size,
	(function *)gntshare_open,
	(function *)gntshare_read_event,
	(function *)gntshare_refs_format,
	(function *)gntshare_refs_parse,
	(function *)gntshare_region_address,
	(function *)gntshare_region_create,
	(function *)gntshare_region_share,
	(function *)gntshare_region_destroy,
	(function *)gntshare_region_grant,
	(function *)gntshare_region_id,
	(function *)gntshare_region_notify,
	(function *)gntshare_region_offset,
	(function *)gntshare_region_pages,
	(function *)gntshare_region_refs,
	(function *)gntshare_region_destroy_event,
	(function *)gntshare_region_revoke,
	(function *)gntshare_region_size,
	(function *)gntshare_region_wait,
	(function *)gntshare_restrict,
	(function *)gntshare_version,
	(function *)gntshare_view_address,
	(function *)gntshare_view_create,
	(function *)gntshare_view_destroy,
	(function *)gntshare_view_size,
	(function *)gntshare_wait,
	NULL
};

int main(int argc, char **argv)
{
	struct gntshare *a = NULL;
	int count = 0;

	while (functions[count])
		count++;
	if (count != 38)
		return 1;
	if (gntshare_open(&a, "/dev/null") != -ENODEV || a)
		return 2;
	if (argc != 2 || strcmp(gntshare_version(), argv[1]))
		return 3;
	printf("%s\n", gntshare_version());
	return 0;
}
