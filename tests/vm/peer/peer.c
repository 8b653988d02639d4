// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A whole domain that does one thing. It maps pages of another domain by
 * guessing their grefs, writes all over them, and maps them again. Most of them
 * it never releases. It boots quickly, and is destroyed while it does that.
 *
 * Its command line is OWNER GREF GREF ..., the grefs around which it guesses.
 */
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040a00
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/sched.h>
#include <xen/arch-x86/hvm/start_info.h>

#include "peer.h"

#define PAGE		4096
#define HELD		64
#define WORDS		(PAGE / 4)
#define WINDOW		0x4000000	/* where it has no memory of its own */
#define NUMBERS		128
#define NEAR		8	/* how far a guess is from a named gref */

static uint32_t state;

static struct {
	grant_handle_t handle;
	int mapped;
} held[HELD];

static long hypercall(unsigned int number, long a, void *b, long c)
{
	long ret;

	__asm__ volatile("call *%1"
			 : "=a" (ret)
			 : "r" (hypercalls + number * 32), "b" (a), "c" (b),
			   "d" (c)
			 : "memory");
	return ret;
}

static uint32_t any(uint32_t below)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static volatile uint32_t *page(int i)
{
	return (volatile uint32_t *)(WINDOW + i * PAGE);
}

static void map(int i, uint32_t owner, uint32_t gref)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = (uint32_t)page(i),
		.flags = GNTMAP_host_map,
		.ref = gref,
		.dom = (domid_t)owner,
	};

	if (hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref,
		      &op, 1) || op.status)
		return;
	held[i].handle = op.handle;
	held[i].mapped = 1;
}

static void unmap(int i)
{
	struct gnttab_unmap_grant_ref op = {
		.host_addr = (uint32_t)page(i),
		.handle = held[i].handle,
	};

	hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, &op,
		  1);
	held[i].mapped = 0;
}

static void scribble(int i)
{
	uint32_t word;

	for (word = 0; word < WORDS; word += 1 + any(8))
		page(i)[word] = state | 1;
}

static int numbers_of(const char *text, uint32_t *number)
{
	int count = 0;

	while (count < NUMBERS) {
		while (*text == ' ')
			text++;
		if (*text < '0' || *text > '9')
			break;
		for (number[count] = 0; *text >= '0' && *text <= '9'; text++)
			number[count] = number[count] * 10 +
					(uint32_t)(*text - '0');
		count++;
	}
	return count;
}

void peer(const struct hvm_start_info *info)
{
	uint32_t number[NUMBERS];
	int count = numbers_of((const char *)(uint32_t)info->cmdline_paddr,
			       number);

	while (count >= 2) {
		int i;

		for (i = 0; i < HELD; i++) {
			uint32_t gref = number[1 + any((uint32_t)count - 1)];

			/*
			 * It also tries nearby grefs, but none of the first:
			 * those are Xen's own.
			 */
			if (!any(4) && gref > NEAR + 8)
				gref += any(2 * NEAR) - NEAR;
			if (!held[i].mapped)
				map(i, number[0], gref);
			else if (any(8))
				scribble(i);
			else
				unmap(i);
		}
		/* Other domains have work to do. */
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
	}
}
