// SPDX-License-Identifier: GPL-2.0-only
// A failed run once more, up to the moment at which it failed, and a shell there.
#ifndef LAB_PAUSE_H
#define LAB_PAUSE_H

#include "lab/front/parameters.h"
#include "lab/launch/launch.h"

#include <jansson.h>

/* Which run; starts as { 0 }. */
struct pause {
	json_t *plan;	/* (owned) or NULL: nothing failed */
	json_t *events; /* (owned) of the run that failed */
	const struct kernel *kernel;
	const char *name, *file; /* borrowed */
	int64_t moment_ns;	 /* scenario time; NS_NEVER: the end */
	char *sentence;		 /* (owned) what failed then */
};

/* The moment at which it is known that a run fails, by its first problem; NS_NEVER: only its end tells. */
int64_t find_failing_moment(const struct verdict *verdict, const struct problem **problem);

/*
 * Runs it again with the same seed, to the same bytes, and stops it there. Returns when the shell has ended: 0, or
 * EXIT_LABORATORY after a sentence.
 */
int pause_open(struct pause *pause, const char *command, const struct settings *settings,
	       uint64_t seed, int64_t patience_ns);

void pause_free(struct pause *pause);

#endif
