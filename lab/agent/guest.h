// SPDX-License-Identifier: GPL-2.0-only
// What the agent does as the first process of a guest.
#ifndef LAB_AGENT_GUEST_H
#define LAB_AGENT_GUEST_H

#include "lab/agent/net.h"

#include <stdbool.h>

/*
 * Has a kernel with kmemleak look for memory that nobody holds any more, and writes what it finds to the kernel's log,
 * from which the launcher takes it for a mistake of the kernel's. To be called when all else is done: /dev is gone then.
 */
void guest_tell_leaks(void);

/*
 * Mounts what the run needs and opens the run's files, which the launcher shows as files of the host's root
 * (guest/window.c). False with a message on the console when something is missing.
 */
bool guest_prepare(int *plan_fd, int *events_fd, int *capture_fd);

/*
 * Makes what programs of one's own expect below /dev: /dev/shm, the guest's only folder that can be written to, and the
 * names of descriptors. It costs more than all else here, so only runs with such programs get it.
 */
void guest_furnish(void);

/*
 * Gives each node's namespace its name below /run/netns, where ip-netns(8) looks for it: in the guest alone, which gets a
 * /run of its own. Only commands that are not watched need it.
 */
void guest_name_nodes(const struct net *net);

/*
 * Opens what the launcher has put in the place of a program's standard descriptors: three files, or the second console.
 * False with a message on the console.
 */
bool guest_open_stdio(bool console, int fds[3]);

_Noreturn void guest_power_off(void);

#endif
