// SPDX-License-Identifier: GPL-2.0-only
// Runs of scenarios whose events and verdicts are kept, to be compared with each other.
#ifndef LAB_BUGS_RUNS_H
#define LAB_BUGS_RUNS_H

#include "lab/launch/kernels.h"
#include "lab/verdict/verdict.h"

/* What is left of a run. */
struct bug_note {
	bool there, skipped;
	enum verdict_status status;
	bool timed_out;
	char *console; /* (owned) first line of a panic, oops, warning or finding, or NULL */
	char *outcome; /* (owned) in few words; why, of one that was skipped */
	char *problem; /* (owned) the first thing that was not as expected, one sentence, or NULL */
	json_t *plan,
		*events; /* (owned) the events with the packets, where those were captured; may be NULL */
	json_t *plain; /* (owned) the events alone; may be NULL */
};

struct bug_run {
	const char *name, *file; /* of the scenario */
	const struct kernel *kernel;
	uint64_t seed;
	json_t *plan; /* (owned) taken over by the run */
	int64_t patience_ns;
	bool brief; /* keep no events */
	struct bug_note note;
};

/* Runs all, `at_a_time` at a time; false when a signal ended them. */
bool bug_runs_do(struct bug_run *runs, size_t n, size_t at_a_time);
void bug_runs_free(struct bug_run *runs, size_t n);

#endif
