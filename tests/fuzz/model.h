/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the device has to do: files with pages at offsets, regions and grants,
 * and the users of each page. Each function returns what the call of that name
 * has to return, 0 or -errno, and changes the model as the call changes the
 * device.
 *
 * Where two results are right, the device's result @ret decides between them.
 * This is so when others allocate at the same time, and when a peer has
 * released an entry and it is not known whether the driver has noticed that
 * yet.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define PAGES		2048U	/* of a file; few more are ever used */
#define DOMIDS		4U
#define PEER		0U	/* the domid that can map: dom0's own */
#define RESERVED	0x7ff0U	/* a domid that no domain has */
#define REGIONS		512U	/* of a file, with those that are gone */
#define FILES		4
#define HOLDS		8

/* The bytes of a page that are compared: the first one, and the last one. */
struct bytes {
	unsigned char content;
	unsigned char tail;
};

/* Memory that this program has already, of which a region is made. */
struct memory {
	int error;		/* why it cannot be pinned, or 0 */
	bool writable;		/* peers may be allowed to write */
	struct bytes *const *bytes;	/* of each page, if there is no error */
};

struct region {
	unsigned int first;
	unsigned int count;
	unsigned int live;
	unsigned int held;	/* entries that should end; a peer maps them */
	bool drained;		/* there were some; some may still be left */
	bool published;
	bool told;		/* by an event, when it is gone */
	bool signals;		/* the eventfd, when it is gone */
	bool memory;		/* of this program: it cannot be mapped */
	bool readonly;		/* nor be changed by a peer or the driver */
	uint64_t id;		/* of the native level only */
	uint32_t gref;		/* of level 2010 only */
};

struct page {
	struct region *region;	/* the last one here; it may be gone */
	bool live;
	bool allocated;
	bool clears;		/* by a notification: @tail becomes 0 */
	struct bytes own;	/* of a page that the driver allocated */
	struct bytes *bytes;	/* these, or those of the program's memory */
	unsigned int maps;
	unsigned int grants[DOMIDS];
	unsigned int holds;	/* how many of PEER's entries are mapped */
	unsigned int let_go;	/* and how many no longer are */
	uint32_t gref;		/* the newest of PEER's */
};

struct file {
	unsigned int opens;	/* its descriptors, in all processes */
	unsigned int maps;
	unsigned int next;
	unsigned int top;	/* no page was ever here or above */
	unsigned int regions;
	long pages, grants;
	long bound_pages, bound_grants;
	bool restricted;
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
	struct page *page;	/* NULL when it is dead */
	struct region *region;	/* NULL when its file is closed */
	struct file *file;
	struct bytes *bytes;	/* of the page; of a dead one @own, */
	struct bytes own;	/* which are final, or the program's memory */
};

extern struct hold model_holds[HOLDS];

extern long model_limit, model_quota;
extern long model_pages, model_grants, model_draining;

/* How many more entries the driver may still believe to be mapped. */
extern long model_loose;

/* Others allocate at the same time, so a bound may be reached at any time. */
extern bool model_concurrent;

/* Regions that must have signalled the eventfd, and those that may have. */
extern long model_signals, model_signals_perhaps;

void model_open(struct file *f);
void model_close(struct file *f);
bool model_gone(const struct file *f);

/* Is there no room for more? Then the file should be closed. */
bool model_full(const struct file *f);

/*
 * Offsets are in pages. The caller sets the @id or @gref of a region that was
 * made. With @undo the call fails late, and everything is undone. @memory is
 * NULL for pages that the driver allocates. Where a @row
 * of grefs is demanded, @ret decides, too, because the model does not know
 * which entries are free.
 */
int model_alloc(struct file *f, unsigned int count, unsigned int domid,
		bool undo, int ret, struct region **made);
int model_create(struct file *f, unsigned int count, bool fixed,
		 unsigned int offset, const struct memory *memory, bool undo,
		 int ret, struct region **made);
int model_share(struct file *f, unsigned int count, unsigned int domid,
		bool fixed, unsigned int offset, bool row, bool undo, int ret,
		struct region **made);
int model_grant(struct file *f, unsigned int first, unsigned int count,
		unsigned int domid, bool writable, bool row, bool undo,
		int ret);

bool model_allocated(const struct file *f, unsigned int first,
		     unsigned int count);
int model_map(const struct file *f, unsigned int first, unsigned int count);
int model_dealloc(struct file *f, unsigned int first, unsigned int count);
int model_dealloc_gref(struct file *f, uint32_t gref);
int model_notify(struct file *f, unsigned int offset, unsigned int action);
int model_revoke(struct file *f, unsigned int first, unsigned int count,
		 unsigned int domid, struct region **of);
int model_destroy(struct file *f, struct region *r, bool told, bool signals,
		  int ret);
void model_restrict(struct file *f, bool no_create, bool no_send_event,
		    long pages, unsigned int domids);

/* Returns GNTALLOC_STATE_*. A region with @drained may also be gone. */
unsigned int model_state(const struct region *r);

/* Is there certainly an event to read, or @perhaps one? */
bool model_event(const struct file *f, bool perhaps);

/* A page is mapped once more, or once less. */
void model_use(struct file *f, unsigned int offset);
void model_unuse(struct file *f, unsigned int offset);

/* The peer maps the newest entry of a page, or unmaps it. */
void model_hold(struct hold *h, struct file *f, unsigned int offset);
void model_let_go(struct hold *h);

#endif
