// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Saves a domU, and restores it or lets it continue.
 */
#include "domain_save.h"

#include <stdio.h>
#include <unistd.h>

#include "device.h"
#include "native.h"
#include "xl.h"

#define IMAGE		"/tmp/saved"

void save_and_restore(const struct domain *d)
{
	int64_t start = now_us();

	xl("save %s %s", d->name, IMAGE);
	xl("restore %s", IMAGE);
	ck_assert_int_eq(unlink(IMAGE), 0);
	fixture_moved(d, xl_domid(d->name));
	fprintf(stderr, "figure: %s saved and restored in %lld ms\n", d->name,
		(long long)(now_us() - start) / 1000);
}

bool can_go_on(const struct pair *pair)
{
	(void)pair;
	return kernel_since(5, 11);
}

void save_and_go_on(const struct domain *d)
{
	xl("save -c %s %s", d->name, IMAGE);
	ck_assert_int_eq(unlink(IMAGE), 0);
	ck_assert_int_eq(xl_domid(d->name), d->domid);
}
