// SPDX-License-Identifier: GPL-2.0-only
// What every process of a guest does between fork and exec.
#ifndef LAB_LAUNCH_CHILD_H
#define LAB_LAUNCH_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A descriptor and the number it is to have; -1 for one that there is not. */
struct child_fd {
	int fd, number;
};

/*
 * The process dies with its parent, whatever that dies of; it has no signals blocked, no terminal and leaves no core.
 * Does not return when the parent is dead already.
 */
void child_begin(pid_t parent);

/*
 * Puts each descriptor at its number and /dev/null at standard input. Of the others up to `last` none stays open, above
 * it none at all. False and errno when one cannot be placed.
 */
bool child_place(struct child_fd *wanted, size_t n, int last);

#endif
