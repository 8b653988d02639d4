/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What entry.S and peer.c have in common.
 */
#ifndef VM_PEER_H
#define VM_PEER_H

struct hvm_start_info;

/* Xen's page of hypercalls, 32 bytes each. */
extern char hypercalls[];

/* What the domain does. Returns only if the command line is wrong. */
void peer(const struct hvm_start_info *info);

#endif
