// SPDX-License-Identifier: GPL-2.0-only
// What the guest's process may do to the host: read files, as the user who started it. Nothing else.
#ifndef LAB_LAUNCH_CONFINE_H
#define LAB_LAUNCH_CONFINE_H

#include <stdbool.h>

/* The Landlock ABI of this machine's kernel, or 0 when it has none. Source: landlock_create_ruleset(2). */
int confine_abi(void);

/*
 * From now on the calling process and its children can change no file by name and use no TCP. Descriptors that are open
 * stay as they are. True also where the kernel has no Landlock: guest/window.c refuses the same from inside.
 */
bool confine_self(void);

#endif
