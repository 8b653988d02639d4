// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program that is built as a user builds one. It refers to every function,
 * and calls those that give an answer without Xen.
 */
#include <errno.h>
#include <gntshare.h>
#include <stdio.h>
#include <string.h>

typedef void function(void);

/* functions.h has a line for each function: (function *)name, */
static function *const functions[] = {
#include "functions.h"
	NULL
};

int main(int argc, char **argv)
{
	struct gntshare *a = NULL;
	int count = 0;

	while (functions[count])
		count++;
	if (!count)
		return 1;
	if (gntshare_open(&a, "/dev/null") != -ENODEV || a)
		return 2;
	if (argc != 2 || strcmp(gntshare_version(), argv[1]))
		return 3;
	printf("%s\n", gntshare_version());
	return 0;
}
