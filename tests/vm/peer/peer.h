/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between entry.S and peer.c.
 */
#ifndef VM_PEER_H
#define VM_PEER_H

struct hvm_start_info;

/* Xen's page of them: 32 bytes each. */
extern char hypercalls[];

/* What the domain does. Does not return but for a bad command line. */
void peer(const struct hvm_start_info *info);

#endif
