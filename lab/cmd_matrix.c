// SPDX-License-Identifier: GPL-2.0-only
// pathlab matrix: every condition in every variant of the call, on one kernel or several, as a table.
#include "lab/commands.h"
#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/front/find.h"
#include "lab/front/matrix.h"
#include "lab/matrix/columns.h"
#include "lab/matrix/options.h"
#include "lab/matrix/table.h"
#include "lab/run_options.h"
#include "lab/series.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the result of a job goes. */
struct slot {
	struct cell_result *result;
	size_t place; /* among all cells on all kernels */
	char *name;   /* (owned) with the kernel when there are several */
};

/* What the series is made of, and where its results go. */
struct work {
	struct matrix_options *options;
	struct found_list found;
	struct matrix matrix;
	struct table table;
	struct series_job
		*jobs; /* (owned) with their strings: the cells that run, for each kernel */
	size_t n_jobs;
	struct slot *slots;	   /* (owned) by job */
	struct renderer *renderer; /* of a format that is a list of runs, or NULL */
	FILE *progress;		   /* a terminal, or NULL */
};

static bool wants_plan(void *context, const json_t *cell)
{
	struct matrix_options *options = context;

	return only_wants(&options->only, cell) && !options->lists_only;
}

/* All conditions are read and checked before the first cell runs. */
static bool load_cells(struct work *work, struct diag *diag)
{
	struct matrix_options *options = work->options;
	struct matrix_wish wish = { .wants = wants_plan,
				    .context = options,
				    .measures_only = options->measures_only };
	bool good = true;

	for (size_t i = 0; i < work->found.count; i++)
		good &= matrix_load(work->found.items[i].file, &wish, &work->matrix, diag);
	for (size_t i = 0; i < options->only.count && good; i++) {
		if (options->only.items[i].used)
			continue;
		diag_add(diag, NULL, 0, 0,
			 COMMAND ": --only \"%s\" means no cell; \"" COMMAND
				 " --list\" shows their names",
			 options->only.items[i].text);
		good = false;
	}
	return good;
}

/* Only what is asked for stays. */
static void choose_cells(struct work *work)
{
	struct matrix *matrix = &work->matrix;
	size_t n = 0;

	for (size_t i = 0; i < matrix->count; i++) {
		if (only_wants(&work->options->only, matrix->items[i].cell)) {
			matrix->items[n++] = matrix->items[i];
			continue;
		}
		json_decref(matrix->items[i].cell);
		json_decref(matrix->items[i].plan);
	}
	matrix->count = n;
}

static int print_list(const struct work *work)
{
	for (size_t i = 0; i < work->matrix.count; i++) {
		const json_t *cell = work->matrix.items[i].cell;
		const char *why = jsonx_string(cell, "skip", NULL);

		printf("%s%s", jsonx_string(cell, "name", "?"), why ? "  # skipped: " : "");
		text_put(stdout, why ?: "");
		putchar('\n');
	}
	return fflush(stdout) == 0 ? EXIT_EXPECTED : EXIT_LABORATORY;
}

static void prepare_job(struct work *work, size_t index, size_t kernel, struct series_job *job)
{
	const struct matrix_options *options = work->options;
	const struct matrix_cell *cell = &work->matrix.items[index];
	json_t *plan = kernel == 0 ? json_incref(cell->plan) : json_deep_copy(cell->plan);
	const char *name = jsonx_string(cell->cell, "name", "?");

	job->name = name;
	job->file = cell->file;
	job->kernel = &options->kernels.items[kernel];
	job->seed = options->seed;
	job->plan = plan;
	job->replay = text_format("pathlab matrix %s --only %s --kernel %s --seed %" PRIu64,
				  cell->file, name, job->kernel->name, options->seed);
	json_object_set_new(plan, "scenario", json_string(name));
	if (!json_is_boolean(json_object_get(plan, "capture")))
		json_object_set_new(plan, "capture", json_true());
	if (options->keep)
		job->keep = options->kernels.n > 1 ?
				    make_kernel_keep_folder(options->keep, job->kernel, name) :
				    make_keep_folder(options->keep, name);
}

static void prepare_jobs(struct work *work)
{
	const struct matrix_options *options = work->options;
	size_t n = work->matrix.count, room = n * options->kernels.n + 1;

	table_init(&work->table, n, options->kernels.n);
	work->jobs = calloc(room, sizeof(*work->jobs));
	work->slots = calloc(room, sizeof(*work->slots));
	if (!work->jobs || !work->slots)
		abort();
	work->table.seed = options->seed;
	work->table.judged = !options->measures_only;
	for (size_t k = 0; k < options->kernels.n; k++)
		work->table.kernels[k] = options->kernels.items[k].name;
	for (size_t i = 0; i < n; i++) {
		struct matrix_cell *from = &work->matrix.items[i];
		struct table_cell *cell = &work->table.cells[i];

		cell->cell = from->cell;
		cell->name = jsonx_string(from->cell, "name", "?");
		cell->file = from->file;
		for (size_t k = 0; k < options->kernels.n && from->plan; k++) {
			work->slots[work->n_jobs] = (struct slot){
				.result = &cell->results[k],
				.place = i * options->kernels.n + k,
				.name = options->kernels.n > 1 ?
						text_format("%s on %s", cell->name,
							    options->kernels.items[k].name) :
						text_format("%s", cell->name),
			};
			prepare_job(work, i, k, &work->jobs[work->n_jobs++]);
		}
		json_decref(from->plan);
		from->plan = NULL;
	}
}

static void erase_progress(const struct work *work)
{
	if (work->progress)
		fputs("\r\033[K", work->progress);
}

/* TAP and JUnit know runs, and so these formats are those of `pathlab run`. */
static bool is_list_of_runs(const struct matrix_options *options)
{
	return options->format == FORMAT_JUNIT || options->format == FORMAT_TAP;
}

static void take_result(void *context, const struct run_result *result)
{
	struct work *work = context;
	struct slot *slot = &work->slots[result->index];
	struct run_result shown = *result;

	table_take(slot->result, result);
	if (!work->renderer)
		return;
	shown.index = slot->place;
	shown.name = slot->name;
	renderer_result(work->renderer, &shown);
}

static void show_progress(void *context, size_t done, size_t running, const char *name)
{
	struct work *work = context;

	(void)name;
	if (!work->progress)
		return;
	fprintf(work->progress, "\r\033[K%zu of %zu cells done, %zu running", done, work->n_jobs,
		running);
	fflush(work->progress);
}

static void make_renderer(struct work *work)
{
	const struct table *table = &work->table;
	struct render_options options = {
		.format = work->options->format == FORMAT_TAP ? RENDER_TAP : RENDER_JUNIT,
		.out = stdout,
		.total = table->n * table->n_kernels,
	};

	work->renderer = renderer_new(&options);
	for (size_t i = 0; i < options.total; i++) {
		const struct table_cell *cell = &table->cells[i / table->n_kernels];
		struct run_result skipped = { .index = i,
					      .name = cell->name,
					      .file = cell->file,
					      .kernel = table->kernels[i % table->n_kernels],
					      .skipped = jsonx_string(cell->cell, "skip", NULL) };

		if (skipped.skipped)
			renderer_result(work->renderer, &skipped);
	}
}

static void put_table(const struct work *work, const struct table_texts *texts)
{
	const struct matrix_options *options = work->options;

	if (options->format == FORMAT_JSON)
		table_put_json(stdout, &work->table);
	else if (options->format == FORMAT_MARKDOWN)
		table_put_markdown(stdout, &work->table, texts);
	else if (options->format == FORMAT_ROWS)
		columns_put(stdout, &work->table);
	else
		table_put_human(stdout, &work->table, render_wants_color(stdout),
				options->verbosity, render_width(stdout));
}

static int exit_status(const struct table *table, int status)
{
	struct table_sums sums;

	table_sum(table, &sums);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs(COMMAND ": the results could not be written\n", stderr);
		return EXIT_LABORATORY;
	}
	if (table->interrupted)
		return EXIT_LABORATORY;
	if (status != EXIT_EXPECTED)
		return status;
	/* a failure says something about SCTP, and is said even when other cells are void */
	return sums.failed ? EXIT_UNEXPECTED : sums.voided ? EXIT_LABORATORY : EXIT_EXPECTED;
}

static void run_cells(struct work *work)
{
	struct series series = { .jobs = work->jobs,
				 .n = work->n_jobs,
				 .at_a_time = work->options->jobs,
				 .patience_ns = work->options->patience_ns,
				 .per_boot = MAILBOX_PLANS_MAX,
				 .report = take_result,
				 .progress = show_progress,
				 .context = work };

	work->progress = isatty(STDERR_FILENO) ? stderr : NULL;
	work->table.real_ns = -real_now_ns();
	work->table.interrupted = !series_run(&series);
	work->table.real_ns += real_now_ns();
	erase_progress(work);
	series_free(&series);
}

static int run_all(struct work *work)
{
	struct totals totals = { 0 };
	struct table_texts texts = { 0 };
	int status = EXIT_EXPECTED;

	prepare_jobs(work);
	if (work->options->format == FORMAT_MARKDOWN && !table_load_texts(&work->table, &texts)) {
		table_free_texts(&texts);
		return EXIT_USAGE;
	}
	if (is_list_of_runs(work->options))
		make_renderer(work);
	run_cells(work);
	totals.real_ns = work->table.real_ns;
	totals.interrupted = work->table.interrupted;
	if (work->renderer)
		status = renderer_finish(work->renderer, &totals);
	else
		put_table(work, &texts);
	table_free_texts(&texts);
	return exit_status(&work->table, status);
}

/* Shows what the report of another run says. */
static int show_report(struct work *work)
{
	struct table_texts texts = { 0 };
	int status = EXIT_USAGE;

	if (is_list_of_runs(work->options)) {
		fputs(COMMAND ": --read shows human, json, markdown and rows only\n", stderr);
		return EXIT_USAGE;
	}
	if (table_read_json(work->options->report, &work->options->only, &work->table) &&
	    (work->options->format != FORMAT_MARKDOWN || table_load_texts(&work->table, &texts))) {
		put_table(work, &texts);
		status = exit_status(&work->table, EXIT_EXPECTED);
	}
	table_free_texts(&texts);
	return status;
}

static void free_work(struct work *work)
{
	for (size_t i = 0; i < work->n_jobs; i++) {
		free((char *)work->jobs[i].keep);
		free((char *)work->jobs[i].replay);
		free(work->slots[i].name);
	}
	free(work->jobs);
	free(work->slots);
	table_free(&work->table);
	matrix_free(&work->matrix);
	found_list_free(&work->found);
	free(work->options->only.items);
}

int matrix_main(int argc, char **argv)
{
	static char *const fallback[] = { (char *)FOLDER_DEFAULT };
	struct matrix_options options = {
		.seed = RUN_SEED_DEFAULT,
		.jobs = default_run_jobs(),
		.patience_ns = RUN_PATIENCE_DEFAULT_NS,
	};
	struct work work = { .options = &options };
	struct diag diag = { 0 };
	int status = EXIT_USAGE;

	if (!parse_matrix_options(&argc, &argv, &options)) {
		status = EXIT_USAGE;
	} else if (options.report) {
		status = show_report(&work);
	} else if (find_scenarios(argc > 0 ? argv : fallback, argc > 0 ? argc : 1, &work.found,
				  &diag) &&
		   load_cells(&work, &diag)) {
		choose_cells(&work);
		if (options.lists_only)
			status = print_list(&work);
		else if (find_run_kernels(COMMAND, &options.kernels, &status))
			status = run_all(&work);
	}
	diag_print(&diag, stderr);
	diag_clear(&diag);
	free_work(&work);
	return status;
}
