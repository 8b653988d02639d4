/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-gntalloc: the tracepoints
 *
 * gntalloc(4) describes them. Offsets are in bytes, as programs give them;
 * "file" is gntalloc_file.number, and "id" the region's number in the native
 * level, or 0.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM gntalloc

#if !defined(_XEN_GNTALLOC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _XEN_GNTALLOC_TRACE_H

#include <linux/mm.h>
#include <linux/tracepoint.h>
#include <linux/uidgid.h>

#include <gntshare/gntalloc.h>

#include "gntalloc.h"

TRACE_EVENT(gntalloc_create,
	TP_PROTO(const struct gntalloc_region *region),
	TP_ARGS(region),
	TP_STRUCT__entry(
		__field(u64, file)
		__field(u64, id)
		__field(u64, offset)
		__field(u32, pages)
		__field(bool, existing)
	),
	TP_fast_assign(
		__entry->file = region->file->number;
		__entry->id = region->id;
		__entry->offset = region->first << PAGE_SHIFT;
		__entry->pages = region->count;
		__entry->existing = region->memory;
	),
	TP_printk("file=%llu id=%llu offset=%#llx pages=%u existing=%d",
		  __entry->file, __entry->id, __entry->offset, __entry->pages,
		  __entry->existing)
);

TRACE_EVENT(gntalloc_grant,
	TP_PROTO(const struct gntalloc_grant *grant),
	TP_ARGS(grant),
	TP_STRUCT__entry(
		__field(u64, file)
		__field(u64, id)
		__field(u32, first)
		__field(u32, pages)
		__field(u32, gref)
		__field(u16, domid)
		__field(bool, writable)
	),
	TP_fast_assign(
		__entry->file = grant->region->file->number;
		__entry->id = grant->region->id;
		__entry->first = grant->first;
		__entry->pages = grant->count;
		__entry->gref = grant->count ? grant->grefs[0] : 0;
		__entry->domid = grant->domid;
		__entry->writable = grant->writable;
	),
	TP_printk("file=%llu id=%llu first=%u pages=%u domid=%u writable=%d gref=%u",
		  __entry->file, __entry->id, __entry->first, __entry->pages,
		  __entry->domid, __entry->writable, __entry->gref)
);

TRACE_EVENT(gntalloc_revoke,
	TP_PROTO(const struct gntalloc_region *region, u32 first,
		 const struct gntalloc_native_revoke *op),
	TP_ARGS(region, first, op),
	TP_STRUCT__entry(
		__field(u64, file)
		__field(u64, id)
		__field(u32, first)
		__field(u32, pages)
		__field(u32, held)
		__field(u16, domid)
	),
	TP_fast_assign(
		__entry->file = region->file->number;
		__entry->id = region->id;
		__entry->first = first;
		__entry->pages = op->pages;
		__entry->held = op->held;
		__entry->domid = op->domid;
	),
	TP_printk("file=%llu id=%llu first=%u pages=%u domid=%u held=%u",
		  __entry->file, __entry->id, __entry->first, __entry->pages,
		  __entry->domid, __entry->held)
);

DECLARE_EVENT_CLASS(gntalloc_range,
	TP_PROTO(const struct gntalloc_file *file, u64 first, u64 count),
	TP_ARGS(file, first, count),
	TP_STRUCT__entry(
		__field(u64, file)
		__field(u64, offset)
		__field(u64, pages)
	),
	TP_fast_assign(
		__entry->file = file->number;
		__entry->offset = first << PAGE_SHIFT;
		__entry->pages = count;
	),
	TP_printk("file=%llu offset=%#llx pages=%llu", __entry->file,
		  __entry->offset, __entry->pages)
);

DEFINE_EVENT(gntalloc_range, gntalloc_destroy,
	TP_PROTO(const struct gntalloc_file *file, u64 first, u64 count),
	TP_ARGS(file, first, count));

DEFINE_EVENT(gntalloc_range, gntalloc_map,
	TP_PROTO(const struct gntalloc_file *file, u64 first, u64 count),
	TP_ARGS(file, first, count));

DEFINE_EVENT(gntalloc_range, gntalloc_unmap,
	TP_PROTO(const struct gntalloc_file *file, u64 first, u64 count),
	TP_ARGS(file, first, count));

DECLARE_EVENT_CLASS(gntalloc_entries,
	TP_PROTO(const struct gntalloc_grant *grant, u32 entries),
	TP_ARGS(grant, entries),
	TP_STRUCT__entry(
		__field(u64, file)
		__field(u64, id)
		__field(u32, entries)
		__field(u16, domid)
	),
	TP_fast_assign(
		__entry->file = grant->region->file->number;
		__entry->id = grant->region->id;
		__entry->entries = entries;
		__entry->domid = grant->domid;
	),
	TP_printk("file=%llu id=%llu domid=%u entries=%u", __entry->file,
		  __entry->id, __entry->domid, __entry->entries)
);

DEFINE_EVENT(gntalloc_entries, gntalloc_drain,
	TP_PROTO(const struct gntalloc_grant *grant, u32 entries),
	TP_ARGS(grant, entries));

DEFINE_EVENT(gntalloc_entries, gntalloc_drained,
	TP_PROTO(const struct gntalloc_grant *grant, u32 entries),
	TP_ARGS(grant, entries));

TRACE_EVENT(gntalloc_free,
	TP_PROTO(const struct gntalloc_region *region),
	TP_ARGS(region),
	TP_STRUCT__entry(
		__field(u64, file)
		__field(u64, id)
		__field(u32, pages)
	),
	TP_fast_assign(
		__entry->file = region->file->number;
		__entry->id = region->id;
		__entry->pages = region->count;
	),
	TP_printk("file=%llu id=%llu pages=%u", __entry->file, __entry->id,
		  __entry->pages)
);

TRACE_EVENT(gntalloc_wait,
	TP_PROTO(const struct gntalloc_file *file,
		 const struct gntalloc_native_wait *op, int err),
	TP_ARGS(file, op, err),
	TP_STRUCT__entry(
		__field(u64, file)
		__field(u64, id)
		__field(u32, flags)
		__field(u32, state)
		__field(u32, held)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->file = file->number;
		__entry->id = op->id;
		__entry->flags = op->flags;
		__entry->state = op->state;
		__entry->held = op->held;
		__entry->err = err;
	),
	TP_printk("file=%llu id=%llu flags=%#x state=%u held=%u err=%d",
		  __entry->file, __entry->id, __entry->flags, __entry->state,
		  __entry->held, __entry->err)
);

TRACE_EVENT(gntalloc_bound_hit,
	TP_PROTO(const struct gntalloc_file *file,
		 enum gntalloc_bound_kind bound, u32 pages, u32 entries),
	TP_ARGS(file, bound, pages, entries),
	TP_STRUCT__entry(
		__field(u64, file)
		__field(u32, uid)
		__field(u32, bound)
		__field(u32, pages)
		__field(u32, entries)
	),
	TP_fast_assign(
		__entry->file = file->number;
		__entry->uid = __kuid_val(file->user->uid);
		__entry->bound = bound;
		__entry->pages = pages;
		__entry->entries = entries;
	),
	TP_printk("file=%llu uid=%u bound=%s pages=%u entries=%u",
		  __entry->file, __entry->uid,
		  __print_symbolic(__entry->bound,
				   { 0, "limit" },
				   { 1, "quota" },
				   { 2, "restriction" },
				   { 3, "headroom" },
				   { 4, "table" }),
		  __entry->pages, __entry->entries)
);

TRACE_EVENT(gntalloc_restored,
	TP_PROTO(u64 generation),
	TP_ARGS(generation),
	TP_STRUCT__entry(
		__field(u64, generation)
	),
	TP_fast_assign(
		__entry->generation = generation;
	),
	TP_printk("generation=%llu", __entry->generation)
);

#endif /* _XEN_GNTALLOC_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE gntalloc_trace
#include <trace/define_trace.h>
