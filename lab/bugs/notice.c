// SPDX-License-Identifier: GPL-2.0-only
// Which scenarios besides its own notice a bug.
#include "lab/bugs/notice.h"

#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/front/find.h"

#include <stdio.h>
#include <stdlib.h>

/* Where the bug stops virtual time, each scenario that meets it costs so much. */
#define HANG_PATIENCE_NS INT64_C(8000000000)

static const char *const folders[] = { "connect", "errno", "failover" };

/* All scenarios on one kernel; NULL when a signal ended them. `count` runs, for bug_runs_free() and free(). */
static struct bug_run *run_all(const struct bug_work *work, const struct found_list *found,
			       const struct kernel *kernel, int64_t patience_ns)
{
	struct bug_run *runs = calloc(found->count + 1, sizeof(*runs));
	size_t jobs = work->options->jobs ? work->options->jobs : default_run_jobs();
	struct diag diag = { 0 };

	if (!runs)
		abort();
	for (size_t i = 0; i < found->count; i++)
		runs[i] = (struct bug_run){ .name = found->items[i].name,
					    .file = found->items[i].file,
					    .kernel = kernel,
					    .seed = work->options->seed,
					    .plan = bug_load_plan(found->items[i].file,
								  found->items[i].name, &diag),
					    .patience_ns = patience_ns,
					    .brief = true };
	if (bug_runs_do(runs, found->count, jobs) && diag_ok(&diag)) {
		diag_clear(&diag);
		return runs;
	}
	diag_print(&diag, stderr);
	diag_clear(&diag);
	bug_runs_free(runs, found->count);
	free(runs);
	return NULL;
}

static void compare(const struct found_list *found, const struct bug_run *whole,
		    const struct bug_run *broken, struct bug_notice *notice)
{
	notice->names = calloc(found->count + 1, sizeof(*notice->names));
	if (!notice->names)
		abort();
	for (size_t i = 0; i < found->count; i++) {
		const struct bug_note *one = &whole[i].note, *other = &broken[i].note;

		if (one->there && !one->skipped && one->status == VERDICT_PASS && other->there &&
		    other->status == VERDICT_FAIL)
			notice->names[notice->n++] = text_format("%s", found->items[i].name);
	}
}

/* What the whole kernel answers is asked once. */
struct whole {
	const struct kernel *kernel;
	struct bug_run *runs;
};

static struct bug_run *run_whole(const struct bug_work *work, const struct found_list *found,
				 struct whole wholes[2], const struct kernel *kernel)
{
	struct whole *whole =
		wholes[0].kernel && wholes[0].kernel != kernel ? &wholes[1] : &wholes[0];

	if (whole->kernel != kernel) {
		whole->kernel = kernel;
		whole->runs = run_all(work, found, kernel, work->options->patience_ns);
	}
	return whole->runs;
}

static bool find_notice(const struct bug_work *work, const struct found_list *found,
			struct whole wholes[2], const struct bug_trial *trial,
			struct bug_notice *notice)
{
	bool hangs = trial->bug->judge == BUG_BY_WATCHDOG;
	struct bug_run *whole = run_whole(work, found, wholes, &trial->base->kernel), *broken;

	broken = whole ? run_all(work, found, trial->sides[1].kernel,
				 hangs ? HANG_PATIENCE_NS : work->options->patience_ns) :
			 NULL;
	if (!broken)
		return false;
	notice->bug = trial->bug;
	compare(found, whole, broken, notice);
	bug_runs_free(broken, found->count);
	free(broken);
	return true;
}

/* A copy of the kernel, made with the bug put back. */
static bool has_broken_copy(const struct bug_trial *trial)
{
	return trial->n == 2 && trial->sides[1].make && !trial->sides[1].make->failed;
}

bool bug_notices_find(const struct bug_work *work, struct bug_notices *notices, int *status)
{
	struct found_list found = { 0 };
	struct whole wholes[2] = { 0 };
	struct diag diag = { 0 };
	bool good = find_scenarios((char *const *)folders, 3, &found, &diag);

	*status = good ? EXIT_LABORATORY : EXIT_USAGE;
	diag_print(&diag, stderr);
	notices->items = calloc(work->n_trials + 1, sizeof(*notices->items));
	if (!notices->items)
		abort();
	notices->total = found.count;
	for (size_t i = 0; i < work->n_trials && good; i++)
		if (has_broken_copy(&work->trials[i]))
			good = find_notice(work, &found, wholes, &work->trials[i],
					   &notices->items[notices->n++]);
	for (size_t i = 0; i < 2; i++) {
		if (wholes[i].runs)
			bug_runs_free(wholes[i].runs, found.count);
		free(wholes[i].runs);
	}
	diag_clear(&diag);
	found_list_free(&found);
	return good;
}

void bug_notices_free(struct bug_notices *notices)
{
	for (size_t i = 0; i < notices->n; i++) {
		for (size_t k = 0; k < notices->items[i].n; k++)
			free(notices->items[i].names[k]);
		free(notices->items[i].names);
	}
	free(notices->items);
	*notices = (struct bug_notices){ 0 };
}
