// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: who holds what, for root, in debugfs
 *
 * The files can only be read. So a locked-down kernel allows that, too.
 */
#include <linux/debugfs.h>

#include "gntalloc.h"

static struct dentry *folder;

/**
 * gntalloc_debugfs_init - make the files in debugfs
 *
 * Without them all else works, so this does not fail.
 */
void gntalloc_debugfs_init(void)
{
	folder = debugfs_create_dir("xen-gntalloc", NULL);
	debugfs_create_file("regions", 0400, folder, NULL,
			    &gntalloc_regions_fops);
	/* That it has data makes it show only what drains. */
	debugfs_create_file("draining", 0400, folder, folder,
			    &gntalloc_regions_fops);
	debugfs_create_file("peers", 0400, folder, NULL, &gntalloc_peers_fops);
}

/**
 * gntalloc_debugfs_exit - undo gntalloc_debugfs_init()
 */
void gntalloc_debugfs_exit(void)
{
	debugfs_remove_recursive(folder);
}
