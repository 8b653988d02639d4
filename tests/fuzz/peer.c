// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz: a peer that maps some of the pages that are granted, and keeps them
 *
 * The peer is this domain itself, dom0, through gntdev. A page that it maps has
 * to keep its bytes until the peer unmaps it, whoever uses that page meanwhile.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * The kernel's gntdev.h expects these from a header of Xen's, which cross
 * compilers do not have.
 */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#include <xen/gntdev.h>

#include "../vm/lib/device.h"

static int gntdev = -1;
static char *room;
static uint64_t index_of[HOLDS];

static char *address_of(const struct hold *h)
{
	return room + (h - model_holds) * 2 * PAGE;
}

/*
 * Only dom0 has a peer. Other domains may be translated, and then must not map
 * their own grants. Nor can a 32-bit program map them.
 */
bool peer_starts(void)
{
	char text[32] = "";
	int fd = open("/proc/xen/capabilities", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0 ||
	    !strstr(text, "control_d") || sizeof(void *) < 8) {
		close(fd);
		return false;
	}
	close(fd);
	gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	room = mmap(NULL, HOLDS * 2 * PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (gntdev < 0 || room == MAP_FAILED)
		wrong("no gntdev: %s", strerror(errno));
	return true;
}

static void map(struct hold *h, struct file *f, unsigned int offset)
{
	struct ioctl_gntdev_map_grant_ref op = {
		.count = 1,
		.refs[0] = { .domid = PEER, .ref = f->page[offset].gref },
	};

	note("the peer maps page, gref", offset, op.refs[0].ref, 0);
	if (ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, &op) ||
	    mmap(address_of(h), PAGE, PROT_READ, MAP_SHARED | MAP_FIXED,
		 gntdev, (off_t)op.index) == MAP_FAILED)
		wrong("the peer cannot map gref %u: %s", op.refs[0].ref,
		      strerror(errno));
	/* Children of the peer do not keep its mapping. */
	madvise(address_of(h), PAGE, MADV_DONTFORK);
	index_of[h - model_holds] = op.index;
	model_hold(h, f, offset);
}

static void look(struct hold *h)
{
	const volatile unsigned char *at =
		(const volatile unsigned char *)address_of(h);

	if (at[0] != h->bytes->content || at[PAGE - 1] != h->bytes->tail)
		wrong("the peer sees %#x and %#x, not %#x and %#x", at[0],
		      at[PAGE - 1], h->bytes->content, h->bytes->tail);
}

static void unmap(struct hold *h)
{
	struct ioctl_gntdev_unmap_grant_ref op = {
		.index = index_of[h - model_holds], .count = 1,
	};

	note("the peer unmaps its", h - model_holds, 0, 0);
	look(h);
	/* The address stays taken, so that nothing else is mapped there. */
	mmap(address_of(h), PAGE, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	result(ioctl(gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op), 0);
	model_let_go(h);
}

void do_peer(struct file *f)
{
	struct hold *h = &model_holds[any(HOLDS)];
	unsigned int offset = some_offset(f);
	const struct page *p = &f->page[offset];

	if (gntdev < 0)
		return;
	if (h->used && !any(3)) {
		unmap(h);
	} else if (h->used) {
		note("the peer looks at its", h - model_holds, 0, 0);
		look(h);
	} else if (p->live && p->grants[PEER] && p->gref && !p->holds) {
		map(h, f, offset);
	}
}

void peer_ends(void)
{
	struct hold *h;

	for (h = model_holds; h < model_holds + HOLDS; h++)
		if (h->used)
			unmap(h);
}
