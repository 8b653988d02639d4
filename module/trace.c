// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-gntalloc: the code of the tracepoints
 */
#define CREATE_TRACE_POINTS
#include "gntalloc_trace.h"
