// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages of the fake gntalloc: their offsets, how long they are live, and the
 * entries for them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fake_internal.h"

bool fake_page_lives(const struct fake_page *page)
{
	return page->allocated || page->mapped;
}

/* Is it a page of memory that nobody may change? */
bool fake_is_readonly(const struct fake_page *page)
{
	return page->memory && !page->writable;
}

bool fake_allocated(const struct fake_file *file, uint64_t first,
		    uint64_t count)
{
	uint64_t i;

	if (!count || first >= FAKE_PAGES || count > FAKE_PAGES - first)
		return false;
	for (i = first; i < first + count; i++) {
		if (!file->pages[i].allocated)
			return false;
	}
	return true;
}

unsigned int fake_file_entries(const struct fake_file *file)
{
	unsigned int count = 0;
	int i;

	for (i = 0; i < FAKE_GRANTS; i++)
		count += file->entries[i].used;
	return count;
}

/*
 * Returns an error if @pages and @entries more would exceed a bound. Changes no
 * count.
 */
int fake_charge(const struct fake_file *file, uint32_t pages, uint32_t entries)
{
	const struct fake_restriction *bound = &file->restriction;

	if (pages > FAKE_LIMIT - fake.pages_used ||
	    entries > FAKE_LIMIT - fake.entries_used)
		return -EDQUOT;
	if ((bound->flags & 2) &&
	    (fake_file_pages(file) + pages > bound->pages ||
	     fake_file_entries(file) + entries > bound->entries))
		return -EDQUOT;
	return 0;
}

bool fake_region_lives(const struct fake_file *file,
		       const struct fake_region *region)
{
	uint32_t i;

	for (i = 0; i < region->count; i++) {
		/* While it drains, another region may have its offsets. */
		if (file->owners[region->first + i] == region &&
		    fake_page_lives(&file->pages[region->first + i]))
			return true;
	}
	return false;
}

/* A region that is live and has one of the offsets; or NULL. */
static struct fake_region *in_the_way(struct fake_file *file, uint64_t first,
				      uint64_t count)
{
	int i;

	for (i = 0; i < FAKE_REGIONS; i++) {
		struct fake_region *region = &file->regions[i];

		if (region->used && first < region->first + region->count &&
		    region->first < first + count &&
		    fake_region_lives(file, region))
			return region;
	}
	return NULL;
}

static int place(struct fake_file *file, uint32_t count,
		 const uint64_t *offset, uint64_t *first)
{
	struct fake_region *other;

	if (offset) {
		*first = *offset / FAKE_PAGE_SIZE;
		if (*first >= FAKE_PAGES || count > FAKE_PAGES - *first)
			return -EOVERFLOW;
		return in_the_way(file, *first, count) ? -EEXIST : 0;
	}
	*first = file->next_page;
	while ((other = in_the_way(file, *first, count)))
		*first = other->first + other->count;
	if (*first > FAKE_PAGES || count > FAKE_PAGES - *first)
		return fake_nonsense("more pages than the fake has offsets");
	file->next_page = (uint32_t)*first + count;
	return 0;
}

/*
 * Create pages at *@offset or, if @offset is NULL, at any offset. Sets @err if
 * it fails.
 */
struct fake_region *fake_region_create(struct fake_file *file, uint32_t count,
				       const uint64_t *offset, int *err)
{
	struct fake_region *region = NULL;
	uint64_t first = 0;
	uint32_t i;

	for (i = 0; i < FAKE_REGIONS && !region; i++) {
		if (!file->regions[i].used)
			region = &file->regions[i];
	}
	*err = region ? place(file, count, offset, &first) :
			fake_nonsense("more regions than the fake has");
	if (*err)
		return NULL;

	memset(region, 0, sizeof(*region));
	region->used = true;
	region->published = true;
	region->first = (uint32_t)first;
	region->count = count;
	if (file->top < first + count)
		file->top = (uint32_t)first + count;
	for (i = 0; i < count; i++) {
		memset(&file->pages[first + i], 0, sizeof(file->pages[0]));
		file->pages[first + i].allocated = true;
		file->owners[first + i] = region;
	}
	fake.pages_used += count;
	return region;
}

/* The region that was not destroyed and has all of the pages; or NULL. */
struct fake_region *fake_region_at(struct fake_file *file, uint64_t first,
				   uint32_t count)
{
	struct fake_region *region = in_the_way(file, first, 1);

	if (!region || !region->published ||
	    count > region->first + region->count - first)
		return NULL;
	return region;
}

struct fake_region *fake_region_find(struct fake_file *file, uint64_t id)
{
	int i;

	for (i = 0; i < FAKE_REGIONS; i++) {
		if (file->regions[i].used && file->regions[i].id == id && id)
			return &file->regions[i];
	}
	return NULL;
}

/*
 * How many entries of the region drain, since the peer @domid holds them, or
 * any peer if @domid is negative.
 */
unsigned int fake_region_held(const struct fake_file *file,
			      const struct fake_region *region, int domid)
{
	unsigned int count = 0;
	int i;

	for (i = 0; i < FAKE_GRANTS; i++) {
		const struct fake_entry *entry = &file->entries[i];

		count += entry->used && entry->region == region &&
			 !entry->grant.live &&
			 (domid < 0 || entry->grant.domid == domid);
	}
	return count;
}

/* If the region is gone, send the notices that were asked for. */
static void region_look(struct fake_file *file, struct fake_region *region)
{
	uint64_t one = 1;

	fake_wake();
	if (!region->used || fake_region_lives(file, region) ||
	    fake_region_held(file, region, -1))
		return;
	region->used = false;
	if (region->event) {
		file->events[file->events_written++ % FAKE_EVENTS] =
			region->id;
		if (file->events_written - file->events_read > FAKE_EVENTS)
			fake_nonsense("more events than the fake can keep");
	}
	if (region->eventfd) {
		if (write(region->eventfd, &one, sizeof(one)) != sizeof(one))
			fake_nonsense("the eventfd");
		close(region->eventfd);
	}
}

/* Free the entry. */
void fake_entry_release(struct fake_file *file, struct fake_entry *entry)
{
	entry->used = false;
	fake.entries_used--;
	region_look(file, entry->region);
}

/* End the entry at once, or let it drain until the peer releases it. */
void fake_entry_end(struct fake_file *file, struct fake_entry *entry)
{
	entry->grant.live = false;
	if (!entry->grant.held)
		fake_entry_release(file, entry);
}

static struct fake_entry *new_entry(struct fake_file *file)
{
	int i;

	for (i = 0; i < FAKE_GRANTS; i++) {
		if (!file->entries[i].used)
			return &file->entries[i];
	}
	return NULL;
}

/*
 * Make entries for @count pages with consecutive offsets. The first one is as
 * @like, except for its gref.
 */
int fake_region_grant(struct fake_file *file, struct fake_region *region,
		      const struct fake_grant *like, uint32_t count,
		      bool consecutive, uint32_t *grefs)
{
	uint32_t i, first = (uint32_t)(like->offset / FAKE_PAGE_SIZE);

	for (i = 0; i < count; i++) {
		struct fake_entry *entry = new_entry(file);

		if (!entry)
			return fake_nonsense("more entries than the fake has");
		/* There are gaps, as in a table that others use, too. */
		fake.last_gref += i && consecutive ? 1 : 7 + i % 3;
		entry->used = true;
		entry->region = region;
		entry->page = first + i;
		entry->grant = *like;
		entry->grant.live = true;
		entry->grant.gref = fake.last_gref;
		entry->grant.offset += (uint64_t)i * FAKE_PAGE_SIZE;
		grefs[i] = fake.last_gref;
		fake.entries_used++;
	}
	return 0;
}

static void page_dies(struct fake_file *file, uint32_t i)
{
	struct fake_region *region = file->owners[i];
	int j;

	fake.pages_used--;
	for (j = 0; j < FAKE_GRANTS; j++) {
		struct fake_entry *entry = &file->entries[j];

		if (entry->used && entry->grant.live && entry->page == i)
			fake_entry_end(file, entry);
	}
	/* The next page at this offset is a new one, which is all zeros. */
	if (file->open &&
	    fallocate(file->memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      (off_t)i * FAKE_PAGE_SIZE, FAKE_PAGE_SIZE))
		fake_nonsense("fallocate");
	region_look(file, region);
}

/* Remove one user of the page: a mapping if @mapping is set, or the program. */
void fake_page_put(struct fake_file *file, uint32_t i, bool mapping)
{
	if (mapping)
		file->pages[i].mapped--;
	else
		file->pages[i].allocated = false;
	if (!fake_page_lives(&file->pages[i]))
		page_dies(file, i);
}
