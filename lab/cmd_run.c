// SPDX-License-Identifier: GPL-2.0-only
// pathlab run: every scenario in a kernel of its own, several at a time, a verdict on each.
#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/front/find.h"
#include "lab/front/plan.h"
#include "lab/render/render.h"
#include "lab/run_options.h"
#include "lab/series.h"
#include "lab/verdict/packets.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND "pathlab run"

struct options {
	struct kernel kernel;
	uint64_t seed;
	size_t jobs;
	const char *keep;
	enum render_format format;
	int64_t patience_ns;
	int verbosity;
	struct settings settings;
	char *set_words; /* (owned) " --set NAME=VALUE" of each, for the replay line */
};

/* What the series is made of, and where its results go. */
struct work {
	const struct options *options;
	struct found_list found;
	struct series_job *jobs; /* (owned) with their strings */
	struct renderer *renderer;
};

static const char usage[] =
	"usage: pathlab run [OPTION...] [FILE|FOLDER|NAME...]\n"
	"\n"
	"Runs each scenario in a kernel of its own and gives a verdict on it; all of them when none is\n"
	"named. Nothing runs unless every file is right.\n"
	"\n"
	"  -k, --kernel NAME    what to run on: a guest such as " KERNEL_DEFAULT
	" (the default), or host\n"
	"      --set NAME=VALUE a value in the place of a parameter's default; repeatable\n"
	"      --seed N         seed of all randomness, 0 to 2^64-1 (default: 1)\n"
	"  -j, --jobs N         so many scenarios at a time (default: 1)\n"
	"      --keep DIR       keep plan, events, console and capture of each run in DIR/NAME\n"
	"      --format F       human (default), json, tap or junit\n"
	"      --timeout S      end a guest that shows no progress for S seconds of real time\n"
	"                       (default: 30)\n"
	"  -v, --verbose        show what each scenario teaches and what happened; twice: every set-up\n"
	"                       command, message and captured packet\n"
	"  -h, --help           show this\n"
	"\n"
	"Exit status: 0 all as expected, 1 something was not, 2 usage or bad input, 3 the laboratory\n"
	"itself could not run.\n";

static bool add_setting(struct options *options, char *argument)
{
	char *word = text_quote_word(argument), *words;
	bool good = settings_add(&options->settings, COMMAND, argument);

	words = text_format("%s --set %s", options->set_words ?: "", word);
	free(options->set_words);
	options->set_words = words;
	free(word);
	return good;
}

static bool parse_options(int argc, char **argv, struct options *options, const char **kernel_name)
{
	static const struct option long_options[] = {
		{ "kernel", required_argument, NULL, 'k' },
		{ "set", required_argument, NULL, 'S' },
		{ "seed", required_argument, NULL, 's' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "keep", required_argument, NULL, 'K' },
		{ "format", required_argument, NULL, 'f' },
		{ "timeout", required_argument, NULL, 't' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	argv[0] = (char *)COMMAND; /* for the sentences of getopt_long(3) */
	optind = 0;
	while ((c = getopt_long(argc, argv, "k:j:vh", long_options, NULL)) != -1) {
		switch (c) {
		case 'k':
			*kernel_name = optarg;
			break;
		case 'S':
			if (!add_setting(options, optarg))
				return false;
			break;
		case 's':
			if (!parse_run_number(COMMAND, "--seed", optarg, 0, UINT64_MAX,
					      &options->seed))
				return false;
			break;
		case 'j':
			if (!parse_run_jobs(COMMAND, optarg, &options->jobs))
				return false;
			break;
		case 'K':
			options->keep = optarg;
			break;
		case 'f':
			if (!parse_render_format(optarg, &options->format)) {
				fprintf(stderr,
					COMMAND
					": --format is \"%s\", expected human, json, tap or junit\n",
					optarg);
				return false;
			}
			break;
		case 't':
			if (!parse_run_patience(COMMAND, optarg, &options->patience_ns))
				return false;
			break;
		case 'v':
			options->verbosity++;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_EXPECTED);
		default:
			fputs("See `pathlab run --help`.\n", stderr);
			return false;
		}
	}
	return true;
}

static void load_plan(const struct options *options, const struct found *found,
		      struct series_job *job, struct diag *diag)
{
	json_t *capture;

	job->name = found->name;
	job->file = found->file;
	job->kernel = &options->kernel;
	job->seed = options->seed;
	job->plan = plan_load(found->file, &options->settings, diag);
	if (!job->plan)
		return;
	job->replay = text_format("pathlab run %s%s --kernel %s --seed %" PRIu64, found->file,
				  options->set_words ?: "", options->kernel.name, options->seed);
	json_object_set_new(job->plan, "scenario", json_string(found->name));
	capture = json_object_get(job->plan, "capture");
	if (options->keep || json_is_true(capture))
		job->keep = make_keep_folder(options->keep ? options->keep : "pathlab-runs",
					     found->name);
	/*
	 * A run that is kept is captured, and one whose packets are judged, that in memory; unless
	 * the scenario says otherwise: null is what it says unasked.
	 */
	if (!json_is_boolean(capture))
		json_object_set_new(job->plan, "capture",
				    json_boolean(options->keep || packets_wanted(job->plan)));
}

/* All scenarios are read and checked before the first one runs. */
static bool load_plans(struct work *work, struct diag *diag)
{
	size_t n = work->found.count;

	work->jobs = calloc(n + 1, sizeof(*work->jobs));
	if (!work->jobs)
		abort();
	for (size_t i = 0; i < n; i++)
		load_plan(work->options, &work->found.items[i], &work->jobs[i], diag);
	return diag_ok(diag);
}

static struct renderer *make_renderer(const struct work *work)
{
	struct render_options options = {
		.format = work->options->format,
		.out = stdout,
		.color = render_wants_color(stdout),
		.progress = isatty(STDERR_FILENO) && work->options->format == RENDER_HUMAN ?
				    stderr :
				    NULL,
		.verbosity = work->options->verbosity,
		.total = work->found.count,
	};

	for (size_t i = 0; i < work->found.count; i++)
		if (strlen(work->found.items[i].name) > options.name_width)
			options.name_width = strlen(work->found.items[i].name);
	return renderer_new(&options);
}

static void take_result(void *context, const struct run_result *result)
{
	struct work *work = context;

	renderer_result(work->renderer, result);
}

static void show_progress(void *context, size_t done, size_t running, const char *name)
{
	struct work *work = context;

	renderer_progress(work->renderer, done, running, name);
}

static int run_all(struct work *work)
{
	struct totals totals = { .real_ns = -real_now_ns() };
	struct series series = {
		.jobs = work->jobs,
		.n = work->found.count,
		.at_a_time = work->options->jobs,
		.patience_ns = work->options->patience_ns,
		.report = take_result,
		.progress = show_progress,
		.context = work,
	};
	int status;

	work->renderer = make_renderer(work);
	totals.interrupted = !series_run(&series);
	totals.real_ns += real_now_ns();
	status = renderer_finish(work->renderer, &totals);
	return totals.interrupted ? EXIT_LABORATORY : status;
}

static void free_work(struct work *work)
{
	struct series series = { .jobs = work->jobs, .n = work->jobs ? work->found.count : 0 };

	series_free(&series);
	for (size_t i = 0; i < series.n; i++) {
		free((char *)work->jobs[i].keep);
		free((char *)work->jobs[i].replay);
	}
	free(work->jobs);
	found_list_free(&work->found);
}

int run_main(int argc, char **argv)
{
	struct options options = {
		.seed = RUN_SEED_DEFAULT,
		.jobs = 1,
		.patience_ns = RUN_PATIENCE_DEFAULT_NS,
	};
	struct work work = { .options = &options };
	const char *kernel_name = KERNEL_DEFAULT;
	struct diag diag = { 0 };
	int status = EXIT_USAGE;

	if (!parse_options(argc, argv, &options, &kernel_name))
		goto out;
	/* the replay line has the kernel's name, whatever becomes of the kernel */
	snprintf(options.kernel.name, sizeof(options.kernel.name), "%s", kernel_name);
	if (find_scenarios(argv + optind, argc - optind, &work.found, &diag) &&
	    load_plans(&work, &diag)) {
		if (find_run_kernel(COMMAND, kernel_name, &options.kernel, &status))
			status = run_all(&work);
	} else {
		diag_print(&diag, stderr);
	}
out:
	diag_clear(&diag);
	free_work(&work);
	free(options.set_words);
	return status;
}
