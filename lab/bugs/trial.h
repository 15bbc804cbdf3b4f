// SPDX-License-Identifier: GPL-2.0-only
// An entry of the gallery on a kernel: which runs show it, and what they said.
#ifndef LAB_BUGS_TRIAL_H
#define LAB_BUGS_TRIAL_H

#include "lab/bugs/kernels.h"
#include "lab/bugs/runs.h"

enum bug_result {
	BUG_REPRODUCED, /* the kernel that has it shows it, and the other one, where there is one, does not */
	BUG_ABSENT,	    /* this kernel has it no more, and no other one is at hand that has */
	BUG_STILL_OPEN,	    /* as reproduced, and no kernel is mended */
	BUG_DISPROVED,	    /* a suspicion that does not hold */
	BUG_SKIPPED,	    /* the scenario cannot be run on this kernel, or here */
	BUG_NOT_REPRODUCED, /* a run went otherwise than the entry says */
	BUG_UNFINISHED,	    /* nothing was run */
	BUG_NOT_RUN,	    /* a kernel could not be made, or the laboratory failed */
};

/* One kernel of an entry. */
struct bug_side {
	const struct kernel *kernel;
	bool has_bug;	       /* what is expected of it */
	struct bug_make *make; /* how it comes about, or NULL: it is there */
	struct bug_run *run;
};

struct bug_trial {
	const struct bug *bug;
	const struct bug_base *base;
	struct bug_side sides[2]; /* that without the bug first */
	size_t n;
	enum bug_result result;
	const char *why; /* more about it, or NULL. Not its own */
};

/*
 * Chooses the sides: the kernel itself, and a copy with the bug put back, or mended; where there is no patch for that,
 * `others` may have a kernel as wanted. The copies are added to `makes`, which must have room; without `makes` the kernel
 * is alone.
 */
void bug_trial_plan(struct bug_trial *trial, const struct bug_base *others, size_t n_others,
		    struct bug_make *makes, size_t *n_makes);

/* Whether a run shows the bug, in the way that the entry says. */
bool bug_shows(const struct bug *bug, const struct bug_note *note);

/* Sets the result from the runs. */
void bug_trial_judge(struct bug_trial *trial);

/* True when the result is what the entry says. */
bool bug_result_is_good(enum bug_result result);
const char *bug_result_name(enum bug_result result);

#endif
