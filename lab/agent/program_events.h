// SPDX-License-Identifier: GPL-2.0-only
// The timeline's part about programs: what they say and do becomes events, and starts the clock of steps.
#ifndef LAB_AGENT_PROGRAM_EVENTS_H
#define LAB_AGENT_PROGRAM_EVENTS_H

#include "lab/agent/timeline.h"

/* Watches a program that was started. */
void programs_watch(struct timeline *timeline, size_t endpoint);

/* Takes what epoll_wait(2) tells of one: `value` without WAIT_PROGRAM. */
void programs_take(struct timeline *timeline, uint32_t value);

/* Looks which programs have become ready. */
void programs_look(struct timeline *timeline);

/* The scenario time of the next such look; INT64_MAX when none is needed. */
int64_t programs_next_look(const struct timeline *timeline);

/* True while a program runs whose end the run waits for. */
bool programs_awaited(const struct timeline *timeline);

/* Carry out steps; a program that is started before the timeline begins has none. */
int program_run_start(struct timeline *timeline, size_t endpoint, const struct step *step);
void program_run_input(struct timeline *timeline, const struct step *step);

#endif
