// SPDX-License-Identifier: GPL-2.0-only
// What people at a shell in a guest tell the agent: faults and heals, and that time should go on (lab/common/by_hand.h).
#ifndef LAB_AGENT_BY_HAND_H
#define LAB_AGENT_BY_HAND_H

#include "lab/agent/timeline.h"

/* Makes the commands and the socket, and watches it. 0, or an errno. */
int by_hand_open(struct timeline *timeline);

/* Answers who waits for time to pass, when it has passed. */
void by_hand_look(int64_t now_ns);

/* Takes what has come at the descriptor. */
void by_hand_take(struct timeline *timeline, int fd);

#endif
