// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the list of all files, open ones and those that still drain
 *
 * A file is in it from open() until it is freed. That is later than the last
 * close if peers hold pages of it. The list is for what concerns all files: a
 * restore of the guest, and root's look at who holds what. No call of a program
 * walks it.
 */
#include <linux/list.h>
#include <linux/mutex.h>

#include "gntalloc.h"

/* Guards what follows, and gntalloc_file.node. */
static DEFINE_MUTEX(files_lock);
/* In the order of their numbers. */
static LIST_HEAD(files);
static u64 last_number;

/**
 * gntalloc_files_add - put a new file into the list
 * @file: is given its number
 */
void gntalloc_files_add(struct gntalloc_file *file)
{
	mutex_lock(&files_lock);
	file->number = ++last_number;
	list_add_tail(&file->node, &files);
	mutex_unlock(&files_lock);
}

/**
 * gntalloc_files_del - take a file out of the list
 * @file: has no references any more
 */
void gntalloc_files_del(struct gntalloc_file *file)
{
	mutex_lock(&files_lock);
	list_del(&file->node);
	mutex_unlock(&files_lock);
}

/**
 * gntalloc_files_wake - have the tasks that wait on any file check again
 */
void gntalloc_files_wake(void)
{
	struct gntalloc_file *file;

	mutex_lock(&files_lock);
	list_for_each_entry(file, &files, node)
		gntalloc_wake(file);
	mutex_unlock(&files_lock);
}

/**
 * gntalloc_files_next - find the next file from a number on
 * @file: a file on which the caller has a reference, to look behind it; or NULL,
 *	to look at all
 * @number: any number
 *
 * Return: the file with the least number that is not less than @number, with a
 * reference for the caller; or NULL.
 */
struct gntalloc_file *gntalloc_files_next(struct gntalloc_file *file,
					  u64 number)
{
	struct gntalloc_file *found = NULL;

	mutex_lock(&files_lock);
	file = list_prepare_entry(file, &files, node);
	list_for_each_entry_continue(file, &files, node) {
		/* One without references is about to be taken out. */
		if (file->number >= number &&
		    kref_get_unless_zero(&file->kref)) {
			found = file;
			break;
		}
	}
	mutex_unlock(&files_lock);
	return found;
}
