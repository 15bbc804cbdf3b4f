// SPDX-License-Identifier: GPL-2.0-only
// pathlab bugs reproduce: each entry on the kernel that has it and on the one that has not.
#include "lab/bugs/bugs.h"
#include "lab/bugs/put.h"
#include "lab/bugs/work.h"
#include "lab/commands.h"
#include "lab/common/ns.h"
#include "lab/options.h"
#include "lab/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND "pathlab bugs reproduce"

static const char usage[] =
	"usage: pathlab bugs reproduce [OPTION...] NAME...|all\n"
	"\n"
	"Runs the scenario of each entry on the kernel and on a copy of it with the bug put back, or for\n"
	"a bug that is open with it mended; shows both side by side, and the first event where they part.\n"
	"The copy is made in seconds, and kept.\n"
	"\n"
	"  -k, --kernel NAME    the kernel (default: " KERNEL_DEFAULT
	"); repeatable. On vm-* the scenario alone is\n"
	"                       run, and compared with the versions that the entry names\n"
	"      --seed N         seed of all randomness, 0 to 2^64-1 (default: 1)\n"
	"  -j, --jobs N         so many runs at a time (default: two a processor), and kernels\n"
	"      --format F       human (default) or json\n"
	"      --timeout S      end a guest that shows no progress for S seconds of real time\n"
	"                       (default: 30; 8 where that is what the bug does)\n"
	"  -v, --verbose        show every event of both\n"
	"  -h, --help           show this\n"
	"\n"
	"Exit status: 0 all as the entries say, 1 something was not, 2 usage or bad input, 3 the\n"
	"laboratory itself could not run.\n";

struct settings_of_reproduce {
	struct bug_options options;
	enum { HUMAN, JSON } format;
	bool all;
};

static bool parse_options(int *argc, char ***argv, struct settings_of_reproduce *settings)
{
	static const char *const formats[] = { [HUMAN] = "human", [JSON] = "json", NULL };
	struct bug_options *options = &settings->options;
	const struct command_option table[] = {
		{ "kernel", 'k', .take = take_run_kernel, .to = &options->kernels },
		{ "seed", .number = &options->seed, .most = UINT64_MAX },
		{ "jobs", 'j', .number = &options->jobs, .least = 1, .most = SERIES_JOBS_MAX },
		{ "format", .words = formats, .word = &settings->format },
		{ "timeout", .take = take_run_patience, .to = &options->patience_ns },
		{ "verbose", 'v', .flag = &settings->all },
		{ 0 },
	};

	if (!parse_command_options(COMMAND, usage, table, argc, argv))
		return false;
	if (*argc == 0) {
		fputs(COMMAND ": which bug? Name it, or say all; `pathlab bugs list` shows them\n",
		      stderr);
		return false;
	}
	return options->kernels.n > 0 || add_run_kernel(COMMAND, &options->kernels, KERNEL_DEFAULT);
}

static void put_json(const struct bug_work *work)
{
	json_t *bugs = json_array();

	for (size_t i = 0; i < work->n_trials; i++)
		json_array_append_new(bugs, bug_trial_to_json(&work->trials[i]));
	json_t *root = json_pack("{s:o}", "bugs", bugs);

	json_dumpf(root, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(root);
}

static void put_human(const struct bug_work *work, bool all, int64_t real_ns)
{
	struct render_options options = { .out = stdout,
					  .color = render_wants_color(stdout),
					  .width = render_width(stdout) };
	size_t counts[BUG_NOT_RUN + 1] = { 0 };
	const char *separator = "";
	char text[NS_TEXT_SIZE];

	for (size_t i = 0; i < work->n_trials; i++) {
		bug_trial_put(stdout, &options, &work->trials[i], all);
		counts[work->trials[i].result]++;
		putchar('\n');
	}
	printf("%zu bug%s: ", work->list.n, work->list.n == 1 ? "" : "s");
	for (size_t i = 0; i <= BUG_NOT_RUN; i++) {
		if (!counts[i])
			continue;
		printf("%s%zu %s", separator, counts[i], bug_result_name((enum bug_result)i));
		separator = ", ";
	}
	printf("; in %s\n", format_ns(real_ns, text));
}

int bugs_reproduce_main(int argc, char **argv)
{
	struct settings_of_reproduce settings = {
		.options = { .command = COMMAND,
			     .seed = RUN_SEED_DEFAULT,
			     .alone_from = RUN_KERNELS_MAX,
			     .patience_ns = RUN_PATIENCE_DEFAULT_NS },
	};
	struct bug_work work = { .options = &settings.options };
	int64_t began_ns = real_now_ns();
	int status = EXIT_USAGE;

	if (parse_options(&argc, &argv, &settings) &&
	    bug_work_prepare(&work, argv, argc, &status)) {
		if (!bug_work_run(&work)) {
			fputs(COMMAND ": interrupted\n", stderr);
			status = EXIT_LABORATORY;
		} else {
			if (settings.format == JSON)
				put_json(&work);
			else
				put_human(&work, settings.all, real_now_ns() - began_ns);
			status = bug_work_status(&work);
		}
	}
	bug_work_free(&work);
	return status;
}
