// SPDX-License-Identifier: GPL-2.0-or-later
/* How far a transfer is, as a bar on a terminal. */
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define BAR		20
#define SHOW_NS		(SECOND / 10)

static double seconds(const struct progress *p)
{
	return (double)(now_ns() - p->start) / (double)SECOND;
}

static double megabytes(uint64_t bytes)
{
	return (double)bytes / 1e6;
}

static void show(const struct progress *p)
{
	static const char full[] = "####################";
	double spent = seconds(p);
	double rate = spent > 0 ? megabytes(p->done) / spent : 0;

	if (p->total.known && p->total.value) {
		double part = (double)p->done / (double)p->total.value;

		/* A file can grow while it is sent. */
		if (part > 1)
			part = 1;
		fprintf(stderr, "\r[%-*.*s] %3d %%", BAR, (int)(part * BAR),
			full, (int)(part * 100));
	} else {
		fputc('\r', stderr);
	}
	fprintf(stderr, " %.1f MB %s, %.1f MB/s\33[K", megabytes(p->done),
		p->verb, rate);
	fflush(stderr);
}

void progress_start(struct progress *p)
{
	p->start = now_ns();
	p->shown = p->start;
}

void progress_add(struct progress *p, uint64_t bytes)
{
	p->done += bytes;
	if (!p->visible || now_ns() - p->shown < SHOW_NS)
		return;
	show(p);
	text_bar = true;
	p->shown = now_ns();
}

double progress_end(struct progress *p)
{
	if (text_bar)
		fputs("\r\33[K", stderr);
	text_bar = false;
	return seconds(p);
}
