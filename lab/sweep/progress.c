// SPDX-License-Identifier: GPL-2.0-only
// How far a sweep has come and how long it will still take: on a terminal one line that changes, elsewhere a line now and then.
#include "lab/sweep/progress.h"

#include "lab/common/ns.h"
#include "lab/run_options.h"

#include <stdio.h>
#include <unistd.h>

/* Elsewhere than on a terminal a line comes after so much of the whole, and no oftener than this. */
#define PLAIN_PARTS 10
#define PLAIN_NS    NS_PER_S

void progress_start(struct progress *progress, size_t total)
{
	*progress = (struct progress){ .total = total,
				       .terminal = isatty(STDERR_FILENO),
				       .start_ns = real_now_ns() };
	progress->shown_ns = progress->start_ns;
}

/* Points take about the same time each; before the first one ends nothing is known. */
static void put_line(const struct progress *progress, size_t done, int64_t now_ns)
{
	char left[NS_TEXT_SIZE];
	int64_t left_ns;

	fprintf(stderr, "%zu of %zu points done", done, progress->total);
	if (progress->failed)
		fprintf(stderr, ", %zu not ok", progress->failed);
	if (done > 0 && done < progress->total) {
		left_ns = (int64_t)((double)(now_ns - progress->start_ns) / (double)done *
				    (double)(progress->total - done));
		/* whole seconds: no estimate is better than that */
		left_ns = (left_ns / NS_PER_S + 1) * NS_PER_S;
		fprintf(stderr, ", about %s left", format_ns(left_ns, left));
	}
}

void progress_show(struct progress *progress, size_t done, size_t running)
{
	int64_t now_ns = real_now_ns();

	if (progress->terminal) {
		fputs("\r\033[K", stderr);
		put_line(progress, done, now_ns);
		fprintf(stderr, ", %zu running", running);
		fflush(stderr);
		return;
	}
	if (done == progress->total || now_ns - progress->shown_ns < PLAIN_NS ||
	    (done - progress->shown) * PLAIN_PARTS < progress->total)
		return;
	put_line(progress, done, now_ns);
	putc('\n', stderr);
	progress->shown = done;
	progress->shown_ns = now_ns;
}

void progress_erase(const struct progress *progress)
{
	if (progress->terminal)
		fputs("\r\033[K", stderr);
}
