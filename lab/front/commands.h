// SPDX-License-Identifier: GPL-2.0-only
// The subcommands of the front end. Each returns an exit status: 0 done, 2 usage or bad input,
// 3 the laboratory cannot work. argv[0] is the subcommand's name.
#ifndef LAB_FRONT_COMMANDS_H
#define LAB_FRONT_COMMANDS_H

int validate_main(int argc, char **argv);
int list_main(int argc, char **argv);
int graph_main(int argc, char **argv);

#endif
