// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Xenstore. What another domain has written there is only text until it was
 * checked.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "internal.h"

/* A domain that always changes what was read keeps nobody for ever. */
#define ATTEMPTS	20

/* Below this domain's own folder, for the domain of a server */
#define MARK		"data/gntchan/peer/%u"

/* How long it is believed that a domain exists, in milliseconds. */
#define BELIEVED	40

/*
 * Guards all that is static here, and is held during each call of libxenstore: for a
 * moment, that changes what the process does at SIGPIPE, so two of its calls must not
 * overlap.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct xs_handle *connection;
static uint64_t connected;	/* the process that has opened it */
static bool forks;		/* a child gets a lock of its own */

/* In a child, nobody has the lock that another thread of the parent may have had. */
static void renew_lock(void)
{
	pthread_mutex_init(&lock, NULL);
}

/* Why a call has failed. libxenstore gives up a connection with EBADF. */
static int fault(void)
{
	int err = errno ? errno : EIO;

	if (err == EBADF)
		connection = NULL;
	return -err;
}

/*
 * Lock, and return the connection. A child of fork() must not use that of its parent,
 * nor close it, and opens its own. Returns NULL with errno set, and not locked, if
 * there is none.
 */
static struct xs_handle *begin(void)
{
	uint64_t process = *gntchan__process();

	if (!process) {
		errno = ENOMEM;
		return NULL;
	}
	pthread_mutex_lock(&lock);
	if (!forks)
		forks = !pthread_atfork(NULL, NULL, renew_lock);
	if (!connection || connected != process)
		connection = xs_open(0);
	connected = process;
	errno = connection ? 0 : errno;
	if (!connection)
		pthread_mutex_unlock(&lock);
	return connection;
}

static void end(void)
{
	pthread_mutex_unlock(&lock);
}

/*
 * A node that has a number. -ENOENT if there is none: of a node that does not exist,
 * xenstore says EACCES to whom may not read the folder above it.
 */
static int read_number(struct xs_handle *xs, xs_transaction_t t,
		       const char *path, const char *name, uint32_t *value)
{
	char node[GNTCHAN__PATH_SIZE + 32], *text;
	unsigned int length;
	int err = 0;

	snprintf(node, sizeof(node), "%s%s", path, name);
	text = xs_read(xs, t, node, &length);
	if (!text)
		return errno == EACCES ? -ENOENT : fault();
	if (strlen(text) != length || !gntchan__number(text, value))
		err = -EPROTO;
	free(text);
	return err;
}

/* With the lock. Every channel asks often, so what was told last is believed. */
static int read_domid(struct xs_handle *xs, uint32_t *domid)
{
	static uint32_t known;
	static uint64_t process;
	static int64_t when;
	int64_t now = gntchan__now();

	/* It is believed from when it was told, however often somebody asks. */
	if (process != connected || now - when >= BELIEVED) {
		int err = read_number(xs, XBT_NULL, "domid", "", &known);

		if (err)
			return err;
		process = connected;
		when = now;
	}
	*domid = known;
	return 0;
}

int gntchan__store_domid(uint32_t *domid)
{
	struct xs_handle *xs = begin();
	int err;

	if (!xs)
		return -errno;
	err = read_domid(xs, domid);
	end();
	return err;
}

/* What has to be done with the keys, in one transaction. */
typedef int keys_function(struct xs_handle *xs, xs_transaction_t t,
			  const char *path, void *arg);

/*
 * A transaction fails with EAGAIN if somebody has changed what it has used. Then
 * it is done again.
 */
static int try_often(struct xs_handle *xs, keys_function *function,
		     const char *path, void *arg)
{
	unsigned int i;

	for (i = 0; i < ATTEMPTS; i++) {
		xs_transaction_t t = xs_transaction_start(xs);
		int err;

		if (t == XBT_NULL)
			return fault();
		err = function(xs, t, path, arg);
		if (xs_transaction_end(xs, t, err) || err)
			return err;
		if (errno != EAGAIN)
			return fault();
	}
	return -EBUSY;
}

static int transact(keys_function *function, const char *path, void *arg)
{
	struct xs_handle *xs = begin();
	int err;

	if (!xs)
		return -errno;
	err = try_often(xs, function, path, arg);
	end();
	return err;
}

static int read_keys(struct xs_handle *xs, xs_transaction_t t,
		     const char *path, void *arg)
{
	struct gntchan__keys *keys = arg;
	uint32_t fresh = 0;
	int err;

	err = read_number(xs, t, path, "/ring-ref", &keys->gref);
	if (!err)
		err = read_number(xs, t, path, "/event-channel", &keys->port);
	if (err)
		return err;
	/* A server of libxenvchan does not have it. */
	err = read_number(xs, t, path, "/fresh", &fresh);
	keys->fresh = fresh;
	return err == -ENOENT ? 0 : err;
}

int gntchan__store_read(const char *path, struct gntchan__keys *keys)
{
	return transact(read_keys, path, keys);
}

struct announcement {
	const struct gntchan__keys *keys;
	struct xs_permissions perms[2];
};

/* This domain, which can do all; @domid, which can read; and nobody else. */
static int set_permissions(struct announcement *a, uint32_t domid)
{
	a->perms[0].perms = XS_PERM_NONE;
	a->perms[1].id = domid;
	a->perms[1].perms = XS_PERM_READ;
	return gntchan__store_domid(&a->perms[0].id);
}

static int write_number(struct xs_handle *xs, xs_transaction_t t,
			const char *path, const char *name, uint32_t value,
			struct announcement *a)
{
	char node[GNTCHAN__PATH_SIZE + 32], text[16];
	int length = snprintf(text, sizeof(text), "%u", value);

	snprintf(node, sizeof(node), "%s%s", path, name);
	if (!xs_write(xs, t, node, text, (unsigned int)length) ||
	    !xs_set_permissions(xs, t, node, a->perms, 2))
		return fault();
	return 0;
}

static int write_keys(struct xs_handle *xs, xs_transaction_t t,
		      const char *path, void *arg)
{
	struct announcement *a = arg;
	int err;

	if (!xs_mkdir(xs, t, path) ||
	    !xs_set_permissions(xs, t, path, a->perms, 2))
		return fault();
	err = write_number(xs, t, path, "/ring-ref", a->keys->gref, a);
	if (!err)
		err = write_number(xs, t, path, "/event-channel",
				   a->keys->port, a);
	if (!err)
		err = write_number(xs, t, path, "/fresh", 1, a);
	return err;
}

int gntchan__store_announce(const char *path, uint32_t domid,
			    const struct gntchan__keys *keys)
{
	struct announcement a;
	int err;

	err = set_permissions(&a, domid);
	a.keys = keys;
	return err ? err : transact(write_keys, path, &a);
}

static int remove_node(struct xs_handle *xs, xs_transaction_t t,
		       const char *path, const char *name)
{
	char node[GNTCHAN__PATH_SIZE + 32];

	snprintf(node, sizeof(node), "%s%s", path, name);
	return xs_rm(xs, t, node) ? 0 : fault();
}

static int remove_keys(struct xs_handle *xs, xs_transaction_t t,
		       const char *path, void *arg)
{
	const struct gntchan__keys *keys = arg;
	struct gntchan__keys there = { .gref = 0 };
	int err;

	if (read_keys(xs, t, path, &there))
		return 0;
	if (there.gref != keys->gref || there.port != keys->port)
		return 0;
	err = remove_node(xs, t, path, "/ring-ref");
	if (!err)
		err = remove_node(xs, t, path, "/event-channel");
	if (!err)
		err = remove_node(xs, t, path, "/fresh");
	return err;
}

void gntchan__store_withdraw(const char *path,
			     const struct gntchan__keys *keys)
{
	struct gntchan__keys copy = *keys;

	transact(remove_keys, path, &copy);
}

/* With the lock. If nobody can tell, it is there. */
static bool has(struct xs_handle *xs, const char *path)
{
	unsigned int length;
	uint32_t gref;
	void *value = xs_read(xs, XBT_NULL, path, &length);

	if (!value && errno == EBADF)
		fault();
	free(value);
	/* libxenvchan lets its client read the keys, and not the folder. */
	return value || (errno != ENOENT && errno != EACCES) ||
	       read_number(xs, XBT_NULL, path, "/ring-ref", &gref) != -ENOENT;
}

bool gntchan__store_has(const char *path)
{
	struct xs_handle *xs = begin();
	bool there;

	if (!xs)
		return true;
	there = has(xs, path);
	end();
	return there;
}

static int write_mark(struct xs_handle *xs, xs_transaction_t t,
		      const char *path, void *arg)
{
	return write_number(xs, t, path, "", 1, arg);
}

int gntchan__store_mark(uint32_t server)
{
	char path[GNTCHAN__PATH_SIZE];
	struct announcement a;
	int err;

	snprintf(path, sizeof(path), MARK, server);
	err = set_permissions(&a, server);
	return err ? err : transact(write_mark, path, &a);
}

bool gntchan__store_is_marked(uint32_t client, uint32_t server)
{
	char path[GNTCHAN__PATH_SIZE];

	snprintf(path, sizeof(path), "/local/domain/%u/" MARK, client, server);
	return gntchan__store_has(path);
}

bool gntchan__store_has_marked(uint32_t server)
{
	char path[GNTCHAN__PATH_SIZE];

	snprintf(path, sizeof(path), MARK, server);
	return gntchan__store_has(path);
}

/* With the lock. If nobody can tell, it is there. */
static bool is_introduced(struct xs_handle *xs, uint32_t domid)
{
	errno = 0;
	if (xs_is_domain_introduced(xs, domid))
		return true;
	if (!errno)
		return false;
	fault();
	return true;
}

/* The domains that were asked for last, by the last bits of their ids. */
static struct {
	uint64_t process;
	int64_t when;
	uint32_t domid;
	bool exists;
} asked[64];

bool gntchan__store_exists(uint32_t domid)
{
	const unsigned int i = domid % (sizeof(asked) / sizeof(*asked));
	struct xs_handle *xs = begin();
	int64_t now = gntchan__now();
	bool exists;

	/* Without xenstore, nobody can tell that it has gone. */
	if (!xs)
		return true;
	if (asked[i].process != connected || asked[i].domid != domid ||
	    now - asked[i].when >= BELIEVED) {
		asked[i].process = connected;
		asked[i].domid = domid;
		asked[i].when = now;
		asked[i].exists = is_introduced(xs, domid);
	}
	exists = asked[i].exists;
	end();
	return exists;
}
