/* SPDX-License-Identifier: GPL-2.0-only */
/* How much a guest has computed. */
#ifndef PATHLAB_LAUNCH_COMPUTED_H
#define PATHLAB_LAUNCH_COMPUTED_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Processor time of a process with all its threads, of its children, which in User-Mode Linux are the guest's programs,
 * and of those that it has waited for; ns, as exact as the clock tick (proc(5), stat). 0 when it is not there.
 */
int64_t computed_ns(pid_t pid);

#endif
