// SPDX-License-Identifier: GPL-2.0-only
// A sweep's runs: those that are not there yet, each result kept as it comes.
#include "lab/commands.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/run_options.h"
#include "lab/series.h"
#include "lab/sweep/glance.h"
#include "lab/sweep/progress.h"
#include "lab/sweep/store.h"
#include "lab/sweep/sweep.h"
#include "lab/sweep/tables.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many failures are told one by one. */
#define FAILURES_SHOWN 10

/* A point that is wanted. */
struct wanted {
	size_t point;
	char id[DIGEST_TEXT_SIZE];
};

struct work {
	struct sweep *sweep;
	struct wanted *wanted; /* (owned) */
	size_t n;
	json_t *results;	 /* (owned) array of what is there, of the points wanted */
	size_t there;		 /* of them there before */
	struct series_job *jobs; /* (owned) */
	size_t *job_wanted;	 /* (owned) by job: its place in wanted */
	size_t n_jobs, voided;
	struct store store;
	char *path; /* (owned) of the results' file */
	struct progress progress;
	struct series *series; /* that runs the jobs */
	int trouble;	       /* errno of a result that could not be written, 0 */
};

static char *make_path(const struct sweep *sweep)
{
	const struct sweep_options *options = sweep->options;

	if (options->shards)
		return text_format("%s/results.%zu-of-%zu.jsonl", sweep->folder, options->shard,
				   options->shards);
	return text_format("%s/" RESULTS_FILE, sweep->folder);
}

static void find_wanted(struct work *work)
{
	struct sweep *sweep = work->sweep;

	work->wanted = calloc(sweep_points(sweep) + 1, sizeof(*work->wanted));
	if (!work->wanted)
		abort();
	for (size_t i = 0; i < sweep_points(sweep); i++) {
		struct wanted *wanted = &work->wanted[work->n];
		size_t combination = point_combination(sweep, i);

		if (!is_in_shard(sweep, i))
			continue;
		wanted->point = i;
		point_identify(sweep->identity.kernel_id, sweep->plan_ids[combination],
			       sweep->parameters[combination], point_seed(sweep, i), wanted->id);
		work->n++;
	}
}

/* What says which point it is, without what it was made with. (owned) */
static char *make_key(const json_t *parameters, const char *seed)
{
	char *text = json_dumps(parameters, JSON_COMPACT | JSON_SORT_KEYS), *key;

	if (!text)
		abort();
	key = text_format("%s %s", text, seed);
	free(text);
	return key;
}

static void say_changed(const struct work *work, const char *what)
{
	fprintf(stderr,
		SWEEP_COMMAND ": %s has results of another %s; --fresh starts over without them, "
			      "-o takes another folder\n",
		work->path, what);
}

/* Old results by key; NULL after a sentence when they are not of this scenario and kernel. */
static json_t *index_old(const struct work *work, const json_t *old)
{
	const struct sweep_identity *identity = &work->sweep->identity;
	json_t *index = json_object(), *result;
	size_t i;

	json_array_foreach((json_t *)old, i, result) {
		const char *what = NULL;
		char *key;

		if (!jsonx_is(result, "scenario_id", identity->scenario_id))
			what = "scenario, or of this one as it was before it changed";
		else if (!jsonx_is(result, "kernel_id", identity->kernel_id))
			what = "kernel";
		if (what) {
			say_changed(work, what);
			json_decref(index);
			return NULL;
		}
		key = make_key(json_object_get(result, "parameters"),
			       jsonx_string(result, "seed", "?"));
		json_object_set(index, key, result);
		free(key);
	}
	return index;
}

static void add_job(struct work *work, size_t index)
{
	struct sweep *sweep = work->sweep;
	size_t point = work->wanted[index].point;

	work->job_wanted[work->n_jobs] = index;
	work->jobs[work->n_jobs++] = (struct series_job){
		.name = sweep->scenario,
		.file = sweep->grid.file,
		.plan = json_incref(sweep->plans[point_combination(sweep, point)]),
		.kernel = &sweep->kernel,
		.seed = point_seed(sweep, point),
	};
}

/* What is there is taken, and what is not becomes a job. */
static bool match_old(struct work *work, const json_t *old)
{
	struct sweep *sweep = work->sweep;
	json_t *index = index_old(work, old);
	bool good = index != NULL;

	work->jobs = calloc(work->n + 1, sizeof(*work->jobs));
	work->job_wanted = calloc(work->n + 1, sizeof(*work->job_wanted));
	if (!work->jobs || !work->job_wanted)
		abort();
	for (size_t i = 0; i < work->n && good; i++) {
		size_t combination = point_combination(sweep, work->wanted[i].point);
		char seed[24], *key;
		json_t *result;

		snprintf(seed, sizeof(seed), "%" PRIu64, point_seed(sweep, work->wanted[i].point));
		key = make_key(sweep->parameters[combination], seed);
		result = json_object_get(index, key);
		free(key);
		if (!result) {
			add_job(work, i);
		} else if (jsonx_is(result, "point", work->wanted[i].id)) {
			json_array_append(work->results, result);
		} else {
			say_changed(work, "topology, or of this one as it was before it changed");
			good = false;
		}
	}
	work->there = json_array_size(work->results);
	json_decref(index);
	return good;
}

static void print_failure(struct work *work, size_t point, const struct run_result *run)
{
	const struct sweep *sweep = work->sweep;
	const struct verdict *verdict = &run->verdict;
	char *words, *file;

	progress_erase(&work->progress);
	work->progress.failed++;
	if (work->progress.failed > FAILURES_SHOWN)
		return;
	words = vary_words(sweep, point_combination(sweep, point), "--set");
	file = text_quote_word(run->file);
	printf("%s  pathlab run %s%s --kernel %s --seed %" PRIu64 "\n      ",
	       verdict_name(verdict->status), file, words, run->kernel, run->seed);
	if (verdict->n > 0 && verdict->problems[0].line)
		printf("line %d: ", verdict->problems[0].line);
	if (verdict->n > 0 && verdict->problems[0].expected) {
		fputs("expected ", stdout);
		text_put(stdout, verdict->problems[0].expected);
		fputs("; ", stdout);
	}
	text_put(stdout,
		 verdict->n > 0 ? verdict->problems[0].observed ?: "" : verdict->outcomes[0]);
	putchar('\n');
	fflush(stdout);
	free(words);
	free(file);
}

static void take_result(void *context, const struct run_result *run)
{
	struct work *work = context;
	const struct wanted *wanted = &work->wanted[work->job_wanted[run->index]];
	size_t combination = point_combination(work->sweep, wanted->point);
	json_t *result;

	if (run->verdict.status != VERDICT_PASS)
		print_failure(work, wanted->point, run);
	/* nothing was found out, so the point is still to be done */
	if (run->verdict.status == VERDICT_VOID)
		work->voided++;
	/* what came behind a result that was written in part would be lost with it */
	if (run->verdict.status == VERDICT_VOID || work->trouble)
		return;
	result = point_result(&work->sweep->identity, wanted->id,
			      work->sweep->parameters[combination], run);
	if (store_add(&work->store, result)) {
		json_array_append_new(work->results, result);
		return;
	}
	work->trouble = errno;
	work->series->stop = true;
	json_decref(result);
}

static void show_progress(void *context, size_t done, size_t running, const char *name)
{
	struct work *work = context;

	(void)name;
	progress_show(&work->progress, done, running);
}

static size_t count_failed(const json_t *results)
{
	json_t *result;
	size_t i, n = 0;

	json_array_foreach((json_t *)results, i, result)
		n += !jsonx_is(result, "verdict", "pass");
	return n;
}

static void print_totals(const struct work *work, int64_t real_ns)
{
	size_t all = json_array_size(work->results), failed = count_failed(work->results);
	char virtual_text[NS_TEXT_SIZE], real_text[NS_TEXT_SIZE];
	int64_t virtual_ns = 0;

	for (size_t i = work->there; i < all; i++)
		virtual_ns += jsonx_int(json_array_get(work->results, i), "virtual_ns", 0);
	if (work->progress.failed > FAILURES_SHOWN)
		printf("... and %zu more that were not ok\n",
		       work->progress.failed - FAILURES_SHOWN);
	printf("%zu point%s: %zu ok", work->n, work->n == 1 ? "" : "s", all - failed);
	if (failed)
		printf(", %zu failed", failed);
	if (work->n > all)
		printf(", %zu not done", work->n - all);
	printf("; %s of virtual time in %s\n", format_ns(virtual_ns, virtual_text),
	       format_ns(real_ns, real_text));
}

/* Tables and plot are of all points or of none. */
static int finish(struct work *work, bool interrupted)
{
	const struct sweep_options *options = work->sweep->options;
	size_t missing = work->n - json_array_size(work->results);

	if (work->trouble) {
		fprintf(stderr, SWEEP_COMMAND ": cannot write %s: %s\n", work->path,
			strerror(work->trouble));
		return EXIT_LABORATORY;
	}
	if (missing > 0) {
		fprintf(stderr,
			SWEEP_COMMAND ": %s; the same command does the %zu point%s that %s left\n",
			interrupted ? "interrupted" : "the laboratory could not run all points",
			missing, missing == 1 ? "" : "s", missing == 1 ? "is" : "are");
		return EXIT_LABORATORY;
	}
	if (!options->shards) {
		results_sort(work->results);
		if (!tables_write(SWEEP_COMMAND, work->sweep->folder, work->results))
			return EXIT_LABORATORY;
		glance_print(&options->plot, work->results);
		printf("results: %s/results.csv, results.json\n", work->sweep->folder);
		if (options->plot.file) {
			if (!plot_write(SWEEP_COMMAND, &options->plot, work->results))
				return EXIT_LABORATORY;
			printf("plot: %s\n", options->plot.file);
		}
	} else {
		printf("results: %s\n", work->path);
	}
	return count_failed(work->results) ? EXIT_UNEXPECTED : EXIT_EXPECTED;
}

static int run_jobs(struct work *work)
{
	struct series series = {
		.jobs = work->jobs,
		.n = work->n_jobs,
		.at_a_time = work->sweep->options->jobs,
		.patience_ns = work->sweep->options->patience_ns,
		.report = take_result,
		.progress = show_progress,
		.context = work,
	};
	int64_t real_ns = -real_now_ns();
	bool interrupted;

	if (work->there > 0)
		printf("%zu of %zu points were already there\n", work->there, work->n);
	fflush(stdout);
	work->series = &series;
	progress_start(&work->progress, work->n_jobs);
	interrupted = !series_run(&series);
	progress_erase(&work->progress);
	real_ns += real_now_ns();
	series_free(&series);
	print_totals(work, real_ns);
	return finish(work, interrupted);
}

int sweep_run(struct sweep *sweep)
{
	struct work work = { .sweep = sweep, .store = { .fd = -1 }, .results = json_array() };
	json_t *old = json_array();
	int status = EXIT_USAGE;

	work.path = make_path(sweep);
	find_wanted(&work);
	if (store_open(&work.store, SWEEP_COMMAND, work.path, sweep->options->fresh, old) &&
	    match_old(&work, old))
		status = run_jobs(&work);
	store_close(&work.store);
	json_decref(old);
	json_decref(work.results);
	free(work.wanted);
	free(work.jobs);
	free(work.job_wanted);
	free(work.path);
	return status;
}
