// SPDX-License-Identifier: GPL-2.0-only
// Events as lines for people.
#ifndef LAB_VERDICT_DESCRIBE_H
#define LAB_VERDICT_DESCRIBE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Writes one line, with its line feed:
 * "   3.020 s  client  connectx(192.0.2.2:5000) = 0  [took 3.020 s]".
 * The plan gives faults their words and links their names; who_width is the width of the middle
 * column. Nothing is written, and false returned, for an event that only tells what another says.
 * No string of the event reaches the output as it is: text_put() makes it harmless.
 */
bool describe_event(FILE *out, const json_t *plan, const json_t *event, int who_width);

/*
 * Writes the events in [from, to), one a line. Messages that follow each other at one endpoint take
 * one line together unless each is true. Calls that never returned are written where they were made.
 * Every line begins with indent.
 */
void describe_events(FILE *out, const json_t *plan, const json_t *events, size_t from, size_t to,
		     bool each, const char *indent);

/*
 * Writes the last lines, at most max, of what describe_events() has for [0, to). For the trail that
 * leads to a problem.
 */
void describe_trail(FILE *out, const json_t *plan, const json_t *events, size_t to, size_t max,
		    const char *indent);

/* Scenario time at which the event was complete: "end" of a call, "time" of all else; NS_NEVER
 * when it has none.
 */
int64_t event_time_ns(const json_t *event);

#endif
