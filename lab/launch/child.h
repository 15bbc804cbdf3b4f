// SPDX-License-Identifier: GPL-2.0-only
// How every process of a guest is started, and what it does before it executes a program.
#ifndef LAB_LAUNCH_CHILD_H
#define LAB_LAUNCH_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Starts a process that shares this one's memory until it executes a program or calls _exit(2), as after vfork(2): `run` does,
 * with `argument`. It dies with this process, whatever that dies of; it has no signals blocked, no terminal and leaves no core.
 *
 * One that is `alone` is the first process of a PID namespace, where this machine allows that (as root, or in a user namespace in
 * which its user is the same): when it ends the kernel ends everything that it ever started (pid_namespaces(7)).
 *
 * -1 and errno as of clone(2).
 */
pid_t child_start(bool alone, int (*run)(void *), void *argument);

/*
 * The user and group of a process that has just got a user namespace, as they are called there. False where the machine does not let
 * them be set (user_namespaces(7)).
 */
bool child_map_ids(uid_t uid, gid_t gid, uid_t uid_there, gid_t gid_there);

/* A descriptor and the number it is to have; -1 for one that there is not. */
struct child_fd {
	int fd, number;
};

/*
 * Puts each descriptor at its number and /dev/null at standard input. Of the others up to `last` none stays open, above
 * it none at all. False and errno when one cannot be placed.
 */
bool child_place(struct child_fd *wanted, size_t n, int last);

#endif
