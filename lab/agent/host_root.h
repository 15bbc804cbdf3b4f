// SPDX-License-Identifier: GPL-2.0-only
// The host's root, read-only, in a guest under QEMU: what its kernel asks for the launcher answers.
#ifndef LAB_AGENT_HOST_ROOT_H
#define LAB_AGENT_HOST_ROOT_H

#include <stdbool.h>

/*
 * Mounts it, and starts the thread that passes requests on. To be called once, by the first process, whose threads no
 * kill(-1) of its own ends. Says on standard error what is in the way; host_root_enter() then fails.
 */
void host_root_mount(void);

/*
 * Makes it this process's root, with the guest's own /dev, /proc and /sys in it, and a /dev/shm that ends with the
 * processes that see it. False with a message on standard error.
 */
bool host_root_enter(void);

#endif
