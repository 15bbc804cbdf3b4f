// SPDX-License-Identifier: GPL-2.0-only
// Programs that ask again and again without sleeping: each of their system calls takes some virtual time.
#ifndef LAB_AGENT_PACE_H
#define LAB_AGENT_PACE_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Lets a process that waits in pace_wait(), and all that it starts, take so long for each system call from there on. 0, or an
 * errno. The descriptors are those of a pipe, which is closed at this side.
 */
int pace_begin(pid_t pid, int64_t call_ns, int pipe[2]);

/* In that process: returns when it is so. */
void pace_wait(int pipe[2]);

#endif
