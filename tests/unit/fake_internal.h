/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the fake system and the fake devices. */
#ifndef FAKE_INTERNAL_H
#define FAKE_INTERNAL_H

#include "fake_os.h"

#define FAKE_FIRST_FD	700	/* far from the descriptors of the program */
#define FAKE_FILES	8
#define FAKE_PAGES	8192	/* offsets that one open file gives out */
#define FAKE_MAPS	64

/*
 * A mapping of gntdev: @listed until it is withdrawn, @mapped while an mmap
 * covers it.
 */
struct fake_map {
	bool listed, mapped;
	struct fake_grants grants;
};

struct fake_file {
	bool open;
	const struct fake_node *node;
	enum fake_kind kind;
	struct fake_page pages[FAKE_PAGES];
	uint32_t next_page;
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

/* All of it: fake_os.c lives on it, fake_tests.c shows it to tests. */
struct fake {
	struct fake_node nodes[FAKE_NODES];
	unsigned int node_count;
	struct fake_file files[FAKE_FILES];
	struct fake_mapping mappings[FAKE_MAPPINGS];
	unsigned int blocks;
	size_t page_size;
	char log[FAKE_LOG_SIZE];
	size_t log_length;
	bool logging;
	unsigned int fail_in;
	int fail_errno, rest_errno;
	const char *failed;
	char nonsense[128];
};

extern struct fake fake;

struct fake_mapping *fake_find_mapping(const void *address);
void fake_drop(struct fake_mapping *mapping);

/* A call that makes no sense fails the test at its end. Returns an error. */
int fake_nonsense(const char *what);

void fake_device_reset(void);
const char *fake_name(unsigned long request);
void fake_describe(unsigned long request, const void *arg, char *text,
		   size_t size);
int fake_ioctl(struct fake_file *file, unsigned long request, void *arg);
int fake_device_map(struct fake_file *file, uint64_t offset, size_t pages,
		    int prot, int flags);
void fake_device_unmap(struct fake_file *file, uint64_t offset, size_t pages);
void fake_device_close(struct fake_file *file);

unsigned int fake_file_pages(const struct fake_file *file);
unsigned int fake_file_refs(const struct fake_file *file);
const struct fake_page *fake_find_page(const struct fake_file *file,
				       uint32_t ref);
const struct fake_grants *fake_find_grants(const struct fake_file *file,
					   uint64_t offset);

#endif /* FAKE_INTERNAL_H */
