// SPDX-License-Identifier: GPL-2.0-only
// This machine's root, read-only, for a guest under QEMU that runs programs: answers what the guest's kernel asks.
#ifndef LAB_LAUNCH_HOST_ROOT_H
#define LAB_LAUNCH_HOST_ROOT_H

#include "lab/common/mailbox.h"

#include <stdbool.h>

struct host_root;

/*
 * Requests and answers are in the memory shared with the guest. *bell_fd is the end for QEMU's debug console, the
 * caller's to close. NULL and errno.
 */
struct host_root *host_root_open(struct mailbox_files *files, int *bell_fd);

/* Readable when there is a request. */
int host_root_fd(const struct host_root *root);

/* Answers what there is, and what follows within a moment. True when there was something. */
bool host_root_serve(struct host_root *root);

/* Frees it; NULL is allowed. */
void host_root_close(struct host_root *root);

#endif
