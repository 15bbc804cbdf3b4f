// SPDX-License-Identifier: GPL-2.0-only
// pathlab: the table of its subcommands, and help.
#include "lab/commands.h"
#include "lab/front/commands.h"

#include <stdio.h>
#include <string.h>

static int help_main(int argc, char **argv);

static const struct command commands[] = {
	{ "run", "run scenarios and give a verdict on each", run_main },
	{ "matrix", "run conditions in every variant of a call, as a table", matrix_main },
	{ "sweep", "run a scenario with a grid of parameter values", sweep_main },
	{ "paths", "show state, cwnd and RTO of each path of a run over time", paths_main },
	{ "exec", "run a command in a node of a network", exec_main },
	{ "shell", "open a shell in a node of a network, in real time", shell_main },
	{ "validate", "check scenarios and topologies without running them", validate_main },
	{ "list", "show the names of scenarios and topologies", list_main },
	{ "graph", "draw a topology as text, Mermaid or dot", graph_main },
	{ "verdict", "judge kept runs again", verdict_main },
	{ "bugs", "show bugs of the kernel on one that has them and on one that has not",
	  bugs_main },
	{ "bisect", "find the commit of a kernel that broke a scenario", bisect_main },
	{ "kernel", "list, build and look at the kernels that scenarios run on", kernel_main },
	{ "doctor", "say what this machine has and lacks for running scenarios", doctor_main },
	{ "help", "show the help of a command", help_main },
	{ 0 },
};

static void print_help(FILE *out)
{
	fputs("usage: pathlab COMMAND [ARGUMENT...]\n\n"
	      "A laboratory for SCTP multihoming: networks with several paths, failures on time,\n"
	      "real kernels, and a verdict.\n\n",
	      out);
	for (size_t i = 0; commands[i].name; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\n\"pathlab help COMMAND\" tells more; so does pathlab(1).\n", out);
}

static int help_main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2 || argv[1][0] == '-') {
		print_help(stdout);
		return EXIT_EXPECTED;
	}
	command = find_command("pathlab", commands, argv[1]);
	if (!command)
		return EXIT_USAGE;
	if (command->main == help_main)
		return help_main(1, argv);
	return command->main(2, (char *[]){ argv[1], (char[]){ "--help" }, NULL });
}

int main(int argc, char **argv)
{
	const struct command *command;
	const char *name;

	name = argc > 0 && strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	if (argc > 0 && by_hand_command(name))
		return by_hand_main(name, argc, argv);
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help_main(argc - 1, argv + 1);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts("pathlab " PATHLAB_VERSION);
		return fflush(stdout) == 0 ? EXIT_EXPECTED : EXIT_LABORATORY;
	}
	command = find_command("pathlab", commands, argv[1]);
	return command ? command->main(argc - 1, argv + 1) : EXIT_USAGE;
}
