// SPDX-License-Identifier: GPL-2.0-only
// The kernels that scenarios can run on, and the laboratory's own programs: where they are.
#ifndef LAB_LAUNCH_KERNELS_H
#define LAB_LAUNCH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#define KERNEL_DEFAULT "uml-6.12"
#define KERNEL_HOST    "host"

enum kernel_kind { KERNEL_KIND_UML, KERNEL_KIND_HOST };

struct kernel {
	enum kernel_kind kind;
	char name[64];
	char program[4096]; /* the guest kernel; empty for the host's own */
	char agent[4096];   /* pathlab-agent */
	char preload[4096]; /* pathlab-preload.so; only guests need it */
};

/*
 * The folder with the programs: PATHLAB_PROGRAMS, else the folder of the running program when pathlab-agent is there
 * (a build tree), else PREFIX/lib/pathlab. Static.
 */
const char *kernels_program_dir(void);

/* The folder with the guests, NAME/linux in it: PATHLAB_GUESTS, else `guest` in the folder with the programs. Static. */
const char *kernels_guest_dir(void);

/*
 * Finds a kernel by name and checks that all it needs can be executed or read. False with a sentence that says what is
 * missing and the cure in `why`; *unknown is then true when the name itself is wrong, with the nearest one in the text.
 */
bool kernel_find(const char *name, struct kernel *kernel, char *why, size_t size, bool *unknown);

#endif
