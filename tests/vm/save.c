// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * To save a domU, and to restore it or not.
 */
#include "save.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "device.h"
#include "native.h"

#define IMAGE		"/tmp/saved"

/* Runs xl in dom0. What it said is in the log when it fails. */
static void xl(const char *format, const char *a, const char *b)
{
	char command[256], words[128];

	snprintf(words, sizeof(words), format, a, b);
	snprintf(command, sizeof(command),
		 "xl %s >/tmp/xl.log 2>&1 || { cat /tmp/xl.log >&2; exit 1; }",
		 words);
	ck_assert_msg(!system(command), "xl %s", words);
}

static int domid_of(const char *name)
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

void save_and_restore(const struct domain *d)
{
	int64_t start = now_us();

	xl("save %s %s", d->name, IMAGE);
	xl("restore %s%s", IMAGE, "");
	ck_assert_int_eq(unlink(IMAGE), 0);
	stage_moved(d, domid_of(d->name));
	fprintf(stderr, "figure: %s saved and restored in %lld ms\n", d->name,
		(long long)(now_us() - start) / 1000);
}

bool can_go_on(void)
{
	return kernel_since(5, 11);
}

void save_and_go_on(const struct domain *d)
{
	xl("save -c %s %s", d->name, IMAGE);
	ck_assert_int_eq(unlink(IMAGE), 0);
	ck_assert_int_eq(domid_of(d->name), d->domid);
}
