// SPDX-License-Identifier: GPL-2.0-only
// The first and only file system of a guest under QEMU.
#ifndef LAB_LAUNCH_INITRAMFS_H
#define LAB_LAUNCH_INITRAMFS_H

#include "lab/launch/kernels.h"

/*
 * A memory file with the agent as its first process, the kernel's modules in the order in which they are to be loaded, and
 * nothing else. Made once for each kernel of a process, and the same for all its boots. -1 with a sentence in `why`. The descriptor stays the callee's.
 */
int initramfs_open(const struct kernel *kernel, char *why, size_t size);

#endif
