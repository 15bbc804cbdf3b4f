// SPDX-License-Identifier: GPL-2.0-only
// What the agent does as the first process of a guest.
#ifndef LAB_AGENT_GUEST_H
#define LAB_AGENT_GUEST_H

#include <stdbool.h>

/*
 * Mounts what the run needs and opens the run's files, which the launcher shows as files of the host's root
 * (guest/window.c). False with a message on the console when something is missing.
 */
bool guest_prepare(int *plan_fd, int *events_fd, int *capture_fd);

_Noreturn void guest_power_off(void);

#endif
