// SPDX-License-Identifier: GPL-2.0-only
// What the agent tells: one JSON object a line (docs/formats.md section 4), in scenario time.
#ifndef LAB_AGENT_EVENTS_H
#define LAB_AGENT_EVENTS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t clock_ns(void);

struct events {
	int fd;
	int64_t epoch_ns; /* the CLOCK_MONOTONIC time that is scenario time zero */
	int64_t last_ns;  /* scenario time of the last thing written */
	size_t used;
	char buffer[65536];
};

/* Scenario time now. */
int64_t events_now(const struct events *events);

/* Writes an event; `object` is taken over. The keys "event" and "time" come first. */
void events_add(struct events *events, const char *event,
		json_t *object /* (owned), may be NULL */);

/* Passes on a line of an endpoint as it is, without its newline. */
void events_pass(struct events *events, const char *line, size_t length);

/*
 * Hands all that was added to the kernel. To be called before each wait: what is in memory when a guest dies is lost.
 * When nothing was said for a minute of scenario time, an empty line says that time still passes; whoever watches
 * the file from outside sees it grow.
 */
void events_flush(struct events *events);

#endif
