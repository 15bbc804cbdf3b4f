// SPDX-License-Identifier: GPL-2.0-only
// pathlab validate: reads scenarios and says what is wrong with them, or shows their plan.
#include <getopt.h>
#include <stdio.h>

#include "lab/front/commands.h"
#include "lab/front/find.h"
#include "lab/front/matrix.h"
#include "lab/front/plan.h"

static const char usage[] =
	"usage: pathlab validate [--plan] [--set NAME=VALUE] [-q] [FILE|FOLDER|NAME...]\n"
	"\n"
	"Reads scenarios, all of them when none is named, and says what is wrong, one line a mistake:\n"
	"FILE:LINE:COLUMN: what is wrong and what was expected.\n"
	"\n"
	"  --plan       print each scenario's plan as JSON, with every name resolved\n"
	"  --set NAME=VALUE  a value in the place of a parameter's default; repeatable\n"
	"  -q, --quiet  print mistakes only\n"
	"  -h, --help   print this\n"
	"\n"
	"Exit status: 0 all are good, 2 some are not.\n";

/* A condition's plan is its base's; the other cells must be good, too. */
static bool check_cells(const char *file, struct diag *diag)
{
	struct matrix_wish wish = { 0 };
	struct matrix matrix = { 0 };
	bool good = matrix_load(file, &wish, &matrix, diag);

	matrix_free(&matrix);
	return good;
}

static bool validate(const struct found *found, const struct settings *settings, bool show_plan,
		     bool quiet)
{
	struct diag diag = { 0 };
	json_t *plan = plan_load(found->file, settings, &diag);

	if (plan && json_object_get(plan, "cell") && !check_cells(found->file, &diag)) {
		json_decref(plan);
		plan = NULL;
	}
	diag_print(&diag, stderr);
	diag_clear(&diag);
	if (!plan)
		return false;
	if (show_plan) {
		json_dumpf(plan, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (!quiet) {
		printf("ok %s\n", found->name);
	}
	json_decref(plan);
	return true;
}

int validate_main(int argc, char **argv)
{
	static const struct option options[] = { { "plan", no_argument, NULL, 'p' },
						 { "set", required_argument, NULL, 'S' },
						 { "quiet", no_argument, NULL, 'q' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	bool show_plan = false, quiet = false, good;
	struct diag diag = { 0 };
	struct settings settings = { 0 };
	struct found_list list;
	size_t bad = 0;
	int option;

	while ((option = getopt_long(argc, argv, "qh", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			show_plan = true;
			break;
		case 'S':
			if (!settings_add(&settings, "pathlab validate", optarg))
				return 2;
			break;
		case 'q':
			quiet = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs("Try \"pathlab validate --help\".\n", stderr);
			return 2;
		}
	}
	good = find_scenarios(argv + optind, argc - optind, &list, &diag);
	diag_print(&diag, stderr);
	diag_clear(&diag);
	for (size_t i = 0; i < list.count; i++) {
		fflush(stdout);
		bad += !validate(&list.items[i], &settings, show_plan, quiet);
	}
	if (bad > 0 && list.count > 1)
		fprintf(stderr, "%zu of %zu scenarios have mistakes\n", bad, list.count);
	found_list_free(&list);
	return good && bad == 0 ? 0 : 2;
}
