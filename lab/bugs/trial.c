// SPDX-License-Identifier: GPL-2.0-only
// An entry of the gallery on a kernel: which runs show it, and what they said.
#include "lab/bugs/trial.h"

#include <stdlib.h>

static const char *const names[] = {
	[BUG_REPRODUCED] = "reproduced", [BUG_ABSENT] = "absent",
	[BUG_STILL_OPEN] = "open",	 [BUG_DISPROVED] = "refuted",
	[BUG_SKIPPED] = "skipped",	 [BUG_NOT_REPRODUCED] = "not reproduced",
	[BUG_UNFINISHED] = "unfinished", [BUG_NOT_RUN] = "not run",
};

const char *bug_result_name(enum bug_result result)
{
	return names[result];
}

bool bug_result_is_good(enum bug_result result)
{
	return result <= BUG_SKIPPED;
}

static void add_side(struct bug_trial *trial, const struct kernel *kernel, bool has_bug,
		     struct bug_make *make)
{
	struct bug_side side = { .kernel = kernel, .has_bug = has_bug, .make = make };

	/* that without the bug comes first, whichever is made of the other */
	if (trial->n == 1 && !has_bug) {
		trial->sides[1] = trial->sides[0];
		trial->sides[0] = side;
	} else {
		trial->sides[trial->n] = side;
	}
	trial->n++;
}

/* A kernel of the other kind that is at hand. */
static const struct kernel *find_other(const struct bug_trial *trial, const struct bug_base *others,
				       size_t n, bool has_bug)
{
	for (size_t i = 0; i < n; i++)
		if (others[i].version.n && bug_is_in(trial->bug, &others[i].version) == has_bug)
			return &others[i].kernel;
	return NULL;
}

void bug_trial_plan(struct bug_trial *trial, const struct bug_base *others, size_t n_others,
		    struct bug_make *makes, size_t *n_makes)
{
	const struct bug *bug = trial->bug;
	const struct bug_base *base = trial->base;
	bool has_bug = bug->n_ranges ? bug_is_in(bug, &base->version) : bug->status == BUG_OPEN;
	const struct kernel *other;
	char *patch;

	trial->n = 0;
	if (bug->unfinished) {
		trial->result = BUG_UNFINISHED;
		trial->why = bug->unfinished;
		return;
	}
	if (bug->status == BUG_REFUTED) {
		add_side(trial, &base->kernel, false, NULL);
		return;
	}
	add_side(trial, &base->kernel, has_bug, NULL);
	if (!makes)
		return;
	/* a patch puts a mended bug back where it is not, and mends an open one where it is */
	patch = has_bug == (bug->status == BUG_OPEN) && base->kernel.kind == KERNEL_KIND_UML ?
			bug_patch(bug, &base->version) :
			NULL;
	if (patch) {
		struct bug_make *make = &makes[(*n_makes)++];

		*make = (struct bug_make){ .bug = bug, .base = base, .patch = patch };
		add_side(trial, &make->kernel, !has_bug, make);
		return;
	}
	other = base->kernel.kind == KERNEL_KIND_UML ?
			find_other(trial, others, n_others, !has_bug) :
			NULL;
	if (other)
		add_side(trial, other, !has_bug, NULL);
}

bool bug_shows(const struct bug *bug, const struct bug_note *note)
{
	if (note->status != VERDICT_FAIL)
		return false;
	if (bug->judge == BUG_BY_WATCHDOG)
		return note->timed_out;
	if (bug->judge == BUG_BY_CONSOLE)
		return note->console;
	return !note->timed_out && !note->console;
}

static bool is_as_said(const struct bug *bug, const struct bug_side *side)
{
	const struct bug_note *note = &side->run->note;

	return side->has_bug ? bug_shows(bug, note) : note->status == VERDICT_PASS;
}

void bug_trial_judge(struct bug_trial *trial)
{
	bool any_has = false;

	if (trial->result == BUG_UNFINISHED)
		return;
	for (size_t i = 0; i < trial->n; i++) {
		const struct bug_side *side = &trial->sides[i];
		const struct bug_note *note = side->run ? &side->run->note : NULL;

		any_has |= side->has_bug;
		if (note && note->skipped) {
			trial->result = BUG_SKIPPED;
			trial->why = note->outcome;
			return;
		}
		if (!note || !note->there || note->status == VERDICT_VOID) {
			trial->result = BUG_NOT_RUN;
			trial->why = side->make && side->make->failed ?
					     "its kernel could not be made" :
				     note && note->there ? note->problem ?: note->outcome :
							   "it was not run";
			return;
		}
	}
	for (size_t i = 0; i < trial->n; i++) {
		const struct bug_side *side = &trial->sides[i];

		if (is_as_said(trial->bug, side))
			continue;
		trial->result = BUG_NOT_REPRODUCED;
		trial->why = !side->has_bug ?
				     "a kernel that should not have it failed" :
			     side->run->note.status == VERDICT_PASS ?
				     "the kernel that should have it passed" :
				     "the kernel that should have it failed in another way";
		return;
	}
	if (trial->bug->status == BUG_REFUTED)
		trial->result = BUG_DISPROVED;
	else if (!any_has)
		trial->result = BUG_ABSENT;
	else
		trial->result = trial->bug->status == BUG_OPEN ? BUG_STILL_OPEN : BUG_REPRODUCED;
}
