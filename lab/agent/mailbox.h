// SPDX-License-Identifier: GPL-2.0-only
// The guest's side of the memory shared with the launcher of a guest under QEMU.
#ifndef LAB_AGENT_MAILBOX_H
#define LAB_AGENT_MAILBOX_H

#include "lab/common/mailbox.h"

#include <stdbool.h>
#include <stddef.h>

/* Finds the device and maps its beginning; false with a message on standard error. */
bool mailbox_open(void);

/* What came in; valid after mailbox_open(). */
const struct mailbox *mailbox_header(void);

/*
 * Puts out a piece for a plan. What finds no room is lost, and everything after it: then the event that ends a run is
 * missing, which the launcher sees. One process at a time may put; processes that fork(2) made share the place.
 */
void mailbox_put(enum mailbox_kind kind, unsigned plan, const void *data, size_t length);

/* Maps the part for requests of files; NULL and errno. */
struct mailbox_files *mailbox_files(void);

#endif
