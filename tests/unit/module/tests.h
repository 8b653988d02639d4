/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file of tests has for main.c. */
#ifndef MODULE_TESTS_H
#define MODULE_TESTS_H

#include <check.h>

void add_tests(TCase *tc);

#endif
