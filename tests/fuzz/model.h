/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the device should be like: files with pages at offsets, regions and
 * grants, and who uses each page. Each function has the result that the call
 * of that name has to have, 0 or -errno, and does to the model what the call
 * does to the device.
 *
 * Where two results are right, @ret, the device's, decides between them: when
 * somebody else allocates, too, and when a peer has let go of an entry and it
 * is not known yet whether the driver has noticed.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define PAGES		2048U	/* of a file, and few more are ever used */
#define DOMIDS		4U
#define PEER		0U	/* the one of them that can map: dom0 itself */
#define RESERVED	0x7ff0U	/* a domid, but nobody's */
#define REGIONS		512U	/* of a file, those that are gone too */
#define FILES		4
#define HOLDS		8

struct region {
	unsigned int first;
	unsigned int count;
	unsigned int live;
	unsigned int held;	/* entries that have to end, and a peer maps */
	bool drained;		/* there were some; the last may not be gone */
	bool published;
	bool told;		/* by an event, when it is gone */
	bool signals;		/* the eventfd, when it is gone */
	uint64_t id;		/* native ones only */
	uint32_t gref;		/* those of 2010 only */
};

struct page {
	struct region *region;	/* the last one here; it may be gone */
	bool live;
	bool allocated;
	bool clears;		/* its notification: @tail becomes 0 */
	unsigned char content;	/* its first byte */
	unsigned char tail;	/* its last byte */
	unsigned int maps;
	unsigned int grants[DOMIDS];
	unsigned int holds;	/* how many of PEER's it has mapped */
	unsigned int let_go;	/* and how many it had */
	uint32_t gref;		/* the newest of PEER's */
};

struct file {
	unsigned int opens;	/* descriptors of it, of any process */
	unsigned int maps;
	unsigned int next;
	unsigned int top;	/* no page was ever at it, or behind */
	unsigned int regions;
	long pages, grants;
	long bound_pages, bound_grants;
	bool no_create;
	bool no_send_event;
	unsigned int domids;	/* a bit for each that it may grant to */
	struct region region[REGIONS];
	struct page page[PAGES + 400];
};

/* An entry that the peer maps. */
struct hold {
	bool used;
	bool ends;		/* as soon as it is unmapped */
	struct page *page;	/* NULL when that is dead */
	struct region *region;	/* NULL when its file is closed */
	struct file *file;
	unsigned char content, tail;	/* of a dead page: for ever */
};

extern struct hold model_holds[HOLDS];

extern long model_limit, model_quota;
extern long model_pages, model_grants, model_draining;

/* Beyond these: entries that the driver may think are still mapped. */
extern long model_loose;

/* Others allocate, too: bounds may be reached at any time. */
extern bool model_concurrent;

/* Regions that had to signal the eventfd, for sure or perhaps. */
extern long model_signals, model_signals_perhaps;

void model_open(struct file *f);
void model_close(struct file *f);
bool model_gone(const struct file *f);

/* Is there no room for more? Then the file had better be closed. */
bool model_full(const struct file *f);

/*
 * Offsets are in pages. A region that was made has to be given its @id or @gref
 * by the caller. With @undo the call fails late, and is undone. Where a @row
 * of grefs is demanded @ret decides, too: nobody here knows which are free.
 */
int model_alloc(struct file *f, unsigned int count, unsigned int domid,
		bool undo, int ret, struct region **made);
int model_create(struct file *f, unsigned int count, bool fixed,
		 unsigned int offset, bool undo, int ret,
		 struct region **made);
int model_share(struct file *f, unsigned int count, unsigned int domid,
		bool fixed, unsigned int offset, bool row, bool undo, int ret,
		struct region **made);
int model_grant(struct file *f, unsigned int first, unsigned int count,
		unsigned int domid, bool row, bool undo, int ret);

bool model_allocated(const struct file *f, unsigned int first,
		     unsigned int count);
int model_dealloc(struct file *f, unsigned int first, unsigned int count);
int model_dealloc_gref(struct file *f, uint32_t gref);
int model_notify(struct file *f, unsigned int offset, unsigned int action);
int model_revoke(struct file *f, unsigned int first, unsigned int count,
		 unsigned int domid, struct region **of);
int model_destroy(struct file *f, struct region *r, bool told, bool signals,
		  int ret);
void model_restrict(struct file *f, bool no_create, bool no_send_event,
		    long pages, unsigned int domids);

/* GNTALLOC_STATE_*; a region that has @drained may be gone, too. */
unsigned int model_state(const struct region *r);

/* Is there an event to read: for sure, or perhaps? */
bool model_event(const struct file *f, bool perhaps);

/* One mapping of a page comes, or goes. */
void model_use(struct file *f, unsigned int offset);
void model_unuse(struct file *f, unsigned int offset);

/* The peer maps the newest entry of a page, and unmaps it. */
void model_hold(struct hold *h, struct file *f, unsigned int offset);
void model_let_go(struct hold *h);

#endif
