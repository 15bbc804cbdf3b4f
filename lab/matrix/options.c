// SPDX-License-Identifier: GPL-2.0-only
// The command line of `pathlab matrix`.
#include "lab/matrix/options.h"

#include "lab/commands.h"
#include "lab/run_options.h"

#include <getopt.h>
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

static bool parse_matrix_format(const char *text, enum matrix_format *format)
{
	static const char *const names[] = {
		[FORMAT_HUMAN] = "human", [FORMAT_JSON] = "json",	  [FORMAT_JUNIT] = "junit",
		[FORMAT_TAP] = "tap",	  [FORMAT_MARKDOWN] = "markdown", [FORMAT_ROWS] = "rows"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], text) == 0) {
			*format = (enum matrix_format)i;
			return true;
		}
	}
	fprintf(stderr,
		COMMAND
		": --format is \"%s\", expected human, json, junit, tap, markdown or rows\n",
		text);
	return false;
}

static bool take_option(int c, struct matrix_options *options)
{
	switch (c) {
	case 'k':
		return add_run_kernel(COMMAND, &options->kernels, optarg);
	case 'o':
		only_add(&options->only, optarg);
		return true;
	case 'l':
		options->lists_only = true;
		return true;
	case 'r':
		options->report = optarg;
		return true;
	case 'm':
		options->measures_only = true;
		return true;
	case 's':
		return parse_run_number(COMMAND, "--seed", optarg, 0, UINT64_MAX, &options->seed);
	case 'j':
		return parse_run_jobs(COMMAND, optarg, &options->jobs);
	case 'K':
		options->keep = optarg;
		return true;
	case 'f':
		return parse_matrix_format(optarg, &options->format);
	case 't':
		return parse_run_patience(COMMAND, optarg, &options->patience_ns);
	case 'v':
		options->verbosity++;
		return true;
	case 'h':
		fputs(usage, stdout);
		exit(EXIT_EXPECTED);
	default:
		fputs("See `pathlab matrix --help`.\n", stderr);
		return false;
	}
}

bool parse_matrix_options(int argc, char **argv, struct matrix_options *options)
{
	static const struct option long_options[] = {
		{ "kernel", required_argument, NULL, 'k' },
		{ "only", required_argument, NULL, 'o' },
		{ "list", no_argument, NULL, 'l' },
		{ "read", required_argument, NULL, 'r' },
		{ "measure", no_argument, NULL, 'm' },
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
		if (!take_option(c, options))
			return false;
	}
	if (options->report && (optind < argc || options->lists_only || options->kernels.n > 0)) {
		fputs(COMMAND
		      ": --read shows a report as it is: no conditions, kernels or --list\n",
		      stderr);
		return false;
	}
	return options->kernels.n > 0 || add_run_kernel(COMMAND, &options->kernels, KERNEL_DEFAULT);
}
