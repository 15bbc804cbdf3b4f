// SPDX-License-Identifier: GPL-2.0-only
// What `pathlab bugs reproduce` and `report` have in common: entries, kernels, runs.
#ifndef LAB_BUGS_WORK_H
#define LAB_BUGS_WORK_H

#include "lab/bugs/trial.h"
#include "lab/run_options.h"

struct bug_options {
	const char *command; /* for sentences */
	struct run_kernels kernels;
	uint64_t seed;
	uint64_t jobs; /* 0: not given */
	int64_t patience_ns;
	bool brief;	   /* keep no events */
	size_t alone_from; /* no copies are made of kernels from this one on */
};

/* Starts as { .options = ... }; freed with bug_work_free() whatever came of it. */
struct bug_work {
	const struct bug_options *options;
	struct bug_list list;
	struct bug_base *bases; /* (owned) as in the options */
	struct bug_base *
		debugs; /* (owned) the debug variant of each; without a name where it is not there */
	struct bug_base *others; /* (owned) the known guests that are there */
	size_t n_others;
	struct bug_trial *trials; /* (owned) of each entry, one a base */
	size_t n_trials;
	struct bug_make *makes; /* (owned) */
	size_t n_makes;
	struct bug_run *runs; /* (owned) */
	size_t n_runs;
};

/*
 * Reads entries and their scenarios, finds kernels, makes those that have a patch. False with *status set, and a
 * sentence said; a kernel that could not be made only fails its entry.
 */
bool bug_work_prepare(struct bug_work *work, char *const *names, int count, int *status);

/* Runs and judges all; false when a signal ended it. */
bool bug_work_run(struct bug_work *work);

/* The exit status that the results make. */
int bug_work_status(const struct bug_work *work);
void bug_work_free(struct bug_work *work);

/* The plan of a scenario to be run on a kernel; NULL after sentences. */
json_t *bug_load_plan(const char *file, const char *name, struct diag *diag);

#endif
