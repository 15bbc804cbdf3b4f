// SPDX-License-Identifier: GPL-2.0-only
// pathlab run: every scenario in a kernel of its own, several at a time, a verdict on each.
#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/front/find.h"
#include "lab/front/plan.h"
#include "lab/options.h"
#include "lab/pause.h"
#include "lab/render/render.h"
#include "lab/run_options.h"
#include "lab/series.h"
#include "lab/verdict/packets.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND "pathlab run"

struct options {
	struct run_kernels kernels;
	uint64_t seed;
	uint64_t jobs; /* 0: not given */
	const char *keep;
	enum render_format format;
	int64_t patience_ns;
	bool boot_each;
	int verbosity;
	bool predict;
	bool pause; /* a shell at the moment at which the first one failed */
	struct settings settings;
};

/* What the series is made of, and where its results go. */
struct work {
	const struct options *options;
	struct found_list found;
	struct series_job *jobs; /* (owned) with their strings: of each scenario, one a kernel */
	size_t n_jobs;
	const char *kernels[RUN_KERNELS_MAX]; /* their names */
	struct renderer *renderer;
	struct pause pause;
	size_t paused; /* index of its run */
};

static const char usage[] =
	"usage: pathlab run [OPTION...] [FILE|FOLDER|NAME...]\n"
	"\n"
	"Runs each scenario in a kernel of its own and gives a verdict on it; all of them when none is\n"
	"named. Nothing runs unless every file is right.\n"
	"\n"
	"  -k, --kernel NAME    what to run on: a guest such as " KERNEL_DEFAULT
	" (the default), host, or\n"
	"                       the folder of a kernel; repeatable: side by side\n"
	"      --set NAME=VALUE a value in the place of a parameter's default; repeatable\n"
	"      --seed N         seed of all randomness, 0 to 2^64-1 (default: 1)\n"
	"  -j, --jobs N         so many scenarios at a time (default: two a processor, and 1\n"
	"                       on the kernel host, in real time)\n"
	"      --boot-each      under QEMU (vm-*), a boot for each scenario: else up to 16 share one\n"
	"      --keep DIR       keep plan, events, console and capture of each run in DIR/NAME\n"
	"      --format F       human (default), json, tap or junit\n"
	"      --pause-on-fail  open a shell in the first scenario that failed, at that moment: time\n"
	"                       stands still there\n"
	"      --predict        capture, and show what should have been when beside what was\n"
	"      --timeout S      end a guest that shows no progress for S seconds of real time\n"
	"                       (default: 30)\n"
	"  -v, --verbose        show what each scenario teaches and what happened; twice: every set-up\n"
	"                       command, message and captured packet\n"
	"  -h, --help           show this\n"
	"\n"
	"Exit status: 0 all as expected, 1 something was not, 2 usage or bad input, 3 the laboratory\n"
	"itself could not run.\n";

static bool parse_options(int *argc, char ***argv, struct options *options)
{
	const struct command_option table[] = {
		{ "kernel", 'k', .take = take_run_kernel, .to = &options->kernels },
		{ "seed", .number = &options->seed, .most = UINT64_MAX },
		{ "set", .take = take_run_setting, .to = &options->settings },
		{ "jobs", 'j', .number = &options->jobs, .least = 1, .most = SERIES_JOBS_MAX },
		{ "boot-each", .flag = &options->boot_each },
		{ "keep", .text = &options->keep },
		{ "format", .words = render_format_names, .word = &options->format },
		{ "pause-on-fail", .flag = &options->pause },
		{ "predict", .flag = &options->predict },
		{ "timeout", .take = take_run_patience, .to = &options->patience_ns },
		{ "verbose", 'v', .count = &options->verbosity },
		{ 0 },
	};

	return parse_command_options(COMMAND, usage, table, argc, argv) &&
	       (options->kernels.n > 0 ||
		add_run_kernel(COMMAND, &options->kernels, KERNEL_DEFAULT));
}

static void prepare_job(const struct options *options, const struct found *found, json_t *plan,
			const struct kernel *kernel, struct series_job *job)
{
	json_t *capture = json_object_get(plan, "capture");
	char *word = text_quote_word(kernel->name), *set_words = settings_words(&options->settings);

	job->name = found->name;
	job->file = found->file;
	job->kernel = kernel;
	job->seed = options->seed;
	job->plan = plan;
	job->replay = text_format("pathlab run %s%s --kernel %s --seed %" PRIu64, found->file,
				  set_words, word, options->seed);
	json_object_set_new(plan, "scenario", json_string(found->name));
	if (options->keep || json_is_true(capture)) {
		const char *keep = options->keep ? options->keep : "pathlab-runs";

		job->keep = options->kernels.n > 1 ?
				    make_kernel_keep_folder(keep, kernel, found->name) :
				    make_keep_folder(keep, found->name);
	}
	/*
	 * A run that is kept is captured, and one whose packets are judged, that in memory; unless
	 * the scenario says otherwise: null is what it says unasked.
	 */
	if (!json_is_boolean(capture))
		json_object_set_new(plan, "capture",
				    json_boolean(options->keep || options->predict ||
						 packets_wanted(plan)));
	free(set_words);
	free(word);
}

/* All scenarios are read and checked before the first one runs. */
static bool load_plans(struct work *work, struct diag *diag)
{
	const struct run_kernels *kernels = &work->options->kernels;
	size_t n = work->found.count;

	work->jobs = calloc(n * kernels->n + 1, sizeof(*work->jobs));
	if (!work->jobs)
		abort();
	for (size_t i = 0; i < n; i++) {
		json_t *plan = plan_load(work->found.items[i].file, &work->options->settings, diag);

		for (size_t k = 0; k < kernels->n && plan; k++)
			prepare_job(work->options, &work->found.items[i],
				    k + 1 < kernels->n ? json_deep_copy(plan) : plan,
				    &kernels->items[k], &work->jobs[i * kernels->n + k]);
	}
	work->n_jobs = n * kernels->n;
	return diag_ok(diag);
}

static struct renderer *make_renderer(struct work *work)
{
	const struct run_kernels *kernels = &work->options->kernels;
	struct render_options options = {
		.format = work->options->format,
		.out = stdout,
		.color = render_wants_color(stdout),
		.progress = isatty(STDERR_FILENO) && work->options->format == RENDER_HUMAN ?
				    stderr :
				    NULL,
		.verbosity = work->options->verbosity,
		.predict = work->options->predict,
		.total = work->n_jobs,
		.kernels = work->kernels,
		.n_kernels = kernels->n,
	};

	for (size_t i = 0; i < kernels->n; i++)
		work->kernels[i] = kernels->items[i].name;
	for (size_t i = 0; i < work->found.count; i++)
		if (strlen(work->found.items[i].name) > options.name_width)
			options.name_width = strlen(work->found.items[i].name);
	return renderer_new(&options);
}

/* Remembers the first run that failed, in the order asked for. */
static void note_failure(struct work *work, const struct run_result *result)
{
	const struct problem *problem;
	struct pause *pause = &work->pause;

	if (result->skipped || result->verdict.status != VERDICT_FAIL ||
	    (pause->plan && work->paused < result->index))
		return;
	pause_free(pause);
	*pause = (struct pause){
		.plan = json_deep_copy(result->plan),
		.events = json_deep_copy(result->events),
		.kernel = work->jobs[result->index].kernel,
		.name = result->name,
		.file = result->file,
		.moment_ns = find_failing_moment(&result->verdict, &problem),
	};
	pause->sentence = text_format("expected %s; %s", problem ? problem->expected : "success",
				      problem ? problem->observed : "it failed");
	work->paused = result->index;
}

static void take_result(void *context, const struct run_result *result)
{
	struct work *work = context;
	enum render_format format = work->options->format;
	struct run_result shown = *result;
	char *name;

	if (work->options->pause)
		note_failure(work, result);
	if (work->options->kernels.n < 2 || (format != RENDER_TAP && format != RENDER_JUNIT)) {
		renderer_result(work->renderer, result);
		return;
	}
	/* their readers tell runs apart by name alone */
	name = text_format("%s on %s", result->name, result->kernel);
	shown.name = name;
	renderer_result(work->renderer, &shown);
	free(name);
}

static void show_progress(void *context, size_t done, size_t running, const char *name)
{
	struct work *work = context;

	renderer_progress(work->renderer, done, running, name);
}

/* In real time runs beside each other would take each other's time. */
static size_t choose_jobs(const struct options *options)
{
	if (options->jobs > 0)
		return options->jobs;
	for (size_t i = 0; i < options->kernels.n; i++) {
		if (options->kernels.items[i].kind == KERNEL_KIND_HOST)
			return 1;
	}
	return default_run_jobs();
}

static int run_all(struct work *work)
{
	struct totals totals = { .real_ns = -real_now_ns() };
	struct series series = {
		.jobs = work->jobs,
		.n = work->n_jobs,
		.at_a_time = choose_jobs(work->options),
		.patience_ns = work->options->patience_ns,
		.per_boot = work->options->boot_each ? 1 : SERIES_PER_BOOT,
		.skips = true,
		.report = take_result,
		.progress = show_progress,
		.context = work,
	};
	int status;

	work->renderer = make_renderer(work);
	totals.interrupted = !series_run(&series);
	totals.real_ns += real_now_ns();
	totals.boots = series.boots_begun;
	status = renderer_finish(work->renderer, &totals);
	if (work->pause.plan && !totals.interrupted && status != EXIT_LABORATORY &&
	    pause_open(&work->pause, COMMAND, &work->options->settings, work->options->seed,
		       work->options->patience_ns))
		status = EXIT_LABORATORY;
	return totals.interrupted ? EXIT_LABORATORY : status;
}

static void free_work(struct work *work)
{
	size_t n = work->jobs ? work->n_jobs : 0;
	struct series series = { .jobs = work->jobs, .n = n };

	series_free(&series);
	pause_free(&work->pause);
	for (size_t i = 0; i < n; i++) {
		free((char *)work->jobs[i].keep);
		free((char *)work->jobs[i].replay);
	}
	free(work->jobs);
	found_list_free(&work->found);
}

/* Somebody has to be there, and the run to come again as it was. */
static bool can_pause(const struct options *options, int *status)
{
	*status = EXIT_USAGE;
	if (!options->pause)
		return true;
	for (size_t i = 0; i < options->kernels.n; i++) {
		const struct kernel *kernel = &options->kernels.items[i];

		if (kernel->kind == KERNEL_KIND_UML)
			continue;
		fprintf(stderr,
			COMMAND
			": --pause-on-fail needs a guest under User-Mode Linux such as " KERNEL_DEFAULT
			", and %s is none\n",
			kernel->name);
		return false;
	}
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return true;
	fputs(COMMAND ": standard input and output are no terminal, which --pause-on-fail needs\n",
	      stderr);
	return false;
}

int run_main(int argc, char **argv)
{
	struct options options = {
		.seed = RUN_SEED_DEFAULT,
		.patience_ns = RUN_PATIENCE_DEFAULT_NS,
	};
	struct work work = { .options = &options };
	struct diag diag = { 0 };
	int status = EXIT_USAGE;

	if (!parse_options(&argc, &argv, &options))
		return EXIT_USAGE;
	if (find_scenarios(argv, argc, &work.found, &diag) && load_plans(&work, &diag)) {
		if (find_run_kernels(COMMAND, &options.kernels, &status) &&
		    can_pause(&options, &status))
			status = run_all(&work);
	} else {
		diag_print(&diag, stderr);
	}
	diag_clear(&diag);
	free_work(&work);
	return status;
}
