// SPDX-License-Identifier: GPL-2.0-only
// Where two runs of the same scenario part.
#ifndef LAB_BUGS_PARTING_H
#define LAB_BUGS_PARTING_H

#include "lab/bugs/runs.h"

/* The lines of both runs as `pathlab run -v` has them, and how many are the same. */
struct parting {
	char **lines[2]; /* (owned) with their strings */
	size_t n[2];
	size_t common; /* the first line that differs; of lines that changed places, the one behind them */
	bool parted; /* false: both went the same way to their end */
};

/*
 * Compares the events, or where those are the same the packets and set-up commands too. What timers vary by, and
 * neighbours that changed places, is no difference.
 */
void parting_find(const struct bug_note *one, const struct bug_note *other,
		  struct parting *parting);
void parting_free(struct parting *parting);

#endif
