/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the device should be like: files with pages at offsets, regions and
 * grants, and who uses each page. Each function has the result that the call
 * of that name has to have, 0 or -errno, and does to the model what the call
 * does to the device.
 *
 * No peer maps anything here, so every entry ends at once.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define PAGES		2048	/* of a file, the others are never used */
#define DOMIDS		4
#define REGIONS		512	/* of a file, those that are gone too */

struct region {
	unsigned int first;
	unsigned int count;
	unsigned int live;
	uint64_t id;		/* native ones only */
	uint32_t ref;		/* those of 2010 only */
	bool published;
};

struct page {
	struct region *region;	/* while it is live */
	bool allocated;
	unsigned int maps;
	unsigned int grants[DOMIDS];
	unsigned char content;
};

struct file {
	bool open;		/* a descriptor is */
	unsigned int maps;
	unsigned int next;
	unsigned int regions;
	struct region region[REGIONS];
	struct page page[PAGES];
};

extern long model_limit, model_pages, model_grants;

void model_open(struct file *f);
void model_close(struct file *f);

/* Is there room for more? If not the file had better be closed. */
bool model_full(const struct file *f);

/*
 * Offsets are in pages. A region that was made has to be given its @id or @ref
 * by the caller.
 */
int model_alloc(struct file *f, unsigned int count, unsigned int domid,
		struct region **made);
int model_create(struct file *f, unsigned int count, bool fixed,
		 unsigned int offset, struct region **made);
bool model_allocated(const struct file *f, unsigned int first,
		     unsigned int count);
int model_dealloc(struct file *f, unsigned int first, unsigned int count);
int model_dealloc_ref(struct file *f, uint32_t ref);
int model_grant(struct file *f, unsigned int first, unsigned int count,
		unsigned int domid);
int model_revoke(struct file *f, unsigned int first, unsigned int count,
		 unsigned int domid);
int model_destroy(struct file *f, struct region *r);

/* One mapping of a page comes, or goes. */
void model_use(struct file *f, unsigned int offset);
void model_unuse(struct file *f, unsigned int offset);

#endif
