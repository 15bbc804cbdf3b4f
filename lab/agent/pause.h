// SPDX-License-Identifier: GPL-2.0-only
// A run that stops at an instant and has a shell there, for which virtual time stands still.
#ifndef LAB_AGENT_PAUSE_H
#define LAB_AGENT_PAUSE_H

#include "lab/agent/timeline.h"

/* When the plan wants that, in scenario time; INT64_MAX: never. Before that nothing is done that a run without it does not. */
int64_t pause_wanted(const struct plan *plan);

/* Opens the shell. 0, or an errno. */
int pause_begin(struct timeline *timeline);

/* True once it has begun. */
bool pause_begun(void);

/* The shell has ended, and with it the run. */
bool pause_over(void);
void pause_take_end(void);

/* Lets time go on for so long; then pause_advanced() is true once, and it stands still again. */
void pause_advance(int64_t now_ns, int64_t length_ns);
bool pause_advanced(int64_t now_ns);

/* When the timeline has to wake for that; INT64_MAX: never. */
int64_t pause_next_wake(void);

#endif
