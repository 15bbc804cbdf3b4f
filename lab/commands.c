// SPDX-License-Identifier: GPL-2.0-only
// Tables of commands: those of pathlab, of `pathlab kernel` and of `pathlab bugs`.
#include "lab/commands.h"

#include "lab/front/nearest.h"
#include "lab/options.h"

#include <stdio.h>
#include <string.h>

#define COMMANDS_MAX 32

const struct command *find_command(const char *whose, const struct command *commands,
				   const char *name)
{
	const char *names[COMMANDS_MAX], *nearest;
	size_t n = 0;

	for (; commands->name && n < COMMANDS_MAX; commands++) {
		if (strcmp(commands->name, name) == 0)
			return commands;
		names[n++] = commands->name;
	}
	fprintf(stderr, "%s: no command \"%s\"; ", whose, name);
	nearest = nearest_name(name, names, n);
	if (nearest)
		fprintf(stderr, "did you mean \"%s\"?\n", nearest);
	else
		fprintf(stderr, "`%s --help` lists them\n", whose);
	return NULL;
}

int run_command_of(const char *whose, const char *usage, const struct command *commands, int argc,
		   char **argv)
{
	const struct command *command;

	if (!parse_leading_options(whose, usage, NULL, &argc, &argv))
		return EXIT_USAGE;
	if (argc == 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	command = find_command(whose, commands, argv[0]);
	return command ? command->main(argc, argv) : EXIT_USAGE;
}
