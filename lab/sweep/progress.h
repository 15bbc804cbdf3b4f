// SPDX-License-Identifier: GPL-2.0-only
// How far a sweep has come and how long it will still take: on a terminal one line that changes, elsewhere a line now and then.
#ifndef LAB_SWEEP_PROGRESS_H
#define LAB_SWEEP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts as { 0 }. */
struct progress {
	size_t total,
		failed; /* points to be done; those of them that were not ok, counted by the caller */
	bool terminal;
	int64_t start_ns, shown_ns; /* CLOCK_MONOTONIC */
	size_t shown;		    /* how many were done when last shown */
};

void progress_start(struct progress *progress, size_t total);
void progress_show(struct progress *progress, size_t done, size_t running);
/* Takes the line away, before something else is printed. */
void progress_erase(const struct progress *progress);

#endif
