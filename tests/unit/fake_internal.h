/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface between the fake system and the fake devices. */
#ifndef FAKE_INTERNAL_H
#define FAKE_INTERNAL_H

#include <time.h>

#include "fake_os.h"

#define FAKE_FIRST_FD	700	/* above all real descriptors of the program */
#define FAKE_FILES	8
#define FAKE_PAGES	8192	/* the number of offsets of one open file */
#define FAKE_MAPS	64
#define FAKE_REGIONS	128	/* of one open file, at the same time */
#define FAKE_GRANTS	256	/* entries of one open file, likewise */
#define FAKE_EVENTS	128

/*
 * Pages of gntalloc that one call has created. The region is gone when none of
 * its pages is live and it has no entry. @id is 0 on the 2011 level.
 */
struct fake_region {
	bool used, published;
	uint64_t id;
	uint32_t first, count;
	bool event;
	int eventfd;	/* 0: none */
};

/* An entry of the grant table. It drains if it is @held and not @live. */
struct fake_entry {
	bool used;
	struct fake_region *region;
	uint32_t page;
	struct fake_grant grant;
};

/*
 * A mapping of gntdev. It is @listed until the program gives it up by an ioctl,
 * and @mapped while an mmap() covers it.
 */
struct fake_map {
	bool listed, mapped;
	struct fake_grants grants;
};

struct fake_file {
	bool open, cloexec;
	const struct fake_node *node;
	enum fake_kind kind;
	int memory;	/* of gntalloc: a memfd with the pages */
	struct fake_page pages[FAKE_PAGES];
	struct fake_region *owners[FAKE_PAGES];
	uint32_t next_page;	/* of the next region without a chosen offset */
	uint32_t top;		/* the end of all pages that were ever used */
	struct fake_region regions[FAKE_REGIONS];
	struct fake_entry entries[FAKE_GRANTS];
	uint64_t last_id;
	uint64_t events[FAKE_EVENTS];
	unsigned int events_read, events_written;
	uint64_t generation;
	struct fake_restriction restriction;
	struct fake_map maps[FAKE_MAPS];
};

#define FAKE_NODES	4
#define FAKE_MAPPINGS	256
#define FAKE_LOG_SIZE	8192

struct fake_mapping {
	char *address;
	size_t size;
	int prot;
	struct fake_file *file;
	uint64_t offset;
};

/* The fake: fake_os.c works on this state, fake_control.c shows it to tests. */
struct fake {
	struct fake_node nodes[FAKE_NODES];
	unsigned int node_count;
	struct fake_file files[FAKE_FILES];
	struct fake_mapping mappings[FAKE_MAPPINGS];
	unsigned int blocks;
	size_t page_size, block;
	char log[FAKE_LOG_SIZE];
	size_t log_length;
	bool logging;
	unsigned int fail_in;
	int fail_errno, rest_errno;
	const char *failed;
	char nonsense[128];
	bool old_driver, lesser_driver, nonblock;
	unsigned int table;
	unsigned int pages_used, entries_used;
	uint32_t last_gref;
	uint64_t generation;
};

extern struct fake fake;

/* All functions but those of fake_os.c are called with the lock held. */
void fake_lock(void);
void fake_unlock(void);
/* Release the lock until fake_wake() or until @deadline (CLOCK_MONOTONIC). */
int fake_sleep(const struct timespec *deadline);
void fake_wake(void);

struct fake_mapping *fake_find_mapping(const void *address);
void fake_drop(struct fake_mapping *mapping);

/* Report a call that makes no sense: the test will fail. Returns an error. */
int fake_nonsense(const char *what);

/* fake_memory.c: pages that the program has already */
int fake_dmabuf_pages(int fd, uint64_t start, uint32_t count, bool writable,
		      char *first);
int fake_memory_pin(uint64_t address, uint32_t count, bool writable,
		    char *first);

/* fake_names.c */
const char *fake_name(unsigned long request);
void fake_describe(unsigned long request, const void *arg, char *text,
		   size_t size);

/* fake_device.c */
int fake_ioctl(struct fake_file *file, unsigned long request, void *arg);
int fake_device_map(struct fake_file *file, uint64_t offset, size_t pages,
		    int prot, int flags);
void fake_device_unmap(struct fake_file *file, uint64_t offset, size_t pages);
void fake_device_close(struct fake_file *file);

/* fake_region.c: pages, their users, and the peers that hold their entries */
bool fake_page_lives(const struct fake_page *page);
bool fake_is_readonly(const struct fake_page *page);
bool fake_allocated(const struct fake_file *file, uint64_t first,
		    uint64_t count);
int fake_charge(const struct fake_file *file, uint32_t pages, uint32_t entries);
struct fake_region *fake_region_create(struct fake_file *file, uint32_t count,
				       const uint64_t *offset, int *err);
struct fake_region *fake_region_at(struct fake_file *file, uint64_t first,
				   uint32_t count);
struct fake_region *fake_region_find(struct fake_file *file, uint64_t id);
bool fake_region_lives(const struct fake_file *file,
		       const struct fake_region *region);
int fake_region_grant(struct fake_file *file, struct fake_region *region,
		      const struct fake_grant *like, uint32_t count,
		      bool consecutive, uint32_t *grefs);
void fake_page_put(struct fake_file *file, uint32_t i, bool mapping);
void fake_entry_end(struct fake_file *file, struct fake_entry *entry);
void fake_entry_release(struct fake_file *file, struct fake_entry *entry);
unsigned int fake_region_held(const struct fake_file *file,
			      const struct fake_region *region, int domid);

/* fake_native.c */
bool fake_may_grant(const struct fake_file *file, uint16_t domid);
int fake_native_ioctl(struct fake_file *file, unsigned long request,
		      void *arg);
int fake_native_read(struct fake_file *file, void *buf, size_t size);
const char *fake_native_name(unsigned long request);
void fake_native_describe(unsigned long request, const void *arg, char *text,
			  size_t size);

unsigned int fake_file_pages(const struct fake_file *file);
unsigned int fake_file_entries(const struct fake_file *file);
unsigned int fake_file_grefs(const struct fake_file *file);
const struct fake_page *fake_find_page(const struct fake_file *file,
				       uint32_t gref);
const struct fake_grants *fake_find_grants(const struct fake_file *file,
					   uint64_t offset);

#endif /* FAKE_INTERNAL_H */
