// SPDX-License-Identifier: GPL-2.0-only
// The subcommands of pathlab. Each gets its own name as argv[0] and returns the exit status.
#ifndef LAB_COMMANDS_H
#define LAB_COMMANDS_H

enum exit_status {
	EXIT_EXPECTED = 0,   /* all as expected */
	EXIT_UNEXPECTED = 1, /* something was not */
	EXIT_USAGE = 2,	     /* usage or bad input */
	EXIT_LABORATORY = 3, /* the laboratory itself could not run */
};

#ifndef PATHLAB_VERSION
#define PATHLAB_VERSION "0.1"
#endif

/* One command, and what it is for in a few words; a table of them ends with { 0 }. */
struct command {
	const char *name, *help;
	int (*main)(int argc, char **argv);
};

/* The one of that name; NULL after a sentence that begins with `whose`, such as "pathlab kernel". */
const struct command *find_command(const char *whose, const struct command *commands,
				   const char *name);

/* Runs the one that the first word names, behind --help, which prints `usage`. Its exit status. */
int run_command_of(const char *whose, const char *usage, const struct command *commands, int argc,
		   char **argv);

/* validate_main(), list_main() and graph_main() are in lab/front/commands.h */
int run_main(int argc, char **argv);
int matrix_main(int argc, char **argv);
int sweep_main(int argc, char **argv);
int bugs_main(int argc, char **argv);
int bisect_main(int argc, char **argv);
int kernel_main(int argc, char **argv);
int paths_main(int argc, char **argv);
int exec_main(int argc, char **argv);
int shell_main(int argc, char **argv);
int verdict_main(int argc, char **argv);
int doctor_main(int argc, char **argv);

/* cmd_by_hand.c: the program under another name is one of the commands in a shell of a guest; NULL when it is none. */
int (*by_hand_command(const char *name))(int argc, char **argv);
int by_hand_main(const char *name, int argc, char **argv);

#endif
