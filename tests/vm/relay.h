/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What dom0's job asks of a domU's agent. Each returns an exit status.
 */
#ifndef VM_RELAY_H
#define VM_RELAY_H

/* Wait until it is there. */
int relay_hello(int domid);

/* Have it run the local tests, and print what they print. */
int relay_suite(int domid);

#endif
