/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What dom0's job asks of a domU's agent. Each function returns an exit status.
 */
#ifndef VM_DOMU_CLIENT_H
#define VM_DOMU_CLIENT_H

/* Waits until the agent is there. */
int domu_hello(int domid);

/* Lets the agent run the local tests, and prints what they print. */
int domu_run_local(int domid);

#endif
