// SPDX-License-Identifier: GPL-2.0-only
// pathlab bugs: the gallery of bugs, each shown on a kernel that has it and on one that has not.
#include "lab/bugs/bugs.h"
#include "lab/commands.h"

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
	static const struct command commands[] = {
		{ "list", .main = bugs_list_main },	      { "show", .main = bugs_show_main },
		{ "reproduce", .main = bugs_reproduce_main }, { "new", .main = bugs_new_main },
		{ "report", .main = bugs_report_main },	      { 0 },
	};

	return run_command_of("pathlab bugs", usage, commands, argc, argv);
}
