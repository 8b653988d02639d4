/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system that the unit tests give to the library in the place of lib/os.c.
 * It has a fake gntalloc and a fake gntdev. It keeps account of all that the
 * library has allocated, opened or mapped, and a test can make its calls fail.
 *
 * Memory is real: a test can write to a mapping, and MADV_DONTFORK and
 * MADV_WIPEONFORK have their effect in a real child. So are the descriptors of
 * other files than the devices: fstat() and mmap() of them are the kernel's.
 */
#ifndef FAKE_OS_H
#define FAKE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FAKE_PAGE_SIZE		4096u
#define FAKE_LIMIT		64u	/* the module's limit on pages and grants */
#define FAKE_HEADROOM		3u	/* the values that INFO returns */
#define FAKE_QUOTA		1000u
#define FAKE_MISC_MAJOR		10u

/* The peer's grefs: from this one on they are read-only, below it writable. */
#define FAKE_READONLY_GREF	500u
#define FAKE_NO_GREF		1000u	/* from this one on, none is granted */

/* The only event channel that is bound. */
#define FAKE_PORT		9u

enum fake_kind { FAKE_GNTALLOC, FAKE_GNTDEV, FAKE_OTHER, FAKE_UEVENT };

/*
 * A file that can be opened. @uevent is the content of the device's file uevent
 * in sysfs. If it is NULL, to open that file fails with @uevent_errno.
 */
struct fake_node {
	const char *path;
	enum fake_kind kind;
	mode_t mode;
	unsigned int major, minor;
	const char *uevent;
	int uevent_errno;
};

/* All resources that the library has at the moment. */
struct fake_account {
	unsigned int blocks;	/* of memory */
	unsigned int files;	/* open descriptors */
	unsigned int mappings;
	unsigned int pages;	/* of gntalloc: allocated or mapped */
	unsigned int entries;	/* of gntalloc's grants, also draining ones */
	unsigned int grefs;	/* of the peer, mapped by gntdev */
};

/* Begin a test: there are two devices, and nothing is in use or logged. */
void fake_reset(void);

/* End the test. It fails if anything is in use, or if a call made no sense. */
void fake_finish(void);

/* A node, which a test may change. Both devices have one from the start. */
struct fake_node *fake_node(const char *path);
struct fake_node *fake_add_node(const char *path);

struct fake_account fake_account(void);
void fake_assert_account(struct fake_account expected);

/*
 * The calls since fake_log_start(), each as "name(arguments)", separated by
 * blanks. assert_log() takes each expected call as an argument, or NULL if none
 * is expected.
 */
void fake_log_start(void);
const char *fake_log(void);
void fake_assert_log(const char *call, ...);
#define assert_log(...) fake_assert_log(__VA_ARGS__, NULL)

/*
 * Make the @nth call from now on fail with @err, and, if @rest_err is not 0,
 * all calls after it with @rest_err. An allocation of memory always fails with
 * ENOMEM, since alloc() has no errno. fake_failed() returns the name of the
 * call that was the first to fail, or NULL if none has. After fake_fail_stop(),
 * no more calls fail.
 */
void fake_fail(unsigned int nth, int err, int rest_err);
void fake_fail_stop(void);
const char *fake_failed(void);

/*
 * Let fstat() say that the blocks of real files have @size bytes. If that is a
 * power of two, mmap() maps only whole blocks, as it does for hugetlbfs.
 */
void fake_set_block(size_t size);

/* Let page_size() return another size. */
void fake_set_page_size(size_t size);

/*
 * What gntalloc knows of a page, found by the gref of a live entry for it.
 *
 * @memory: the program had it already; @writable: it may be granted for writing
 * @first: its first byte when the region was made; only with @memory
 */
struct fake_page {
	bool allocated;
	bool memory, writable;
	char first;
	unsigned int mapped;
	uint32_t action, port;
	uint64_t notify_index;
};

const struct fake_page *fake_page(uint32_t gref);

/*
 * What gntalloc knows of an entry, of either level. A test finds it by its
 * gref, until the entry is revoked and no peer holds it.
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

/* Let the peer map the page of an entry, or unmap it. */
void fake_hold(uint32_t gref, bool held);

/* Destroy a region without the library's knowledge. */
void fake_destroy(int fd, uint64_t id);

/* Restore the guest, which begins a new generation. */
void fake_restore(void);

/* The restriction of an open file. */
struct fake_restriction {
	uint32_t flags;
	uint32_t pages, entries;	/* the bounds */
	uint32_t count;
	uint16_t domids[16];
	bool no_send_event;
};

const struct fake_restriction *fake_restriction(int fd);

/* Make the driver one without the native level, or with it again. */
void fake_set_old_driver(bool old);

/*
 * Make the driver's native level lack all features that a driver may lack, and
 * all that was added to it since its first version.
 */
void fake_set_lesser_driver(void);

/* Let @entries entries be free in the grant table. */
void fake_set_table(unsigned int entries);

/* With @nonblock, reading an event does not wait for it. */
void fake_set_nonblock(bool nonblock);

/* Open and close a descriptor without the library, and look at it. */
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

/* The protection with which the memory at an address was mapped. */
int fake_protection(const void *address);

/* Unmap the memory whose munmap() was made to fail. */
void fake_drop_mappings(void);

#endif /* FAKE_OS_H */
