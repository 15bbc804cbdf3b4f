// SPDX-License-Identifier: GPL-2.0-only
// The subcommands of `pathlab kernel`: each gets the arguments behind its name, and returns the exit status.
#ifndef LAB_KERNEL_KERNEL_H
#define LAB_KERNEL_KERNEL_H

int kernel_list_main(int argc, char **argv);
int kernel_build_main(int argc, char **argv);
int kernel_fetch_main(int argc, char **argv);
int kernel_doctor_main(int argc, char **argv);

#endif
