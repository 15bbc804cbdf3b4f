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
