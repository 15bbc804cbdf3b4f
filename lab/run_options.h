// SPDX-License-Identifier: GPL-2.0-only
// What the commands that run scenarios have in common on their command lines.
#ifndef LAB_RUN_OPTIONS_H
#define LAB_RUN_OPTIONS_H

#include "lab/front/find.h"
#include "lab/launch/kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_SEED_DEFAULT 1
/* Real time without progress after which a guest is ended. */
#define RUN_PATIENCE_DEFAULT_NS INT64_C(30000000000)

/* Two a processor, so that none idles while a guest starts or ends: what -j is where it is not given. */
size_t default_run_jobs(void);

/* So many kernels side by side at most. */
#define RUN_KERNELS_MAX 16

/* The kernels that runs are to be made on, by name; kernel_find() fills in the rest. */
struct run_kernels {
	struct kernel items[RUN_KERNELS_MAX];
	size_t n;
};

/* Adds one by its name; false after a sentence. */
bool add_run_kernel(const char *command, struct run_kernels *kernels, const char *name);

/*
 * What takes the values of --kernel, --set and --timeout (lab/options.h): to the struct run_kernels, the
 * struct settings and the int64_t of nanoseconds at `to`.
 */
bool take_run_kernel(const char *command, const char *written, char *name, void *to);
bool take_run_setting(const char *command, const char *written, char *setting, void *to);
bool take_run_patience(const char *command, const char *written, char *seconds, void *to);

/* Finds each of them; false after a sentence, with the exit status in *status. */
bool find_run_kernels(const char *command, struct run_kernels *kernels, int *status);

/* Finds a kernel that can run scenarios here; false after a sentence, with the exit status in *status. */
bool find_run_kernel(const char *command, const char *name, struct kernel *kernel, int *status);

/* Finds one scenario, by whatever it is called; false after a sentence, there or in `diag`. */
bool find_one_scenario(const char *command, char *const *args, int count, struct found_list *found,
		       struct diag *diag);

/*
 * Where a run that must be kept goes: KEEP/NAME; a name that is a path leaves its dots and slashes
 * behind. The caller's.
 */
char *make_keep_folder(const char *keep, const char *name);

/* The same below a folder for the kernel: KEEP/KERNEL/NAME, with `_` for what in its name would be a path. */
char *make_kernel_keep_folder(const char *keep, const struct kernel *kernel, const char *name);

/* CLOCK_MONOTONIC. */
int64_t real_now_ns(void);

#endif
