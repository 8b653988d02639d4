/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from a test in dom0 to the agent of a domU, through xenstore.
 *
 * Under /local/domain/D/data there is one node for requests and one for
 * replies. In each there is a child for each slot: "0" is the agent itself,
 * every other slot is a worker that the agent forks when the first request
 * comes. A value is "token text"; the reply has the token of its request.
 */
#ifndef VM_XS_RPC_H
#define VM_XS_RPC_H

#include <stdbool.h>
#include <stddef.h>

#define XS_RPC_REQUESTS	"data/test-requests"
#define XS_RPC_REPLIES	"data/test-replies"
#define XS_RPC_SLOTS	8
#define XS_RPC_AGENT	0

struct xs_rpc;

/* NULL if there is no xenstore. A process must not use that of its parent. */
struct xs_rpc *xs_rpc_open(int domid);
void xs_rpc_close(struct xs_rpc *r);

/* The domain has another id now. Returns 0 or -errno. */
int xs_rpc_move(struct xs_rpc *r, int domid);

/* Returns 0 or -errno. */
int xs_rpc_send(struct xs_rpc *r, int slot, const char *text);

/* Is there a reply to the request that was sent last? */
bool xs_rpc_replied(struct xs_rpc *r, int slot);

/* Waits for the reply to the last request. Returns 0, -ETIMEDOUT or -errno. */
int xs_rpc_receive(struct xs_rpc *r, int slot, char *text, size_t size,
		   long milliseconds);

/* A domain has not answered: asks Xen to print the state of all domains. */
void xs_rpc_no_answer(void);

#endif
