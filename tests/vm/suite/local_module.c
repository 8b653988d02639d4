// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module: that it is ours, its parameters, loading and unloading.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device.h"
#include "fixture.h"
#include "kmsg.h"
#include "suite.h"

#define DEFAULT_LIMIT	1024

START_TEST(the_module_that_runs_is_the_one_under_test)
{
	char version[32];

	ck_assert_int_eq(module_loaded(version, sizeof(version)), 1);
	ck_assert_str_eq(version, VERSION);
}
END_TEST

static unsigned int mode_of(const char *directory, const char *name)
{
	char path[128];
	struct stat file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	ck_assert_int_eq(stat(path, &file), 0);
	return file.st_mode;
}

START_TEST(the_node_is_for_root_and_the_counters_are_for_all)
{
	static const char counters[] = "/sys/class/misc/xen!gntalloc";
	static const char parameters[] = "/sys/module/xen_gntalloc/parameters";

	ck_assert_uint_eq(mode_of("/dev/xen", "gntalloc"), S_IFCHR | 0600);
	ck_assert_uint_eq(mode_of(counters, "pages"), S_IFREG | 0444);
	ck_assert_uint_eq(mode_of(counters, "entries"), S_IFREG | 0444);
	ck_assert_uint_eq(mode_of(counters, "draining"), S_IFREG | 0444);
	ck_assert_uint_eq(mode_of(parameters, "limit"), S_IFREG | 0644);
	ck_assert_uint_eq(mode_of(parameters, "quota"), S_IFREG | 0644);
	ck_assert_uint_eq(mode_of(parameters, "headroom"), S_IFREG | 0644);
	ck_assert_uint_eq(mode_of(parameters, "debug"), S_IFREG | 0644);
}
END_TEST

START_TEST(an_unload_while_a_descriptor_is_open_is_eagain)
{
	int file = (int)must(device_open());

	fails(module_unload(), EAGAIN);
	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	fails(module_unload(), EAGAIN);
	ck_assert_int_eq(device_counter("entries"), 1);
}
END_TEST

START_TEST(an_unload_while_a_mapping_lives_is_eagain)
{
	int file = (int)must(device_open());
	void *address;

	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	must(device_map(file, 0, 1, &address));
	close(file);
	fails(module_unload(), EAGAIN);
	*(volatile char *)address = 'x';
	munmap(address, PAGE);
	must(module_unload());
	must(module_load(""));
}
END_TEST

START_TEST(the_module_unloads_and_loads_as_new)
{
	uint64_t index;
	int file;

	must(device_set_limit(33));
	file = (int)must(device_open());
	must(device_alloc(file, NOBODY, 0, 7, NULL, NULL));
	close(file);
	must(module_unload());
	ck_assert_int_eq(module_loaded(NULL, 0), 0);
	fails(device_open(), ENOENT);
	must(module_load(""));
	ck_assert_int_eq(device_limit(), DEFAULT_LIMIT);
	ck_assert_int_eq(device_counter("entries"), 0);
	file = (int)must(device_open());
	must(device_alloc(file, NOBODY, 0, 1, &index, NULL));
	ck_assert_uint_eq(index, 0);
}
END_TEST

START_TEST(the_module_unloads_many_times)
{
	int i;

	for (i = 0; i < 10; i++) {
		int file = (int)must(device_open());

		must(device_alloc(file, NOBODY, 0, 3, NULL, NULL));
		close(file);
		must(module_unload());
		must(module_load(""));
	}
}
END_TEST

START_TEST(the_limit_can_be_given_at_load_time)
{
	int file;

	must(module_unload());
	must(module_load("limit=3"));
	ck_assert_int_eq(device_limit(), 3);
	file = (int)must(device_open());
	must(device_alloc(file, NOBODY, 0, 3, NULL, NULL));
	fails(device_alloc(file, NOBODY, 0, 1, NULL, NULL), ENOSPC);
}
END_TEST

START_TEST(a_bad_parameter_at_load_time_is_refused)
{
	must(module_unload());
	fails(module_load("limit=many"), EINVAL);
	ck_assert_int_eq(module_loaded(NULL, 0), 0);
	fails(module_load("limit=-1"), EINVAL);
	must(module_load("debug=0"));
	/* The kernel has logged the refusals, as it should. */
	kmsg_mentions("");
}
END_TEST

START_TEST(debug_can_be_switched_on_and_off)
{
	char value[8];
	int file = (int)must(device_open());

	ck_assert_int_eq(device_read_parameter("debug", value, sizeof(value)),
			 0);
	ck_assert_str_eq(value, "N");
	kmsg_mentions("");
	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	ck_assert_int_eq(kmsg_mentions("gntalloc"), 0);

	must(device_write_parameter("debug", "1"));
	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	must(device_write_parameter("debug", "0"));
	ck_assert_int_ge(kmsg_mentions("gntalloc"), 1);

	must(device_alloc(file, NOBODY, 0, 1, NULL, NULL));
	ck_assert_int_eq(kmsg_mentions("gntalloc"), 0);
	fails(device_write_parameter("debug", "perhaps"), EINVAL);
}
END_TEST
