// SPDX-License-Identifier: GPL-2.0-only
// Which scenarios besides its own notice a bug.
#ifndef LAB_BUGS_NOTICE_H
#define LAB_BUGS_NOTICE_H

#include "lab/bugs/work.h"

struct bug_notice {
	const struct bug *bug;
	char **names; /* (owned) with their strings: scenarios that pass without it and fail with it */
	size_t n;
};

/* Starts as { 0 }. */
struct bug_notices {
	struct bug_notice *items; /* (owned) of each entry of which a copy with the bug was made */
	size_t n;
	size_t total; /* scenarios that were run on each */
};

/*
 * Runs the scenarios of connect, errno and failover on the kernels and on each copy with a bug put back. False with
 * *status set when they cannot be read, or a signal ended it.
 */
bool bug_notices_find(const struct bug_work *work, struct bug_notices *notices, int *status);
void bug_notices_free(struct bug_notices *notices);

#endif
