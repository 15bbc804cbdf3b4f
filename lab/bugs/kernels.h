// SPDX-License-Identifier: GPL-2.0-only
// The kernels that an entry of the gallery is shown on: those there are, and those made of them with its patch.
#ifndef LAB_BUGS_KERNELS_H
#define LAB_BUGS_KERNELS_H

#include "lab/bugs/bug.h"
#include "lab/launch/kernels.h"

/* A kernel that is there, and its version; n of that is 0 when it is not known. */
struct bug_base {
	struct kernel kernel;
	struct version version;
};

/* Finds the version of a kernel that is ready. */
void bug_base_read(struct bug_base *base);

/* A kernel to be made: BASE.NAME, with the patch of the bug of that name. */
struct bug_make {
	const struct bug *bug;
	const struct bug_base *base;
	struct kernel kernel; /* once it is made */
	char *patch;	      /* (owned) */
	bool failed;
};

/*
 * Makes them with guest/break, `at_a_time` at a time; one that was made before takes no time. What goes wrong is said on
 * standard error. Returns 0, or the exit status of the worst: 1 one does not compile, 2 a patch is wrong, 3 something is missing.
 */
int bug_kernels_make(struct bug_make *makes, size_t n, size_t at_a_time);

#endif
