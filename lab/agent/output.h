// SPDX-License-Identifier: GPL-2.0-only
// Where events and the capture are written: files, or the memory shared with a launcher.
#ifndef LAB_AGENT_OUTPUT_H
#define LAB_AGENT_OUTPUT_H

#include <stddef.h>

/* In the place of a descriptor: what is written goes to the mailbox, for the plan of output_set_plan(). */
enum { OUTPUT_MAILBOX_EVENTS = -2, OUTPUT_MAILBOX_CAPTURE = -3 };

void output_set_plan(unsigned plan);

/* Writes everything; what finds no space left is lost: the missing end event tells. */
void output_write(int fd, const void *data, size_t length);

#endif
