/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What dom0's job asks of a domU's agent. Each returns an exit status.
 */
#ifndef VM_DOMU_CLIENT_H
#define VM_DOMU_CLIENT_H

/* Wait until it is there. */
int domu_hello(int domid);

/* Have it run the local tests, and print what they print. */
int domu_run_local(int domid);

#endif
