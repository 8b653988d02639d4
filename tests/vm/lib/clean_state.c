// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state that every test finds and has to leave in a domain.
 */
#include "clean_state.h"

#include <stdio.h>
#include <string.h>

#include "device.h"
#include "kmsg.h"

/* The time in which all that a test leaves behind has to end. */
#define CLEAN_MS	3000

/* The parameters that tests set, with the values that they have otherwise. */
static const char *const parameters[] = {
	"limit", "quota", "headroom", "debug",
};

#define PARAMETERS	(sizeof(parameters) / sizeof(*parameters))

static char usual[PARAMETERS][16];

int clean_state_start(void)
{
	size_t i;
	int ret;

	if (!module_loaded(NULL, 0))
		module_load("");
	for (i = 0; i < PARAMETERS; i++) {
		ret = device_read_parameter(parameters[i], usual[i],
					    sizeof(usual[i]));
		if (ret)
			return ret;
	}
	return kmsg_open();
}

/* Any test may change the limit, so that is put right and not reported. */
static const char *parameter_left(char *value, size_t size)
{
	size_t i;

	device_write_parameter(parameters[0], usual[0]);
	for (i = 0; i < PARAMETERS; i++)
		if (device_read_parameter(parameters[i], value, size) ||
		    strcmp(value, usual[i]))
			return parameters[i];
	return NULL;
}

int clean_state_check(char *why, size_t size)
{
	const char *parameter;
	char line[512];

	if (!module_loaded(NULL, 0)) {
		snprintf(why, size, "the module is not loaded any more");
		return -1;
	}
	if (device_await("entries", 0, CLEAN_MS) < 0 ||
	    device_await("draining", 0, 0) < 0) {
		snprintf(why, size, "%ld entries are left, %ld of them draining",
			 device_counter("entries"), device_counter("draining"));
		return -1;
	}
	/* A dma-buf counts a moment longer than the last entry of its region. */
	if (device_await("pages", 0, 100) < 0) {
		snprintf(why, size, "%ld pages are left",
			 device_counter("pages"));
		return -1;
	}
	parameter = parameter_left(line, sizeof(line));
	if (parameter) {
		snprintf(why, size, "the parameter %s is left at %s",
			 parameter, line);
		return -1;
	}
	if (kmsg_complaints(line, sizeof(line))) {
		snprintf(why, size, "the kernel says: %s", line);
		return -1;
	}
	return 0;
}

void clean_state_recover(void)
{
	char ignored[512];
	size_t i;

	if (!module_loaded(NULL, 0))
		module_load("");
	for (i = 0; i < PARAMETERS; i++)
		device_write_parameter(parameters[i], usual[i]);
	/* A counter that stays wrong is right again only after an unload. */
	if (device_await("entries", 0, CLEAN_MS) < 0 && !module_unload())
		module_load("");
	kmsg_complaints(ignored, sizeof(ignored));
}
