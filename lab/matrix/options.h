// SPDX-License-Identifier: GPL-2.0-only
// The command line of `pathlab matrix`.
#ifndef LAB_MATRIX_OPTIONS_H
#define LAB_MATRIX_OPTIONS_H

#include "lab/matrix/only.h"
#include "lab/run_options.h"

#include <stdint.h>

#define COMMAND	       "pathlab matrix"
#define FOLDER_DEFAULT "errno"

enum matrix_format {
	FORMAT_HUMAN,
	FORMAT_JSON,
	FORMAT_JUNIT,
	FORMAT_TAP,
	FORMAT_MARKDOWN,
	FORMAT_ROWS
};

struct matrix_options {
	struct run_kernels kernels;
	uint64_t seed;
	uint64_t jobs;
	const char *keep;
	enum matrix_format format;
	int64_t patience_ns;
	int verbosity;
	bool lists_only, measures_only;
	const char *report; /* a JSON report to show instead of running, or NULL */
	struct only_list only;
};

/* Reads the options into what has the defaults, and leaves the words; false after a sentence. `--help` ends the program. */
bool parse_matrix_options(int *argc, char ***argv, struct matrix_options *options);

#endif
