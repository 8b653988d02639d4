/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent, which runs in a domU and does there what dom0 asks for.
 *
 * Requests to the agent itself: "hello" returns 0. "check" ends all workers,
 * and then returns 0, or -1 with what is wrong in this domain. "recover" ends
 * all workers, and puts right what it can.
 */
#ifndef VM_DOMU_AGENT_H
#define VM_DOMU_AGENT_H

int agent_run(void);

#endif
