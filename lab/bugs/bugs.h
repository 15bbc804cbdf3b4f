// SPDX-License-Identifier: GPL-2.0-only
// The subcommands of `pathlab bugs`: each gets the arguments behind its name, and returns the exit status.
#ifndef LAB_BUGS_BUGS_H
#define LAB_BUGS_BUGS_H

int bugs_list_main(int argc, char **argv);
int bugs_show_main(int argc, char **argv);
int bugs_reproduce_main(int argc, char **argv);
int bugs_new_main(int argc, char **argv);
int bugs_report_main(int argc, char **argv);

#endif
