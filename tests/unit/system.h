/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The suites that run on the real system, on which there may be no Xen. */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <check.h>

struct Suite *os_suite(void);
struct Suite *refusal_suite(void);

#endif /* SYSTEM_H */
