// SPDX-License-Identifier: GPL-2.0-only
// Events as lines for people.
#ifndef LAB_VERDICT_DESCRIBE_H
#define LAB_VERDICT_DESCRIBE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* False for an event that only tells what another says, and has no line of its own. */
bool event_has_line(const json_t *plan, const json_t *event);

/*
 * Writes one line, without its line feed:
 * "   3.020 s  client  connectx(server.a) = 0  [took 3.020 s]".
 * The plan gives faults their words, and links and addresses their names; who_width is the width of
 * the middle column. No string of the event reaches the output as it is: text_put() makes it harmless.
 */
void describe_event(FILE *out, const json_t *plan, const json_t *event, int who_width);

/* The same without time and who: "connectx(server.a) = 0  [took 3.020 s]". */
void describe_what(FILE *out, const json_t *plan, const json_t *event);

/* Writes what each line begins with: time and who. */
void put_head(FILE *out, int64_t at_ns, const char *who, int who_width);

/*
 * Writes all events, one a line behind indent. A call that did not return at once has a line where it
 * was made, too, and one that never returned has only that. Unless all is true, the set-up of an
 * endpoint that succeeded takes one line, and so do messages that follow each other at one endpoint.
 */
void describe_events(FILE *out, const json_t *plan, const json_t *events, bool all,
		     const char *indent);

/*
 * Writes the last lines, at most max, of what describe_events() has for the first `to` events as far
 * as they came by until_ns. For the trail that leads to a problem.
 */
void describe_trail(FILE *out, const json_t *plan, const json_t *events, size_t to,
		    int64_t until_ns, size_t max, const char *indent);

/* Scenario time at which the event was complete: "end" of a call, "time" of all else; NS_NEVER
 * when it has none.
 */
int64_t event_time_ns(const json_t *event);

#endif
