/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system that the unit tests give to the library in the place of
 * lib/os.c: a fake gntalloc and a fake gntdev, which keep account of all that
 * the library holds, and fail when they are told to.
 *
 * Memory is real: what is "mapped" can be written, and MADV_DONTFORK and
 * MADV_WIPEONFORK have their effect in a real child.
 */
#ifndef FAKE_OS_H
#define FAKE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FAKE_PAGE_SIZE		4096u
#define FAKE_LIMIT		64u	/* the module's limit on pages and grants */
#define FAKE_HEADROOM		3u	/* what it says of itself, see fake_info() */
#define FAKE_QUOTA		1000u
#define FAKE_MISC_MAJOR		10u

/* The peer's grefs: these are granted read-only, those below writable. */
#define FAKE_READONLY_GREF	500u
#define FAKE_NO_GREF		1000u	/* and from here on none is granted */

/* The only event channel that is bound. */
#define FAKE_PORT		9u

enum fake_kind { FAKE_GNTALLOC, FAKE_GNTDEV, FAKE_OTHER, FAKE_UEVENT };

/*
 * A file that can be opened. @uevent is what sysfs says of the device; when
 * it is NULL, to open that file fails with @uevent_errno.
 */
struct fake_node {
	const char *path;
	enum fake_kind kind;
	mode_t mode;
	unsigned int major, minor;
	const char *uevent;
	int uevent_errno;
};

/* What the library holds. All zero: nothing. */
struct fake_account {
	unsigned int blocks;	/* of memory */
	unsigned int files;	/* open descriptors */
	unsigned int mappings;
	unsigned int pages;	/* of gntalloc: allocated or mapped */
	unsigned int entries;	/* of its grants, draining ones too */
	unsigned int grefs;	/* of the peer, held in gntdev */
};

/* Begin a test: two devices, nothing held, nothing logged. */
void fake_reset(void);

/* End it: fails the test if anything is held or a call made no sense. */
void fake_finish(void);

/* A node to change: "gntalloc" and "gntdev" are there from the start. */
struct fake_node *fake_node(const char *path);
struct fake_node *fake_add_node(const char *path);

struct fake_account fake_account(void);
void fake_assert_account(struct fake_account expected);

/*
 * The calls since fake_log_start(), each as "name(arguments)", with a blank
 * between. assert_log() takes them one by one, or NULL for none.
 */
void fake_log_start(void);
const char *fake_log(void);
void fake_assert_log(const char *call, ...);
#define assert_log(...) fake_assert_log(__VA_ARGS__, NULL)

/*
 * Let the @nth call from now fail with @err, and if @rest_err is not 0 all
 * that follow with that. Memory always fails with ENOMEM: alloc() has no
 * errno. fake_failed() is the name of the call that was made to fail first,
 * NULL if none was; fake_fail_stop() ends it.
 */
void fake_fail(unsigned int nth, int err, int rest_err);
void fake_fail_stop(void);
const char *fake_failed(void);

/* Let page_size() say something else. */
void fake_set_page_size(size_t size);

/* What gntalloc knows of a page. It is looked up by a gref, until that ends. */
struct fake_page {
	bool allocated;
	unsigned int mapped;
	uint32_t action, port;
	uint64_t notify_index;
};

const struct fake_page *fake_page(uint32_t gref);

/*
 * What it knows of a grant, of either level. Looked up by its gref, too, until
 * a peer holds it no more.
 *
 * @held: a peer has it mapped; see fake_hold()
 */
struct fake_grant {
	uint16_t domid;
	bool writable, live, held;
	uint32_t gref;
	uint64_t offset;
};

const struct fake_grant *fake_grant(uint32_t gref);

/* Let the peer map what an entry is for, or unmap it. */
void fake_hold(uint32_t gref, bool held);

/* Destroy a region behind the library's back. */
void fake_destroy(int fd, uint64_t id);

/* Restore the guest: a new generation. */
void fake_restore(void);

/* What an open file was restricted to. */
struct fake_restriction {
	uint32_t flags;
	uint32_t pages, grants;	/* the most that there may be */
	uint32_t count;
	uint16_t domids[16];
	bool no_send_event;
};

const struct fake_restriction *fake_restriction(int fd);

/* A driver without the native level, or with it again. */
void fake_set_old_driver(bool old);

/* A driver whose native level has none of the features that come and go. */
void fake_set_lesser_driver(void);

/* So many entries are free in the grant table. */
void fake_set_table(unsigned int entries);

/* Reading events does not wait. */
void fake_set_nonblock(bool nonblock);

/* A descriptor that did not come from the library, and what it has become. */
int fake_open(const char *path);
void fake_close(int fd);
bool fake_is_cloexec(int fd);

/* What gntdev knows of the mapping at an address; NULL if there is none. */
struct fake_grants {
	uint64_t index;
	uint32_t count;
	uint32_t domid[8], gref[8];
	uint32_t action, port;
	uint64_t notify_index;
};

const struct fake_grants *fake_grants(const void *address);

/* The protection that was asked for at an address. */
int fake_protection(const void *address);

/* Release mappings that the library was made unable to unmap. */
void fake_drop_mappings(void);

#endif /* FAKE_OS_H */
