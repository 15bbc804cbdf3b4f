// SPDX-License-Identifier: GPL-2.0-only
// The kernels that scenarios can run on, and the laboratory's own programs: where they are.
#ifndef LAB_LAUNCH_KERNELS_H
#define LAB_LAUNCH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#define KERNEL_DEFAULT "uml-6.12"
#define KERNEL_HOST    "host"

/* Guests whose name begins so are a distribution's own kernel under QEMU. */
#define KERNEL_VM_PREFIX "vm-"

enum kernel_kind { KERNEL_KIND_UML, KERNEL_KIND_VM, KERNEL_KIND_HOST };

struct kernel {
	enum kernel_kind kind;
	char name[256];	     /* or the path of a folder, which has a slash in it */
	unsigned memory_mib; /* what a guest of it has at least; 0: as all */
	char program[4096];  /* the guest kernel; empty for the host's own */
	char agent[4096];    /* pathlab-agent */
	char preload[4096];  /* pathlab-preload.so; only User-Mode Linux needs it */
	char qemu[4096];     /* qemu-system-x86_64; only what runs under it needs it */
};

/*
 * The folder with the programs: PATHLAB_PROGRAMS, else the folder of the running program when pathlab-agent is there
 * (a build tree), else PREFIX/lib/pathlab. Static.
 */
const char *kernels_program_dir(void);

/* The folder with the guests, NAME/linux or NAME/vmlinux in it: PATHLAB_GUESTS, else `guest` in the folder with the programs. Static. */
const char *kernels_guest_dir(void);

/*
 * The folder for what is made once for all checkouts: PATHLAB_CACHE, else XDG_CACHE_HOME/pathlab, else ~/.cache/pathlab.
 * NULL when nothing says where home is. Static.
 */
const char *kernels_cache_dir(void);

/*
 * The folder with the guests that the user built where the other one cannot be written: `guests` in the cache.
 * NULL when PATHLAB_GUESTS says which folder is meant, or there is no cache. Static.
 */
const char *kernels_user_dir(void);

/*
 * The names of all guests that are in these folders, ready or not, in the order of their versions. For
 * kernel_names_free().
 */
char **kernel_names(size_t *n);
void kernel_names_free(char **names, size_t n);

/* The command that makes a known guest, "pathlab kernel build uml-6.1", in `cure`; false for names that are not known. */
bool kernel_cure(const char *name, char *cure, size_t size);

/* The known guest after this one, whether it is there or not; from NULL on, to NULL. */
const char *kernel_next_known(const char *name);

/* The folder of a guest: where a path says, else among the laboratory's, else among the user's. It need not be there. */
void kernel_find_folder(const char *name, char *folder, size_t size);

/*
 * Finds a kernel by name, or by the path of its folder, and checks that all it needs can be executed or read. False with a sentence that says what is
 * missing and the cure in `why`; *unknown is then true when the name itself is wrong, with the nearest one in the text.
 */
bool kernel_find(const char *name, struct kernel *kernel, char *why, size_t size, bool *unknown);

#endif
