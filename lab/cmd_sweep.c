// SPDX-License-Identifier: GPL-2.0-only
// pathlab sweep: one scenario with a grid of parameter values, run, kept, merged and drawn.
#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/front/find.h"
#include "lab/options.h"
#include "lab/run_options.h"
#include "lab/series.h"
#include "lab/sweep/sweep.h"
#include "lab/verdict/packets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER_DEFAULT "pathlab-sweep"
#define SHARDS_MAX     100000

static const char usage[] =
	"usage: pathlab sweep [OPTION...] SCENARIO\n"
	"       pathlab sweep --merge [-o DIR] [--plot FILE] DIR...\n"
	"\n"
	"Runs a scenario once for each combination of values of its parameters, and each seed, and keeps\n"
	"what each run measured. The values are those under \"sweep\" in the file. What is there already\n"
	"is not run again, so an interrupted sweep goes on where it was.\n"
	"\n"
	"      --vary NAME=V1,V2,...  values of a parameter, in the place of those in the file; repeatable\n"
	"      --seeds LIST           seeds, such as 1..10 or 1,2,5\n"
	"  -k, --kernel NAME          what to run on (default: " KERNEL_DEFAULT ")\n"
	"  -j, --jobs N               so many runs at a time (default: two a processor)\n"
	"  -o, --output DIR           where results go (default: " FOLDER_DEFAULT "/NAME)\n"
	"      --fresh                start over, without the results in DIR\n"
	"      --shard I/N            only the I-th of N parts; merge them afterwards\n"
	"      --list                 only print a shell command for each point; with --shard N, for\n"
	"                             each of N parts\n"
	"      --merge                put the results in folders together\n"
	"      --plot FILE            draw results into FILE.svg or FILE.png\n"
	"      --x NAME, --series NAME  parameters of axis and lines, rows and columns (default: those\n"
	"                             with most values)\n"
	"      --y MEASURE            what plot and table show (default: outage)\n"
	"      --timeout S            end a guest that shows no progress for S seconds of real time\n"
	"                             (default: 30)\n"
	"  -h, --help                 show this\n"
	"\n"
	"Exit status: 0 all as expected, 1 something was not, 2 usage or bad input, 3 the laboratory\n"
	"itself could not run.\n";

size_t sweep_points(const struct sweep *sweep)
{
	return sweep->grid.combinations * sweep->grid.n_seeds;
}

size_t point_combination(const struct sweep *sweep, size_t point)
{
	return point / sweep->grid.n_seeds;
}

uint64_t point_seed(const struct sweep *sweep, size_t point)
{
	return sweep->grid.seeds[point % sweep->grid.n_seeds];
}

bool is_in_shard(const struct sweep *sweep, size_t point)
{
	const struct sweep_options *options = sweep->options;

	return options->shards == 0 || point % options->shards == options->shard - 1;
}

static bool add_wish(struct sweep_options *options, const char *option, const char *name,
		     const char *values)
{
	for (size_t i = 0; i < options->n_wishes; i++) {
		if (strcmp(options->wishes[i].name, name) == 0) {
			fprintf(stderr,
				SWEEP_COMMAND ": %s gives \"%s\" values for the second time\n",
				option, name);
			return false;
		}
	}
	if (options->n_wishes == sizeof(options->wishes) / sizeof(options->wishes[0])) {
		fprintf(stderr, SWEEP_COMMAND ": more than %d times --vary\n", PARAMETERS_MAX);
		return false;
	}
	options->wishes[options->n_wishes++] = (struct grid_wish){ name, values };
	return true;
}

static bool take_vary(const char *command, const char *written, char *argument, void *to)
{
	char *equals = strchr(argument, '=');

	if (!equals || equals == argument || equals[1] == '\0') {
		fprintf(stderr, "%s: %s is \"%s\", expected NAME=V1,V2,...\n", command, written,
			argument);
		return false;
	}
	*equals = '\0';
	return add_wish(to, written, argument, equals + 1);
}

static bool take_seeds(const char *command, const char *written, char *seeds, void *to)
{
	(void)command;
	return add_wish(to, written, GRID_SEED, seeds);
}

static bool take_shard(const char *command, const char *written, char *argument, void *to)
{
	struct sweep_options *options = to;
	char *slash = strchr(argument, '/');
	uint64_t shard = 0, shards;

	if (slash)
		*slash = '\0';
	(void)written;
	if (slash &&
	    !parse_option_number(command, "the part of --shard", argument, 1, SHARDS_MAX, &shard))
		return false;
	if (!parse_option_number(command, "the number of parts of --shard",
				 slash ? slash + 1 : argument, slash ? shard : 1, SHARDS_MAX,
				 &shards))
		return false;
	options->shard = shard;
	options->shards = shards;
	return true;
}

/* Options that say nothing beside another one are a slip. */
static bool check_options(const struct sweep_options *options)
{
	const char *why = NULL;

	if (options->shards && !options->shard && !options->lists_only)
		why = "--shard is a part of a number of parts, such as 1/8; only --list takes the number alone";
	else if (options->shard && options->lists_only)
		why = "--list takes the number of parts alone, such as --shard 8";
	else if (options->merges &&
		 (options->n_wishes || options->shards || options->lists_only || options->fresh))
		why = "--merge goes with -o, --plot, --x, --y and --series only";
	else if (options->lists_only && options->plot.file)
		why = "--list runs nothing, so there is nothing for --plot";
	else if (options->shards && options->plot.file)
		why = "--shard has a part of the points; --plot goes with --merge";
	else if ((options->lists_only || options->shards) &&
		 (options->plot.x || options->plot.y || options->plot.series))
		why = "--x, --y and --series say what is shown of all points, and go with neither --list nor --shard";
	if (why)
		fprintf(stderr, SWEEP_COMMAND ": %s\n", why);
	return why == NULL;
}

static bool parse_options(int *argc, char ***argv, struct sweep_options *options)
{
	const struct command_option table[] = {
		{ "vary", .take = take_vary, .to = options },
		{ "seeds", .take = take_seeds, .to = options },
		{ "kernel", 'k', .text = &options->kernel_name },
		{ "jobs", 'j', .number = &options->jobs, .least = 1, .most = SERIES_JOBS_MAX },
		{ "output", 'o', .text = &options->out },
		{ "fresh", .flag = &options->fresh },
		{ "shard", .take = take_shard, .to = options },
		{ "list", .flag = &options->lists_only },
		{ "merge", .flag = &options->merges },
		{ "plot", .text = &options->plot.file },
		{ "x", .text = &options->plot.x },
		{ "y", .text = &options->plot.y },
		{ "series", .text = &options->plot.series },
		{ "timeout", .take = take_run_patience, .to = &options->patience_ns },
		{ 0 },
	};

	return parse_command_options(SWEEP_COMMAND, usage, table, argc, argv) &&
	       check_options(options);
}

static void *make_array(size_t count, size_t size)
{
	void *array = calloc(count, size);

	if (!array)
		abort();
	return array;
}

/* The content of the scenario and its parameters with their defaults. */
static bool identify_scenario(struct sweep *sweep, struct diag *diag)
{
	json_t *plan = grid_make_default_plan(&sweep->grid, diag), *usual;
	char plan_id[DIGEST_TEXT_SIZE];

	if (!plan)
		return false;
	usual = json_object();
	for (size_t i = 0; i < sweep->grid.n_axes; i++)
		json_object_set_new(usual, sweep->grid.axes[i].name,
				    json_string(sweep->grid.axes[i].usual));
	plan_identify(plan, plan_id);
	point_identify("", plan_id, usual, 0, sweep->identity.scenario_id);
	json_decref(usual);
	json_decref(plan);
	return true;
}

/* All plans are made before anything runs; those of a parameter's values serve every seed. */
static bool load_plans(struct sweep *sweep, struct diag *diag)
{
	size_t n = sweep->grid.combinations;

	sweep->plans = make_array(n, sizeof(json_t *));
	sweep->plan_ids = make_array(n, sizeof(*sweep->plan_ids));
	sweep->parameters = make_array(n, sizeof(json_t *));
	if (!identify_scenario(sweep, diag))
		return false;
	for (size_t i = 0; i < n; i++) {
		sweep->parameters[i] = grid_parameters(&sweep->grid, i);
		sweep->plans[i] = grid_make_plan(&sweep->grid, i, diag);
		if (!sweep->plans[i])
			continue;
		json_object_set_new(sweep->plans[i], "scenario", json_string(sweep->scenario));
		json_object_set_new(sweep->plans[i], "capture",
				    json_boolean(packets_wanted(sweep->plans[i])));
		plan_identify(sweep->plans[i], sweep->plan_ids[i]);
	}
	return diag_ok(diag);
}

static bool check_plot(const struct sweep *sweep, int *status)
{
	const struct plot_wish *wish = &sweep->options->plot;

	return plot_check(SWEEP_COMMAND, wish, sweep->parameters[0], status);
}

static int run_or_list(struct sweep *sweep)
{
	int status = EXIT_USAGE;

	if (sweep->options->lists_only)
		return sweep_list(sweep);
	if (!check_plot(sweep, &status) ||
	    !find_run_kernel(SWEEP_COMMAND, sweep->options->kernel_name, &sweep->kernel, &status))
		return status;
	sweep->identity.scenario = sweep->scenario;
	sweep->identity.kernel = sweep->kernel.name;
	if (!kernel_identify(&sweep->kernel, sweep->identity.kernel_id)) {
		fprintf(stderr, SWEEP_COMMAND ": cannot read %s: %s\n", sweep->kernel.program,
			strerror(errno));
		return EXIT_LABORATORY;
	}
	return sweep_run(sweep);
}

static void free_sweep(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->grid.combinations && sweep->plans; i++) {
		json_decref(sweep->plans[i]);
		json_decref(sweep->parameters[i]);
	}
	free(sweep->plans);
	free(sweep->plan_ids);
	free(sweep->parameters);
	free(sweep->scenario);
	free(sweep->folder);
	grid_free(&sweep->grid);
}

/* What the results call the scenario: a path of somewhere says nothing on another machine. */
static char *scenario_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return text_format("%s", slash && (*name == '/' || *name == '.') ? slash + 1 : name);
}

static int sweep_one(const struct sweep_options *options, char *const *args, int count)
{
	struct sweep sweep = { .options = options };
	struct found_list found = { 0 };
	struct diag diag = { 0 };
	int status = EXIT_USAGE;

	if (find_one_scenario(SWEEP_COMMAND, args, count, &found, &diag)) {
		sweep.scenario = scenario_name(found.items[0].name);
		sweep.folder = options->out ? text_format("%s", options->out) :
					      make_keep_folder(FOLDER_DEFAULT, found.items[0].name);
		if (grid_load(found.items[0].file, options->wishes, options->n_wishes, &sweep.grid,
			      &diag) &&
		    load_plans(&sweep, &diag))
			status = run_or_list(&sweep);
	}
	diag_print(&diag, stderr);
	diag_clear(&diag);
	free_sweep(&sweep);
	found_list_free(&found);
	return status;
}

int sweep_main(int argc, char **argv)
{
	struct sweep_options options = {
		.kernel_name = KERNEL_DEFAULT,
		.jobs = default_run_jobs(),
		.patience_ns = RUN_PATIENCE_DEFAULT_NS,
	};

	if (!parse_options(&argc, &argv, &options))
		return EXIT_USAGE;
	if (options.merges)
		return sweep_merge(&options, argv, argc);
	return sweep_one(&options, argv, argc);
}
