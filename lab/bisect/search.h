// SPDX-License-Identifier: GPL-2.0-only
// The search for the first bad commit between a good and a bad one.
#ifndef LAB_BISECT_SEARCH_H
#define LAB_BISECT_SEARCH_H

#include "lab/bisect/history.h"
#include "lab/bisect/probe.h"

#define BISECT_COMMAND "pathlab bisect"

/* Tests both ends, then what lies between them, and prints each step; the exit status. */
int search_run(const struct history *history, const struct probe *probe, const char *good,
	       const char *bad);

#endif
