// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state that every test finds and has to leave in a domain.
 */
#include "settle.h"

#include <stdio.h>
#include <string.h>

#include "device.h"
#include "kmsg.h"

/* How long what a test leaves behind may take to end. */
#define SETTLE_MS	3000

static long long usual_limit;

int settle_start(void)
{
	if (!module_loaded(NULL, 0))
		module_load("");
	usual_limit = device_limit();
	if (usual_limit < 0)
		return (int)usual_limit;
	return kmsg_open();
}

int settle_check(char *why, size_t size)
{
	char line[512];

	if (!module_loaded(NULL, 0)) {
		snprintf(why, size, "the module is not loaded any more");
		return -1;
	}
	if (device_await("grants", 0, SETTLE_MS) < 0 ||
	    device_await("draining", 0, 0) < 0) {
		snprintf(why, size, "%ld grants are left, %ld of them draining",
			 device_counter("grants"), device_counter("draining"));
		return -1;
	}
	if (device_counter("pages") != 0) {
		snprintf(why, size, "%ld pages are left",
			 device_counter("pages"));
		return -1;
	}
	if (device_set_limit(usual_limit) || device_limit() != usual_limit) {
		snprintf(why, size, "the limit stays at %lld", device_limit());
		return -1;
	}
	if (kmsg_complaints(line, sizeof(line))) {
		snprintf(why, size, "the kernel says: %s", line);
		return -1;
	}
	return 0;
}

void settle_recover(void)
{
	char ignored[512];

	if (!module_loaded(NULL, 0))
		module_load("");
	device_set_limit(usual_limit);
	device_write_parameter("quota", "0");
	device_write_parameter("headroom", "128");
	/* counters that are wrong for good are so until the module goes */
	if (device_await("grants", 0, SETTLE_MS) < 0 && !module_unload())
		module_load("");
	kmsg_complaints(ignored, sizeof(ignored));
}
