// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Xenstore. What another domain has written there is read with bounds, and is
 * only text until it was checked.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "tool.h"

/* A domain's own part of xenstore, in which it may write. */
#define OWN	"data/gntshare"

/*
 * A daemon accepts at most 2048 bytes from a domain for a node, which includes
 * the node's name. So longer lists of grefs are in several nodes: refs, refs-1,
 * refs-2 and so on. More than these are not read.
 */
#define PART_SIZE	1900
#define PARTS		512

/* A domain that always changes what was read keeps nobody for ever. */
#define ATTEMPTS	20

/* Returns NULL if the caller may not use xenstore, or if there is none. */
static struct xs_handle *handle(void)
{
	static struct xs_handle *xs;
	static bool tried;

	if (!tried)
		xs = xs_open(0);
	tried = true;
	return xs;
}

/* A text with a byte 0 inside is no text. */
static char *read_node(xs_transaction_t t, const char *path)
{
	unsigned int length;
	char *text = handle() ? xs_read(handle(), t, path, &length) : NULL;

	if (text && strlen(text) != length) {
		free(text);
		return NULL;
	}
	return text;
}

char *store_read(const char *path)
{
	return read_node(XBT_NULL, path);
}

bool store_domid(uint64_t *domid)
{
	char *text = store_read("domid");
	bool known = text_number(text, FIRST_RESERVED - 1, domid);

	free(text);
	return known;
}

bool store_domain_exists(uint32_t domid)
{
	return !handle() || xs_is_domain_introduced(handle(), domid);
}

bool store_find(const char *name, uint32_t *domid)
{
	unsigned int count = 0, i;
	char **list = handle() ? xs_directory(handle(), XBT_NULL,
					      "/local/domain", &count) : NULL;
	bool found = false;

	for (i = 0; list && i < count && !found; i++) {
		uint64_t value;
		char path[64], *text;

		if (!text_number(list[i], FIRST_RESERVED - 1, &value))
			continue;
		snprintf(path, sizeof(path), "/local/domain/%u/name",
			 (unsigned int)value);
		text = store_read(path);
		found = text && !strcmp(text, name);
		if (found)
			*domid = (uint32_t)value;
		free(text);
	}
	free(list);
	return found;
}

bool store_key_is_right(const char *key)
{
	static const char right[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	size_t length = strspn(key, right);

	return length && length <= 64 && !key[length];
}

/* The node of one part of the grefs. */
static void part_name(char *text, size_t size, const char *folder,
		      unsigned int part)
{
	if (part)
		snprintf(text, size, "%s/refs-%u", folder, part);
	else
		snprintf(text, size, "%s/refs", folder);
}

/* Only the peer may read it. The owner, which is this domain, can do all. */
static bool write_node(xs_transaction_t t, const char *path, const char *text,
		       size_t length, struct xs_permissions perms[2])
{
	return xs_write(handle(), t, path, text, (unsigned int)length) &&
	       xs_set_permissions(handle(), t, path, perms, 2);
}

/* The length of the next part, which ends before a comma or at the end. */
static size_t part_length(const char *grefs)
{
	size_t length = strlen(grefs);

	if (length <= PART_SIZE)
		return length;
	for (length = PART_SIZE; length && grefs[length] != ','; length--)
		;
	return length;
}

static bool write_grefs(xs_transaction_t t, const char *folder,
			const char *grefs, struct xs_permissions perms[2])
{
	unsigned int part;
	char path[160];

	for (part = 0; *grefs; part++) {
		size_t length = part_length(grefs);

		if (!length || part == PARTS) {
			errno = E2BIG;
			return false;
		}
		part_name(path, sizeof(path), folder, part);
		if (!write_node(t, path, grefs, length, perms))
			return false;
		grefs += length;
		grefs += *grefs == ',';
	}
	return true;
}

static bool write_number(xs_transaction_t t, const char *folder,
			 const char *name, uint64_t value,
			 struct xs_permissions perms[2])
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return write_node(t, path, text, strlen(text), perms);
}

static bool write_all(xs_transaction_t t, const char *key,
		      const struct announcement *a,
		      struct xs_permissions perms[2])
{
	char folder[96];

	snprintf(folder, sizeof(folder), OWN "/%s", key);
	/* An earlier run may have left nodes, of which there may be more. */
	if (!xs_rm(handle(), t, folder) && errno != ENOENT)
		return false;
	return xs_mkdir(handle(), t, folder) &&
	       xs_set_permissions(handle(), t, folder, perms, 2) &&
	       write_grefs(t, folder, a->grefs, perms) &&
	       write_number(t, folder, "size", a->size, perms) &&
	       write_number(t, folder, "writable", a->writable, perms) &&
	       (!a->port || write_number(t, folder, "port", a->port, perms));
}

int store_announce(const char *key, uint32_t peer,
		   const struct announcement *a)
{
	struct xs_permissions perms[2] = {
		{ .perms = XS_PERM_NONE },
		{ .id = peer, .perms = XS_PERM_READ },
	};
	uint64_t self = 0;
	unsigned int i;

	if (!store_domid(&self))
		return handle() ? -EIO : -EACCES;
	perms[0].id = (unsigned int)self;
	for (i = 0; i < ATTEMPTS; i++) {
		xs_transaction_t t = xs_transaction_start(handle());
		int err;

		if (t == XBT_NULL)
			return -errno;
		if (!write_all(t, key, a, perms)) {
			err = -errno;
			xs_transaction_end(handle(), t, true);
			return err;
		}
		if (xs_transaction_end(handle(), t, false))
			return 0;
		if (errno != EAGAIN)
			return -errno;
	}
	return -EAGAIN;
}

int store_withdraw(const char *key)
{
	char folder[96];

	snprintf(folder, sizeof(folder), OWN "/%s", key);
	if (!handle())
		return -EACCES;
	return xs_rm(handle(), XBT_NULL, folder) || errno == ENOENT ? 0 :
								      -errno;
}

/* Append a part to the grefs, of which all were read in one transaction. */
static char *read_grefs(xs_transaction_t t, const char *folder)
{
	char path[192], *grefs = NULL, *text;
	size_t length = 0;
	unsigned int part;

	for (part = 0; part < PARTS; part++) {
		part_name(path, sizeof(path), folder, part);
		text = read_node(t, path);
		if (!text)
			break;
		grefs = text_alloc(grefs, length + strlen(text) + 2, 1);
		if (part)
			grefs[length++] = ',';
		strcpy(grefs + length, text);
		length += strlen(text);
		free(text);
	}
	return grefs;
}

static uint64_t read_number(xs_transaction_t t, const char *folder,
			    const char *name)
{
	uint64_t value = 0;
	char path[192], *text;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	text = read_node(t, path);
	text_number(text, UINT64_MAX, &value);
	free(text);
	return value;
}

#define FOLDER_SIZE	128

static void announced_folder(char folder[FOLDER_SIZE], uint32_t owner,
			     const char *key)
{
	snprintf(folder, FOLDER_SIZE, "/local/domain/%u/" OWN "/%s", owner,
		 key);
}

bool store_announced(uint32_t owner, const char *key, struct announcement *a)
{
	char folder[FOLDER_SIZE];
	unsigned int i;

	announced_folder(folder, owner, key);
	a->grefs = NULL;
	for (i = 0; handle() && i < ATTEMPTS; i++) {
		xs_transaction_t t = xs_transaction_start(handle());

		if (t == XBT_NULL)
			return false;
		a->grefs = read_grefs(t, folder);
		a->size = read_number(t, folder, "size");
		a->writable = read_number(t, folder, "writable");
		a->port = read_number(t, folder, "port");
		if (xs_transaction_end(handle(), t, false))
			break;
		free(a->grefs);
		a->grefs = NULL;
	}
	return a->grefs;
}

int store_watch(uint32_t owner, const char *key)
{
	char folder[FOLDER_SIZE];

	if (!handle())
		return -EACCES;
	announced_folder(folder, owner, key);
	if (!xs_watch(handle(), folder, key))
		return -errno;
	return xs_fileno(handle());
}

void store_watched(void)
{
	char **event;

	while ((event = xs_check_watch(handle())))
		free(event);
}
