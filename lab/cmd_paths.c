// SPDX-License-Identifier: GPL-2.0-only
// pathlab paths: one scenario, and what became of each path over time.
#include "lab/commands.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/front/find.h"
#include "lab/front/nearest.h"
#include "lab/front/plan.h"
#include "lab/front/units.h"
#include "lab/gnuplot.h"
#include "lab/options.h"
#include "lab/paths/rows.h"
#include "lab/paths/show.h"
#include "lab/run_options.h"
#include "lab/series.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND	      "pathlab paths"
#define ENDPOINTS_MAX 64 /* names compared for the nearest one */

#define EVERY_UNSET   (-1)

enum paths_format { PATHS_HUMAN, PATHS_CSV, PATHS_JSON };

struct options {
	struct kernel kernel;
	uint64_t seed;
	const char *keep, *plot, *kernel_name;
	enum paths_format format;
	int64_t patience_ns;
	struct rows_wish wish;
	struct settings settings;
};

static const char usage[] =
	"usage: pathlab paths [OPTION...] FILE|NAME\n"
	"\n"
	"Runs one scenario and shows what became of each path of each association: its state, cwnd,\n"
	"SRTT and RTO as the kernel has them, and what its packets tell, whenever something changed.\n"
	"The run is to the byte the one of \"pathlab run --keep\".\n"
	"\n"
	"      --endpoint NAME  only the associations of that endpoint\n"
	"      --from TIME, --to TIME\n"
	"                       only what came between these scenario times\n"
	"      --every TIME     at most one row a path in so long, but when its state or its errors change\n"
	"                       (default: 1s for the table, else 0s, which is every change)\n"
	"      --format F       human (default), csv or json\n"
	"      --plot FILE      draw cwnd, RTO, SRTT and states too, as .svg or .png; needs gnuplot\n"
	"  -k, --kernel NAME    what to run on: a guest such as " KERNEL_DEFAULT
	" (the default), or host\n"
	"      --set NAME=VALUE a value in the place of a parameter's default; repeatable\n"
	"      --seed N         seed of all randomness, 0 to 2^64-1 (default: 1)\n"
	"      --keep DIR       keep plan, events, console and capture of the run in DIR/NAME\n"
	"      --timeout S      end a guest that shows no progress for S seconds of real time\n"
	"                       (default: 30)\n"
	"  -h, --help           show this\n"
	"\n"
	"Exit status: 0 all as expected, 1 something was not, 2 usage or bad input, 3 the laboratory\n"
	"itself could not run.\n";

/* By the front end's own reader, so that times are written as they are in scenarios. */
static bool take_time(const char *command, const char *written, char *text, void *to)
{
	struct diag diag = { 0 };
	struct front front = { .diag = &diag };
	struct yaml node = { .type = YAML_SCALAR, .file = "", .text = text };
	bool good = parse_quantity(&front, &node, "a time", TIME, 0, INT64_MAX, to);

	diag_clear(&diag);
	arena_free(&front.arena);
	if (!good)
		fprintf(stderr,
			"%s: %s is \"%s\", expected a time such as 100ms, with one of the units ns, us, ms, s, "
			"min, h\n",
			command, written, text);
	return good;
}

static bool parse_options(int *argc, char ***argv, struct options *options)
{
	static const char *const formats[] = {
		[PATHS_HUMAN] = "human", [PATHS_CSV] = "csv", [PATHS_JSON] = "json", NULL
	};
	const struct command_option table[] = {
		{ "endpoint", .text = &options->wish.endpoint },
		{ "from", .take = take_time, .to = &options->wish.from_ns },
		{ "to", .take = take_time, .to = &options->wish.to_ns },
		{ "every", .take = take_time, .to = &options->wish.every_ns },
		{ "format", .words = formats, .word = &options->format },
		{ "plot", .text = &options->plot },
		{ "kernel", 'k', .text = &options->kernel_name },
		{ "seed", .number = &options->seed, .most = UINT64_MAX },
		{ "set", .take = take_run_setting, .to = &options->settings },
		{ "keep", .text = &options->keep },
		{ "timeout", .take = take_run_patience, .to = &options->patience_ns },
		{ 0 },
	};

	if (!parse_command_options(COMMAND, usage, table, argc, argv) ||
	    (options->plot && !gnuplot_check_name(COMMAND, options->plot)))
		return false;
	if (options->wish.from_ns <= options->wish.to_ns)
		return true;
	fputs(COMMAND ": --from is later than --to\n", stderr);
	return false;
}

static bool check_endpoint(const json_t *plan, const char *wanted)
{
	const char *names[ENDPOINTS_MAX], *nearest;
	const json_t *endpoint;
	size_t i, n = 0;

	json_array_foreach(json_object_get(plan, "endpoints"), i, endpoint) {
		if (!wanted || jsonx_is(endpoint, "name", wanted))
			return true;
		if (n < ENDPOINTS_MAX)
			names[n++] = jsonx_string(endpoint, "name", "");
	}
	nearest = nearest_name(wanted, names, n);
	fprintf(stderr, COMMAND ": --endpoint is \"%s\", which is no endpoint of the scenario",
		wanted);
	fprintf(stderr, nearest ? "; did you mean \"%s\"?\n" : "\n", nearest);
	return false;
}

static bool load_plan(const struct options *options, const struct found *found,
		      struct series_job *job, struct diag *diag)
{
	job->name = found->name;
	job->file = found->file;
	job->kernel = &options->kernel;
	job->seed = options->seed;
	job->plan = plan_load(found->file, &options->settings, diag);
	if (!job->plan || !check_endpoint(job->plan, options->wish.endpoint))
		return false;
	/* The agent wakes for packets because it captures them, and wakes are when it looks. */
	if (json_is_false(json_object_get(job->plan, "capture"))) {
		fprintf(stderr,
			COMMAND ": %s says \"capture: off\"; paths are followed by their packets\n",
			found->file);
		return false;
	}
	json_object_set_new(job->plan, "scenario", json_string(found->name));
	json_object_set_new(job->plan, "capture", json_true());
	json_object_set_new(job->plan, "sample", json_true());
	if (options->keep)
		job->keep = make_keep_folder(options->keep, found->name);
	return true;
}

/* Where the result goes, and what came of it. */
struct work {
	const struct options *options;
	int status;
};

/* The verdict on the run, as `run` has it; beside CSV and JSON only where something went wrong. */
static int show_verdict(const struct work *work, const struct run_result *result)
{
	bool human = work->options->format == PATHS_HUMAN;
	struct render_options options = {
		.out = human ? stdout : stderr,
		.color = render_wants_color(human ? stdout : stderr),
		.total = 1,
		.name_width = strlen(result->name),
	};
	struct totals totals = { .real_ns = result->real_ns };
	struct renderer *renderer;

	if (!human && result->verdict.status == VERDICT_PASS)
		return fflush(stdout) == 0 ? EXIT_EXPECTED : EXIT_LABORATORY;
	if (human)
		fputc('\n', stdout);
	renderer = renderer_new(&options);
	renderer_result(renderer, result);
	return renderer_finish(renderer, &totals);
}

static json_t *make_rows(const struct work *work, const struct run_result *result, int64_t every_ns)
{
	struct rows_wish wish = work->options->wish;

	if (wish.every_ns == EVERY_UNSET)
		wish.every_ns = every_ns;
	return paths_rows(result->plan, result->events, result->samples, result->packets, &wish);
}

static void show_table(const struct work *work, const struct run_result *result)
{
	json_t *rows = make_rows(work, result, NS_PER_S);

	paths_put_table(stdout, rows, render_wants_color(stdout));
	json_decref(rows);
}

static void take_result(void *context, const struct run_result *result)
{
	struct work *work = context;
	json_t *rows = make_rows(work, result, 0);

	if (work->options->format == PATHS_CSV)
		paths_put_csv(stdout, rows);
	else if (work->options->format == PATHS_JSON)
		paths_put_json(stdout, result, json_incref(rows));
	else
		show_table(work, result);
	work->status = show_verdict(work, result);
	if (work->options->plot && work->status < EXIT_USAGE &&
	    !paths_plot(COMMAND, work->options->plot, result, rows))
		work->status = EXIT_LABORATORY;
	json_decref(rows);
}

static void show_progress(void *context, size_t done, size_t running, const char *name)
{
	(void)context;
	(void)done;
	(void)running;
	(void)name;
}

static int run_one(struct series_job *job, const struct options *options)
{
	struct work work = { options, EXIT_LABORATORY };
	struct series series = {
		.jobs = job,
		.n = 1,
		.at_a_time = 1,
		.patience_ns = options->patience_ns,
		.report = take_result,
		.progress = show_progress,
		.context = &work,
	};
	char *set_words = settings_words(&options->settings);
	char *replay = text_format("pathlab run %s%s --kernel %s --seed %" PRIu64, job->file,
				   set_words, options->kernel.name, options->seed);

	job->replay = replay;
	if (!series_run(&series))
		work.status = EXIT_LABORATORY;
	series_free(&series);
	free(replay);
	free(set_words);
	return work.status;
}

int paths_main(int argc, char **argv)
{
	struct options options = {
		.seed = RUN_SEED_DEFAULT,
		.kernel_name = KERNEL_DEFAULT,
		.patience_ns = RUN_PATIENCE_DEFAULT_NS,
		.wish = { .every_ns = EVERY_UNSET, .from_ns = INT64_MIN, .to_ns = INT64_MAX },
	};
	struct found_list found = { 0 };
	struct series_job job = { 0 };
	struct diag diag = { 0 };
	int status = EXIT_USAGE;

	if (!parse_options(&argc, &argv, &options) ||
	    !find_one_scenario(COMMAND, argv, argc, &found, &diag) ||
	    !load_plan(&options, &found.items[0], &job, &diag)) {
		diag_print(&diag, stderr);
	} else if (options.plot && !gnuplot_check_program(COMMAND)) {
		status = EXIT_LABORATORY;
	} else if (find_run_kernel(COMMAND, options.kernel_name, &options.kernel, &status)) {
		status = run_one(&job, &options);
		job.plan = NULL;
	}
	json_decref(job.plan);
	free((char *)job.keep);
	found_list_free(&found);
	diag_clear(&diag);
	return status;
}
