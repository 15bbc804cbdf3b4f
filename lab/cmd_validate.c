// SPDX-License-Identifier: GPL-2.0-only
// pathlab validate: reads scenarios and says what is wrong with them, or shows their plan.
#include <stdio.h>

#include "lab/front/commands.h"
#include "lab/front/find.h"
#include "lab/front/matrix.h"
#include "lab/front/plan.h"
#include "lab/front/topology.h"
#include "lab/options.h"
#include "lab/run_options.h"

static const char usage[] =
	"usage: pathlab validate [--plan] [--set NAME=VALUE] [-q] [FILE|FOLDER|NAME...]\n"
	"\n"
	"Reads scenarios, all of them when none is named, and says what is wrong, one line a mistake:\n"
	"FILE:LINE:COLUMN: what is wrong and what was expected. A file may also be a topology.\n"
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

/* False without a word when the file is none. */
static bool validate_topology(const char *file, bool *topology, struct diag *diag)
{
	struct diag ignored = { 0 };
	struct front front = { .diag = &ignored };
	struct yaml *root = yaml_load(&front, file);
	bool good;

	*topology = root && is_topology(root);
	front.diag = diag;
	good = *topology && topology_parse(&front, root, file);
	diag_clear(&ignored);
	arena_free(&front.arena);
	return good;
}

static bool validate(const struct found *found, const struct settings *settings, bool show_plan,
		     bool quiet)
{
	struct diag diag = { 0 };
	bool topology, good = validate_topology(found->file, &topology, &diag);
	json_t *plan = topology ? NULL : plan_load(found->file, settings, &diag);

	if (plan && json_object_get(plan, "cell") && !check_cells(found->file, &diag)) {
		json_decref(plan);
		plan = NULL;
	}
	diag_print(&diag, stderr);
	diag_clear(&diag);
	if (!plan && !good)
		return false;
	if (show_plan) {
		if (plan && !json_dumpf(plan, stdout, JSON_INDENT(2)))
			putchar('\n');
	} else if (!quiet) {
		printf("ok %s\n", found->name);
	}
	json_decref(plan);
	return true;
}

int validate_main(int argc, char **argv)
{
	bool show_plan = false, quiet = false, good;
	struct settings settings = { 0 };
	const struct command_option options[] = {
		{ "plan", .flag = &show_plan },
		{ "set", .take = take_run_setting, .to = &settings },
		{ "quiet", 'q', .flag = &quiet },
		{ 0 },
	};
	struct diag diag = { 0 };
	struct found_list list;
	size_t bad = 0;

	if (!parse_command_options("pathlab validate", usage, options, &argc, &argv))
		return 2;
	good = find_files(argv, argc, &list, &diag);
	diag_print(&diag, stderr);
	diag_clear(&diag);
	for (size_t i = 0; i < list.count; i++) {
		fflush(stdout);
		bad += !validate(&list.items[i], &settings, show_plan, quiet);
	}
	if (bad > 0 && list.count > 1)
		fprintf(stderr, "%zu of %zu files have mistakes\n", bad, list.count);
	found_list_free(&list);
	return good && bad == 0 ? 0 : 2;
}
