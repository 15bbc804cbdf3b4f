// SPDX-License-Identifier: GPL-2.0-only
// pathlab bugs: the gallery of bugs, each shown on a kernel that has it and on one that has not.
#include "lab/bugs/bugs.h"
#include "lab/commands.h"
#include "lab/front/nearest.h"
#include "lab/options.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: pathlab bugs list [--json]\n"
	"       pathlab bugs show NAME...\n"
	"       pathlab bugs reproduce [OPTION...] NAME...|all\n"
	"       pathlab bugs new NAME --from DIR\n"
	"       pathlab bugs report [OPTION...] [NAME...]\n"
	"\n"
	"  list       show all entries: name, status, symptom\n"
	"  show       print what an entry tells\n"
	"  reproduce  run entries on kernels with and without the bug, side by side\n"
	"  new        begin an entry with the scenario of a kept run\n"
	"  report     print the page docs/bugs.md: which kernels have which, and what else notices\n"
	"\n"
	"`pathlab bugs COMMAND --help` tells more.\n";

int bugs_main(int argc, char **argv)
{
	static const char *const names[] = { "list", "show", "reproduce", "new", "report" };
	static int (*const mains[])(int, char **) = { bugs_list_main, bugs_show_main,
						      bugs_reproduce_main, bugs_new_main,
						      bugs_report_main };
	const char *nearest;

	if (!parse_leading_options("pathlab bugs", usage, NULL, &argc, &argv))
		return EXIT_USAGE;
	if (argc == 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(argv[0], names[i]) == 0)
			return mains[i](argc, argv);
	}
	nearest = nearest_name(argv[0], names, sizeof(names) / sizeof(names[0]));
	fprintf(stderr, "pathlab bugs: no command \"%s\"; did you mean \"%s\"?\n", argv[0],
		nearest ?: "list");
	return EXIT_USAGE;
}
