// SPDX-License-Identifier: LGPL-2.1-or-later
/* The version, from the file VERSION through the makefile. */
#include "internal.h"

const char *gntshare_version(void)
{
	return GNTSHARE_VERSION;
}
