// SPDX-License-Identifier: LGPL-2.1-or-later
/* The version, which the makefile takes from the file VERSION. */
#include "internal.h"

const char *gntshare_version(void)
{
	return GNTSHARE_VERSION;
}
