/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from a test in dom0 to the agent of a domU, through xenstore.
 *
 * Under /local/domain/D/data there is a node for requests and one for
 * replies, and in each a child for each slot: "0" is the agent itself, every
 * other one an actor that it forks when the first request comes. A value is
 * "token text"; the reply has the token of its request.
 */
#ifndef VM_REMOTE_H
#define VM_REMOTE_H

#include <stdbool.h>
#include <stddef.h>

#define REMOTE_REQUESTS	"data/test-requests"
#define REMOTE_REPLIES	"data/test-replies"
#define REMOTE_SLOTS	8
#define REMOTE_AGENT	0

struct remote;

/* NULL if there is no xenstore. For one process; not for its children. */
struct remote *remote_open(int domid);
void remote_close(struct remote *r);

/* The domain has another id now. 0, or -errno. */
int remote_move(struct remote *r, int domid);

/* 0, or -errno. */
int remote_send(struct remote *r, int slot, const char *text);

/* Is there a reply to what was sent last? */
bool remote_replied(struct remote *r, int slot);

/* Wait for the reply to what was sent last. 0, -ETIMEDOUT or -errno. */
int remote_receive(struct remote *r, int slot, char *text, size_t size,
		   long milliseconds);

/* Somebody has not answered: Xen's console is to say how all domains are. */
void remote_is_silent(void);

#endif
