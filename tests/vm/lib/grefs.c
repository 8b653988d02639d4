// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A list of grefs as text, which an owner sends to its peer.
 */
#include "grefs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xengnttab.h>

#include "device.h"

#define DIRECTORY_PAGES	(GREFS_MAX * sizeof(uint32_t) / PAGE)

static int directory = -1;

/*
 * How many grefs, from the first one on, form a run? In a run each gref is one
 * more, or each is one less, than the gref before it.
 */
static size_t run_length(const uint32_t *grefs, size_t count, int *step)
{
	size_t n = 1;

	*step = 1;
	if (count > 1 && grefs[1] == grefs[0] - 1)
		*step = -1;
	while (n < count && grefs[n] == grefs[n - 1] + (uint32_t)*step)
		n++;
	return n;
}

int grefs_format(char *text, size_t size, const uint32_t *grefs, size_t count)
{
	size_t used = 0;
	size_t i = 0;

	text[0] = '\0';
	while (i < count) {
		int step;
		size_t n = run_length(grefs + i, count - i, &step);

		used += (size_t)snprintf(text + used, size - used, "%s%u%c%zu",
					 i ? "," : "", grefs[i],
					 step > 0 ? '+' : '-', n);
		if (used >= size)
			return -E2BIG;
		i += n;
	}
	return 0;
}

static long grefs_parse(const char *text, uint32_t *grefs, size_t most)
{
	size_t count = 0;

	while (*text) {
		char sign;
		unsigned int first;
		size_t n, i;
		int used = 0;

		if (sscanf(text, "%u%c%zu%n", &first, &sign, &n, &used) != 3 ||
		    n > most - count)
			return -EBADMSG;
		for (i = 0; i < n; i++)
			grefs[count++] = sign == '+' ? first + (uint32_t)i :
						      first - (uint32_t)i;
		text += used;
		if (*text == ',')
			text++;
	}
	return (long)count;
}

void grefs_withdraw(void)
{
	if (directory >= 0)
		close(directory);
	directory = -1;
}

int grefs_publish(char *text, size_t size, uint16_t peer,
		  const uint32_t *grefs, size_t count)
{
	size_t pages = (count * sizeof(*grefs) + PAGE - 1) / PAGE;
	uint32_t own[DIRECTORY_PAGES];
	void *address;
	uint64_t index;
	int used, ret;

	if (!grefs_format(text, size, grefs, count))
		return 0;
	if (count > GREFS_MAX)
		return -E2BIG;

	directory = device_open();
	if (directory < 0)
		return directory;
	ret = device_alloc(directory, peer, 0, (uint32_t)pages, &index, own);
	if (!ret)
		ret = device_map(directory, index, pages, &address);
	if (ret) {
		grefs_withdraw();
		return ret;
	}
	memcpy(address, grefs, count * sizeof(*grefs));
	munmap(address, pages * PAGE);
	used = snprintf(text, size, "@%zu:", count);
	return grefs_format(text + used, size - (size_t)used, own, pages);
}

long grefs_collect(const char *text, uint16_t owner, uint32_t *grefs,
		   size_t most)
{
	uint32_t own[DIRECTORY_PAGES];
	xengnttab_handle *gnttab;
	void *address;
	size_t count;
	long pages;
	int used;

	if (text[0] != '@')
		return grefs_parse(text, grefs, most);
	if (sscanf(text, "@%zu:%n", &count, &used) != 1 || count > most)
		return -EBADMSG;
	pages = grefs_parse(text + used, own, DIRECTORY_PAGES);
	if (pages < 0)
		return pages;
	if (count > (size_t)pages * PAGE / sizeof(*grefs))
		return -EBADMSG;

	gnttab = xengnttab_open(NULL, 0);
	if (!gnttab)
		return -errno;
	address = xengnttab_map_domain_grant_refs(gnttab, (uint32_t)pages,
						  owner, own, PROT_READ);
	if (address) {
		memcpy(grefs, address, count * sizeof(*grefs));
		xengnttab_unmap(gnttab, address, (uint32_t)pages);
	}
	xengnttab_close(gnttab);
	return address ? (long)count : -ENOMEM;
}
