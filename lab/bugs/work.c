// SPDX-License-Identifier: GPL-2.0-only
// Entries of the gallery made ready and run: sentences first, then kernels, then runs.
#include "lab/bugs/work.h"

#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/front/plan.h"
#include "lab/verdict/packets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Virtual time that stands still shows sooner than where nobody waits for it; a machine may be busy, though. */
#define HANG_PATIENCE_NS INT64_C(8000000000)

#define DEBUG_SUFFIX	 "-debug"

json_t *bug_load_plan(const char *file, const char *name, struct diag *diag)
{
	json_t *plan = plan_load(file, NULL, diag);

	if (!plan)
		return NULL;
	json_object_set_new(plan, "scenario", json_string(name));
	/* as unasked: a capture where packets are judged, since it may hide what happens else */
	if (!json_is_boolean(json_object_get(plan, "capture")))
		json_object_set_new(plan, "capture", json_boolean(packets_wanted(plan)));
	return plan;
}

static void find_debug(const struct bug_base *base, struct bug_base *debug)
{
	char name[sizeof(base->kernel.name) + sizeof(DEBUG_SUFFIX)], why[2048];
	size_t length = strlen(base->kernel.name);
	bool unknown;

	if (length > strlen(DEBUG_SUFFIX) &&
	    strcmp(base->kernel.name + length - strlen(DEBUG_SUFFIX), DEBUG_SUFFIX) == 0) {
		*debug = *base;
		return;
	}
	snprintf(name, sizeof(name), "%s" DEBUG_SUFFIX, base->kernel.name);
	*debug = (struct bug_base){ 0 };
	if (base->kernel.kind == KERNEL_KIND_UML &&
	    kernel_find(name, &debug->kernel, why, sizeof(why), &unknown))
		bug_base_read(debug);
	else
		debug->kernel.name[0] = '\0';
}

static bool find_kernels(struct bug_work *work, int *status)
{
	const struct run_kernels *kernels = &work->options->kernels;
	const char *known = NULL;

	work->bases = calloc(kernels->n + 1, sizeof(*work->bases));
	work->debugs = calloc(kernels->n + 1, sizeof(*work->debugs));
	work->others = calloc(16, sizeof(*work->others));
	if (!work->bases || !work->debugs || !work->others)
		abort();
	for (size_t k = 0; k < kernels->n; k++) {
		struct bug_base *base = &work->bases[k];

		if (!find_run_kernel(work->options->command, kernels->items[k].name, &base->kernel,
				     status))
			return false;
		bug_base_read(base);
		find_debug(base, &work->debugs[k]);
	}
	while ((known = kernel_next_known(known)) && work->n_others < 16) {
		struct bug_base *other = &work->others[work->n_others];
		char why[2048];
		bool unknown;

		if (strstr(known, DEBUG_SUFFIX) ||
		    !kernel_find(known, &other->kernel, why, sizeof(why), &unknown) ||
		    other->kernel.kind != KERNEL_KIND_UML)
			continue;
		bug_base_read(other);
		work->n_others++;
	}
	return true;
}

/* Every scenario is read before anything is made or run. */
static bool check_scenarios(struct bug_work *work, struct diag *diag)
{
	for (size_t i = 0; i < work->list.n; i++)
		if (!work->list.items[i].unfinished)
			json_decref(bug_load_plan(work->list.items[i].scenario,
						  work->list.items[i].name, diag));
	return diag_ok(diag);
}

static void plan_trials(struct bug_work *work)
{
	size_t n_bases = work->options->kernels.n;

	work->n_trials = work->list.n * n_bases;
	work->trials = calloc(work->n_trials + 1, sizeof(*work->trials));
	work->makes = calloc(work->n_trials + 1, sizeof(*work->makes));
	if (!work->trials || !work->makes)
		abort();
	for (size_t i = 0; i < work->n_trials; i++) {
		struct bug_trial *trial = &work->trials[i];

		trial->bug = &work->list.items[i / n_bases];
		trial->base =
			trial->bug->debug ? &work->debugs[i % n_bases] : &work->bases[i % n_bases];
		if (!*trial->base->kernel.name) {
			trial->base = &work->bases[i % n_bases];
			trial->result = BUG_SKIPPED;
			trial->why = arena_printf(
				&work->list.arena,
				"only the variant debug of a guest notices, and there is no %s" DEBUG_SUFFIX
				": make it with `pathlab kernel build %s" DEBUG_SUFFIX "`",
				trial->base->kernel.name, trial->base->kernel.name);
			continue;
		}
		bug_trial_plan(trial, work->others, work->n_others,
			       i % n_bases < work->options->alone_from ? work->makes : NULL,
			       &work->n_makes);
	}
}

static void plan_runs(struct bug_work *work)
{
	struct diag diag = { 0 }; /* what there is to say was said */

	work->runs = calloc(2 * work->n_trials + 1, sizeof(*work->runs));
	if (!work->runs)
		abort();
	for (size_t i = 0; i < work->n_trials; i++) {
		struct bug_trial *trial = &work->trials[i];

		for (size_t k = 0; k < trial->n; k++) {
			struct bug_side *side = &trial->sides[k];
			bool hangs = side->has_bug && trial->bug->judge == BUG_BY_WATCHDOG;

			if (side->make && side->make->failed)
				continue;
			side->run = &work->runs[work->n_runs++];
			*side->run = (struct bug_run){
				.name = trial->bug->name,
				.file = trial->bug->scenario,
				.kernel = side->kernel,
				.seed = work->options->seed,
				.plan = bug_load_plan(trial->bug->scenario, trial->bug->name,
						      &diag),
				.patience_ns =
					hangs ? HANG_PATIENCE_NS : work->options->patience_ns,
				.brief = work->options->brief,
			};
		}
	}
	diag_clear(&diag);
}

static size_t jobs_of(const struct bug_options *options)
{
	return options->jobs ? options->jobs : default_run_jobs();
}

/* As many processors as there are: a linker leaves no time to another one. */
static size_t makes_at_a_time(const struct bug_options *options)
{
	size_t jobs = options->jobs ? options->jobs : default_run_jobs() / 2;

	return jobs ? jobs : 1;
}

bool bug_work_prepare(struct bug_work *work, char *const *names, int count, int *status)
{
	struct diag diag = { 0 };
	bool good;

	*status = EXIT_USAGE;
	good = bugs_read(names, count, &work->list, &diag) && check_scenarios(work, &diag);
	diag_print(&diag, stderr);
	diag_clear(&diag);
	if (!good || !find_kernels(work, status))
		return false;
	plan_trials(work);
	bug_kernels_make(work->makes, work->n_makes, makes_at_a_time(work->options));
	plan_runs(work);
	return true;
}

bool bug_work_run(struct bug_work *work)
{
	bool good = bug_runs_do(work->runs, work->n_runs, jobs_of(work->options));

	for (size_t i = 0; i < work->n_trials && good; i++)
		if (work->trials[i].n || work->trials[i].bug->unfinished)
			bug_trial_judge(&work->trials[i]);
	return good;
}

int bug_work_status(const struct bug_work *work)
{
	int status = EXIT_EXPECTED;

	for (size_t i = 0; i < work->n_trials; i++) {
		enum bug_result result = work->trials[i].result;

		if (result == BUG_NOT_REPRODUCED || result == BUG_UNFINISHED)
			return EXIT_UNEXPECTED;
		if (!bug_result_is_good(result))
			status = EXIT_LABORATORY;
	}
	return status;
}

void bug_work_free(struct bug_work *work)
{
	bug_runs_free(work->runs, work->n_runs);
	for (size_t i = 0; i < work->n_makes; i++)
		free(work->makes[i].patch);
	free(work->runs);
	free(work->makes);
	free(work->trials);
	free(work->bases);
	free(work->debugs);
	free(work->others);
	bugs_free(&work->list);
}
