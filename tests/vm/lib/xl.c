// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Xen's own tool, in dom0.
 */
#include "xl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <check.h>

void xl(const char *format, ...)
{
	char command[384], words[256];
	va_list list;

	va_start(list, format);
	vsnprintf(words, sizeof(words), format, list);
	va_end(list);
	snprintf(command, sizeof(command),
		 "xl %s >/tmp/xl.log 2>&1 || { cat /tmp/xl.log >&2; exit 1; }",
		 words);
	ck_assert_msg(!system(command), "xl %s", words);
}

int xl_domid(const char *name)
{
	char command[64];
	FILE *output;
	int domid = -1;

	snprintf(command, sizeof(command), "xl domid %s", name);
	output = popen(command, "re");
	ck_assert_ptr_nonnull(output);
	ck_assert_int_eq(fscanf(output, "%d", &domid), 1);
	pclose(output);
	return domid;
}

bool xl_has(int domid)
{
	char command[64];

	snprintf(command, sizeof(command), "xl list %d >/dev/null 2>&1",
		 domid);
	return !system(command);
}
