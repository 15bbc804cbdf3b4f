// SPDX-License-Identifier: GPL-2.0-only
// The command line of `pathlab matrix`.
#include "lab/matrix/options.h"

#include "lab/commands.h"
#include "lab/options.h"
#include "lab/run_options.h"
#include "lab/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: pathlab matrix [OPTION...] [FILE|FOLDER|NAME...]\n"
	"\n"
	"Runs conditions (scenarios with the key \"matrix\") in every variant of the call, and shows\n"
	"what each answers; those of errno when none is named.\n"
	"\n"
	"  -k, --kernel NAME    what to run on (default: " KERNEL_DEFAULT
	"); repeatable: side by side\n"
	"      --only CELL      only this cell; a row alone means all of it, with some values\n"
	"                       (errno/refused:nonblocking,style=one-to-many) those; repeatable\n"
	"      --list           only print the names of all cells, and why some are skipped\n"
	"      --read REPORT    run nothing: show what the JSON report of another run says\n"
	"      --measure        judge nothing: cells need no expectations\n"
	"      --seed N         seed of all randomness, 0 to 2^64-1 (default: 1)\n"
	"  -j, --jobs N         so many cells at a time (default: two a processor)\n"
	"      --keep DIR       keep plan, events, console and capture of each cell in DIR/NAME\n"
	"      --format F       human (default), json, junit, tap, markdown or rows\n"
	"      --timeout S      end a guest that shows no progress for S seconds of real time\n"
	"                       (default: 30)\n"
	"  -v, --verbose        show what second calls answer, and all failing cells; twice: every cell\n"
	"  -h, --help           show this\n"
	"\n"
	"Exit status: 0 all as expected, 1 something was not, 2 usage or bad input, 3 the laboratory\n"
	"itself could not run.\n";

static bool take_only(const char *command, const char *written, char *cell, void *to)
{
	(void)command;
	(void)written;
	only_add(to, cell);
	return true;
}

bool parse_matrix_options(int *argc, char ***argv, struct matrix_options *options)
{
	static const char *const formats[] = {
		[FORMAT_HUMAN] = "human",
		[FORMAT_JSON] = "json",
		[FORMAT_JUNIT] = "junit",
		[FORMAT_TAP] = "tap",
		[FORMAT_MARKDOWN] = "markdown",
		[FORMAT_ROWS] = "rows",
		NULL,
	};
	const struct command_option table[] = {
		{ "kernel", 'k', .take = take_run_kernel, .to = &options->kernels },
		{ "only", .take = take_only, .to = &options->only },
		{ "list", .flag = &options->lists_only },
		{ "read", .text = &options->report },
		{ "measure", .flag = &options->measures_only },
		{ "seed", .number = &options->seed, .most = UINT64_MAX },
		{ "jobs", 'j', .number = &options->jobs, .least = 1, .most = SERIES_JOBS_MAX },
		{ "keep", .text = &options->keep },
		{ "format", .words = formats, .word = &options->format },
		{ "timeout", .take = take_run_patience, .to = &options->patience_ns },
		{ "verbose", 'v', .count = &options->verbosity },
		{ 0 },
	};

	if (!parse_command_options(COMMAND, usage, table, argc, argv))
		return false;
	if (options->report && (*argc > 0 || options->lists_only || options->kernels.n > 0)) {
		fputs(COMMAND
		      ": --read shows a report as it is: no conditions, kernels or --list\n",
		      stderr);
		return false;
	}
	return options->kernels.n > 0 || add_run_kernel(COMMAND, &options->kernels, KERNEL_DEFAULT);
}
